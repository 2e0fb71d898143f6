"""A small convolutional classifier that measures what generators make.

Its softmax says which class a picture shows and how surely; its penultimate features carry the
Frechet distance, in the place that Inception's have in FID (Heusel et al. 2017, arXiv:1706.08500).
"""

from __future__ import annotations

from torch import Tensor, nn

from models_zoo.checkpoint import ZooModel


def _convolutions(inputs: int, outputs: int, count: int) -> list[nn.Module]:
    layers = []
    for width in [inputs] + [outputs] * (count - 1):
        layers += [nn.Conv2d(width, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return layers


class Judge(ZooModel):
    """Three times `depth` 3x3 convolutions with two poolings between them, 128 features, then `classes` logits."""

    exclusive = True
    """Whether a picture shows one of the classes and no other."""

    def __init__(self, classes: int = 10, image_size: int = 28, channels: int = 1, width: int = 24, depth: int = 1):
        super().__init__()
        self.image_size, self.channels = image_size, channels
        side = image_size // 4
        self.trunk = nn.Sequential(
            *_convolutions(channels, width, depth),
            nn.MaxPool2d(2),
            *_convolutions(width, 2 * width, depth),
            nn.MaxPool2d(2),
            *_convolutions(2 * width, 4 * width, depth),
            nn.Flatten(),
            nn.Dropout(0.25),
            nn.Linear(4 * width * side * side, 128),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.25), nn.Linear(128, classes))

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features N x 128 of images N x C x H x W in [-1, 1]."""
        return self.trunk(x)

    def classify(self, x: Tensor) -> Tensor:
        """Class logits N x classes of images N x C x H x W in [-1, 1]."""
        return self.head(self.features(x))
