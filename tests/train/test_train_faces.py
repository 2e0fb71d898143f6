"""CelebA, and the networks and numbers for faces, on pictures made up here."""

import numpy as np
import pytest
import torch
from PIL import Image

from models_zoo import lite0
from models_zoo.dcgan import DCGAN
from models_zoo.faces import CROP
from train.data import datasets as data
from train.data import faces, vision
from train.data.augment import random_flip, shift_and_cut
from train.data.dataset import to_float
from train.errors import TrainError
from train.metrics import classifiers, photographs


@pytest.fixture
def celeba(tmp_path):
    """A data root with 25 grey pictures in CelebA's layout; the bright ones wear glasses."""
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    lines = ["25", " ".join(faces.ATTRIBUTES)]
    for number in range(1, 26):
        bright = number % 2 == 1
        picture = np.full((218, 178, 3), 200 if bright else 50, np.uint8)
        Image.fromarray(picture).save(folder / "img_align_celeba" / f"{number:06}.jpg")
        glasses = ["1" if bright and name == "Eyeglasses" else "-1" for name in faces.ATTRIBUTES]
        lines.append(" ".join([f"{number:06}.jpg", *glasses]))
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_celeba_is_read_with_its_attributes_and_the_last_pictures_are_held_out(celeba):
    read = data.load("celeba", celeba)
    assert read.train.images.shape == (21, 3, 64, 64) and len(read.test) == 4
    glasses = read.train.attributes[:, read.attributes.index("Eyeglasses")]
    assert torch.equal(glasses.bool(), read.train.images.float().mean((1, 2, 3)) > 128)
    assert read.train.attributes.sum() == glasses.sum()


@pytest.mark.parametrize("size", [(89, 109), (178, 218)])
def test_the_crop_is_a_square_around_the_face(size):
    left, top, right, bottom = (share * side for share, side in zip(CROP, size * 2, strict=True))
    assert right - left == pytest.approx(bottom - top, rel=0.02)
    picture = Image.new("RGB", size)
    picture.paste((255, 0, 0), (round(left), round(top), round(right), round(bottom)))
    inside = np.asarray(faces.crop(picture))[1:-1, 1:-1]
    assert inside.shape == (62, 62, 3) and inside[..., 0].min() > 240


@pytest.mark.parametrize(
    ("line", "value", "message"),
    [
        (1, "Bald Bangs", "second line"),
        (4, "000003.jpg 1 -1", "line 5: 40 values"),
        (4, "000003.jpg" + " 2" * 40, "line 5: 40 values"),
    ],
)
def test_a_broken_list_of_attributes_is_named_by_its_line(celeba, line, value, message):
    path = celeba / "celeba" / "list_attr_celeba.txt"
    lines = path.read_text().splitlines()
    lines[line] = value
    path.write_text("\n".join(lines))
    with pytest.raises(TrainError, match=message):
        data.load("celeba", celeba)


def test_a_missing_celeba_without_a_network_is_one_sentence(tmp_path, monkeypatch):
    vision.make_importable()
    from torchvision.datasets import CelebA

    def fail(self):
        raise RuntimeError("No route to the drive\nTried this")

    monkeypatch.setattr(CelebA, "download", fail)
    with pytest.raises(TrainError, match="could not be downloaded") as caught:
        data.load("celeba", tmp_path)
    assert "(No route to the drive); put" in str(caught.value) and "\n" not in str(caught.value)


def test_what_the_discriminator_sees_is_moved_by_whole_pixels_and_has_a_grey_square():
    images = torch.rand(200, 3, 16, 16) + 1
    seen = shift_and_cut(images, torch.rand(200, 4))
    still = shift_and_cut(images, torch.tensor([[0.5, 0.5, 0.0, 0.0]]).expand(200, 4))
    assert torch.equal(still, images)
    for image, changed in zip(images, seen, strict=True):
        kept = changed[changed != 0]
        assert torch.isin(kept, image).all()
        assert 16 * 16 * 3 / 3 < len(kept) <= 16 * 16 * 3
    middle = shift_and_cut(images, torch.tensor([[0.5, 0.5, 0.5, 0.5]]).expand(200, 4))
    assert (middle == 0).sum() == 200 * 3 * 8 * 8


def test_half_the_photographs_are_mirrored():
    images = torch.rand(2, 3, 4, 4)
    one, other = random_flip(images, torch.tensor([0.49, 0.5]).view(2, 1, 1, 1))
    assert torch.equal(one, images[0].flip(2)) and torch.equal(other, images[1])


@pytest.mark.parametrize("norm", ["batch", "weight"])
@pytest.mark.parametrize(("upsampling", "kernel"), [("resize", 5), ("transposed", 4), ("transposed", 5)])
def test_a_dcgan_draws_and_scores_and_all_its_weights_learn(upsampling, kernel, norm):
    model = DCGAN(32, 3, 10, [16, 16, 8], [8, 8, 8], upsampling=upsampling, kernel=kernel, norm=norm)
    images = model.generate(torch.randn(4, 10))
    assert images.shape == (4, 3, 32, 32) and images.abs().max() <= 1
    model.score(images).sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_a_dcgan_whose_widths_do_not_make_its_size_is_refused():
    with pytest.raises(ValueError, match="3 widths make 32 pixels, not 64"):
        DCGAN(64, 3, 10, [16, 16, 8])


def test_photographs_are_near_their_kind_and_far_from_noise():
    rows = torch.linspace(-1, 1, 64).view(1, 1, 64, 1)
    ramps = rows * torch.linspace(0.5, 1, 24).view(24, 1, 1, 1) * torch.ones(24, 3, 64, 64)
    noise = torch.rand(24, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    one, other, far = (lite0.features(images) for images in (ramps[::2], ramps[1::2], noise[:12]))
    assert one.shape == (12, lite0.FEATURES)
    near = photographs.kernel_distance(one, other)
    assert abs(near) < 0.1 * photographs.kernel_distance(one, far)


def test_distances_of_photographs_are_the_same_every_time_and_lower_is_better():
    blobs = data.synthetic("celeba", 40)
    measured = []
    for _ in range(2):
        photographs.lite0_features.cache_clear()
        measured.append(photographs.distances(to_float(blobs.test.images[:12]), blobs))
    assert measured[0] == measured[1]
    assert {name: entry["better"] for name, entry in measured[0].items()} == dict.fromkeys(
        ("kid_lite0", "fd_lite0", "checkerboard"), "lower"
    )


def test_attributes_are_measured_one_by_one_beside_the_commoner_answer():
    blobs = data.synthetic("celeba", 40)
    found = classifiers.evaluate_attributes(lambda x: torch.ones(len(x), 40), blobs, torch.device("cpu"))
    yes = blobs.test.attributes.float().mean(0)
    assert found["test_accuracy"]["value"] == pytest.approx(yes.mean().item(), abs=1e-4)
    smiling = found["test_accuracy/Smiling"]
    share = yes[blobs.attributes.index("Smiling")].item()
    assert smiling["value"] == pytest.approx(share, abs=1e-4)
    assert smiling["reference"] == pytest.approx(max(share, 1 - share), abs=1e-4)
