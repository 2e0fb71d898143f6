"""What the *Styles* tab shows: the mixing table, truncation, noise, the pad, layers, and walks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from explorer.latent import latents
from explorer.page import html, steering
from explorer.page.html import tile_width
from explorer.page.steering import Slider
from explorer.pictures.images import Pixels
from explorer.tabs.styles import work
from explorer.tabs.styles.work import FRAMES, PSIS, SOURCES, TARGETS, Mixed, Noisy, StylesView, Walks
from explorer.texts import LANGUAGES, both, say
from models_zoo import Card, style_layers

LARGE, CELL = 224, 96
"""CSS pixels that a picture is wide, about, and one of the mixing table."""
STRIP = 9
"""Frames of a walk that are shown side by side."""

_render = html.templates(__file__)


def blank() -> Markup:
    """What stands in the pictures' place until there are any."""
    return _render("blank", "en", width=LARGE)


def mix(card: Card, view: StylesView, mixed: Mixed, language: str) -> Markup:
    """Sources down, targets across, and where they meet the target with some styles of the source."""
    targets = [(_name(seed, language), uri) for seed, uri in _seeded(view.seed, TARGETS, mixed.targets)]
    cells = html.uris(mixed.cells)
    rows = [
        (
            _name(seed, language),
            uri,
            [(target, cells[number * TARGETS + place]) for place, (target, _) in enumerate(targets)],
        )
        for number, (seed, uri) in enumerate(_seeded(view.source, SOURCES, mixed.sources))
    ]
    where = say("styles_where", language, **_range(card, view))
    return _render("mix", language, targets=targets, rows=rows, width=tile_width(card.image_size, CELL), where=where)


def psi(card: Card, view: StylesView, drawn: Pixels, language: str) -> Markup:
    """The picture at the view's psi, and from -1 to 1, with the average face in the middle."""
    first, *others = html.uris(drawn)
    nearest = min(range(len(PSIS)), key=lambda place: abs(PSIS[place] - view.psi))
    cells = [
        {"uri": uri, "at": f"{at:g}", "is_nearest": place == nearest, "is_average": at == 0}
        for place, (at, uri) in enumerate(zip(PSIS, others, strict=True))
    ]
    return _render(
        "psi",
        language,
        uri=first,
        width=tile_width(card.image_size, LARGE),
        name=_name(view.seed, language),
        at=f"{view.psi:g}",
        cells=cells,
    )


