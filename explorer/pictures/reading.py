"""What discriminators and judges read in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.models.store import ModelStore
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import Card

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import ZooModel

TASK = "class-conditional"
MAX_PANELS = 8
"""Models that answer about one picture, at most: with many checkpoints of one's own the page stays usable."""

Kind = Literal["classes-or-fake", "real-and-classes", "real-per-class", "classes"]
"""What a network can say of a picture.

``"classes-or-fake"``: one distribution over all classes and *fake* (SGAN). ``"real-and-classes"``: the
probability of being real, and beside it a distribution over the classes (ACGAN). ``"real-per-class"``:
for each class by itself, the probability of being real if it is of that class (cGAN). ``"classes"``: a
distribution over the classes, and nothing about being real (a judge).
"""


@dataclass(frozen=True)
class Reading:
    """What one network says of one picture: probabilities in 0..1, `classes` one per class."""

    kind: Kind
    classes: list[float]
    real: float | None = None
    fake: float | None = None

    @property
    def best(self) -> int:
        """The class with the highest bar."""
        return self.classes.index(max(self.classes))

    @property
    def reads(self) -> int | None:
        """The class that the network names; None if it names none, and only judges pairs of picture and class."""
        return None if self.kind == "real-per-class" else self.best


def discriminators(store: ModelStore, like: Card) -> list[Card]:
    """The models that can read pictures of the model `like`: itself, other class-aware GANs, then judges.

    They must have its image size, channels and classes. Of judges there are fewer than `MAX_PANELS`,
    so that there is always room for the model itself.
    """

    def fits(card: Card) -> bool:
        return (card.image_size, card.channels, card.classes) == (like.image_size, like.channels, like.classes)

    judges = list(filter(fits, store.cards("judge")))[: MAX_PANELS - 1]
    others = [card for card in store.cards(TASK) if fits(card) and card.id != like.id]
    return [like, *others][: max(1, MAX_PANELS - len(judges))] + judges


def read(store: ModelStore, card: Card, pixels: Pixels) -> Reading | None:
    """What the model of `card` says of the picture `pixels`, 1 x H x W x C; None if it has no discriminator."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        return answer(model, images.tensor(pixels).to(model.device), len(card.classes))


def answer(model: ZooModel, x: Tensor, classes: int) -> Reading | None:
    """What `model` says of the one image x, 1 x C x H x W in [-1, 1], told by what it can do, not by its name."""
    if hasattr(model, "classify"):
        logits = model.classify(x)
        shares = logits.softmax(1)[0].tolist()
        if len(shares) == classes + 1:
            return Reading("classes-or-fake", shares[:-1], 1 - shares[-1], shares[-1])
        if not hasattr(model, "score") or not model.card.verdict:
            return Reading("classes", shares)
        real = model.score(x).sigmoid().item()
        return Reading("real-and-classes", shares, real, 1 - real)
    if not hasattr(model, "score") or not model.card.verdict:
        return None
    import torch

    ids = torch.arange(classes, device=x.device)
    return Reading("real-per-class", model.score(x.expand(classes, -1, -1, -1), ids).sigmoid().tolist())
