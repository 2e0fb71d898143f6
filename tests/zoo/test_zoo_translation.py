"""pix2pix and DiscoGAN: pictures of any size, what learns, and what comes back from disk."""

import pytest
import torch

import models_zoo
from models_zoo.card import Card
from models_zoo.discogan import DiscoGAN
from models_zoo.pix2pix import Pix2Pix

PAIRED = {"image_size": 32, "widths": [4, 8, 8, 8], "discriminator_widths": [4, 8]}
UNPAIRED = {"image_size": 32, "widths": [4, 8, 8], "discriminator_widths": [4, 8, 8]}


def pictures(count=2, size=(32, 32)):
    return torch.rand(count, 3, *size) * 2 - 1


@pytest.mark.parametrize("model", [Pix2Pix(**PAIRED), Pix2Pix(**PAIRED, direction="b2a"), DiscoGAN(**UNPAIRED)])
@pytest.mark.parametrize("size", [(32, 32), (30, 45), (5, 64)])
def test_pictures_of_any_size_come_out_as_large(model, size):
    model.eval()
    for direction in model.directions:
        made = model.translate(pictures(2, size), direction)
        assert made.shape == (2, 3, *size) and made.abs().max() <= 1


def test_a_translator_of_pairs_knows_its_own_direction_alone():
    model = Pix2Pix(**PAIRED, direction="b2a")
    assert model.directions == ("b2a",)
    with pytest.raises(ValueError, match="none of b2a"):
        model.translate(pictures(), "a2b")


def test_dropout_is_noise_in_training_and_silent_afterwards():
    model, given = Pix2Pix(**PAIRED), pictures()
    assert not torch.equal(model.translate(given, "a2b"), model.translate(given, "a2b"))
    model.eval()
    assert torch.equal(model.translate(given, "a2b"), model.translate(given, "a2b"))


def test_a_picture_is_translated_alike_alone_and_among_others():
    model, given = Pix2Pix(**PAIRED, dropout=0.0).train(), pictures(3)
    together = model.translate(given, "a2b")
    assert torch.allclose(model.translate(given[1:2], "a2b")[0], together[1], atol=1e-5)
    assert torch.allclose(model.eval().translate(given, "a2b"), together, atol=1e-5)


def all_learn(model):
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_a_pair_is_scored_by_patches_and_every_weight_learns():
    model, given = Pix2Pix(**PAIRED, dropout=0.0), pictures()
    logits = model.discriminator(torch.cat([given, model.a2b(given)], 1))
    assert logits.shape == (2, 1, 8, 8)
    logits.square().sum().backward()
    all_learn(model)


def test_without_discriminator_widths_there_is_no_discriminator():
    assert [name for name, _ in Pix2Pix(**(PAIRED | {"discriminator_widths": []})).named_children()] == ["a2b"]


def test_a_discogan_scores_whole_pictures_by_the_last_of_its_features_and_every_weight_learns():
    model, given = DiscoGAN(**UNPAIRED), pictures()
    scores = model.discriminator_b(model.a2b(given)), model.discriminator_a(model.b2a(given))
    assert all(score.shape == (2,) for score in scores)
    sum(score.square().sum() for score in scores).backward()
    all_learn(model)
    discriminator = model.discriminator_a.eval()
    features = discriminator.features(given)
    assert [each.shape[1:] for each in features] == [(4, 16, 16), (8, 8, 8), (8, 4, 4)]
    assert torch.equal(discriminator.head(features[-1]), discriminator(given))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Pix2Pix(image_size=40, widths=[4] * 4), "multiple of 16, not 40"),
        (lambda: Pix2Pix(**PAIRED, direction="b2c"), "neither a2b nor b2a"),
        (lambda: DiscoGAN(image_size=36, widths=[4] * 3), "36 pixels cannot be halved"),
        (lambda: DiscoGAN(widths=[]), "0 times"),
    ],
)
def test_networks_that_do_not_fit_are_refused(build, said):
    with pytest.raises(ValueError, match=said):
        build()


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [(Pix2Pix, {**PAIRED, "direction": "b2a"}), (DiscoGAN, UNPAIRED)],
    ids=["pix2pix", "discogan"],
)
def test_translators_come_back_from_disk(tmp_path, kind, arguments):
    model = kind(**arguments).eval()
    model.card = Card(
        id="tiny", variant="tiny", task="translation", dataset="none", architecture=model.architecture,
        arguments=model.arguments, image_size=32, channels=3, directions=model.directions,
    )  # fmt: skip
    model.save_pretrained(tmp_path)
    again, given = models_zoo.load(str(tmp_path), "cpu"), pictures(1, (30, 30))
    assert again.directions == model.directions == again.card.directions
    for direction in model.directions:
        assert torch.allclose(again.translate(given, direction), model.translate(given, direction), atol=2e-2)
