"""What the variants with `--projected` share: discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from torch import Tensor
from tyro.conf import arg

from models_zoo import lite0
from models_zoo.checkpoint import ZooModel
from train.errors import TrainError
from train.objectives.projected import Mixtures
from train.variants.cards import Texts, card_texts, filled

ProjectedWeight = Annotated[
    float,
    arg(
        help="Weight of additional discriminators that see pictures through EfficientNet-lite0 (arXiv:2111.01007); "
        "0 uses the paper's own alone."
    ),
]
"""The type of the option `projected`, with its help."""


@dataclass(frozen=True)
class Translations:
    """What the generators of two domains carry to their discriminators, by domain (``"a"`` and ``"b"``)."""

    real: dict[str, Tensor]
    """Pictures of the domain, N x C x H x W in [-1, 1]."""
    fake: dict[str, Tensor]
    """Translations into the domain, like `real`; detached."""
    mixtures: dict[str, Mixtures] = field(default_factory=dict)
    """What the domain's feature discriminator saw of the augmented translations; empty without such discriminators."""


class Options(Protocol):
    """What the mixin reads of a variant's config."""

    @property
    def projected(self) -> float:
        """Weight of the feature discriminators' loss in the generator's; 0 builds none."""


class WithFeatureDiscriminators(ABC):
    """Mixin for a `Variant`, to be named before it, whose `Config` has the field ``projected: ProjectedWeight = 0.0``.

    The variant writes `networks`; `build` and `bundled` follow from it. It adds the phase that trains the feature
    discriminators and their term of the generator's loss itself (see `train.objectives.projected`), and passes its
    card's limits through `honest`.
    """

    config: Options

    @abstractmethod
    def networks(self, feature_widths: list[int]) -> ZooModel:
        """The networks, freshly initialised.

        `feature_widths` are the channels of the feature maps, from finest to coarsest, for which there are
        discriminators; empty for none. A ValueError says why such networks cannot be built.
        """

    def build(self) -> ZooModel:
        """The networks of a training; raises `TrainError` for options with which there are none."""
        return self._checked(list(lite0.WIDTHS) if self.config.projected else [])

    def bundled(self) -> ZooModel:
        """The networks of an export, without feature discriminators: they are larger than all others and quickly relearned."""
        return self._checked([])

    def honest(self, limits: Texts) -> Texts:
        """A card's `limits`; with feature discriminators, also that distances on the same features favour this model."""
        return filled(card_texts("featured")["limits"], limits=limits) if self.config.projected else limits

    def _checked(self, feature_widths: list[int]) -> ZooModel:
        try:
            return self.networks(feature_widths)
        except ValueError as error:
            raise TrainError(f"Such networks cannot be built: {error}.") from None
