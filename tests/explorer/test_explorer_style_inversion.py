"""Pictures become the styles of a StyleGAN again: one w for all layers, or one for each."""

from dataclasses import replace

import pytest
import torch

from explorer.latent.latents import STYLEGAN
from explorer.pictures import images
from explorer.tabs.invert import search, styled, view, work
from explorer.tabs.invert.search import Plan
from explorer.tabs.invert.styled import StyleSpace, noise_regularisation
from explorer.tabs.invert.work import Found
from explorer.texts.errors import UserError
from models_zoo import Card
from models_zoo.stylegan import StyleGAN


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = StyleGAN(16, latent_size=8, widths=(16, 16, 8), discriminator_widths=(4, 4, 4), w_size=6, mapping_depth=2)
    for layer in model.generator.synthesis.layers:
        torch.nn.init.constant_(layer.noise_strength, 0.05)
    model.card = Card(
        "tiny", "stylegan", "unconditional", "none", model.architecture, model.arguments, 16, 3, latent_size=8
    )
    return model.requires_grad_(False).eval()


def found(model, target, method, **options):
    return list(styled.invert(model, target, Plan(method, **{"seconds": 60, **options})))


def again(model, candidate):
    return model.synthesize(torch.tensor([candidate.w])).clamp(-1, 1)


def test_a_drawn_picture_is_found_again_in_w_and_its_w_draws_it(model):
    picture = model.generate(model.latents([100]))
    end = found(model, picture, "w")[-1]
    assert end.end == "converged" and end.best.psnr > 40 and end.best.z == ()
    assert len(end.best.w) == model.rows and len(set(end.best.w)) == 1
    error = ((again(model, end.best) - picture) / 2).square().mean().item()
    assert error == pytest.approx(end.best.error, abs=1e-6)


def test_in_w_plus_a_mixed_picture_is_matched_better_than_in_w(model):
    one, other = (model.mapping(model.latents([seed])) for seed in (1, 2))
    picture = model.synthesize(model.mixed(one, other, [0, 1, 2])).clamp(-1, 1)
    told = found(model, picture, "w+", steps=40)
    shared, each = found(model, picture, "w", steps=40)[-1].best, told[-1].best
    assert each.error < 0.3 * shared.error and len(set(each.w)) == model.rows
    errors = [progress.best.error for progress in told]
    assert errors == sorted(errors, reverse=True)
    assert images.pixels(again(model, each)).shape == each.pixels.shape


def test_coordinates_are_w_in_standard_deviations(model):
    space = StyleSpace(model)
    coordinates = space.latents(range(1000))
    assert coordinates.mean(0).abs().max() < 0.15 and coordinates.std(0) == pytest.approx(
        torch.ones(space.latent_size), abs=0.15
    )
    w = model.mapping(model.latents(range(5)))
    assert torch.allclose(space.w((w - space.mean) @ space.inverse), w, atol=1e-3)


def test_smooth_noise_is_punished_and_white_noise_is_not():
    white = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.avg_pool2d(white, 5, 1, 2)
    smooth = smooth / smooth.std()
    assert noise_regularisation([white]) < 0.1 < 0.5 < noise_regularisation([smooth])


def test_only_a_stylegan_without_classes_is_searched_in_its_styles(model):
    card = model.card
    assert card.architecture == STYLEGAN and work.methods(card) == ("fast", "paper", "w", "w+")
    assert work.method("w+", card) == "w+"
    for other in (replace(card, architecture="gan.GAN"), replace(card, classes=("a", "b"))):
        assert work.methods(other) == search.METHODS == tuple(name for _, name in view.methods(other, "en"))
        with pytest.raises(UserError, match="must be one of fast, paper, not 'w'"):
            work.method("w", other)


def test_what_was_found_in_w_is_no_point_of_z_and_what_each_layer_matched_is_said_so(model):
    picture = model.generate(model.latents([100]))
    progress = found(model, picture, "w+", steps=6)[-1]
    with pytest.raises(UserError, match="search with another method to keep a point"):
        work.point(Found("tiny", images.pixels(picture), progress), "mine")
    near = replace(progress.best, error=1e-4)
    shown = view.progress(model.card, images.pixels(picture), replace(progress, candidates=(near,)), "steps", "en")
    assert "Matched with a w for each layer" in shown
