"""The tab *Classes*: ask for a class, turn one into another, and see what discriminators read, also in a drawing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, TypedDict

import gradio as gr
from gradio import FileData
from gradio.events import Dependency
from PIL.Image import Image

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files, images, reading
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.classes import view as class_html
from explorer.tabs.classes import work as classes
from explorer.tabs.classes.work import ClassSamples, draw, pairs
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card

FAVOURITE = "acgan-mnist"
ALL = "all"
DEFAULTS = {
    "class": ALL,
    "seed": 7,
    "count": 8,
    "truncation": 1.0,
    "verdict": False,
    "from": 4,
    "to": 9,
    "t": 0.5,
    "number": "2026",
}
DIGITS = tuple("0123456789")
STRIP = [step / 8 for step in range(9)]
GIF_FRAMES = 34
CANVAS = 280
BRUSH = 11
CURVE = "error_under_noise"
LINK_JS = """(model, shown, seed, count, truncation, verdict, chosen, from, to, t, number) => {
    if (seed === null) return;
    const view = {model, class: shown, seed, count, truncation, verdict, from, to, t, number};
    window.explorer.view('classes', chosen ? {...view, chosen} : view);
}"""
PEN_JS = "() => { window.explorer.pickBrush('classes-canvas'); }"
CLEAR_JS = "() => { window.explorer.cleared(); window.explorer.pickBrush('classes-canvas'); }"
LOOK_JS = "(model, drawn) => [model, window.explorer.isCleared() ? null : drawn]"
"""The editor may still send a stroke when it is cleared, and does not tell of being blank then."""


class Verdict(TypedDict):
    """How probably a picture is real, if the model says so, and the number of the class read, if it names one."""

    real: float | None
    reads: int | None


class ClassSample(TypedDict):
    """One generated picture (PNG), its seed, the number of the class asked for, and the verdict, if asked for."""

    image: RemoteFile
    seed: int
    label: int
    verdict: Verdict | None


class Morph(TypedDict):
    """The frames of a morph (PNG), the weight of the second class in each, and a GIF that goes there and back."""

    frames: list[RemoteFile]
    weights: list[float]
    gif: RemoteFile


class Judgement(TypedDict):
    """What one model says of a picture, as `kind` tells.

    "classes-or-fake": `classes` and `fake` add up to 1, and `real` is 1 - `fake`. "real-and-classes": `classes` add up
    to 1, whether the picture is real or not; `real` and `fake` add up to 1. "real-per-class": `classes` gives, for each
    class by itself, the probability that the picture is real if it is of that class; `real` and `fake` are null.
    "classes": `classes` add up to 1; `real` and `fake` are null.
    """

    model: str
    kind: str
    real: float | None
    fake: float | None
    classes: dict[str, float]


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    store = page.store
    choice = Choice(store, (reading.TASK,), FAVOURITE, "wrong_task_classes")
    first = store.card(choice.first())

    gr.Markdown(label("classes_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            with gr.Row(elem_classes="phone-pair"):
                model = parts.model_dropdown(choice)
                shown = gr.Dropdown(
                    _shown_choices(first, "en"), value=ALL, label=label("class_shown"), filterable=False, min_width=80
                )
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(
                    DEFAULTS["seed"], label=label("seed"), precision=0, min_width=80, elem_id="classes-seed"
                )
                dice = gr.Button(label("dice"), variant="primary", elem_id="classes-dice", elem_classes="dice")
            verdict = gr.Checkbox(DEFAULTS["verdict"], label=label("verdict"), container=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                count = gr.Slider(1, checks.MAX_ROWS, DEFAULTS["count"], step=1, label=label("rows"), buttons=[])
                truncation = parts.truncation_slider(DEFAULTS["truncation"])
                own, own_button = parts.own_checkpoint(page.public, "classes-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures class-view"):
            grid = gr.HTML(
                class_html.blank_grid(DEFAULTS["count"] * class_html.COLUMNS),
                js_on_load=class_html.GRID_JS,
                elem_id="class-grid",
                apply_default_css=False,
            )
            stage = gr.HTML(html.blank_stage(), elem_id="class-stage", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="classes-png")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="classes-zip")
            panels = gr.HTML(elem_id="class-panels", apply_default_css=False)
    with gr.Row(elem_classes="workshop"):
        with gr.Column(scale=3, min_width=300, elem_classes="card controls-inside"):
            gr.Markdown(label("morph_heading"), elem_classes="section-title")
            gr.Markdown(label("morph_lead"), elem_classes="quiet")
            with gr.Row(elem_classes="pair"):
                start, end = (
                    gr.Dropdown(
                        _class_choices(first),
                        value=min(DEFAULTS[name], len(first.classes) - 1),
                        label=label(f"morph_{name}"),
                        filterable=False,
                        min_width=80,
                    )
                    for name in ("from", "to")
                )
            slider = gr.Slider(0, 1, DEFAULTS["t"], step=0.01, label=label("morph_t"), buttons=[], elem_id="morph-t")
            frame = gr.HTML(elem_id="morph", apply_default_css=False)
            frames = gr.HTML(elem_id="morph-frames", apply_default_css=False)
            gif = gr.Button(label("save_gif"), size="sm", elem_id="save-gif", elem_classes="save")
        with gr.Column(scale=2, min_width=300, elem_classes="card controls-inside", visible=_writes(first)) as writing:
            gr.Markdown(label("number_heading"), elem_classes="section-title")
            gr.Markdown(label("number_lead"), elem_classes="quiet")
            number = gr.Textbox(DEFAULTS["number"], label=label("number_label"), max_lines=1, elem_id="number")
            written = gr.HTML(elem_id="written", apply_default_css=False)
            number_png = gr.Button(label("save_png"), size="sm", elem_id="number-png", elem_classes="save")
    with gr.Column(elem_classes="card drawing"):
        gr.Markdown(label("draw_heading"), elem_classes="section-title")
        gr.Markdown(label("draw_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="easel"):
            with gr.Column(scale=0, min_width=300, elem_classes="canvas"):
                canvas = board.canvas(
                    label=label("draw_label"),
                    brush=gr.Brush(default_size=BRUSH, colors=["#000000"], color_mode="fixed"),
                    eraser=gr.Eraser(default_size=2 * BRUSH),
                    layers=False,
                    transforms=(),
                    canvas_size=(CANVAS, CANVAS),
                    fixed_canvas=True,
                    buttons=[],
                    format="png",
                    height=400,
                    elem_id="classes-canvas",
                    elem_classes="checked-upload",
                )
                ask = gr.Button(label("draw_button"), variant="primary", elem_id="draw-ask")
            with gr.Column(scale=1, min_width=300):
                seen = gr.HTML(elem_id="drawn", apply_default_css=False)
    noise = gr.HTML(elem_id="noise", apply_default_css=False)
    parts.explanation("classes_explain_text")
    strip = gr.HTML(elem_id="classes-strip", apply_default_css=False)
    about = gr.HTML(elem_id="classes-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # Pressed by the page's script when a visitor chose a file that the browser cannot show.
    unreadable = gr.Button(visible="hidden", elem_id="unreadable")
    # The seed and the class of the current picture, for the link; empty while that is simply the first one.
    chosen = gr.Textbox("", visible="hidden")

    controls = [model, shown, seed, count, truncation, verdict, chosen]
    pictures = [grid, stage, panels, page.current, chosen]
    style = [model, seed, truncation, chosen]
    morph_inputs = [*style, start, end, slider]
    description = [shown, start, end, writing, noise, strip, about]
    for_toast = complaints(html.escape)

    @for_toast
    def show(model, shown, seed, count, truncation, verdict, chosen, request: gr.Request):
        if seed is None:
            # The field is empty for a moment while somebody types another number.
            return gr.skip()
        return _show(choice, model, shown, seed, count, truncation, verdict, chosen, language(request))

    @for_toast
    def choose(model, truncation, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card = choice.known(model, spoken)
        seed, label = (parts.told(event, name) for name in ("seed", "label"))
        picked = checks.seed(seed, spoken), checks.class_id(label, card.classes, spoken)
        return *_stage(choice, card, picked, checks.truncation(truncation, spoken), spoken), "{}-{}".format(*picked)

    @for_toast
    def describe(model, shown, start, end, request: gr.Request):
        return _describe(choice, model, shown, start, end, language(request))

    @for_toast
    def restyle(model, seed, truncation, chosen, start, end, t, number, request: gr.Request):
        if seed is None:
            return gr.skip()
        return _restyle(choice, model, seed, truncation, chosen, start, end, t, number, language(request))

    @for_toast
    def slide(model, seed, truncation, chosen, start, end, t, request: gr.Request):
        return _frame(choice, model, seed, truncation, chosen, start, end, t, language(request))

    @for_toast
    def write(model, seed, truncation, chosen, number, request: gr.Request):
        # The field is empty for a moment while somebody types another number.
        return _number(choice, model, seed, truncation, chosen, number, language(request)) if number else gr.skip()

    @for_toast
    def write_now(model, seed, truncation, chosen, number, request: gr.Request):
        return _number(choice, model, seed, truncation, chosen, number, language(request))

    @for_toast
    def look(model, drawn, request: gr.Request):
        spoken = language(request)
        name = board.drawing_id(drawn)
        if name and name not in canvas.blob_storage:
            # Its files are still on their way; another event follows them.
            return gr.skip()
        try:
            return _judge_drawing(choice, model, _drawn(canvas, drawn, spoken), spoken)
        except drawing.Blank:
            return class_html.waiting(spoken)

    @for_toast
    def look_now(model, drawn, request: gr.Request):
        spoken = language(request)
        return _judge_drawing(choice, model, _drawn(canvas, drawn, spoken), spoken)

    def forget(request: gr.Request):
        return class_html.waiting(language(request))

    @for_toast
    def refuse(request: gr.Request):
        raise UserError(say("upload_unreadable", language(request)))

    @for_toast
    def save_png(model, shown, seed, count, truncation, request: gr.Request):
        card, samples = _samples(choice, model, shown, seed, count, truncation, False, language(request))
        columns = len(set(samples.labels)) if shown == ALL else class_html.COLUMNS
        (sheet,) = images.png(images.sheet(samples.pixels, columns))
        return _file(f"{file_name(card.id)}-classes-seed-{seed}.png", sheet)

    @for_toast
    def save_zip(model, shown, seed, count, truncation, verdict, request: gr.Request):
        card, samples = _samples(choice, model, shown, seed, count, truncation, verdict, language(request))
        return _file(f"{file_name(card.id)}-classes-seed-{seed}.zip", _zip(card, samples, truncation))

    @for_toast
    def save_gif(model, seed, truncation, chosen, start, end, request: gr.Request):
        card, way = _way(choice, model, seed, truncation, chosen, start, end, language(request))
        return _file(f"{file_name(card.id)}-{start}-to-{end}.gif", _gif(choice, card, way))

    @for_toast
    def save_number(model, seed, truncation, chosen, number, request: gr.Request):
        _, samples, text = _digits(choice, model, seed, truncation, chosen, number, language(request))
        (row,) = images.png(images.sheet(samples.pixels, len(text), gap=0))
        return _file(f"{file_name(model)}-{text}.png", row)

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        model = values["model"]
        ends = values["from"], values["to"]
        picked = _show(
            choice,
            model,
            *(values[name] for name in ("class", "seed", "count", "truncation", "verdict", "chosen")),
            spoken,
        )
        style = model, values["seed"], values["truncation"], values["chosen"]
        return (
            choice.dropdown(model, spoken),
            *(values[name] for name in ("seed", "count", "truncation", "verdict", "t", "number")),
            *picked,
            *_describe(choice, model, values["class"], *ends, spoken),
            *_restyle(choice, *style, *ends, values["t"], values["number"], spoken),
            class_html.waiting(spoken),
        )

    everything = [model, seed, count, truncation, verdict, slider, number, *pictures, *description]
    everything += [frame, frames, written, seen]
    link = {
        "fn": None,
        "inputs": [*controls, start, end, slider, number],
        "js": LINK_JS,
        "api_visibility": "private",
    }
    restyling = {
        "fn": restyle,
        "inputs": [*morph_inputs, number],
        "outputs": [frame, frames, written],
        **LIVE,
    }
    drawing_inputs = {"inputs": [model, canvas], "outputs": seen, "preprocess": False, "js": LOOK_JS}

    def follow(event: Dependency) -> None:
        """After `event`, new pictures, and all that is made in the style of the chosen one."""
        event.success(show, controls, pictures, **LIVE).success(**restyling).then(**link)

    for event in parts.on_arrival(page, TAB.id, arrive, everything):
        event.then(**link)
        # Without this the canvas would wait for an upload, and a stroke would draw nothing.
        event.then(None, js=PEN_JS, api_visibility="private")
    for control in (shown, seed, count, truncation, verdict):
        control.input(show, controls, pictures, **LIVE).success(**restyling).then(**link)
    follow(dice.click(latents.roll, None, seed, **QUIET))
    for event in (
        model.input(describe, [model, shown, start, end], description, **LAST, **QUIET),
        *(
            added.success(describe, [model, shown, start, end], description, **QUIET)
            for added in parts.on_own_checkpoint(page, choice, own, own_button, model)
        ),
    ):
        follow(event)
        event.success(look, **drawing_inputs, **LIVE)
    grid.select(choose, [model, truncation], [stage, panels, page.current, chosen], **LIVE).success(**restyling).then(
        **link
    )
    for control in (start, end):
        control.input(**restyling).then(**link)
    slider.input(slide, morph_inputs, frame, **LIVE).then(**link)
    # Not its input event, which does not come when somebody pastes.
    number.change(write, [*style, number], written, **LIVE).then(**link)
    number.submit(write_now, [*style, number], written, **LIVE).then(**link)
    canvas.change(look, **drawing_inputs, **LIVE)
    # A change that comes while the browser still sends the last one is not reported.
    canvas.upload(look, **drawing_inputs, **LIVE)
    # In one queue with the looks, so after any that has begun; the next ones see a blank canvas.
    canvas.clear(forget, None, seen, js=CLEAR_JS, show_progress="hidden", **PRIVATE)
    unreadable.click(refuse, **QUIET)
    ask.click(look_now, **drawing_inputs, **PRIVATE)
    for button, function, inputs in (
        (png, save_png, controls[:5]),
        (archive, save_zip, controls[:6]),
        (gif, save_gif, morph_inputs[:6]),
        (number_png, save_number, [*style, number]),
    ):
        parts.on_save(button, function, inputs, download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def class_samples(
        model: str,
        classes: list[int] = [],  # noqa: B006 - programs see this default, and nothing changes it
        seed: int = 0,
        count: int = 8,
        truncation: float = 1.0,
        verdict: bool = False,
    ) -> list[ClassSample]:
        """Draw images of chosen classes, such as digits, from a class-conditional GAN: one PNG file per seed and class.

        They come row by row: the first seed in all classes, then the next seed. Images of one seed share their style.

        Args:
            model: The id of a model whose task is "class-conditional", as the tool `models` lists them.
            classes: The numbers of the classes, counted from 0 in the order of the model's card; all if empty. Numbers
                may come again: [2, 0, 2, 6] writes 2026. At most 16, or as many as there are classes.
            seed: The seed of the first row, 0 to 4294967295; the next rows have the next seeds.
            count: How many seeds, 1 to 16.
            truncation: 0 to 1; below 1 the images are more typical and less varied.
            verdict: Whether to ask the model's own discriminator how probably each image is real, and which class it reads.
        """
        card = choice.known(model)
        labels, seeds = (
            checks.class_ids(classes, card.classes),
            latents.consecutive(checks.seed(seed), checks.rows(count)),
        )
        asked = pairs(seeds, labels)
        samples = draw(choice.store, card, *asked, checks.truncation(truncation), checks.flag(verdict, "verdict"))
        names = _names(file_name(model), *asked)
        written = files.write(dict(zip(names, images.png(samples.pixels), strict=True)))
        verdicts = (
            [Verdict(real=p, reads=r) for p, r in samples.verdicts] if samples.verdicts else [None] * len(written)
        )
        return [
            ClassSample(image=file, seed=s, label=c, verdict=v)
            for file, s, c, v in zip(written, *asked, verdicts, strict=True)
        ]

    @complaints()
    def morph(
        model: str, from_class: int, to_class: int, seed: int = 0, steps: int = 9, truncation: float = 1.0
    ) -> Morph:
        """Turn one class into another with a class-conditional GAN, everything else held fixed.

        Besides the frames there is a GIF, there and back, which always has its own 34 frames whatever `steps` is.

        Args:
            model: The id of a model whose task is "class-conditional", as the tool `models` lists them.
            from_class: The number of the class in the first frame, counted from 0 in the order of the model's card.
            to_class: The number of the class in the last frame.
            seed: The seed of the style, 0 to 4294967295.
            steps: How many frames, 2 to 64, not counting those of the GIF.
            truncation: 0 to 1; below 1 the images are more typical and less varied.
        """
        card = choice.known(model)
        ends = checks.class_id(from_class, card.classes), checks.class_id(to_class, card.classes)
        way = Way(checks.seed(seed), ends, checks.truncation(truncation))
        last = checks.steps(steps) - 1
        weights = [step / last for step in range(last + 1)]
        name = f"{file_name(model)}-seed-{seed}-{from_class}-to-{to_class}"
        pictures = images.png(classes.morph(choice.store, card, way.seed, way.ends, weights, way.truncation).pixels)
        contents = {f"{name}-{index:02}.png": picture for index, picture in enumerate(pictures)}
        *frames, gif = files.write({**contents, f"{name}.gif": _gif(choice, card, way)})
        return Morph(frames=frames, weights=weights, gif=gif)

    @complaints()
    def judge_digit(image: FileData, model: str = "") -> list[Judgement]:
        """Say which digit is on a picture, as each discriminator of a class-aware GAN and each judge sees it.

        For grey models the ink is found, cut out, centred and made white on black as in MNIST; colour models get the
        middle of the picture. A drawing or a photograph is no sample of the data they were trained on.

        Args:
            image: The picture, as an uploaded file (PNG, JPEG, WebP, GIF, BMP or TIFF, up to 5 MB) or a base64 data URI.
            model: The id of one model to ask, of the task "class-conditional" or "judge"; all of them if empty.
        """
        data = drawing.from_base64(image) if isinstance(image, str) else files.uploaded(image)
        if data is None:
            raise UserError(say("upload_missing", "en"))
        picture = drawing.decode(data)
        everyone = Choice(choice.store, (reading.TASK, "judge"), FAVOURITE, "wrong_task_judging")
        cards = [everyone.known(model)] if model != "" else everyone.cards()
        answers = []
        for card in cards:
            said = reading.read(choice.store, card, drawing.as_input(picture, card))
            if said is not None:
                shares = dict(zip(card.classes, said.classes, strict=True))
                answers.append(Judgement(model=card.id, kind=said.kind, real=said.real, fake=said.fake, classes=shares))
        return answers

    # Unqueued, as /sample is, and for the same reason.
    gr.api(class_samples, api_name="classes", queue=False)
    gr.api(morph, api_name="morph", queue=False)
    gr.api(judge_digit, api_name="judge_digit", queue=False)


def _samples(
    choice: Choice, model: str, shown: str, seed: int, count: int, truncation: float, verdict: bool, spoken: str
) -> tuple[Card, ClassSamples]:
    """The pictures of the grid."""
    card = choice.known(model, spoken)
    labels = _labels(card, shown, spoken)
    asked = classes.rows(checks.seed(seed, spoken), checks.rows(count, spoken), labels, class_html.COLUMNS)
    verdict = checks.flag(verdict, "verdict", spoken)
    return card, draw(choice.store, card, *asked, checks.truncation(truncation, spoken), verdict)


def _names(model: str, seeds: list[int], labels: list[int]) -> list[str]:
    """A file name for every picture; one that comes again is numbered."""
    times: Counter[tuple[int, int]] = Counter()
    names = []
    for pair in zip(seeds, labels, strict=True):
        times[pair] += 1
        again = f"-{times[pair]}" if times[pair] > 1 else ""
        names.append(f"{model}-seed-{pair[0]}-class-{pair[1]}{again}.png")
    return names


def _labels(card: Card, shown: object, spoken: str) -> list[int]:
    """The classes that the dropdown's value `shown` stands for."""
    if shown == ALL:
        return list(range(len(card.classes)))
    number = int(shown) if isinstance(shown, str) and shown.isascii() and shown.isdigit() else shown
    return [checks.class_id(number, card.classes, spoken)]


