"""A translator that first learns from pairs and then plays against a judge of pairs (arXiv:1703.04887)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import sacrebleu
import torch
from torch import Tensor
from torch.nn import functional as F

import models_zoo
from models_zoo import subwords
from models_zoo.pair_judge import together
from models_zoo.subwords import END, PAD, Subwords, padded
from models_zoo.translator import Translator, sampled
from train.config import CommonConfig, Takes, flag_name
from train.contract import Batch, CardText, Nets, Phase, Step, Variant, register
from train.data import rivals, sentences
from train.data.dataset import Dataset, Pair
from train.errors import TrainError
from train.metrics import sentences as sentence_metrics
from train.objectives import games, sequences
from train.variants.cards import EMPTY, card_texts, filled

LONGEST = 100
"""Letters of a sentence that is learned from, at most: the few longer ones would hold up all others of their batch."""
SHOWN = 9
"""Held-out sentences of a sample sheet, and pieces of each that are shown."""
PIECES_SHOWN = 12
TRACED = 4
"""One in this many pairs of a batch tells how likely translators find it: there is little to learn, and much to compute."""


@register("seq2seq-gan")
class Seq2SeqGAN(Variant):
    """Seq2seq with a judge of pairs (Yang et al. 2018): translates sentences, learned from pairs and then against the judge."""

    @dataclass(frozen=True)
    class Config(CommonConfig):
        """English and Korean sentences: first from pairs alone, then with --game and --init-from the first model against a judge."""

        takes: ClassVar[Takes] = Takes(("kor_eng",), "sentences")
        dataset: tuple[str, ...] = ("kor_eng",)
        """The data set kor_eng, or a file of your own with one pair per line: English, a tab, Korean."""
        direction: Literal["en2ko", "ko2en"] = "en2ko"
        """From English into Korean or back."""
        game: Literal["none", "judge", "self-critical", "roll-outs", "gumbel"] = "none"
        """How the judge's verdict reaches the translator: there is none, only the judge learns, by policy gradient for whole translations
        or with roll-outs for each piece, or through straight-through Gumbel samples."""
        rivals: tuple[str, ...] | None = None
        """Translators of --fold 1, 2 and 3, from whose mistakes the judge learns; without them it learns from the translator's own."""
        steps: int = 1_800
        """Length of the training, in optimisation steps."""
        batch_size: int = 64
        """Pairs per step over all processes together; each process takes an equal share."""
        lr: float = 3e-3
        """Adam's learning rate."""
        lr_discriminator: float | None = 1e-3
        """Adam's learning rate for the judge."""
        beta1: float = 0.9
        """Adam's first decay rate."""
        beta2: float = 0.98
        """Adam's second decay rate."""
        lr_decay: Literal["none", "linear"] = "linear"
        """Learning rate over the run; linear falls to zero over the second half."""
        ema_half_life: int = 20_000
        """Half-life of the running average of the weights, in pairs; 0 switches averaging off."""
        eval_every: int = 0
        """Steps between measurements on held-out pairs for the log; 0 switches them off."""
        sample_every: int = 500
        """Steps between sample sheets (the steps 1, 2, 5, 10, 20, 50, ... always get one)."""
        architecture: Literal["transformer", "gru"] = "gru"
        """Transformer, or recurrent network with attention."""
        width: int = 192
        """Length of a piece's vector."""
        depth: int = 2
        """Layers of the encoder, and of a Transformer's decoder."""
        dropout: float = 0.1
        """Share of activations that are left out in training."""
        source_pieces: int = 2_500
        """Pieces of the source language, at most."""
        target_pieces: int = 3_500
        """Pieces of the target language, at most."""
        segmentations: int = 1
        """Likeliest ways of cutting a sentence into pieces, of which training draws one (arXiv:1804.10959)."""
        dropped: float = 0.1
        """Share of pieces that are hidden from the translator in training."""
        smoothing: float = 0.4
        """Label smoothing of the likelihood; so few pairs need much."""
        translations: int = 4
        """Translations of each sentence that are drawn and judged."""
        weight: float = 1.0
        """Weight of the judge's verdict in the translator's loss, beside the likelihood."""
        likeness: float = 0.0
        """Share of chrF against the person's translation in the reward, beside the judge's verdict (the paper's objective Q)."""
        say: float = 0.0
        """Weight of the judge's verdict beside the score, by which the best of several beams is chosen once the game is over."""
        fold: int = 0
        """Which third of the pairs (1, 2 or 3) is left out of training, for --rivals; 0 leaves out none."""
        judge_every: int = 1
        """Steps of the translator for each of the judge, in the game."""
        head_start: int = 50
        """Steps in which the judge learns before its verdict counts."""

        @property
        def helpers(self) -> tuple[str, ...]:
            return self.rivals or ()

        def __post_init__(self) -> None:
            super().__post_init__()
            for name in ("dropout", "dropped", "smoothing", "likeness"):
                if getattr(self, name) > 1:
                    raise TrainError(f"{flag_name(name)} must be from 0 to 1, not {getattr(self, name)}.")
            for name, least in (
                ("depth", 1),
                ("segmentations", 1),
                ("translations", 2),
                ("source_pieces", 8),
                ("target_pieces", 8),
            ):
                if getattr(self, name) < least:
                    raise TrainError(f"{flag_name(name)} must be at least {least}, not {getattr(self, name)}.")
            if self.width % 4:
                raise TrainError(f"--width must be a multiple of 4, not {self.width}.")

    def __init__(self, config: Config):
        super().__init__(config)
        every = config.judge_every if config.game != "judge" else 1
        # How likely translators find a sentence tells something where they never saw it.
        judge = Phase("discriminator", ("discriminator", "telltale") if config.rivals else ("discriminator",), every)
        translator = Phase("generator", ("generator",))
        self.phases = {"none": (translator,), "judge": (judge,)}.get(config.game, (translator, judge))
        self._source, self._target = Subwords(config.source_pieces), Subwords(config.target_pieces)
        self._pairs: list[Pair] = []
        self._said: dict[str, set[str]] = {}
        self._rivals: rivals.Rivals | None = None
        self._cut: tuple[list[list[list[int]]], ...] = ()
        self._began_with: Translator | None = None

    @property
    def languages(self) -> tuple[str, str]:
        """Those of sources and targets."""
        first, _, second = self.config.direction.partition("2")
        return first, second

    def prepare(self, data: Dataset) -> Dataset:
        config = self.config
        if config.game != "none" and not (config.init_from or config.resume or config.dry_run):
            raise TrainError(
                "--game begins with a translator that was trained on pairs: give its model as --init-from."
            )
        pairs = sentences.turned(data.pairs[0], self.languages[0])
        self._pairs = [(subwords.read_as(a, self.languages[0]), subwords.normalised(b)) for a, b in pairs]
        for source, target in self._pairs:
            self._said.setdefault(source, set()).add(target)
        if config.rivals:
            sources = [source for source, _ in self._pairs]
            self._rivals = rivals.Rivals(rivals.loaded(config.rivals, self.languages), sources)
        self._began_with = self._parent()
        if self._began_with:
            self._source, self._target = self._began_with.source, self._began_with.target
        elif not config.resume:
            sentences.learn(self._source, [source for source, _ in self._pairs], "--source-pieces")
            sentences.learn(self._target, [target for _, target in self._pairs], "--target-pieces")
        lengths = torch.tensor([max(map(len, pair)) for pair in self._pairs])
        seen = torch.tensor([rivals.fold(source) != config.fold for source, _ in self._pairs])
        return dataclasses.replace(data, train=data.train.rows((lengths <= LONGEST) & seen))

    def _parent(self) -> Translator | None:
        """The translator of `--init-from`; raises `TrainError` for one of another kind."""
        config = self.config
        if not config.init_from or config.resume:
            return None
        model = models_zoo.load(config.init_from, "cpu")
        if not isinstance(model, Translator):
            raise TrainError(f"--init-from {config.init_from}: it is no translator of sentences.")
        if (model.source_language, model.target_language) != self.languages:
            raise TrainError(f"--init-from {config.init_from} translates the other way: mind --direction.")
        return model

    def build(self) -> Translator:
        config = self.config
        model = Translator(
            self.languages, sources=config.source_pieces, targets=config.target_pieces, width=config.width, depth=config.depth,
            dropout=config.dropout, architecture=config.architecture, game=config.game != "none",
            telltale=config.game != "none", say=config.say if config.game != "none" else 0.0,
        )  # fmt: skip
        model.source.load_state_dict(self._source.state_dict())
        model.target.load_state_dict(self._target.state_dict())
        parent = self._began_with
        if self._pairs and not parent and not config.resume:
            self._begin_with_lexicon(model)
        if model.game and parent and not parent.game:
            if any(parent.plan[name] != model.plan[name] for name in model.plan if name != "dropout"):
                raise TrainError(
                    f"--init-from {config.init_from}: its networks are others; give the options that it had."
                )
            model.before.load_state_dict(parent.generator.state_dict())
            # The judge knows the same words as the translator that it begins with.
            model.discriminator.source.load_state_dict(parent.generator.source.state_dict())
            model.discriminator.target.load_state_dict(parent.generator.target.state_dict())
        return model

    def _begin_with_lexicon(self, model: Translator) -> None:
        """Give pieces that occur in the same pairs vectors that are near: few pairs and steps do not suffice to find them all."""
        seen = [pair for pair in self._pairs if rivals.fold(pair[0]) != self.config.fold]
        cut = [
            [pieces.ids(text) for text in texts]
            for pieces, texts in zip((self._source, self._target), zip(*seen, strict=True), strict=True)
        ]
        tables = model.generator.source, model.generator.target
        found = sequences.lexicon(*cut, tuple(table.num_embeddings for table in tables), self.config.width)
        with torch.no_grad():
            for table, vectors in zip(tables, found, strict=True):
                # Pieces that occur nowhere keep their random vectors.
                known = vectors.abs().amax(1, keepdim=True) > 0
                table.weight.copy_(torch.where(known, vectors, table.weight))

    def loss(self, phase: str, nets: Nets, batch: Batch) -> Step:
        rows, device = batch.numbers.tolist(), batch.images.device
        if not self._cut:
            # The networks' own pieces, which a resumed run has from its checkpoint.
            self._source, self._target = nets["source"], nets["target"]
            self._cut = tuple(
                [pieces.segmentations(text, self.config.segmentations) for text in texts]
                for pieces, texts in zip((self._source, self._target), zip(*self._pairs, strict=True), strict=True)
            )
        if phase == "discriminator":
            return self._judge_loss(nets, batch, rows)
        source, target = (
            padded([table[row][way % len(table[row])] for row, way in zip(rows, ways.tolist(), strict=True)]).to(device)
            for table, ways in zip(self._cut, (batch.integers(2**30), batch.integers(2**30)), strict=True)
        )
        target = F.pad(target, (0, 1)).scatter(1, (target != PAD).sum(1, keepdim=True), END)
        likelihood = self._likelihood(nets, source, target)
        if self.config.game == "none":
            return Step(likelihood)
        return self._game(nets, batch, rows, likelihood)

    def _likelihood(self, nets: Nets, source: Tensor, target: Tensor) -> Tensor:
        """The mean cross-entropy per piece of people's translations, in which the translator hears only some of the pieces."""
        total = source.new_zeros((), dtype=torch.float32)
        for _, read, written in games.parts(source, target):
            read, heard = (sequences.hidden(each, self.config.dropped) for each in (read, written))
            found = sequences.chances(nets["generator"], read, written, heard)
            total = total + sequences.likelihood(found, written, self.config.smoothing)
        return total / (target != PAD).sum()

    # ---- the game -------------------------------------------------------------------------------

    def _game(self, nets: Nets, batch: Batch, rows: Sequence[int], likelihood: Tensor) -> Step:
        """The translator's loss: likelihood, and what the judge says of translations that are drawn; these are carried to the judge."""
        config, generator, judge = self.config, nets["generator"], nets["discriminator"]
        source = self._sources(rows, batch)
        several = source.repeat_interleave(config.translations, 0)
        drawn = self._drawn(generator, [row for row in rows for _ in range(config.translations)], batch)
        fakes = self._rewritten(drawn)
        first = fakes[:: config.translations]
        if batch.step < config.head_start:
            return Step(likelihood, carried=first)
        judge.drop.eval()
        if config.game == "gumbel":
            verdict, told = games.through_gumbel(generator, judge, source), {}
        else:
            with torch.no_grad():
                rewards = self._rewards(judge, several, fakes, rows)
                worth = sequences.advantages(rewards.view(len(rows), -1)).flatten()
                if config.game == "roll-outs":
                    several, drawn = source, drawn[:: config.translations]
                    worth = games.rolled_out(
                        generator,
                        source,
                        drawn,
                        lambda whole: self._rewards(judge, source, self._rewritten(whole), rows),
                    )
            verdict, told = games.verdict(generator, several, drawn, worth), {"reward": rewards.mean()}
        judge.drop.train()
        return Step(likelihood + config.weight * verdict, {"verdict": verdict, **told}, carried=first)

    def _sources(self, rows: Sequence[int], batch: Batch) -> Tensor:
        return padded([self._cut[0][row][0] for row in rows]).to(batch.images.device)

    @torch.no_grad()
    def _drawn(self, network: torch.nn.Module, rows: Sequence[int], batch: Batch) -> Tensor:
        """A translation N x T of each of the N pairs `rows`, drawn with dropout.

        Without it a translator says what it learned by heart, in which there is nothing to judge.
        """
        return sampled(network.train(), self._sources(rows, batch))

    def _rewards(self, judge: torch.nn.Module, source: Tensor, fakes: Tensor, rows: Sequence[int]) -> Tensor:
        """How good N x T translations `fakes` of N sources are, in [0, 1]; as many in a row are of each of the pairs `rows`."""
        verdict = games.judged(judge, source, fakes).sigmoid()
        share = self.config.likeness
        if not share:
            return verdict
        each = len(fakes) // len(rows)
        people = [self._pairs[row][1] for row in rows for _ in range(each)]
        alike = [
            sacrebleu.sentence_chrf(text, [person]).score / 100
            for text, person in zip(self._texts(fakes), people, strict=True)
        ]
        return (1 - share) * verdict + share * torch.tensor(alike, device=verdict.device)

    def _texts(self, rows: Tensor) -> list[str]:
        """The texts of N x T translations."""
        return [self._target.text([number for number in row if number not in (PAD, END)]) for row in rows.tolist()]

    def _written(self, texts: Sequence[str], device: torch.device) -> Tensor:
        """Translations N x T in their likeliest pieces, so that the judge cannot tell them by how they are cut."""
        return padded([[*self._target.ids(text), END] for text in texts]).to(device)

    def _rewritten(self, drawn: Tensor) -> Tensor:
        return self._written(self._texts(drawn), drawn.device)

    def _judge_loss(self, nets: Nets, batch: Batch, rows: Sequence[int]) -> Step:
        """The judge tells people's translations from machines', from disturbed ones and from those of other sentences."""
        pairs = [self._pairs[row] for row in rows]
        chances = [batch.integers(2**30).tolist() for _ in range(2)]
        shift = 1 + chances[0][0] % max(1, len(rows) - 1)
        elsewhere = [target for _, target in [*pairs[shift:], *pairs[:shift]]]
        kinds = {"people": [target for _, target in pairs], "shuffled": elsewhere}
        disturbed = zip(kinds["people"], elsewhere, chances[0], strict=True)
        kinds["disturbed"] = [rivals.disturbed(*each) for each in disturbed]
        if self._rivals:
            kinds["rivals"] = [self._rivals.picked(*each) for each in zip(rows, chances[1], strict=True)]
        drawn = batch.carried
        if drawn is None and not self._rivals:
            drawn = self._drawn(nets["before"], rows, batch)
        if drawn is not None:
            kinds["translator"] = self._texts(drawn)
        asked = [
            (kind, row, text)
            for kind, texts in kinds.items()
            for row, text, (source, _) in zip(rows, texts, pairs, strict=True)
            if text and (kind == "people" or text not in self._said[source])
        ]
        device = batch.images.device
        source = padded([self._cut[0][row][0] for _, row, _ in asked]).to(device)
        found = games.judged(nets["discriminator"], source, self._written([text for *_, text in asked], device))
        marked = {kind: torch.tensor([name == kind for name, *_ in asked], device=device) for kind in kinds}
        scores = {f"score/{kind}": found[mark].mean() for kind, mark in marked.items() if mark.any()}
        loss = sequences.told_apart(found[marked["people"]], found[~marked["people"]])
        if self._rivals:
            # What the translator draws of sentences that it knows by heart tells nothing of how likely its mistakes are.
            few = set(rows[: max(1, len(rows) // TRACED)])
            told = [place for place, (kind, row, _) in enumerate(asked) if kind != "translator" and row in few]
            seen = self._rivals.traces([asked[place][1:] for place in told]).to(device)
            tell, people = nets["telltale"](seen), marked["people"][told]
            # By itself: beside a judge who knows the training sentences by heart it would have nothing to learn.
            loss = loss + sequences.told_apart(tell[people], tell[~people])
            whole = together(found[told].detach(), tell)
            scores |= {f"whole/{kind}": whole[mark[told]].mean() for kind, mark in marked.items() if mark[told].any()}
        return Step(loss, scores)

    # ---- pictures and numbers -------------------------------------------------------------------

    def samples(self, model: Translator, data: Dataset) -> Tensor:
        """Where the translator looks (columns) while it writes the pieces (rows) of held-out sentences; white is 1."""
        sources = dict.fromkeys(source for source, _ in sentences.turned(data.pairs[1], model.source_language))
        return sentence_metrics.looks(model, list(sources)[-SHOWN:], PIECES_SHOWN)

    def evaluate(self, model: Translator, data: Dataset, n: int, seed: int) -> dict[str, dict[str, Any]]:
        train, held_out = (sentences.turned(part, model.source_language) for part in data.pairs)
        return sentence_metrics.evaluate(model, train, held_out, n, seed)

    def card(self) -> CardText:
        texts, config = card_texts("seq2seq_gan"), self.config
        words = {"languages": texts["languages"][config.direction], "network": texts["networks"][config.architecture]}
        kind = {"none": "likelihood", "judge": "heard" if config.say else "judge"}.get(config.game, "game")
        way, teachers = texts["ways"].get(config.game, ""), texts["teachers"]["rivals" if config.rivals else "own"]
        mixed = filled(texts["mixed"], share=f"{config.likeness:.0%}") if config.likeness else ""
        is_measured = config.dataset == (sentences.NAME,) and config.direction == "en2ko"
        measured = texts["measured"].get(config.architecture if is_measured else "", EMPTY)
        words |= {"said": filled(texts["said"], say=f"{config.say:g}") if config.say else ""}
        words |= {
            "suspicion": texts["suspicion"] if config.rivals else "",
            "tried": texts["tried"] if is_measured else "",
        }
        summary = filled(texts["summary"][kind], way=way, mixed=mixed, teachers=teachers, **words)
        return CardText(
            task="text-translation",
            title=filled(texts["title"][kind], **words),
            summary={language: text + measured[language] for language, text in summary.items()},
            limits=texts["limits"],
            snapshots=False,
        )
