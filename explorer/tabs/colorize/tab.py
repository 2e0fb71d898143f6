"""The tab *Colorize*: a photograph in, dabs of colour on it, and the whole of it in colour, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np
from gradio import FileData
from PIL import Image

from explorer.errors import UserError
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import EDIT, LAST, LIVE, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files, images
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.colorize import work as colorization
from explorer.tabs.colorize.work import Dab, Photo
from explorer.texts import label, language, say

TASKS = ("colorization",)
FAVOURITE = "colorize-landscapes"
BRUSH = 7
PALETTE = ("#5b9bd8", "#2f6fb0", "#4f8f3c", "#9bb34a", "#d9832b", "#b5482f", "#d8bf8a", "#c9608f", "#6b4f9e", "#808080")
"""Water and sky, grass and leaves, autumn, brick, sand, blossom, dusk, and none."""
THUMBNAIL = 96
LINK_JS = "model => { window.explorer.view('colorize', {model}); }"


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task_colorize")

    gr.Markdown(label("colorize_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            image = parts.upload("colorize-upload")
            examples = gr.HTML(
                _thumbnails(), js_on_load=html.GRID_JS, elem_id="colorize-examples", apply_default_css=False
            )
            suggest = gr.Button(
                label("colorize_suggest"), variant="primary", elem_id="colorize-suggest", elem_classes="dice"
            )
            with gr.Row(elem_classes="saving"):
                undo = gr.Button(label("colorize_undo"), size="sm", elem_id="colorize-undo")
                clear = gr.Button(label("colorize_clear"), size="sm", elem_id="colorize-clear")
            save = gr.Button(label("save_png"), size="sm", elem_id="colorize-save", elem_classes="save")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                own, own_button = parts.own_checkpoint(page.public, "colorize-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            with gr.Row(elem_classes="colouring"):
                with gr.Column(min_width=280):
                    canvas = board.canvas(
                        label=label("colorize_canvas"),
                        brush=gr.Brush(default_size=BRUSH, colors=list(PALETTE), color_mode="defaults"),
                        eraser=gr.Eraser(default_size=2 * BRUSH),
                        layers=False,
                        transforms=(),
                        sources=(),
                        canvas_size=(colorization.BOARD,) * 2,
                        fixed_canvas=True,
                        buttons=[],
                        format="png",
                        height=480,
                        elem_id="colorize-canvas",
                    )
                with gr.Column(min_width=280):
                    view = gr.HTML(elem_id="colorized", apply_default_css=False)
            slider = gr.ImageSlider(
                label=label("colorize_compare"),
                visible=False,
                interactive=False,
                buttons=[],
                format="png",
                max_height=480,
                elem_id="colorize-slider",
            )
    parts.explanation("colorize_explain_text")
    about = gr.HTML(elem_id="colorize-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    photo = gr.State(None)
    # In the order in which they were put there, so that the last one can be taken away.
    dabs = gr.State([])

    for_toast = errors.complaints(html.escape)

    @for_toast
    def receive(model, image, request: gr.Request):
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        spoken = language(request)
        return _receive(choice, model, parts.received(image, spoken), spoken)

    @for_toast
    def take_example(model, request: gr.Request, event: gr.EventData):
        spoken, paths = language(request), colorization.examples()
        place = checks.place(parts.told(event, "seed"), paths, spoken)
        return _receive(choice, model, drawing.decode(paths[place].read_bytes(), spoken), spoken)

    @for_toast
    def look(model, photo, dabs, drawn, request: gr.Request):
        if photo is None:
            return gr.skip()
        spoken = language(request)
        found = _painted(canvas, drawn, photo, spoken)
        if found is None:
            return gr.skip()
        found = colorization.in_order(dabs, found, photo.canvas)
        # What the tab itself put on the canvas is shown already.
        return gr.skip() if colorization.same(dabs, found) else (found, *_show(choice, model, photo, found, spoken))

    @for_toast
    def redraw(model, photo, dabs, request: gr.Request):
        return gr.skip() if photo is None else _show(choice, model, photo, dabs, language(request))

    @for_toast
    def propose(model, photo, dabs, request: gr.Request):
        spoken = language(request)
        card, photo = choice.known(model, spoken), _present(photo, spoken)
        shown = colorization.colorize(store, card, photo, dabs)
        more = colorization.suggest(photo, shown, dabs)
        if not more:
            raise UserError(say("colorize_no_more", spoken))
        return _with_canvas(choice, model, photo, [*dabs, *more], spoken)

    @for_toast
    def remove(model, photo, dabs, request: gr.Request):
        spoken = language(request)
        return _with_canvas(choice, model, _present(photo, spoken), dabs[:-1], spoken)

    @for_toast
    def remove_all(model, photo, request: gr.Request):
        spoken = language(request)
        return _with_canvas(choice, model, _present(photo, spoken), [], spoken)

    @for_toast
    def restore_photo(model, photo, request: gr.Request):
        # The editor's own button takes the photograph away with what was painted on it.
        return gr.skip() if photo is None else _with_canvas(choice, model, photo, [], language(request))

    @for_toast
    def write(model, photo, dabs, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        result = colorization.colorize(store, card, _present(photo, spoken), dabs)
        return _file(card.id, result)["path"]

    @for_toast
    def describe(model, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        return html.model_card(card, title(card, spoken), spoken)

    def arrive(request: gr.Request):
        spoken = language(request)
        check = {"model": lambda value: (choice.known(value, spoken), value)[1]}
        values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first()}, check)
        parts.warn_of_link(bad, spoken)
        card = choice.known(values["model"], spoken)
        waiting = f'<p class="quiet waiting">{say("colorize_waiting", spoken)}</p>'
        return choice.dropdown(card.id, spoken), waiting, html.model_card(card, title(card, spoken), spoken)

    link = {"fn": None, "inputs": model, "js": LINK_JS, "api_visibility": "private"}
    shown = [view, slider]
    everything = [photo, dabs, canvas, *shown]
    working = [model, photo, dabs]

    for event in parts.on_arrival(page, TAB.id, arrive, [model, view, about]):
        event.then(**link)
    taken = image.input(receive, [model, image], everything, preprocess=False, **LAST, **PRIVATE)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, image, **QUIET)
    examples.select(take_example, model, everything, **LAST, **PRIVATE)
    canvas.change(look, [*working, canvas], [dabs, *shown], preprocess=False, **LIVE)
    canvas.clear(restore_photo, [model, photo], [dabs, canvas, *shown], **EDIT)
    suggest.click(propose, working, [dabs, canvas, *shown], **PRIVATE)
    undo.click(remove, working, [dabs, canvas, *shown], **EDIT)
    clear.click(remove_all, [model, photo], [dabs, canvas, *shown], **EDIT)
    for event in (model.input, *(e.success for e in parts.on_own_checkpoint(page, choice, own, own_button, model))):
        event(redraw, working, shown, **LIVE).success(describe, model, about, **QUIET).then(**link)
    parts.on_save(save, write, working, download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @errors.complaints()
    def colorize(
        image: FileData,
        hints: list[dict[str, Any]] = [],  # noqa: B006 - programs see this default, and nothing changes it
        model: str = "",
    ) -> RemoteFile:
        """Colorize a photograph: give a grey one colours, guided by hints, and keep its lightness. The result is a PNG file.

        A colour photograph is made grey first. The longer side of the result has at most 512 pixels.

        Args:
            image: The photograph, as an uploaded file (PNG, JPEG, WebP, GIF, BMP or TIFF, up to 5 MB) or a base64 data URI.
            hints: At most 64 dabs of colour, each {"x": 0.5, "y": 0.2, "colour": "#5b9bd8", "radius": 0.02}. `x` and `y` are
                shares of width and height from the upper left corner; `radius`, which may be left out, is a share of the
                longer side, 0 to 0.25. Of the colour its hue and chroma count: how light it gets is up to the photograph.
            model: The id of a model whose task is "colorization", as the tool `models` lists them; if empty, the first.
        """
        card = choice.known(model if model != "" else choice.first())
        data = drawing.from_base64(image) if isinstance(image, str) else files.uploaded(image)
        if data is None:
            raise UserError(say("upload_missing", "en"))
        photo = colorization.photo(drawing.decode(data))
        return _file(card.id, colorization.colorize(choice.store, card, photo, colorization.hints(hints, photo)))

    gr.api(colorize, api_name="colorize", concurrency_id="model")


def _receive(choice: Choice, model: str, picture: Image.Image, spoken: str) -> tuple[Any, ...]:
    """A photograph just given, without dabs, on the canvas and as the model colours it."""
    # Whether it is like what the model learned from would be said here.
    photo = colorization.photo(picture)
    return photo, *_with_canvas(choice, model, photo, [], spoken)


def _with_canvas(choice: Choice, model: str, photo: Photo, dabs: Sequence[Dab], spoken: str) -> tuple[Any, ...]:
    """The dabs, the canvas with them on it, and what the model makes of them."""
    ground, layer = colorization.on_canvas(photo, dabs)
    # The editor would take a composite for the ground.
    editor = {"background": ground, "layers": [layer] if dabs else [], "composite": None}
    return list(dabs), editor, *_show(choice, model, photo, dabs, spoken)


def _show(choice: Choice, model: str, photo: Photo, dabs: Sequence[Dab], spoken: str) -> tuple[str, Any]:
    """The photograph in colour, and beside the original if there is one."""
    result = colorization.colorize(choice.store, choice.known(model, spoken), photo, dabs)
    (picture,) = images.png(result[None])
    width, height = photo.size
    told = say("colorize_told", spoken, width=width, height=height, count=len(dabs))
    name = say("colorize_result", spoken)
    view = (
        f'<figure class="coloured"><img src="{images.data_uri(picture)}" alt="{name}" width="{width}" height="{height}">'
        f'<figcaption><strong>{name}</strong> <span class="quiet">{told}</span></figcaption></figure>'
    )
    if photo.original is None:
        return view, gr.ImageSlider(visible=False)
    return view, gr.ImageSlider(value=(photo.original, result), visible=True)


def _painted(canvas: gr.ImageEditor, value: Any, photo: Photo, spoken: str) -> list[Dab] | None:
    """The dabs on the canvas, whose files the browser sends ahead; None while they, or the photograph, are not there yet."""
    name = board.drawing_id(value)
    sent = canvas.blob_storage.get(name) if name else None
    value = value if isinstance(value, dict) else {}
    both = [getattr(sent, each) if sent else files.uploaded(value.get(each)) for each in ("composite", "background")]
    if None in both:
        return None
    size = (colorization.BOARD,) * 2
    # On its way through a browser a canvas may have got another size; no colours are to be mixed then.
    pictures = (drawing.decode(each, spoken).resize(size, Image.Resampling.NEAREST) for each in both)
    return colorization.painted(*(np.asarray(picture.crop(photo.box)) for picture in pictures))


def _present(photo: Photo | None, spoken: str) -> Photo:
    if photo is None:
        raise UserError(say("colorize_nothing", spoken))
    return photo


def _file(model: str, pixels: Pixels) -> RemoteFile:
    """A new PNG file that a browser or a program can fetch."""
    return files.write({f"{file_name(model)}.png": images.png(pixels[None])[0]})[0]


def _thumbnails() -> str:
    """Buttons with the bundled photographs, if there are some."""
    tiles = ""
    for place, path in enumerate(colorization.examples()):
        with Image.open(path) as picture:
            small = picture.convert("RGB")
        small.thumbnail((2 * THUMBNAIL,) * 2)
        uri, name = images.data_uri(images.encoded(small)), say("colorize_example", "en", number=place + 1)
        tiles += (
            f'<button type="button" class="tile" data-seed="{place}" aria-pressed="false" aria-label="{name}">'
            f'<img class="smooth" src="{uri}" alt=""></button>'
        )
    return f'<div class="tiles" style="--tile: {THUMBNAIL}px" role="group">{tiles}</div>' if tiles else ""


TAB = Tab(id="colorize", name="colorize_tab", tasks=TASKS, place=65, build=build)
