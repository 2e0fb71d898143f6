"""The picture in hand as the browser sends it, and points that it keeps."""

import json

import pytest

from explorer.latent.point import Point
from explorer.page import hand
from explorer.texts.errors import UserError
from models_zoo import Card

CARD = Card("some", "gan", "unconditional", "mnist", "", {}, 28, 1, latent_size=2)
SEED = Point("some", 7, truncation=0.5, label=3)
VECTOR = Point("some", z=(0.5, -1.25), name="Anna")


def test_points_come_back_from_the_browser_as_they_went():
    assert hand.kept(hand.written([SEED, VECTOR]), "en") == [SEED, VECTOR]
    assert hand.held(hand.mark(SEED), "", "en").point == SEED
    assert hand.kept("[]", "en") == []


@pytest.mark.parametrize(
    "sent",
    [
        "", "no json", "{}", "7", "null", "[7]", "[null]", '[{"model": "some"}]', '[{"seed": 7}]', '[{"model": "", "seed": 7}]',
        '[{"model": "some", "seed": -1}]', '[{"model": "some", "seed": 1.5}]', '[{"model": "some", "z": "abc"}]',
        '[{"model": "some", "z": [1e999]}]', '[{"model": "some", "z": [null]}]', '[{"model": "some", "seed": 7, "truncation": 3}]',
        '[{"model": "some", "seed": 7, "label": true}]', '[{"model": "some", "seed": 7, "name": 7}]',
        '[{"model": "some", "seed": 7, "name": "' + "x" * 1000 + '"}]', '[{"model": 7, "seed": 7}]', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_no_page_sends_is_one_sentence(sent):
    with pytest.raises(UserError) as caught:
        hand.kept(sent, "en")
    assert len(caught.value.message) < 200


def test_nothing_in_hand_is_one_sentence_and_a_picture_without_a_point_has_no_latent_vector():
    with pytest.raises(UserError, match="no picture in hand"):
        hand.held("", "", "en")
    picture = hand.held("", "data:image/png;base64,", "en")
    with pytest.raises(UserError, match="Invert"):
        picture.of(CARD, "en")
    with pytest.raises(UserError, match="other"):
        hand.Hand(Point("other", 7), "").of(CARD, "en")
    assert hand.Hand(SEED, "").of(CARD, "en") == SEED


def test_names_are_free():
    assert hand.free_name("a", []) == "a"
    assert hand.free_name("a", ["a", "a 2"]) == "a 3"


def test_the_mark_of_a_vector_is_short_and_near():
    z = tuple(float(each) for each in range(100))
    mark = hand.mark(Point("some", z=tuple(each / 7 for each in z)))
    assert len(mark) < 1500
    assert json.loads(mark)["z"] == pytest.approx([each / 7 for each in z], abs=1e-5)
