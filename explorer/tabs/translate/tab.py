"""The tab *Translate*: a picture of one domain in, one of another out, and back again; also several at once, and drawn ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, TypedDict

import gradio as gr
from gradio import FileData
from gradio.events import Dependency
from PIL.Image import Image

from explorer.latent import latents
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import canvas as board
from explorer.pictures import drawing, files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.translate import view as translation_html
from explorer.tabs.translate import work as translation
from explorer.tabs.translate.work import MOST_SIDE, PALETTE, Fitted, Photo, Translated
from explorer.texts import label, language, say
from explorer.texts.errors import UserError, complaints
from models_zoo import Card

FAVOURITE = "cyclegan-horse2zebra"
LEAST_SIDE = 128
DEFAULTS = {"direction": "a2b", "side": MOST_SIDE, "example": "", "seed": 7}
MOST_FILES = 12
MANY = {"api_visibility": "private", "concurrency_id": "translating", "concurrency_limit": 2}
"""Not in one queue with the other events, which twelve pictures would keep waiting."""
CANVAS = 280
"""Pixels that a canvas is wide, about."""
BRUSH = 11
CRISP = 256
"""Pixels to which small pictures are enlarged before browsers blur them."""
LINK_JS = """(model, direction, side, example, seed) => {
    if (seed === null) return;
    const view = {model, direction, side, seed};
    window.explorer.view('translate', example ? {...view, example} : view);
}"""
PEN_JS = """() => {
    for (const id of %s) window.explorer.pickBrush(id, 1);
    document.addEventListener('pointerdown', event => {
        const canvas = event.target.closest?.('#translate-digit, #translate-facade');
        if (canvas) canvas.dataset.touched = '';
    }, true);
}"""
DRAWN_JS = """(model, direction, side, seed, drawn) => [
    model, direction, side, seed, document.querySelector('#%s[data-touched]') ? drawn : null
]"""
"""An editor tells of being there as of a stroke."""


class Translation(TypedDict):
    """A translation (PNG), what is to be said of it, and the way back.

    `cycle` (PNG) is the translation translated back and `cycle_error` its mean absolute difference from the picture as
    the model took it, with values between 0 and 1; both are null for models that cannot go back.
    """

    image: RemoteFile
    remarks: list[str]
    cycle: RemoteFile | None
    cycle_error: float | None


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TAB.tasks, FAVOURITE, "wrong_task_translation", translation.serves)
    cards = choice.cards()
    first = store.card(choice.first())

    gr.Markdown(label("translate_lead"), elem_classes="lead")
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            direction = gr.Radio(
                _directions(first, "en"),
                value=first.directions[0],
                label=label("translate_direction"),
                elem_id="translate-direction",
            )
            image = parts.upload("translate-upload")
            examples = gr.HTML(
                js_on_load=translation_html.EXAMPLES_JS, elem_id="translate-examples", apply_default_css=False
            )
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("translate_save"), size="sm", elem_id="translate-png")
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                side = gr.Slider(
                    LEAST_SIDE, MOST_SIDE, DEFAULTS["side"], step=64, label=label("translate_side"), buttons=[]
                )
                own, own_button = parts.own_checkpoint(page.public, "translate-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures"):
            remark = gr.HTML(elem_id="translate-remark", apply_default_css=False)
            slider = gr.ImageSlider(
                label=label("translate_slider"),
                interactive=False,
                format="png",
                buttons=["fullscreen"],
                elem_id="translate-slider",
            )
            note = gr.HTML(translation_html.note(None, None, "en"), elem_id="translate-note", apply_default_css=False)
            cycle = gr.HTML(elem_id="translate-cycle", apply_default_css=False)
    with gr.Column(elem_classes="card controls-inside", visible=bool(first.readers)) as reading:
        gr.Markdown(label("translate_digits_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_digits_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="seeding"):
            seed = gr.Number(DEFAULTS["seed"], label=label("seed"), precision=0, min_width=80, elem_id="translate-seed")
            dice = gr.Button(label("dice"), variant="primary", elem_id="translate-dice", elem_classes="dice")
        digits = gr.HTML(elem_id="translate-digits", apply_default_css=False)
    # Editors stay where they are, whatever model is chosen: hidden ones lose their canvas.
    canvases: list[tuple[gr.ImageEditor, Callable[[Card], bool]]] = []
    palettes = []
    labelled = next(filter(_takes_labels, cards), None)
    with gr.Row(elem_classes="workshop", visible=bool(labelled) or any(map(_has_digits, cards))):
        if any(map(_has_digits, cards)):
            canvases.append((_digit_canvas(), _has_digits))
        if labelled:
            facade, palette = _facade_canvas(labelled)
            canvases.append((facade, _takes_labels))
            palettes.append(palette)
    with gr.Column(elem_classes="card controls-inside"):
        gr.Markdown(label("translate_batch_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_batch_lead"), elem_classes="quiet")
        batch = gr.File(
            label=label("translate_batch_files"),
            file_count="multiple",
            file_types=["image"],
            height=140,
            elem_id="translate-batch",
        )
        batch_note = gr.HTML(elem_id="translate-batch-note", apply_default_css=False)
        with gr.Column(visible=False) as outcome:
            gallery = gr.Gallery(
                label=label("translate_batch_results"),
                interactive=False,
                format="png",
                columns=4,
                object_fit="contain",
                height="auto",
                buttons=["download"],
                elem_id="translate-gallery",
            )
            with gr.Row(elem_classes="saving"):
                again = gr.Button(label("translate_batch_again"), size="sm", elem_id="translate-again")
                archive = gr.Button(label("save_zip"), size="sm", elem_id="translate-zip")
    parts.explanation("translate_explain_text")
    about = gr.HTML(elem_id="translate-about", apply_default_css=False)
    download = gr.File(visible="hidden")
    # The visitor's picture, what became of it, and what became of several: their names and PNG files.
    source, result, results = (gr.State(None) for _ in range(3))
    # The file of the example on show, for the link; empty for a picture of the visitor's own.
    example = gr.Textbox("", visible="hidden")

    for_toast = complaints(html.escape)
    pictures = [result, slider, note, remark, cycle]
    described = [direction, examples, reading, digits, about]
    controls = [model, direction, side]

    @for_toast
    def show(model, direction, side, source, request: gr.Request):
        return _show(choice, model, direction, side, source, language(request))

    @for_toast
    def finish(result, request: gr.Request):
        return _finish(choice, result, language(request))

    @for_toast
    def receive(model, direction, side, image, request: gr.Request):
        # Taken away again: what is shown stays as it is.
        if image is None:
            return gr.skip()
        spoken = language(request)
        data = files.uploaded(image)
        if data is None:
            raise UserError(say("upload_missing", spoken))
        photo = translation.opened(data, spoken)
        return photo, "", *_show(choice, model, direction, side, photo, spoken)

    @for_toast
    def describe(model, direction, source, seed, request: gr.Request):
        spoken = language(request)
        card = choice.known(model, spoken)
        asked = direction if direction in card.directions else card.directions[0]
        photo = source if translation.suits(source, card, asked) else translation.usual(card, asked)
        return *_describe(choice, card, asked, photo, seed, spoken), photo, photo.name if photo else ""

    @for_toast
    def choose(model, direction, request: gr.Request, event: gr.EventData):
        spoken = language(request)
        card = choice.known(model, spoken)
        name = parts.told(event, "name")
        photo = translation.example(card, _domain(card, direction, spoken), name) if isinstance(name, str) else None
        return (photo, photo.name) if photo else gr.skip()

    @for_toast
    def pair(model, direction, seed, request: gr.Request):
        # The field is empty for a moment while somebody types another number.
        return gr.skip() if seed is None else _pairs(choice, model, direction, seed, language(request))

    def translate_many(model, direction, side, sent, request: gr.Request):
        # Not as a decorator, which would be gone before the first picture.
        with complaints(html.escape):
            yield from _many(choice, model, direction, side, sent, language(request))

    @for_toast
    def save_png(result, request: gr.Request):
        if result is None:
            raise UserError(say("translate_nothing", language(request)))
        (picture,) = images.png(result.after)
        return files.write({f"{file_name(result.model)}-{result.direction}.png": picture})[0]["path"]

    @for_toast
    def save_zip(results, request: gr.Request):
        if not results:
            raise UserError(say("translate_nothing", language(request)))
        made = {"model": results["model"], "direction": results["direction"]}
        packed = parts.archive("translations.json", made, results["pictures"])
        name = f"{file_name(results['model'])}-{results['direction']}.zip"
        return files.write({name: packed})[0]["path"]

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        card, asked = choice.known(values["model"], spoken), values["direction"]
        photo = translation.example(card, translation.ends(asked)[0], values["example"])
        photo = photo or translation.usual(card, asked)
        shown = _show(choice, card.id, asked, values["side"], photo, spoken)
        finished = _finish(choice, shown[0], spoken)
        return (
            choice.dropdown(card.id, spoken),
            values["side"],
            values["seed"],
            *_describe(choice, card, asked, photo, values["seed"], spoken),
            photo,
            photo.name if photo else "",
            *shown[:-2],
            *finished,
            *(translation_html.palette(spoken) for _ in palettes),
        )

    link = {"fn": None, "inputs": [*controls, example, seed], "js": LINK_JS, "api_visibility": "private"}
    showing = {"fn": show, "inputs": [*controls, source], "outputs": pictures, **LIVE}
    # After the translation is on the page, so that nobody waits for it.
    finishing = {"fn": finish, "inputs": result, "outputs": [remark, cycle], **LIVE}
    describing = {
        "fn": describe,
        "inputs": [model, direction, source, seed],
        "outputs": [*described, source, example],
        **LAST,
        **QUIET,
    }

    def follow(event: Dependency) -> None:
        """After `event`, which brought another picture, direction or model, the translation and what it leads to."""
        event.success(**showing).success(**finishing).then(**link)

    arriving = [model, side, seed, *described, source, example, *pictures, *palettes]
    pen = PEN_JS % json.dumps([editor.elem_id for editor, _ in canvases])
    for event in parts.on_arrival(page, TAB.id, arrive, arriving):
        event.then(**link).then(None, js=pen, api_visibility="private")
    taken = image.input(receive, [*controls, image], [source, example, *pictures], preprocess=False, **LIVE)
    taken.success(**finishing).then(**link)
    # The browser would go on showing what was refused.
    taken.failure(lambda: None, None, image, **QUIET)
    for event in (
        model.input(**describing),
        direction.input(**describing),
        *(added.success(**describing) for added in parts.on_own_checkpoint(page, choice, own, own_button, model)),
    ):
        follow(event)
    side.input(**showing).success(**finishing).then(**link)
    follow(examples.select(choose, [model, direction], [source, example], **LAST, **QUIET))
    pairing = {"fn": pair, "inputs": [model, direction, seed], "outputs": digits, **LIVE}
    seed.input(**pairing).then(**link)
    dice.click(latents.roll, None, seed, **QUIET).success(**pairing).then(**link)
    for editor, takes in canvases:
        painted = editor.change(
            for_toast(_painter(choice, editor, takes)),
            [*controls, seed, editor],
            [model, *described, source, example, *pictures],
            preprocess=False,
            js=DRAWN_JS % editor.elem_id,
            **LIVE,
        )
        painted.success(**finishing).then(**link)
    many = {"fn": translate_many, "inputs": [*controls, batch], "outputs": [outcome, gallery, batch_note, results]}
    for event in (batch.upload, again.click):
        event(**many, preprocess=False, show_progress="minimal", **MANY)
    parts.on_save(png, save_png, [result], download)
    parts.on_save(archive, save_zip, [results], download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @complaints()
    def translate(image: FileData, model: str, direction: str = "a2b", side: int = MOST_SIDE) -> Translation:
        """Turn a picture of one domain, such as horses, into one of another, such as zebras, with a CycleGAN or pix2pix.

        Photographs keep their proportions. Models of digits, faces or facades take squares of their own size: digits are
        centred as in MNIST where the model's domain is handwritten, faces are cut out, label maps get the nearest colours.

        Args:
            image: The picture, as an uploaded file (PNG, JPEG, WebP, GIF, BMP or TIFF, up to 5 MB) or a base64 data URI.
            model: The id of a model whose task is "translation", as the tool `models` lists them.
            direction: "a2b" or "b2a", from the first domain of the model's card to the second, or back.
            side: How many pixels the longer side of a photograph has at most, 128 to 512.
        """
        card = choice.known(model)
        _domain(card, direction, "en")
        side = checks.whole(side, LEAST_SIDE, MOST_SIDE, "side")
        data = drawing.from_base64(image) if isinstance(image, str) else files.uploaded(image)
        if data is None:
            raise UserError(say("upload_missing", "en"))
        photo = translation.opened(data)
        fitted, made = _translated(choice, card, photo, direction, side, "en")
        again = translation.back(choice.store, card, made)
        contents = {"translation": made.after, **({} if again is None else {"cycle": again})}
        named = {f"{file_name(card.id)}-{direction}-{kind}.png": images.png(p)[0] for kind, p in contents.items()}
        picture, *cycle = files.write(named)
        return Translation(
            image=picture,
            remarks=[translation_html.how(photo, fitted, "en"), *_remarks(choice, card, made, "en")],
            cycle=cycle[0] if cycle else None,
            cycle_error=None if again is None else translation.cycle_error(made.before, again),
        )

    # Unqueued, as /sample is, and for the same reason.
    gr.api(translate, api_name="translate", queue=False)


def _translated(
    choice: Choice, card: Card, photo: Photo, direction: str, side: int, spoken: str
) -> tuple[Fitted, Translated]:
    """A picture as the model takes it, and its translation."""
    judge = translation.reader(choice.store, card, translation.ends(direction)[0]) if card.readers else None
    fitted = translation.fit(photo, card, direction, side, judge, spoken)
    return fitted, translation.translate(choice.store, card, fitted.pixels, direction)


def _remarks(choice: Choice, card: Card, made: Translated, spoken: str) -> list[str]:
    """What is to be said of a translation besides: that the picture is strange, and what judges read."""
    strange = translation.is_strange(choice.store, card, made)
    found = [translation_html.strange(card, made.direction, spoken)] if strange else []
    read = translation_html.reads(translation.read_both(choice.store, card, made), spoken) if card.readers else ""
    return [*found, read] if read else found


def _show(
    choice: Choice, model: str, direction: str, side: int, photo: Photo | None, spoken: str
) -> tuple[Translated | None, tuple[str, str] | None, str, str, str]:
    """The translation: as it is, before and after as files, what was done, and the places of remark and cycle."""
    card = choice.known(model, spoken)
    _domain(card, direction, spoken)
    if photo is None:
        return None, None, translation_html.note(None, None, spoken), "", ""
    fitted, made = _translated(
        choice, card, photo, direction, checks.whole(side, LEAST_SIDE, MOST_SIDE, "side"), spoken
    )
    before, after = (
        images.png(images.enlarge(pixels, CRISP) if _is_small(card) else pixels)[0]
        for pixels in (made.before, made.after)
    )
    written = files.write({"before.png": before, f"{file_name(card.id)}-{direction}.png": after})
    note = translation_html.note(photo, fitted, spoken)
    return made, (written[0]["path"], written[1]["path"]), note, "", translation_html.waiting(card, spoken)


def _finish(choice: Choice, made: Translated | None, spoken: str) -> tuple[str, str]:
    """What takes a while after a translation: remarks about it, and the way back."""
    if made is None:
        return "", ""
    card = choice.known(made.model, spoken)
    again = translation.back(choice.store, card, made)
    cycle = "" if again is None else translation_html.cycle(made, again, spoken)
    return translation_html.remarks(_remarks(choice, card, made, spoken)), cycle


def _describe(
    choice: Choice, card: Card, direction: str, photo: Photo | None, seed: int | None, spoken: str
) -> tuple[Any, ...]:
    """What depends on model and direction alone: the choice of directions, examples, digits, and the card."""
    return (
        gr.Radio(choices=_directions(card, spoken), value=direction),
        translation_html.examples(card, direction, photo.name if photo else "", spoken),
        gr.Column(visible=_has_digits(card)),
        _pairs(choice, card.id, direction, DEFAULTS["seed"] if seed is None else seed, spoken),
        html.model_card(card, title(card, spoken), spoken),
    )


def _pairs(choice: Choice, model: str, direction: str, seed: int, spoken: str) -> str:
    """Generated digits before and after; empty where the model knows none."""
    card = choice.known(model, spoken)
    if not _has_digits(card):
        return ""
    drawn = translation.generated(choice.store, card, _domain(card, direction, spoken), checks.seed(seed, spoken))
    if drawn is None:
        return translation_html.digits(None, spoken)
    made = translation.translate(choice.store, card, drawn, direction)
    return translation_html.digits(translation.read_both(choice.store, card, made), spoken)


def _many(
    choice: Choice, model: str, direction: str, side: int, sent: Any, spoken: str
) -> Iterator[tuple[gr.Column, list[tuple[str, str]], str, dict[str, Any]]]:
    """Several pictures, one after the other: their place, the gallery so far, what is to be said of it, and all for the ZIP file."""
    card = choice.known(model, spoken)
    _domain(card, direction, spoken)
    sent = sent if isinstance(sent, list) else []
    if not sent:
        raise UserError(say("translate_batch_none", spoken))
    shown, packed, said = [], [], []
    for number, file in enumerate(sent[:MOST_FILES], start=1):
        name = _name(file)
        try:
            data = files.uploaded(file)
            if data is None:
                raise UserError(say("upload_missing", spoken))
            _, made = _translated(choice, card, translation.opened(data, spoken), direction, side, spoken)
        except UserError as error:
            said.append(say("translate_batch_bad", spoken, name=name, why=error.message))
        else:
            (picture,) = images.png(images.enlarge(made.after, CRISP) if _is_small(card) else made.after)
            packed.append((f"{number:02}-{file_name(PurePath(name).stem)}.png", images.png(made.after)[0]))
            (written,) = files.write({packed[-1][0]: picture})
            shown.append((written["path"], name))
        left = [_name(each) for each in sent[MOST_FILES:]]
        many = [say("translate_batch_many", spoken, most=MOST_FILES, names=", ".join(left))] if left else []
        done = say("translate_batch_done", spoken, done=len(shown), count=len(sent))
        results = {"model": card.id, "direction": direction, "pictures": packed}
        yield gr.Column(visible=True), shown, translation_html.batch([done, *said, *many]), results


def _name(file: Any) -> str:
    """What a visitor's file is called."""
    name = file.get("orig_name") if isinstance(file, dict) else None
    return PurePath(name).name[:60] if isinstance(name, str) and name else "?"


