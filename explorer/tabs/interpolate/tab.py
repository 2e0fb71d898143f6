"""The tab *Interpolate*: keyframes in latent space, and the film of the path through them."""

from __future__ import annotations

from typing import Any, TypedDict

import gradio as gr

from explorer.latent import latents, paths
from explorer.latent import point as points
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import EDIT, LAST, LIVE, PAST, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.pictures.reading import TASK as CLASS_CONDITIONAL
from explorer.tabs.interpolate import view as path_html
from explorer.tabs.interpolate import work as keyframes
from explorer.tabs.interpolate.work import Film, Journey, Keyframe
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card

FAVOURITE = "gan-mnist"
USUAL = ((5, 3), (11, 8), (30, 0), (31, 6))
"""Seeds, and their classes where a model asks for some, that a visitor without a link meets."""
NEXT_SEED = 7
DEFAULTS = {"keys": "", "method": "slerp", "frames": 60, "loop": True, "truncation": 1.0, "t": 0.0}
FORMATS = ("gif", "mp4")
STRIP_SIZE = 112
"""Pixels that a frame of the saved strip has at least."""
TIME_JS = "Number(document.querySelector('#path-player [data-t]')?.dataset.t ?? 0)"
LINK_JS = f"""(model, keys, method, frames, loop, truncation) => {{
    const view = {{model, method, frames, loop, truncation, t: Number({TIME_JS}.toFixed(4))}};
    window.explorer.view('interpolate', keys ? {{...view, keys}} : view);
}}"""
KEEP_JS = f"(time, ...others) => [{TIME_JS}, ...others]"


