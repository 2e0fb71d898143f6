"""Distances and judgements: known values, equal calls, and the refusal of what is not finite."""

import copy

import pytest
import torch

import models_zoo
from models_zoo.gan import GAN
from train.data.augment import random_affine
from train.data.datasets import synthetic
from train.errors import TrainError
from train.metrics import classifiers, judging
from train.metrics.distances import coverage, frechet_distance, kernel_distance
from train.metrics.entries import metric
from train.metrics.sampling import in_batches, sample
from train.metrics.translation import translated


def test_frechet_distance_of_two_gaussians():
    """N(0, I) against N(m, s^2 I): |m|^2 + F (1 - s)^2."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(20_000, 4, generator=generator)
    b = 2 * torch.randn(20_000, 4, generator=generator) + 3
    assert frechet_distance(a, b) == pytest.approx(4 * 9 + 4 * 1, rel=0.03)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("real", "made"), [(40, 30), (40, 9), (9, 40), (6, 5)])
def test_frechet_distance_is_that_of_the_covariances_whichever_are_more(real, made):
    """With 12 features: more pictures than features, fewer, and either; against the root of the product of the covariances."""
    generator = torch.Generator().manual_seed(0)
    a, b = (
        torch.randn(n, 12, generator=generator).double() @ torch.diag(torch.linspace(0.5, 2, 12).double())
        for n in (real, made)
    )
    root = torch.linalg.eigvals(a.T.cov() @ (b + 1).T.cov()).sqrt().real.sum()
    expected = (a.mean(0) - b.mean(0) - 1).square().sum() + a.var(0).sum() + b.var(0).sum() - 2 * root
    assert frechet_distance(a, b + 1) == pytest.approx(float(expected), rel=1e-6)


def test_kernel_distance_is_the_unbiased_estimate_over_all_pairs(monkeypatch):
    """Against the sums written out, for sets of unequal size and blocks that do not divide them."""
    monkeypatch.setattr("train.metrics.distances.BLOCK", 4)
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(9, 3, generator=generator), torch.randn(7, 3, generator=generator) + 0.5

    def mean(x, y, pairs):
        return sum((float(x[i].double() @ y[j].double()) / 3 + 1) ** 3 for i, j in pairs) / len(pairs)

    within = [[(i, j) for i in range(n) for j in range(n) if i != j] for n in (9, 7)]
    cross = [(i, j) for i in range(9) for j in range(7)]
    expected = mean(a, a, within[0]) + mean(b, b, within[1]) - 2 * mean(a, b, cross)
    assert kernel_distance(a, b) == pytest.approx(expected)


def test_equal_calls_give_equal_kernel_distances_and_draw_nothing():
    features = torch.randn(60, 8, generator=torch.Generator().manual_seed(0))
    found = set()
    for seed in range(5):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        found.add(kernel_distance(features[:40], features[30:]))
        assert torch.equal(torch.get_rng_state(), before)
    assert len(found) == 1


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance, coverage])
def test_features_that_are_not_finite_have_no_distance(distance, broken):
    whole = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    damaged = whole.clone()
    damaged[3, 1] = broken
    with pytest.raises(TrainError, match="features of the pictures that are measured contain NaN or infinite"):
        distance(whole, damaged)
    with pytest.raises(TrainError, match="features of the real pictures contain NaN or infinite"):
        distance(damaged, whole)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_one_picture_has_no_distance(distance):
    with pytest.raises(TrainError, match="at least 2 pictures of each kind, not 1 and 3"):
        distance(torch.randn(1, 4), torch.randn(3, 4))


def test_a_generator_with_broken_weights_is_not_measured():
    model = GAN("lecture", latent_size=7).eval()
    with torch.no_grad():
        next(model.generator.parameters())[0] = float("nan")
    with pytest.raises(TrainError, match="the pictures that the model draws contain NaN"):
        sample(model, 4, seed=0)
    with pytest.raises(TrainError, match="the pictures that the model draws contain NaN"):
        judging.evaluate_unconditional(model, synthetic("mnist", 8), n=4, seed=0)


def test_a_judge_with_broken_weights_measures_nothing():
    judge = copy.deepcopy(models_zoo.load("judge-mnist", "cpu"))
    with torch.no_grad():
        next(judge.trunk.parameters()).fill_(float("nan"))
    with pytest.raises(TrainError, match="judge's features contain NaN"):
        judging.read(judge, torch.zeros(2, 1, 28, 28))


def test_answers_that_are_not_finite_are_no_answers():
    """NaN > 0 is false, and most attributes are: unrefused, such a reader would be right most of the time."""
    faces = synthetic("celeba", 6)
    nothing = torch.full((1, 40), float("nan"))
    with pytest.raises(TrainError, match="outputs of a network contain NaN"):
        classifiers.evaluate_attributes(lambda x: nothing.expand(len(x), 40), faces, torch.device("cpu"))
    with pytest.raises(TrainError, match="outputs of a network contain NaN"):
        in_batches(lambda x: x.log(), -torch.ones(3))


def test_translations_that_are_not_finite_are_refused():
    class Broken:
        device = torch.device("cpu")

        def translate(self, images, direction):
            return images * float("nan")

    with pytest.raises(TrainError, match="translated pictures contain NaN"):
        translated(Broken(), synthetic("gender", 3).test.images, "a2b")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), torch.tensor(float("nan"))])
def test_a_card_gets_no_number_that_is_none(value):
    with pytest.raises(TrainError, match="no number for a model card"):
        metric(value, 1.0, {"en": "", "ko": ""}, 10, "lower")


def test_the_judge_finds_blobs_far_from_digits():
    found = judging.evaluate_unconditional(models_zoo.load("gan-mnist", "cpu"), synthetic("mnist", 600), n=600, seed=0)
    assert found["frechet_judge"]["value"] > 2 * found["frechet_judge"]["reference"]
    assert 0 < found["rarest_class"]["value"] <= 0.1 <= found["commonest_class"]["value"] < 1
    assert all(entry["n"] == 600 and entry["reference_label"] for entry in found.values())


def test_random_affine_moves_pictures_within_its_bounds():
    image = torch.full((1, 1, 28, 28), -1.0)
    image[..., 14, 14] = 1
    still = random_affine(image, torch.zeros(1, 4), 10, 0.1, 0.1)
    assert torch.allclose(still, image, atol=1e-4)
    shifted = random_affine(image, torch.tensor([[0.0, 0.0, 1.0, 0.0]]), 0, 4 / 28, 0)
    assert shifted[0, 0, 14].argmax() == 10
