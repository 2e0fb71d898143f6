import pytest
import torch

from train.data import datasets as data
from train.data.dataset import to_float
from train.errors import TrainError


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
