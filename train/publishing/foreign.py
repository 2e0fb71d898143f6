"""Checkpoints of other projects, recognised by the names and shapes of their weights, in the networks of `models_zoo`.

Each of `KINDS` tells from a generator's state what its networks are built with, and what its weights are called here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models_zoo import stylegan_ada
from models_zoo.checkpoint import ZooModel
from models_zoo.dcgan import DCGAN
from models_zoo.image_to_image import ImageToImage
from models_zoo.stylegan import StyleGAN
from train.errors import TrainError

State = Mapping[str, Tensor]
FIRST = 10
"""Place of a residual generator's first block: after padding, three convolutions, and their norms and activations."""
PHOTOGRAPH = 256
"""Pixels of the side at which translators are usually trained, which no weight tells."""
UNUSED = re.compile(r"(^|\.)(num_batches_tracked|resample_filter)$")
COUNTS = "num_batches_tracked"
EMA = re.compile(r"(^|[._])(ema|average|averaged|avg|gs)([._]|$)", re.IGNORECASE)
NUMBERS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
LARGEST = 1024
"""Pixels of the side of the largest pictures."""
TAPS = (1.0, 3.0, 3.0, 1.0)
"""The low-pass filter of all StyleGAN2s, before it is normalised."""


class Difference(Exception):
    """How weights differ from those of a kind of generator, in a few words that follow "but"."""


@dataclass(frozen=True)
class Drawing:
    """How a translator draws where its project leaves a choice."""

    by_averages: bool = False
    """By the averages of its training in place of each picture's mean and variance."""
    with_dropout: bool = True
    """With dropout, where it was trained with dropout."""


@dataclass(frozen=True)
class Kind:
    """A generator that another project makes."""

    name: str
    variant: str
    """That of the models it is shown and trained among."""
    project: str
    signature: str
    """The end of the name of a weight that every such generator has, and others have not."""
    roots: tuple[str, ...]
    """How the names of its weights begin."""
    network: type[ZooModel]
    arguments: Callable[[State, Drawing], dict[str, Any]]
    renamed: Callable[[State, dict[str, Any]], dict[str, Tensor]]
    """The state under the names of `network`, given its arguments."""


@dataclass(frozen=True)
class Found:
    """A generator that was recognised."""

    kind: Kind
    model: ZooModel
    prefix: str
    """What its names began with in the file."""
    others: tuple[str, ...]
    """What those of other such generators in the file begin with."""


# ---- pytorch-CycleGAN-and-pix2pix ---------------------------------------------------------------


def _resnet_arguments(state: State, drawing: Drawing) -> dict[str, Any]:
    first = state["model.1.weight"]
    blocks = {name.split(".")[1] for name in state if ".conv_block." in name}
    dropout = any(re.search(r"conv_block\.6\.weight$", name) and value.dim() == 4 for name, value in state.items())
    return {
        "image_size": PHOTOGRAPH,
        "channels": first.shape[1],
        "widths": [first.shape[0]],
        "blocks": len(blocks),
        "upsampling": "transposed" if f"model.{FIRST + len(blocks)}.weight" in state else "resize",
        **_style(state, "model.2.", dropout, drawing),
    }


def _unet_arguments(state: State, drawing: Drawing) -> dict[str, Any]:
    name, widths = "model.model.0.weight", []
    inside = "model.model.1."
    while name in state:
        widths.append(state[name].shape[0])
        name, inside = f"{inside}model.1.weight", f"{inside}model.3."
    if len(widths) < 3:
        raise Difference("it has no levels inside each other, as a discriminator of patches has none")
    return {
        "image_size": 2 ** len(widths),
        "channels": state["model.model.0.weight"].shape[1],
        "widths": widths,
        # Nothing in the file tells, but the project's pix2pix has dropout unless it is told otherwise.
        **_style(state, "model.model.1.model.2.", True, drawing),
    }


def _style(state: State, norm: str, dropout: bool, drawing: Drawing) -> dict[str, Any]:
    if drawing.by_averages and f"{norm}running_mean" not in state:
        raise Difference("it has no averages of its training, so that --statistics eval means nothing")
    return {
        "affine": f"{norm}weight" in state,
        "running": drawing.by_averages,
        "dropout": dropout,
        "noisy": dropout and drawing.with_dropout and not drawing.by_averages,
    }


def _translator(state: State, arguments: dict[str, Any]) -> dict[str, Tensor]:
    kept = {name: value for name, value in state.items() if arguments["running"] or ".running_" not in name}
    return {f"a2b.{name}": value for name, value in kept.items()}


# ---- DCGAN ----------------------------------------------------------------------------------------


