"""A translator that learned against a judge: sequences to sequences, and a discriminator of pairs (arXiv:1703.04887)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models_zoo import subwords
from models_zoo.card import ZooError
from models_zoo.checkpoint import ZooModel
from models_zoo.pair_judge import PairJudge, Telltale, together, traces
from models_zoo.pairs import Pairs, examples
from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import END, PAD, START, UNKNOWN, Subwords, padded

__all__ = ["Pairs", "Translation", "Translator", "examples"]

MAX_LETTERS = 200
"""Letters of a sentence that can be translated."""
MAX_BEAM = 16
USUAL_BEAM = 8
"""Beams with which translators are measured and, until a visitor asks for others, shown."""
LENGTH_PENALTY = 1.0
"""Power of the length by which the log-probability of a translation is divided (arXiv:1609.08144, section 7, simplified)."""
NAMES = {"en": "English", "ko": "Korean"}


@dataclass(frozen=True)
class Translation:
    """One translation of a sentence.

    `score` is the log-probability divided by the number of pieces to the power of `LENGTH_PENALTY`; `attention`,
    `pieces` x `source_pieces`, has rows that sum to 1: where the translator looked while it wrote a piece. `unknown` are the
    words of the source with characters that no piece has.
    """

    text: str
    score: float
    pieces: list[str]
    source_pieces: list[str]
    attention: Tensor
    unknown: list[str]


class Translator(ZooModel):
    """A translator of short sentences, the judge that it learned against, and the translator before that game.

    `languages` are those of source and target, ``"en"`` or ``"ko"``; `sources` and `targets` count their pieces. Without `game`
    there is the translator alone. With `telltale` the judge also looks at how likely the translator before the game finds a
    translation; the weight of the judge's `say` beside the score orders the beams of the translator after the game.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("en", "ko"),
        *,
        sources: int = 2000,
        targets: int = 2500,
        width: int = 192,
        depth: int = 2,
        heads: int = 4,
        dropout: float = 0.3,
        architecture: str = "transformer",
        game: bool = False,
        telltale: bool = False,
        say: float = 0.0,
    ):
        super().__init__()
        self.image_size, self.channels = 1, 1
        self.source_language, self.target_language = languages
        self.source, self.target = Subwords(sources), Subwords(targets)
        self.plan = {
            "sources": sources, "targets": targets, "width": width, "depth": depth, "heads": heads,
            "dropout": dropout, "architecture": architecture,
        }  # fmt: skip
        self.generator = Seq2Seq(**self.plan)
        self.game, self.say = game, say
        self.telltale = Telltale() if telltale else None
        if game:
            self.before = Seq2Seq(**self.plan)
            self.discriminator = PairJudge(sources, targets, width, dropout)

    @property
    def pairs(self) -> Pairs:
        """Sentences that it was trained on and held-out ones; raises `ZooError` where they are not beside the weights."""
        if self.card is None or self.card.folder is None:
            raise ZooError("This translator has no sentences beside it.")
        return examples(self.card.folder)

    def check(self, sentence: str) -> None:
        """Raise `ZooError` where `sentence` is none that can be translated."""
        text, language = subwords.normalised(sentence), NAMES[self.source_language]
        if not text:
            raise ZooError(f"There is no sentence: write one in {language}.")
        if len(text) > MAX_LETTERS:
            raise ZooError(f"The sentence has {len(text):,} characters; at most {MAX_LETTERS} can be translated.")
        if not re.search(subwords.LETTERS[self.source_language], text):
            raise ZooError(f"There is no {language} word in it: this translator reads {language}.")

    def translate_text(
        self, sentences: list[str], beam: int = 1, temperature: float = 0.0, *, seed: int = 0, before: bool = False
    ) -> list[list[Translation]]:
        """The `beam` best translations of each sentence, best first; with a `temperature` above 0, as many that are drawn by `seed`.

        `before` takes the translator before the game. After it, beams are ordered by their score and what the judge says of them,
        if that was given a weight. A sentence is translated alike in every batch. Raises `ZooError` for sentences that `check`
        refuses, and for a translator that has played no game.
        """
        if not 1 <= beam <= MAX_BEAM or not 0 <= temperature <= 5:
            raise ZooError(f"The beam must be from 1 to {MAX_BEAM} and the temperature from 0 to 5.")
        if before and not self.game:
            raise ZooError("This translator has played no game: there is none before it.")
        for sentence in sentences:
            self.check(sentence)
        if not sentences:
            return []
        texts = [subwords.read_as(sentence, self.source_language) for sentence in sentences]
        rows = [self.source.ids(text) for text in texts]
        network = self.before if before else self.generator
        source = padded(rows).to(self.device)
        with torch.inference_mode():
            drawn = _search(network, source, beam, temperature, seed)
            if self.say and not (before or temperature) and beam > 1:
                drawn = self._heard(source, drawn)
        return [
            [self._translation(*found, text, row) for found in beams]
            for beams, text, row in zip(drawn, texts, rows, strict=True)
        ]

    def _heard(self, source: Tensor, drawn: list[list[Found]]) -> list[list[Found]]:
        """Beams of N x S sources in the order of their scores plus what the judge says."""
        rows = torch.tensor([row for row, beams in enumerate(drawn) for _ in beams], device=self.device)
        # In their likeliest pieces, as the judge learned to read.
        texts = [self.target.text(ids) for beams in drawn for ids, *_ in beams]
        logits = iter(self.discriminator(source[rows], self.written(texts)).tolist())
        return [sorted(beams, key=lambda each: -each[1] - self.say * next(logits)) for beams in drawn]

    def _translation(self, ids: list[int], score: float, attention: Tensor, text: str, row: list[int]) -> Translation:
        return Translation(
            self.target.text(ids), score, self.target.pieces(ids), self.source.pieces(row),
            attention[: len(ids), : len(row)].cpu(), self.source.unknown(text),
        )  # fmt: skip

    def judge(self, sources: list[str], targets: list[str]) -> Tensor:
        """N logits that N targets are people's translations of as many sources: higher is more likely a person's.

        Raises `ZooError` for an empty target or one that is too long, sources that `check` refuses, and without a judge.
        """
        if not self.game:
            raise ZooError("This translator has played no game: it has no judge.")
        if len(sources) != len(targets):
            raise ZooError(f"There are {len(sources)} sentences and {len(targets)} translations: each needs one.")
        for source, target in zip(sources, targets, strict=True):
            self.check(source)
            if not 0 < len(subwords.normalised(target)) <= MAX_LETTERS:
                raise ZooError(f"A translation must have from 1 to {MAX_LETTERS} characters.")
        if not sources:
            return torch.empty(0)
        read, written = self.read(sources), self.written(targets)
        with torch.inference_mode():
            logits = self.discriminator(read, written)
            if self.telltale:
                logits = together(logits, self.telltale(traces(self.before, read, written)))
            return logits.cpu()

    def traces(self, sources: Sequence[str], targets: Sequence[str]) -> Tensor:
        """N x 4 `traces` of targets as translations of as many sources, for this translator as it is."""
        with torch.inference_mode():
            return traces(self.generator, self.read(sources), self.written(targets))

    def read(self, sources: Sequence[str]) -> Tensor:
        """The pieces of sources, N x S."""
        return padded([self.source.ids(subwords.read_as(text, self.source_language)) for text in sources]).to(
            self.device
        )

    def written(self, targets: Sequence[str]) -> Tensor:
        """The pieces of targets, N x T, which end with `END`."""
        return padded([[*self.target.ids(subwords.normalised(text)), END] for text in targets]).to(self.device)


