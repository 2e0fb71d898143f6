"""Layers that two or more papers share."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models_zoo.checkpoint import LatentModel


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """One-hot rows N x classes of N class ids; rows that already are weights of classes pass through."""
    return labels if labels.dim() == 2 else F.one_hot(labels, classes).float()


# Which of the three weights of a row, or column, each of the four adds up.
_SUMS = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))


@functools.cache
def _sums(device: torch.device, dtype: torch.dtype) -> Tensor:
    """`_SUMS` as a tensor, made once: a GPU would have to finish all its work each time that numbers are sent to it."""
    with torch.inference_mode(False):
        return torch.tensor(_SUMS, device=device, dtype=dtype)


class ResizeConvolution(nn.Conv2d):
    """Nearest-neighbour doubling, then a 3x3 convolution without bias, in 4/9 of the multiplications.

    After doubling, several of the nine weights meet the same input pixel. Added up beforehand they
    make a 4x4 kernel whose transposed convolution gives the same picture: unlike a freely
    learned 4x4 kernel, it leaves no checkerboard (Odena et al. 2016, doi:10.23915/distill.00003).
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, 3, padding=1, bias=False)
        self._folded: tuple[tuple, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """N x outputs x 2H x 2W from N x inputs x H x W."""
        return F.conv_transpose2d(x, self.kernel(), stride=2, padding=1)

    def train(self, mode: bool = True) -> ResizeConvolution:
        """Also forgets the kernel: fused optimizers change weights without counting it as a change."""
        self._folded = None
        return super().train(mode)

    def kernel(self) -> Tensor:
        """The 4x4 kernel of the transposed convolution, inputs x outputs x 4 x 4.

        In eval mode and with frozen weights it is kept: for a single picture it takes longer than all the rest.
        """
        weight = self._parameters.get("weight")
        if self.training or weight is None or weight.requires_grad:
            return self._fold(self.weight)
        state = (weight.data_ptr(), weight._version, weight.dtype, weight.device)
        if self._folded is None or self._folded[0] != state:
            # A tensor made in inference mode could not take part in a gradient later on, nor one made in autocast without it.
            with torch.inference_mode(False), torch.no_grad(), torch.autocast(weight.device.type, enabled=False):
                self._folded = state, self._fold(weight)
        return self._folded[1]

    def _fold(self, weight: Tensor) -> Tensor:
        sums = _sums(weight.device, weight.dtype)
        # The products forget the layout, and the kernel's decides the pictures': CPUs are faster in this one.
        return (sums @ weight.transpose(0, 1) @ sums.T).contiguous(memory_format=torch.channels_last)


class ClassGenerator(nn.Module):
    """Generator of latents and classes: a linear layer to `image_size` / 4, then two resize convolutions."""

    def __init__(self, classes: int, image_size: int, channels: int, latent_size: int, width: int):
        super().__init__()
        self.classes = classes
        side = image_size // 4
        self.net = nn.Sequential(
            # Multiples of 16 channels: CPUs compute 16 of them at once.
            nn.Linear(latent_size + classes, 6 * width * side * side),
            nn.Unflatten(1, (6 * width, side, side)),
            nn.BatchNorm2d(6 * width),
            nn.ReLU(),
            ResizeConvolution(6 * width, 3 * width),
            nn.BatchNorm2d(3 * width),
            nn.ReLU(),
            ResizeConvolution(3 * width, width),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from z N x latent_size and N class ids, or N x classes weights."""
        return self.net(torch.cat([z, class_weights(labels, self.classes)], 1))


class ClassConditionalModel(LatentModel):
    """A model whose generator draws the class that it is asked for."""

    def __init__(self, classes: int, image_size: int, channels: int, latent_size: int, width: int):
        super().__init__()
        self.image_size, self.channels, self.latent_size = image_size, channels, latent_size
        self.generator = ClassGenerator(classes, image_size, channels, latent_size, width)

    def generate(self, z: Tensor, labels: Tensor) -> Tensor:
        """Images N x C x H x W in [-1, 1] from latents N x latent_size and the classes asked for.

        `labels` are N class ids, or N x classes weights that sum to one in every row: between two
        one-hot rows one class turns into another.
        """
        return self.generator(z, labels)


def leaky_convolution(inputs: int, outputs: int, size: int, dropout: float = 0.0) -> nn.Sequential:
    """A strided convolution that halves the picture, a leaky ReLU and dropout; no batch normalisation.

    Real and generated images go through a discriminator in separate batches, whose statistics
    would tell them apart. Whole channels are dropped, as suits convolutions (arXiv:1411.4280), and
    costs a CPU far fewer random numbers.
    """
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, 2, 1), nn.LeakyReLU(0.2), nn.Dropout2d(dropout))
