"""Two networks that differ in how they double a picture, and how many weights meet a pixel."""

import dataclasses
import json

import numpy as np
import pytest

from explorer.models.store import ModelStore
from explorer.tabs.checkerboard import view as checkerboard_html
from explorer.tabs.checkerboard import work as checkerboard
from explorer.tabs.checkerboard.work import overlap, pair, sides
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
    words = checkerboard_html.overlap_words(kernel, stride, "en")
    assert ("Uneven" in words) == (len(set(row)) > 1)


def test_the_counts_are_those_of_a_transposed_convolution():
    import torch

    for kernel in range(2, 7):
        for stride in range(1, 4):
            met = torch.conv_transpose1d(torch.ones(1, 1, 20), torch.ones(1, 1, kernel), stride=stride)[0, 0]
            assert met[6 * stride : 6 * stride + 12].tolist() == overlap(kernel, stride, 12)


def test_the_diagram_has_a_cell_for_every_pixel_of_row_and_plane():
    assert checkerboard_html.overlap(5, 2, "en").count('class="met"') == 12 + 12 * 12


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
    side = checkerboard.of(store.card("painted"))
    whole = checkerboard.power(store, side, 3, 10)
    monkeypatch.setattr(checkerboard, "BATCH", 4)
    checkerboard.power.cache_clear()
    assert checkerboard.power(store, side, 3, 10) == pytest.approx(whole)
    assert checkerboard.draw(store, side, [3]).shape == (1, 64, 64, 3)


def test_the_picture_of_a_spectrum_is_bright_where_power_is_and_shows_one_half_on_both_sides():
    power = np.zeros((64, 64))
    power[32, 0] = 1e3  # 1/2 across
    (picture,) = checkerboard.picture(power).astype(int)
    assert picture.shape == (65, 65, 3)
    bright = np.argwhere(picture.sum(-1) > picture.sum(-1).min())
    assert bright.tolist() == [[32, 0], [32, 64]]
