"""The tab *Interpolate*, in a real browser: keyframes, paths, films."""

import json
import re
import zipfile

import av
import numpy as np
import pytest
from browser.helpers import close_toasts, decoded, fits, go_to, labelled, saved, toast, view
from PIL import Image
from playwright.sync_api import expect

from explorer.tabs.interpolate.work import USUAL

TABS = ["sample", "classes", "interpolate"]

SEEDS = [str(seed) for seed, _ in USUAL]


@pytest.fixture
def open_paths(visit):
    """Open the tab with a model of this name and further values of the link."""

    def open_tab(model="tiny-gan", more="", **options):
        page = visit(
            f"?tab=interpolate&model={model}{more}", ready="button.key", **{"motion": "no-preference", **options}
        )
        page.wait_for_url(re.compile("method=.*t="))
        return page

    return open_tab


def names(page):
    return page.locator(".key-name")


def seeds(*numbers):
    return [f"Seed {number}" for number in numbers]


def act(page, name):
    page.locator(f".key-acts button[data-act='{name}']").click()


def press(page, index):
    page.locator("button.key").nth(index).click()


def as_array(uri):
    """The picture at a data URI as grey values H x W."""
    return np.asarray(decoded(uri).convert("L"), int)


def screen(page):
    """What the player shows."""
    return as_array(page.locator("#path-player canvas").evaluate("canvas => canvas.toDataURL()"))


def thumbnail(page, index):
    return as_array(page.locator(".key img").nth(index).get_attribute("src"))


def scrub(page, stop):
    """Move the scrubber to a frame, counted from 0."""
    page.locator(".player input[type=range]").fill(str(stop))


