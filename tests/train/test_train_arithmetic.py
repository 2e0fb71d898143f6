"""Latent arithmetic as the cards count it, on a generator whose faces are their own latents."""

import dataclasses
from types import SimpleNamespace

import pytest
import torch

from models_zoo.checkpoint import LatentModel
from train.data import datasets as data
from train.data.dataset import Split
from train.metrics import arithmetic

ATTRIBUTES = ("Bald", "Male", "Eyeglasses", "Smiling")


class Plain(LatentModel):
    """Latent number k is attribute k; with `muddle`, latents mean nothing to the judge."""

    latent_size = 4

    def __init__(self, muddle=False):
        super().__init__()
        self.muddle = muddle
        self.register_parameter("weight", torch.nn.Parameter(torch.zeros(1)))

    def generate(self, z):
        return (1e4 * z).sin() if self.muddle else z


class Judge:
    card = SimpleNamespace(classes=ATTRIBUTES)
    exclusive = False

    def classify(self, x):
        return 4 * x if x.dim() == 2 else torch.tensor([[-1.0, 1.0, 1.0, 1.0]]).expand(len(x), 4)


@pytest.fixture
def faces():
    """Test photographs of which half are women with glasses, in whom the judge wrongly sees men."""
    blobs = data.synthetic("celeba", 8)
    labels = torch.tensor([[0, 0, 1, 0], [0, 1, 0, 1]] * 4, dtype=torch.uint8)
    return dataclasses.replace(blobs, test=Split(blobs.test.images, attributes=labels), attributes=ATTRIBUTES)


def test_where_latents_are_attributes_the_sums_come_out(faces):
    found = arithmetic.evaluate(Plain(), Judge(), faces, n=6_000, seed=0)
    assert set(found) == set(arithmetic.SUMS)
    assert found["arithmetic_glasses"]["value"] > 0.9 and found["arithmetic_smile"]["value"] > 0.9
    assert found["arithmetic_glasses"]["reference"] == 0 and found["arithmetic_smile"]["reference"] == 1
    assert found["arithmetic_smile"]["n"] == arithmetic.DRAWS


def test_where_latents_mean_nothing_they_come_out_by_chance(faces):
    found = arithmetic.evaluate(Plain(muddle=True), Judge(), faces, n=100, seed=0)
    assert found["arithmetic_smile"]["value"] < 0.5
    # Of fewer samples than sums are usually drawn, so many are.
    assert found["arithmetic_smile"]["n"] == 100


def test_exemplars_are_those_of_the_page(faces, monkeypatch):
    asked = []
    monkeypatch.setattr(arithmetic, "candidates", lambda pool, *which: asked.append((pool, which)) or [0, 1, 2])
    arithmetic.evaluate(Plain(), Judge(), faces, n=6_000, seed=7)
    pool = asked[0][0]
    assert len(pool.logits) == len(pool.linear) == arithmetic.SEEDS
    assert pool.logits[5] == pytest.approx(4 * Plain().latents([5]).numpy()[0]), "whatever the seed, as on the page"
    assert [which for _, which in asked] == [(terms, row) for terms in arithmetic.SUMS.values() for row in range(3)]


def test_a_sum_without_exemplars_is_left_out(faces):
    class NoGlasses(Judge):
        def classify(self, x):
            answers = super().classify(x)
            return torch.cat([answers[:, :2], -torch.ones(len(x), 1), answers[:, 3:]], 1)

    assert set(arithmetic.evaluate(Plain(), NoGlasses(), faces, n=6_000, seed=0)) == {"arithmetic_smile"}
