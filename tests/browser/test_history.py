"""Back and forward through what a visitor did, in a real browser: by the browser's buttons, the page's, and the keyboard."""

import contextlib

import pytest
from browser.conftest import PATIENCE
from browser.helpers import go_to, labelled, view
from playwright.sync_api import expect

TABS = ["sample", "directions", "interpolate", "arithmetic"]
SAMPLE = """() => ({
    address: location.search,
    shown: document.querySelector(".menu-tabs [aria-current]").textContent.trim(),
    model: document.querySelector("[role=tabpanel] .secondary-wrap input").value,
    seed: document.querySelector("#seed input").value,
    pressed: [...document.querySelectorAll("#grid [aria-pressed=true] .tile-seed")].map(seed => seed.textContent),
    tiles: [...document.querySelectorAll("#grid img")].map(picture => picture.src),
    stage: document.querySelector("#stage img").src,
})"""
"""All that a visitor sees on the tab *Sample*."""
ROW = """() => ({
    address: location.search,
    shown: document.querySelector(".menu-tabs [aria-current]").textContent.trim(),
    keys: [...document.querySelectorAll(".key-name")].map(name => name.textContent),
    film: document.querySelector(".player-sheet").src,
})"""
"""The same on the tab *Interpolate*."""

SLOW = """() => {
    const { fetch } = window;
    let first = true;
    window.fetch = async (...asked) => {
        if (first && String(asked[0]).includes("queue/join")) {
            first = false;
            await new Promise(resolve => setTimeout(resolve, 2000));
            window.sent = true;
        }
        return fetch(...asked);
    };
}"""
"""The next event of the page is on its way for two seconds."""


@pytest.fixture
def begin(visit):
    """Open the page on a tab; what a visitor finds there is the first step."""

    def open_page(query="?tab=sample&model=tiny-gan&count=4", ready="button.tile img", **options):
        page = visit(query, ready=ready, **options)
        page.wait_for_function(
            "new URLSearchParams(location.search).get('model') && [...new URLSearchParams(location.search)].length > 3"
        )
        assert at(page) == 0
        return page

    return open_page


@pytest.fixture
def leaving(pages):
    """Around what leaves a page: what the browser says of the events that this cuts off is no complaint."""

    @contextlib.contextmanager
    def leave():
        _, complaints = pages
        before = len(complaints)
        yield
        del complaints[before:]

    return leave()


def at(page):
    """The number of the present step."""
    return page.evaluate("history.state.step")


def does(page, act):
    """Do something that is one more step, and wait for its answer."""
    number = at(page) + 1
    act()
    page.wait_for_function("number => history.state.step === number", arg=number)
    settle(page)


def settle(page):
    """Wait until nothing on the page has changed for a moment."""
    still = """() => new Promise(resolve => {
        let timer = setTimeout(resolve, 400);
        new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(resolve, 400); })
            .observe(document.getElementById("tabs"), { subtree: true, childList: true, attributes: true });
    })"""
    page.evaluate(still)


def expect_seen(page, wanted, look=SAMPLE):
    """What the visitor sees is, or soon becomes, what is `wanted`, and stays so."""
    for _ in range(PATIENCE // 200):
        if page.evaluate(look) == wanted:
            break
        page.wait_for_timeout(200)
    settle(page)
    assert page.evaluate(look) == wanted


def expect_ends(page, undo, redo):
    for name, possible in (("undo", undo), ("redo", redo)):
        expect(page.locator(f"#{name}")).to_have_attribute("aria-disabled", "false" if possible else "true")


def choose(page, model):
    labelled(page, "Model").click()
    page.get_by_role("option", name=f"Title of {model}").click()


def press_keys(page, place, *keys):
    page.locator(place).focus()
    for key in keys:
        page.keyboard.press(key)


def test_back_and_forward_bring_back_pictures_controls_and_address_at_each_step(begin):
    page = begin()
    expect_ends(page, False, False)
    steps = [(SAMPLE, page.evaluate(SAMPLE))]

    def step(act, look=SAMPLE):
        does(page, act)
        steps.append((look, page.evaluate(look)))

    step(lambda: choose(page, "tiny-lsgan"))
    step(lambda: page.locator("#dice").click())
    step(lambda: press_keys(page, "[role=tabpanel] input[type=range] >> nth=0", "ArrowRight", "ArrowRight"))
    step(lambda: page.locator("button.tile").nth(3).click())
    step(lambda: go_to(page, "interpolate") and page.locator(".player-time").wait_for(), ROW)
    step(lambda: page.locator("#key-dice").click(), ROW)
    assert len({str(seen) for _, seen in steps}) == len(steps) and len(steps[3][1]["tiles"]) == 6
    expect_ends(page, True, False)

    for look, seen in steps[-2::-1]:
        page.evaluate("history.back()")
        expect_seen(page, seen, look)
    expect_ends(page, False, True)
    for look, seen in steps[1:]:
        page.evaluate("history.forward()")
        expect_seen(page, seen, look)
    expect_ends(page, True, False)
    # What is done after a step back takes the place of what was undone.
    page.locator("#undo").click()
    expect_seen(page, steps[-2][1], ROW)
    does(page, lambda: page.locator("#key-dice").click())
    expect_ends(page, True, False)


def test_from_the_first_step_back_leads_to_where_the_visitor_came_from(begin, leaving):
    page = begin()
    does(page, lambda: page.locator("#dice").click())
    page.go_back()
    expect_ends(page, False, True)
    with leaving:
        page.go_back()
        assert page.url == "about:blank"
        page.go_forward()
        page.locator("button.tile img").first.wait_for()
    expect_ends(page, False, True)


def test_undo_and_redo_by_keys_but_not_while_somebody_types(begin):
    page = begin()
    first = page.evaluate(SAMPLE)
    does(page, lambda: page.locator("#dice").click())
    second = page.evaluate(SAMPLE)
    page.keyboard.press("Control+z")
    expect_seen(page, first)
    # At the end there is nothing more.
    page.keyboard.press("Control+z")
    page.locator("#undo").click(force=True)
    expect_seen(page, first)
    page.keyboard.press("Control+Shift+z")
    expect_seen(page, second)
    does(page, lambda: page.locator("#seed input").fill("5"))
    third = page.evaluate(SAMPLE)
    # A field undoes what was typed into it.
    page.locator("#seed input").focus()
    page.keyboard.press("Control+Shift+z")
    assert at(page) == 2
    page.locator("button.tile").first.focus()
    page.keyboard.press("Control+z")
    expect_seen(page, second)
    page.keyboard.press("Control+y")
    expect_seen(page, third)


def test_what_is_typed_at_once_and_a_drag_are_one_step(begin):
    page = begin()
    field = page.locator("#seed input")
    field.fill("")
    does(page, lambda: field.press_sequentially("123", delay=50))
    assert view(page)["seed"] == "123" and at(page) == 1
    slider = page.locator("[role=tabpanel] input[type=range]").nth(1)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 11, y)
    page.mouse.down()
    for share in (0.8, 0.6, 0.4):
        page.mouse.move(box["x"] + share * box["width"], y)
        # Longer than an answer takes, and than two acts lie apart.
        page.wait_for_timeout(1200)
    page.mouse.up()
    settle(page)
    assert at(page) == 2 and float(view(page)["truncation"]) < 0.5
    page.locator("#dice").focus()
    page.keyboard.press("Control+z")
    page.wait_for_function("history.state.step === 1")
    expect(slider).to_have_js_property("value", "1")
    assert view(page)["truncation"] == "1" and view(page)["seed"] == "123"