def _show(
    choice: Choice,
    model: str,
    shown: str,
    seed: int,
    count: int,
    truncation: float,
    verdict: bool,
    chosen: str,
    spoken: str,
) -> tuple[str, str, str, dict, str]:
    """The grid, and as the current picture the `chosen` one if it is in the grid, else the first."""
    card, samples = _samples(choice, model, shown, seed, count, truncation, verdict, spoken)
    there = list(zip(samples.seeds, samples.labels, strict=True))
    picked = _pair(chosen)
    if picked not in there:
        picked, chosen = there[0], ""
    return class_html.grid(card, samples, picked, spoken), *_stage(choice, card, picked, truncation, spoken), chosen


def _pair(chosen: object) -> tuple[int, int] | None:
    """Seed and class of a picture from their link form, ``"12-3"``; None if it is something else."""
    match = re.fullmatch(r"([0-9]{1,10})-([0-9]{1,4})", chosen) if isinstance(chosen, str) else None
    return (int(match[1]), int(match[2])) if match else None


def _stage(
    choice: Choice, card: Card, picked: tuple[int, int], truncation: float, spoken: str
) -> tuple[str, str, dict]:
    seed, label = picked
    samples = draw(choice.store, card, [seed], [label], truncation)
    stage = class_html.stage(card, title(card, spoken), samples, truncation, spoken)
    current = Point(card.id, seed, truncation=truncation, label=label)
    return stage, _panels(choice, card, samples.pixels, label, spoken), current


