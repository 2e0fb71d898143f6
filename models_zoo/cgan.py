"""cGAN: the class enters generator and discriminator (Mirza and Osindero 2014, arXiv:1411.1784)."""

from __future__ import annotations

from torch import Tensor, nn

from models_zoo.blocks import ClassConditionalModel, class_weights, leaky_convolution


class ClassDiscriminator(nn.Module):
    """Real or not, given the class: image and class meet in a joint layer, as in the paper, with convolutions.

    What the class adds to the joint layer is the same at every place, as constant planes of it
    beside the image would be, and costs nothing.
    """

    def __init__(self, classes: int, channels: int, width: int):
        super().__init__()
        self.classes = classes
        self.image = nn.Sequential(
            leaky_convolution(channels, 2 * width, 4),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1),
        )
        self.label = nn.Linear(classes, 4 * width, bias=False)
        self.joint = nn.Sequential(
            nn.LeakyReLU(0.2),
            leaky_convolution(4 * width, 8 * width, 3),
            nn.Flatten(),
            # 28 and 32 pixels both end at 4 x 4.
            nn.Linear(8 * width * 16, 1),
            nn.Flatten(0),
        )

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """N logits of images N x C x H x W in [-1, 1] with N class ids, or N x classes weights."""
        label = self.label(class_weights(labels, self.classes))
        return self.joint(self.image(x) + label[:, :, None, None])


class CGAN(ClassConditionalModel):
    """Convolutional cGAN for images of 28 or 32 pixels: who judges knows what was asked for."""

    def __init__(
        self,
        classes: int = 10,
        image_size: int = 28,
        channels: int = 1,
        *,
        latent_size: int = 64,
        width: int = 16,
        discriminator_width: int = 16,
    ):
        super().__init__(classes, image_size, channels, latent_size, width)
        self.discriminator = ClassDiscriminator(classes, channels, discriminator_width)

    def score(self, x: Tensor, labels: Tensor) -> Tensor:
        """N logits for images N x C x H x W in [-1, 1] of the classes `labels` (N ids); higher is more real."""
        return self.discriminator(x, labels)
