"""Networks of stylegan2-ada-pytorch (arXiv:2006.06676) under the names of `models_zoo.stylegan`.

Of its generators those that add up pictures of all sides, of its discriminators the residual ones: its defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from models_zoo.stylegan import FIRST_SIDE

FULLY_CONNECTED = "fc"
"""How the names of the mapping network's layers begin, before their number."""
PARTS = {"affine": "style", "noise_const": "noise"}
OF_BLOCKS = {"conv0": "first", "conv1": "second", "skip": "beside"}
OF_LAST_BLOCK = {"conv": "convolution", "fc": "hidden", "out": "out"}


def arguments(init_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `StyleGAN` for a generator that was made with `init_kwargs`; the discriminator's widths are like its."""
    side, synthesis = init_kwargs["img_resolution"], init_kwargs.get("synthesis_kwargs", {})
    base, most = synthesis.get("channel_base", 32768), synthesis.get("channel_max", 512)
    widths = [min(base // (FIRST_SIDE * 2**level), most) for level in range((side // FIRST_SIDE).bit_length())]
    return {
        "image_size": side,
        "channels": init_kwargs["img_channels"],
        "latent_size": init_kwargs["z_dim"],
        "widths": widths,
        "discriminator_widths": widths[::-1],
        "w_size": init_kwargs["w_dim"],
        "mapping_depth": init_kwargs.get("mapping_kwargs", {}).get("num_layers", 8),
        "classes": init_kwargs["c_dim"],
    }


def generator_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state of a `StyleGenerator` that draws what the generator with the state `state` draws."""
    found = {_in_generator(name): value for name, value in _without_filters(state).items()}
    return found | {"synthesis.constant": found["synthesis.constant"][None]}


def discriminator_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state of a `StyleDiscriminator` that judges as the discriminator with the state `state`, but for `usual_deviation`."""
    largest = max(int(name.split(".")[0][1:]) for name in state if name.startswith("b"))
    return {_in_discriminator(name, largest): value for name, value in _without_filters(state).items()}


def _without_filters(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value for name, value in state.items() if not name.endswith("resample_filter")}


def _in_generator(name: str) -> str:
    network, block, *rest = name.split(".")
    if network == "mapping":
        return f"mapping.{_in_mapping(block, rest)}"
    if rest == ["const"]:
        return "synthesis.constant"
    level = _level(block)
    kind, *rest = (PARTS.get(part, part) for part in rest)
    if kind == "torgb":
        return ".".join([f"synthesis.pictures.{level}", *rest])
    return ".".join([f"synthesis.layers.{2 * level - (kind == 'conv0')}", *rest])


def _in_discriminator(name: str, largest: int) -> str:
    block, kind, *rest = name.split(".")
    if block == "mapping":
        return f"classes.{_in_mapping(kind, rest)}"
    if kind == "fromrgb":
        return ".".join(["start", *rest])
    level = _level(block)
    if level == 0:
        return ".".join([OF_LAST_BLOCK[kind], *rest])
    return ".".join([f"blocks.{_level(f'b{largest}') - level}.{OF_BLOCKS[kind]}", *rest])


def _in_mapping(layer: str, rest: list[str]) -> str:
    """What a mapping network's layer is called, and what belongs to it."""
    if layer.startswith(FULLY_CONNECTED):
        return ".".join(["layers", layer.removeprefix(FULLY_CONNECTED), *rest])
    return ".".join(["embedding" if layer == "embed" else layer, *rest])


def _level(block: str) -> int:
    """How often 4 x 4 is doubled in the block called ``b`` and its side."""
    return (int(block.removeprefix("b")) // FIRST_SIDE).bit_length() - 1
