"""Keyframes, the films of paths through them, and the page's parts that show both."""

import json
import math
import re

import numpy as np
import pytest

from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.tabs.interpolate import view as path_html
from explorer.tabs.interpolate import work as keyframes
from explorer.tabs.interpolate.work import Film, Journey, Keyframe
from explorer.texts.errors import UserError
from models_zoo import Card

POINT = Point("some", z=(1.0, 2.0), label=1, name="<b>{mine}")


@pytest.fixture
def card():
    return Card(
        id="some",
        variant="x",
        task="unconditional",
        dataset="mnist",
        architecture="x.X",
        arguments={},
        image_size=4,
        channels=1,
        latent_size=2,
    )


@pytest.fixture
def row():
    return numbered((7, 0), (8, 1), (POINT, 1), (9, 2))


def numbered(*row):
    """A row of keyframes from seeds or points with their classes."""
    return keyframes.numbered([(Point(seed=each) if isinstance(each, int) else each, label) for each, label in row])


def sources(keys):
    return [key.point if key.point.seed is None else key.point.seed for key in keys]


def test_points_of_other_models_sleep_in_the_row(card, row):
    stranger = Point("other", z=(0.0, 0.0), name="x")
    keys = keyframes.add(row, stranger, 0, card, "en")
    assert sources(keyframes.of_model(keys, card)) == [7, 8, POINT, 9] and keys[-1].point == stranger
    assert keyframes.of_model([Keyframe(0, Point("some", z=(1.0,), name="x"))], card) == []


def test_classes_are_those_that_the_model_has(card, row):
    from dataclasses import replace

    assert [key.label for key in keyframes.of_model(row, replace(card, classes=("a", "b")))] == [0, 1, 1, 0]


def test_moving_passes_over_what_sleeps(card):
    keys = numbered((7, 0), (Point("other", z=(0.0, 0.0), name="x"), 0), (8, 0))
    assert [key.number for key in keyframes.move(keys, 2, -1, card)] == [2, 1, 0]
    for number, step in ((0, -1), (2, 1), (1, 1), (9, 1), (None, 1)):
        assert keyframes.move(keys, number, step, card) == keys


def test_a_row_keeps_two_and_takes_twelve(card, row):
    fewer = keyframes.remove(keyframes.remove(row, 0, card, "en"), 2, card, "en")
    assert sources(fewer) == [8, 9]
    with pytest.raises(UserError, match="at least 2"):
        keyframes.remove(fewer, 1, card, "en")
    for seed in range(checks.MAX_KEYS - 2):
        fewer = keyframes.add(fewer, Point(seed=seed), 0, card, "en")
    assert len({key.number for key in fewer}) == checks.MAX_KEYS
    with pytest.raises(UserError, match="12 keyframes already"):
        keyframes.add(fewer, Point(seed=1), 0, card, "en")


def test_links_hold_seeds_and_where_there_are_some_their_classes(card, row):
    from dataclasses import replace

    classy = replace(card, classes=("a", "b", "c"))
    assert keyframes.to_link(row, card) == "7,8,9"
    assert keyframes.to_link(row, classy) == "7-0,8-1,9-2"
    assert keyframes.to_link(row[1:3], card) == ""
    for text, one in (("7,8,9", card), ("7-0,8-1,9-2", classy)):
        assert keyframes.to_link(keyframes.from_link(text, one), one) == text
    assert [key.label for key in keyframes.from_link("7,8-2", classy)] == [0, 2]


@pytest.mark.parametrize("text", ["", "7", "7,", "7,x", "7,-1", "7,8-3", "7,4294967296", "7, 8", ",".join(["7"] * 13)])
def test_other_links_are_refused(card, text):
    from dataclasses import replace

    with pytest.raises(ValueError):
        keyframes.from_link(text, replace(card, classes=("a", "b", "c")))


@pytest.mark.parametrize("value", [None, "7,8", 7, [], [7], [7] * 13, {}])
def test_too_few_or_too_many_keys_are_refused(value):
    with pytest.raises(UserError, match="list of 2 to 12"):
        checks.keys(value, 2)


@pytest.mark.parametrize("number", [math.nan, math.inf, -101, "1", True, None, [1.0], 10**400])
def test_latents_hold_finite_numbers(number):
    with pytest.raises(UserError, match="numbers from -100 to 100"):
        checks.keys([7, [0.5, number]], 2)


def test_keys_are_seeds_and_latents():
    assert checks.keys([7, [1, -0.5]], 2) == [7, (1.0, -0.5)]
    for bad, sentence in (
        ([7, 1.5], "seed must be"),
        ([7, [1.0]], "has 2 numbers, not 1"),
        ([7, True], "seed must be"),
    ):
        with pytest.raises(UserError, match=sentence):
            checks.keys(bad, 2)


@pytest.mark.parametrize("value", [11, 241, 60.0, "60", None, True])
def test_a_film_has_a_frame_per_keyframe_and_an_end(value):
    with pytest.raises(UserError, match="from 12 to 240"):
        checks.frames(value, 12)


def test_names_are_short_and_each_is_used_once():
    assert checks.name("  my   photo ", []) == "my photo"
    for bad in ("", "  ", "x" * 41, None, 7):
        with pytest.raises(UserError, match="1 to 40"):
            checks.name(bad, [])
    with pytest.raises(UserError, match="is taken"):
        checks.name("mine", ["mine"])


@pytest.fixture
def film():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 1), np.uint8)
    return Film(pixels, [index / 8 for index in range(8)], [1.0] * 8)


def test_names_of_points_are_plain_text_everywhere(card, row, film):
    journey = Journey(tuple(row), "slerp", 8, True, 1.0)
    for page in (path_html.row(card, journey, film, 0, "en"), path_html.player(card, journey, film, "en")):
        assert "<b>" not in page and "{" not in page
    assert "kept points among these" in path_html.row(card, journey, film, 0, "en")
    assert "Kept points of other models: 3." in path_html.row(card, journey, film, 3, "en")


def test_the_player_of_a_loop_ends_with_its_first_frame(card, row, film):
    import html as escaping

    for loop, last in ((True, 1.0), (False, 0.875)):
        page = path_html.player(card, Journey(tuple(row), "slerp", 8, loop, 1.0), film, "en", 0.5)
        facts = json.loads(escaping.unescape(re.search('data-film="([^"]*)"', page)[1]))
        assert (facts["times"][-1], facts["frames"], facts["start"]) == (last, 8, 0.5)
        assert page.count("<li>") == path_html.STRIP


def test_a_film_meets_seeds_and_points_and_truncation_is_for_seeds(tiny_model):
    store = ModelStore([tiny_model.parent])
    card = store.card("tiny")
    z = tuple(np.linspace(-1, 1, card.latent_size).tolist())
    keys = tuple(numbered((7, 0), (Point("tiny", z=z, name="p"), 0)))
    film = keyframes.shoot(store, card, Journey(keys, "slerp", 100, False, 0.5))
    assert film.pixels.shape == (100, 28, 28, 1) and (film.times[0], film.times[-1]) == (0, 1)
    with store.using("tiny") as model:
        seed = model.latents([7], truncation=0.5)
        assert film.norms[0] == pytest.approx(seed.norm().item())
        assert film.norms[-1] == pytest.approx(float(np.linalg.norm(z)))
    kept = keyframes.point(store, card, Journey(keys, "slerp", 100, False, 0.5), 1.0, "name")
    assert kept.z == pytest.approx(z) and kept.label is None
