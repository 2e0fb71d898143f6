"""The tab *Sample*: seeds in, pictures out, with the discriminator's opinion of them."""

from __future__ import annotations

from typing import Any, TypedDict

import gradio as gr
from gradio import FileData

from explorer.latent import latents
from explorer.models.choice import Choice, file_name, title
from explorer.models.store import ModelStore
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.sample.work import Samples, draw, order
from explorer.texts import label, language
from models_zoo import Card

TASKS = ("unconditional",)
DEFAULTS = {"seed": 7, "count": 32, "truncation": 1.0, "verdict": False, "sort": False}
FAVOURITE = "gan-mnist"
SHEET_SIZE = 448
"""Pixels that the shorter side of `sample_sheet` has at least: 28 of them are too few for most viewers."""
LINK_JS = """(model, seed, count, truncation, verdict, sort, chosen) => {
    if (seed === null) return;
    const view = {model, seed, count, truncation, verdict, sort};
    window.explorer.view('sample', chosen === null ? view : {...view, chosen});
}"""


class Sample(TypedDict):
    """One generated image (PNG), the seed that makes it again, and the discriminator's verdict, if asked for."""

    image: RemoteFile
    seed: int
    verdict: float | None


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its functions."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task")

    gr.Markdown(label("sample_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            seed = gr.Number(DEFAULTS["seed"], label=label("seed"), precision=0, elem_id="seed")
            dice = gr.Button(label("dice"), variant="primary", elem_id="dice", elem_classes="dice")
            count = gr.Slider(1, checks.MAX_COUNT, DEFAULTS["count"], step=1, label=label("count"), buttons=[])
            truncation = parts.truncation_slider(DEFAULTS["truncation"])
            verdict = gr.Checkbox(DEFAULTS["verdict"], label=label("verdict"), container=False)
            sort = gr.Checkbox(DEFAULTS["sort"], label=label("sort"), container=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="save-png")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="save-zip")
            own, own_button = parts.own_checkpoint(page.public)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            stage = gr.HTML(html.blank_stage(), elem_id="stage", apply_default_css=False)
            grid = gr.HTML(
                html.blank_grid(DEFAULTS["count"]), js_on_load=html.GRID_JS, elem_id="grid", apply_default_css=False
            )
    strip = gr.HTML(elem_id="strip", apply_default_css=False)
    parts.explanation("explain_text")
    about = gr.HTML(elem_id="about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # The seed of the current image, for the link; none while that is simply the first one.
    chosen = gr.Number(None, precision=0, visible="hidden")

    controls = [model, seed, count, truncation, verdict, sort]
    pictures = [grid, stage, page.current, chosen]
    for_toast = checks.complaints(html.escape)
    description = [strip, about, verdict, sort]

    @for_toast
    def show(model, seed, count, truncation, verdict, sort, request: gr.Request):
        if seed is None:
            # The field is empty for a moment while somebody types another number.
            return gr.skip()
        return _show(choice, model, seed, count, truncation, verdict, sort, language(request))

    @for_toast
    def describe(model, request: gr.Request):
        return _describe(choice, model, language(request))

    @for_toast
    def choose(model, truncation, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card = choice.known(model, spoken)
        seed = checks.seed(parts.told(event, "seed"), spoken)
        return *_stage(store, card, seed, checks.truncation(truncation, spoken), spoken), seed

    @for_toast
    def save_png(model, seed, count, truncation, verdict, sort, request: gr.Request):
        samples = _samples(choice, model, seed, count, truncation, verdict, sort, language(request))
        (sheet,) = images.png(images.sheet(samples.pixels))
        return files.write({f"{file_name(model)}-seed-{seed}.png": sheet})[0]["path"]

    @for_toast
    def save_zip(model, seed, count, truncation, verdict, sort, request: gr.Request):
        samples = _samples(choice, model, seed, count, truncation, verdict, sort, language(request))
        name = f"{file_name(model)}-seed-{seed}"
        return files.write({f"{name}.zip": _zip(samples, model, float(truncation))})[0]["path"]

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        return (
            choice.dropdown(values["model"], spoken),
            *(values[name] for name in ("seed", "count", "truncation")),
            *_show(choice, values["model"], *(values[name] for name in DEFAULTS), spoken, values["chosen"]),
            *_describe(choice, values["model"], spoken, verdict=values["verdict"], sort=values["sort"]),
        )

    link = {"fn": None, "inputs": [*controls, chosen], "js": LINK_JS, "api_visibility": "private"}
    for event in parts.on_arrival(page, TAB.id, arrive, [model, seed, count, truncation, *pictures, *description]):
        event.then(**link)
    for control in controls:
        control.input(show, controls, pictures, **LIVE).then(**link)
    model.input(describe, model, description, **LAST, **QUIET)
    dice.click(latents.roll, None, seed, **QUIET).then(show, controls, pictures, **LIVE).then(**link)
    grid.select(choose, [model, truncation], [stage, page.current, chosen], **LIVE).success(**link)
    for added in parts.on_own_checkpoint(page, choice, own, own_button, model):
        added.success(show, controls, pictures, **LIVE).then(**link)
        added.success(describe, model, description, **QUIET)
    for button, function in ((png, save_png), (archive, save_zip)):
        parts.on_save(button, function, controls, download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @checks.complaints()
    def sample(
        model: str, seed: int = 0, count: int = 16, truncation: float = 1.0, verdict: bool = False
    ) -> list[Sample]:
        """Draw images from an unconditional GAN, one PNG file per seed. The same arguments give the same images.

        Args:
            model: The id of a model whose task is "unconditional", as the tool `models` lists them, such as "gan-mnist".
            seed: The seed of the first image, 0 to 4294967295; the next images have the next seeds.
            count: How many images, 1 to 64.
            truncation: 0 to 1; below 1 the images are more typical and less varied, at 0 all are the same.
            verdict: Whether to ask the discriminator what it thinks of each image. The answer is the probability of
                "real" for models whose card says verdict "logits", a score (1 real, 0 fake) for "least-squares", else null.
        """
        samples = _samples(choice, model, seed, count, truncation, verdict, False, "en")
        names = [f"{file_name(model)}-seed-{number}.png" for number in samples.seeds]
        written = files.write(dict(zip(names, images.png(samples.pixels), strict=True)))
        verdicts = samples.verdicts or [None] * len(samples.seeds)
        return [Sample(image=f, seed=s, verdict=v) for f, s, v in zip(written, samples.seeds, verdicts, strict=True)]

    @checks.complaints()
    def sample_sheet(model: str, seed: int = 0, count: int = 16, truncation: float = 1.0) -> FileData:
        """Draw images from an unconditional GAN and show them in one picture, row by row in the order of their seeds.

        Args:
            model: The id of a model whose task is "unconditional", as the tool `models` lists them, such as "gan-mnist".
            seed: The seed of the first image, 0 to 4294967295; the next images have the next seeds.
            count: How many images, 1 to 64.
            truncation: 0 to 1; below 1 the images are more typical and less varied, at 0 all are the same.
        """
        samples = _samples(choice, model, seed, count, truncation, False, False, "en")
        (sheet,) = images.png(images.enlarge(images.sheet(samples.pixels), SHEET_SIZE))
        (file,) = files.write({f"{file_name(model)}-seed-{seed}-sheet.png": sheet})
        return FileData(path=file["path"], orig_name=file["orig_name"], mime_type="image/png")

    # Unqueued: the queue's second round trip takes as long as drawing 64 digits. `ModelStore.using` keeps
    # the calls from crowding the processor instead.
    gr.api(sample, api_name="sample", queue=False)
    gr.api(sample_sheet, api_name="sample_sheet", queue=False)


def _samples(
    choice: Choice, model: str, seed: int, count: int, truncation: float, verdict: bool, sort: bool, spoken: str
) -> Samples:
    card = choice.known(model, spoken)
    seed, count = checks.seed(seed, spoken), checks.count(count, spoken)
    truncation = checks.truncation(truncation, spoken)
    verdict, sort = checks.flag(verdict, "verdict", spoken), checks.flag(sort, "sort", spoken)
    samples = draw(choice.store, card, seed, count, truncation, verdict or sort)
    if sort:
        samples = order(samples)
    return samples if verdict else Samples(samples.pixels, samples.seeds, None)


def _show(
    choice: Choice,
    model: str,
    seed: int,
    count: int,
    truncation: float,
    verdict: bool,
    sort: bool,
    spoken: str,
    chosen: int | None = None,
) -> tuple[str, str, dict, int | None]:
    """The grid, and as the current image the one of the seed `chosen` or else the first."""
    card = choice.known(model, spoken)
    samples = _samples(choice, model, seed, count, truncation, verdict, sort, spoken)
    current = samples.seeds[0] if chosen is None else chosen
    return html.grid(card, samples, current, spoken), *_stage(choice.store, card, current, truncation, spoken), chosen


def _stage(store: ModelStore, card: Card, seed: int, truncation: float, spoken: str) -> tuple[str, dict]:
    samples = draw(store, card, seed, 1, truncation, True)
    picture = html.stage(card, title(card, spoken), samples, truncation, spoken)
    return picture, {"model": card.id, "seed": seed, "truncation": truncation}


def _describe(choice: Choice, model: str, spoken: str, **ticked: bool) -> tuple[str, str, dict, dict]:
    """Strip, model card, and the two boxes about the verdict, which are there only for models that give one."""
    card = choice.known(model, spoken)
    boxes = (
        gr.update(visible=bool(card.verdict), **({"value": ticked[name]} if name in ticked else {}))
        for name in ("verdict", "sort")
    )
    return html.strip(card, spoken), html.model_card(card, title(card, spoken), spoken), *boxes


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "seed": checks.seed,
        "count": checks.count,
        "truncation": checks.truncation,
    }
    values, bad, query = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    values["chosen"] = None
    if "chosen" in query:
        shown = {str(seed): seed for seed in latents.consecutive(values["seed"], values["count"])}
        values["chosen"] = shown.get(query["chosen"])
        if values["chosen"] is None:
            bad.add("chosen")
    parts.warn_of_link(bad, spoken)
    return values


def _zip(samples: Samples, model: str, truncation: float) -> bytes:
    made = {
        "model": model,
        "truncation": truncation,
        "seeds": samples.seeds,
        "verdicts": samples.verdicts,
        "z": parts.RECIPE_OF_Z,
    }
    names = (f"seed-{seed}.png" for seed in samples.seeds)
    return parts.archive("samples.json", made, zip(names, images.png(samples.pixels), strict=True))


TAB = Tab(id="sample", name="sample_tab", tasks=TASKS, place=10, build=build)
