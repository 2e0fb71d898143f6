"""ACGAN: the discriminator also names the class (Odena, Olah and Shlens 2017, arXiv:1610.09585)."""

from __future__ import annotations

from torch import Tensor, nn

from models_zoo.blocks import ClassConditionalModel, leaky_convolution
from models_zoo.checkpoint import ZooModel


class TwoHeadedDiscriminator(nn.Module):
    """One trunk of strided convolutions, with dropout as in the paper, and two heads: source and class."""

    def __init__(self, classes: int, channels: int, width: int, dropout: float):
        super().__init__()
        self.trunk = nn.Sequential(
            leaky_convolution(channels, 2 * width, 4, dropout),
            leaky_convolution(2 * width, 4 * width, 4, dropout),
            leaky_convolution(4 * width, 8 * width, 3, dropout),
            nn.Flatten(),
        )
        # 28 and 32 pixels both end at 4 x 4.
        self.source = nn.Sequential(nn.Linear(8 * width * 16, 1), nn.Flatten(0))
        self.classes = nn.Linear(8 * width * 16, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """N logits of being real and N x classes logits of images N x C x H x W in [-1, 1]."""
        features = self.trunk(x)
        return self.source(features), self.classes(features)


class ACGAN(ClassConditionalModel):
    """Convolutional ACGAN for images of 28 or 32 pixels: who judges is not told the class, but names it."""

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 28,
        channels: int = 1,
        *,
        latent_size: int = 64,
        width: int = 16,
        discriminator_width: int = 16,
        dropout: float = 0.1,
    ):
        super().__init__(classes, image_size, channels, latent_size, width)
        self.discriminator = TwoHeadedDiscriminator(classes, channels, discriminator_width, dropout)

    def score(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """N logits for images N x C x H x W in [-1, 1]; higher is more real."""
        return self.discriminator(x)[0]

    def classify(self, x: Tensor) -> Tensor:
        """Class logits N x classes of images N x C x H x W in [-1, 1], whether real or not."""
        return self.discriminator(x)[1]


class ACGANClassifier(ZooModel):
    """An ACGAN's discriminator without the generator: what names classes, for comparisons."""

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 28,
        channels: int = 1,
        *,
        discriminator_width: int = 16,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.image_size, self.channels = image_size, channels
        self.discriminator = TwoHeadedDiscriminator(classes, channels, discriminator_width, dropout)

    def classify(self, x: Tensor) -> Tensor:
        """Class logits N x classes of images N x C x H x W in [-1, 1], whether real or not."""
        return self.discriminator(x)[1]
