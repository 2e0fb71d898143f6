"""The tab *Words*: a sentence in, pictures of both stages out."""

from __future__ import annotations

from typing import Any, TypedDict

import gradio as gr

from explorer.latent import latents
from explorer.models.choice import Choice, file_name, title
from explorer.page import checks, html, parts
from explorer.page.parts import LAST, LIVE, QUIET
from explorer.page.tab import Page, Tab
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.words import view as words_html
from explorer.tabs.words import work as words
from explorer.texts import label, language, say
from models_zoo import Card

TASKS = (words.TASK,)
FAVOURITE = "stackgan-birds"
DEFAULTS = {"sentence": "a red bird", "to": "a blue bird", "seed": 7, "truncation": 0.7}
EXAMPLES = (
    "a red bird",
    "a bright yellow bird with black wings",
    "a blue bird in front of a green background",
    "a white gull",
    "a brown owl",
    "a green parrot",
)
LINK_JS = """(model, sentence, seed, to, truncation) => {
    if (seed === null) return;
    window.explorer.view('words', {model, sentence, to, seed, truncation});
}"""


class ReadWord(TypedDict):
    """A word that was read: how far the sentence moves without it (1 - cosine), and whether the model learned it."""

    word: str
    weight: float
    known: bool


class Picture(TypedDict):
    """What a seed gives (PNG): the first stage, the second where there is one, and the seed itself."""

    seed: int
    stage_1: RemoteFile
    stage_2: RemoteFile | None


class Said(TypedDict):
    """The pictures of a sentence, and its words as they were read."""

    pictures: list[Picture]
    words: list[ReadWord]


