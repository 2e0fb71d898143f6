"""The tab *Convergence*, in a real browser and through the API."""

import re

import numpy as np
import pytest
from browser.helpers import close_toasts, fits, toast, upload
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from explorer.pictures import images

TABS = ["convergence"]

STEP, NOW = ".moment:not([hidden]) .stage-seed", ".course-curves .mark.now"


def test_pictures_and_plots_go_along_the_training_together(visit, serious_barriers):
    page = visit("?tab=convergence&model=tiny-began&step=100", ready=".moment:not([hidden])")
    expect(page.locator(STEP)).to_have_text("Step 100")
    expect(page.locator(".moment:not([hidden]) dd")).to_have_text("0.1")
    expect(page.locator(NOW)).to_have_count(1)
    here = page.locator(NOW).get_attribute("x1")
    slider = page.get_by_label("Place in the training")
    slider.focus()
    slider.press("End")
    page.wait_for_url(re.compile("step=1000"))
    expect(page.locator(STEP)).to_have_text("Step 1,000")
    assert float(page.locator(NOW).get_attribute("x1")) > float(here)
    slider.press("Home")
    expect(page.locator(".moment:not([hidden])")).to_contain_text("Nothing measured yet")
    # Another picture to repeat leaves the visitor where he is.
    page.locator("#convergence-dice").click()
    page.wait_for_url(lambda url: "seed=7&" not in url)
    expect(page.locator(STEP)).to_have_text("Step 0")
    assert serious_barriers(page) == []


def test_a_picture_of_ones_own_is_repeated_beside_a_generated_one(visit, serious_barriers):
    page = visit(
        "?tab=convergence&model=tiny-began", width=390, scheme="dark", locale="ko-KR", ready="#convergence-repeated img"
    )
    rows = page.locator("#convergence-repeated .inversion")
    expect(rows).to_have_count(2)
    generated, other = (rows.nth(place).locator("img").first for place in (0, 1))
    drawn, grey = generated.get_attribute("src"), other.get_attribute("src")
    page.locator("#convergence-noise").click()
    expect(other).not_to_have_attribute("src", grey)
    assert generated.get_attribute("src") == drawn
    noise = other.get_attribute("src")
    upload(page, "#convergence-upload", b"no picture")
    expect(toast(page)).to_contain_text("읽을 수 있는 그림 파일이 아닙니다")
    assert other.get_attribute("src") == noise
    close_toasts(page)
    upload(page, "#convergence-upload", images.png(np.full((1, 64, 64, 3), 200, np.uint8))[0])
    expect(rows.nth(1).locator("figcaption").first).to_have_text("내 그림")
    assert other.get_attribute("src") not in (grey, noise)
    assert fits(page)
    assert serious_barriers(page) == []


def test_programs_read_the_course_of_a_training_and_a_model_that_tells_none_is_one_sentence(client):
    course = client.predict("tiny-began", api_name="/convergence")
    assert course == {"errors": {"steps": [50, 100, 900], "values": {"Class head {}": [0.02, 0.1, 0.4]}}}
    for model in ("tiny-blind", "tiny-cgan"):
        with pytest.raises(AppError, match=f"{model} does not draw from random vectors, or its card does not tell"):
            client.predict(model, api_name="/convergence")
