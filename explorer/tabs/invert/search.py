"""The search of inversion: for the latent vector z whose picture G(z) comes nearest to a given one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from explorer.models import turns
from explorer.pictures import images
from explorer.pictures.images import Pixels
from models_zoo import ZooError

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.checkpoint import LatentModel

    Encode = Callable[[Tensor], Tensor]

Method = Literal["fast", "paper", "w", "w+"]
"""``"paper"``: gradient descent on the pixels' squared error from z = 0, by RMSprop with learning rate 0.01 and alpha 0.9
(Xiang and Li, arXiv:1704.03971). ``"fast"``: Levenberg-Marquardt on the same error and a prior on z, starting at the
estimate of a linear regression, with Broyden's updates of the Jacobian. ``"w"`` and ``"w+"``: see
`explorer.tabs.invert.styled`."""
METHODS: tuple[Method, ...] = ("fast", "paper")
STYLE_METHODS: tuple[Method, ...] = ("w", "w+")
"""Those that only a StyleGAN has."""
End = Literal["", "converged", "steps", "seconds"]

EXACT = 1e-5
"""Mean squared error below which no difference is visible (50 dB); a search ends there."""
MAX_PSNR = 100.0
DRAWS_PER_DIMENSION = 4
"""Pictures to which the regression of a class is fitted, per dimension of z."""
NEIGHBOURS = 12
"""Points drawn around the regression's estimate, of which the best become restarts."""
RIDGE = 0.1
"""Of the mean diagonal of the regression's kernel matrix."""
DAMPINGS = (0.1, 0.5, 2.0, 10.0)
"""Factors of the damping that every step tries in one batch; the best one is kept."""
FIRST_DAMPING = 0.1
"""Of the mean diagonal of the normal equations."""
DIFFERENCE = 0.02
"""Step of the forward differences; derivatives by autograd take longer and lead no better across the network's kinks."""
REFRESH_BELOW = 0.1
"""Relative gain of a step below which the Jacobian is measured again, which costs as much as a dozen steps or more."""
CONVERGED_BELOW = 0.005
"""Relative gain of a step with a fresh Jacobian below which a start is abandoned."""
BATCH = 64


@dataclass(frozen=True)
class Plan:
    """How to search.

    `label` is the class to ask a class-conditional model for; None stands for every class in turn. The search ends
    after `steps` steps or `seconds`. The fast method goes through at most `restarts` starts, one after the other, drawn
    by `seed`; the paper's has one start per class.
    """

    method: Method = "fast"
    label: int | None = None
    steps: int = 200
    seconds: float = 20.0
    restarts: int = 4
    seed: int = 0


USUAL = Plan()
"""The plan that the page begins with."""


@dataclass(frozen=True)
class Candidate:
    """The best point of one start: z, the class if the model has classes, its picture, and its error.

    `pixels` are 1 x H x W x C, `error` is the mean squared error of pixels in [0, 1]. Where styles were searched, `w` has
    that of every layer, and `z` is empty.
    """

    z: tuple[float, ...]
    label: int | None
    pixels: Pixels
    error: float
    w: tuple[tuple[float, ...], ...] = ()

    @property
    def psnr(self) -> float:
        """Peak signal-to-noise ratio in dB, at most `MAX_PSNR`."""
        return min(MAX_PSNR, -10 * math.log10(self.error)) if self.error else MAX_PSNR


@dataclass(frozen=True)
class Progress:
    """Where a search is: steps and seconds taken, one candidate per start, the best first, and why it ended, if it did."""

    step: int
    seconds: float
    candidates: tuple[Candidate, ...]
    end: End = ""

    @property
    def best(self) -> Candidate:
        """The best candidate."""
        return self.candidates[0]


def invert(model: LatentModel, target: Tensor, plan: Plan = USUAL, encode: Encode | None = None) -> Iterator[Progress]:
    """Search z for `target`, 1 x C x H x W in [-1, 1], and report after every step.

    The `model` must be in eval mode. The search ends when it has converged, or when the `plan` says so. `encode`, for
    models with a learned encoder, gives z, N x latent_size, for pictures: one more start of the fast method. The same arguments find the same, as far as time permits.

    Raises `ValueError` if the target has another shape than the model's pictures or is not finite,
    and `ZooError` if the model's pictures are not finite.
    """
    classes = len(model.card.classes) if model.card is not None else 0
    labels = [plan.label] if plan.label is not None else list(range(classes)) or [None]
    aim = Aim(model, checked(model, target), plan.seed, encode)
    yield from reported(aim.descend(labels) if plan.method == "paper" else aim.solve(labels, plan.restarts), plan)


def checked(model: LatentModel, target: Tensor) -> Tensor:
    """The target where the model is; raises `ValueError` if it has another shape than the model's pictures or is not finite."""
    import torch

    if target.shape != (1, model.channels, model.image_size, model.image_size):
        raise ValueError(f"The target is {tuple(target.shape)}, unlike the model's pictures.")
    if not torch.isfinite(target).all():
        raise ValueError("The target has values that are not finite.")
    return target.to(model.device)


