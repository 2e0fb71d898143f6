"""The tab *Enlarge*: a photograph in, and out comes one that is two or four times as wide and high, beside interpolation."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import FileData

from explorer.latent import latents
from explorer.latent.point import Point
from explorer.models.choice import Choice, file_name, title
from explorer.models.store import ModelStore
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, PRIVATE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import drawing, files, images, targets
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.enlarge import work as enlarging
from explorer.tabs.enlarge.work import Likeness, Step
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card

TASKS = (enlarging.TASK,)
FAVOURITE = "srgan-x4"
ENLARGING = {"concurrency_id": "enlarging", "concurrency_limit": 2}
"""Not in one queue with the other models' events, which a large photograph would keep waiting."""
EXAMPLE = images.EXAMPLES / "horse2zebra-b-1.jpg"
"""What a visitor meets, made small."""
RUNNING = "tiling"
"""Class of the line below the pictures while tiles are computed."""
LINK_JS = "model => { window.explorer.view('enlarge', {model}); }"

PICKED_JS = "(sent, chosen) => [window.explorer.picture(), chosen]"


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be enlarged, H x W x 3, and the original of the result, if there is one."""

    photo: Pixels
    original: Pixels | None


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task_enlarging")

    gr.Markdown(label("enlarge_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            photo = parts.upload("enlarge-upload")
            with gr.Row(elem_classes="saving"):
                current = gr.Button(label("enlarge_picked"), size="sm", elem_id="enlarge-current")
                generated = gr.Button(label("enlarge_generated"), size="sm", elem_id="enlarge-generated")
            shrink = gr.Checkbox(
                False, label=label("enlarge_shrink"), info=label("enlarge_shrink_info"), elem_id="enlarge-shrink"
            )
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
                own, own_button = parts.own_checkpoint(page.public, "enlarge-")
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
    parts.explanation("enlarge_explain_text")
    about = gr.HTML(elem_id="enlarge-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # The file of the last result.
    found = gr.State(None)
    # What the browser sends of a picture in another tab.
    sent = gr.Textbox("", visible="hidden")

    for_toast = complaints(html.escape)

    @for_toast
    def receive(photo, request: gr.Request):
        if photo is not None:
            _read(photo, language(request))

    @for_toast
    def take_current(sent, chosen, request: gr.Request):
        spoken = language(request)
        if sent:
            return _sent(drawing.from_base64(sent, spoken), spoken)
        if not chosen:
            raise UserError(say("enlarge_none_picked", spoken))
        return _drawn(store, chosen)

    @for_toast
    def take_generated(request: gr.Request):
        seed = latents.roll()
        generators = [card for card in store.cards("unconditional") if card.channels == 3]
        if not generators:
            raise UserError(say("enlarge_no_generated", language(request)))
        return _drawn(store, Point(generators[seed % len(generators)].id, seed))

    @for_toast
    def describe(model, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        return html.model_card(card, title(card, spoken), spoken)

    def run(model, photo, shrink, original, request: gr.Request):
        # Not as a decorator, which would be gone before the first tile.
        with complaints(html.escape):
            spoken = language(request)
            card = choice.known(model, spoken)
            yield from _run(store, card, _job(card, photo, shrink, original, spoken), spoken)

    def write(found, request: gr.Request):
        with complaints(html.escape):
            if not found:
                raise UserError(say("enlarge_nothing", language(request)))
            if not Path(found["path"]).is_file():
                raise UserError(say("enlarge_gone", language(request)))
            return found["path"]

    def arrive(request: gr.Request):
        spoken = language(request)
        check = {"model": lambda value: (choice.known(value, spoken), value)[1]}
        values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first()}, check)
        parts.warn_of_link(bad, spoken)
        card = choice.known(values["model"], spoken)
        # A small one, which takes no time, and shows most.
        example, _ = enlarging.shrunk(enlarging.photograph(EXAMPLE.read_bytes(), spoken), 4)
        (photo,) = files.write({f"{EXAMPLE.stem}.png": images.png(example[None])[0]})
        *_, done = _run(store, card, Job(example, None), spoken)
        described = choice.dropdown(card.id, spoken), html.model_card(card, title(card, spoken), spoken)
        return *described, photo["path"], *done

    def show_stopped(told, request: gr.Request):
        # Whoever stops when nothing runs keeps the numbers of the last run.
        return _line(say("enlarge_stopped", language(request)), over=True) if RUNNING in (told or "") else gr.skip()

    link = {"fn": None, "inputs": model, "js": LINK_JS, "api_visibility": "private"}
    results = [slider, status, found]
    for event in parts.on_arrival(page, TAB.id, arrive, [model, about, photo, *results]):
        event.then(**link)
    for upload in (photo, original):
        taken = upload.input(receive, upload, None, preprocess=False, **LAST, **QUIET)
        # The browser would go on showing what was refused.
        taken.failure(lambda: None, None, upload, **QUIET)
    current.click(take_current, [sent, page.current], photo, js=PICKED_JS, **PRIVATE)
    generated.click(take_generated, None, photo, **PRIVATE)
    shrink.input(lambda shrink: gr.Image(visible=not shrink), shrink, original, **LAST, **QUIET)
    running = go.click(
        run,
        [model, photo, shrink, original],
        results,
        preprocess=False,
        show_progress="hidden",
        api_visibility="private",
        **ENLARGING,
    )
    # Whoever stops before the end keeps what was there.
    stop.click(None, cancels=running, api_visibility="private").then(show_stopped, status, status, **QUIET)
    for event in (
        model.input(describe, model, about, **LAST, **QUIET),
        *(
            added.success(describe, model, about, **QUIET)
            for added in parts.on_own_checkpoint(page, choice, own, own_button, model)
        ),
    ):
        event.success(**link)
    parts.on_save(save, write, [found], download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def enlarge(photo: FileData, model: str) -> RemoteFile:
        """Make a photograph two or four times as wide and high with a network that was trained for it.

        Args:
            photo: The picture, as an uploaded file (PNG, JPEG, WebP, GIF, BMP or TIFF, up to 5 MB) or a base64 data URI.
            model: The id of a model whose task is "super-resolution", as the tool `models` lists them; it decides how many times.
        """
        card = choice.known(model)
        data = drawing.from_base64(photo) if isinstance(photo, str) else files.uploaded(photo)
        if data is None:
            raise UserError(say("upload_missing", "en"))
        pixels = enlarging.photograph(data)
        enlarging.check_size(pixels, enlarging.scale_of(card))
        *_, last = _steps(choice.store, card, pixels)
        return _written(card, last.result)

    gr.api(enlarge, api_name="enlarge", **ENLARGING)


def _run(store: ModelStore, card: Card, job: Job, spoken: str) -> Iterator[tuple[Any, str, Any]]:
    """What slider, status and the file to save hold after each step of a job."""
    began = time.perf_counter()
    for step in _steps(store, card, job.photo):
        if step.result is None:
            yield gr.skip(), _running(step, spoken), gr.skip()
        else:
            plain = enlarging.bicubic(job.photo, enlarging.scale_of(card))
            seconds = time.perf_counter() - began
            pair = files.write({"bicubic.jpg": enlarging.shown(plain), "network.jpg": enlarging.shown(step.result)})
            done = _done(card, job, step.result, plain, seconds, spoken)
            yield tuple(file["path"] for file in pair), done, _written(card, step.result)


def _steps(store: ModelStore, card: Card, photo: Pixels) -> Iterator[Step]:
    """The enlarging of `photo`, which lets others have the processor between its tiles."""
    model = store.get(card.id)
    told = enlarging.enlarge(lambda x: model.upscale(x.to(model.device)), photo, enlarging.scale_of(card), model.reach)
    while True:
        with store.using(card.id):
            step = next(told, None)
        if step is None:
            return
        yield step
        # A lock goes to whoever asks first, and this thread would ask first.
        time.sleep(0)


def _job(card: Card, photo: Any, shrink: Any, original: Any, spoken: str) -> Job:
    """What the visitor asks for, checked before anything is computed."""
    if photo is None:
        raise UserError(say("invert_nothing", spoken))
    scale = enlarging.scale_of(card)
    pixels = _read(photo, spoken)
    if checks.flag(shrink, "shrink", spoken):
        height, width = pixels.shape[:2]
        least = drawing.MIN_SIDE * scale
        if min(height, width) < least:
            raise UserError(say("enlarge_too_small", spoken, scale=scale, width=width, height=height, least=least))
        job = Job(*enlarging.shrunk(pixels, scale))
    else:
        job = Job(pixels, None if original is None else _read(original, spoken))
    enlarging.check_size(job.photo, scale, spoken)
    height, width = (scale * side for side in job.photo.shape[:2])
    if job.original is not None and job.original.shape[:2] != (height, width):
        given = f"{job.original.shape[1]} x {job.original.shape[0]}"
        raise UserError(say("enlarge_original_size", spoken, width=width, height=height, given=given))
    return job


def _read(sent: Any, spoken: str) -> Pixels:
    """An upload with all its pixels; raises `UserError`."""
    data = files.uploaded(sent)
    if data is None:
        raise UserError(say("upload_missing", spoken))
    return enlarging.photograph(data, spoken)


def _drawn(store: ModelStore, drawn: Point) -> str:
    """The path of a file with a picture that a model draws."""
    (file,) = files.write({f"{file_name(drawn.model)}-{drawn.seed}.png": images.png(targets.draw(store, drawn))[0]})
    return file["path"]


def _sent(data: bytes, spoken: str) -> str:
    """The path of a file with a picture of another tab; raises `UserError` if it is none."""
    enlarging.photograph(data, spoken)
    (file,) = files.write({"picture.png": data})
    return file["path"]


def _written(card: Card, result: Pixels) -> RemoteFile:
    kind, content = enlarging.saved(result)
    (file,) = files.write({f"{file_name(card.id)}-{result.shape[1]}x{result.shape[0]}.{kind}": content})
    return file


def _line(text: str, over: bool = False) -> str:
    """A line below the pictures; it is read aloud once a run is over."""
    return f'<p class="quiet"{" role=status" if over else ""}>{html.escape(text)}</p>'


def _running(step: Step, spoken: str) -> str:
    text = say("enlarge_running", spoken, done=step.done, count=step.count)
    bar = f'<progress max="{step.count}" value="{step.done}" aria-label="{html.escape(text)}"></progress>'
    return f'<div class="{RUNNING}">{bar}{_line(text)}</div>'


def _done(card: Card, job: Job, result: Pixels, plain: Pixels, seconds: float, spoken: str) -> str:
    """What was done, and how near it came to the original where there is one."""
    (height, width), (high, wide) = job.photo.shape[:2], result.shape[:2]
    sizes = {"width": width, "height": height, "wide": wide, "high": high}
    text = _line(say("enlarge_done", spoken, seconds=f"{seconds:.1f}", **sizes), over=True)
    if job.original is None or not enlarging.comparable(result):
        return text
    rows = "".join(
        _row(name, enlarging.likeness(picture, job.original))
        for name, picture in ((say("enlarge_bicubic", spoken), plain), (title(card, spoken), result))
    )
    heads = "".join(f'<th scope="col">{say(f"enlarge_{name}", spoken)}</th>' for name in ("measured", "psnr", "ssim"))
    return f'{text}<table class="numbers likeness"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _row(name: str, found: Likeness) -> str:
    psnr = "∞" if math.isinf(found["psnr"]) else f"{found['psnr']:.2f}"
    return (
        f'<tr><th scope="row">{html.escape(name)}</th><td class="number">{psnr}</td>'
        f'<td class="number">{found["ssim"]:.4f}</td></tr>'
    )


TAB = Tab(id="enlarge", name="enlarge_tab", tasks=TASKS, place=60, build=build)
