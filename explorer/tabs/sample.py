"""The tab *Sample*: seeds in, pictures out, with the discriminator's opinion of them."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any, TypedDict

import gradio as gr
from gradio import FileData

from explorer import checks, files, html, images, latents, permalink
from explorer.checks import UserError
from explorer.files import RemoteFile
from explorer.sampling import Samples, draw, order
from explorer.store import ModelStore
from explorer.tabs import Page, Tab
from explorer.texts import label, language, say
from models_zoo import Card, ZooError

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
    cards = _cards(store)

    gr.Markdown(label("sample_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = gr.Dropdown(_choices(cards, "en"), value=_favourite(cards), label=label("model"), filterable=False)
            seed = gr.Number(DEFAULTS["seed"], label=label("seed"), precision=0, elem_id="seed")
            dice = gr.Button(label("dice"), variant="primary", elem_id="dice")
            count = gr.Slider(1, checks.MAX_COUNT, DEFAULTS["count"], step=1, label=label("count"), buttons=[])
            truncation = gr.Slider(
                0,
                1,
                DEFAULTS["truncation"],
                step=0.05,
                label=label("truncation"),
                info=label("truncation_info"),
                buttons=[],
            )
            verdict = gr.Checkbox(DEFAULTS["verdict"], label=label("verdict"), container=False)
            sort = gr.Checkbox(DEFAULTS["sort"], label=label("sort"), container=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="save-png")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="save-zip")
            with gr.Accordion(label("own"), open=False, elem_classes="own"):
                own = gr.Textbox(
                    label=label("own_label_public" if page.public else "own_label"),
                    info=label("own_info"),
                    max_lines=1,
                    elem_id="own",
                )
                own_button = gr.Button(label("own_button"), size="sm", elem_id="own-load")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            stage = gr.HTML(html.blank_stage(), elem_id="stage", apply_default_css=False)
            grid = gr.HTML(
                html.blank_grid(DEFAULTS["count"]), js_on_load=html.GRID_JS, elem_id="grid", apply_default_css=False
            )
    strip = gr.HTML(elem_id="strip", apply_default_css=False)
    with gr.Column(elem_classes="card explain"):
        gr.Markdown(label("explain_heading"), elem_classes="section-title")
        gr.Markdown(
            label("explain_text"),
            latex_delimiters=[
                {"left": "$$", "right": "$$", "display": True},
                {"left": "$", "right": "$", "display": False},
            ],
        )
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
        return _show(store, model, seed, count, truncation, verdict, sort, language(request))

    @for_toast
    def describe(model, request: gr.Request):
        return _describe(store, model, language(request))

    @for_toast
    def choose(model, truncation, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card = _known(store, model, spoken)
        seed = checks.seed(event.seed, spoken)
        return *_stage(store, card, seed, checks.truncation(truncation, spoken), spoken), seed

    @for_toast
    def save_png(model, seed, count, truncation, verdict, sort, request: gr.Request):
        samples = _samples(store, model, seed, count, truncation, verdict, sort, language(request))
        (sheet,) = images.png(images.sheet(samples.pixels))
        return files.write({f"{_file_name(model)}-seed-{seed}.png": sheet})[0]["path"]

    @for_toast
    def save_zip(model, seed, count, truncation, verdict, sort, request: gr.Request):
        samples = _samples(store, model, seed, count, truncation, verdict, sort, language(request))
        name = f"{_file_name(model)}-seed-{seed}"
        return files.write({f"{name}.zip": _zip(samples, model, float(truncation))})[0]["path"]

    @for_toast
    def add(name, request: gr.Request):
        spoken = language(request)
        model_id = add_checkpoint(store, (name or "").strip(), page.public, spoken)
        gr.Info(say("own_loaded", spoken, model=html.escape(_title(store.card(model_id), spoken))))
        return _select(store, model_id, spoken)

    @for_toast
    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(store, request, spoken)
        return (
            _select(store, values["model"], spoken),
            *(values[name] for name in ("seed", "count", "truncation")),
            *_show(store, values["model"], *(values[name] for name in DEFAULTS), spoken, values["chosen"]),
            *_describe(store, values["model"], spoken, verdict=values["verdict"], sort=values["sort"]),
        )

    private = {"api_visibility": "private", "concurrency_id": "model"}
    link = {"fn": None, "inputs": [*controls, chosen], "js": LINK_JS, "api_visibility": "private"}
    live = {"trigger_mode": "always_last", "show_progress": "hidden", **private}

    page.load(
        arrive, None, [model, seed, count, truncation, *pictures, *description], show_progress="hidden", **private
    ).then(**link)
    for control in controls:
        control.input(show, controls, pictures, **live).then(**link)
    model.input(describe, model, description, show_progress="hidden", api_visibility="private")
    dice.click(latents.roll, None, seed, show_progress="hidden", api_visibility="private").then(
        show, controls, pictures, **live
    ).then(**link)
    grid.select(choose, [model, truncation], [stage, page.current, chosen], show_progress="hidden", **private).success(
        **link
    )
    for event in (own_button.click, own.submit):
        # Not among the model events: a slow download must not keep the others from sampling.
        added = event(add, own, model, show_progress_on=own, concurrency_id="add", api_visibility="private")
        added.success(show, controls, pictures, **live).then(**link)
        added.success(describe, model, description, show_progress="hidden", api_visibility="private")
    for button, function in ((png, save_png), (archive, save_zip)):
        button.click(function, controls, download, **private).then(
            None, download, js="file => { window.explorer.download(file); }", api_visibility="private"
        )
    _publish(store)


def _publish(store: ModelStore) -> None:
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
        samples = _samples(store, model, seed, count, truncation, verdict, False, "en")
        names = [f"{_file_name(model)}-seed-{number}.png" for number in samples.seeds]
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
        samples = _samples(store, model, seed, count, truncation, False, False, "en")
        (sheet,) = images.png(images.enlarge(images.sheet(samples.pixels), SHEET_SIZE))
        (file,) = files.write({f"{_file_name(model)}-seed-{seed}-sheet.png": sheet})
        return FileData(path=file["path"], orig_name=file["orig_name"], mime_type="image/png")

    # Unqueued: the queue's second round trip takes as long as drawing 64 digits. `ModelStore.using` keeps
    # the calls from crowding the processor instead.
    gr.api(sample, api_name="sample", queue=False)
    gr.api(sample_sheet, api_name="sample_sheet", queue=False)


def _samples(
    store: ModelStore, model: str, seed: int, count: int, truncation: float, verdict: bool, sort: bool, spoken: str
) -> Samples:
    card = _known(store, model, spoken)
    seed, count = checks.seed(seed, spoken), checks.count(count, spoken)
    truncation = checks.truncation(truncation, spoken)
    verdict, sort = checks.flag(verdict, "verdict", spoken), checks.flag(sort, "sort", spoken)
    samples = draw(store, card, seed, count, truncation, verdict or sort)
    if sort:
        samples = order(samples)
    return samples if verdict else Samples(samples.pixels, samples.seeds, None)


def _show(
    store: ModelStore,
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
    card = _known(store, model, spoken)
    samples = _samples(store, model, seed, count, truncation, verdict, sort, spoken)
    current = samples.seeds[0] if chosen is None else chosen
    return html.grid(card, samples, current, spoken), *_stage(store, card, current, truncation, spoken), chosen


def _stage(store: ModelStore, card: Card, seed: int, truncation: float, spoken: str) -> tuple[str, dict]:
    samples = draw(store, card, seed, 1, truncation, True)
    picture = html.stage(card, _title(card, spoken), samples, truncation, spoken)
    return picture, {"model": card.id, "seed": seed, "truncation": truncation}


def _describe(store: ModelStore, model: str, spoken: str, **ticked: bool) -> tuple[str, str, dict, dict]:
    """Strip, model card, and the two boxes about the verdict, which are there only for models that give one."""
    card = _known(store, model, spoken)
    boxes = (
        gr.update(visible=bool(card.verdict), **({"value": ticked[name]} if name in ticked else {}))
        for name in ("verdict", "sort")
    )
    return html.strip(card, spoken), html.model_card(card, _title(card, spoken), spoken), *boxes


def _cards(store: ModelStore) -> list[Card]:
    return [card for task in TASKS for card in store.cards(task)]


def _choices(cards: list[Card], spoken: str) -> list[tuple[str, str]]:
    return [(_title(card, spoken), card.id) for card in cards]


def _select(store: ModelStore, model: str, spoken: str) -> gr.Dropdown:
    """The models to choose from, with `model` chosen, which may be a visitor's own."""
    cards = _cards(store)
    if model not in [card.id for card in cards]:
        cards.append(store.card(model))
    return gr.Dropdown(choices=_choices(cards, spoken), value=model)


