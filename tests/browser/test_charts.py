"""Charts on the page, in a real browser: values are read by mouse, finger and keyboard, lines hidden, axes changed, numbers saved."""

import re

import pytest
from browser.conftest import CURVE, make_checkpoint, served
from browser.helpers import fits
from playwright.sync_api import expect

STEPS = [0, 100, 200, 300, 400]
LOW, HIGH = [0.5, 0.05, 0.02, 0.01, 0.005], [40, 20, 30, 10, 12]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a page with a model whose training two charts tell: one with a line a thousand times above the other."""
    folder = tmp_path_factory.mktemp("charts")
    lines = [
        {"label": {"en": "low, below", "ko": "낮은 값"}, "values": LOW},
        {"label": {"en": "high", "ko": "높은 값"}, "values": HIGH},
    ]
    two = {**CURVE, "title": {"en": "Two losses", "ko": "두 손실"}, "series": lines, "of_run": True}
    two["x"] = {"label": {"en": "step", "ko": "단계"}, "values": STEPS}
    matrix = {**CURVE, "title": {"en": "Shares", "ko": "비율"}, "kind": "matrix"}
    make_checkpoint(folder, "tiny-curves", dataset="celeba", curves={"two": two, "one": CURVE, "shares": matrix})
    with served(folder, tmp_path_factory, ["convergence"]) as address:
        yield address


@pytest.fixture
def open_chart(visit):
    def open_chart(**options):
        page = visit("?tab=convergence&model=tiny-curves", ready=".course-curves .plot", **options)
        return page, page.locator(".course-curves .curve")

    return open_chart


def point(page, chart, share, tap=False):
    """Put mouse or finger in a chart, at a share of its width."""
    plot = chart.locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    place = box["x"] + box["width"] * share, box["y"] + box["height"] / 2
    page.touchscreen.tap(*place) if tap else page.mouse.move(*place)


def heights(chart, line):
    """Where the points of a line lie, from the top."""
    points = chart.locator("polyline").nth(line).get_attribute("points")
    return [float(point.split(",")[1]) for point in points.split()]


def levels(chart):
    return chart.locator(".levels text").all_text_contents()


def test_the_nearest_point_of_every_line_is_told_by_the_mouse(open_chart):
    page, chart = open_chart()
    reading = chart.locator("div.readout")
    expect(reading).to_have_count(0)
    left, _, right, _ = chart.evaluate("figure => JSON.parse(figure.dataset.chart).box")
    point(page, chart, (left + 0.27 * (right - left)) / 480)
    expect(reading).to_have_text(re.compile(r"step\s*100\s*low, below\s*0\.05\s*high\s*20"))
    # Dots lie on the lines.
    dots = [float(each.get_attribute("cy")) for each in chart.locator(".readout circle").all()]
    assert dots == pytest.approx([heights(chart, 0)[1], heights(chart, 1)[1]], abs=0.1)
    point(page, chart, 0.97)
    expect(reading).to_contain_text("400")
    box, around = reading.bounding_box(), chart.locator(".plot").bounding_box()
    assert around["x"] <= box["x"] and box["x"] + box["width"] <= around["x"] + around["width"]
    page.mouse.move(5, 5)
    expect(reading).to_have_count(0)
    # A press still goes to the nearest snapshot.
    point(page, chart, 0.1)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".moment:not([hidden]) .stage-seed")).to_have_text("Step 0")


def test_arrow_keys_read_on_and_what_is_read_is_spoken(open_chart, serious_barriers):
    page, chart = open_chart(locale="ko-KR", scheme="dark")
    plot = chart.locator(".plot")
    page.locator(".course input").focus()
    page.keyboard.press("Tab")
    expect(plot).to_be_focused()
    expect(plot).to_have_attribute("aria-valuetext", "단계: 0, 낮은 값: 0.5, 높은 값: 40")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuetext", "단계: 200, 낮은 값: 0.02, 높은 값: 30")
    expect(plot).to_have_attribute("aria-valuenow", "2")
    expect(chart.locator("div.readout")).to_contain_text("높은 값")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuenow", "4")
    assert serious_barriers(page, include=".course-curves") == []
    page.keyboard.press("Escape")
    expect(chart.locator("div.readout")).to_have_count(0)


def test_lines_can_be_hidden_and_the_axis_fits_those_that_are_left(open_chart):
    page, chart = open_chart()
    low, high = chart.locator("button.chart-key").all()
    drawn, before = heights(chart, 0), levels(chart)
    assert before[-1] == "40" and max(drawn) - min(drawn) < 5, "beside the high line the low one is flat"
    high.click()
    expect(high).to_have_attribute("aria-pressed", "false")
    expect(chart.locator("polyline").nth(1)).to_be_hidden()
    assert levels(chart)[-1] == "0.5" and max(heights(chart, 0)) - min(heights(chart, 0)) > 150
    point(page, chart, 0.5)
    expect(chart.locator("div.readout")).not_to_contain_text("high")
    # The last one brings all of them back, exactly as the server drew them.
    low.click()
    expect(chart.locator("polyline").nth(1)).to_be_visible()
    assert levels(chart) == before and heights(chart, 0) == pytest.approx(drawn, abs=0.11)


def test_on_a_logarithmic_axis_equal_factors_are_equally_far(open_chart, serious_barriers):
    page, chart = open_chart(width=390)
    log = chart.locator(".chart-log")
    assert all(each.bounding_box()["height"] >= 44 for each in chart.locator("button").all())
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")
    assert levels(chart) == ["1e-3", "0.01", "0.1", "1", "10", "100"]
    first, second, third, *_ = heights(chart, 0)
    assert (second - first) / (third - second) == pytest.approx(1 / 0.398, rel=0.02)
    assert fits(page) and serious_barriers(page, include=".course-curves") == []
    log.click()
    assert levels(chart)[0] == "0"


def test_what_was_chosen_stays_when_the_server_draws_the_chart_anew(open_chart):
    _, chart = open_chart()
    chart.evaluate("figure => { figure.dataset.before = figure.outerHTML; }")
    chart.locator(".chart-log").click()
    chart.evaluate("figure => { figure.outerHTML = figure.dataset.before; }")
    expect(chart.locator(".chart-log")).to_have_attribute("aria-pressed", "true")
    assert levels(chart)[0] == "1e-3"


def test_all_numbers_are_saved_for_spreadsheets(open_chart):
    page, chart = open_chart()
    chart.locator("button.chart-key").first.click()
    with page.expect_download() as download:
        chart.locator(".chart-csv").click()
    assert download.value.suggested_filename == "Two-losses.csv"
    with open(download.value.path(), encoding="utf-8-sig", newline="") as file:
        head, *rows = file.read().split("\r\n")
    assert head == '"step","low, below","high"'
    assert rows == [*(f"{step},{low},{high}" for step, low, high in zip(STEPS, LOW, HIGH, strict=True)), ""]


def test_of_one_line_there_is_nothing_to_hide_and_a_matrix_shows_its_values_itself(open_chart):
    page, _ = open_chart()
    one, matrix = (page.locator("#convergence-about .curve").nth(place) for place in (0, 1))
    expect(one.locator("span.chart-key")).to_have_text("Class head {}")
    expect(one.locator("button")).to_have_text(["Log scale", "Save as CSV"])
    expect(matrix.locator("button")).to_have_text(["Save as CSV"])
    expect(matrix.locator(".plot")).to_have_count(0)


def test_a_tap_reads_too_until_something_else_is_tapped(browser, server):
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(f"{server}/?tab=convergence&model=tiny-curves")
        chart = page.locator(".course-curves .curve")
        chart.locator(".plot").wait_for(timeout=60_000)
        point(page, chart, 0.97, tap=True)
        expect(chart.locator("div.readout")).to_contain_text("400")
        page.locator(".moment:not([hidden]) .stage-seed").tap()
        expect(chart.locator("div.readout")).to_have_count(0)
