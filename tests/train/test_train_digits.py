"""Digits as data: labelled subsets, SVHN's folders and download, and judges hardened against other looks."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from train.data import datasets as data
from train.data import vision
from train.data.augment import random_colour, random_inversion, random_look, random_stretch
from train.data.dataset import Split, labelled_subset
from train.errors import TrainError
from train.variants.judge import DigitJudge, hardened


def test_the_labelled_subset_is_balanced_and_follows_the_seed():
    images = torch.arange(400, dtype=torch.uint8).view(-1, 1, 1, 1)
    split = Split(images, torch.arange(400) % 10)
    chosen = [labelled_subset(split, 50, tuple("0123456789"), seed) for seed in (0, 0, 1)]
    for subset in chosen:
        assert subset.classes.bincount().tolist() == [5] * 10
        assert len(subset) == 50
    assert torch.equal(chosen[0].images, chosen[1].images)
    assert not torch.equal(chosen[0].images, chosen[2].images)


def write_svhn(root, size=32):
    generator = np.random.default_rng(0)
    for part, digit in itertools.product(("train", "test"), range(10)):
        folder = root / "svhn" / part / str(digit)
        folder.mkdir(parents=True)
        for index in range(2):
            pixels = generator.integers(0, 256, (size, size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")


def test_svhn_is_read_from_image_folders(tmp_path):
    write_svhn(tmp_path)
    svhn = data.load("svhn", tmp_path)
    assert svhn.train.images.shape == (20, 3, 32, 32) and svhn.train.images.dtype == torch.uint8
    assert svhn.train.classes.tolist() == [digit for digit in range(10) for _ in range(2)]
    pixels = np.array(Image.open(tmp_path / "svhn" / "train" / "3" / "1.png"))
    assert torch.equal(svhn.train.images[7], torch.from_numpy(pixels).permute(2, 0, 1))
    assert "research" in svhn.licence and set(svhn.description) == {"en", "ko"}


def test_svhn_of_another_size_is_scaled(tmp_path):
    write_svhn(tmp_path, size=40)
    assert data.load("svhn", tmp_path).test.images.shape == (20, 3, 32, 32)


def test_what_is_wrong_with_an_svhn_folder_is_one_sentence(tmp_path):
    write_svhn(tmp_path)
    broken = tmp_path / "svhn" / "test" / "9" / "1.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(TrainError, match="no picture that can be read") as caught:
        data.load("svhn", tmp_path)
    assert str(broken) in str(caught.value)
    for path in broken.parent.iterdir():
        path.unlink()
    with pytest.raises(TrainError, match=r"test.9 holds no pictures"):
        data.load("svhn", tmp_path)


def test_svhn_is_downloaded_where_there_is_no_folder(tmp_path, monkeypatch):
    vision.make_importable()
    from scipy.io import savemat
    from torchvision.datasets import SVHN

    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 4), dtype=np.uint8)

    def download(self):
        savemat(tmp_path / self.filename, {"X": pixels, "y": np.array([[10], [1], [2], [3]])})

    monkeypatch.setattr(SVHN, "download", download)
    monkeypatch.setattr(SVHN, "_check_integrity", lambda self: True)
    svhn = data.load("svhn", tmp_path)
    assert svhn.test.classes.tolist() == [0, 1, 2, 3]
    assert torch.equal(svhn.train.images[1], torch.from_numpy(pixels[..., 1]).permute(2, 0, 1))


def test_a_missing_svhn_without_a_network_is_one_sentence(tmp_path, monkeypatch):
    vision.make_importable()
    from torchvision.datasets import SVHN

    def fail(self):
        raise RuntimeError("no network")

    monkeypatch.setattr(SVHN, "download", fail)
    with pytest.raises(TrainError, match="could not be downloaded") as caught:
        data.load("svhn", tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_robust_judge_sees_the_same_shape_inverted_thicker_paler_and_wider():
    bar = torch.full((1, 1, 12, 12), -1.0)
    bar[..., 5:7] = 1
    plain, inverted, thick, pale = (
        random_look(bar, torch.tensor([dice]), 0.7, 0.5)
        for dice in ([0.0, 0.9, 1.0, 0.5], [0.0, 0.0, 1.0, 0.5], [0.5, 0.9, 1.0, 0.5], [0.0, 0.9, 0.0, 1.0])
    )
    assert torch.equal(plain, bar) and torch.equal(inverted, -bar)
    assert (thick[0, 0, 0] > 0).sum() == 4 and (plain[0, 0, 0] > 0).sum() == 2
    assert pale.max() <= 1 and (pale.max() - pale.min()).item() == pytest.approx(0.6)
    assert torch.allclose(random_stretch(bar, torch.zeros(1), 2), bar, atol=1e-5)
    assert (random_stretch(bar, -torch.ones(1), 2)[0, 0, 0] > 0).sum() == 4


def test_hardened_pictures_are_near_theirs_and_read_worse():
    trunk, head = torch.nn.Flatten(), torch.nn.Linear(36, 3)
    images, labels = torch.rand(8, 1, 6, 6) * 2 - 1, torch.arange(8) % 3
    nets, start = {"trunk": trunk, "head": head}, torch.rand(8, 1, 6, 6) * 2 - 1
    made = hardened(nets, images, labels, 0.2, start)
    assert (made - images).abs().max() <= 0.2 + 1e-6 and made.abs().max() <= 1 and not made.requires_grad
    before, after = (torch.nn.functional.cross_entropy(head(trunk(each)), labels) for each in (images, made))
    assert after > before
    assert all(parameter.grad is None for parameter in head.parameters()), "the attack teaches the judge nothing"
    with pytest.raises(TrainError, match="--adversarial must be"):
        DigitJudge.Config(adversarial=0.5)


def test_a_judge_without_convolutions_is_refused():
    with pytest.raises(TrainError, match="--depth must be at least 1, not 0"):
        DigitJudge.Config(depth=0)


def test_inverted_pictures_are_negatives_and_the_others_stay():
    images = torch.rand(2, 3, 4, 4)
    one, other = random_inversion(images, torch.tensor([0.2, 0.7]).view(2, 1, 1, 1))
    assert torch.equal(one, -images[0]) and torch.equal(other, images[1])


def test_random_colour_stays_in_range():
    images = torch.rand(4, 3, 8, 8) * 2 - 1
    assert torch.equal(random_colour(images, torch.zeros(4, 6), 0.3), images)
    changed = random_colour(images, torch.ones(4, 6), 0.3)
    assert changed.abs().max() <= 1 and not torch.equal(changed, images)
