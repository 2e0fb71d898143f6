"""The search of inversion in the styles of a StyleGAN: for one w, or for one for each layer (w+, arXiv:1904.03189)."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from explorer.latent.style_axes import axes
from explorer.models import turns
from explorer.pictures import images
from explorer.tabs.invert.search import Aim, Candidate, Found, Plan, Progress, checked, reported

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.stylegan import StyleGAN

LEAST = 1e-3
"""Of the largest standard deviation of w: directions in which it varies less take no part."""
SHARE = 1 / 3
"""Of the time and the steps of a search in w+, for the search in w that it starts from."""
RATE = 0.03
"""Adam's learning rate for w+, in standard deviations of w, and for noise."""
DESCENTS = 5
"""Gradient steps in w+ that count as one step of a search: as long as one in w takes, about."""
PULL = 3e-4
"""Weight of the mean square distance of the layers' w from w's mean, in standard deviations, so that they stay where layers learned."""
NOISE = 1e-2
"""Weight of the noise regularisation (arXiv:1912.04958, appendix D)."""
LEAST_NOISE_SIDE = 8
"""Pixels of the side of the smallest noise that is regularised."""


class StyleSpace:
    """The synthesis network of `model` as if it were a model whose z is w, whitened: N(0, I) as far as two moments tell."""

    def __init__(self, model: StyleGAN):
        import torch

        # Not the model itself, which would be kept in memory for ever.
        self._model = weakref.ref(model)
        self.channels, self.image_size, self.card = model.channels, model.image_size, model.card
        with torch.inference_mode():
            self.mean, vectors, deviations = axes(model)
            count = int((deviations > LEAST * deviations[0]).sum())
            self.scaled = vectors[:count] * deviations[:count, None]
            self.inverse = torch.linalg.pinv(self.scaled)
        # Outside of inference mode, so that gradients may pass.
        self.mean, self.scaled, self.inverse = (each.float().clone() for each in (self.mean, self.scaled, self.inverse))
        self.latent_size = count

    @property
    def model(self) -> StyleGAN:
        """The model, which whoever searches holds."""
        return self._model()

    def latents(self, seeds: Sequence[int]) -> Tensor:
        """Coordinates of the w of seeds, N x latent_size."""
        return (self.model.mapping(self.model.latents(seeds)) - self.mean) @ self.inverse

    def w(self, coordinates: Tensor) -> Tensor:
        """w, ... x w_size, of coordinates ... x latent_size."""
        return self.mean + coordinates @ self.scaled

    def generate(self, coordinates: Tensor) -> Tensor:
        """Pictures N x C x H x W in [-1, 1] of coordinates N x latent_size, with the model's own noise."""
        return self.model.synthesize(self.w(coordinates)).clamp(-1, 1)


_spaces: WeakKeyDictionary[StyleGAN, StyleSpace] = WeakKeyDictionary()


def invert(model: StyleGAN, target: Tensor, plan: Plan) -> Iterator[Progress]:
    """Search w, or w+ as `plan.method` says, for `target`, 1 x C x H x W in [-1, 1], and report after every step.

    Raises what `explorer.tabs.invert.search.invert` raises.
    """
    yield from reported(_solve(model, checked(model, target), plan), plan)


def _solve(model: StyleGAN, target: Tensor, plan: Plan) -> Iterator[Found]:
    if model not in _spaces:
        _spaces[model] = StyleSpace(model)
    space = _spaces[model]
    is_shared = plan.method == "w"
    best: Candidate | None = None
    steps = Aim(space, target, plan.seed).solve([None], plan.restarts if is_shared else 1)
    for step, (taken, found) in enumerate(turns.timed(steps)):
        for _, candidate in found:
            if best is None or candidate.error < best.error:
                best = candidate
        yield [(number, _told(space, candidate)) for number, candidate in found]
        is_time = taken > SHARE * plan.seconds or step >= SHARE * plan.steps
        if not is_shared and is_time:
            break
    if not is_shared:
        yield from _descend(space, target, best)


def _told(space: StyleSpace, candidate: Candidate) -> Candidate:
    """A candidate whose z are coordinates, with the w of all layers in their place."""
    import torch

    w = space.w(torch.tensor(candidate.z, device=space.mean.device))
    return replace(candidate, z=(), w=(tuple(w.tolist()),) * space.model.rows)


def _descend(space: StyleSpace, target: Tensor, start: Candidate) -> Iterator[Found]:
    """Gradient descent by Adam from `start`, with a w for each layer, and with noise that has to stay noise."""
    import torch

    model = space.model
    with torch.enable_grad():
        shared = torch.tensor(start.z, device=target.device)
        coordinates = shared.repeat(model.rows, 1).requires_grad_()
        noise = [each.detach().clone().requires_grad_() for each in model.noise("constant", 1)]
        optimizer = torch.optim.Adam([coordinates, *noise], lr=RATE, betas=(0.9, 0.99))
    while True:
        for _ in range(DESCENTS):
            with torch.enable_grad():
                w = space.w(coordinates)
                picture = model.synthesize(w[None], noise)
                error = (picture - target).square().mean() / 4
                loss = error + PULL * coordinates.square().mean() + NOISE * noise_regularisation(noise)
                gradients = torch.autograd.grad(loss, [coordinates, *noise])
            shown = picture.detach().clamp(-1, 1)
            reached = Candidate(
                (), None, images.pixels(shown), (shown - target).square().mean().item() / 4,
                tuple(tuple(row) for row in w.tolist()),
            )  # fmt: skip
            for variable, gradient in zip([coordinates, *noise], gradients, strict=True):
                variable.grad = gradient
            optimizer.step()
            with torch.no_grad():
                for each in noise:
                    each.sub_(each.mean()).mul_(each.square().mean().clamp_min(1e-8).rsqrt())
        yield [(0, reached)]


def noise_regularisation(noise: Sequence[Tensor]) -> Tensor:
    """How far noise, 1 x 1 x S x S each, resembles itself one pixel aside, at its own size and at halves of it (appendix D)."""
    total = 0.0
    for each in noise:
        while each.shape[-1] >= LEAST_NOISE_SIDE:
            for axis in (2, 3):
                total = total + (each * each.roll(1, axis)).mean().square()
            # Means of four independent values have half their standard deviation.
            each = each.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5)) * 2
    return total
