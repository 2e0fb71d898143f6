"""Directions: sliders and links, what programs may ask for, where pictures are moved to, and what shows that."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.latent.point import Point
from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.pictures import images
from explorer.tabs.directions import api, view, work
from explorer.tabs.directions.tab import Handlers
from explorer.tabs.directions.work import DirectionsView, Push, Steered
from explorer.texts.errors import UserError
from models_zoo import card as cards
from models_zoo import directions
from models_zoo.directions import Direction

SMILE = Direction("Smiling", "attribute", (0.5,) * 7, {"en": "Smile", "ko": "웃음"})
FIRST = Direction("1", "principal", (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0), {"en": "Component <1>", "ko": "주성분 1"})


@pytest.fixture
def card(tiny_model):
    """The card of a model with one direction of each kind."""
    directions.write(tiny_model, [SMILE, FIRST])
    return cards.read(tiny_model)


@pytest.fixture
def bare(card):
    """The card of a model without directions."""
    return replace(card, folder=None)


def test_sliders_stand_for_directions_of_their_kind(card):
    many = [replace(FIRST, name=str(number)) for number in range(12)]
    directions.write(card.folder, [*many, SMILE])
    assert [each.name for each in work.with_sliders(card)] == ["Smiling", *map(str, range(10))]
    rack = view.sliders(card, {"Smiling": 0.5}, "en")
    assert rack.count('type="range"') == 11 and rack.index('name="Smiling"') < rack.index('name="0"')
    assert re.search('name="Smiling".*?value="([^"]*)"', rack)[1] == "0.5"
    # A browser would leave what comes twice as hands have changed it.
    assert rack != view.sliders(card, {"Smiling": 0.5}, "en")


def test_sliders_tell_how_far_they_stand(card):
    assert work.told({"Smiling": 0.5, "1": -1}, card, "en") == "Smiling:0.5,1:-1" and work.told({}, card, "en") == ""
    for wrong in (None, [1], {"Frowning": 1}, {"1": 1.5}, {"1": "far"}, {"1": None}):
        with pytest.raises(UserError):
            work.told(wrong, card, "en")
    for wrong in (None, 3, ["1:1"], "1:2"):
        with pytest.raises(UserError, match="move must name directions"):
            DirectionsView.checked({"model": "tiny", "move": wrong}, Asked(card=card))


def test_each_slider_shows_what_its_ends_do(card):
    store = ModelStore([card.folder.parent])
    sheet = work.ends(store, card, Point(seed=7))
    assert sheet.shape == (1, 56, 56, 1)
    for row, name in enumerate(("Smiling", "1")):
        for column, amount in enumerate((-1.0, 1.0)):
            cell = sheet[:, 28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
            drawn = work.look(store, card, Push(Point(seed=7), {name: amount}))
            assert np.abs(cell.astype(int) - drawn).max() <= 1


def test_a_link_holds_the_sliders(card):
    amounts = {"Smiling": -1.0, "1": 0.25}
    assert work.to_link(amounts) == "Smiling:-1,1:0.25" and work.to_link({}) == ""
    assert work.from_link("Smiling:-1,1:0.25", card) == amounts and work.from_link("", card) == {}
    query = {"seed": "12", "truncation": "0.5", "move": "Smiling:-1"}
    seen = DirectionsView("tiny", 12, 0.5, "Smiling:-1")
    assert DirectionsView.from_link({"model": "tiny", **query}, Asked(card=card)) == (seen, set())


@pytest.mark.parametrize(
    "text", ["Frowning:1", "Smiling", "Smiling:", "Smiling:1.5", "Smiling:2", "Smiling:1,", "1:nan"]
)
def test_a_link_to_what_no_slider_can_be_is_bad(card, text):
    query = {"model": "tiny", "seed": "12", "move": text}
    assert DirectionsView.from_link(query, Asked(card=card)) == (DirectionsView("tiny", 12), {"move"})


def test_one_starts_from_the_seed_or_from_a_kept_point(card):
    seen = DirectionsView("tiny", 12, 0.5, "Smiling:0.5")
    point = Point("tiny", z=(1.0,) * 7, name="grin")
    assert work.push(seen, card, [point], "en") == Push(Point(seed=12, truncation=0.5), {"Smiling": 0.5})
    assert work.push(replace(seen, start="grin"), card, [point], "en").start == point
    for kept in ([], [replace(point, model="other")]):
        with pytest.raises(UserError, match="no kept point"):
            work.push(replace(seen, start="grin"), card, kept, "en")


def test_pictures_move_along_the_vector_and_the_strip_holds_the_other_amounts(card):
    store = ModelStore([card.folder.parent])
    moved = work.steer(store, card, Push(Point("tiny", z=(0.0,) * 7), {"Smiling": 1.5, "1": -1.0}))
    assert moved.z == pytest.approx((-0.25, *[0.75] * 5, 1.75)) and moved.before.shape == (1, 28, 28, 1)
    still = work.steer(store, card, Push(Point(seed=7), {}))
    assert np.array_equal(still.before, still.after)
    with store.using("tiny") as model:
        assert still.z == pytest.approx(model.latents([7])[0].tolist())
    frames = work.strip(store, card, Push(Point("tiny", z=(0.0,) * 7), {"Smiling": 0.5, "1": -1.0}), "Smiling")
    ends = [
        work.steer(store, card, Push(Point("tiny", z=(0.0,) * 7), {"Smiling": at, "1": -1.0})).after
        for at in (-1.0, 1.0)
    ]
    for frame, end in zip((frames[0], frames[-1]), ends, strict=True):
        assert np.abs(frame.astype(int) - end[0]).max() <= 1


def test_the_saved_picture_is_the_moved_one_and_the_film_leads_there_and_back(card, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    store = ModelStore([card.folder.parent])
    handlers = Handlers(Choice(store, work.TASKS, card.id, "wrong_task"), None)
    visit = Visit(DirectionsView(card.id, move="Smiling:1", last="Smiling"), Asked(card=card))
    moved = work.steer(store, card, work.push(visit.view, card, [], "en"))
    assert not np.array_equal(moved.before, moved.after)
    with Image.open(handlers.save_png(visit, [])) as saved:
        assert np.array_equal(np.asarray(saved), images.enlarge(moved.after, images.FILM_SIZE)[0, :, :, 0])
    with Image.open(handlers.save_gif(visit, [])) as film:
        assert film.n_frames == 2 * work.WAY - 2
        film.seek(work.WAY - 1)
        assert np.array_equal(np.asarray(film.convert("L")), images.enlarge(moved.after, images.FILM_SIZE)[0, :, :, 0])
    still = replace(visit, view=replace(visit.view, move=""))
    with Image.open(handlers.save_gif(still, [])) as film:
        assert film.n_frames == 2 * len(work.FRAMES) - 2


def test_what_is_shown_is_plain_text_in_both_languages(card):
    pixels = np.zeros((9, 28, 28, 1), np.uint8)
    moved = Steered(pixels[:1], pixels[:1], (0.0,) * 7, {"Smiling": (0.1, 0.9)})
    pair = view.pair(card, moved, Point(card.id, z=(0.0,) * 7, name="<b>{mine}"), "ko")
    assert "<b>" not in pair and "{m" not in pair and pair.index("이전") < pair.index("이후")
    readings = view.readings(moved, work.found(card, "ko"), "ko")
    assert "10 %</td><td" in readings and "웃음" in readings
    strip = view.strip(pixels, FIRST, -0.3, "en")
    assert "Component &lt;1&gt;, from one end" in strip
    assert re.search('aria-current="true".*?<figcaption>([^<]*)', strip)[1] == "-0.25"


def asked(card, **given):
    """What a program asks for."""
    values = {"model": "tiny", "amounts": {}, "seed": 0, "z": []} | given
    return api.push(api.Move.checked(values, Asked(card=card)))


def test_programs_start_from_seeds_or_vectors(card):
    assert asked(card, seed=3, truncation=0.5) == Push(Point(seed=3, truncation=0.5), {})
    moved = asked(card, seed="unread", z=[1] * 7, amounts={"Smiling": 2})
    assert moved == Push(Point("tiny", z=(1.0,) * 7), {"Smiling": 2.0})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"amounts": {"Frown": 1}}, "There is no direction 'Frown'; there are Smiling, 1"),
        *(({"amounts": {"Smiling": far}}, "from -2 to 2, not") for far in (3, -2.1, "far", math.nan, None, True)),
        *(({"amounts": amounts}, "must be an object") for amounts in ([1], None, "Smiling")),
        *(({"seed": seed}, "seed must be") for seed in (-1, 2**32, 1.5, None, True)),
        *(({"z": z}, "7 numbers") for z in ([1.0], None, "x", 3)),
        ({"z": [math.inf] * 7}, "from -100 to 100"),
        *(({"truncation": t}, "truncation must be") for t in (2, -0.1, math.nan, None)),
    ],
)
def test_what_programs_ask_for_is_checked(card, given, sentence):
    with pytest.raises(UserError, match=sentence):
        asked(card, **given)


def test_a_model_without_directions_says_how_to_find_them(bare):
    for ask in (lambda: asked(bare), lambda: work.push(DirectionsView("tiny"), bare, [], "en")):
        with pytest.raises(UserError, match="python -m train directions tiny"):
            ask()
