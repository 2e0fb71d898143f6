"""The tab *Enlarge*: a photograph is made two or four times as wide and high, and compared with interpolation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.page import controls, html
from explorer.page.hand import Hand
from explorer.page.tab import Page, Tab
from explorer.page.wiring import LAST, PRIVATE, QUIET, Controls, Visit, spoken
from explorer.pictures import drawing, drawn, files, images
from explorer.tabs.enlarge import api, view, work
from explorer.tabs.enlarge.work import EnlargeView, Job, Photo
from explorer.texts import label, say
from explorer.texts.errors import UserError
from models_zoo import Card

FAVOURITE = "srgan-x4"


@dataclass(frozen=True)
class Layout:
    """The components beside the view's own.

    `found` holds the path of the last result's file, or None.
    """

    photo: gr.Image
    current: gr.Button
    generated: gr.Button
    go: gr.Button
    stop: gr.Button
    original: gr.Image
    own: tuple[gr.Textbox, gr.Button]
    slider: gr.ImageSlider
    status: gr.HTML
    save: gr.Button
    about: gr.HTML
    download: gr.File
    found: gr.State


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    choice = Choice(page.store, (work.TASK,), FAVOURITE, "wrong_task_enlarging")
    desk = Controls(TAB.id, EnlargeView, choice)
    _wire(page, desk, _lay_out(page, desk), Handlers(choice))
    api.publish_all(choice)


def _lay_out(page: Page, desk: Controls[EnlargeView]) -> Layout:
    gr.Markdown(label("enlarge_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            desk.add("model", controls.model_dropdown(desk.choice))
            photo = controls.upload("enlarge-upload")
            with gr.Row(elem_classes="saving"):
                current = controls.hand_button("enlarge")
                generated = gr.Button(label("enlarge_generated"), size="sm", elem_id="enlarge-generated")
            shrink = gr.Checkbox(
                desk.default("shrink"),
                label=label("enlarge_shrink"),
                info=label("enlarge_shrink_info"),
                elem_id="enlarge-shrink",
            )
            desk.add("shrink", shrink)
            with gr.Row(elem_classes="going"):
                go = gr.Button(label("enlarge_go"), variant="primary", elem_id="enlarge-go", elem_classes="dice")
                stop = gr.Button(label("invert_stop"), elem_id="enlarge-stop", elem_classes="dice")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                original = gr.Image(
                    label=label("enlarge_original"),
                    sources=["upload", "clipboard"],
                    type="filepath",
                    height=170,
                    buttons=[],
                    elem_id="enlarge-original",
                    alt_text=label("enlarge_original"),
                )
                own = controls.own_checkpoint(page.public, "enlarge-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            slider = gr.ImageSlider(
                label=label("enlarge_slider"),
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                max_height=640,
                elem_id="enlarge-slider",
            )
            status = gr.HTML(elem_id="enlarge-status", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                save = gr.Button(label("enlarge_save"), size="sm", elem_id="enlarge-save")
    controls.explanation("enlarge_explain_text")
    about = gr.HTML(elem_id="enlarge-about", apply_default_css=False)
    hidden = gr.File(visible="hidden"), gr.State(None)
    return Layout(photo, current, generated, go, stop, original, own, slider, status, save, about, *hidden)


@dataclass(frozen=True)
class Handlers:
    """What the tab answers to its events."""

    choice: Choice

    def receive(self, language: str, photo: Any) -> None:
        """Refuse an upload that cannot be used."""
        if photo is not None:
            drawing.decode(files.received(photo, language), language)

    def take(self, visit: Visit[EnlargeView], in_hand: Hand) -> str:
        """The picture in hand, in its full size."""
        return files.saved("picture.png", in_hand.data(self.choice.store, visit.spoken))

    def take_generated(self, language: str) -> str:
        """A picture that a model draws."""
        return self._drawn(work.generated(self.choice.store, latents.roll(), language))

    def describe(self, visit: Visit[EnlargeView]) -> str:
        """The model card."""
        return html.model_card(visit.card, title(visit.card, visit.spoken), visit.spoken)

    def run(self, visit: Visit[EnlargeView], photo: Any, original: Any) -> Iterator[tuple[Any, ...]]:
        """Slider, status and the file to save, after each tile."""
        card, language, is_shrunk = visit.card, visit.spoken, visit.view.shrink
        if photo is None:
            raise UserError(say("invert_nothing", language))
        compared = None if original is None or is_shrunk else _read(original, language)
        # Shrunk first, it may be as large as its result.
        given = _read(photo, language, 1 if is_shrunk else work.scale_of(card))
        yield from self._steps(card, work.job(card, given, compared, is_shrunk, language), language)

    def begin(self, visit: Visit[EnlargeView], photo: Any, original: Any) -> Iterator[tuple[Any, ...]]:
        """The same for a picture that was just given; nothing where one was taken away."""
        if photo is None:
            yield tuple(gr.skip() for _ in range(3))
            return
        yield from self.run(visit, photo, original)

    def show_stopped(self, language: str, told: str | None) -> Any:
        """The status after Stop: where nothing ran, the last result stays."""
        return view.stopped(language) if view.RUNNING in (told or "") else gr.skip()

    def save(self, language: str, found: str | None) -> str:
        """The result as a file."""
        if not found:
            raise UserError(say("enlarge_nothing", language))
        if not Path(found).is_file():
            raise UserError(say("enlarge_gone", language))
        return found

    def arrive(self, visit: Visit[EnlargeView], desk: Controls[EnlargeView]) -> tuple[Any, ...]:
        """Everything, for a visitor who has just come, with the example enlarged; what was enlarged already stays."""
        model = self.choice.dropdown(visit.card.id, visit.spoken)
        # No link tells whether it is shrunk first.
        values = desk.values(visit.view, model=model, **({"shrink": gr.skip()} if visit.again else {}))
        if visit.again:
            return *values, self.describe(visit), *(gr.skip() for _ in range(4))
        job = work.example()
        photo = files.saved(f"{work.EXAMPLE.stem}.png", images.png(job.photo[None])[0])
        *_, done = self._steps(visit.card, job, visit.spoken)
        return *values, self.describe(visit), photo, *done

    def _steps(self, card: Card, job: Job, language: str) -> Iterator[tuple[Any, ...]]:
        began = time.perf_counter()
        for step in work.steps(self.choice.store, card, job):
            if step.result is None:
                yield gr.skip(), view.running(step, language), gr.skip()
            else:
                plain = work.plain(job, work.scale_of(card))
                seconds = time.perf_counter() - began
                files_of = {name: work.shown(each) for name, each in (("bicubic", plain), ("network", step.result))}
                pair = files.write({f"{name}.{ending}": content for name, (ending, content) in files_of.items()})
                done = view.done(title(card, language), job, step.result, plain, seconds, language)
                paths = tuple(file["path"] for file in pair)
                # Only below transparent parts, or it would show beside pictures of other proportions.
                ground = ["see-through"] if job.alpha is not None else []
                slider = gr.ImageSlider(value=paths, elem_classes=ground)
                yield slider, done, files.saved(*work.saved(card, step.result))

    def _drawn(self, point: Point) -> str:
        """The path of a file with the picture of `point`."""
        picture = images.png(drawn.draw(self.choice.store, point))[0]
        return files.saved(f"{file_name(point.model)}-{point.seed}.png", picture)


def _read(sent: Any, language: str, scale: int = 1) -> Photo:
    """An upload as `work.photograph` reads it; raises `UserError`."""
    return work.photograph(files.received(sent, language), language, scale)


def _wire(page: Page, desk: Controls[EnlargeView], parts: Layout, handlers: Handlers) -> None:
    results = [parts.slider, parts.status, parts.found]
    arriving = [*desk.inputs, parts.about, parts.photo, *results]
    desk.on_arrival(page, lambda visit: handlers.arrive(visit, desk), arriving)
    taken = []
    for upload in (parts.photo, parts.original):
        taken.append(upload.input(spoken(handlers.receive), upload, None, preprocess=False, **LAST, **QUIET))
        # The browser would go on showing what was refused.
        taken[-1].failure(lambda: None, None, upload, **QUIET)
    taken += [
        desk.on_take(page, parts.current, handlers.take, [], [parts.photo]),
        parts.generated.click(spoken(handlers.take_generated), None, parts.photo, **PRIVATE),
    ]
    desk["shrink"].input(lambda shrink: gr.Image(visible=not shrink), desk["shrink"], parts.original, **LAST, **QUIET)
    running = {
        "inputs": [*desk.inputs, parts.photo, parts.original],
        "outputs": results,
        "preprocess": False,
        "show_progress": "hidden",
        **PRIVATE,
    }
    # Whoever gives a picture need not ask for it to be enlarged, and is taken to where it appears.
    runs = [each.success(desk.stream(handlers.begin), **running) for each in taken]
    runs.append(parts.go.click(desk.stream(handlers.run), **running))
    reveal = {"fn": None, "js": "() => { window.explorer.reveal('enlarge-save'); }", "api_visibility": "private"}
    for event in (parts.go.click, *(each.success for each in (*taken, *runs))):
        event(**reveal)
    # After Stop the previous result stays.
    stopped = parts.stop.click(None, cancels=runs, api_visibility="private")
    stopped.then(spoken(handlers.show_stopped), parts.status, parts.status, **QUIET)
    describing = {"fn": desk.handler(handlers.describe), "inputs": desk.inputs, "outputs": parts.about, **QUIET}
    added = controls.on_own_checkpoint(page, desk.choice, *parts.own, desk["model"])
    for event in (desk["model"].input(**describing, **LAST), added.success(**describing)):
        event.success(**desk.link)
    controls.on_save(parts.save, spoken(handlers.save), [parts.found], parts.download)


TAB = Tab(
    id="enlarge", name="enlarge_tab", tasks=(work.TASK,), group="transform", place=60, build=build, takes="picture"
)
