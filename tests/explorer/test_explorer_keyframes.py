"""Keyframes, the films of paths through them, what shows both, and what programs may ask for."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.latent.point import Point
from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.view import Asked
from explorer.tabs.interpolate import api, film, view, work
from explorer.tabs.interpolate.film import Film
from explorer.tabs.interpolate.tab import Row
from explorer.tabs.interpolate.work import Journey, Keyframe, PathView
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
def classy(card):
    """The card of a model with three classes."""
    return replace(card, task="class-conditional", classes=("a", "b", "c"))


@pytest.fixture
def row():
    return work.numbered([Point(seed=7, label=0), Point(seed=8, label=1), POINT, Point(seed=9, label=2)])


def sources(keys):
    return [key.point if key.point.seed is None else key.point.seed for key in keys]


def test_points_of_other_models_sleep_in_the_row(card, row):
    stranger = Point("other", z=(0.0, 0.0), label=0, name="x")
    keys = work.add(row, stranger, card, "en")
    assert [key.number for key in work.of_model(keys, card)] == [0, 1, 2, 3] and keys[-1].point == stranger
    assert [key.point.z for key in work.of_model(keys, card)] == [None, None, POINT.z, None]
    assert work.of_model((Keyframe(0, Point("some", z=(1.0,), name="x")),), card) == ()
    alone = work.enough((Keyframe(4, stranger),), card)
    assert alone[0].point == stranger and sources(work.of_model(alone, card)) == [5, 11, 30, 31]


def test_classes_are_those_that_the_model_has(card, row):
    assert [key.label for key in work.of_model(row, replace(card, classes=("a", "b")))] == [0, 1, 1, 0]


def test_a_point_without_a_class_gets_the_next_one(classy, row):
    assert work.add(row, Point(seed=1), classy, "en")[-1].label == 3
    assert work.of_model(work.add(row, Point(seed=1), classy, "en"), classy)[-1].label == 0
    assert work.add(row, Point(seed=1, label=1), classy, "en")[-1].label == 1
    assert [key.label for key in work.relabel(row, 1, 2)] == [0, 2, 1, 2]


def test_moving_passes_over_what_sleeps(card):
    keys = work.numbered([Point(seed=7), Point("other", z=(0.0, 0.0), name="x"), Point(seed=8)])
    assert [key.number for key in work.move(keys, 2, -1, card)] == [2, 1, 0]
    for number, step in ((0, -1), (2, 1), (1, 1), (9, 1), (None, 1)):
        assert work.move(keys, number, step, card) == keys


def test_a_row_keeps_two_and_takes_twelve(card, row):
    fewer = work.remove(work.remove(row, 0, card, "en"), 2, card, "en")
    assert sources(fewer) == [8, 9]
    with pytest.raises(UserError, match="at least 2"):
        work.remove(fewer, 1, card, "en")
    for seed in range(checks.MAX_KEYS - 2):
        fewer = work.add(fewer, Point(seed=seed), card, "en")
    assert len({key.number for key in fewer}) == checks.MAX_KEYS
    with pytest.raises(UserError, match="12 keyframes already"):
        work.add(fewer, Point(seed=1), card, "en")


def test_only_changes_are_remembered_and_not_all_of_them(row):
    assert Row(row).after(row) == Row(row)
    assert Row(row).after(row[:2]) == Row(row[:2], (row,))
    changed = Row(row)
    for number in range(30):
        changed = changed.after(work.relabel(row, 0, number + 1))
    assert len(changed.past) == 20 and changed.past[-1][0].label == 29


def test_a_step_back_brings_kept_points_back_and_leaves_other_models_theirs(card, row):
    stranger = Keyframe(9, Point("other", z=(0.0, 0.0), name="x"))
    now = (*row[:2], stranger)
    assert work.brought_back("7,8,9", (now, row), card) == row
    fresh = work.brought_back("1,2", (now, row), card)
    assert fresh[0] == stranger and sources(fresh[1:]) == [1, 2] and len({key.number for key in fresh}) == 3
    assert work.brought_back("", ((),), card) == ()


def test_links_hold_seeds_and_where_there_are_some_their_classes(card, classy, row):
    assert work.to_link(row, card) == "7,8,9"
    assert work.to_link(row, classy) == "7-0,8-1,9-2"
    assert work.to_link(row[1:3], card) == ""
    for text, one in (("7,8,9", card), ("7-0,8-1,9-2", classy)):
        assert work.to_link(work.from_link(text, one), one) == text
    assert [key.label for key in work.from_link("7,8-2", classy)] == [0, 2]


@pytest.mark.parametrize("text", ["", "7", "7,", "7,x", "7,-1", "7,8-3", "7,4294967296", "7, 8", ",".join(["7"] * 13)])
def test_other_links_are_refused(classy, text):
    with pytest.raises(ValueError):
        work.from_link(text, classy)
    assert PathView.from_link({"keys": text, "loop": "0"}, Asked(card=classy)) == (
        PathView(model=None, loop=False),
        {"keys"},
    )


def test_a_link_says_how_the_path_is_walked(classy):
    query = {"keys": "7-2,8-0", "method": "lerp", "frames": "40", "loop": "0", "truncation": "0.5", "t": "0.25"}
    view = PathView("some", "lerp", 40, False, 0.5, "7-2,8-0", 0.25)
    assert PathView.from_link({"model": "some", **query}, Asked(card=classy)) == (view, set())
    bad = {"method": "x", "frames": "11", "loop": "2", "truncation": "nan", "t": "-1"}
    assert PathView.from_link({"model": "some", **bad}, Asked(card=classy)) == (PathView("some"), set(bad))
    walked = work.journey(view, work.from_link(view.keys, classy), classy)
    assert [(key.point.seed, key.label) for key in walked.keys] == [(7, 2), (8, 0)]
    assert (walked.method, walked.frames, walked.loop, walked.truncation) == ("lerp", 40, False, 0.5)


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
def shot():
    pixels = np.random.default_rng(0).integers(0, 256, (8, 4, 4, 1), np.uint8)
    return Film(pixels, [index / 8 for index in range(8)], [1.0] * 8)


def test_names_of_points_are_plain_text_everywhere(card, row, shot):
    journey = Journey(row, "slerp", 8, True, 1.0)
    for page in (view.row(card, journey, shot, 0, "en"), view.player(card, journey, shot, "en")):
        assert "<b>" not in page and "{" not in page
    assert "kept points among these" in view.row(card, journey, shot, 0, "en")
    assert "Kept points of other models: 3." in view.row(card, journey, shot, 3, "en")
    assert "다른 모델" in view.row(card, journey, shot, 3, "ko")


def test_the_player_of_a_loop_ends_with_its_first_frame(card, row, shot):
    import html as escaping

    for loop, last in ((True, 1.0), (False, 0.875)):
        page = view.player(card, Journey(row, "slerp", 8, loop, 1.0), shot, "en", 0.5)
        facts = json.loads(escaping.unescape(re.search('data-film="([^"]*)"', page)[1]))
        assert (facts["times"][-1], facts["frames"], facts["start"]) == (last, 8, 0.5)
        assert page.count("<li>") == film.STRIP


def test_a_film_meets_seeds_and_points_and_truncation_is_for_seeds(tiny_model):
    store = ModelStore([tiny_model.parent])
    card = store.card("tiny")
    z = tuple(np.linspace(-1, 1, card.latent_size).tolist())
    journey = Journey(work.numbered([Point(seed=7), Point("tiny", z=z, name="p")]), "slerp", 100, False, 0.5)
    shot = film.shoot(store, card, journey)
    assert shot.pixels.shape == (100, 28, 28, 1) and (shot.times[0], shot.times[-1]) == (0, 1)
    with store.using("tiny") as model:
        seed = model.latents([7], truncation=0.5)
        assert shot.norms[0] == pytest.approx(seed.norm().item())
        assert shot.norms[-1] == pytest.approx(float(np.linalg.norm(z)))
    kept = film.point(store, card, journey, 1.0, "name")
    assert kept.z == pytest.approx(z) and kept.label is None


GOOD = {"model": "some", "keys": [7, 8], "frames": 4, "labels": []}


def asked(card, **given):
    """The path that a program asks for."""
    return api.journey(api.Walk.checked(GOOD | given, Asked(card=card)), card)


def test_programs_ask_for_seeds_and_vectors_with_their_classes(card, classy):
    walked = asked(classy, keys=[7, [1, -0.5]], labels=[2, 0], frames=5, loop=True, method="spline", truncation=0.5)
    points = Point(seed=7, label=2), Point("some", z=(1.0, -0.5), label=0)
    assert walked == Journey(work.numbered(points), "spline", 5, True, 0.5)
    assert asked(card) == Journey(work.numbered([Point(seed=7), Point(seed=8)]), "slerp", 4, False, 1.0)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        *(({"keys": keys}, "list of 2 to 12") for keys in (None, 7, [[0.0] * 2])),
        *(({"keys": [7, seed]}, "seed must be") for seed in (-1, 2**32, "8", None, math.nan)),
        *(({"keys": [7, [0.0] * size]}, f"has 2 numbers, not {size}") for size in (0, 1, 3)),
        *(({"method": method}, "method must be one of slerp, lerp, spline") for method in ("nearest", "", None, 1)),
        *(({"frames": frames}, "from 2 to 240") for frames in (1, 241, 2.5, "4", None, True)),
        ({"keys": [7, 8, 9, 10, 11]}, "from 5 to 240, not 4"),
        *(({"loop": loop}, "loop must be") for loop in (1, "yes", None)),
        *(({"truncation": t}, "truncation must be") for t in (-0.1, 1.1, math.nan, "1", None)),
        *(({"labels": labels}, "takes no classes") for labels in ([1, 2], None, "x")),
        *(({"format": kind}, "format must be one of gif, mp4") for kind in ("avi", "", None, 1)),
    ],
)
def test_what_programs_ask_for_is_checked(card, bad, sentence):
    with pytest.raises(UserError, match=sentence):
        asked(card, **bad)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        *((labels, "one class per keyframe") for labels in ([], [1], [1, 2, 0])),
        *((labels, "class") for labels in ([1, 3], [1, -1], [1, "2"], [1, True], None, "12", 3)),
    ],
)
def test_every_keyframe_of_a_class_model_needs_a_class(classy, labels, sentence):
    with pytest.raises(UserError, match=sentence):
        asked(classy, labels=labels)