def _panels(choice: Choice, like: Card, pixels: Pixels, asked: int | None, spoken: str) -> str:
    """What everyone says who can read pictures of the model `like`, itself first."""
    cards = reading.discriminators(choice.store, like)
    readings = ((card, title(card, spoken), reading.read(choice.store, card, pixels)) for card in cards)
    return class_html.panels([entry for entry in readings if entry[2] is not None], asked, spoken)


def _describe(choice: Choice, model: str, shown: object, start: object, end: object, spoken: str) -> tuple[Any, ...]:
    """What depends on the model alone: choices of classes, number writer, noise curve, strip and model card."""
    card = choice.known(model, spoken)
    last = len(card.classes) - 1
    shown = shown if shown == ALL or str(shown) in map(str, range(last + 1)) else ALL
    ends = (value if isinstance(value, int) and value <= last else last for value in (start, end))
    with_curve = next((each for each in (card, *choice.cards()) if CURVE in each.curves), None)
    return (
        gr.Dropdown(choices=_shown_choices(card, spoken), value=shown),
        *(gr.Dropdown(choices=_class_choices(card), value=value) for value in ends),
        gr.Column(visible=_writes(card)),
        class_html.noise(with_curve, title(with_curve, spoken), CURVE, spoken) if with_curve else "",
        html.strip(card, spoken),
        html.model_card(card, title(card, spoken), spoken),
    )


