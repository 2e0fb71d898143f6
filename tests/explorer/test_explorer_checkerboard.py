"""Two networks that differ in how they double a picture, and how many weights meet a pixel."""

import dataclasses
import json

import numpy as np
import pytest

from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.tabs.checkerboard import api, view, work
from explorer.tabs.checkerboard.work import CheckerboardView, Photographs, overlap, pair, sides
from explorer.texts.errors import UserError
from models_zoo import spectrum
from models_zoo.card import Card
from models_zoo.dcgan import DCGAN

NARROW = {"latent_size": 8, "widths": [8] * 4, "discriminator_widths": [8] * 4}


def card(model_id, architecture="dcgan.DCGAN", **arguments):
    return Card(model_id, "dcgan", "unconditional", "celeba", architecture, arguments, 64, 3)


RESIZE, OTHER = card("plain", upsampling="resize", norm="batch"), card("a-first", upsampling="resize", norm="weight")
TRANSPOSED = card("painted", upsampling="transposed", norm="batch", kernel=4)


@pytest.mark.parametrize(
    ("kernel", "stride", "row"),
    [(5, 2, [3, 2, 3, 2]), (4, 2, [2, 2, 2, 2]), (3, 2, [2, 1, 2, 1]), (6, 3, [2, 2, 2, 2]), (2, 3, [1, 1, 0, 1])],
)
def test_as_many_weights_meet_every_pixel_only_where_the_stride_divides_the_kernel(kernel, stride, row):
    assert overlap(kernel, stride, 4) == row
    words = view.overlap_words(kernel, stride, "en")
    assert ("Uneven" in words) == (len(set(row)) > 1)


def test_the_counts_are_those_of_a_transposed_convolution():
    import torch

    for kernel in range(2, 7):
        for stride in range(1, 4):
            met = torch.conv_transpose1d(torch.ones(1, 1, 20), torch.ones(1, 1, kernel), stride=stride)[0, 0]
            assert met[6 * stride : 6 * stride + 12].tolist() == overlap(kernel, stride, 12)


def test_the_diagram_has_a_cell_for_every_pixel_of_row_and_plane():
    assert view.overlap(5, 2, "en").count('class="met"') == 12 + 12 * 12


def test_networks_are_known_by_their_arguments_and_the_most_alike_are_compared():
    gan = card("gan", architecture="gan.GAN")
    assert pair([OTHER, TRANSPOSED, RESIZE, gan]) == {"resize": RESIZE, "transposed": TRANSPOSED}
    assert pair([gan]) == {"resize": None, "transposed": None}
    assert pair([TRANSPOSED]) == {"resize": None, "transposed": TRANSPOSED}


def test_trained_networks_keep_their_kernel_and_what_is_missing_is_built_alike():
    both = sides([RESIZE, TRANSPOSED], trained=True, kernel=5)
    assert [(side.model, side.kernel) for side in both] == [("plain", 5), ("painted", 4)]
    one, missing = sides([RESIZE], trained=True, kernel=6)
    assert one.model == "plain" and missing.model == ""
    assert json.loads(missing.arguments) == {"upsampling": "transposed", "norm": "batch", "kernel": 6}
    assert [side.model for side in sides([RESIZE, TRANSPOSED], trained=False, kernel=3)] == ["", ""]
    assert all(DCGAN(**json.loads(side.arguments)) for side in sides([], trained=True, kernel=2))


def test_a_spectrum_is_averaged_over_all_pictures_however_they_are_drawn(tmp_path, monkeypatch):
    import torch

    torch.manual_seed(0)
    model = DCGAN(**NARROW)
    model.card = dataclasses.replace(card("painted", **model.arguments), latent_size=8)
    model.save_pretrained(tmp_path / "painted")
    store = ModelStore([tmp_path])
    side = work.of(store.card("painted"))
    whole = work.power(store, side, 3, 10)
    monkeypatch.setattr(work, "BATCH", 4)
    work.power.cache_clear()
    # What one processor rounds in another order is of the size of the largest power, not of its own.
    assert work.power(store, side, 3, 10) == pytest.approx(whole, abs=1e-6 * whole.max())
    assert work.draw(store, side, [3]).shape == (1, 64, 64, 3)


def test_the_picture_of_a_spectrum_is_bright_where_power_is_and_shows_one_half_on_both_sides():
    power = np.zeros((64, 64))
    power[32, 0] = 1e3  # 1/2 across
    (picture,) = work.picture(power).astype(int)
    assert picture.shape == (65, 65, 3)
    bright = np.argwhere(picture.sum(-1) > picture.sum(-1).min())
    assert bright.tolist() == [[32, 0], [32, 64]]


# Views, links and what programs send


