"""Text encoder: sentences and pictures in one space, where those that belong together are near (arXiv:1605.05396)."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models_zoo import text
from models_zoo.text import Matcher
from train.config import CommonConfig
from train.contract import Batch, CardText, Nets, Phase, Variant, register
from train.data import birds
from train.data.dataset import Dataset, Split, to_float
from train.errors import TrainError
from train.metrics import captions as caption_metrics
from train.metrics import sampling

MISSPELT = 3
"""Misspelt versions of each word that are trained on."""


@dataclass
class _Table:
    """What the losses need of the captions and pictures, on one device.

    `rows` N x T are the captions of the N pictures, `sentences` and `recoloured` C x L the words of the C captions, `words`
    (W x (1 + `MISSPELT`)) x G the n-grams of the words and of their misspelt versions, `features` N x 2 x F those of the pictures
    and of their mirror images.
    """

    rows: Tensor
    sentences: Tensor
    recoloured: Tensor
    words: Tensor
    features: Tensor

    def to(self, device: torch.device) -> _Table:
        return _Table(*(value.to(device) for value in vars(self).values()))


def matching_loss(pictures: Tensor, texts: Tensor, others: Tensor, alike: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding each of N pictures' own text among all, and each text's own picture (arXiv:2103.00020, section 2.3).

    All are N x E of norm sqrt(E); `others` are each text with other colours, one more wrong answer for its picture, and
    the pairs in `alike`, N x N, say the same and are no wrong answers.
    """
    # Differences of cosines are too small for reduced precision.
    with torch.autocast(pictures.device.type, enabled=False):
        scale = temperature * pictures.shape[1]
        cosines = (pictures @ texts.T / scale).masked_fill(alike.fill_diagonal_(False), float("-inf"))
        other = (pictures * others).sum(1, keepdim=True) / scale
        # A text that names no colour is as it was, and no wrong answer.
        other = other.masked_fill((others - texts).abs().amax(1, keepdim=True) < 1e-4, float("-inf"))
        own = torch.arange(len(texts), device=texts.device)
        return (F.cross_entropy(torch.cat([cosines, other], 1), own) + F.cross_entropy(cosines.T, own)) / 2


@register("text-encoder")
class ImageTextMatching(Variant):
    """Text encoder (Reed et al. 2016): learns which sentence belongs to which picture; StackGAN reads with it."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """Image-text matching on the features of a trained network; a second one, trained apart, is the judge of generators."""

        dataset: Literal["birds", "captioned"] = "birds"
        """Dataset to train on; captioned is a folder of one's own pictures with captions.jsonl."""
        steps: int = 3_000
        """Length of the training, in steps of the whole batch."""
        batch_size: int = 128
        """Images per step over all processes together; each process takes an equal share."""
        lr: float = 1e-3
        """Adam's learning rate."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 10_000
        """Half-life of the weights' running average, in images; 0 switches the average off."""
        eval_every: int = 500
        """Steps between measurements that pick the best checkpoint; 0 measures never."""
        eval_samples: int = 1_000
        """Number of sentences of those measurements."""
        architecture: Literal["conv", "gru"] = "conv"
        """What reads the words in their order: convolutions or a recurrent network."""
        size: int = 128
        """Length of a sentence's vector."""
        buckets: int = 8_192
        """Rows of the table that n-grams of letters are hashed into."""
        width: int = 64
        """Length of a word's vector."""
        hidden: int = 192
        """Channels after reading the words in their order."""
        misspelt: float = 0.1
        """Share of the words that are misspelt in training."""
        temperature: float = 0.07
        """What cosines are divided by before the softmax."""

    phases = (Phase("matching", ("text", "picture")),)
    averaged = ("text", "picture")
    best = ("r_precision", "higher")

    def __init__(self, config: Config):
        super().__init__(config)
        self._table: _Table | None = None
        self._known: list[str] = []

    def prepare(self, data: Dataset) -> Dataset:
        if len({caption for row in data.captions[0] for caption in row}) < 2:
            raise TrainError(f"{data.name} says the same of every picture: there is nothing to match.")
        self._table, self._known = self._tabled(data)
        # The pictures' features are there already, so only which ones they are goes into a batch.
        index = Split(data.train.images[:, :, :1, :1], numbers=torch.arange(len(data.train)))
        return dataclasses.replace(data, train=index)

    def _tabled(self, data: Dataset) -> tuple[_Table, list[str]]:
        """The table, and the words that are known best: the commonest ones."""
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

    def loss(self, phase: str, nets: Nets, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        self._table = table = self._table.to(batch.images.device)
        chosen = table.rows[batch.numbers].gather(1, batch.integers(table.rows.shape[1])[:, None])[:, 0]
        spelling = (batch.uniform(text.MAX_WORDS) * MISSPELT).long() + 1
        spelling = torch.where(batch.uniform(text.MAX_WORDS) < self.config.misspelt, spelling, 0)
        words = torch.cat([each[chosen] * (1 + MISSPELT) + spelling for each in (table.sentences, table.recoloured)])
        # Most words of a batch are the same few.
        found, places = words.unique(return_inverse=True)
        texts, others = nets["text"](places, table.words[found]).chunk(2)
        side = batch.integers(2)
        pictures = nets["picture"](table.features[batch.numbers, side]).float()
        alike = chosen[:, None] == chosen
        loss = matching_loss(pictures, texts, others, alike, self.config.temperature)
        told = (others - texts).abs().amax(1) > 1e-4
        right = told & ((pictures * (texts - others)).sum(1) > 0)
        return loss, {"accuracy/colours": right.sum() / told.sum().clamp_min(1)}

    def samples(self, model: Matcher, data: Dataset) -> Tensor:
        """Eight held-out pictures, each followed by the seven that its first sentence fits best."""
        features = caption_metrics.features_of(data.test.images)
        fits = model.match(features, [row[0] for row in data.captions[1][:8]])
        best = fits.topk(min(7, len(fits)), 0).indices.T
        own = torch.arange(len(best))[:, None]
        return to_float(data.test.images[torch.cat([own, best.cpu()], 1).flatten()])

    def evaluate(self, model: Matcher, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        return caption_metrics.evaluate_matching(model, data, n, seed)

    def card(self) -> CardText:
        return CardText(
            task="text-encoder",
            title={
                "en": f"Text encoder ({self.config.architecture})",
                "ko": f"텍스트 인코더({self.config.architecture})",
            },
            summary={
                "en": "Turns an English sentence about a bird into a vector that is near the vectors of pictures it fits. Words are "
                "read as bags of their letters' n-grams, so that small misspellings change little.",
                "ko": "새를 설명하는 영어 문장을 벡터로 바꾸며, 그 벡터는 어울리는 그림의 벡터와 가깝습니다. 단어를 글자 n-그램의 "
                "묶음으로 읽으므로 철자가 조금 틀려도 결과가 거의 그대로입니다.",
            },
            limits={
                "en": "It learned from sentences that were generated from measured colours, names of species and phrases about "
                "these. Of other sentences it understands single words at best; it reads 32 words and no Korean.",
                "ko": "사진에서 잰 색, 종 이름, 종에 대한 구절로 자동 생성한 문장으로 배웠습니다. 그 밖의 문장은 기껏해야 낱말만 "
                "알아듣습니다. 앞에서부터 32단어까지, 영어만 읽습니다.",
            },
            snapshots=False,
        )


def _features(images: Tensor) -> Tensor:
    parts: Sequence[Tensor] = images.split(sampling.BATCH)
    return torch.cat([text.picture_features(to_float(part)) for part in parts])
