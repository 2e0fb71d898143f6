"""The tab *Lab*, in a real browser and through the API: a lesson, rewinding, a drawn density, training on pictures."""

import io
import json
import math
import re
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from browser.conftest import served
from browser.helpers import encoded, go_to, labelled, saved, upload, view
from PIL import Image
from playwright.sync_api import expect

TABS = ["lab", "sample"]
READY = ".lab-numbers dd"
SETTINGS = "#lab-settings [data-settings]"


@pytest.fixture
def open_lab(visit):
    def open_tab(more="", **options):
        page = visit(f"?tab=lab{more}", ready=READY, **options)
        page.wait_for_url(re.compile("g_rate="))
        return page

    return open_tab


def press(page, act):
    page.locator(f"[data-act={act}]").click()


def test_the_plots_tell_the_values_below_the_pointer(open_lab):
    page = open_lab()
    chart = page.locator("[data-chart=losses]")
    press(page, "ten")
    at(page, 10)
    page.mouse.move(0, 0)
    plot = chart.evaluate("canvas => canvas.toDataURL()")
    chart.hover()
    pointed = chart.evaluate("canvas => canvas.toDataURL()")
    assert pointed != plot
    page.mouse.move(0, 0)
    assert chart.evaluate("canvas => canvas.toDataURL()") == plot


def steps(page):
    """The step that the page shows."""
    return int(page.locator(READY).first.inner_text().replace(",", ""))


def at(page, step):
    expect(page.locator(READY).first).to_have_text(f"{step:,}")


def rows(page):
    return Path(saved(page, "[data-act=csv]").path()).read_text(encoding="utf-8")


def choose(page, label, option):
    labelled(page, label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_lesson_shows_games_side_by_side_and_its_link_takes_the_same_course(open_lab, visit):
    page = open_lab()
    choose(page, "Lesson", "Why minimax stalls: gradients that vanish")
    expect(page.locator(".lab-game")).to_have_count(2)
    expect(page.locator(".lab-game figcaption").first).to_have_text("Minimax: log(1 − D)")
    expect(page.locator(".lab-lesson svg[role=img]").first).to_be_visible()
    page.wait_for_url(re.compile("lesson=vanishing"))
    assert view(page)["data"] == "one" and view(page)["d_rate"] == "0.01"
    for _ in range(3):
        press(page, "ten")
    at(page, 30)
    first = rows(page)
    assert first.count("\n") == 1 + 2 * 4 and "NaN" not in first
    again = visit(f"?{page.url.split('?')[1]}", ready=READY)
    press(again, "run")
    again.wait_for_function("Number(document.querySelector('.lab-numbers dd').textContent.replace(',', '')) >= 60")
    press(again, "run")
    same = rows(again).splitlines()
    for game in "01":
        mine = [line for line in first.splitlines() if line.startswith(f"{game},")]
        assert [line for line in same if line.startswith(f"{game},")][:4] == mine


def test_running_pausing_rewinding_and_single_networks(open_lab):
    page = open_lab("&data=two&latent=1&width=8&depth=1&batch=16")
    press(page, "run")
    expect(page.locator("[data-act=run]")).to_have_text("Pause")
    page.wait_for_function("Number(document.querySelector('.lab-numbers dd').textContent.replace(',', '')) >= 200")
    press(page, "run")
    expect(page.locator("[data-act=run]")).to_have_text("Run")
    time.sleep(1)
    stopped = steps(page)
    time.sleep(1.5)
    # Nothing goes on while nobody asks.
    assert steps(page) == stopped
    slider = page.locator(".lab-rewind input")
    slider.fill("2")
    at(page, 50)
    press(page, "discriminator")
    at(page, 60)
    press(page, "step")
    at(page, 61)
    press(page, "slow")
    expect(page.locator(".lab-state")).to_contain_text("1 of 4, forward")
    expect(page.locator(".lab-state")).to_contain_text("4 of 4, update")
    press(page, "reset")
    at(page, 0)
    # Settings change while it runs; other networks begin anew.
    press(page, "ten")
    at(page, 10)
    choose(page, "Objective", "Hinge")
    page.wait_for_url(re.compile("objective=hinge"))
    press(page, "ten")
    at(page, 20)
    labelled(page, "Seed").fill("5")
    at(page, 0)
    film = saved(page, "[data-act=gif]")
    assert film.suggested_filename == "lab.gif"
    with Image.open(film.path()) as picture:
        assert picture.format == "GIF"


def test_a_drawn_density_is_learned_from_and_stands_in_the_link(open_lab):
    page = open_lab()
    choose(page, "Data", "Plane: drawn by you")
    paper = page.locator(".lab-paper")
    expect(paper).to_be_visible()
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    page.mouse.move(box["x"] + 0.52 * box["width"], box["y"] + 0.48 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.48 * box["height"], steps=12)
    page.mouse.up()
    page.wait_for_url(re.compile("drawn=0+[1-9a-f]"))
    drawn = view(page)["drawn"]
    assert len(drawn) == 144 and 5 <= bin(int(drawn, 16)).count("1") <= 12
    # By keyboard, too: the cell at the lower left.
    paper.focus()
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("drawn=8"))
    press(page, "ten")
    at(page, 10)
    choose(page, "Data", "Line: drawn by you")
    # Until then the keys still belong to the plane.
    page.wait_for_url(re.compile("data=drawn-line"))
    paper.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_url(re.compile("drawn=10{63}"))
    at(page, 0)


