"""The class-aware networks: shapes, vocabulary, and what each discriminator answers."""

import dataclasses

import pytest
import torch
from torch.nn import functional as F

import models_zoo
from models_zoo.acgan import ACGAN
from models_zoo.blocks import ResizeConvolution
from models_zoo.card import Card
from models_zoo.cgan import CGAN
from models_zoo.sgan import SGAN

NETWORKS = [CGAN, ACGAN, SGAN]
SIZES = [(28, 1), (32, 3)]


def make(network, image_size=28, channels=1):
    torch.manual_seed(0)
    return network(image_size=image_size, channels=channels, latent_size=7).eval()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("image_size", "channels"), SIZES)
def test_generators_draw_in_the_asked_size(network, image_size, channels):
    model = make(network, image_size, channels)
    images = model.generate(model.latents([1, 2, 3]), torch.tensor([0, 5, 9]))
    assert images.shape == (3, channels, image_size, image_size)
    assert images.dtype == torch.float32 and images.abs().max() <= 1


@pytest.mark.parametrize("network", NETWORKS)
def test_the_class_changes_the_picture_and_weights_of_classes_lie_between(network):
    model = make(network)
    z = model.latents([4]).repeat(3, 1)
    by_id = model.generate(z[:2], torch.tensor([3, 8]))
    weights = torch.zeros(3, 10)
    weights[0, 3] = weights[1, 8] = 1
    weights[2, [3, 8]] = 0.5
    by_weights = model.generate(z, weights)
    # Batches of different sizes may round differently.
    assert torch.allclose(by_id, by_weights[:2], atol=1e-5)
    assert not torch.allclose(by_id[0], by_id[1], atol=1e-4)
    assert not any(torch.allclose(by_weights[2], image, atol=1e-4) for image in by_id)


@pytest.mark.parametrize(("image_size", "channels"), SIZES)
def test_discriminators_answer_to_the_vocabulary(image_size, channels):
    x = torch.rand(4, channels, image_size, image_size) * 2 - 1
    cgan, acgan, sgan = (make(network, image_size, channels) for network in NETWORKS)
    labels = torch.tensor([0, 1, 2, 3])
    assert cgan.score(x, labels).shape == acgan.score(x).shape == sgan.score(x).shape == (4,)
    assert acgan.classify(x).shape == (4, 10)
    assert sgan.classify(x).shape == (4, 11)
    assert not hasattr(cgan, "classify")


def test_the_cgan_judges_a_picture_with_its_class():
    model, x = make(CGAN), torch.rand(2, 1, 28, 28)
    assert not torch.allclose(model.score(x, torch.tensor([1, 1])), model.score(x, torch.tensor([1, 2])))


def test_the_score_of_an_sgan_is_the_log_odds_against_its_last_class():
    model, x = make(SGAN), torch.rand(5, 1, 28, 28)
    fake = model.classify(x).softmax(1)[:, -1]
    assert torch.allclose(torch.sigmoid(model.score(x)), 1 - fake, atol=1e-6)


def test_noise_and_dropout_end_with_training():
    model, x = make(SGAN), torch.rand(5, 1, 28, 28)
    assert torch.equal(model.classify(x), model.classify(x))
    model.train()
    assert not torch.equal(model.classify(x), model.classify(x))


@pytest.mark.parametrize("network", NETWORKS)
def test_a_saved_model_comes_back(network, tmp_path):
    model = make(network, 32, 3)
    model.card = Card(
        id="x", variant="x", task="class-conditional", dataset="svhn", architecture=model.architecture,
        arguments=model.arguments, image_size=32, channels=3, latent_size=7, classes=tuple("0123456789"),
        licences={"weights": "Apache-2.0", "data": "none"},
    )  # fmt: skip
    model.save_pretrained(tmp_path)
    again = models_zoo.load(str(tmp_path), "cpu")
    assert dataclasses.replace(again.card, folder=None).arguments == model.arguments
    z, labels = model.latents([1, 2]), torch.tensor([1, 2])
    assert torch.allclose(model.generate(z, labels), again.generate(z, labels), atol=0.02)
    assert not again.training


@pytest.mark.parametrize("size", [(5, 5), (7, 9)])
def test_a_resize_convolution_is_doubling_and_then_a_convolution(size):
    torch.manual_seed(0)
    layer, x = ResizeConvolution(6, 4), torch.randn(2, 6, *size)
    expected = F.conv2d(F.interpolate(x, scale_factor=2), layer.weight, padding=1)
    assert torch.allclose(layer(x), expected, atol=1e-5)


def test_a_frozen_resize_convolution_works_in_full_precision_after_having_worked_in_bf16():
    layer, x = ResizeConvolution(3, 2).eval().requires_grad_(False), torch.randn(1, 3, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        rough = layer(x)
    assert layer(x).dtype == torch.float32 and torch.allclose(layer(x), rough.float(), atol=0.05)


def test_a_frozen_resize_convolution_follows_its_weights_and_passes_gradients_on():
    layer, x = ResizeConvolution(6, 4).requires_grad_(False).eval(), torch.randn(2, 6, 4, 4)
    with torch.inference_mode():
        before = layer(x)
    with torch.no_grad():
        layer.weight.mul_(2)
    torch.testing.assert_close(layer(x), 2 * before)
    layer.load_state_dict({"weight": torch.zeros_like(layer.weight)})
    assert not layer(x.requires_grad_()).any()
    layer.weight.normal_()
    drawn = layer(x)
    drawn.sum().backward()
    assert x.grad.abs().sum() > 0
    # As a fused optimizer does, which torch's count of changes does not notice.
    layer.train().weight.data.neg_()
    torch.testing.assert_close(layer.eval()(x), -drawn)
