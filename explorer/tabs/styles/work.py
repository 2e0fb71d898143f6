"""What can be done with the styles of a StyleGAN: mix them, move them, truncate them, and look at noise apart from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from explorer.latent import latents, paths
from explorer.latent.style_axes import axes
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import View, control
from explorer.pictures import images
from explorer.pictures.images import Pixels
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card, style_layers

if TYPE_CHECKING:
    from torch import Tensor

    from models_zoo.stylegan import Noise, StyleGAN

TASKS = ("unconditional",)
SHOWS = ("mix", "psi", "noise", "pad", "layers", "walk")
"""What the tab can show."""
NOISES = ("constant", "none", "random")
SOURCES, TARGETS = 4, 5
"""Rows and columns of the mixing table."""
PSIS = tuple(step / 4 for step in range(-4, 5))
DRAWS = 24
"""Pictures with different noise, of which the standard deviation is taken."""
FRAMES = 36
"""Of a walk, both ends among them."""
COMPONENTS = 10
REACH = 2.0
"""Standard deviations from the middle of the pad, or of a slider, to its end."""


def serves(card: Card) -> bool:
    """Whether the model of `card` has styles."""
    return card.architecture == latents.STYLEGAN


def psi(value: Any, language: str = "en") -> float:
    """`value` as a float if it is a number from -1 to 1; raises `UserError` for all else."""
    if not checks.is_number(value, -1, 1):
        raise UserError(say("styles_bad_psi", language, value=shown(value)))
    return float(value)


def place(value: Any, language: str = "en") -> float:
    """A coordinate of the pad, under the same terms as `psi`."""
    if not checks.is_number(value, -1, 1):
        raise UserError(say("styles_bad_place", language, value=shown(value)))
    return float(value)


def layer(value: Any, card: Card, language: str = "en") -> int:
    """`value` if it is an int that numbers a layer, which is a row of w, counted from 1; raises `UserError` for all else."""
    return checks.whole(value, 1, style_layers.rows(card.image_size), "layer", language)


def component(value: Any, language: str = "en") -> int:
    """`value` if it is an int from 1 to `COMPONENTS`; raises `UserError` for all else."""
    return checks.whole(value, 1, COMPONENTS, "component", language)


def noise_kind(value: Any, language: str = "en") -> str:
    """`value` if it is one of `NOISES`; raises `UserError` for all else."""
    return checks.option(value, NOISES, "noise", language)


def _moves(value: Any, card: Card, language: str) -> str:
    return checks.readable(value, lambda text: from_link(text, card), "styles_bad_moves", language)


def by_layer(value: Any, card: Card, language: str) -> list[float]:
    """An amount from -1 to 1 for every layer, of `value`, which maps the numbers of some to theirs; raises `UserError`."""
    numbers = [str(row + 1) for row in range(style_layers.rows(card.image_size))]
    found = checks.amounts(value, numbers, language)
    return [place(found.get(number, 0.0), language) for number in numbers]


def _show(value: Any, language: str) -> str:
    return checks.option(value, SHOWS, "show", language)


def _signed(text: str) -> float:
    """A number as links of this tab write it; raises `ValueError` for all else."""
    if not re.fullmatch(r"-?[0-9]{1,4}(\.[0-9]{1,20})?", text):
        raise ValueError(text)
    return float(text)


@dataclass(frozen=True)
class StylesView(View):
    """What the tab shows, one of `SHOWS`, of the picture of `seed`, whose w is truncated by `psi`.

    From `low` to `high`, counted from 1, are the layers whose styles come from `source`, whose noise is `noise`, or that
    move with the pad, which stands at `x` and `y`. `moves` holds the sliders of the layers, along the principal component
    `component`, as a link does. `end` is the seed to which one walks.
    """

    model: str = control()
    show: str = control("mix", _show)
    seed: int = control(7, checks.seed)
    psi: float = control(1.0, psi, read=_signed)
    source: int = control(100, checks.seed)
    low: int = control(1, of_model=layer)
    high: int = control(3, of_model=layer)
    noise: str = control("random", noise_kind)
    noise_seed: int = control(0, checks.seed)
    x: float = control(0.0, place, read=_signed)
    y: float = control(0.0, place, read=_signed)
    component: int = control(1, component)
    moves: str = control("", of_model=_moves)
    end: int = control(8, checks.seed)

    @property
    def rows(self) -> range:
        """The rows of w, counted from 0, of the layers between `low` and `high`, whichever is the greater."""
        return range(min(self.low, self.high) - 1, max(self.low, self.high))


# ---- rows of w ----------------------------------------------------------------------------------


def to_link(amounts: Sequence[float]) -> str:
    """The sliders of the layers as a link holds them, ``"2:0.5,3:-1"``."""
    return ",".join(f"{number}:{amount:g}" for number, amount in enumerate(amounts, 1) if amount)


def from_link(text: str, card: Card) -> list[float]:
    """What `to_link` made, an amount from -1 to 1 for every layer; raises `ValueError` for all else."""
    amounts = [0.0] * style_layers.rows(card.image_size)
    for part in text.split(",") if text else ():
        match = re.fullmatch(r"([0-9]{1,2}):(-?[01](?:\.[0-9]{1,4})?)", part)
        if not match or not 1 <= int(match[1]) <= len(amounts) or abs(float(match[2])) > 1:
            raise ValueError(text)
        amounts[int(match[1]) - 1] = float(match[2])
    return amounts


@dataclass(frozen=True)
class Components:
    """Unit vectors of w, K x w_size, along which it varies most, and its standard deviations along them, K."""

    vectors: Tensor
    deviations: Tensor


_components: WeakKeyDictionary[StyleGAN, Components] = WeakKeyDictionary()


def components(model: StyleGAN) -> Components:
    """The first `COMPONENTS` principal components of random w (GANSpace, arXiv:2004.02546), the same every time."""
    if model not in _components:
        _, vectors, deviations = (each.cpu() for each in axes(model))
        vectors, deviations = vectors[:COMPONENTS], deviations[:COMPONENTS]
        # Either sign would do, but on every machine the same one.
        vectors = vectors * vectors.gather(1, vectors.abs().argmax(1, keepdim=True)).sign()
        _components[model] = Components(vectors.float(), deviations.float())
    return _components[model]


def moved(model: StyleGAN, ws: Tensor, amounts: Mapping[int, float], taken: Sequence[int]) -> Tensor:
    """`ws`, N x rows x w_size, whose rows `taken` go by `amounts` along components, counted from 1; an amount of 1 is `REACH`."""
    import torch

    found = components(model)
    shift = torch.zeros(ws.shape[-1])
    for number, amount in amounts.items():
        # A short w has fewer components than the page has numbers for.
        if number <= len(found.vectors):
            shift += amount * REACH * found.deviations[number - 1] * found.vectors[number - 1]
    which = torch.tensor([number in taken for number in range(model.rows)], dtype=torch.float32)
    return ws + (which[:, None] * shift).to(ws.device)


def noise(model: StyleGAN, kind: str, n: int, seed: int, taken: Sequence[int]) -> Noise:
    """Noise for `n` pictures: of that `kind`, by `seed` if it is random, in the layers of the rows `taken`, else the model's own."""
    usual = model.noise("constant", n)
    return [
        of_kind if layer in taken else own
        for layer, (own, of_kind) in enumerate(zip(usual, model.noise(kind, n, seed), strict=True))
    ]