def build(page: Page) -> None:
    """Lay the tab out, wire it, and publish its function."""
    store = page.store
    choice = Choice(store, TASKS, FAVOURITE, "wrong_task_words")

    gr.Markdown(label("words_lead"), elem_classes="lead")
    with gr.Column(elem_classes="card words-saying"):
        with gr.Row(elem_classes="key-adding"):
            sentence = gr.Textbox(
                DEFAULTS["sentence"],
                label=label("words_sentence"),
                info=label("words_sentence_info"),
                max_lines=4,
                min_width=120,
                elem_id="words-sentence",
            )
            draw = gr.Button(label("words_draw"), variant="primary", elem_id="words-draw")
        examples = gr.HTML(
            words_html.chips(EXAMPLES, say("words_examples", "en")),
            js_on_load=words_html.CHIPS_JS,
            elem_id="words-examples",
            apply_default_css=False,
        )
    with gr.Row(elem_classes="workbench"):
        with gr.Column(scale=0, min_width=300, elem_classes="card controls"):
            model = parts.model_dropdown(choice)
            with gr.Row(elem_classes="phone-pair"):
                seed = gr.Number(DEFAULTS["seed"], label=label("seed"), precision=0, min_width=80, elem_id="words-seed")
                dice = gr.Button(label("dice"), elem_id="words-dice", elem_classes="dice")
            with gr.Accordion(label("words_known"), open=False, elem_classes="own"):
                known = gr.HTML(js_on_load=words_html.CHIPS_JS, elem_id="words-known", apply_default_css=False)
            with gr.Accordion(label("more"), open=False, elem_classes="own"):
                truncation = parts.truncation_slider(DEFAULTS["truncation"])
                own, own_button = parts.own_checkpoint(page.public, "words-")
        with gr.Column(scale=1, min_width=300, elem_classes="card pictures first-on-phone"):
            view = gr.HTML(words_html.blank(), elem_id="words-pictures", apply_default_css=False)
            reading = gr.HTML(elem_id="words-reading", apply_default_css=False)
            with gr.Row(elem_classes="saving"):
                png = gr.Button(label("save_png"), size="sm", elem_id="words-png")
    with gr.Column(elem_classes="card"):
        gr.Markdown(label("words_walk_heading"), elem_classes="section-title")
        gr.Markdown(label("words_walk_lead"), elem_classes="quiet")
        with gr.Row(elem_classes="key-adding"):
            to = gr.Textbox(DEFAULTS["to"], label=label("words_to"), max_lines=2, min_width=120, elem_id="words-to")
            go = gr.Button(label("words_walk"), size="sm", elem_id="words-walk")
        way = gr.HTML(elem_id="words-strip", apply_default_css=False)
        with gr.Row(elem_classes="saving"):
            gif = gr.Button(label("save_gif"), size="sm", elem_id="words-gif")
            strip_png = gr.Button(label("save_strip"), size="sm", elem_id="words-strip-png")
    parts.explanation("words_explain_text")
    about = gr.HTML(elem_id="words-about", apply_default_css=False)
    download = gr.File(visible="hidden")

    asked = [model, sentence, seed, truncation]
    walked = [model, sentence, to, seed, truncation]
    described = [known, about]
    for_toast = errors.complaints(html.escape)

    @for_toast
    def show(model, text, seed, truncation, request: gr.Request):
        if seed is None:
            # The field is empty for a moment while somebody types another number.
            return gr.skip()
        return _show(choice, model, text, seed, truncation, language(request))

    @for_toast
    def walk(model, text, to, seed, truncation, request: gr.Request):
        return gr.skip() if seed is None else _strip(choice, model, text, to, seed, truncation, language(request))

    @for_toast
    def describe(model, request: gr.Request):
        return _describe(choice, model, language(request))

    def take(event: gr.EventData):
        text = parts.told(event, "text")
        return text if text in EXAMPLES else gr.skip()

    @for_toast
    def add(text, model, request: gr.Request, event: gr.EventData):
        word = parts.told(event, "text")
        if word not in words.best_known(store, choice.known(model, language(request))):
            return gr.skip()
        return f"{text or ''} {word}".strip()

    @for_toast
    def save_png(model, text, seed, truncation, request: gr.Request):
        card, drawn = _drawn(choice, model, text, seed, truncation, language(request))
        (picture,) = images.png(words.sheet(drawn))
        return files.write({f"{file_name(card.id)}-seed-{seed}.png": picture})[0]["path"]

    @for_toast
    def save_gif(model, text, to, seed, truncation, request: gr.Request):
        card, pixels, _ = _walked(choice, model, text, to, seed, truncation, words.FILM, language(request))
        there_and_back = [*range(len(pixels)), *range(len(pixels) - 2, 0, -1)]
        film = images.enlarge(pixels[there_and_back], images.FILM_SIZE)
        return files.write({f"{file_name(card.id)}-words.gif": images.gif(film, 60)})[0]["path"]

    @for_toast
    def save_strip(model, text, to, seed, truncation, request: gr.Request):
        card, pixels, _ = _walked(choice, model, text, to, seed, truncation, words.FRAMES, language(request))
        (picture,) = images.png(images.sheet(pixels, len(pixels)))
        return files.write({f"{file_name(card.id)}-words.png": picture})[0]["path"]

    def arrive(request: gr.Request):
        spoken = language(request)
        values = _restore(choice, page, request, spoken)
        first = [values[name] for name in ("model", "sentence", "seed", "truncation")]
        return (
            choice.dropdown(values["model"], spoken),
            *(values[name] for name in ("sentence", "to", "seed", "truncation")),
            *_show(choice, *first, spoken),
            _strip(choice, *(values[name] for name in ("model", "sentence", "to", "seed", "truncation")), spoken),
            *_describe(choice, values["model"], spoken),
            words_html.chips(EXAMPLES, say("words_examples", spoken)),
        )

    link = {"fn": None, "inputs": [model, sentence, seed, to, truncation], "js": LINK_JS, "api_visibility": "private"}
    showing = {"fn": show, "inputs": asked, "outputs": [view, reading], **LIVE}
    walking = {"fn": walk, "inputs": walked, "outputs": way, **LIVE}

    def follow(event):
        event.success(**showing).success(**walking).then(**link)

    def begin(event):
        event(**showing).success(**walking).then(**link)

    arrived = [model, sentence, to, seed, truncation, view, reading, way, *described, examples]
    for event in parts.on_arrival(page, TAB.id, arrive, arrived):
        event.then(**link)
    for event in (draw.click, sentence.submit, seed.input, truncation.input, model.input):
        begin(event)
    for event in (go.click, to.submit):
        event(**walking).then(**link)
    follow(dice.click(latents.roll, None, seed, **QUIET))
    follow(examples.select(take, None, sentence, **LAST, **QUIET))
    follow(known.select(add, [sentence, model], sentence, **LAST, **QUIET))
    model.input(describe, model, described, **LAST, **QUIET)
    for added in parts.on_own_checkpoint(page, choice, own, own_button, model):
        follow(added)
        added.success(describe, model, described, **QUIET)
    parts.on_save(png, save_png, asked, download)
    parts.on_save(gif, save_gif, walked, download)
    parts.on_save(strip_png, save_strip, walked, download)
    _publish(choice)


