"""Whether each lesson of the *Lab* shows what it says: `python -m benchmarks.lessons [--seeds 20] [--lessons NAME ...]`.

Every lesson is played to where the page stops it, on each seed, and measured by a number of its own; the last column says
on how many seeds the number holds. The lesson "balance" is played on all five presets on a line.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

import torch

from explorer.tabs.lab.game import Game
from explorer.tabs.lab.lessons import LESSONS, setup
from explorer.tabs.lab.match import Match
from explorer.tabs.lab.rules import LINES, OPTIMUM
from explorer.tabs.lab.settings import LabView

TAIL = 10
"""Measurements at the end of a log of which a number is the mean."""
Told = tuple[list[float], bool]


@dataclass(frozen=True)
class Claim:
    """What is measured of a match, in words, how, and on which data."""

    words: str
    measure: Callable[[Match], Told]
    data: tuple[str, ...] = ("",)


def logged(game: Game, name: str, low: int = 0, high: int = 10**9) -> list[float]:
    """The numbers of that name in the log of a game between two steps, as far as there are any."""
    return [entry[name] for entry in game.log if entry.get(name) is not None and low <= entry["step"] <= high]


def final(game: Game, name: str) -> float:
    """The mean of the last measurements."""
    return statistics.fmean(logged(game, name)[-TAIL:])


@torch.no_grad()
def generated(game: Game) -> torch.Tensor:
    """4,096 generated points, N x dims."""
    return game.run.nets.modules["generator"](game.probe.zs)


def balance(match: Match) -> Told:
    distance, value = (final(match.games[0], name) for name in ("jsd", "value"))
    return [distance, value], distance < 0.02 and abs(value - OPTIMUM) < 0.05


def vanishing(match: Match) -> Told:
    lengths = [statistics.fmean(logged(game, "g_gradient", 60, 150)) for game in match.games]
    return lengths, 10 * lengths[0] <= lengths[1]


def stray(match: Match) -> Told:
    away = [torch.cdist(generated(game), game.target.modes).min(1).values.mean().item() for game in match.games]
    return away, away[0] >= 2 * away[1]


def collapse(match: Match) -> Told:
    covered = [final(game, "covered") for game in match.games]
    return covered, covered[0] <= 3 and covered[1] >= 7


def oscillation(match: Match) -> Told:
    wander = [statistics.pstdev(place for step, place in seen if step > 750) for seen in match.seen]
    return wander, wander[0] >= 2 * wander[1]


def strong(match: Match) -> Told:
    distances = [final(game, "jsd") for game in match.games]
    return distances, distances[0] >= 0.65 and distances[1] <= 0.45


def optimizers(match: Match) -> Told:
    distances = [final(game, "jsd") for game in match.games]
    return distances, max(distances[:2]) + 0.1 <= min(distances[2:])


def disjoint(match: Match) -> Told:
    distance = match.games[0].log[-1]["jsd"]
    for game in match.games:
        game.play(1, "generator")
    slopes = [game.run.progress.optimizers["generator"].slope() for game in match.games]
    return [distance, *slopes], distance > 0.99 * math.log(2) and 100 * slopes[0] <= slopes[1]


CLAIMS = {
    "balance": Claim("JSD below 0.02, value within 0.05 of -log 4", balance, LINES[:-1]),
    "vanishing": Claim("minimax's gradient is at least ten times smaller in steps 60 to 150", vanishing),
    "stray": Claim("points end up at least twice as far from the data without least squares", stray),
    "collapse": Claim("at most 3 of 8 modes covered, at least 7 with the cure", collapse),
    "oscillation": Claim("the mean of what is generated wanders at least twice as far on one time-scale", oscillation),
    "strong": Claim("JSD at least 0.65 without noise, at most 0.45 with it", strong),
    "optimizers": Claim("Adam and RMSProp end at least 0.1 nats below AdaGrad and SGD", optimizers),
    "disjoint": Claim("JSD at log 2, and minimax's gradient at least a hundred times smaller", disjoint),
}


def played(key: str, seed: int, data: str) -> Match:
    """The match of a lesson on a seed, at its end; `seen` has for each game the mean of what was generated at every tenth step."""
    lesson = LESSONS[key]
    view = LabView(**lesson.settings, lesson=key, seed=seed)
    match = Match(setup(dataclasses.replace(view, data=data) if data else view))
    match.seen = [[] for _ in match.games]
    while match.step < lesson.steps and not match.over:
        match.advance(math.inf, 10)
        for seen, game in zip(match.seen, match.games, strict=True):
            seen.append((game.step, generated(game).mean().item()))
    return match


def main() -> None:
    """Print a line for every lesson."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--lessons", nargs="*", default=list(CLAIMS), choices=list(CLAIMS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    for key in options.lessons:
        claim = CLAIMS[key]
        for data in claim.data:
            told = [claim.measure(played(key, seed, data)) for seed in range(options.seeds)]
            medians = [
                f"{statistics.median(column):.4g}" for column in zip(*(numbers for numbers, _ in told), strict=True)
            ]
            holds = sum(is_so for _, is_so in told)
            name = f"{key} ({data})" if data else key
            print(f"{name}: {claim.words}: medians {', '.join(medians)}: {holds} of {options.seeds}", flush=True)


if __name__ == "__main__":
    main()