def _dcgan_arguments(state: State, _: Drawing) -> dict[str, Any]:
    layers = [state[f"main.{place}.weight"] for place in range(0, len(state), 3) if f"main.{place}.weight" in state]
    if "main.2.weight" in state:
        raise Difference("it is a discriminator; the generator, netG, is needed")
    if len(layers) < 2 or layers[0].shape[2:] != (4, 4):
        raise Difference("it does not begin with 4 x 4 pixels")
    return {
        "image_size": 4 * 2 ** (len(layers) - 1),
        "channels": layers[-1].shape[1],
        "latent_size": layers[0].shape[0],
        "widths": [layer.shape[1] for layer in layers[:-1]],
        "discriminator_widths": [],
        "upsampling": "transposed",
        "kernel": layers[-1].shape[2],
    }


def _dcgan(state: State, _: dict[str, Any]) -> dict[str, Tensor]:
    renamed = {}
    for name, value in state.items():
        place, _, rest = name.removeprefix("main.").partition(".")
        if not place.isdecimal():
            renamed[name] = value
        elif place == "0":
            # A transposed convolution of a single pixel is a linear layer.
            renamed["generator.net.0.weight"] = value.permute(1, 2, 3, 0).flatten(0, 2)
        else:
            renamed[f"generator.net.{int(place) + 1}.{rest}"] = value
    counts = [name for name in renamed if name.endswith(".running_mean")]
    return renamed | {name.replace("running_mean", "num_batches_tracked"): torch.tensor(0) for name in counts}


# ---- StyleGAN2 --------------------------------------------------------------------------------------


def _stylegan_arguments(state: State, _: Drawing) -> dict[str, Any]:
    sides = sorted(int(name.split(".")[1][1:]) for name in state if name.endswith(".conv1.weight"))
    layers = [name for name in state if re.fullmatch(r"mapping\.fc\d+\.weight", name)]
    w_size = state["mapping.w_avg"].shape[0]
    embedded = state.get("mapping.embed.weight")
    widths = [state[f"synthesis.b{side}.conv1.weight"].shape[0] for side in sides]
    for side in sides:
        if f"synthesis.b{side}.torgb.weight" not in state:
            raise Difference(f"it makes no picture at {side} x {side} pixels: only the architecture skip is built here")
    return {
        "image_size": sides[-1],
        "channels": state[f"synthesis.b{sides[-1]}.torgb.weight"].shape[0],
        "latent_size": state["mapping.fc0.weight"].shape[1] - (0 if embedded is None else w_size),
        "widths": widths,
        "discriminator_widths": [],
        "w_size": w_size,
        "mapping_depth": len(layers),
        "classes": 0 if embedded is None else embedded.shape[1],
    }


def _stylegan(state: State, _: dict[str, Any]) -> dict[str, Tensor]:
    found = {f"generator.{name}": value for name, value in stylegan_ada.generator_state(state).items()}
    if len(found) < len(state):
        raise Difference("two of its weights have the same place")
    return found


PROJECT = "pytorch-CycleGAN-and-pix2pix"
KINDS = (
    Kind("unet", "pix2pix", PROJECT, "model.model.0.weight", ("model",), ImageToImage, _unet_arguments, _translator),
    Kind("resnet", "cyclegan", PROJECT, "model.10.conv_block.1.weight", ("model",), ImageToImage, _resnet_arguments, _translator),
    Kind("stylegan2", "stylegan", "stylegan2-ada-pytorch", "synthesis.b4.const", ("mapping", "synthesis"), StyleGAN, _stylegan_arguments, _stylegan),
    Kind("dcgan", "dcgan", "pytorch/examples", "main.0.weight", ("main",), DCGAN, _dcgan_arguments, _dcgan),
)  # fmt: skip
OTHERS = {
    "param_groups": "the state of an optimizer",
    "synthesis.input.freqs": "a StyleGAN3, of whose networks only its copy of StyleGAN2 is known here",
    "b4.out.weight": "a discriminator of StyleGAN2; its generator is needed",
    "model.0.weight": "a discriminator of patches of pytorch-CycleGAN-and-pix2pix; a generator, G, is needed",
}
"""What files hold that are mistaken for generators, by the end of a name in them."""


