"""The parts of the *Interpolate* tab that Gradio has no component for: the row of keyframes, and the player."""

from __future__ import annotations

import json
import math
from pathlib import Path

from explorer.page import html
from explorer.page.html import escape, tile_width
from explorer.pictures import images
from explorer.tabs.interpolate.work import FPS, Film, Journey
from explorer.texts import say
from models_zoo import Card

ROW_JS = (Path(__file__).parent / "script.js").read_text(encoding="utf-8")
PLAYER_JS = (Path(html.__file__).parent / "player.js").read_text(encoding="utf-8")
STRIP = 9
"""Frames side by side under the player."""
SCREEN = 280
"""CSS pixels that the player's picture is wide, about."""
PLOT = 1000, 100
"""Width and height of the plot of norms in its own units, which are stretched over the width of the page."""


def row(card: Card, journey: Journey, film: Film, asleep: int, language: str) -> str:
    """The keyframes as buttons, and what can be done with the one that is pressed; `asleep` more belong to other models."""
    ends = [index for index, place in enumerate(journey.places()) if place == int(place)]
    width = tile_width(card.image_size, html.TILE)
    tiles = []
    for key, frame, picture in zip(journey.keys, ends, images.png(film.pixels[ends]), strict=True):
        short, below = key.name(language), ""
        name = short
        if card.classes:
            below = f'<span class="key-class">{say("key_label", language)} {escape(card.classes[key.label])}</span>'
            name = say("key_class", language, name=name, label=card.classes[key.label])
        tiles.append(
            f'<button type="button" class="key" data-number="{key.number}" data-label="{key.label}" '
            f'data-at="{film.times[frame]:.6f}" aria-pressed="false" aria-label="{escape(name)}" title="{escape(name)}">'
            f'<img src="{images.data_uri(picture)}" alt="" width="{width}" height="{width}">'
            f'<span class="key-name">{escape(short)}</span>{below}</button>'
        )
    acts = "".join(
        f'<button type="button" data-act="{act}">{escape(say(f"key_{act}", language))}</button>'
        for act in ("left", "right", "remove", "undo")
    )
    notes = [] if all(key.point.seed is not None for key in journey.keys) else [say("keys_link", language)]
    notes += [say("key_sleeping", language, count=asleep)] if asleep else []
    note = f'<p class="quiet">{escape(" ".join(notes))}</p>' if notes else ""
    return (
        f'<div class="keys" style="--tile: {width}px" role="group" aria-label="{say("keys", language)}">{"".join(tiles)}</div>'
        f'<div class="key-acts" role="group" aria-label="{say("key_acts", language)}">{_class_choice(card, language)}{acts}</div>{note}'
    )


def _class_choice(card: Card, language: str) -> str:
    """The class of the pressed keyframe; there, but hidden, where a model knows no classes."""
    options = "".join(f'<option value="{index}">{escape(name)}</option>' for index, name in enumerate(card.classes))
    hidden = "" if card.classes else " hidden"
    return (
        f'<span class="key-label"{hidden}><label for="key-label">{say("key_label", language)}</label>'
        f'<select id="key-label" data-act="label">{options}</select></span>'
    )


def blank_row() -> str:
    """What stands in the row's place until there are keyframes."""
    return f'<div class="keys" style="--tile: {html.TILE}px" aria-hidden="true">{"<span class=blank></span>" * 4}</div>'


def player(card: Card, journey: Journey, film: Film, language: str, start: float | None = None) -> str:
    """The film on one sheet, which the browser plays frame by frame, with its norms and a strip of some frames.

    It begins at the time `start` in 0..1, or stays where the visitor left it if that is None.
    """
    count = len(film.times)
    columns = math.ceil(math.sqrt(count))
    (sheet,) = images.png(images.sheet(film.pixels, columns, gap=0))
    # A loop ends where it began, with its first frame.
    times = [*film.times, 1.0] if journey.loop else film.times
    facts = {
        "times": [round(t, 6) for t in times],
        "columns": columns,
        "frames": count,
        "milliseconds": 1000 // FPS,
        "loop": journey.loop,
        "strip": STRIP,
        "start": start,
    }
    width = tile_width(card.image_size, SCREEN)
    chosen = [round(index * (len(times) - 1) / (STRIP - 1)) for index in range(STRIP)]
    strip = html.frames(film.pixels[[frame % count for frame in chosen]], [times[frame] for frame in chosen], language)
    return (
        f'<div class="player" data-film="{escape(json.dumps(facts))}"><div class="player-screen">'
        f'<canvas width="{card.image_size}" height="{card.image_size}" style="width: {width}px" role="img" '
        f'aria-label="{say("path_frame", language)}"></canvas></div><div class="player-desk"><div class="player-keys">'
        f'<button type="button" class="player-play" data-play="{say("play", language)}" data-pause="{say("pause", language)}">'
        f'{say("play", language)}</button><output class="player-time"></output></div>'
        f'<input type="range" min="0" max="{len(times) - 1}" step="1" value="0" aria-label="{say("path_t", language)}">'
        f"{norms(card, journey, film, language)}</div></div>"
        f'<img class="player-sheet" src="{images.data_uri(sheet)}" alt="" hidden>{strip}'
    )


def blank_player() -> str:
    """What stands in the player's place until there is a film."""
    return f'<div class="player" style="--tile: {SCREEN}px" aria-hidden="true"><span class="blank"></span></div>'


def norms(card: Card, journey: Journey, film: Film, language: str) -> str:
    """The norm of z along the path as a small plot, with a dashed line where random vectors of this length lie."""
    width, height = PLOT
    usual = journey.truncation * math.sqrt(card.latent_size)
    times, lengths = film.times, film.norms
    if journey.loop:
        times, lengths = [*times, 1.0], [*lengths, lengths[0]]
    top = 1.15 * max(*lengths, usual, 1e-6)

    def down(length: float) -> float:
        return height * (1 - length / top)

    points = " ".join(f"{width * t:.0f},{down(length):.1f}" for t, length in zip(times, lengths, strict=True))
    marks = "".join(
        f'<line class="plot-key" x1="{width * index / journey.stretches():.0f}" x2="{width * index / journey.stretches():.0f}" '
        f'y1="0" y2="{height}"/>'
        for index in range(journey.stretches() + 1)
    )
    words = say("norms", language, least=f"{min(lengths):.1f}", most=f"{max(lengths):.1f}", usual=f"{usual:.1f}")
    return (
        f'<figure class="norms"><svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true">{marks}'
        f'<line class="plot-usual" x1="0" x2="{width}" y1="{down(usual):.1f}" y2="{down(usual):.1f}"/>'
        f'<polyline points="{points}"/><line class="plot-now" x1="0" x2="0" y1="0" y2="{height}"/></svg>'
        f'<figcaption class="quiet">{escape(words)}</figcaption></figure>'
    )