def test_digits_are_trained_on_here_and_the_model_appears_in_other_tabs(open_lab):
    page = open_lab("&part=pictures&pictures=16")
    press(page, "run")
    page.wait_for_function("Number(document.querySelector('.lab-numbers dd').textContent.replace(',', '')) >= 20")
    press(page, "run")
    expect(page.locator(".lab-sheet")).to_have_attribute("src", re.compile("^data:image/png"))
    expect(page.locator("[data-act=slow]")).not_to_be_visible()
    expect(page.locator(".lab-state")).to_contain_text("s of computing")
    archive = saved(page, "[data-act=keep]")
    with zipfile.ZipFile(archive.path()) as kept:
        names = {name.split("/")[1] for name in kept.namelist()}
        assert names >= {"model.safetensors", "config.json", "README.md", "samples.png"}
        name = kept.namelist()[0].split("/")[0]
    expect(page.locator(".lab-state")).to_contain_text(f"Kept as {name}")
    go_to(page, "sample")
    expect(page.locator("button.tile img").first).to_be_visible()
    labelled(page, "Model").click()
    # Not merely by its title, which a bundled one has too.
    page.get_by_role("option", name=re.compile(f"GAN.* – {name}$")).click()
    page.wait_for_url(re.compile(f"model={name}"))
    expect(page.locator("button.tile img")).to_have_count(32)


def test_a_zip_of_ones_own_is_trained_on_or_refused_in_a_sentence(open_lab):
    page = open_lab("&part=pictures&pictures=8")
    page.get_by_text("Your own pictures").click()
    upload(page, "#lab-zip", _zip(1), "one.zip")
    expect(page.locator(".lab-state")).to_contain_text("Too few pictures")
    page.locator("#lab-zip").get_by_label("Remove").or_(page.locator("#lab-zip button")).first.click()
    expect(page.locator(".lab-state")).to_contain_text("s of computing")
    upload(page, "#lab-zip", _zip(12), "twelve.zip")
    # Steps before the archive has arrived are taken on the digits.
    page.wait_for_function(f"JSON.parse(document.querySelector({SETTINGS!r}).dataset.settings).archive")
    expect(page.locator(READY).first).to_have_text("0")
    press(page, "step")
    at(page, 1)


def _zip(count):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(count):
            picture = Image.new("L", (40, 40), 20 * number)
            archive.writestr(f"{number}.png", encoded(picture))
    return packed.getvalue()


# ---- programs -----------------------------------------------------------------------------------


def ask(server, command, run="visitor0visitor0", amount=0, since=-1, **settings):
    """The answer to a question of the page's script, or the sentence that refuses it."""
    body = json.dumps({"data": [settings, run, command, amount, since, "en"]})
    headers = {"content-type": "application/json"}
    response = httpx.post(f"{server}/gradio_api/run/lab_play", content=body, headers=headers, timeout=60)
    answer = response.json()
    if response.status_code != 200:
        assert answer["error"].count("\n") == 0 and "Traceback" not in answer["error"]
        return answer["error"]
    return json.loads(answer["data"][0])


