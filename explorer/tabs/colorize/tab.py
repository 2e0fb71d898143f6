"""The tab *Colorize*: a photograph in, dabs of colour on it, and the whole of it in colour, live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, controls, html
from explorer.page.hand import Hand
from explorer.page.tab import Page, Tab
from explorer.page.wiring import EDIT, LAST, LIVE, PRIVATE, QUIET, Controls, Visit
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files, images
from explorer.tabs.colorize import api, view, work
from explorer.tabs.colorize.strokes import Strokes
from explorer.tabs.colorize.work import ColorizeView, Dab, Photo
from explorer.texts import label, say
from explorer.texts.errors import UserError

TASKS = ("colorization",)
FAVOURITE = "colorize-landscapes"
BRUSH = 7
PALETTE = ("#5b9bd8", "#2f6fb0", "#4f8f3c", "#9bb34a", "#d9832b", "#b5482f", "#d8bf8a", "#c9608f", "#6b4f9e", "#808080")
"""Water and sky, grass and leaves, autumn, brick, sand, blossom, dusk, and none."""


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    `photo` holds the visitor's `Photo` or None, and `strokes` the `Strokes` on it.
    """

    image: gr.Image
    take: gr.Button
    examples: gr.HTML
    suggest: gr.Button
    undo: gr.Button
    redo: gr.Button
    clear: gr.Button
    save: gr.Button
    own: tuple[gr.Textbox, gr.Button]
    canvas: gr.ImageEditor
    coloured: gr.HTML
    slider: gr.ImageSlider
    about: gr.HTML
    download: gr.File
    photo: gr.State
    strokes: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, TASKS, FAVOURITE, "wrong_task_colorize")
    desk = Controls(TAB.id, ColorizeView, choice)
    parts = _lay_out(page, desk)
    _wire(page, desk, parts, Handlers(choice, parts.canvas))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[ColorizeView]) -> Layout:
    gr.Markdown(label("colorize_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            image = controls.upload("colorize-upload")
            take = controls.hand_button("colorize")
            examples = gr.HTML(
                js_on_load=controls.TILES_SCRIPT,
                elem_id="colorize-examples",
                apply_default_css=False,
            )
            suggest = gr.Button(
                label("colorize_suggest"), variant="primary", elem_id="colorize-suggest", elem_classes="dice"
            )
            with gr.Row(elem_classes="saving"):
                undo, redo = (
                    gr.Button(
                        label(f"{name}_button"),
                        size="sm",
                        interactive=False,
                        elem_id=f"colorize-{name}",
                        elem_classes=f"step-{name}",
                    )
                    for name in ("undo", "redo")
                )
                clear = gr.Button(label("colorize_clear"), size="sm", elem_id="colorize-clear")
            save = gr.Button(label("save_png"), size="sm", elem_id="colorize-save", elem_classes="save")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                own = controls.own_checkpoint(page.public, "colorize-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            with gr.Row(elem_classes="colouring"):
                with gr.Column(min_width=280):
                    canvas = _canvas()
                with gr.Column(min_width=280):
                    coloured = gr.HTML(elem_id="colorized", apply_default_css=False)
            slider = gr.ImageSlider(
                label=label("colorize_compare"),
                visible=False,
                interactive=False,
                type="filepath",
                buttons=[],
                max_height=480,
                elem_id="colorize-slider",
            )
    controls.explanation("colorize_explain_text")
    about = gr.HTML(elem_id="colorize-about", apply_default_css=False)
    hidden = gr.File(visible="hidden"), gr.State(None), gr.State(Strokes())
    return Layout(
        image, take, examples, suggest, undo, redo, clear, save, own, canvas, coloured, slider, about, *hidden
    )


def _canvas() -> gr.ImageEditor:
    return board.canvas(
        label=label("colorize_canvas"),
        brush=gr.Brush(default_size=BRUSH, colors=list(PALETTE), color_mode="defaults"),
        eraser=gr.Eraser(default_size=2 * BRUSH),
        layers=False,
        transforms=(),
        sources=(),
        canvas_size=(work.BOARD,) * 2,
        fixed_canvas=True,
        buttons=[],
        format="png",
        height=480,
        elem_id="colorize-canvas",
    )


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events; `canvas` receives drawings ahead of the events about them."""

    choice: Choice
    canvas: gr.ImageEditor

    def receive(self, visit: Visit[ColorizeView], image: Any) -> Any:
        """A photograph just given, without dabs, on the canvas and as the model colours it; it is none of the examples."""
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        picture, data = controls.received(image, visit.spoken), files.received(image, visit.spoken)
        whole = drawing.dimensions(data, picture)
        shown = self._received(visit, work.photo(picture, files.upload(image["path"]), whole))
        return *shown, view.thumbnails(work.examples(), None, visit.spoken)

    def take(self, visit: Visit[ColorizeView], in_hand: Hand) -> tuple[Any, ...]:
        """The picture in hand, in place of the visitor's own."""
        data = in_hand.data(self.choice.store, visit.spoken)
        picture = drawing.decode(data, visit.spoken)
        file = Path(files.saved("picture.png", data))
        shown = self._received(visit, work.photo(picture, file, drawing.dimensions(data, picture)))
        return *shown, None, view.thumbnails(work.examples(), None, visit.spoken)

    def take_example(self, visit: Visit[ColorizeView]) -> tuple[Any, ...]:
        """One of the bundled photographs, in place of the visitor's own."""
        paths = work.examples()
        place = checks.place(visit.told("seed"), paths, visit.spoken)
        picture = drawing.decode(paths[place].read_bytes(), visit.spoken)
        shown = self._received(visit, work.photo(picture, paths[place], picture.size))
        # With the examples, whose chosen one the browser has marked itself, or Gradio would not see a later mark as a change.
        return *shown, None, view.thumbnails(paths, place, visit.spoken)

    def look(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes, drawn: Any) -> Any:
        """The dabs that are on the canvas by now, and what the model makes of them."""
        found = _painted(self.canvas, drawn, photo, visit.spoken) if photo else None
        if found is None:
            return gr.skip()
        found = work.in_order(strokes.dabs, found, photo.canvas)
        # What the tab itself put on the canvas is shown already.
        if work.same(strokes.dabs, found):
            return gr.skip()
        return *_steps(strokes.seen(found)), *self._shown(visit, photo, found)

    def redraw(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> Any:
        """The photograph in the colours of another model."""
        return gr.skip() if photo is None else self._shown(visit, photo, strokes.dabs)

    def propose(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> tuple[Any, ...]:
        """More dabs, where they help most."""
        photo = _present(photo, visit.spoken)
        coloured = work.colorize(self.choice.store, visit.card, photo, strokes.dabs)
        more = work.suggest(photo, coloured, strokes.dabs)
        if not more:
            raise UserError(say("colorize_no_more", visit.spoken))
        # As the canvas will tell of them, or that would be one more change.
        dabs = work.on_canvas_again(photo, [*strokes.dabs, *more])
        return self._with_canvas(visit, photo, strokes.after(dabs))

    def undo(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> tuple[Any, ...]:
        """The dabs before the last change."""
        return self._with_canvas(visit, _present(photo, visit.spoken), strokes.undone())

    def redo(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> tuple[Any, ...]:
        """The dabs before the last step back."""
        return self._with_canvas(visit, _present(photo, visit.spoken), strokes.redone())

    def remove_all(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> tuple[Any, ...]:
        """All dabs taken away."""
        return self._with_canvas(visit, _present(photo, visit.spoken), strokes.after([]))

    def restore_photo(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> Any:
        """The photograph on the canvas again: the editor's own button clears it together with what was painted on it."""
        return gr.skip() if photo is None else self._with_canvas(visit, photo, strokes.after([]))

    def save(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> str:
        """The coloured photograph as a file, in its full size."""
        photo = _present(photo, visit.spoken)
        try:
            data = photo.file.read_bytes()
        except OSError:
            raise UserError(say("colorize_gone", visit.spoken)) from None
        ending, content = images.compact(work.finished(self.choice.store, visit.card, photo, strokes.dabs, data))
        return files.saved(f"{file_name(visit.card.id)}.{ending}", content)

    def describe(self, visit: Visit[ColorizeView]) -> str:
        """The model card."""
        return html.model_card(visit.card, title(visit.card, visit.spoken), visit.spoken)

    def arrive(self, visit: Visit[ColorizeView], photo: Photo | None, strokes: Strokes) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come; the photograph of one who comes back, which is in no link, stays."""
        if photo:
            model = self.choice.dropdown(visit.card.id, visit.spoken)
            return model, self.describe(visit), *self._shown(visit, photo, strokes.dabs), gr.skip()
        # An example is shown, but not on the canvas: what is painted on a picture given after one sometimes never leaves Gradio's editor.
        example = work.examples()[0]
        picture = drawing.decode(example.read_bytes(), visit.spoken)
        _, pair = self._shown(visit, work.photo(picture, example, picture.size), [])
        return (
            self.choice.dropdown(visit.card.id, visit.spoken),
            self.describe(visit),
            view.waiting(visit.spoken),
            pair,
            view.thumbnails(work.examples(), None, visit.spoken),
        )

    def _received(self, visit: Visit[ColorizeView], photo: Photo) -> tuple[Any, ...]:
        return photo, *self._with_canvas(visit, photo, Strokes())

    def _with_canvas(self, visit: Visit[ColorizeView], photo: Photo, strokes: Strokes) -> tuple[Any, ...]:
        """The strokes, the canvas with them on it, and what the model makes of them."""
        return *_steps(strokes), on_canvas(photo, strokes.dabs), *self._shown(visit, photo, strokes.dabs)

    def _shown(self, visit: Visit[ColorizeView], photo: Photo, dabs: Sequence[Dab]) -> tuple[str, Any]:
        """The photograph in colour, and beside the original if there is one."""
        result, original = work.preview(self.choice.store, visit.card, photo, dabs, visit.spoken)
        coloured = view.coloured(result, photo.whole or photo.size, len(dabs), visit.spoken)
        if original is None:
            return coloured, gr.ImageSlider(visible=False)
        pair = {"original.jpg": original, "colorized.jpg": result}
        written = files.write({name: images.jpeg(Image.fromarray(each)) for name, each in pair.items()})
        return coloured, gr.ImageSlider(value=tuple(each["path"] for each in written), visible=True)


def on_canvas(photo: Photo, dabs: Sequence[Dab]) -> dict[str, Any]:
    """The value of the editor with the photograph and the dabs, in files of its own.

    Gradio would keep equal pictures in one file and write that anew each time, also while a browser reads it.
    """
    ground, layer = work.on_canvas(photo, dabs)
    drawn = {"photograph.png": ground} | ({"dabs.png": layer} if dabs else {})
    written = files.write({name: images.encoded(picture) for name, picture in drawn.items()})
    background, *layers = (each["path"] for each in written)
    # The editor would take a composite for the ground.
    return {"background": background, "layers": layers, "composite": None}


def _steps(strokes: Strokes) -> tuple[Strokes, gr.Button, gr.Button]:
    """The strokes, and the buttons that undo and redo, which work only where there is something to."""
    return strokes, *(gr.Button(interactive=bool(each)) for each in (strokes.past, strokes.future))


def _painted(canvas: gr.ImageEditor, value: Any, photo: Photo, spoken: str) -> list[Dab] | None:
    """The dabs on the canvas, whose files the browser sends ahead; None while they, or the photograph, are not there yet."""
    name = board.drawing_id(value)
    sent = canvas.blob_storage.get(name) if name else None
    value = value if isinstance(value, dict) else {}
    both = [getattr(sent, each) if sent else files.uploaded(value.get(each)) for each in ("composite", "background")]
    if None in both:
        return None
    size = (work.BOARD,) * 2
    # On its way through a browser a canvas may have got another size; no colours are to be mixed then.
    pictures = (drawing.decode(each, spoken).resize(size, Image.Resampling.NEAREST) for each in both)
    return work.painted(*(np.asarray(picture.crop(photo.box)) for picture in pictures))


def _present(photo: Photo | None, spoken: str) -> Photo:
    if photo is None:
        raise UserError(say("colorize_nothing", spoken))
    return photo


def _wire(page: Page, desk: Controls[ColorizeView], parts: Layout, handlers: Handlers) -> None:
    shown = [parts.coloured, parts.slider]
    stepped = [parts.strokes, parts.undo, parts.redo]
    edited, working = [*stepped, parts.canvas, *shown], [*desk.inputs, parts.photo, parts.strokes]
    arriving = [*desk.inputs, parts.about, *shown, parts.examples]
    desk.on_arrival(page, handlers.arrive, arriving, [parts.photo, parts.strokes])
    given = [*desk.inputs, parts.image], [parts.photo, *edited, parts.examples]
    taken = parts.image.input(desk.handler(handlers.receive), *given, preprocess=False, **LAST, **PRIVATE)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, parts.image, **QUIET)
    desk.on_take(page, parts.take, handlers.take, [], [parts.photo, *edited, parts.image, parts.examples])
    chosen = desk.picked(handlers.take_example)
    parts.examples.select(chosen, desk.inputs, [parts.photo, *edited, parts.image, parts.examples], **LAST, **PRIVATE)
    looking = [*working, parts.canvas], [*stepped, *shown]
    parts.canvas.change(desk.handler(handlers.look), *looking, preprocess=False, **LIVE)
    parts.canvas.clear(desk.handler(handlers.restore_photo), working, edited, **EDIT)
    parts.suggest.click(desk.handler(handlers.propose), working, edited, **PRIVATE)
    for button, change in (
        (parts.undo, handlers.undo),
        (parts.redo, handlers.redo),
        (parts.clear, handlers.remove_all),
    ):
        button.click(desk.handler(change), working, edited, **EDIT)
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input, added.success):
        redrawn = event(desk.handler(handlers.redraw), working, shown, **LIVE)
        redrawn.success(desk.handler(handlers.describe), desk.inputs, parts.about, **QUIET).success(**desk.link)
    controls.on_save(parts.save, desk.handler(handlers.save), working, parts.download)


TAB = Tab(id="colorize", name="colorize_tab", tasks=TASKS, group="transform", place=65, build=build, takes="picture")
