"""Networks that turn pictures into pictures: any size, what is normalised, and what comes back from disk."""

import pytest
import torch
from torch import nn

import models_zoo
from models_zoo.card import Card, ZooError, read
from models_zoo.cyclegan import CycleGAN
from models_zoo.translation import InstanceNorm

TINY = {"image_size": 32, "width": 4, "blocks": 1, "discriminator_widths": [4, 8]}


@pytest.mark.parametrize("size", [(32, 32), (30, 45), (1, 9)])
def test_pictures_of_any_size_come_out_as_large(size):
    model = CycleGAN(**TINY).eval()
    images = torch.rand(2, 3, *size) * 2 - 1
    for direction in model.directions:
        made = model.translate(images, direction)
        assert made.shape == images.shape and made.abs().max() <= 1
    assert not torch.equal(model.translate(images, "a2b"), model.translate(images, "b2a"))
    with pytest.raises(ValueError, match="a2b, b2a"):
        model.translate(images, "b2c")


def test_what_goes_where_there_are_no_colours_is_grey_and_what_comes_from_there_need_not_be():
    model = CycleGAN(**TINY, grey=True).eval()
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    there, back = (model.translate(images, direction) for direction in model.directions)
    assert torch.equal(there[:, 0], there[:, 1]) and torch.equal(there[:, 0], there[:, 2])
    assert not torch.equal(back[:, 0], back[:, 1])


def test_a_picture_is_translated_alike_alone_and_among_others():
    model = CycleGAN(**TINY).eval()
    images = torch.rand(9, 3, 32, 32) * 2 - 1
    together = model.translate(images, "a2b")
    for image, expected in zip(images[:3], together, strict=False):
        assert torch.allclose(model.translate(image[None], "a2b")[0], expected, atol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 9])
def test_instance_norm_is_torchs_own_with_its_gradients(count):
    ours, theirs = InstanceNorm(5), nn.InstanceNorm2d(5, affine=True)
    with torch.no_grad():
        ours.weight.uniform_()
        ours.bias.uniform_()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(count, 5, 6, 7).contiguous(memory_format=torch.channels_last)
    one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    a, b = ours(one), theirs(other)
    assert torch.allclose(a, b, atol=1e-5)
    (a**3).sum().backward(), (b**3).sum().backward()
    assert torch.allclose(one.grad, other.grad, atol=1e-4)
    assert torch.allclose(ours.weight.grad, theirs.weight.grad, rtol=1e-3)


def test_discriminators_score_patches_and_every_weight_of_a_cyclegan_learns():
    model = CycleGAN(**TINY)
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    logits = model.discriminator_b(model.a2b(images)), model.discriminator_a(model.b2a(images))
    assert all(each.shape == (2, 1, 8, 8) for each in logits)
    sum(each.square().sum() for each in logits).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def card(**changes):
    facts = {
        "id": "tiny", "variant": "cyclegan", "task": "translation", "dataset": "horse2zebra", "architecture": "cyclegan.CycleGAN",
        "arguments": TINY, "image_size": 32, "channels": 3, "domains": {"a": {"en": "horse"}, "b": {"en": "zebra"}},
        "directions": ("a2b", "b2a"),
    }  # fmt: skip
    return Card(**(facts | changes))


def test_domains_and_directions_come_back_from_disk(tmp_path):
    model = CycleGAN(**TINY).eval()
    model.card = card()
    model.save_pretrained(tmp_path)
    again = models_zoo.load(str(tmp_path), "cpu")
    assert again.card.domains["b"]["en"] == "zebra" and again.card.directions == ("a2b", "b2a") == again.directions
    images = torch.rand(1, 3, 32, 32)
    assert torch.allclose(again.translate(images, "a2b"), model.translate(images, "a2b"), atol=2e-2)


@pytest.mark.parametrize(
    "wrong", [{"directions": ("a2c",)}, {"domains": {"c": {"en": "cow"}}}, {"readers": {"a": 3}}, {"directions": ([],)}]
)
def test_a_card_with_unknown_directions_or_domains_is_refused(tmp_path, wrong):
    (tmp_path / "config.json").write_text(card(**wrong).to_json())
    with pytest.raises(ZooError, match="is damaged"):
        read(tmp_path)