Found = tuple[list[int], float, Tensor]
"""The pieces of a translation, its score, and where the translator looked, T x S."""


def longest(source: Tensor) -> Tensor:
    """The most pieces that a translation of each of N x S sources may have."""
    return (source != PAD).sum(1) * 2 + 8


def _search(network: Seq2Seq, source: Tensor, beam: int, temperature: float, seed: int) -> list[list[Found]]:
    """`beam` translations of each of N x S sources, best first: by beam search, or drawn if `temperature` is above 0."""
    count, width = len(source), network.target.num_embeddings
    cache = network.read(source).rows(torch.arange(count, device=source.device).repeat_interleave(beam))
    most = longest(source)
    tokens = torch.full((count * beam, 1), START, device=source.device)
    totals = torch.zeros(count, beam, device=source.device)
    if not temperature:
        totals[:, 1:] = float("-inf")  # all beams are the same at first
    looks: list[Tensor] = []
    chance = torch.Generator().manual_seed(seed)
    for step in range(int(most.max())):
        states, attention, cache = network.write(tokens[:, -1:], cache)
        looks.append(attention[:, 0])
        logits = allowed(network.logits(states[:, 0]), tokens)
        over = (step + 1 >= most).repeat_interleave(beam)
        logits = torch.where(over[:, None], ended(logits), logits)
        scores = logits.log_softmax(1)
        done = (tokens[:, -1] == END) | (tokens[:, -1] == PAD)
        scores = torch.where(done[:, None], stay(scores), scores).view(count, beam, width)
        if temperature:
            noise = -torch.empty(beam, width).exponential_(generator=chance).log().to(source.device)
            picked = (scores / temperature + noise).argmax(2)
            totals = totals + scores.gather(2, picked[..., None])[..., 0]
            origin = torch.arange(beam, device=source.device).expand(count, -1)
        else:
            lengths = (tokens != PAD).sum(1).view(count, beam, 1)
            lengths = torch.where(done.view(count, beam, 1), lengths - 1, lengths)
            fair = (totals[..., None] + scores) / lengths**LENGTH_PENALTY
            best = fair.flatten(1).topk(beam, 1).indices
            origin, picked = best // width, best % width
            totals = (totals[..., None] + scores).flatten(1).gather(1, best)
        index = (torch.arange(count, device=source.device)[:, None] * beam + origin).flatten()
        if beam > 1 and not temperature:
            cache, looks = cache.moved(index), [each[index] for each in looks]
        tokens = torch.cat([tokens[index], picked.view(-1, 1)], 1)
        if ((tokens[:, -1] == END) | (tokens[:, -1] == PAD)).all():
            break
    return _ranked(tokens[:, 1:], totals, torch.stack(looks, 1))