def of_seeds(model: StyleGAN, seeds: Sequence[int], psi: float) -> Tensor:
    """w of seeds for every row, N x rows x w_size, truncated by `psi`."""
    ws = model.truncated(model.mapping(model.latents(seeds)), psi)
    return ws[:, None].expand(-1, model.rows, -1)


# ---- what the tab shows -------------------------------------------------------------------------


@dataclass(frozen=True)
class Mixed:
    """A mixing table: `targets` with the styles of `sources` in some rows, `cells` source by source, all N x H x W x C."""

    sources: Pixels
    targets: Pixels
    cells: Pixels


def mix(store: ModelStore, card: Card, view: StylesView) -> Mixed:
    """The mixing table of the view (arXiv:1812.04948, figure 3); raises `ZooError` if the model cannot be loaded."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        targets = of_seeds(model, latents.consecutive(view.seed, TARGETS), view.psi)
        sources = of_seeds(model, latents.consecutive(view.source, SOURCES), view.psi)
        cells = model.mixed(targets.repeat(SOURCES, 1, 1), sources.repeat_interleave(TARGETS, 0), view.rows)
        pixels = images.pixels(model.synthesize(torch.cat([sources, targets, cells])))
    return Mixed(*np.split(pixels, [SOURCES, SOURCES + TARGETS]))


def table(mixed: Mixed) -> Pixels:
    """The mixing table as one picture 1 x H x W x C, with sources at the left and targets above."""
    corner = np.full_like(mixed.sources[:1], 255)
    lines = [
        np.concatenate([source[None], mixed.cells[number * TARGETS :][:TARGETS]])
        for number, source in enumerate(mixed.sources)
    ]
    return images.sheet(np.concatenate([corner, mixed.targets, *lines]), TARGETS + 1)


def truncations(store: ModelStore, card: Card, view: StylesView) -> Pixels:
    """The picture of the view's seed at its own psi, then at each of `PSIS`: N x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ws = torch.cat([of_seeds(model, [view.seed], at) for at in (view.psi, *PSIS)])
        return images.pixels(model.synthesize(ws))


