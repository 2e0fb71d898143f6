"""Folders of pictures in every layout, and commands that train small networks on them."""

import json

import numpy as np
from PIL import Image

from train.__main__ import main
from train.contract import variants

SMALL = {
    "gan": ("--preset", "lecture"),
    "lsgan": ("--preset", "lecture"),
    "dcgan": ("--widths", "8", "8", "8", "--discriminator-widths", "8", "8", "8"),
    "began": ("--width", "8"),
    "cgan": ("--width", "8"),
    "acgan": ("--width", "8"),
    "sgan": ("--width", "8", "--labels", "4"),
    "judge": ("--width", "8"),
    "cyclegan": ("--width", "4", "--blocks", "1", "--discriminator-widths", "4", "8"),
    "discogan": ("--widths", "8", "8", "--discriminator-widths", "8", "8"),
    "pix2pix": ("--widths", "8", "8", "8", "--discriminator-widths", "8", "8"),
    "stylegan": ("--widths", "8", "8", "8", "8", "--discriminator-widths", "8", "8", "8", "8"),
    "srgan": ("--blocks", "1", "--width", "8", "--crop", "32", "--scale", "2"),
    "colorize": ("--widths", "8", "8", "--blocks", "1", "--discriminator-widths", "8", "8"),
    "stackgan": ("--widths", "8", "8", "8", "--discriminator-widths", "8", "8", "8"),
    "text-encoder": ("--width", "8", "--hidden", "8"),
}
"""Options that make networks small."""
SIDE = 32


def draw(path, dice, size=(40, 36)):
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = dice.integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(coarse).resize(size, Image.Resampling.BILINEAR).save(path)


def filled(root):
    """Fill the folder `root` with one folder of pictures in each layout, called like it."""
    dice = np.random.default_rng(0)
    for index in range(24):
        draw(root / "pictures" / "deep" / f"{index}.png", dice)
        draw(root / "classes" / "red" / f"{index}.jpg", dice)
        draw(root / "classes" / "blue" / f"{index}.jpg", dice)
        draw(root / "domains" / "trainA" / f"{index}.png", dice)
        draw(root / "domains" / "trainB" / f"x{index}.png", dice)
        draw(root / "pairs" / f"{index}.png", dice, (2 * SIDE, SIDE))
        draw(root / "captions" / f"{index}.png", dice)
    lines = [json.dumps({"file_name": f"{i}.png", "text": f"a picture, number {i % 5}"}) for i in range(24)]
    (root / "captions" / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return root


def typed(name, folder, out, *more):
    options = ["--dataset", folder, "--out", out, "--batch-size", "4", "--device", "cpu", "--log-every", "1"]
    size = [] if name == "text-encoder" else ["--size", SIDE]
    return main([name, *map(str, [*options, *size]), *SMALL[name], *more])


LAYOUTS = {name: kind.Config.takes.layout for name, kind in variants().items()}
# Those that learn from sentences have tests of their own.
CASES = [(name, layout) for name, layout in LAYOUTS.items() if layout not in ("", "sentences")]
