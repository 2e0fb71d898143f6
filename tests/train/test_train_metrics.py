import pytest
import torch

from train.data.datasets import synthetic
from train.metrics import common as metrics
from train.variants.judge import random_affine


def test_frechet_distance_of_two_gaussians():
    """N(0, I) against N(m, s^2 I): |m|^2 + F (1 - s)^2."""
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(20_000, 4, generator=generator)
    b = 2 * torch.randn(20_000, 4, generator=generator) + 3
    assert metrics.frechet_distance(a, b) == pytest.approx(4 * 9 + 4 * 1, rel=0.03)
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-3)


def test_the_judge_finds_blobs_far_from_digits():
    import models_zoo

    found = metrics.evaluate_unconditional(models_zoo.load("gan-mnist", "cpu"), synthetic("mnist", 600), n=600, seed=0)
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
