"""What one sees of a game: what the generator draws, what the discriminator thinks, and how far they are, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.tabs.lab.duel import Duel
from explorer.tabs.lab.rules import Rules
from explorer.tabs.lab.targets import Target
from train.contract import Nets
from train.objectives import losses

MEASURED = 4096
"""Generated points of which a distance is measured."""
JUDGED = 1024
"""Points of either kind of which the value of the game and the losses between steps are means."""
BINS = {1: 64, 2: 20}
"""Cells per direction in which shares are compared."""
SHOWN = {1: 24, 2: 256}
"""Generated points that are shown."""
ARROWS = 48
GRID = {1: 96, 2: 28}
"""Points per direction at which the discriminator is asked."""
BENT = 11
"""Lines of the grid of z."""


@dataclass(frozen=True)
class Probe:
    """What stays the same from look to look: latents and places."""

    rules: Rules
    target: Target
    zs: Tensor = field(init=False)
    reals: Tensor = field(init=False)
    places: Tensor = field(init=False)
    lines: Tensor = field(init=False)

    def __post_init__(self) -> None:
        generator = torch.Generator().manual_seed(self.rules.seed ^ 0x5EED)
        uniform = torch.rand(MEASURED, 1 + self.rules.dims, generator=generator)
        zs = torch.randn(MEASURED, self.rules.latent, generator=generator)
        if self.rules.latent == 1:
            # Evenly spread, so that what is measured is the generator and not the draw; shuffled, so that the first are not the lowest.
            shares = (torch.randperm(MEASURED, generator=generator) + 0.5) / MEASURED
            zs = torch.special.ndtri(shares)[:, None]
        for name, value in (
            ("zs", zs),
            ("reals", self.target.drawn(uniform)),
            ("places", _places(self.target, GRID[self.rules.dims])),
            ("lines", _lines(self.rules)),
        ):
            object.__setattr__(self, name, value)


def _places(target: Target, count: int) -> Tensor:
    """The middles of a grid of `count` cells per direction, row by row, N x dims."""
    axis = (torch.arange(count) + 0.5) * (2 * target.reach / count) - target.reach
    if target.dims == 1:
        return axis[:, None]
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1)


def _lines(rules: Rules) -> Tensor:
    """Latents on a grid from -2 to 2 in the first two directions, 0 in the others; a row of them where there is one direction."""
    if rules.dims == 1 or rules.latent == 1:
        zs = torch.zeros(33, rules.latent)
        zs[:, 0] = torch.linspace(-2.4, 2.4, 33)
        return zs
    axis = torch.linspace(-2, 2, BENT)
    zs = torch.zeros(BENT * BENT, rules.latent)
    zs[:, 0], zs[:, 1] = axis.repeat(BENT), axis.repeat_interleave(BENT)
    return zs


def divergence(p: Tensor, q: Tensor) -> float:
    """The Jensen-Shannon divergence of two rows of shares, in nats: 0 for equal ones, log 2 where nothing overlaps."""
    middle = (p + q) / 2
    both = torch.stack([p, q])
    terms = torch.where(both > 0, both * (both / middle.clamp(min=1e-12)).log(), 0.0)
    return max(0.0, terms.sum().item() / 2)


def distance(target: Target, points: Tensor) -> float:
    """The divergence of points N x dims from the target, by their shares of `BINS` cells, those outside as one cell more."""
    bins = BINS[target.dims]
    return divergence(torch.cat([target.coarse(bins), torch.zeros(1)]), target.counted(points, bins))


@torch.no_grad()
def measured(nets: Nets, probe: Probe) -> dict[str, Any]:
    """The distance of what is generated from what is real, modes covered, and the value of the game where it has one.

    `jsd` in nats over `BINS` cells; `covered` None where the target has no modes; `value` None where D is no probability.
    """
    rules, target = probe.rules, probe.target
    fake = nets["generator"](probe.zs)
    value = None
    if rules.is_probable:
        real_logits, fake_logits = judged(nets, probe, fake)
        value = -losses.discriminator_bce(real_logits, fake_logits).item()
    return {
        "jsd": distance(target, fake),
        "covered": int(target.covered(fake).sum()) if len(target.modes) else None,
        "value": value,
    }


def judged(nets: Nets, probe: Probe, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The discriminator's raw outputs for real and for generated points."""
    return nets["discriminator"](probe.reals[:JUDGED]), nets["discriminator"](fake[:JUDGED])


