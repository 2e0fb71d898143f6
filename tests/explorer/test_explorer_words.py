"""Sentences on the page: what is refused, what is read, what is drawn, and the way from one to another."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.tabs.words import view as words_html
from explorer.tabs.words import work as words
from explorer.tabs.words.api import Request
from explorer.tabs.words.tab import Handlers
from explorer.texts.errors import UserError
from models_zoo.card import Card
from models_zoo.stackgan import StackGAN

NARROW = {
    "text": {"size": 16, "buckets": 512, "width": 16, "hidden": 16}, "noise_size": 8, "condition": 4, "widths": [8] * 4,
    "last_width": 8, "second_widths": [8] * 3, "second_last_width": 8, "blocks": 1, "discriminator_widths": [8] * 4,
}  # fmt: skip
KNOWN = ("a", "bird", "red", "blue", "yellow", "wings")


def saved(folder, model_id, stage):
    torch.manual_seed(0)
    model = StackGAN(stage, **NARROW)
    for name, network in model.named_children():
        if name.startswith("stage"):
            # Untrained, the pictures of all sentences would look alike.
            for parameter in network.parameters():
                parameter.data *= 2.5
    model.text.remember(KNOWN)
    model.card = Card(
        model_id, "stackgan", "text-to-image", "birds", model.architecture, model.arguments, model.image_size, 3,
        model.latent_size, title={"en": "Tiny <birds>", "ko": "작은 새"},
    )  # fmt: skip
    model.save_pretrained(folder / model_id)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    saved(folder, "one-stage", 1)
    saved(folder, "two-stages", 2)
    return ModelStore([folder])


@pytest.fixture(params=["one-stage", "two-stages"])
def card(request, store):
    return store.card(request.param)


def test_a_sentence_loses_surplus_blanks_and_nothing_else():
    assert words.sentence("  a <b>red</b>\n bird 🐦 ") == "a <b>red</b> bird 🐦"
    assert words.sentence("빨간 새") == "빨간 새"


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("value", ["", " \n ", None, 7, ["a"], "x" * 10_000, "🐦🐦", "…!?"])
def test_what_is_no_sentence_is_refused_in_one_line(value, language):
    with pytest.raises(UserError) as caught:
        words.sentence(value, language)
    assert "\n" not in caught.value.message and len(caught.value.message) < 120


def test_every_word_has_a_weight_and_a_repeated_sentence_the_same(store, card):
    found = words.read(store, card, "A red bird with zebrayellow wings")
    assert [word.text for word in found] == ["a", "red", "bird", "with", "zebrayellow", "wings"]
    assert all(0 <= word.weight <= 2 for word in found) and max(word.weight for word in found) > 0.01
    assert [word.text for word in found if not word.known] == ["with", "zebrayellow"]
    assert words.read(store, card, "yelow")[0].meant == "yellow"
    assert words.read(store, card, "red 빨간")[1].meant == ""
    assert len(words.read(store, card, "bird " * 50)) == 32


def test_the_best_known_words_are_among_those_learned_and_change_the_sentence(store, card):
    found = words.best_known(store, card)
    assert set(found) <= set(KNOWN) and {"red", "blue"} <= set(found)


def test_a_sentence_is_drawn_by_every_stage_and_the_first_enlarged(store, card):
    drawn = words.compared(store, words.draw(store, card, "a red bird", [7, 8], 1.0))
    sides = [stage.shape[1:] for stage in drawn.stages]
    assert drawn.seeds == [7, 8] and sides == [(64, 64, 3), (128, 128, 3)][: len(sides)]
    if len(sides) == 1:
        assert drawn.bicubic is None and drawn.upscaled is None
    else:
        assert drawn.bicubic.shape == drawn.upscaled.shape == (2, 128, 128, 3)
        small = drawn.bicubic.reshape(2, 64, 2, 64, 2, 3).mean((2, 4))
        assert np.abs(small - drawn.stages[0]).mean() < 12
    (sheet,) = words.sheet(drawn)
    assert sheet.shape[1] >= (len(sides) + 2 * (len(sides) > 1)) * drawn.stages[-1].shape[2]
    again = words.draw(store, card, "a red bird", [8], 1.0)
    assert np.abs(again.stages[-1][0].astype(int) - drawn.stages[-1][1]).mean() < 0.5


def test_a_model_that_doubles_pictures_is_compared_with(store, monkeypatch):
    class Doubling:
        device = torch.device("cpu")

        def upscale(self, x):
            return torch.nn.functional.interpolate(x, scale_factor=2)

    def super_resolution(scale, channels=3):
        return Card(f"x{scale}-{channels}", "srgan", "super-resolution", "any", "", {"scale": scale}, 64, channels)

    cards, get = store.cards, store.get
    offered = [super_resolution(4), super_resolution(2, 1), super_resolution(2)]
    monkeypatch.setattr(store, "cards", lambda task=None: offered if task == "super-resolution" else cards(task))
    monkeypatch.setattr(store, "get", lambda name: Doubling() if name == "x2-3" else get(name))
    drawn = words.draw(store, store.card("two-stages"), "a red bird", [7], 1.0)
    assert drawn.upscaler.id == "x2-3" and drawn.upscaled is None
    drawn = words.compared(store, drawn)
    assert np.array_equal(drawn.upscaled[0, ::2, ::2], drawn.stages[0][0])


def test_a_walk_begins_with_the_first_sentence_and_ends_with_the_second(store, card):
    pixels, where = words.walk(store, card, ("a red bird", "a blue bird"), 7, 1.0, 5)
    assert len(pixels) == 5 and where == [0, 0.25, 0.5, 0.75, 1]
    for place, text in ((0, "a red bird"), (-1, "a blue bird")):
        (alone,) = words.draw(store, card, text, [7], 1.0).stages[-1]
        # Untrained and with such weights, a network makes much of rounding, at a few pixels.
        assert np.abs(pixels[place].astype(int) - alone).mean() < 0.5
    assert np.abs(pixels[0].astype(int) - pixels[-1]).mean() > 0.5


def test_the_saved_film_runs_back(store, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(words, "FILM", 5)
    card = store.card("one-stage")
    handlers = Handlers(Choice(store, (words.TASK,), card.id, "wrong_task_words"), None)
    with Image.open(handlers.save_gif(Visit(words.WordsView(card.id), Asked(card=card)))) as film:
        frames = []
        for place in range(film.n_frames):
            film.seek(place)
            frames.append(np.asarray(film.convert("RGB")).astype(int))
    assert len(frames) == 8
    # A GIF's palettes differ from frame to frame.
    assert all(np.abs(frames[place] - frames[-place]).mean() < 4 for place in range(1, 4))
    assert np.abs(frames[0] - frames[4]).mean() > 4


def test_the_page_escapes_what_visitors_and_cards_say(store):
    card, text = store.card("two-stages"), "<script>alert(`${1}`)</script> red"
    drawn = words.draw(store, card, text, [7], 1.0)
    drawn = dataclasses.replace(drawn, upscaled=drawn.bicubic, upscaler=card)
    read = words.read(store, card, text)
    for language in ("en", "ko"):
        parts = [
            words_html.pictures(text, drawn, language),
            words_html.reading(read, language),
            words_html.strip(drawn.stages[-1], [0.0], (text, "<b>"), language),
            words_html.chips([text], "<i>"),
        ]
        for part in parts:
            assert "<script" not in part and "<b>" not in part and "<i>" not in part and "<birds>" not in part
            assert not set("{}$`") & set(part)


def test_the_reading_names_ignored_and_strange_words_and_says_when_nothing_is_known():
    said = words_html.reading(
        [words.Word("a", 0.001, True), words.Word("red", 0.4, True), words.Word("yelow", 0.3, False, "yellow")], "en"
    )
    assert "says the same without: a." in said and "Never learned: “yelow” (read much like “yellow”)." in said
    assert said.count("read-word ignored") == 1
    assert "Every word counts" in words_html.reading([words.Word("red", 0.4, True)], "en")
    assert "none of these words" in words_html.reading([words.Word("빨간", 0.4, False)], "en")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sentence": " "}, "Type a sentence first"),
        ({"sentence": "🐦"}, "no word to read"),
        ({"sentence": "x" * 10_000}, "at most 300 letters, not 10,000"),
        ({"seed": -1}, "The seed must be"),
        ({"count": 65}, "The number of images must be"),
        ({"truncation": 2.0}, "The truncation must be"),
    ],
)
def test_what_programs_cannot_have_drawn_is_one_sentence(values, message):
    with pytest.raises(UserError, match=message):
        Request.checked({"model": "one-stage", "sentence": "a bird", **values}, Asked())


def test_a_link_with_what_is_no_sentence_opens_the_usual_one_and_names_it():
    view, bad = words.WordsView.from_link({"model": "m", "sentence": "🐦", "to": "a gull", "seed": "3"}, Asked())
    assert bad == {"sentence"}
    assert (view.sentence, view.to, view.seed, view.truncation) == ("a red bird", "a gull", 3, 0.7)


def test_a_model_that_never_heard_of_birds_begins_with_what_it_was_told(store, card):
    assert words.examples(card) == words.BIRDS and words.plain(card) == "a bird"
    told = dataclasses.replace(card, sentences=("a rose by the wall", "two tulips", "x" * 301))
    assert words.examples(told) == ("a rose by the wall", "two tulips")
    view, bad = words.WordsView.from_link({}, Asked(card=told))
    assert (view.sentence, view.to, bad) == ("a rose by the wall", "two tulips", set())
    unsayable = dataclasses.replace(card, sentences=("", "x" * 301))
    view, _ = words.WordsView.from_link({}, Asked(card=unsayable))
    assert (view.sentence, view.to) == ("a red bird", "a blue bird") and words.plain(unsayable) == "a bird"
    view, _ = words.WordsView.from_link({"sentence": "a daisy"}, Asked(card=told))
    assert (view.sentence, view.to) == ("a daisy", "two tulips")
    assert words.plain(told) == "a rose by the wall"
    assert words.best_known(store, told) != words.best_known(store, card)