def _shown_choices(card: Card, spoken: str) -> list[tuple[str, str]]:
    return [(say("class_all", spoken), ALL), *((name, str(index)) for index, name in enumerate(card.classes))]


def _class_choices(card: Card) -> list[tuple[str, int]]:
    return [(name, index) for index, name in enumerate(card.classes)]


def _writes(card: Card) -> bool:
    """Whether the classes are the digits, so that numbers can be written."""
    return card.classes == DIGITS


@dataclass(frozen=True)
class Way:
    """A morph: the seed of its style, the classes at its ends, and the truncation."""

    seed: int
    ends: tuple[int, int]
    truncation: float


def _style(
    choice: Choice, model: str, seed: int, truncation: float, chosen: str, spoken: str
) -> tuple[Card, int, float]:
    """The model, the seed of the chosen picture, or else the first, and the truncation: what a style consists of."""
    picked = _pair(chosen)
    seed = checks.seed(picked[0] if picked else seed, spoken)
    return choice.known(model, spoken), seed, checks.truncation(truncation, spoken)


def _way(
    choice: Choice, model: str, seed: int, truncation: float, chosen: str, start: int, end: int, spoken: str
) -> tuple[Card, Way]:
    card, seed, truncation = _style(choice, model, seed, truncation, chosen, spoken)
    first, last = (checks.class_id(label, card.classes, spoken) for label in (start, end))
    return card, Way(seed, (first, last), truncation)