def _painter(choice: Choice, editor: gr.ImageEditor, takes: Callable[[Card], bool]) -> Callable[..., tuple]:
    """What follows a stroke on `editor`: its picture becomes the source, and a model that `takes` it is chosen."""

    def paint(model, direction, side, seed, drawn, request: gr.Request):
        spoken = language(request)
        name = board.drawing_id(drawn)
        if not isinstance(drawn, dict) or (name and name not in editor.blob_storage):
            # Nobody drew this, or its files are still on their way; another event follows them.
            return gr.skip()
        picture = _drawn(editor, drawn, spoken)
        if picture is None:
            # It was cleared.
            return gr.skip()
        card = choice.known(model, spoken)
        fits = takes(card)
        if not fits:
            card = next(filter(takes, choice.cards()))
        # A label map is of one domain; a digit may be meant for either.
        if _takes_labels(card):
            asked, of = "a2b", (card.dataset, "a")
        else:
            asked, of = direction if direction in card.directions else card.directions[0], None
        photo = Photo(picture, picture.size, of)
        shown = _show(choice, card.id, asked, side, photo, spoken)
        if fits and asked == direction:
            # Nothing but the picture is new.
            return *(gr.skip() for _ in range(6)), photo, "", *shown
        return choice.dropdown(card.id, spoken), *_describe(choice, card, asked, photo, seed, spoken), photo, "", *shown

    return paint