def reported(search: Iterator[Found], plan: Plan) -> Iterator[Progress]:
    """What a `search` that yields once per step has reached, until it or the `plan` ends; raises `ZooError` if nothing is finite."""
    best: dict[int, Candidate] = {}
    step, taken = 0, 0.0
    try:
        for step, (taken, found) in enumerate(turns.timed(search)):
            for start, candidate in found:
                if math.isfinite(candidate.error) and (start not in best or candidate.error < best[start].error):
                    best[start] = candidate
            if not best:
                raise ZooError("This model's pictures are not finite numbers, so nothing can be compared with them.")
            ranked = tuple(sorted(best.values(), key=lambda candidate: candidate.error))
            end: End = "steps" if step >= plan.steps else "seconds" if taken >= plan.seconds else ""
            end = "converged" if ranked[0].error <= EXACT else end
            yield Progress(step, taken, ranked, end)
            if end:
                return
        yield Progress(step, taken, ranked, "converged")
    finally:
        search.close()


Found = list[tuple[int, Candidate]]
"""Numbers of starts, and where they are now."""


class Aim:
    """A model and a target, with the two methods; each yields its starts first, and then every step."""

    def __init__(self, model: LatentModel, target: Tensor, seed: int, encode: Encode | None = None):
        self.model = model
        self.target = target
        self.seed = seed
        self.encode = encode

    def pictures(self, z: Tensor, labels: Sequence[int | None]) -> Tensor:
        """Pictures N x C x H x W of z, N x latent_size, and one label for each or for all."""
        return _generate(self.model, z, list(labels) * (len(z) // len(labels)))

    def residuals(self, z: Tensor, labels: Sequence[int | None]) -> Tensor:
        """Each picture minus the target, N x pixels, with pixels in [0, 1]."""
        return (self.pictures(z, labels) - self.target).flatten(1) / 2

    def candidate(self, z: Tensor, label: int | None, residual: Tensor) -> Candidate:
        """z with its picture, made of its `residual` from the target."""
        picture = self.target + 2 * residual.view_as(self.target)
        return Candidate(tuple(z.tolist()), label, images.pixels(picture), residual.square().mean().item())

    def descend(self, labels: Sequence[int | None]) -> Iterator[Found]:
        """The paper's method, for all classes in one batch."""
        import torch

        with torch.enable_grad():
            z = torch.zeros(len(labels), self.model.latent_size, device=self.target.device, requires_grad=True)
            optimizer = torch.optim.RMSprop([z], lr=0.01, alpha=0.9)
        while True:
            with torch.enable_grad():
                residuals = self.residuals(z, labels)
                (z.grad,) = torch.autograd.grad(residuals.square().mean(1).sum(), z)
            found = zip(z.detach(), labels, residuals.detach(), strict=True)
            yield list(enumerate(self.candidate(*entry) for entry in found))
            optimizer.step()

    def solve(self, labels: Sequence[int | None], restarts: int) -> Iterator[Found]:
        """The fast method: one start after the other, the most promising first."""
        starts, found = self._starts(labels, restarts)
        yield found
        for number, (z, label, residual) in enumerate(starts):
            for place in self._levenberg_marquardt(z, label, residual):
                yield [(number, place)]

    def _starts(self, labels: Sequence[int | None], most: int) -> tuple[list[tuple], Found]:
        """Starts as z, label and residual: the best encodings of all classes, then neighbours of the best one."""
        import torch

        with torch.inference_mode():
            flat = self.target.flatten(1)
            lines = [_line(self.model, label) for label in labels]
            z = torch.cat([line.encode(flat) for line in lines])
            asked = list(labels)
            if self.encode is not None:
                z, asked = torch.cat([z, self.encode(self.target).expand(len(labels), -1)]), asked * 2
            z, asked, residuals = self._ranked(z, asked)
            missing = most - len(z)
            if missing > 0:
                noise = torch.randn(NEIGHBOURS, z.shape[1], generator=torch.Generator().manual_seed(self.seed))
                around = z[:1] + noise.to(z.device) * lines[labels.index(asked[0])].spread
                more, same, beside = self._ranked(around, asked[:1] * NEIGHBOURS)
                z, residuals = torch.cat([z, more[:missing]]), torch.cat([residuals, beside[:missing]])
                asked += same[:missing]
            starts = list(zip(z[:most], asked, residuals, strict=False))
            # Only the first is reported: starts that time never gets to are no restarts.
            return starts, [(0, self.candidate(*starts[0]))]

    def _ranked(self, z: Tensor, labels: list[int | None]) -> tuple[Tensor, list[int | None], Tensor]:
        """z, their labels and residuals from the smallest error to the largest."""
        residuals = self.residuals(z, labels)
        order = residuals.square().mean(1).nan_to_num(nan=math.inf).argsort()
        return z[order], [labels[index] for index in order.tolist()], residuals[order]

    def _levenberg_marquardt(self, z: Tensor, label: int | None, residual: Tensor) -> Iterator[Candidate]:
        """One start, step by step, until there is no more gain.

        The target is modelled as G(z) plus Gaussian noise of unknown variance, and z as standard
        normal. With the most likely variance put in, the negative log-posterior of z is, up to a
        constant and a factor of pixels / 2, log(mean squared error) + |z|^2 / pixels: the better
        the picture, the less the prior counts.
        """
        import torch

        with torch.inference_mode():
            one = torch.eye(len(z), device=z.device)
            jacobian, fresh, damping = _line(self.model, label).decoder / 2, False, FIRST_DAMPING
            value = self._value(z, residual[None])
        while torch.isfinite(value):
            with torch.inference_mode():
                noise = residual.square().mean()
                normal = (jacobian @ jacobian.T + noise * one) / len(residual)
                slope = (jacobian @ residual + noise * z) / len(residual)
                dampings = [damping * change for change in DAMPINGS]
                scale = normal.diagonal().mean()
                moves = -torch.linalg.solve(
                    torch.stack([normal + level * scale * one for level in dampings]), slope.expand(len(dampings), -1)
                )
                residuals = self.residuals(z + moves, [label])
                values = self._value(z + moves, residuals)
                pick = int(values.argmin())
                move, change = moves[pick], residuals[pick] - residual
                gain = -torch.expm1(values[pick] - value).item()
                if gain > 0:
                    z, residual, value, damping = z + move, residuals[pick], values[pick], dampings[pick]
                else:
                    damping = dampings[-1]
                abandoned = fresh and gain < CONVERGED_BELOW
                # Broyden's good update (1965): of all Jacobians that explain the move, the one nearest to the last.
                jacobian = jacobian + torch.outer(move / move.square().sum(), change - move @ jacobian)
                fresh = gain < REFRESH_BELOW and not abandoned
            yield self.candidate(z, label, residual)
            if abandoned:
                return
            if fresh:
                with torch.inference_mode():
                    jacobian = self._jacobian(z, label, residual)

    def _value(self, z: Tensor, residuals: Tensor) -> Tensor:
        """The objective of Levenberg-Marquardt for every z; infinite where a picture is not finite."""
        error = residuals.square().mean(1).log() + z.square().sum(-1) / residuals.shape[1]
        return error.nan_to_num(nan=math.inf).squeeze()

    def _jacobian(self, z: Tensor, label: int | None, residual: Tensor) -> Tensor:
        """Changes of the residual per change of z, latent_size x pixels, by forward differences."""
        import torch

        beside = z + DIFFERENCE * torch.eye(len(z), device=z.device)
        return (torch.cat([self.residuals(part, [label]) for part in beside.split(BATCH)]) - residual) / DIFFERENCE


@dataclass(frozen=True)
class _Line:
    """Linear regressions between z and the pictures of a class, fitted to pictures that the model drew."""

    mean: Tensor
    encoder: Tensor
    decoder: Tensor
    spread: Tensor
    """Standard deviation of z given the picture, latent_size."""

    def encode(self, pictures: Tensor) -> Tensor:
        """z, N x latent_size, for N x pixels in [-1, 1]."""
        return (pictures - self.mean) @ self.encoder


_lines: WeakKeyDictionary[LatentModel, dict[int | None, _Line]] = WeakKeyDictionary()
"""The regressions of the models in memory: each costs more than a search and depends on the model alone."""


def _line(model: LatentModel, label: int | None) -> _Line:
    known = _lines.setdefault(model, {})
    if label not in known:
        known[label] = _fit(model, label)
    return known[label]


def _fit(model: LatentModel, label: int | None) -> _Line:
    import torch

    z = model.latents(range(DRAWS_PER_DIMENSION * model.latent_size))
    drawn = torch.cat([_generate(model, part, [label] * len(part)).flatten(1) for part in z.split(BATCH)])
    mean = drawn.mean(0)
    centred = drawn - mean
    one = torch.eye(len(z), device=z.device)
    kernel = centred @ centred.T
    encoder = centred.T @ torch.linalg.solve(kernel + RIDGE * kernel.diagonal().mean() * one, z)
    normal = z.T @ z
    decoder = torch.linalg.solve(
        normal + RIDGE * normal.diagonal().mean() * one[: len(normal), : len(normal)], z.T @ centred
    )
    return _Line(mean, encoder, decoder, (z - centred @ encoder).std(0))


def _generate(model: LatentModel, z: Tensor, labels: list[int | None]) -> Tensor:
    import torch

    turns.look()
    if labels[0] is None:
        return model.generate(z)
    return model.generate(z, torch.tensor(labels, device=z.device))