def recognised(tensors: State, where: str, wanted: str = "", drawing: Drawing = Drawing()) -> Found:
    """The generator among `tensors`, of the kind `wanted` if one is named; `where` is the file, for complaints.

    Raises `TrainError` that says what was found instead, or how it differs from what comes nearest.
    """
    best = ""
    for kind in KINDS:
        if wanted not in ("", kind.name):
            continue
        prefixes = _prefixes(tensors, kind.signature)
        for prefix in prefixes:
            state = {name[len(prefix) :]: value for name, value in tensors.items() if name.startswith(prefix)}
            state = {name: value for name, value in state.items() if name.partition(".")[0] in kind.roots}
            try:
                model = _built(kind, state, drawing)
            except Difference as difference:
                best = best or f"{where} is most like a generator of {kind.project} ({kind.name}), but {difference}."
            else:
                return Found(kind, model, prefix, tuple(each for each in prefixes if each != prefix))
    raise TrainError(best or f"{where} holds {_other(tensors, wanted)}.")


def _prefixes(tensors: State, signature: str) -> list[str]:
    """Beginnings of names before `signature`: averaged generators first, then the shortest."""
    found = {name[: -len(signature)] for name in tensors if name == signature or name.endswith(f".{signature}")}
    return sorted(found, key=lambda prefix: (not EMA.search(prefix), len(prefix), prefix))


def _other(tensors: State, wanted: str) -> str:
    for end, what in OTHERS.items():
        if any(name == end or name.endswith(f".{end}") for name in tensors):
            return what
    if wanted:
        return f"no generator of the kind {wanted}"
    name, value = next(iter(tensors.items()))
    return f"no generator of a kind that is known here; it begins with {name[:80]} of the shape {tuple(value.shape)}"


def _built(kind: Kind, state: State, drawing: Drawing) -> ZooModel:
    """The generator with the weights of `state`; raises `Difference` with the first thing in which they are not what it needs."""
    _check_numbers(state)
    try:
        arguments = kind.arguments(state, drawing)
        if arguments["image_size"] > LARGEST or arguments["channels"] not in (1, 3):
            drawn = (
                f"{arguments['channels']} channels and {arguments['image_size']:,} x {arguments['image_size']:,} pixels"
            )
            raise Difference(f"its pictures have {drawn}; 1 or 3 and at most {LARGEST:,} are shown here")
        known = {name: value for name, value in state.items() if not UNUSED.search(name)}
        renamed = kind.renamed(known, arguments)
        with torch.device("meta"):
            model = kind.network(**arguments)
    except KeyError as error:
        raise Difference(f"{error.args[0]} is missing") from None
    except (ValueError, IndexError, TypeError, RuntimeError):
        raise Difference("its weights are not of the shapes that such a generator has") from None
    _check_shapes(renamed, model.state_dict())
    model.load_state_dict(_apart(renamed), assign=True)
    return model.requires_grad_(False).eval()


def _check_numbers(state: State) -> None:
    for name, value in state.items():
        if name.endswith(COUNTS):
            continue
        if value.layout != torch.strided or value.is_quantized or value.is_meta or value.dtype not in NUMBERS:
            raise Difference(
                f"{name} is of the type {str(value.dtype).removeprefix('torch.')}, in a form that is not read"
            )
        if not value.numel() or value.numel() * value.itemsize > value.untyped_storage().nbytes():
            raise Difference(f"{name} has fewer numbers than its shape says, or none")
        if not torch.isfinite(torch.stack(torch.aminmax(value))).all():
            raise Difference(f"{name} is infinite somewhere, or not a number")
        if name.endswith("resample_filter"):
            _check_filter(name, value)


def _check_shapes(found: State, needed: State) -> None:
    for name, value in needed.items():
        called = name.removeprefix("a2b.")
        if name not in found:
            raise Difference(f"{called} is missing")
        if found[name].shape != value.shape:
            raise Difference(f"{called} is {_shape(found[name])} in place of {_shape(value)}")
    extra = sorted(found.keys() - needed.keys())
    if extra:
        raise Difference(f"{extra[0].removeprefix('a2b.')} is too much")


def _apart(state: State) -> dict[str, Tensor]:
    """`state` in fp32, without tensors that share their memory: files of weights cannot tell those."""
    found: dict[str, Tensor] = {}
    places: set[int] = set()
    for name, value in state.items():
        value = value.float() if value.is_floating_point() else value
        found[name] = value.clone() if value.data_ptr() in places else value
        places.add(value.data_ptr())
    return found


def _shape(value: Tensor) -> str:
    return " x ".join(map(str, value.shape)) or "a single number"


def _check_filter(name: str, value: Tensor) -> None:
    """Raise `Difference` for a low-pass filter of a StyleGAN2 that is not the usual one."""
    taps = torch.tensor(TAPS)
    usual = torch.outer(taps, taps) / taps.sum() ** 2
    if value.shape != usual.shape or not torch.allclose(value.float(), usual):
        raise Difference(f"its filter {name} is not the usual one")
