"""Text encoder: a joint embedding of sentences and pictures, where matching ones are near (arXiv:1605.05396)."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo import text
from models_zoo.text import Matcher
from train.config import CommonConfig, Takes, flag_name
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import birds
from train.data.dataset import Dataset, Split, to_float
from train.errors import TrainError
from train.metrics import captions as caption_metrics
from train.metrics import sampling
from train.variants.cards import card_texts, filled

MISSPELT = 3
"""Misspelt versions of each word in the training data."""


@dataclass
class _Table:
    """The captions and pictures in the form that the losses need, on one device.

    `rows`, N x T: the caption numbers of the N pictures. `sentences` and `recoloured`, C x L: the word numbers of the C
    captions, as they are and with other colours. `words`, (W x (1 + `MISSPELT`)) x G: the n-grams of the words and of their
    misspelt versions. `features`, N x 2 x F: those of the pictures and of their mirror images.
    """

    rows: Tensor
    sentences: Tensor
    recoloured: Tensor
    words: Tensor
    features: Tensor

    def to(self, device: torch.device) -> _Table:
        return _Table(*(value.to(device) for value in vars(self).values()))


def matching_loss(pictures: Tensor, texts: Tensor, others: Tensor, alike: Tensor, temperature: float) -> Tensor:
    """Symmetric contrastive loss: cross-entropy over all texts for each picture, and vice versa (arXiv:2103.00020, section 2.3).

    `pictures`, `texts` and `others` are N x E with rows of norm sqrt(E). `others` are the texts with other colours, each an
    additional negative for its picture. `alike`, N x N, marks pairs with equal texts, which are not negatives.
    """
    # Differences of cosines are too small for reduced precision.
    with torch.autocast(pictures.device.type, enabled=False):
        scale = temperature * pictures.shape[1]
        cosines = (pictures @ texts.T / scale).masked_fill(alike.fill_diagonal_(False), float("-inf"))
        other = (pictures * others).sum(1, keepdim=True) / scale
        # A text that names no colour is unchanged and therefore not a negative.
        other = other.masked_fill((others - texts).abs().amax(1, keepdim=True) < 1e-4, float("-inf"))
        own = torch.arange(len(texts), device=texts.device)
        return (F.cross_entropy(torch.cat([cosines, other], 1), own) + F.cross_entropy(cosines.T, own)) / 2


@register("text-encoder")
class ImageTextMatching(Variant):
    """Text encoder (Reed et al. 2016): learns which sentence belongs to which picture; StackGAN is conditioned on its vectors."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Image-text matching on the features of a pretrained network; a second, separately trained one judges generators."""

        takes: ClassVar[Takes] = Takes(("birds", "captioned"), "captions")
        dataset: tuple[str, ...] = ("birds",)
        """Pictures with captions: birds, captioned, or a folder of your own."""
        steps: int = 3_000
        """Length of the training, in optimisation steps."""
        batch_size: int = 128
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 1e-3
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 10_000
        """Half-life of the running average of the weights, in images; 0 switches averaging off."""
        eval_every: int = 500
        """Steps between measurements that pick the best checkpoint; 0 switches them off."""
        eval_samples: int = 1_000
        """Number of sentences of those measurements."""
        architecture: Literal["conv", "gru"] = "conv"
        """Network over the sequence of words: convolutions or a recurrent network."""
        size: int = 128
        """Length of a sentence's vector."""
        buckets: int = 8_192
        """Rows of the embedding table of hashed letter n-grams."""
        width: int = 64
        """Length of a word's vector."""
        hidden: int = 192
        """Channels of the network over the sequence of words."""
        misspelt: float = 0.1
        """Share of words that are misspelt in training."""
        temperature: float = 0.07
        """Temperature of the softmax over cosines."""

        @property
        def picture_size(self) -> None:
            """None: `size` is that of the vectors, and pictures are read at the size of the data sets."""
            return None

        def __post_init__(self) -> None:
            super().__post_init__()
            # In a batch of one, there is no other picture's sentence to tell its own from.
            for name in ("size", "buckets", "hidden", "batch_size"):
                if getattr(self, name) < 2:
                    raise TrainError(f"{flag_name(name)} must be at least 2, not {getattr(self, name)}.")
            if self.misspelt > 1:
                raise TrainError(f"--misspelt must be from 0 to 1, not {self.misspelt}.")
            if not self.temperature > 0:
                raise TrainError(f"--temperature must be above 0, not {self.temperature}.")

    phases = (Phase("matching", ("text", "picture")),)
    averaged = ("text", "picture")
    best = ("r_precision", "higher")

    def __init__(self, config: Config):
        super().__init__(config)
        self._table: _Table | None = None
        self._known: list[str] = []

    def prepare(self, data: Dataset) -> Dataset:
        if len({caption for row in data.captions[0] for caption in row}) < 2:
            raise TrainError(f"{data.name} has the same caption for every picture: there is nothing to match.")
        self._table, self._known = self._tabled(data)
        # The features are computed in advance, so a batch only needs the row numbers.
        index = Split(data.train.images[:, :, :1, :1], numbers=torch.arange(len(data.train)))
        return dataclasses.replace(data, train=index)

    def _tabled(self, data: Dataset) -> tuple[_Table, list[str]]:
        """The table, and the words that occur more than twice, the commonest first."""
        dice = random.Random(self.config.seed)
        every = list(dict.fromkeys(caption for row in data.captions[0] for caption in row))
        place = {caption: number for number, caption in enumerate(every)}
        both, words = text.numbered([*every, *(birds.recoloured(caption, dice) for caption in every)])
        spelt = [
            spelling for word in words for spelling in (word, *(birds.misspelt(word, dice) for _ in range(MISSPELT)))
        ]
        grams = F.pad(text.word_grams(spelt, self.config.buckets), (0, 0, 1 + MISSPELT, 0))
        counts = Counter(word for row in data.captions[0] for caption in row for word in text.words(caption))
        images = data.train.images
        features = torch.stack([_features(images), _features(images.flip(3))], 1)
        rows = torch.tensor([[place[caption] for caption in row] for row in data.captions[0]])
        table = _Table(rows, *both.chunk(2), grams, features)
        return table, [word for word, count in counts.most_common() if count > 2]

    def build(self) -> Matcher:
        config = self.config
        model = Matcher(
            config.size,
            buckets=config.buckets,
            width=config.width,
            hidden=config.hidden,
            architecture=config.architecture,
        )
        model.text.remember(self._known)
        return model

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        self._table = table = self._table.to(batch.images.device)
        chosen = table.rows[batch.numbers].gather(1, batch.integers(table.rows.shape[1])[:, None])[:, 0]
        spelling = (batch.uniform(text.MAX_WORDS) * MISSPELT).long() + 1
        spelling = torch.where(batch.uniform(text.MAX_WORDS) < self.config.misspelt, spelling, 0)
        words = torch.cat([each[chosen] * (1 + MISSPELT) + spelling for each in (table.sentences, table.recoloured)])
        # A batch has few distinct words.
        found, places = words.unique(return_inverse=True)
        texts, others = nets["text"](places, table.words[found]).chunk(2)
        side = batch.integers(2)
        pictures = nets["picture"](table.features[batch.numbers, side]).float()
        alike = chosen[:, None] == chosen
        loss = matching_loss(pictures, texts, others, alike, self.config.temperature)
        told = (others - texts).abs().amax(1) > 1e-4
        right = told & ((pictures * (texts - others)).sum(1) > 0)
        return Step(loss, {"accuracy/colours": right.sum() / told.sum().clamp_min(1)})

    def samples(self, model: Matcher, data: Dataset) -> Tensor:
        """Eight held-out pictures, each followed by the seven that its first sentence matches best."""
        features = caption_metrics.features_of(data.test.images)
        fits = model.match(features, [row[0] for row in data.captions[1][:8]])
        best = fits.topk(min(7, len(fits)), 0).indices.T
        own = torch.arange(len(best))[:, None]
        return to_float(data.test.images[torch.cat([own, best.cpu()], 1).flatten()])

    def evaluate(self, model: Matcher, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return caption_metrics.evaluate_matching(model, data, n, seed)

    def card(self) -> CardText:
        texts = card_texts("text_encoder")
        return CardText(
            task="text-encoder",
            title=filled(texts["title"], architecture=self.config.architecture),
            summary=texts["summary"],
            limits=texts["limits"],
            snapshots=False,
        )


def _features(images: Tensor) -> Tensor:
    parts: Sequence[Tensor] = images.split(sampling.BATCH)
    return torch.cat([text.picture_features(to_float(part)) for part in parts])