@dataclass(frozen=True)
class Noisy:
    """One picture without noise, with the model's own, and with that asked for, each 1 x H x W x C.

    `deviation` is the standard deviation of each pixel, H x W, over noise drawn again in the rows asked for, in steps of 1/255.
    """

    without: Pixels
    own: Pixels
    asked: Pixels
    deviation: NDArray[np.float32]


def noisy(store: ModelStore, card: Card, view: StylesView) -> Noisy:
    """What noise does to the picture of the view's seed (arXiv:1812.04948, figure 4)."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ws = of_seeds(model, [view.seed], view.psi)
        kinds = (
            model.noise("none", 1),
            model.noise("constant", 1),
            noise(model, view.noise, 1, view.noise_seed, view.rows),
        )
        without, own, asked = (images.pixels(model.synthesize(ws, kind)) for kind in kinds)
        drawn = model.synthesize(
            ws.expand(DRAWS, -1, -1), noise(model, "random", DRAWS, view.noise_seed, view.rows)
        ).clamp(-1, 1)
        deviation = drawn.std(0).mean(0) * 127.5
    return Noisy(without, own, asked, deviation.cpu().numpy())


def dragged(store: ModelStore, card: Card, view: StylesView) -> Pixels:
    """The picture at `x` and `y` of the pad, along the first and the second component: 1 x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ws = of_seeds(model, [view.seed], view.psi)
        return images.pixels(model.synthesize(moved(model, ws, {1: view.x, 2: view.y}, view.rows)))


def layered(store: ModelStore, card: Card, view: StylesView) -> Pixels:
    """The picture of the view's seed before and after each row has moved by its own amount: 2 x H x W x C."""
    import torch

    with store.using(card.id) as model, torch.inference_mode():
        ws = before = of_seeds(model, [view.seed], view.psi)
        for number, amount in enumerate(from_link(view.moves, card)):
            ws = moved(model, ws, {view.component: amount}, range(number, number + 1))
        return images.pixels(model.synthesize(torch.cat([before, ws])))


@dataclass(frozen=True)
class Walks:
    """The frames of a walk in z and of one in w, both N x H x W x C, and how much each differs from the one before it.

    `changes` are mean absolute differences in steps of 1/255, 2 x (N - 1).
    """

    in_z: Pixels
    in_w: Pixels
    changes: NDArray[np.float64]

    @property
    def film(self) -> Pixels:
        """Both side by side, z at the left, there and back again."""
        both = np.concatenate([self.in_z, self.in_w], 2)
        return np.concatenate([both, both[-2:0:-1]])


def walk(store: ModelStore, card: Card, view: StylesView) -> Walks:
    """From the view's seed to its `end`: along the sphere in z, and straight in w."""
    import torch

    where = [step / (FRAMES - 1) for step in range(FRAMES)]
    with store.using(card.id) as model, torch.inference_mode():
        z = model.latents([view.seed, view.end]).cpu()
        in_w = paths.along(model.mapping(z.to(model.device)), where, "lerp")
        in_z = model.mapping(paths.along(z, where, "slerp").to(model.device))
        films = [images.pixels(model.synthesize(model.truncated(ws, view.psi))) for ws in (in_z, in_w)]
    changes = [np.abs(np.diff(film.astype(np.int16), axis=0)).mean((1, 2, 3)) for film in films]
    return Walks(*films, np.stack(changes))
