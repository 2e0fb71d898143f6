"""One visitor's game: steps, a log, snapshots to go back to, and single steps in slow motion."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from explorer.tabs.lab import duel, seeing
from explorer.tabs.lab.rules import Rules
from explorer.tabs.lab.seeing import Probe
from explorer.tabs.lab.targets import target

LOG_EVERY, MEASURE_EVERY, KEEP_EVERY = 10, 50, 25
SNAPSHOTS = 200
STRUCTURE = ("data", "drawn", "width", "depth", "activation", "latent", "spread", "seed")
"""What cannot change while a game goes on: other networks, another game."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a game after `step` steps: all weights, and what the optimizers remember."""

    step: int
    weights: dict[str, torch.Tensor]
    memories: dict[str, tuple[str, dict[str, Any]]]

    @property
    def bytes(self) -> int:
        """About the memory it takes: of each weight the optimizer remembers two numbers at most."""
        return 3 * sum(row.nbytes for row in self.weights.values())


class Game:
    """A generator and a discriminator that learn from each other, step by step, on request only.

    The same settings give the same course, however the steps are cut into requests.
    """

    def __init__(self, rules: Rules):
        self.snapshots: deque[Snapshot] = deque(maxlen=SNAPSHOTS)
        self.log: list[dict[str, float | None]] = []
        self.has_diverged: bool
        """Whether a loss is no longer a finite number: nothing can go on then."""
        self._begin(rules)

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.run.progress.step

    @property
    def bytes(self) -> int:
        """The memory that its snapshots take."""
        return len(self.snapshots) * self.snapshots[0].bytes

    def settle(self, rules: Rules) -> bool:
        """Go on under these settings; gives whether that was only possible from the beginning, with other networks or data."""
        if any(getattr(rules, name) != getattr(self.rules, name) for name in STRUCTURE):
            self.snapshots.clear()
            self.log.clear()
            self._begin(rules)
            return True
        if rules != self.rules:
            self.rules = rules
            self.run = duel.changed(self.run, rules)
            self._look()
        return False

    def play(self, steps: int, net: str = "") -> None:
        """Play so many steps, fewer if the game diverges; with the name of a `net`, that one learns and the other stands still."""
        self._forget_later()
        variant = self.run.variant
        variant.phases = {
            "": variant.both, "generator": (variant.generators,), "discriminator": variant.discriminators
        }[net]  # fmt: skip
        last = self.step + steps
        while self.step < last and not self.has_diverged:
            self._step()

    def rewind(self, step: int) -> None:
        """Go back to the last snapshot at or before `step`, the oldest where there is none; later ones stay until play goes on."""
        self._restore(next((each for each in reversed(self.snapshots) if each.step <= step), self.snapshots[0]))
        self.has_diverged = False

    def replay(self, steps: Sequence[int]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Frame and distances of the snapshots of these `steps`, one after the other; the game itself stays where it is."""
        now = self._snapshot()
        try:
            for snapshot in [each for each in self.snapshots if each.step in steps]:
                self._restore(snapshot)
                yield self.present()
        finally:
            self._restore(now)

    def frame(self) -> dict[str, Any]:
        """What the page draws of the present state."""
        loss = self.run.variant.generator_loss
        return {"step": self.step, **seeing.picture(self.run.nets.modules, self.probe, loss)}

    def present(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The frame and the distances of the present state."""
        return self.frame(), self._entry({})

    def slow(self) -> list[dict[str, Any]]:
        """One step in four frames: points are generated, judged, pushed, and then both networks have moved.

        Every frame has a `stage`: ``"forward"``, ``"loss"``, ``"gradient"`` and ``"update"``.
        """
        before, entry = self.present()
        self.play(1)
        stages = [{**before, "stage": stage, "entry": entry} for stage in ("forward", "loss", "gradient")]
        after, entry = self.present()
        return [*stages, {**after, "stage": "update", "entry": entry}]

    # ---- inside ---------------------------------------------------------------------------------

    def _begin(self, rules: Rules) -> None:
        self.has_diverged = False
        self.rules, self.target = rules, target(rules.data, rules.drawn)
        self.run = duel.prepared(rules)
        self._look()
        self.snapshots.append(self._snapshot())
        self.log.append(self._entry({}))

    def _look(self) -> None:
        self.deck, self.probe = duel.Deck(self.rules, self.target), Probe(self.rules, self.target)

    def _restore(self, snapshot: Snapshot) -> None:
        with torch.no_grad():
            for name, descent in self.run.progress.optimizers.items():
                descent.row.copy_(snapshot.weights[name])
                descent.restore(snapshot.memories[name])
        self.run.progress.step = snapshot.step

    def _forget_later(self) -> None:
        """Drop what was kept of steps after this one: the game was rewound, and goes another way now."""
        while self.snapshots[-1].step > self.step:
            self.snapshots.pop()
        while self.log[-1]["step"] > self.step:
            self.log.pop()

    def _step(self) -> None:
        scalars = duel.step(self.run, self.deck.dealt(self.step))
        if self.step % LOG_EVERY == 0:
            self.log.append(self._entry(scalars))
        if self.step % KEEP_EVERY == 0 and not self.has_diverged:
            self.snapshots.append(self._snapshot())

    def _entry(self, scalars: dict[str, torch.Tensor]) -> dict[str, Any]:
        """A line of the log: losses and lengths of gradients as far as this step told them, and now and then the distances.

        Without `scalars`, the losses on the points that distances are measured of.
        """
        descents, nets = self.run.progress.optimizers, self.run.nets.modules
        entry: dict[str, Any] = {"step": self.step}
        for name in ("discriminator", "generator"):
            loss = scalars.get(f"loss/{name}")
            entry[f"{name[0]}_loss"] = None if loss is None else loss.item()
            entry[f"{name[0]}_gradient"] = None if loss is None else descents[name].slope()
        if not scalars:
            entry |= seeing.losses_of(self.run.variant, nets, self.probe)
        if not scalars or self.step % MEASURE_EVERY == 0:
            entry |= seeing.measured(nets, self.probe)
        wrong = [name for name, value in entry.items() if value is not None and not math.isfinite(value)]
        self.has_diverged = self.has_diverged or bool(wrong)
        return entry | dict.fromkeys(wrong)

    def _snapshot(self) -> Snapshot:
        descents = self.run.progress.optimizers
        return Snapshot(
            self.step,
            {name: each.row.detach().clone() for name, each in descents.items()},
            {name: each.memory() for name, each in descents.items()},
        )