def _frame(choice: Choice, *way_and_t: Any) -> str:
    """The frame at t of a morph, with what the model's own discriminator reads in it."""
    *arguments, t, spoken = way_and_t
    card, way = _way(choice, *arguments, spoken)
    t = checks.step(t, spoken)
    samples = classes.morph(choice.store, card, way.seed, way.ends, [t], way.truncation)
    return class_html.morph(card, samples, t, reading.read(choice.store, card, samples.pixels), spoken)


def _restyle(
    choice: Choice,
    model: str,
    seed: int,
    truncation: float,
    chosen: str,
    start: int,
    end: int,
    t: float,
    number: str,
    spoken: str,
) -> tuple[str, str, Any]:
    """All that is made in the style of the current picture: the morph's frame and strip, and the number."""
    card, way = _way(choice, model, seed, truncation, chosen, start, end, spoken)
    samples = classes.morph(choice.store, card, way.seed, way.ends, STRIP, way.truncation)
    try:
        written = _number(choice, model, seed, truncation, chosen, number, spoken)
    except UserError:
        # Whoever is typing it hears of it there; no reason to keep back the morph.
        written = gr.skip()
    frame = _frame(choice, model, seed, truncation, chosen, start, end, t, spoken)
    return frame, html.frames(samples.pixels, STRIP, spoken), written