def test_directions_go_back_to_where_their_sliders_stood(begin):
    page = begin("?tab=directions&model=tiny-gan", ready="#directions-view img")
    slider = page.locator(".steer-row input").first
    picture = page.locator("#directions-view img").last
    first = picture.get_attribute("src")
    does(page, lambda: press_keys(page, ".steer-row input >> nth=0", "ArrowRight", "ArrowRight"))
    assert "move" in view(page) and picture.get_attribute("src") != first
    page.locator("#undo").click()
    expect(slider).to_have_js_property("value", "0")
    expect(picture).to_have_attribute("src", first)


def test_late_answers_do_not_overwrite_what_came_back(begin):
    page = begin()
    first = page.evaluate(SAMPLE)
    does(page, lambda: page.locator("#dice").click())
    page.evaluate(SLOW)
    page.locator("#dice").click()
    page.evaluate("history.back()")
    expect_seen(page, first)
    page.wait_for_function("window.sent")
    page.wait_for_timeout(1500)
    expect_seen(page, first)
    expect_ends(page, False, True)


def test_a_link_of_the_page_is_a_step_too_and_a_reload_keeps_the_steps(begin, leaving):
    page = begin()
    does(page, lambda: page.locator("#dice").click())
    seen = page.evaluate(SAMPLE)
    with leaving:
        page.evaluate("location.href = '?tab=sample&model=tiny-lsgan&seed=9&count=4'")
        page.wait_for_function(
            "document.querySelector('#seed input')?.value === '9' && document.querySelector('#stage img')"
        )
        expect_ends(page, True, False)
        page.locator("#undo").click()
        page.wait_for_function("seed => document.querySelector('#seed input')?.value === seed", arg=seen["seed"])
        page.locator("button.tile img").first.wait_for()
        expect_seen(page, seen)
        expect_ends(page, True, True)
        page.reload()
        page.locator("button.tile img").first.wait_for()
    expect_ends(page, True, True)
    page.locator("#undo").click()
    page.wait_for_function("history.state.step === 0")
    expect(page.locator("#seed input")).to_have_value("27")


def test_an_equation_comes_back_with_the_kept_points_in_it(begin):
    page = begin("?tab=arithmetic&model=tiny-faces", ready=".sum-result img")
    undo = page.locator("#sums").get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    page.locator("#sums-keep-name input").fill("mine")
    page.locator("#sums-keep").click()
    page.get_by_role("button", name="Choose by hand for row C").click()
    page.get_by_role("button", name="Add this point").click()
    third = page.locator(".term:nth-of-type(3) .exemplar")
    expect(third).to_have_count(4)
    settle(page)
    picture = page.locator(".sum-result img").get_attribute("src")
    does(page, lambda: page.get_by_role("button", name="Smiling woman − neutral woman + neutral man").click())
    page.locator("#undo").click()
    expect(third.last).to_contain_text("mine")
    expect(page.locator(".sum-result img")).to_have_attribute("src", picture)
    expect(undo).to_be_enabled()


def test_the_buttons_are_named_in_both_languages_and_fit_a_phone(begin, serious_barriers):
    for locale, names in (("en-US", ["Undo", "Redo"]), ("ko-KR", ["되돌리기", "다시 하기"])):
        page = begin(width=390, locale=locale)
        does(page, lambda page=page: page.locator("#dice").click())
        page.evaluate("scrollTo(0, 0)")
        for name, keys in zip(names, ("Ctrl+Z", "Ctrl+Shift+Z"), strict=True):
            button = page.locator(".masthead").get_by_role("button", name=name, exact=True)
            expect(button).to_be_in_viewport(ratio=1)
            expect(button).to_have_attribute("title", f"{name} ({keys})")
            box = button.bounding_box()
            assert box["width"] >= 44 and box["height"] >= 44
        assert serious_barriers(page, include=".masthead") == []
