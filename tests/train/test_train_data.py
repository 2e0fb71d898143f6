import pytest
import torch

from train.data import datasets as data
from train.data.dataset import Split, to_float
from train.errors import TrainError
from train.publishing.export import export


def test_mnist_is_read_from_the_data_root_and_kept_as_bytes(data_root):
    mnist = data.load("mnist", data_root)
    assert mnist.train.images.shape == (512, 1, 28, 28) and len(mnist.test) == 128
    assert mnist.train.images.dtype == torch.uint8
    assert torch.equal(mnist.train.images, data.synthetic("mnist", 512, 0).train.images)
    assert mnist.train.classes[:12].tolist() == [*range(10), 0, 1]
    assert mnist.classes == tuple("0123456789") and mnist.licence


def test_a_missing_mnist_is_downloaded(tmp_path, data_root, monkeypatch):
    from torchvision.datasets import MNIST

    def download(self):
        (tmp_path / "MNIST").symlink_to(data_root / "MNIST")

    monkeypatch.setattr(MNIST, "download", download)
    assert len(data.load("mnist", tmp_path).train) == 512


def test_a_missing_mnist_without_a_network_is_one_sentence(tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    def fail(self):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried this\nTried that")

    monkeypatch.setattr(MNIST, "download", fail)
    with pytest.raises(TrainError, match="could not be downloaded") as caught:
        data.load("mnist", tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_bytes_become_floats_between_minus_one_and_one():
    assert to_float(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("index", [slice(1, 3), torch.tensor([2, 0]), torch.tensor([True, False, True])])
def test_rows_of_a_split_cut_every_field_alike(index):
    whole = Split(
        torch.arange(3, dtype=torch.uint8).view(3, 1, 1, 1), classes=torch.arange(3), numbers=torch.arange(3) + 10
    )
    part = whole.rows(index)
    assert part.images.flatten().tolist() == part.classes.tolist() == (part.numbers - 10).tolist()
    assert part.classes.tolist() == torch.arange(3)[index].tolist() and len(part) == len(part.classes)
    assert list(part.fields()) == ["images", "classes", "numbers"] and part.maps is None and part.attributes is None


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("mnist", ["images", "classes"]),
        ("celeba", ["images", "attributes"]),
        ("facades", ["images", "maps"]),
        ("birds", ["images", "numbers"]),
        ("horse2zebra", ["images"]),
    ],
)
def test_a_split_has_the_fields_that_its_dataset_knows(name, fields):
    blobs = data.synthetic(name, 4)
    assert list(blobs.train.fields()) == list(blobs.test.fields()) == fields


@pytest.mark.parametrize("samples", [-1, 0, 1])
def test_an_export_needs_two_samples_before_it_looks_at_the_run(tmp_path, samples):
    with pytest.raises(TrainError, match=f"--samples must be at least 2, not {samples}"):
        export(tmp_path / "nowhere", "any", samples=samples)