def test_a_link_restores_seed_networks_kernel_and_stride():
    query = {"seed": "12", "networks": "untrained", "kernel": "4", "stride": "3"}
    asked, bad = CheckerboardView.from_link(query, Asked())
    assert asked == CheckerboardView(12, "untrained", 4, 3) and not bad and not asked.trained
    usual, bad = CheckerboardView.from_link({"seed": "-1", "networks": "x", "kernel": "7", "stride": "0"}, Asked())
    assert bad == {"seed", "networks", "kernel", "stride"}
    assert usual == CheckerboardView(7, "trained", 5, 2) and usual.trained and usual.seeds == list(range(7, 15))


@pytest.mark.parametrize(
    ("kind", "name", "bad", "sentence"),
    [
        *((CheckerboardView, "kernel", bad, "kernel must be a whole number from 2 to 6") for bad in (1, 7, 2.5, None)),
        *((CheckerboardView, "stride", bad, "stride must be a whole number from 1 to 3") for bad in (0, 4, True)),
        (CheckerboardView, "networks", "half", "networks must be"),
        (CheckerboardView, "seed", -1, "seed must be"),
        (api.Request, "count", 257, "count must be a whole number from 1 to 256, not 257"),
        (api.Request, "count", 0, "count must be"),
        (api.Request, "count", 1.5, "count must be"),
        (api.Request, "seed", -1, "seed must be"),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(kind, name, bad, sentence):
    with pytest.raises(UserError, match=sentence):
        kind.checked({name: bad}, Asked())


def test_programs_average_64_pictures_from_seed_0_unless_they_say_otherwise():
    asked = api.Request.checked({"model": "m"}, Asked())
    assert (asked.count, asked.seed) == (64, 0)


def test_what_photographs_have_comes_from_the_first_trained_network_that_tells():
    told = dataclasses.replace(RESIZE, metrics={"checkerboard": {"value": 9.0, "reference": 1.5}})
    assert work.photographs([told, TRANSPOSED], 64).level == 1.5
    assert work.photographs([RESIZE, TRANSPOSED], 64) == Photographs(None, None)
    assert work.reference(dataclasses.replace(RESIZE, metrics={"checkerboard": {"reference": "much"}})) is None


# What is shown and saved


def test_faces_stand_beside_each_other_in_the_order_of_their_seeds():
    both = sides([RESIZE, TRANSPOSED], trained=True, kernel=5)
    pixels = [np.full((2, 64, 64, 3), value, np.uint8) for value in (0, 255)]
    page = view.faces(both, pixels, [12, 13], ["Title <b>", "Other"], "en")
    assert page.index("Resize convolution</h3>") < page.index("Transposed convolution, kernel 4 × 4</h3>")
    assert "Title &lt;b&gt;" in page and page.count('class="twin"') == 4 and page.count('aria-pressed="true"') == 2
    assert page.index("Seed 12") < page.index("Seed 13") and "Seeds 12 to 13" in page
    korean = view.faces(both, pixels, [12, 13], ["가", "나"], "ko")
    assert "전치 합성곱, 커널 4 × 4" in korean and "시드 12부터 13까지" in korean


def test_spectra_tell_how_far_a_checkerboard_stands_out_and_what_photographs_have():
    power = np.ones((64, 64))
    spiky = power.copy()
    spiky[32, 0] = spiky[0, 32] = spiky[0, 0] = 1e4
    both = sides([], trained=False, kernel=5)
    page = view.spectra(both, [power, spiky], Photographs(None, -0.5), "en")
    shown = [view.decibels(spectrum.checkerboard(each)) for each in (power, spiky)]
    levels = [page.index(f"{level}</strong>") for level in shown]
    assert shown[0] != shown[1]
    assert levels == sorted(levels) and page.count('class="half"') == 2 * 16 and page.count('class="quarter"') == 2 * 8
    assert "Real photographs have −0.5 dB." in page and f"Averaged over {work.SAMPLES} pictures" in page
    assert "Real photographs" not in view.spectra(both, [power, spiky], Photographs(None, None), "en")
    assert "실제 사진에서는 −0.5 dB" in view.spectra(both, [power, spiky], Photographs(None, -0.5), "ko")
    assert "평균하는 중" in view.waiting("ko")


def test_the_sheet_holds_both_rows_and_both_spectra(monkeypatch):
    monkeypatch.setattr(work, "SAMPLES", 2)
    like = card("like", **NARROW)
    both = sides([like], trained=False, kernel=4)
    sheet = work.sheet(None, both, [3, 4])
    rows, spectra = 2 * (128 + 4), 3 * 128 + 1
    assert sheet.shape[0] == 1 and sheet.shape[1] > rows + spectra and sheet.shape[2] > 2 * spectra
    faces = work.draw(None, both[0], [3])[0]
    assert np.array_equal(sheet[0, 2:130:2, 2:130:2], faces)
