"""The tab *Checkerboard*: two ways to enlarge a picture, and the pattern that one of them leaves."""

from __future__ import annotations

from typing import Any, TypedDict

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from explorer.latent import latents
from explorer.models.choice import Choice, file_name, title
from explorer.models.store import ModelStore
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.checkerboard import view as checkerboard_html
from explorer.tabs.checkerboard import work as checkerboard
from explorer.tabs.checkerboard.work import KERNELS, STRIDES, Side
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card, spectrum

TASKS = ("unconditional",)
FAVOURITE = "dcgan-celeba64"
STATES = ("trained", "untrained")
DEFAULTS = {"seed": 7, "networks": "trained", "kernel": 5, "stride": 2}
SHEET_SIZE = 128
"""Pixels that a face of the saved sheet has at least."""
LINK_JS = """(seed, networks, kernel, stride) => {
    if (seed === null) return;
    window.explorer.view('checkerboard', {seed, networks, kernel, stride});
}"""


class Spectrum(TypedDict):
    """An averaged spectrum (PNG, frequency 0 in the middle) and how far a checkerboard stands out in it, in dB.

    `photographs` is the same number of real photographs, where the model's card has it.
    """

    spectrum: RemoteFile
    checkerboard: float
    photographs: float | None


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store

    gr.Markdown(label("checkerboard_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(
                    DEFAULTS["seed"], label=label("seed"), precision=0, min_width=80, elem_id="checkerboard-seed"
                )
                dice = gr.Button(label("dice"), variant="primary", elem_id="checkerboard-dice", elem_classes="dice")
            networks = gr.Radio(
                [(label(f"networks_{state}"), state) for state in STATES],
                value=DEFAULTS["networks"],
                label=label("networks"),
                elem_id="checkerboard-networks",
            )
            gr.Markdown(label("overlap_heading"), elem_classes="section-title")
            kernel, stride = (
                gr.Slider(
                    *ends,
                    DEFAULTS[name],
                    step=1,
                    label=label(f"overlap_{name}"),
                    info=info,
                    buttons=[],
                    elem_id=f"overlap-{name}",
                )
                for name, ends, info in (("kernel", KERNELS, label("overlap_kernel_info")), ("stride", STRIDES, None))
            )
            diagram = gr.HTML(elem_id="overlap", apply_default_css=False)
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            view = gr.HTML(
                checkerboard_html.blank(),
                js_on_load=checkerboard_html.LOUPE_JS,
                elem_id="checkerboard-faces",
                apply_default_css=False,
            )
            spectra = gr.HTML(elem_id="checkerboard-spectra", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="checkerboard-png")
    parts.explanation("checkerboard_explain_text")
    download = gr.File(visible="hidden")

    settings = [seed, networks, kernel]
    for_toast = complaints(html.escape)

    @for_toast
    def show(seed, networks, kernel, request: gr.Request):
        # The field is empty for a moment while somebody types another number.
        return gr.skip() if seed is None else _faces(store, seed, _sides(store, networks, kernel), language(request))

    @for_toast
    def wait(request: gr.Request):
        return checkerboard_html.waiting(language(request))

    @for_toast
    def analyse(networks, kernel, request: gr.Request):
        return _spectra(store, _sides(store, networks, kernel), language(request))

    @for_toast
    def analyse_if_seen(diagram, networks, kernel, request: gr.Request):
        # While the visitor is in another tab nothing has arrived here, and nobody's work has to wait for spectra.
        return _spectra(store, _sides(store, networks, kernel), language(request)) if diagram else gr.skip()

    @for_toast
    def lay_weights(kernel, stride, request: gr.Request):
        spoken = language(request)
        return checkerboard_html.overlap(
            _kernel(kernel, spoken), checks.whole(stride, *STRIDES, "stride", spoken), spoken
        )

    @for_toast
    def save(seed, networks, kernel, request: gr.Request):
        seeds, sides = _seeds(seed, language(request)), _sides(store, networks, kernel)
        return files.write({"checkerboard.png": _sheet(store, sides, seeds)})[0]["path"]

    def arrive(request: gr.Request):
        spoken = language(request)
        check = {
            "seed": checks.seed,
            "networks": lambda value: checks.option(value, STATES, "networks"),
            "kernel": _kernel,
            "stride": lambda value: checks.whole(value, *STRIDES, "stride"),
        }
        values, bad, _ = parts.restore(TAB.id, page, request, DEFAULTS, check)
        parts.warn_of_link(bad, spoken)
        trained = any(checkerboard.pair(store.cards("unconditional")).values())
        networks, kernel = values["networks"] if trained else "untrained", values["kernel"]
        return (
            values["seed"],
            gr.Radio(value=networks, visible=trained),
            kernel,
            values["stride"],
            checkerboard_html.overlap(kernel, values["stride"], spoken),
            _faces(store, values["seed"], _sides(store, networks, kernel), spoken),
            checkerboard_html.waiting(spoken),
        )

    link = {"fn": None, "inputs": [*settings, stride], "js": LINK_JS, "api_visibility": "private"}
    showing = {"fn": show, "inputs": settings, "outputs": view, **LIVE}
    analysing = {"fn": analyse, "inputs": [networks, kernel], "outputs": spectra, **LIVE}

    for event in parts.on_arrival(page, TAB.id, arrive, [*settings, stride, diagram, view, spectra]):
        event.then(**link)
        event.success(analyse_if_seen, [diagram, networks, kernel], spectra, **LIVE)
    seed.input(**showing).then(**link)
    dice.click(latents.roll, None, seed, **QUIET).success(**showing).then(**link)
    for control in (networks, kernel):
        control.input(**showing).then(**link)
        control.input(wait, None, spectra, **QUIET).success(**analysing)
    for control in (kernel, stride):
        control.input(lay_weights, [kernel, stride], diagram, **LAST, **QUIET)
    stride.input(**link)
    parts.on_save(png, save, settings, download)
    _publish(Choice(store, TASKS, FAVOURITE, "wrong_task"))


def _publish(choice: Choice) -> None:
    @complaints()
    def spectrum_of(model: str, count: int = 64, seed: int = 0) -> Spectrum:
        """Average the power spectrum of a GAN's pictures, and tell how far a checkerboard stands out in it.

        Args:
            model: The id of a model whose task is "unconditional", such as "dcgan-celeba64".
            count: How many pictures to average, 1 to 256.
            seed: The seed of the first picture, 0 to 4294967295; the others follow it.
        """
        card = choice.known(model)
        count, seed = checks.whole(count, 1, checkerboard.SAMPLES, "count"), checks.seed(seed)
        try:
            found = checkerboard.power(choice.store, checkerboard.of(card), seed, count)
            level = spectrum.checkerboard(found)
        except ValueError:
            raise UserError(say("no_spectrum", "en", model=card.id, size=card.image_size)) from None
        (picture,) = images.png(images.enlarge(checkerboard.picture(found), images.FILM_SIZE))
        (written,) = files.write({f"{file_name(card.id)}-spectrum.png": picture})
        return Spectrum(spectrum=written, checkerboard=level, photographs=_reference(card))

    gr.api(spectrum_of, api_name="spectrum", queue=False)


def _sides(store: ModelStore, networks: Any, kernel: Any) -> list[Side]:
    trained = checks.option(networks, STATES, "networks") == "trained"
    return checkerboard.sides(store.cards("unconditional"), trained, _kernel(kernel))


def _kernel(value: Any, spoken: str = "en") -> int:
    return checks.whole(value, *KERNELS, "kernel", spoken)


def _seeds(seed: Any, spoken: str) -> list[int]:
    return latents.consecutive(checks.seed(seed, spoken), checkerboard.FACES)


def _faces(store: ModelStore, seed: Any, sides: list[Side], spoken: str) -> str:
    seeds = _seeds(seed, spoken)
    pixels = [checkerboard.draw(store, side, seeds) for side in sides]
    missing = any(side.model for side in sides)
    titles = [
        title(store.card(side.model), spoken)
        if side.model
        else say("networks_missing" if missing else "networks_untrained", spoken)
        for side in sides
    ]
    return checkerboard_html.faces(sides, pixels, seeds, titles, spoken)


def _spectra(store: ModelStore, sides: list[Side], spoken: str) -> str:
    powers = _powers(store, sides)
    cards = [card for card in checkerboard.pair(store.cards("unconditional")).values() if card]
    lines = (spectrum.photographs(card.curves, len(powers[0])) for card in cards)
    numbers = (_reference(card) for card in cards)
    return checkerboard_html.spectra(
        sides,
        powers,
        next(filter(None, lines), None),
        next((number for number in numbers if number is not None), None),
        spoken,
    )


def _powers(store: ModelStore, sides: list[Side]) -> list[NDArray[np.float64]]:
    return [checkerboard.power(store, side, 0, checkerboard.SAMPLES) for side in sides]


def _reference(card: Card) -> float | None:
    """What the card says of the checkerboard in real photographs."""
    found = card.metrics.get("checkerboard", {}).get("reference")
    return found if isinstance(found, int | float) else None


def _sheet(store: ModelStore, sides: list[Side], seeds: list[int]) -> bytes:
    """Both rows of faces and both spectra as one PNG file."""
    faces = [images.enlarge(checkerboard.draw(store, side, seeds), SHEET_SIZE) for side in sides]
    spectra = [images.enlarge(checkerboard.picture(power), 3 * SHEET_SIZE) for power in _powers(store, sides)]
    rows = (*((row, len(seeds)) for row in faces), (np.concatenate(spectra), len(spectra)))
    (picture,) = images.png(images.stacked([images.sheet(row, columns) for row, columns in rows]))
    return picture


TAB = Tab(id="checkerboard", name="checkerboard_tab", tasks=TASKS, place=80, build=build)
