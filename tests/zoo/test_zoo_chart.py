"""Charts of measured curves."""

import re
from xml.etree import ElementTree

import pytest

from models_zoo import chart

CURVE = {
    "title": {"en": "Errors & noise <3", "ko": "오류"},
    "caption": {"en": "What it shows.", "ko": "설명"},
    "x": {"label": {"en": "noise", "ko": "잡음"}, "values": [0.0, 0.3, 0.6]},
    "y": {"label": {"en": "error", "ko": "오류율"}},
    "series": [
        {"label": {"en": "first", "ko": "첫째"}, "values": [0.0, 0.1, 0.4]},
        {"label": {"en": "second", "ko": "둘째"}, "values": [0.4, 0.2, 0.0]},
    ],
    "n": 10,
}


def lines(picture):
    found = re.findall(r'<polyline points="([^"]+)"', picture)
    return [[tuple(map(float, point.split(","))) for point in line.split()] for line in found]


def test_every_series_is_a_line_through_its_values():
    rising, falling = lines(chart.svg(CURVE, "en"))
    assert [x for x, _ in rising] == [x for x, _ in falling] == sorted(x for x, _ in rising)
    # Up in the picture is a smaller y.
    assert rising[0][1] > rising[1][1] > rising[2][1]
    assert falling[0][1] == rising[2][1] and falling[2][1] == rising[0][1]


def test_words_come_in_the_language_asked_for_and_cannot_break_the_picture():
    english, korean = chart.svg(CURVE, "en"), chart.svg(CURVE, "ko")
    texts = [element.text for element in ElementTree.fromstring(english).iter() if element.text]
    assert {"Errors & noise <3", "noise", "error", "first", "second"} <= set(texts)
    assert "첫째" in korean and "first" not in korean


def test_all_lines_stay_inside_the_picture_whatever_the_values():
    for top in (1e-4, 1.0, 37.0, 120_000.0):
        curve = CURVE | {"series": [{"label": {"en": "one"}, "values": [0.0, top / 2, top]}]}
        picture = chart.svg(curve, "en")
        assert all(0 <= x <= chart.WIDTH and 0 <= y <= chart.HEIGHT for x, y in lines(picture)[0])
    flat = CURVE | {"series": [{"label": {"en": "one"}, "values": [0.0, 0.0, 0.0]}]}
    assert "nan" not in chart.svg(flat, "en")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        CURVE | {"series": []},
        CURVE | {"title": "no language"},
        CURVE | {"series": [{"label": {"en": "one"}, "values": [1.0]}]},
        CURVE | {"series": [{"label": {"en": "one"}, "values": [1.0, "2", 3.0]}]},
        CURVE | {"series": [{"label": {"en": "one"}, "values": [1.0, float("nan"), 3.0]}]},
    ],
)
def test_what_cannot_be_drawn_is_no_curve(broken):
    assert chart.is_curve(CURVE)
    assert not chart.is_curve(broken)


def test_the_last_number_of_the_axis_is_not_cut():
    drawn = chart.svg({**CURVE, "x": {**CURVE["x"], "values": [0, 30_000, 60_000]}}, "en")
    (centre,) = re.findall(r'<text x="([\d.]+)"[^>]*>60000<', drawn)
    assert float(centre) + 5 * 8 / 2 <= chart.WIDTH


def test_values_below_zero_lie_below_the_axis_of_zero():
    below = {**CURVE, "series": [{"label": {"en": "loss"}, "values": [0.2, 0.0, -0.3]}]}
    picture = chart.svg(below, "en")
    ((_, above), (_, zero), (_, under)) = lines(picture)[0]
    assert above < zero < under <= chart.HEIGHT
    assert ">-0.3<" in picture and ">0<" in picture


def test_marks_stand_at_their_values_and_cannot_be_seen_beyond_the_curve():
    shown = re.findall(r'class="mark"[^>]*>', chart.svg(CURVE, "en", (-1, 0.3, 9)))
    assert ["hidden" in mark for mark in shown] == [True, False, True]
    first, middle, last = re.findall(r'class="mark" x1="([^"]+)"', chart.svg(CURVE, "en", (-1, 0.3, 9)))
    (left, _), (centre, _), (right, _) = lines(chart.svg(CURVE, "en"))[0]
    assert [float(first), float(middle), float(last)] == [left, centre, right]
    assert 'class="mark"' not in chart.svg(CURVE, "en")


def test_one_description_feeds_the_drawing_of_cards_and_the_one_that_a_script_reads():
    with_legend, without = chart.svg(CURVE, "en"), chart.svg(CURVE, "en", legend=False)
    texts = [[element.text for element in ElementTree.fromstring(each).iter()] for each in (with_legend, without)]
    assert {"first", "second"} <= set(texts[0]) and not {"first", "second"} & set(texts[1])
    told = chart.described(CURVE, "ko")
    assert told["title"] == "오류" and told["x"] == {"label": "잡음", "values": [0.0, 0.3, 0.6]}
    assert told["series"][1] == {"label": "둘째", "values": [0.4, 0.2, 0.0]}
    # The lines fill the box that the script draws them into.
    left, top, right, bottom = told["box"]
    (first, *_, last), falling = lines(without)
    assert (first[0], last[0]) == (left, right) and (first[1], falling[-1][1]) == (bottom, bottom)
    assert falling[0][1] == last[1] == top
    assert chart.box(CURVE)[1] == top + 2 * chart.LINE
    assert chart.stroke(0) in with_legend and chart.stroke(1) != chart.stroke(0)
    assert "box" not in chart.described(CURVE | {"kind": "matrix"}, "en")


def test_a_matrix_has_a_square_for_every_share_and_fuller_ones_for_larger_shares():
    series = [{"label": {"en": str(row)}, "values": [0.0, 0.25, 0.75]} for row in range(2)]
    matrix = CURVE | {"kind": "matrix", "series": series}
    assert chart.is_curve(matrix)
    picture = chart.svg(matrix, "en")
    fullness = [float(value) for value in re.findall(r'fill-opacity="([^"]+)"', picture)]
    assert len(fullness) == 6 and fullness[:3] == sorted(fullness[:3]) and fullness[0] < fullness[2] == 0.75
    texts = [element.text for element in ElementTree.fromstring(picture).iter() if element.text]
    assert texts.count("75") == 2 and {"0", "1", "Errors & noise <3"} <= set(texts)