def _digits(
    choice: Choice, model: str, seed: int, truncation: float, chosen: str, number: str, spoken: str
) -> tuple[Card, ClassSamples, str]:
    """The digits of a number, all in one style."""
    card, seed, truncation = _style(choice, model, seed, truncation, chosen, spoken)
    if not _writes(card):
        raise UserError(say("number_no_digits", spoken, model=card.id))
    text = checks.number(number, spoken)
    labels = [DIGITS.index(digit) for digit in text]
    return card, draw(choice.store, card, [seed] * len(labels), labels, truncation), text


def _number(choice: Choice, model: str, seed: int, truncation: float, chosen: str, number: str, spoken: str) -> str:
    _, samples, text = _digits(choice, model, seed, truncation, chosen, number, spoken)
    return class_html.number(samples, text, spoken)


def _gif(choice: Choice, card: Card, way: Way) -> bytes:
    steps = classes.there_and_back(GIF_FRAMES)
    frames = classes.morph(choice.store, card, way.seed, way.ends, steps, way.truncation)
    return images.gif(images.enlarge(frames.pixels, images.FILM_SIZE))


def _drawn(canvas: gr.ImageEditor, value: Any, spoken: str) -> Image:
    """What the visitor drew on the canvas or put there; raises `UserError`.

    The browser sends the files of a stroke ahead and then names only their id, twice if a button asks again.
    """
    value = value if isinstance(value, dict) else {}
    sent = canvas.blob_storage.get(board.drawing_id(value))
    composite, background = (
        getattr(sent, name) if sent else files.uploaded(value.get(name)) for name in ("composite", "background")
    )
    if composite is None:
        raise drawing.Blank(say("blank", spoken))
    return drawing.from_canvas(composite, background, spoken)


