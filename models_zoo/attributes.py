"""A small convolutional classifier of yes/no attributes of faces, such as glasses or a smile."""

from __future__ import annotations

from torch import Tensor, nn

from models_zoo.checkpoint import ZooModel


class AttributeJudge(ZooModel):
    """Convolutions and poolings from 64 to 4 pixels, 256 features, then one logit for each of `attributes`."""

    exclusive = False
    """Whether a picture shows one of the attributes and no other."""

    def __init__(self, attributes: int = 40, image_size: int = 64, channels: int = 3, width: int = 32):
        super().__init__()
        self.image_size, self.channels = image_size, channels

        def convolution(inputs: int, outputs: int) -> list[nn.Module]:
            return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

        side = image_size // 16
        self.trunk = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            *convolution(width, 2 * width),
            nn.MaxPool2d(2),
            *convolution(2 * width, 4 * width),
            *convolution(4 * width, 4 * width),
            nn.MaxPool2d(2),
            *convolution(4 * width, 6 * width),
            nn.MaxPool2d(2),
            *convolution(6 * width, 8 * width),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(8 * width * side * side, 256),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(256, attributes))

    def features(self, x: Tensor) -> Tensor:
        """Penultimate features N x 256 of images N x C x H x W in [-1, 1]."""
        return self.trunk(x)

    def classify(self, x: Tensor) -> Tensor:
        """One logit for each attribute, N x A, of images N x C x H x W in [-1, 1]; above 0 means yes."""
        return self.head(self.features(x))
