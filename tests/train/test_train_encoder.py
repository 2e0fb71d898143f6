"""Encoders: of pictures, trained for one generator, and of sentences."""

import pytest
import torch

import models_zoo
from models_zoo.checkpoint import load
from models_zoo.dcgan import DCGAN
from models_zoo.encoder import Encoder, rounds
from train.contract import Batch
from train.data import datasets as data
from train.errors import TrainError
from train.variants.encoder import LatentEncoder
from train.variants.text_encoder import ImageTextMatching


@pytest.fixture
def generator(tmp_path, edit_card, tiny_model):
    """The folder of a small generator of faces."""
    torch.manual_seed(0)
    model = DCGAN(latent_size=6, widths=(16, 16, 16, 16), discriminator_widths=(16, 16, 16, 16))
    model.card = load(str(tiny_model)).card
    folder = tmp_path / "generator"
    model.save_pretrained(folder)
    edit_card(
        folder,
        id="tiny-faces",
        dataset="celeba",
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=64,
        channels=3,
        latent_size=6,
    )
    return folder


def test_an_encoder_learns_to_find_the_pictures_again(generator):
    variant = LatentEncoder(LatentEncoder.Config(generator=str(generator), widths=(16, 16, 16, 16)))
    model = variant.build()
    assert model.arguments["generator_sha256"] == load(str(generator)).card.sha256
    drawn = variant.generator().generate(torch.randn(16, 6))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    errors = []
    for seed in range(12):
        batch = Batch(drawn, slice(0, 16), 16, torch.Generator().manual_seed(seed))
        step = variant.loss("encoder", {"corrector": model.corrector}, batch)
        optimizer.zero_grad()
        step.loss.backward()
        optimizer.step()
        errors.append(step.scalars["error/3"].item())
    assert errors[-1] < 0.8 * errors[0]


def test_the_rounds_start_at_zero_and_a_gradient_stays_within_its_round(generator):
    model, seen = load(str(generator)), []
    change = torch.full((6,), 0.1, requires_grad=True)

    def correct(x, drawn, z):
        seen.append((drawn, z))
        return z + change

    (_, first), (z, _) = rounds(correct, torch.zeros(2, 3, 64, 64), model, 2)
    assert not seen[0][1].any() and torch.equal(seen[1][0], first)
    z.sum().backward()
    assert change.grad.tolist() == [2.0] * 6


def test_an_encoder_refuses_pictures_that_its_generator_never_saw(generator, edit_card):
    edit_card(generator, dataset="mnist")
    variant = LatentEncoder(LatentEncoder.Config(generator=str(generator)))
    with pytest.raises(TrainError, match="tiny-faces draws mnist, not celeba"):
        variant.prepare(data.synthetic("celeba"))


def test_an_encoder_is_measured_with_its_own_generator(generator, monkeypatch):
    asked = []
    monkeypatch.setattr(models_zoo, "load", lambda name, device: asked.append(name) or load(str(generator), device))
    variant = LatentEncoder(LatentEncoder.Config(generator="another"))
    encoder = Encoder("mine", "", latent_size=6, widths=(16, 16, 16, 16)).eval()
    variant.generator_of(encoder)
    assert asked == ["another", "mine"]


def test_encoding_takes_as_many_rounds_as_asked_for(generator):
    model = load(str(generator))
    encoder = Encoder("tiny-faces", "", latent_size=6, widths=(16, 16, 16, 16)).eval()
    x = torch.zeros(2, 3, 64, 64)
    found = [z for z, _ in rounds(encoder.corrector, x, model, 4)]
    torch.testing.assert_close(encoder.encode(x, model, 4), found[-1])
    torch.testing.assert_close(encoder.encode(x, model, 1), found[0])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"size": 0}, "--size must be at least 2, not 0"),
        ({"buckets": 1}, "--buckets must be at least 2, not 1"),
        ({"batch_size": 1}, "--batch-size must be at least 2, not 1"),
        ({"misspelt": 1.5}, "--misspelt must be from 0 to 1, not 1.5"),
        ({"temperature": 0.0}, "--temperature must be above 0"),
    ],
)
def test_a_text_encoder_refuses_options_that_no_network_can_have(options, said):
    with pytest.raises(TrainError, match=said):
        ImageTextMatching.Config(**options)