class Interpolation(TypedDict):
    """The frames of a path (PNG), how far along it each lies (0 to 1), the norm of its z, and the film as one file."""

    frames: list[RemoteFile]
    times: list[float]
    norms: list[float]
    film: RemoteFile


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    store = page.store
    choice = Choice(store, keyframes.TASKS, FAVOURITE, "wrong_task_paths")

    gr.Markdown(label("paths_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            with gr.Row(elem_classes="phone-pair"):
                model = parts.model_dropdown(choice)
                method = gr.Dropdown(
                    _methods("en"),
                    value=DEFAULTS["method"],
                    label=label("path_method"),
                    filterable=False,
                    min_width=80,
                    elem_id="path-method",
                )
            loop = gr.Checkbox(DEFAULTS["loop"], label=label("path_loop"), container=False)
            frames = gr.Slider(
                checks.MAX_KEYS, checks.MAX_FRAMES, DEFAULTS["frames"], step=1, label=label("path_frames"), buttons=[]
            )
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                truncation = parts.truncation_slider(DEFAULTS["truncation"], "path_truncation_info")
                own, own_button = parts.own_checkpoint(page.public, "path-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures path-view"):
            player = gr.HTML(
                path_html.blank_player(), js_on_load=path_html.PLAYER_JS, elem_id="path-player", apply_default_css=False
            )
            with gr.Row(elem_classes="saving path-saving"):
                gif, mp4, strip, archive = (
                    gr.Button(label(f"save_{kind}"), size="sm", elem_id=f"path-{kind}")
                    for kind in ("gif", "mp4", "strip", "zip")
                )
            with gr.Row(elem_classes="key-adding"):
                keep_name = gr.Textbox(label=label("keep_name"), max_lines=1, min_width=120, elem_id="keep-name")
                keep = gr.Button(label("keep_button"), size="sm", elem_id="keep")
            gr.Markdown(label("keys_heading"), elem_classes="section-title", elem_id="keys-title")
            gr.Markdown(label("keys_lead"), elem_classes="quiet")
            row = gr.HTML(
                path_html.blank_row(), js_on_load=path_html.ROW_JS, elem_id="path-keys", apply_default_css=False
            )
            with gr.Row(elem_classes="key-adding"):
                seed = gr.Number(
                    NEXT_SEED, label=label("key_seed"), precision=0, min_width=80, scale=0, elem_id="key-seed"
                )
                add_seed = gr.Button(label("key_add"), size="sm", elem_id="key-add")
                dice = gr.Button(label("key_dice"), size="sm", variant="primary", elem_id="key-dice")
                add_chosen = gr.Button(label("key_chosen"), size="sm", elem_id="key-chosen")
            with gr.Row(elem_classes="key-adding", visible=False) as offering:
                kept = gr.Dropdown([], label=label("key_kept"), filterable=False, min_width=120, elem_id="key-kept")
                add_kept = gr.Button(label("key_kept_add"), size="sm", elem_id="key-kept-add")
    parts.explanation("paths_explain_text")
    about = gr.HTML(elem_id="path-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # The seeds among the keyframes, for the link.
    linked = gr.Textbox("", visible="hidden")
    # Filled by the page's script, which alone knows where the player stands.
    time = gr.Number(0, visible="hidden")
    keys, past = gr.State([]), gr.State([])

    controls = [model, method, frames, loop, truncation]
    shown = [keys, row, player, linked]
    for_toast = complaints(html.escape)

    @for_toast
    def show(keys, model, method, frames, loop, truncation, request: gr.Request):
        return _show(choice, keys, model, method, frames, loop, truncation, language(request))

    @for_toast
    def describe(model, kept, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        return html.model_card(card, title(card, spoken), spoken), *_offer(card, kept)

    @for_toast
    def offer(model, kept, request: gr.Request):
        return _offer(choice.known(model, language(request)), kept)

    def edited(change):
        """An event's function that changes the keyframes as `change` says, in such a way that it can be undone."""

        @for_toast
        def run(request: gr.Request, keys, past, model, method, frames, loop, truncation, *more):
            spoken = language(request)
            card = choice.known(model, spoken)
            before = _enough(keys, card)
            after = change(before, card, spoken, checks.truncation(truncation, spoken), *more)
            pictures = _show(choice, after, model, method, frames, loop, truncation, spoken)
            return *pictures, past if after == before else [*past, before][-PAST:]

        return run

    def plus(keys, card, spoken, source, label=None):
        following = keyframes.of_model(keys, card)[-1].label + 1
        return keyframes.add(keys, source, following if label is None else label, card, spoken)

    def plus_seed(keys, card, spoken, truncation, seed):
        return plus(keys, card, spoken, Point(seed=checks.seed(seed, spoken)))

    def plus_random(keys, card, spoken, truncation):
        return plus(keys, card, spoken, Point(seed=latents.roll()))

    def plus_chosen(keys, card, spoken, truncation, current):
        chosen = choice.chosen(card, current, truncation, spoken)
        return plus(keys, card, spoken, chosen, chosen.label)

    def plus_kept(keys, card, spoken, truncation, kept, name):
        found = points.named(kept, card.id, name)
        if found is None:
            raise UserError(say("point_unknown", spoken))
        return plus(keys, card, spoken, found, found.label)

    @for_toast
    def act(keys, past, model, method, frames, loop, truncation, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card = choice.known(model, spoken)
        before = _enough(keys, card)
        what, number = parts.told(event, "act"), parts.told(event, "number")
        if what == "undo":
            if not past:
                raise UserError(say("nothing_to_undo", spoken))
            after, past = past[-1], past[:-1]
        else:
            if what in ("left", "right"):
                after = keyframes.move(before, number, 1 if what == "right" else -1, card)
            elif what == "remove":
                after = keyframes.remove(before, number, card, spoken)
            else:
                asked = checks.class_id(parts.told(event, "label"), card.classes, spoken)
                after = keyframes.relabel(before, number, asked)
            past = past if after == before else [*past, before][-PAST:]
        return *_show(choice, after, model, method, frames, loop, truncation, spoken), past

    def saved(name, write):
        """An event's function that writes a file of the film; `name` is the end of the file's name."""

        @for_toast
        def save(keys, model, method, frames, loop, truncation, request: gr.Request):
            card, journey = _journey(choice, keys, model, method, frames, loop, truncation, language(request))
            content = write(card, journey, keyframes.shoot(store, card, journey))
            return files.write({f"{file_name(card.id)}-{journey.method}{name}": content})[0]["path"]

        return save

    @for_toast
    def keep_point(time, name, kept, keys, model, method, frames, loop, truncation, request: gr.Request):
        spoken = language(request)
        card, journey = _journey(choice, keys, model, method, frames, loop, truncation, spoken)
        name = checks.name(name, [point.name for point in points.of_model(kept, card.id)], spoken)
        time = checks.step(time, spoken)
        point = keyframes.point(store, card, journey, time, name)
        between = card.classes and time * journey.stretches() % 1
        words = {"name": html.escape(name), **({"label": html.escape(card.classes[point.label])} if between else {})}
        gr.Info(say("kept_nearer" if between else "kept_done", spoken, **words))
        return points.keep(kept, point), ""

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        card = choice.known(values["model"], spoken)
        settings = [values[name] for name in ("model", "method", "frames", "loop", "truncation")]
        return (
            choice.dropdown(card.id, spoken),
            gr.Dropdown(choices=_methods(spoken), value=values["method"]),
            *settings[2:],
            *_show(choice, values["keys"], *settings, spoken, start=values["t"]),
            html.model_card(card, title(card, spoken), spoken),
        )

    link = {"fn": None, "inputs": [model, linked, *controls[1:]], "js": LINK_JS, "api_visibility": "private"}
    for event in parts.on_arrival(page, TAB.id, arrive, [*controls, *shown, about]):
        event.then(**link)
    for control in controls:
        control.input(show, [keys, *controls], shown, **LIVE).then(**link)
    offers = [offering, kept]
    model.input(describe, [model, page.kept], [about, *offers], **LAST, **QUIET)
    for added in parts.on_own_checkpoint(page, choice, own, own_button, model):
        added.success(show, [keys, *controls], shown, **LIVE).then(**link)
        added.success(describe, [model, page.kept], [about, *offers], **QUIET)
    page.kept.change(offer, [model, page.kept], offers, **QUIET)
    for event, change, more in (
        (add_seed.click, plus_seed, [seed]),
        (seed.submit, plus_seed, [seed]),
        (dice.click, plus_random, []),
        (add_chosen.click, plus_chosen, [page.current]),
        (add_kept.click, plus_kept, [page.kept, kept]),
    ):
        event(edited(change), [keys, past, *controls, *more], [*shown, past], **EDIT).success(**link)
    row.select(act, [keys, past, *controls], [*shown, past], **EDIT).success(**link)
    for button, name, write in (
        (gif, ".gif", lambda card, journey, film: _film(film, "gif")),
        (mp4, ".mp4", lambda card, journey, film: _film(film, "mp4")),
        (strip, "-strip.png", lambda card, journey, film: _strip(film)),
        (archive, ".zip", _zip),
    ):
        parts.on_save(button, saved(name, write), [keys, *controls], download)
    for event in (keep.click, keep_name.submit):
        event(
            keep_point,
            [time, keep_name, page.kept, keys, *controls],
            [page.kept, keep_name],
            js=KEEP_JS,
            show_progress="hidden",
            **PRIVATE,
        )
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def interpolate(
        model: str,
        keys: list[int | list[float]],
        method: str = "slerp",
        frames: int = 24,
        loop: bool = False,
        truncation: float = 1.0,
        labels: list[int] = [],  # noqa: B006 - programs see this default, and nothing changes it
        format: str = "gif",
    ) -> Interpolation:
        """Walk through the latent space of a GAN from keyframe to keyframe: every frame as a PNG file, and a film of them.

        Each keyframe is a frame, and the other frames are shared out evenly. The film shows 20 frames a second.

        Args:
            model: The id of a model whose task is "unconditional" or "class-conditional", as the tool `models` lists them.
            keys: The keyframes, 2 to 12: seeds (0 to 4294967295), or latent vectors as lists of the model's latent_size
                numbers from -100 to 100. A list may hold both.
            method: "slerp" (along the sphere on which random vectors lie), "lerp" (straight) or "spline" (smooth).
            frames: How many frames, at least as many as keyframes and at most 240.
            loop: Whether to go back to the first keyframe. The film then repeats without a jump, and no frame comes twice.
            truncation: 0 to 1; below 1 the images of seeds are more typical and less varied. Vectors are taken as they are.
            labels: For a class-conditional model the number of the class of each keyframe, counted from 0 in the order of
                the model's card; between keyframes one class turns into the next. Empty for other models.
            format: What the film is: "gif", which repeats for ever, or "mp4" (H.264).
        """
        card = choice.known(model)
        sources = checks.keys(keys, card.latent_size)
        asked = _labels(card, labels, len(sources))
        origins = [Point(seed=source) if isinstance(source, int) else Point(card.id, z=source) for source in sources]
        journey = Journey(
            tuple(keyframes.numbered(list(zip(origins, asked, strict=True)))),
            checks.option(method, paths.METHODS, "method"),
            checks.frames(frames, len(sources)),
            checks.flag(loop, "loop"),
            checks.truncation(truncation),
        )
        kind = checks.option(format, FORMATS, "format")
        film = keyframes.shoot(choice.store, card, journey)
        name = f"{file_name(card.id)}-{journey.method}"
        pictures = {f"{name}-{index:03}.png": picture for index, picture in enumerate(images.png(film.pixels))}
        *written, moving = files.write({**pictures, f"{name}.{kind}": _film(film, kind)})
        return Interpolation(frames=written, times=film.times, norms=film.norms, film=moving)

    # Unqueued, as /sample is, and for the same reason.
    gr.api(interpolate, api_name="interpolate", queue=False)


def _labels(card: Card, labels: Any, count: int) -> list[int]:
    """One class per keyframe, as a program gave them; zeros, which nobody reads, for a model without classes."""
    if card.task != CLASS_CONDITIONAL:
        if labels != []:
            raise UserError(say("no_key_labels", "en", model=card.id))
        return [0] * count
    if isinstance(labels, list) and len(labels) != count:
        raise UserError(say("bad_key_labels", "en", model=card.id, count=len(labels), keys=count))
    return checks.class_ids(labels, card.classes)


def _methods(spoken: str) -> list[tuple[str, str]]:
    return [(say(f"path_{method}", spoken), method) for method in paths.METHODS]


def _enough(keys: list[Keyframe], card: Card) -> list[Keyframe]:
    """`keys`, and after them the usual ones if the model of `card` can draw fewer than two."""
    if len(keyframes.of_model(keys, card)) < keyframes.FEWEST:
        for seed, asked in USUAL:
            keys = keyframes.add(keys, Point(seed=seed), asked, card, "en")
    return keys


def _journey(
    choice: Choice,
    keys: list[Keyframe],
    model: str,
    method: str,
    frames: int,
    loop: bool,
    truncation: float,
    spoken: str,
) -> tuple[Card, Journey]:
    card = choice.known(model, spoken)
    row = tuple(keyframes.of_model(_enough(keys, card), card))
    return card, Journey(
        row,
        checks.option(method, paths.METHODS, "method", spoken),
        checks.frames(frames, len(row), spoken),
        checks.flag(loop, "loop", spoken),
        checks.truncation(truncation, spoken),
    )


def _show(
    choice: Choice, keys: list[Keyframe], model: str, *settings: Any, start: float | None = None
) -> tuple[list[Keyframe], str, str, str]:
    """The keyframes, their row, the player, and what the link holds of them."""
    *settings, spoken = settings
    card, journey = _journey(choice, keys, model, *settings, spoken)
    film = keyframes.shoot(choice.store, card, journey)
    keys = _enough(keys, card)
    asleep = len(keys) - len(journey.keys)
    return (
        keys,
        path_html.row(card, journey, film, asleep, spoken),
        path_html.player(card, journey, film, spoken, start),
        keyframes.to_link(journey.keys, card),
    )


def _offer(card: Card, kept: list[Point]) -> tuple[gr.Row, gr.Dropdown]:
    """The kept points of a model to choose from, the newest chosen; no row where there are none."""
    names = [point.name for point in points.of_model(kept, card.id)]
    return gr.Row(visible=bool(names)), gr.Dropdown(choices=names, value=names[-1] if names else None)


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had, with the keyframes as a row."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "method": lambda value: checks.option(value, paths.METHODS, "method"),
        "frames": lambda value: checks.frames(value, checks.MAX_KEYS),
        "truncation": checks.truncation,
        "t": checks.step,
    }
    values, bad, query = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    card = choice.known(values["model"], spoken)
    values["keys"] = []
    if "keys" in query:
        try:
            values["keys"] = keyframes.from_link(query["keys"], card)
        except ValueError:
            bad.add("keys")
    parts.warn_of_link(bad, spoken)
    return values


def _film(film: Film, kind: str) -> bytes:
    """The film as a file of that kind, one of `FORMATS`."""
    large = images.enlarge(film.pixels, images.FILM_SIZE)
    if kind == "gif":
        return images.gif(large, 1000 // keyframes.FPS)
    return images.mp4(large, keyframes.FPS)


def _strip(film: Film) -> bytes:
    """Some frames side by side as a PNG file, the first and the last among them."""
    last = len(film.times) - 1
    chosen = film.pixels[[round(index * last / (path_html.STRIP - 1)) for index in range(path_html.STRIP)]]
    (file,) = images.png(images.sheet(images.enlarge(chosen, STRIP_SIZE), path_html.STRIP, gap=4))
    return file


def _zip(card: Card, journey: Journey, film: Film) -> bytes:
    made = {
        "model": card.id,
        "method": journey.method,
        "loop": journey.loop,
        "truncation": journey.truncation,
        "keyframes": [
            {
                **({"name": key.point.name, "z": key.point.z} if key.point.seed is None else {"seed": key.point.seed}),
                **({"label": key.label} if card.classes else {}),
            }
            for key in journey.keys
        ],
        "frames": [
            {"keyframe": place, "t": t, "norm": norm}
            for place, t, norm in zip(journey.places(), film.times, film.norms, strict=True)
        ],
        "z": f"{parts.RECIPE_OF_Z}; the z of a keyframe without a seed is written out",
    }
    pictures = ((f"frame-{index:03}.png", picture) for index, picture in enumerate(images.png(film.pixels)))
    return parts.archive("path.json", made, pictures)


TAB = Tab(id="interpolate", name="paths_tab", tasks=keyframes.TASKS, place=30, build=build)