def _drawn(editor: gr.ImageEditor, value: dict[str, Any], spoken: str) -> Image | None:
    """What lies on a canvas that takes no uploads, None if nothing does; raises `UserError`.

    The browser sends the files of a stroke ahead and then names only their id.
    """
    sent = editor.blob_storage.get(board.drawing_id(value))
    composite = sent.composite if sent else files.uploaded(value.get("composite"))
    return drawing.decode(composite, spoken) if composite else None


def _digit_canvas() -> gr.ImageEditor:
    with gr.Column(scale=2, min_width=300, elem_classes="card controls-inside"):
        gr.Markdown(label("translate_draw_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_draw_lead"), elem_classes="quiet")
        with gr.Column(elem_classes="canvas"):
            return _editor("translate-digit", CANVAS, ["#000000"], "#000000")


def _facade_canvas(card: Card) -> tuple[gr.ImageEditor, gr.HTML]:
    """Where label maps are painted, for models of this image size, and the place of the colours' names."""
    with gr.Column(scale=3, min_width=300, elem_classes="card controls-inside"):
        gr.Markdown(label("translate_facade_heading"), elem_classes="section-title")
        gr.Markdown(label("translate_facade_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="easel"):
            with gr.Column(scale=0, min_width=300, elem_classes="canvas"):
                colours = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in PALETTE.values()]
                first = colours[list(PALETTE).index("window")]
                editor = _editor("translate-facade", html.tile_width(card.image_size, CANVAS), colours, first)
            with gr.Column(scale=1, min_width=160):
                palette = gr.HTML(elem_id="facade-palette", apply_default_css=False)
        return editor, palette


def _editor(name: str, width: int, colours: list[str], first: str) -> gr.ImageEditor:
    """A blank square canvas for strokes in these `colours`, at the beginning in the `first`, and no uploads."""
    return board.canvas(
        label=label("draw_label"),
        sources=(),
        brush=gr.Brush(default_size=BRUSH, colors=colours, default_color=first, color_mode="fixed"),
        eraser=gr.Eraser(default_size=2 * BRUSH),
        layers=False,
        transforms=(),
        canvas_size=(width, width),
        fixed_canvas=True,
        buttons=[],
        format="png",
        height=400,
        elem_id=name,
    )


def _directions(card: Card, spoken: str) -> list[tuple[str, str]]:
    """The directions of a model in words, such as "horse → zebra"."""
    return [
        (say("translate_between", spoken, **dict(zip(("first", "second"), words, strict=True))), direction)
        for direction in card.directions
        for words in [[translation.shown(card, domain, spoken) for domain in translation.ends(direction)]]
    ]


def _domain(card: Card, direction: Any, spoken: str) -> str:
    """The domain that `direction` leads from, which must be one of the model's; raises `UserError`."""
    return translation.ends(checks.option(direction, card.directions, "direction", spoken))[0]


def _has_digits(card: Card) -> bool:
    return bool(card.readers)


def _takes_labels(card: Card) -> bool:
    return "a2b" in card.directions and translation.draws_labels(card, "a2b")


def _is_small(card: Card) -> bool:
    """Whether the model's pictures are so small that their pixels are to be seen."""
    return translation.is_square(card) and card.image_size < CRISP // 2


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "side": lambda value: checks.whole(value, LEAST_SIDE, MOST_SIDE, "side"),
        "seed": checks.seed,
    }
    values, bad, query = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    card = choice.known(values["model"], spoken)
    if values["direction"] not in card.directions:
        values["direction"] = card.directions[0]
        bad |= {"direction"} & set(query)
    domain = translation.ends(values["direction"])[0]
    if values["example"] and translation.example(card, domain, values["example"]) is None:
        values["example"] = ""
        bad.add("example")
    parts.warn_of_link(bad, spoken)
    return values


TAB = Tab(
    id="translate",
    name="translate_tab",
    tasks=(translation.TASK,),
    place=55,
    build=build,
    serves=translation.serves,
)
