"""What visitors ask: good requests to every public function, as often as a page sends them, and the pictures that they upload."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

EXAMPLES = Path(__file__).parent.parent / "explorer" / "assets" / "examples"


@dataclass(frozen=True)
class Upload:
    """Stands for an uploaded picture in a request, by its name in `pictures`."""

    name: str


@dataclass(frozen=True)
class Kind:
    """A kind of request: the public function, how often it comes, and different arguments that it comes with."""

    name: str
    function: str
    weight: int
    variants: Sequence[Sequence[Any]]


DIGIT, SCENE, LAND, SMALL = Upload("digit.png"), Upload("horse.jpg"), Upload("land.jpg"), Upload("small.png")
RED = {"x": 0.5, "y": 0.4, "colour": "#c04030"}
FACES = "dcgan-celeba64"

KINDS = (
    Kind("sample", "sample", 18, [["gan-mnist", seed, 16, 1.0, seed % 2 == 0] for seed in range(6)]),
    Kind("sample of faces", "sample", 8, [[FACES, seed, 16, 0.8, False] for seed in range(4)]),
    Kind("sample_sheet", "sample_sheet", 3, [["lsgan-mnist", seed, 16, 1.0] for seed in range(3)]),
    Kind("classes", "classes", 10, [["cgan-mnist", [2, 0, 2, 6], seed, 8, 1.0, True] for seed in range(4)]),
    Kind("morph", "morph", 3, [["acgan-mnist", 3, 8, seed, 9, 1.0] for seed in range(3)]),
    Kind("judge_digit", "judge_digit", 10, [[DIGIT, ""]]),
    Kind("words", "words", 5, [["stackgan-birds", f"a small {hue} bird", 7, 2, 1.0] for hue in ("red", "blue")]),
    Kind(
        "interpolate",
        "interpolate",
        4,
        [["gan-mnist", [seed, 11, 30], "slerp", 24, False, 1.0, [], "gif"] for seed in range(3)],
    ),
    Kind("arithmetic", "arithmetic", 3, [["gan-mnist", {"5": True}, {"4": True}, {"2": True}, [], False, 0]]),
    Kind("directions", "directions", 8, [[FACES, {"Smiling": amount}, 7, [], 1.0] for amount in (-1.0, 0.5, 1.0)]),
    Kind("styles", "styles", 6, [["stylegan-celeba64", seed, 0.7, None, [], {}, "constant", 0] for seed in range(4)]),
    Kind(
        "mixing of styles",
        "styles",
        4,
        [["stylegan-celeba64", seed, 0.7, 20, [1, 2, 3], {"1": 0.5}, "none", 0] for seed in range(4)],
    ),
    # Few steps and much time, so that the number of steps ends the search and not a busy machine's clock.
    Kind("invert", "invert", 2, [["gan-mnist", DIGIT, "fast", None, [], 100, 60, 4, seed] for seed in range(2)]),
    Kind("translate", "translate", 6, [[SCENE, "cyclegan-horse2zebra", way, 512] for way in ("a2b", "b2a")]),
    Kind("enlarge", "enlarge", 3, [[SCENE, "srgan-x4"], [SMALL, "srgan-x2"]]),
    Kind("colorize", "colorize", 5, [[LAND, [], ""], [LAND, [RED], ""]]),
    Kind("spectrum", "spectrum", 2, [["gan-mnist", 64, seed] for seed in range(2)]),
    Kind("convergence", "convergence", 2, [["began-celeba64"]]),
    Kind("lab", "lab", 1, [["ring", "", "non-saturating", 1, 32, 2, "relu", 64, 2, 1.0, 0.0, 0.0, 0.1]]),
    Kind("models", "models", 3, [[""], ["unconditional"]]),
    Kind("model_card", "model_card", 4, [["gan-mnist"], [FACES]]),
)
LAB_REST = ["adam", 0.001, 0.5, 0.9, 1e-8, "adam", 0.001, 0.5, 0.9, 1e-8, 0, 200]
"""The arguments of /lab after the first thirteen."""


def arguments(kind: Kind, variant: int) -> list[Any]:
    """The arguments of a request, with `Upload` where a picture is to stand."""
    chosen = list(kind.variants[variant])
    return chosen + LAB_REST if kind.function == "lab" else chosen


def with_uploads(value: Any, uploaded: Mapping[str, Any]) -> Any:
    """`value` with what stands for each uploaded file of that name in the place of every `Upload`."""
    if isinstance(value, Upload):
        return uploaded[value.name]
    return [with_uploads(each, uploaded) for each in value] if isinstance(value, list) else value


def usual() -> dict[str, list[Any]]:
    """One good request to each public function, the cheapest of its kind, by its name."""
    return {kind.function: arguments(kind, -1) for kind in reversed(KINDS)}


def course(seed: int) -> random.Random:
    """What decides one visitor's requests."""
    return random.Random(seed)


def following(chance: random.Random) -> tuple[Kind, int]:
    """A visitor's next request: its kind and variant."""
    (kind,) = chance.choices(KINDS, [kind.weight for kind in KINDS])
    return kind, chance.randrange(len(kind.variants))


@cache
def pictures() -> dict[str, bytes]:
    """The files that visitors upload, by name."""
    digit = Image.new("RGB", (200, 240), "white")
    ImageDraw.Draw(digit).line([(50, 48), (150, 48), (80, 192)], "black", width=20, joint="curve")
    with Image.open(EXAMPLES / "landscapes-1.jpg") as photo:
        small = photo.convert("RGB").resize((96, 72))
    return {
        DIGIT.name: encoded(digit),
        SCENE.name: (EXAMPLES / "horse2zebra-a-1.jpg").read_bytes(),
        LAND.name: (EXAMPLES / "landscapes-1.jpg").read_bytes(),
        SMALL.name: encoded(small),
    }


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The file of a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