@torch.no_grad()
def losses_of(duel: Duel, nets: Nets, probe: Probe) -> dict[str, float]:
    """Both losses on the points that distances are measured of, without penalties and noise."""
    real_logits, fake_logits = judged(nets, probe, nets["generator"](probe.zs))
    loss = duel.discriminator_loss(real_logits, fake_logits)
    return {"d_loss": loss.item(), "g_loss": duel.generator_loss(fake_logits).item()}


def floor(probe: Probe) -> float:
    """The divergence that as many real points have from the target themselves."""
    return distance(probe.target, probe.reals)


def picture(nets: Nets, probe: Probe, loss: Callable[[Tensor], Tensor]) -> dict[str, Any]:
    """The present state for the page, as numbers of three digits.

    `points` generated ones and `arrows` where their loss would have the first of them go; `verdict` D on a grid, 0 (fake) to 1 (real);
    `best` what D would be at best; `made` p_model on a line; `bent` where the generator takes a grid of z.
    """
    rules, target = probe.rules, probe.target
    shown = SHOWN[rules.dims]
    with torch.no_grad():
        # A density is counted, which takes all of them.
        fake = nets["generator"](probe.zs if rules.dims == 1 else probe.zs[:shown])
        raw = nets["discriminator"](probe.places)
        bent = nets["generator"](probe.lines)
    arrows = pushed(nets, fake[:ARROWS], loss)
    told = {
        "points": _rounded(fake[:shown]),
        "arrows": _rounded(arrows[: min(shown, ARROWS)]),
        "verdict": _rounded(verdict(raw, rules.objective)),
        "bent": _rounded(bent),
    }
    if rules.dims == 1:
        count = GRID[1]
        made = target.counted(fake, 64)[:-1]
        told["made"] = _rounded(made * (64 / (2 * target.reach)))
        told["best"] = _rounded(best(target, fake, count)) if _has_best(rules.objective) else []
    return told


def pushed(nets: Nets, fake: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """Where a step down the generator's loss would have points N x dims go: -N times the loss's gradient by them."""
    points = fake.detach().clone().requires_grad_()
    # The loop leaves weights without gradients that did not learn last; here none are asked for.
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(loss(nets["discriminator"](points)), points)
    return -slope * len(points)


def verdict(raw: Tensor, objective: str) -> Tensor:
    """N raw outputs of a discriminator as numbers from 0 (fake) to 1 (real)."""
    raw = raw.flatten()
    if objective == "least-squares":
        return raw.clamp(0, 1)
    if objective == "hinge":
        return ((raw + 1) / 2).clamp(0, 1)
    if objective == "wasserstein":
        # A critic's zero means nothing: what counts is where it is higher and where lower.
        low, high = raw.min(), raw.max()
        return (raw - low) / (high - low).clamp(min=1e-6)
    return torch.sigmoid(raw)


def _has_best(objective: str) -> bool:
    """Whether the best D is p_data / (p_data + p_model): arXiv:1406.2661, proposition 1; of least squares arXiv:1611.04076, equation 5."""
    return objective in ("non-saturating", "minimax", "least-squares")


def best(target: Target, fake: Tensor, count: int) -> Tensor:
    """p_data / (p_data + p_model) at `count` places on a line; one half where there is neither."""
    real = target.coarse(64)
    made = target.counted(fake, 64)[:-1]
    share = torch.where(real + made > 2e-4, real / (real + made).clamp(min=1e-12), 0.5)
    return F.interpolate(share[None, None], count, mode="linear")[0, 0]


def _rounded(values: Tensor) -> list[Any]:
    """Numbers for the page, of three digits behind the point; what is not finite lies far outside."""
    return values.double().nan_to_num(99, 99, -99).clamp(-99, 99).round(decimals=3).tolist()