def _publish(choice: Choice) -> None:
    @errors.complaints()
    def words_to_pictures(model: str, sentence: str, seed: int = 0, count: int = 1, truncation: float = 1.0) -> Said:
        """Draw what an English sentence says, with a GAN in two stages, and tell which of its words were read.

        Args:
            model: The id of a model whose task is "text-to-image", as the tool `models` lists them, such as "stackgan-birds".
            sentence: What to draw, 1 to 300 letters, such as "a small red bird with black wings".
            seed: The seed of the first picture, 0 to 4294967295; the next pictures have the next seeds.
            count: How many pictures, 1 to 64.
            truncation: 0 to 1; below 1 the pictures are more typical and less varied.
        """
        card, text = choice.known(model), words.sentence(sentence)
        seeds = latents.consecutive(checks.seed(seed), checks.count(count))
        drawn = words.draw(choice.store, card, text, seeds, checks.truncation(truncation), enlarge=False)
        name = file_name(card.id)
        written = [
            files.write(
                {
                    f"{name}-stage-{place}-seed-{each}.png": picture
                    for each, picture in zip(seeds, images.png(stage), strict=True)
                }
            )
            for place, stage in enumerate(drawn.stages, 1)
        ]
        second = written[1] if len(written) > 1 else [None] * len(seeds)
        read = words.read(choice.store, card, text)
        return Said(
            pictures=[
                Picture(seed=each, stage_1=one, stage_2=two)
                for each, one, two in zip(seeds, written[0], second, strict=True)
            ],
            words=[ReadWord(word=word.text, weight=round(word.weight, 4), known=word.known) for word in read],
        )

    gr.api(words_to_pictures, api_name="words", queue=False)


def _drawn(choice: Choice, model: Any, text: Any, seed: Any, truncation: Any, spoken: str) -> tuple[Card, words.Drawn]:
    card, text = choice.known(model, spoken), words.sentence(text, spoken)
    seeds, truncation = words.seeds_from(checks.seed(seed, spoken)), checks.truncation(truncation, spoken)
    return card, words.draw(choice.store, card, text, seeds, truncation)


def _show(choice: Choice, model: Any, text: Any, seed: Any, truncation: Any, spoken: str) -> tuple[str, str]:
    """The pictures of a sentence, and how it was read."""
    card, drawn = _drawn(choice, model, text, seed, truncation, spoken)
    text = words.sentence(text, spoken)
    read = words.read(choice.store, card, text)
    return words_html.pictures(text, drawn, spoken), words_html.reading(read, spoken)


def _walked(
    choice: Choice, model: Any, text: Any, to: Any, seed: Any, truncation: Any, count: int, spoken: str
) -> tuple[Card, images.Pixels, list[float]]:
    card = choice.known(model, spoken)
    ends = words.sentence(text, spoken), words.sentence(to, spoken)
    seed, truncation = checks.seed(seed, spoken), checks.truncation(truncation, spoken)
    return card, *words.walk(choice.store, card, *ends, seed, truncation, count)


def _strip(choice: Choice, model: Any, text: Any, to: Any, seed: Any, truncation: Any, spoken: str) -> str:
    _, pixels, where = _walked(choice, model, text, to, seed, truncation, words.FRAMES, spoken)
    return words_html.strip(pixels, where, words.sentence(text), words.sentence(to), spoken)


def _describe(choice: Choice, model: Any, spoken: str) -> tuple[str, str]:
    """The words that a model knows best, and its card."""
    card = choice.known(model, spoken)
    found = words.best_known(choice.store, card)
    note = f'<p class="quiet">{html.escape(say("words_known_note" if found else "words_known_none", spoken))}</p>'
    return note + words_html.chips(found, say("words_known", spoken)), html.model_card(
        card, title(card, spoken), spoken
    )


def _restore(choice: Choice, page: Page, request: gr.Request, spoken: str) -> dict[str, Any]:
    """What the link asks for, as far as it can be had."""
    check = {
        "model": lambda value: (choice.known(value, spoken), value)[1],
        "sentence": words.sentence,
        "to": words.sentence,
        "seed": checks.seed,
        "truncation": checks.truncation,
    }
    values, bad, _ = parts.restore(TAB.id, page, request, {"model": choice.first(), **DEFAULTS}, check)
    parts.warn_of_link(bad, spoken)
    return values


TAB = Tab(id="words", name="words_tab", tasks=TASKS, place=25, build=build)