def _title(card: Card, spoken: str) -> str:
    """The title for people, with the id where that got brackets because another model has it too."""
    title = card.text("title", spoken) or card.id
    return f"{title} – {card.id}" if card.id.endswith(")") else title


def _favourite(cards: list[Card]) -> str:
    """The model that a visitor without a link meets first."""
    ids = [card.id for card in cards]
    return FAVOURITE if FAVOURITE in ids else ids[0]


def _known(store: ModelStore, model: str, spoken: str) -> Card:
    """The card of `model`, which must serve this tab; raises `UserError`."""
    try:
        card = store.card(model) if isinstance(model, str) else None
    except ZooError:
        card = None
    if card is None:
        known = ", ".join(card.id for card in _cards(store))
        raise UserError(say("bad_model", spoken, value=checks.shown(model), known=known))
    if card.task not in TASKS:
        raise UserError(say("wrong_task", spoken, model=card.id, task=card.task))
    return card


def add_checkpoint(store: ModelStore, name: str, public: bool, spoken: str) -> str:
    """Load the checkpoint a visitor names and give its id; raises `UserError` or `ZooError`."""
    if not name:
        raise UserError(say("own_empty", spoken))
    if public and (Path(name).exists() or not re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name)):
        raise UserError(say("own_no_folders", spoken))
    model_id = store.add(name)
    _known(store, model_id, spoken)
    return model_id