def _judge_drawing(choice: Choice, model: str, picture: Image, spoken: str) -> str:
    """A visitor's picture as the networks get it, and what they say; raises `UserError`."""
    card = choice.known(model, spoken)
    pixels = drawing.as_input(picture, card, spoken)
    return class_html.seen(card, pixels, spoken) + _panels(choice, card, pixels, None, spoken)


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    defaults = {"model": choice.first(), **DEFAULTS}
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "seed": checks.seed,
        "count": checks.rows,
        "truncation": checks.truncation,
        "t": checks.step,
        "number": checks.number,
    }
    values, bad, query = parts.restore(TAB.id, page, request, defaults, check)
    card = choice.known(values["model"], spoken)
    # A model may have fewer classes than the usual ends of the morph need.
    usual = {**DEFAULTS, **{end: min(DEFAULTS[end], len(card.classes) - 1) for end in ("from", "to")}}
    values |= {end: usual[end] for end in ("from", "to") if end not in query or end in bad}
    for name, good in (
        ("class", lambda value: _labels(card, value, spoken)),
        *((n, lambda value: checks.class_id(value, card.classes)) for n in ("from", "to")),
    ):
        try:
            good(values[name])
        except UserError:
            values[name] = usual[name]
            bad.add(name)
    values["chosen"] = query.get("chosen", "")
    shown = classes.rows(values["seed"], values["count"], _labels(card, values["class"], spoken), class_html.COLUMNS)
    if values["chosen"] and _pair(values["chosen"]) not in zip(*shown, strict=True):
        values["chosen"] = ""
        bad.add("chosen")
    parts.warn_of_link(bad, spoken)
    return values


def _file(name: str, content: bytes) -> str:
    """The path of a new file that a browser can fetch."""
    return files.write({name: content})[0]["path"]


def _zip(card: Card, samples: ClassSamples, truncation: float) -> bytes:
    made = {
        "model": card.id,
        "classes": card.classes,
        "truncation": truncation,
        "pictures": [
            {
                "seed": seed,
                "label": label,
                **({"verdict": dict(zip(("real", "reads"), verdict, strict=True))} if verdict else {}),
            }
            for seed, label, verdict in zip(
                samples.seeds, samples.labels, samples.verdicts or [None] * len(samples.seeds), strict=True
            )
        ],
        "z": parts.RECIPE_OF_Z,
    }
    names = (f"seed-{seed}-class-{label}.png" for seed, label in zip(samples.seeds, samples.labels, strict=True))
    return parts.archive("classes.json", made, zip(names, images.png(samples.pixels), strict=True))


TAB = Tab(id="classes", name="classes_tab", tasks=(reading.TASK,), place=20, build=build)