def _ranked(tokens: Tensor, totals: Tensor, looks: Tensor) -> list[list[Found]]:
    count, beam = totals.shape
    lengths = (tokens != PAD).sum(1).view(count, beam)
    scores = totals / lengths**LENGTH_PENALTY
    found = []
    for row, order in enumerate(scores.argsort(dim=1, descending=True, stable=True).tolist()):
        places = [row * beam + number for number in order if torch.isfinite(totals[row, number])]
        ids = [[number for number in tokens[place].tolist() if number not in (END, PAD)] for place in places]
        found.append(
            [(each, scores[row, place % beam].item(), looks[place]) for place, each in zip(places, ids, strict=True)]
        )
    return found


def allowed(logits: Tensor, tokens: Tensor) -> Tensor:
    """`logits` N x V of the next piece without those that make no text, and without a third piece after two that it followed before.

    `tokens`, N x T, are the pieces until now. So nothing is said over and over (arXiv:1705.04304, section 2.5).
    """
    logits = logits.clone()
    logits[:, [PAD, UNKNOWN, START]] = float("-inf")
    if tokens.shape[1] == 1:
        logits[:, END] = float("-inf")  # a translation has at least one piece
    if tokens.shape[1] > 3:
        said = (tokens[:, :-2] == tokens[:, -2:-1]) & (tokens[:, 1:-1] == tokens[:, -1:])
        row, place = said.nonzero(as_tuple=True)
        logits[row, tokens[row, place + 2]] = float("-inf")
    return logits


def ended(logits: Tensor) -> Tensor:
    """`logits` N x V of which only `END` is left."""
    only = torch.full_like(logits, float("-inf"))
    only[:, END] = logits[:, END]
    return only


def stay(scores: Tensor) -> Tensor:
    """Log-probabilities N x V of sentences that have ended: only `PAD` follows, for nothing."""
    only = torch.full_like(scores, float("-inf"))
    only[:, PAD] = 0.0
    return only


def sampled(network: Seq2Seq, source: Tensor, begun: Tensor | None = None) -> Tensor:
    """A translation of each of N x S sources, drawn piece by piece from torch's default generator: N x T numbers.

    Rows end with `END` and are filled up with `PAD`. `begun`, N x B, are the first pieces of translations, which are continued.
    """
    start = torch.full_like(source[:, :1], START)
    tokens = start if begun is None else torch.cat([start, begun], 1)
    fresh, cache, most = tokens, network.read(source), longest(source)
    for length in range(tokens.shape[1], int(most.max()) + 1):
        done = (tokens[:, -1] == END) | (tokens[:, -1] == PAD)
        if done.all():
            break
        states, _, cache = network.write(fresh, cache)
        logits = allowed(network.logits(states[:, -1]), tokens)
        logits = torch.where((length >= most)[:, None], ended(logits), logits)
        fresh = logits.softmax(1).multinomial(1)
        fresh = fresh.masked_fill(done[:, None], PAD)
        tokens = torch.cat([tokens, fresh], 1)
    return tokens[:, 1:]
