"""Generators that other programs trained, on the page and through the API once they are imported."""

import re

import numpy as np
import pytest
import torch
from browser.conftest import connected
from browser.helpers import decoded
from gradio_client import handle_file
from PIL import Image
from playwright.sync_api import expect

from tests.train import peers
from train.__main__ import main

TABS = ["sample", "interpolate", "invert", "translate"]


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    return {
        "their-dcgan": peers.trained(peers.ExampleDCGAN()).eval(),
        "their-cyclegan": peers.trained(peers.Resnet()).eval(),
        "their-pix2pix": peers.trained(peers.Unet()).eval(),
    }


@pytest.fixture(scope="module")
def zoo(networks, tmp_path_factory):
    """In place of the usual models: one of each of `networks`, imported from a file of its state."""
    folder = tmp_path_factory.mktemp("imported")
    for name, network in networks.items():
        path = tmp_path_factory.mktemp("theirs") / "latest_net_G.pth"
        torch.save(network.state_dict(), path)
        words = ["import", str(path), "--id", name, "--zoo", str(folder)]
        words += ["--domains", "horse", "zebra"] * ("dcgan" not in name)
        assert main([*words, *["--statistics", "eval"] * ("pix2pix" in name)]) == 0
    return folder


def test_a_program_gets_what_the_other_program_draws(networks, server, tmp_path_factory, tmp_path):
    client = connected(server, tmp_path_factory)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 127.5 - 1
    for name in ("their-cyclegan", "their-pix2pix"):
        answer = client.predict(handle_file(tmp_path / "photo.png"), name, api_name="/translate")
        with Image.open(answer["image"]) as drawn:
            made = np.asarray(drawn, float) / 127.5 - 1
        with torch.no_grad():
            wanted = networks[name](x)[0].permute(1, 2, 0).numpy()
        assert made.shape == wanted.shape and np.abs(made - wanted).max() < 1.5 / 127.5, name


def test_an_imported_dcgan_is_sampled_interpolated_and_inverted(visit):
    page = visit("?tab=sample&model=their-dcgan")
    first = page.locator("button.tile img").first.get_attribute("src")
    assert decoded(first).size[0] >= 64
    page = visit("?tab=interpolate&model=their-dcgan", ready="button.key")
    expect(page.locator("button.key")).not_to_have_count(0)
    page = visit("?tab=invert&model=their-dcgan", ready="#inversion .inversion img")
    page.wait_for_url(re.compile("restarts="))
    page.locator("#invert-test").click()
    page.locator('.inverted[data-end]:not([data-end=""])').wait_for()
    assert float(page.locator(".psnr").inner_text().split()[0]) > 20


def test_an_imported_translator_has_its_domains_and_one_direction(visit):
    page = visit("?tab=translate&model=their-cyclegan", ready="#translate-note p")
    expect(page.get_by_label("horse → zebra")).to_be_visible()
    expect(page.get_by_label("zebra → horse")).to_have_count(0)