def test_programs_get_a_log_and_a_picture_and_the_same_ones_again(client):
    asked = {"data": "two", "latent": 1, "width": 8, "depth": 1, "batch": 16, "steps": 100, "api_name": "/lab"}
    first, second = client.predict(**asked), client.predict(**asked)
    assert first["log"] == second["log"] and not first["diverged"]
    assert [entry["step"] for entry in first["log"]] == list(range(0, 101, 10))
    assert 0 < first["log"][-1]["jsd"] < math.log(2) + 1e-6
    with Image.open(first["image"]) as one, Image.open(second["image"]) as other:
        assert one.format == "PNG" and one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"width": 10**6}, "width must be"),
        ({"d_rate": math.nan}, "d_rate must be"),
        ({"g_rate": -1}, "g_rate must be"),
        ({"data": "drawn-line", "drawn": "0" * 64}, "zero everywhere"),
        ({"drawn": "xyz"}, "hexadecimal"),
        ({"lesson": "none"}, "no lesson"),
        ({"colour": 1}, "own names"),
        ({"part": "pictures", "archive": "/etc/passwd"}, "uploaded"),
        ({"part": "pictures", "rate": 7}, "rate must be"),
        ({"part": "pictures", "side": 1000}, "side must be"),
        ({"seed": "a" * 10**5}, "eed must be"),
    ],
)
def test_hostile_settings_get_a_sentence(server, settings, sentence):
    assert sentence in ask(server, "play", **settings)


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None] * 5,
        [{}, "short", "play", 0, 0],
        [{}, "visitor0visitor0", "explode", 0, 0],
        [{}, "visitor0visitor0", "play", -1, 0],
        [{}, "visitor0visitor0", "play", 0, 10**400],
        [[], "visitor0visitor0", "play", 0, 0],
    ],
    ids=["nothing", "nulls", "short name", "unknown command", "negative", "huge", "list"],
)
def test_forged_questions_get_a_sentence(server, data):
    body = json.dumps({"data": data})
    response = httpx.post(
        f"{server}/gradio_api/run/lab_play", content=body, headers={"content-type": "application/json"}, timeout=60
    )
    assert response.status_code in (422, 500) and "Traceback" not in response.text


def test_keeping_nothing_is_refused_and_divergence_is_shown_as_such(server):
    assert "nothing to keep" in ask(server, "keep", run="keeper0keeper0keeper")
    wild = {"objective": "wasserstein", "d_optimizer": "sgd", "d_rate": 1.0, "slope": 100.0, "width": 8, "depth": 1}
    answer = {"over": ""}
    for _ in range(60):
        answer = ask(server, "step", run="wild0wild0wild0wild0", amount=100, **wild)
        if answer["over"]:
            break
    assert answer["over"] == "diverged"


SMALL = {"width": 8, "depth": 1, "batch": 16}
CROWD = [f"crowd0crowd0crowd{number}" for number in range(20)]


def leave(server, run):
    body = json.dumps({"data": [run]})
    headers = {"content-type": "application/json"}
    assert (
        httpx.post(f"{server}/gradio_api/run/lab_leave", content=body, headers=headers, timeout=60).status_code == 200
    )


def test_twenty_visitors_at_once_are_all_served_where_nobody_else_comes(server):
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(lambda run: ask(server, "play", run, 100, **SMALL), CROWD))
    assert all(answer["step"] > 0 for answer in answers)


def test_on_a_public_page_two_play_and_the_others_are_told_their_place_until_those_leave(zoo, tmp_path_factory):
    with served(zoo, tmp_path_factory, TABS, public=True) as address:
        with ThreadPoolExecutor(20) as crowd:
            answers = list(crowd.map(lambda run: ask(address, "play", run, 100, **SMALL), CROWD))
        assert sorted(answer.get("place", 0) for answer in answers) == [0, 0, *range(1, 19)]
        waiting = next(run for run, answer in zip(CROWD, answers, strict=True) if answer.get("place") == 1)
        for run, answer in zip(CROWD, answers, strict=True):
            if "place" not in answer:
                leave(address, run)
        assert ask(address, "play", waiting, 100, **SMALL)["step"] > 0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").is_file(), reason="reads what Linux tells of memory")
def test_visitors_who_close_the_page_leave_no_work_and_no_memory(server):
    def memory():
        number = Path("/proc/self/task").resolve().parent.name
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        kept = 0
        for process in [number, *children]:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            kept += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kept / 1024

    ask(server, "step", CROWD[0], 100, width=64, depth=3)
    leave(server, CROWD[0])
    before = memory()
    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(lambda run: ask(server, "step", run, 100, width=64, depth=3), CROWD))
    for run in CROWD:
        leave(server, run)
    assert memory() - before < 50