def _restore(store: ModelStore, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    defaults = {"model": _favourite(_cards(store)), **DEFAULTS}
    query = dict(request.query_params)
    if query.get("tab", TAB.id) != TAB.id:
        return {**defaults, "chosen": None}
    values, bad = permalink.read(
        query,
        defaults,
        {
            "model": lambda value: (_known(store, value, spoken), value)[1],
            "seed": checks.seed,
            "count": checks.count,
            "truncation": checks.truncation,
        },
    )
    values["chosen"] = None
    if "chosen" in query:
        shown = {str(seed): seed for seed in latents.consecutive(values["seed"], values["count"])}
        values["chosen"] = shown.get(query["chosen"])
        if values["chosen"] is None:
            bad.append("chosen")
    if bad:
        gr.Warning(say("bad_link", spoken, names=", ".join(sorted(bad))))
    return values


def _file_name(model: str) -> str:
    return re.sub(r"[^\w.-]+", "-", model)[:80].strip("-")


def _zip(samples: Samples, model: str, truncation: float) -> bytes:
    made = {
        "model": model,
        "truncation": truncation,
        "seeds": samples.seeds,
        "verdicts": samples.verdicts,
        "z": "one standard normal vector per seed, from torch.Generator().manual_seed(seed), times truncation",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for seed, picture in zip(samples.seeds, images.png(samples.pixels), strict=True):
            archive.writestr(f"seed-{seed}.png", picture)
        archive.writestr("samples.json", json.dumps(made, indent=2) + "\n")
    return buffer.getvalue()


TAB = Tab(id="sample", name="sample_tab", tasks=TASKS, place=10, build=build)
