"""How unlike a model's training pictures a picture is."""

import dataclasses

import numpy as np
import pytest
import torch

from models_zoo import familiar, lite0
from models_zoo.card import FAMILIAR_FILE, Card, ZooError
from train.data import datasets
from train.data.dataset import to_float
from train.publishing import familiar as training

CARD = Card("some", "cyclegan", "translation", "horse2zebra", "cyclegan.CycleGAN", {}, 32, 3, sha256="abc")


@pytest.fixture
def features():
    """Pictures near a plane of eight dimensions, and held-out ones of the same kind."""
    dice = np.random.default_rng(0)
    axes = dice.normal(size=(8, 100))
    return [(dice.normal(size=(n, 8)) @ axes + 1).astype(np.float32) for n in (200, 400)]


def test_most_held_out_pictures_are_familiar_and_strange_ones_are_not(features):
    known = familiar.learned(*features)
    distances = known.distances(features[1]) / known.threshold
    assert (distances <= 1).mean() == pytest.approx(0.95, abs=0.01)
    assert known.distances(features[0]).max() < 0.5
    # The same features, only stronger, tell of contrast.
    assert known.distances(features[0][:1] * 5) < known.threshold
    opposite = -features[0][:1]
    # Nothing that training pictures have in common tells of this direction: all of it is missing.
    beside = features[0][:1] + 40 * np.linalg.svd(features[0] - 1)[2][-1]
    assert known.distances(opposite) > known.threshold and known.distances(beside) > known.threshold


def test_what_is_written_is_read_again_for_the_same_weights_only(features, tmp_path):
    known = familiar.learned(*features)
    familiar.write(tmp_path, {"a": known}, "abc")
    again = familiar.read(tmp_path, "a", "abc")
    assert np.array_equal(again.features, known.features) and again.threshold == known.threshold
    assert familiar.read(tmp_path, "a", "def") is None and familiar.read(tmp_path, "b", "abc") is None
    assert familiar.read(tmp_path / "elsewhere", "a", "abc") is None


def test_damaged_files_are_named_in_a_sentence(features, tmp_path):
    (tmp_path / FAMILIAR_FILE).write_bytes(b"no such thing")
    with pytest.raises(ZooError, match=r"training pictures is damaged: .* cannot be read"):
        familiar.read(tmp_path, "a", "abc")
    familiar.write(tmp_path, {"a": dataclasses.replace(familiar.learned(*features), threshold=0.0)}, "abc")
    with pytest.raises(ZooError, match="do not fit"):
        familiar.read(tmp_path, "a", "abc")


@pytest.mark.parametrize("name", ["horse2zebra", "facades"])
def test_both_domains_of_a_dataset_are_learned(name, tmp_path, monkeypatch):
    # Colours of the picture in place of a network's features.
    monkeypatch.setattr(lite0, "features", lambda images: (images + 1).mean((2, 3)).repeat(1, 30))
    data = datasets.synthetic(name, 40)
    training.write(tmp_path, data, "abc")
    card = dataclasses.replace(CARD, folder=tmp_path)
    second = data.train.images if data.other is None else data.other[0].images
    first = data.train.maps if data.other is None else data.train.images
    for domain, images in (("a", first), ("b", second)):
        assert familiar.unfamiliarity(card, domain, to_float(images[:1])) < 1
        # Blobs are never this blue: what counts is the direction of their features, not their strength.
        blue = torch.tensor([-1.0, -1.0, 1.0])[None, :, None, None].expand(1, 3, 16, 24)
        assert familiar.unfamiliarity(card, domain, blue) > 1


def test_a_model_that_does_not_know_says_nothing(tmp_path):
    picture = torch.zeros(1, 3, 8, 8)
    assert familiar.unfamiliarity(CARD, "a", picture) is None
    assert familiar.unfamiliarity(dataclasses.replace(CARD, folder=tmp_path), "a", picture) is None