def choose(page, control, option):
    labelled(page, control, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


# In the browser


def test_opening_the_tab_shows_a_path_through_four_seeds(open_paths):
    page = open_paths(width=390)
    expect(names(page)).to_have_text(seeds(*SEEDS))
    expect(page.locator("#path-player .frames img")).to_have_count(9)
    assert screen(page).max() > screen(page).min()
    assert np.array_equal(screen(page), thumbnail(page, 0))
    assert view(page)["keys"] == ",".join(SEEDS)
    expect(page.locator(".norms polyline")).to_be_visible()
    assert fits(page)
    check_the_phone(page)


def check_the_phone(page):
    """Buttons are large enough, and four keyframes make a row."""
    for name in (".player-play", "#path-gif", "#key-dice", "#key-add", ".key-acts button", "button.key", "#keep"):
        box = page.locator(name).first.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44, name
    tops = page.locator("button.key").evaluate_all("keys => keys.map(key => key.offsetTop)")
    assert len(set(tops)) == 1
    assert page.locator("#path-player canvas").bounding_box()["y"] < 800


def test_scrubbing_and_playing_show_each_frame_without_asking_the_server_and_a_loop_goes_on(open_paths):
    page = open_paths(more="&frames=12&loop=0")
    asked, shown = [], []

    def note(request):
        asked.extend([request.url] if "queue/join" in request.url else [])

    page.on("request", note)
    for stop in range(12):
        scrub(page, stop)
        shown.append(screen(page).tobytes())
    page.remove_listener("request", note)
    assert len(set(shown)) == 12 and asked == []
    expect(page.locator(".player-time")).to_have_text("t = 1.00")
    assert np.array_equal(screen(page), thumbnail(page, 3))
    page.wait_for_url(re.compile("t=1(&|$)"))
    page.locator(".player input[type=range]").press("ArrowLeft")
    expect(page.locator(".player input[type=range]")).to_have_attribute(
        "aria-valuetext", re.compile(r"^t = 0\.[89]\d$")
    )
    press(page, 1)
    assert np.array_equal(screen(page), thumbnail(page, 1))
    expect(page.locator("button.key[aria-pressed=true]")).to_have_attribute("aria-label", f"Seed {SEEDS[1]}")
    page.locator("#path-player .frames li").last.click()
    assert np.array_equal(screen(page), thumbnail(page, 3))
    scrub(page, 0)
    check_the_playing(page)


def check_the_playing(page):
    """The film runs to its end and stops; as a loop it goes on until it is stopped."""
    button, place = page.locator(".player-play"), page.locator(".player-time")
    button.click()
    expect(button).to_have_text("Pause")
    expect(place).to_have_text("t = 1.00")
    expect(button).to_have_text("Play")
    labelled(page, "Back to the first keyframe (loop)").check()
    page.wait_for_url(re.compile("loop=1"))
    button.click()
    expect(place).to_have_text(re.compile(r"t = 0\.[1-4]"))
    expect(place).to_have_text(re.compile(r"t = 0\.[5-9]"))
    expect(place).to_have_text(re.compile(r"t = 0\.[0-2]"))
    button.click()
    expect(button).to_have_text("Play")
    # Three more frames would have come by then.
    before = place.inner_text()
    page.evaluate("() => new Promise((then) => setTimeout(then, 150))")
    assert place.inner_text() == before


def test_whoever_wants_less_motion_gets_stills(open_paths):
    page = open_paths(more="&frames=240&loop=0", motion="reduce")
    page.evaluate(
        """() => {
            const time = document.querySelector(".player-time");
            window.stills = [];
            new MutationObserver(() => window.stills.push(time.textContent)).observe(time, { childList: true });
        }"""
    )
    page.locator(".player-play").click()
    page.wait_for_function("window.stills.length >= 2")
    # Every eighth part of the film, where all frames would come one by one.
    assert page.evaluate("window.stills.slice(0, 2)") == ["t = 0.13", "t = 0.25"]


def test_two_to_twelve_seeds_are_added_moved_and_taken_out_and_each_change_can_be_undone(open_paths):
    a, b, c, d = SEEDS
    page = open_paths(more="&frames=12")
    page.locator("#take-interpolate").click()
    expect(toast(page).last).to_contain_text("There is no picture in hand yet")
    page.locator("#key-seed input").fill("4294967296")
    page.locator("#key-add").click()
    expect(toast(page).last).to_contain_text("The seed must be")
    expect(names(page)).to_have_count(4)
    page.locator("#key-seed input").fill("77")
    page.locator("#key-add").click()
    expect(names(page)).to_have_text(seeds(a, b, c, d, 77))
    expect(page.locator("button.key[aria-pressed=true] .key-name")).to_have_text("Seed 77")
    act(page, "left")
    expect(names(page)).to_have_text(seeds(a, b, c, 77, d))
    act(page, "left")
    expect(names(page)).to_have_text(seeds(a, b, 77, c, d))
    act(page, "right")
    expect(names(page)).to_have_text(seeds(a, b, c, 77, d))
    press(page, 0)
    act(page, "remove")
    expect(names(page)).to_have_text(seeds(b, c, 77, d))
    page.wait_for_url(re.compile(f"keys={b}%2C{c}%2C77%2C{d}"))
    for row in ((a, b, c, 77, d), (a, b, 77, c, d), (a, b, c, 77, d), (a, b, c, d, 77), (a, b, c, d)):
        act(page, "undo")
        expect(names(page)).to_have_text(seeds(*row))
    expect(page.locator(".key-acts button[data-act=undo]")).to_be_disabled()
    for left in (3, 2):
        act(page, "remove")
        expect(names(page)).to_have_count(left)
    act(page, "remove")
    expect(toast(page).last).to_contain_text("at least 2 keyframes")
    expect(names(page)).to_have_count(2)
    check_the_most(open_paths(more="&keys=1,2,3,4,5,6,7,8,9,10,11,12&frames=12"))


def check_the_most(page):
    """There are no more than twelve keyframes, and quick clicks all count."""
    page.locator("#key-dice").click()
    expect(toast(page)).to_contain_text("12 keyframes already")
    expect(names(page)).to_have_count(12)
    page.evaluate(
        """() => {
            const keys = document.querySelectorAll(".key");
            for (const index of [0, 2, 4]) {
                keys[index].click();
                document.querySelector("[data-act=remove]").click();
            }
        }"""
    )
    expect(names(page)).to_have_text(seeds(2, 4, 6, 7, 8, 9, 10, 11, 12))


def test_films_hold_every_frame_methods_go_other_ways_and_truncation_zero_leaves_one_picture(open_paths):
    page = open_paths(more="&keys=7,8,9&frames=24")
    check_the_films(page)
    page.get_by_role("button", name="More settings").filter(visible=True).click()
    shown = {}
    for method, option in (("slerp", None), ("lerp", "lerp (straight)"), ("spline", "spline (smooth)")):
        if option:
            choose(page, "Path", option)
            page.wait_for_url(re.compile(f"method={method}"))
        strip = page.locator("#path-player .frames img").evaluate_all("images => images.map(image => image.src)")
        shown[method] = strip, page.locator(".norms figcaption").inner_text()
        assert np.array_equal(thumbnail(page, 0), screen(page))
    assert len({strip[0] for strip, _ in shown.values()}) == 1
    assert len({strip[3] for strip, _ in shown.values()}) == 3
    least = {method: float(re.search(r"path: ([\d.]+) to", words)[1]) for method, (_, words) in shown.items()}
    assert least["lerp"] < 0.85 * least["slerp"]
    labelled(page, "number input for Truncation ψ").fill("0")
    page.wait_for_url(re.compile("truncation=0(&|$)"))
    assert len(set(page.locator(".key img").evaluate_all("images => images.map(image => image.src)"))) == 1


def check_the_films(page):
    """GIF and MP4 have every frame, enlarged."""
    file = saved(page, "#path-gif")
    assert file.suggested_filename == "tiny-gan-slerp.gif"
    with Image.open(file.path()) as gif:
        assert (gif.format, gif.n_frames, gif.info["loop"], gif.info["duration"]) == ("GIF", 24, 0, 50)
        assert min(gif.size) >= 256
        assert np.abs(np.asarray(gif.convert("L"), int)[::10, ::10] - thumbnail(page, 0)).max() <= 2
    file = saved(page, "#path-mp4")
    assert file.suggested_filename == "tiny-gan-slerp.mp4"
    with av.open(str(file.path())) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        shown = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert len(shown) == 24 and min(shown[0].shape) >= 256
    assert np.abs(shown[0][5::10, 5::10].astype(int) - thumbnail(page, 0)).mean() < 8


def test_a_link_restores_everything_and_strip_and_recipe_hold_what_makes_the_film_again(open_paths):
    values = {"keys": "7-2,8-0,9-1", "method": "lerp", "frames": "12", "loop": "0", "truncation": "0.5", "t": "0.5"}
    page = open_paths("tiny-acgan", "".join(f"&{name}={value}" for name, value in values.items()))
    expect(names(page)).to_have_text(seeds(7, 8, 9))
    expect(page.locator(".key-class")).to_have_text(["Class 2", "Class 0", "Class 1"])
    expect(labelled(page, "Path", exact=True)).to_have_value("lerp (straight)")
    expect(page.locator(".player-time")).to_have_text(re.compile(r"t = 0\.[45]\d"))
    assert np.array_equal(screen(page), thumbnail(page, 1))
    page.locator("#copy-link").click()
    page.locator("#copy-link[data-copied]").wait_for()
    assert view(page) == {"tab": "interpolate", "model": "tiny-acgan", **values}
    assert Image.open(saved(page, "#path-strip").path()).size == (9 * 116 + 4, 120)
    with zipfile.ZipFile(saved(page, "#path-zip").path()) as archive:
        assert len(archive.namelist()) == 13 and "frame-011.png" in archive.namelist()
        made = json.loads(archive.read("path.json"))
    assert (made["model"], made["method"], made["loop"], made["truncation"]) == ("tiny-acgan", "lerp", False, 0.5)
    assert made["keyframes"] == [{"seed": 7, "label": 2}, {"seed": 8, "label": 0}, {"seed": 9, "label": 1}]
    assert [made["frames"][place]["keyframe"] for place in (0, -1)] == [0, 2]


def test_every_keyframe_of_a_class_model_has_its_class_and_a_frame_between_the_nearer_one(open_paths):
    page = open_paths("tiny-acgan", "&keys=7-2,8-6&frames=21&loop=0")
    expect(page.locator(".key-class")).to_have_text(["Class 2", "Class 6"])
    before = thumbnail(page, 0)
    press(page, 0)
    labelled(page, "Class", exact=True).select_option("5")
    expect(page.locator(".key-class")).to_have_text(["Class 5", "Class 6"])
    assert not np.array_equal(thumbnail(page, 0), before)
    page.wait_for_url(re.compile("keys=7-5%2C8-6"))
    act(page, "undo")
    expect(page.locator(".key-class")).to_have_text(["Class 2", "Class 6"])
    expect(labelled(page, "Class", exact=True)).to_have_value("2")
    scrub(page, 15)
    keep(page, "late")
    expect(toast(page)).to_contain_text("got the nearer one, 6")
    page.locator("#key-kept-add").click()
    expect(page.locator(".key-class")).to_have_text(["Class 2", "Class 6", "Class 6"])


def test_the_picture_in_hand_becomes_a_keyframe_as_it_was_with_the_model_that_drew_it(visit):
    page = visit("?model=tiny-gan&seed=20&truncation=0.5")
    page.get_by_role("button", name="Seed 25").click()
    expect(page.locator(".stage-seed").first).to_have_text("Seed 25")
    chosen = page.locator("#stage img").get_attribute("src")
    go_to(page, "interpolate")
    expect(page.locator("button.key")).to_have_count(4)
    page.locator("#take-interpolate").click()
    page.wait_for_url(re.compile("model=tiny-gan"))
    expect(page.locator("#path-about h4").first).to_have_text("Title of tiny-gan")
    expect(names(page)).to_have_text([*seeds(*SEEDS), "Seed 25, ψ = 0.5"])
    picture = page.locator(".key img").last.get_attribute("src")
    assert np.abs(as_array(picture) - as_array(chosen)).max() <= 2


def keep(page, name):
    page.locator("#keep-name textarea, #keep-name input").first.fill(name)
    page.locator("#keep").click()


def test_a_frame_is_kept_becomes_a_keyframe_and_waits_while_other_models_get_the_seeds(open_paths):
    page = open_paths(more="&keys=7,8&frames=20&loop=0")
    expect(page.locator("#key-kept")).to_have_count(0)
    scrub(page, 9)
    kept = screen(page)
    keep(page, "half <b>way")
    expect(toast(page)).to_contain_text("Kept as half <b>way.")
    expect(labelled(page, "Kept points", exact=True)).to_have_value("half <b>way")
    page.locator("#key-kept-add").click()
    expect(names(page)).to_have_text([*seeds(7, 8), "half <b>way"])
    assert np.abs(thumbnail(page, 2) - kept).max() <= 2
    expect(page.locator("#path-keys")).to_contain_text("A link holds seeds only")
    assert view(page)["keys"] == "7,8"
    keep(page, "half <b>way")
    expect(toast(page).last).to_contain_text("is taken")
    keep(page, "")
    expect(toast(page).last).to_contain_text("Type a name")
    choose(page, "Model", "Title of tiny-lsgan")
    expect(names(page)).to_have_text(seeds(7, 8))
    expect(page.locator("#key-kept")).to_have_count(0)
    expect(page.locator("#path-keys")).to_contain_text("Kept points of other models: 1.")
    before = thumbnail(page, 0)
    choose(page, "Model", "Title of tiny-three")
    page.wait_for_url(re.compile("keys=7-0%2C8-0"))
    expect(page.locator(".key-class")).to_have_count(2)
    expect(names(page)).to_have_text(seeds(7, 8))
    assert not np.array_equal(thumbnail(page, 0), before)
    expect(page.locator("#path-about h4").first).to_have_text("Title of tiny-three")
    choose(page, "Model", "Title of tiny-gan")
    expect(names(page)).to_have_text([*seeds(7, 8), "half <b>way"])
    expect(labelled(page, "Kept points", exact=True)).to_have_value("half <b>way")


def test_a_bad_link_shows_the_usual_view_and_ones_own_checkpoint_can_be_loaded(open_paths, own):
    page = open_paths("nothing", "&keys=7&method=x&frames=3&loop=2&truncation=nan&t=-1")
    expect(toast(page)).to_contain_text("frames, keys, loop, method, model, t, truncation")
    expect(names(page)).to_have_text(seeds(*SEEDS))
    close_toasts(page)
    page.get_by_role("button", name="More settings").filter(visible=True).click()
    page.get_by_role("button", name="Use your own checkpoint").filter(visible=True).click()
    for name, then in (("own-judge", "is no network for the task"), ("own-gan", None)):
        labelled(page, "Folder or Hugging Face id").fill(str(own / name))
        page.locator("#path-own-load").click()
        if then:
            expect(toast(page)).to_contain_text(then)
    page.wait_for_url(re.compile("model=own-gan"))
    expect(page.locator("#path-about h4").first).to_have_text("Title of own-gan")