def noise(card: Card, view: StylesView, seen: Noisy, language: str) -> Markup:
    """The picture without noise, with the model's own and with that asked for, and where noise makes a difference."""
    strongest = float(seen.deviation.max())
    # Stretched to white, for the strongest difference of small pictures is still dark.
    grey = (seen.deviation * (255 / max(strongest, 1e-6))).round().astype(np.uint8)[None, :, :, None]
    shown = (
        ("styles_without", seen.without),
        ("styles_own_noise", seen.own),
        (f"styles_noise_{view.noise}_in", seen.asked),
        ("styles_deviation", grey),
    )
    where = _range(card, view)
    pictures = [(say(key, language), html.uris(pixels)[0]) for key, pixels in shown]
    mean = float(seen.deviation.mean())
    caption = say(
        "styles_deviation_caption", language, n=work.DRAWS, most=f"{strongest:.1f}", mean=f"{mean:.2f}", **where
    )
    return _render(
        "noise", language, width=tile_width(card.image_size, LARGE * 3 // 4), pictures=pictures, caption=caption
    )


def pad(view: StylesView, language: str) -> Markup:
    """The square on which one drags a point; the script asks for pictures by the first arguments of the API's `styles_pad`."""
    asked = [view.model, view.seed, view.psi, [row + 1 for row in view.rows]]
    words = say("styles_pad", language), say("styles_pad_hint", language)
    return steering.pad("styles", "styles_pad", asked, {"1": view.x, "2": view.y}, words, language)


def dragged(card: Card, view: StylesView, drawn: Pixels, language: str) -> Markup:
    """The picture at the pad's point."""
    return _render(
        "dragged",
        language,
        uri=html.uris(drawn)[0],
        width=tile_width(card.image_size, LARGE),
        x=f"{view.x:.2f}",
        y=f"{view.y:.2f}",
        name=_name(view.seed, language),
    )


def sliders(card: Card, amounts: Sequence[float], language: str) -> Markup:
    """A slider for each layer, which stands at its amount."""
    rows = [Slider(str(row + 1), layer_name(card, row, language), amount) for row, amount in enumerate(amounts)]
    return steering.rack("styles-layers", "styles_layers", "styles-pane", rows, language)


def layers(card: Card, view: StylesView, drawn: Pixels, language: str) -> Markup:
    """The picture before and after its rows have moved; the script asks for it by the first arguments of the API's `styles_layers`."""
    names = (say("styles_before", language), say("styles_after", language))
    pictures = list(zip(names, html.uris(drawn), strict=True))
    asked = [view.model, view.seed, view.psi, view.component]
    return _render("layers", language, width=tile_width(card.image_size, LARGE), pictures=pictures, asked=asked)


def walk(card: Card, walks: Walks, language: str) -> Markup:
    """Both walks in some frames, how much they change from frame to frame, and the model's measured path lengths."""
    chosen = [round(place * (FRAMES - 1) / (STRIP - 1)) for place in range(STRIP)]
    times = [frame / (FRAMES - 1) for frame in chosen]
    shown = [
        (
            say(key, language),
            say("styles_walk_length", language, length=f"{changes.sum():.0f}"),
            html.frames(film[chosen], times, language),
        )
        for key, film, changes in zip(
            ("styles_in_z", "styles_in_w"), (walks.in_z, walks.in_w), walks.changes, strict=True
        )
    ]
    return _render("walk", language, walks=shown, chart=_changes(walks, language), measured=_measured(card, language))


def layer_name(card: Card, row: int, language: str) -> str:
    """What the slider of a row of w is called: the number of the layer, and the pixels of what it makes."""
    return say("styles_layer", language, number=row + 1, side=style_layers.sides(card.image_size)[row])


def _changes(walks: Walks, language: str) -> Markup:
    times = [round((frame + 0.5) / (FRAMES - 1), 3) for frame in range(FRAMES - 1)]
    names = ("styles_in_z", "styles_in_w")
    curve = {
        "title": both("styles_changes"),
        "caption": both("styles_changes_caption"),
        "x": {"label": {language: "t" for language in LANGUAGES}, "values": times},
        "y": {"label": both("styles_changes_unit")},
        "series": [
            {"label": both(name), "values": [round(float(value), 2) for value in changes]}
            for name, changes in zip(names, walks.changes, strict=True)
        ],
    }
    return html.curve(curve, language)


def _measured(card: Card, language: str) -> str:
    """The perceptual path lengths on the model's card, where it has them."""
    found = [card.metrics.get(f"perceptual_path_length/{space}") for space in ("z", "w")]
    if None in found:
        return ""
    in_z, in_w = (f"{metric['value']:.3g}" for metric in found)
    return say("styles_measured", language, in_z=in_z, in_w=in_w, n=f"{found[0]['n']:,}")


def _range(card: Card, view: StylesView) -> dict[str, int]:
    sides, taken = style_layers.sides(card.image_size), view.rows
    return {
        "low": taken[0] + 1,
        "high": taken[-1] + 1,
        "count": len(sides),
        "first": sides[taken[0]],
        "last": sides[taken[-1]],
    }


def _seeded(seed: int, count: int, pixels: Pixels) -> list[tuple[int, str]]:
    return list(zip(latents.consecutive(seed, count), html.uris(pixels), strict=True))


def _name(seed: int, language: str) -> str:
    return say("tile", language, seed=seed)
