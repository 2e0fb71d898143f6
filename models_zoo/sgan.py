"""SGAN: the discriminator predicts a class or "fake" (Odena 2016, arXiv:1606.01583; Salimans et al. 2016, arXiv:1606.03498)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from models_zoo.blocks import ClassConditionalModel
from models_zoo.checkpoint import ZooModel


def log_odds_real(logits: Tensor) -> Tensor:
    """N logits of being real from K + 1 class logits, fake last: log p(y <= K) - log p(y = K + 1) (arXiv:1606.03498)."""
    return logits[:, :-1].logsumexp(1) - logits[:, -1]


class GaussianNoise(nn.Module):
    """Adds noise N(0, `deviation`^2) in training; the identity in eval mode."""

    def __init__(self, deviation: float):
        super().__init__()
        self.deviation = deviation

    def forward(self, x: Tensor) -> Tensor:
        return x + self.deviation * torch.randn_like(x) if self.training else x


class SemiSupervisedDiscriminator(nn.Module):
    """A classifier into `classes` + 1, fake last: weight norm, noise and dropout as in Salimans et al."""

    def __init__(self, classes: int, channels: int, width: int, noise: float, dropout: float):
        super().__init__()

        def convolution(inputs: int, outputs: int, size: int) -> list[nn.Module]:
            layer = weight_norm(nn.Conv2d(inputs, outputs, size, 2, 1))
            return [layer, nn.LeakyReLU(0.2), nn.Dropout2d(dropout)]

        self.trunk = nn.Sequential(
            GaussianNoise(noise),
            *convolution(channels, 2 * width, 4),
            *convolution(2 * width, 4 * width, 4),
            *convolution(4 * width, 8 * width, 3),
            nn.Flatten(),
            # Both 28 and 32 pixels are reduced to 4 x 4.
            weight_norm(nn.Linear(8 * width * 16, 8 * width)),
            nn.LeakyReLU(0.2),
        )
        self.head = weight_norm(nn.Linear(8 * width, classes + 1))

    def features(self, x: Tensor) -> Tensor:
        """The last hidden layer, N x 8 width, of images N x C x H x W in [-1, 1], used for feature matching."""
        return self.trunk(x)

    def forward(self, x: Tensor) -> Tensor:
        """Logits N x (classes + 1) of images N x C x H x W in [-1, 1]."""
        return self.head(self.features(x))


class SGAN(ClassConditionalModel):
    """Convolutional SGAN for images of 28 or 32 pixels: fake is one more class."""

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 28,
        channels: int = 1,
        *,
        latent_size: int = 64,
        width: int = 16,
        discriminator_width: int = 16,
        noise: float = 0.1,
        dropout: float = 0.1,
    ):
        super().__init__(classes, image_size, channels, latent_size, width)
        self.discriminator = SemiSupervisedDiscriminator(classes, channels, discriminator_width, noise, dropout)

    def score(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """N logits for images N x C x H x W in [-1, 1]: the log-odds of any class against fake."""
        return log_odds_real(self.classify(x))

    def classify(self, x: Tensor) -> Tensor:
        """Logits N x (classes + 1) of images N x C x H x W in [-1, 1]; the last one is "fake"."""
        return self.discriminator(x)


class SGANClassifier(ZooModel):
    """An SGAN's discriminator without the generator: a classifier, for comparisons."""

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 28,
        channels: int = 1,
        *,
        discriminator_width: int = 16,
        noise: float = 0.1,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.image_size, self.channels = image_size, channels
        self.discriminator = SemiSupervisedDiscriminator(classes, channels, discriminator_width, noise, dropout)

    def classify(self, x: Tensor) -> Tensor:
        """Logits N x (classes + 1) of images N x C x H x W in [-1, 1]; the last one is "fake"."""
        return self.discriminator(x)
