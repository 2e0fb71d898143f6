"""Seeded model folders as no export writes them: what strangers send, a disk breaks and hands edit.

`made` writes them beside a good one. `python -m tests.zoo.hostile_run` measures what they cost.
"""

from __future__ import annotations

import json
import os
import random
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Card = dict[str, Any]
REFUSED, ANY = "refused", "any"
"""Whether a folder must be refused in a sentence, or may also be served: what is wrong with it is beside the model."""
GIGABYTE = 2**30
WRONG = [
    None,
    5,
    -1,
    0.5,
    "x",
    "",
    [],
    {},
    True,
    [[1]],
    {"a": {"b": [1]}},
    ["x", 5],
    2**63,
    10**9,
    "\x00",
    "x" * 30_000,
]
NETWORKS = {
    "gan.GAN": ("unconditional", {"preset": "lecture", "image_size": 28, "channels": 1, "latent_size": 7}),
    "dcgan.DCGAN": ("unconditional", {"image_size": 64, "channels": 3, "latent_size": 7, "kernel": 5, "last_width": 0,
                                      "widths": [8] * 4, "discriminator_widths": [8] * 4, "projected": [8, 8]}),
    "began.BEGAN": ("unconditional", {"image_size": 64, "channels": 3, "latent_size": 7, "hidden_size": 8, "width": 8}),
    "stylegan.StyleGAN": ("unconditional", {"image_size": 16, "channels": 3, "latent_size": 7, "widths": [8] * 3, "w_size": 8,
                                            "discriminator_widths": [8] * 3, "mapping_depth": 2, "classes": 0}),
    "acgan.ACGAN": ("class-conditional", {"classes": 10, "image_size": 28, "channels": 1, "latent_size": 7, "width": 4}),
    "sgan.SGANClassifier": ("classifier", {"classes": 10, "image_size": 28, "channels": 1, "noise": 0.1, "dropout": 0.1}),
    "judge.Judge": ("judge", {"classes": 10, "image_size": 28, "channels": 1, "width": 8, "depth": 1}),
    "cyclegan.CycleGAN": ("translation", {"image_size": 32, "channels": 3, "width": 8, "blocks": 2,
                                          "discriminator_widths": [8, 8], "projected": []}),
    "discogan.DiscoGAN": ("translation", {"image_size": 64, "channels": 3, "widths": [8] * 3, "discriminator_widths": [8] * 4}),
    "pix2pix.Pix2Pix": ("translation", {"image_size": 128, "channels": 3, "direction": "a2b", "widths": [8] * 6}),
    "image_to_image.ImageToImage": ("translation", {"image_size": 256, "channels": 3}),
    "srgan.SRGAN": ("super-resolution", {"scale": 4, "width": 8, "blocks": 2, "channels": 3, "image_size": 128}),
    "colorize.Colorizer": ("colorization", {"image_size": 128, "widths": [8] * 4, "blocks": 2}),
    "encoder.Encoder": ("encoder", {"generator": "x", "generator_sha256": "y", "image_size": 64, "channels": 3,
                                    "latent_size": 7, "widths": [8] * 4}),
    "stackgan.StackGAN": ("text-to-image", {"stage": 2, "text": {"size": 8, "buckets": 64}, "channels": 3, "noise_size": 4,
                                            "condition": 4, "widths": [8] * 4, "blocks": 2, "opposed": 2}),
    "text.Matcher": ("text-encoder", {"size": 8, "buckets": 64, "width": 8, "hidden": 8}),
}  # fmt: skip
ABSTRACT = [
    "checkpoint.ZooModel", "checkpoint.LatentModel", "translation.TranslationModel", "blocks.ClassConditionalModel",
    "gan.LatentModel", "gan.Preset", "gan", "gan.", ".GAN", "card.Card", "stylegan.Mapping", "os.system", "../gan.GAN",
    "gan.GAN.__init__", "checkpoint.load", "gan.GAN\n", "gan." + "G" * 5000, "weights.skeleton",
]  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A hostile folder, of which `kind` it is, and whether it must be `REFUSED`."""

    folder: Path
    kind: str
    expected: str


def made(root: Path, card: Card, weights: bytes, count: int, seed: int = 0) -> list[Made]:
    """Write `count` hostile folders into `root`, made of the `card` and the `weights` of a good one that they copy."""
    kinds = [(name, each) for name, each in globals().items() if name.startswith(("card_", "net_", "file_", "beside_"))]
    found = []
    for number in range(count):
        name, spoil = kinds[number % len(kinds)]
        dice = random.Random(f"{seed} {number}")
        folder = root / f"{number:03d}-{name}"
        folder.mkdir(parents=True)
        own = {**card, "id": f"bad-{number}"}
        (folder / "model.safetensors").write_bytes(weights)
        (folder / "config.json").write_text(json.dumps(own))
        found.append(Made(folder, name, spoil(folder, own, dice) or REFUSED))
    return found


def _write(folder: Path, card: Card | list | str) -> None:
    text = card if isinstance(card, str) else json.dumps(card)
    (folder / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))


def _sparse(path: Path, size: int, start: bytes = b"") -> None:
    """A file of so many bytes that takes none of the disk."""
    path.write_bytes(start)
    os.truncate(path, size)


def _not_a_file(path: Path, dice: random.Random) -> None:
    path.unlink(missing_ok=True)
    kind = dice.randrange(5)
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    elif kind == 2:
        path.symlink_to(path.name)
    elif kind == 3:
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to("nowhere")


# ---- the card -----------------------------------------------------------------------------------


def card_nested(folder: Path, card: Card, dice: random.Random) -> None:
    depth, (left, right) = dice.choice([64, 900, 100_000]), dice.choice([("[", "]"), ('{"a":', "}")])
    nested = f"{left * depth}1{right * depth}"
    text = json.dumps({**card, "arguments": "HERE"}).replace('"HERE"', nested)
    _write(folder, dice.choice([text, nested]))


def card_numbers(folder: Path, card: Card, dice: random.Random) -> None:
    number = dice.choice(["9" * 5000, "1" + "0" * 400, "1e400", "-1e999", "NaN", "Infinity", "18446744073709551616"])
    line = {"label": {}, "values": ["HERE", 2]}
    curve = {"title": {}, "caption": {}, "x": line, "y": {"label": {}}, "series": [line]}
    entry = {"value": "HERE", "reference": None, "reference_label": {}, "n": 1, "better": ""}
    place = dice.choice(
        [
            {"curves": {"c": curve}},
            {"metrics": {"m": entry}},
            {"image_size": "HERE"},
            {"arguments": {"latent_size": "HERE"}},
            {"snapshots": ["HERE"]},
        ]
    )
    _write(folder, json.dumps({**card, **place}).replace('"HERE"', number))


def card_texts(folder: Path, card: Card, dice: random.Random) -> None:
    text = dice.choice(
        ["\ud800", "x\udfff", "i" * 5000, "i" * 10**6, "a\nb", "a\0b", "a\x1b[2Jb", "\u202eb", "", " a "]
    )
    _write(folder, {**card, dice.choice(["id", "id", "architecture"]): text})


def card_types(folder: Path, card: Card, dice: random.Random) -> str:
    for name in dice.sample(sorted(card), dice.randint(1, 3)):
        card[name] = dice.choice(WRONG)
    _write(folder, card)
    return ANY


def card_metrics(folder: Path, card: Card, dice: random.Random) -> str:
    entry = {"value": 1.0, "reference": 2.0, "reference_label": {"en": "x"}, "n": 3, "better": "lower"}
    entry[dice.choice(sorted(entry))] = dice.choice(WRONG)
    line = {
        "label": {"en": "x"},
        "values": [dice.choice([0, 1e-320, 1e15, -1e15, 1e-12]), dice.choice([0, 1e-13, 1e15])],
    }
    curve = {"title": {}, "caption": {}, "x": line, "y": {"label": {}}, "series": [line] * dice.choice([1, 50])}
    curve[dice.choice(["kind", "title", "caption", "n"])] = dice.choice(["matrix", *WRONG])
    _write(folder, {**card, "metrics": {"m" * dice.choice([1, 5000]): entry}, "curves": {"c": curve}})
    return ANY


def card_missing(folder: Path, card: Card, dice: random.Random) -> None:
    del card[dice.choice(["variant", "task", "dataset", "architecture", "arguments", "image_size", "channels"])]
    _write(folder, card)


def card_not_json(folder: Path, card: Card, dice: random.Random) -> None:
    path, text = folder / "config.json", json.dumps(card)
    junk = dice.choice(
        [b"", b"\0" * 100, text.encode("utf-16"), text[:-9].encode(), b"null", b"[1]", b'"x"', dice.randbytes(99)]
    )
    path.write_bytes(junk)


def card_long(folder: Path, card: Card, dice: random.Random) -> None:
    if dice.random() < 0.5:
        _sparse(folder / "config.json", dice.choice([10**8, 3 * GIGABYTE]), b"{")
    else:
        _write(folder, {**card, "classes": ["c"] * 500_000})


def card_no_file(folder: Path, card: Card, dice: random.Random) -> None:
    _not_a_file(folder / "config.json", dice)


# ---- the network --------------------------------------------------------------------------------


def net_abstract(folder: Path, card: Card, dice: random.Random) -> None:
    arguments = dice.choice([{}, card["arguments"], {"classes": 10, "image_size": 28, "channels": 1, "latent_size": 7}])
    task = dice.choice(["unconditional", "translation", "class-conditional", "judge"])
    _write(folder, {**card, "architecture": dice.choice(ABSTRACT), "arguments": arguments, "task": task})


def net_arguments(folder: Path, card: Card, dice: random.Random) -> None:
    network = dice.choice(sorted(NETWORKS))
    task, arguments = NETWORKS[network]
    arguments = dict(arguments)
    for name in dice.sample(sorted(arguments), dice.randint(1, 2)):
        arguments[name] = dice.choice([*WRONG, 10**9, 2**24, 2**24, 10**5, [8] * 10_000, [2**20] * 4, [8] * 10**6])
    facts = {name: arguments[name] for name in ("image_size", "channels", "latent_size") if name in arguments}
    _write(folder, {**card, **facts, "architecture": network, "arguments": arguments, "task": task})


def net_layers(folder: Path, card: Card, dice: random.Random) -> None:
    network, name = dice.choice(
        [("cyclegan.CycleGAN", "blocks"), ("srgan.SRGAN", "blocks"), ("colorize.Colorizer", "blocks"), ("judge.Judge", "depth"),
         ("stylegan.StyleGAN", "mapping_depth"), ("stackgan.StackGAN", "blocks"), ("image_to_image.ImageToImage", "blocks")]
    )  # fmt: skip
    task, arguments = NETWORKS[network]
    facts = {name: arguments.get(name, card[name]) for name in ("image_size", "channels", "latent_size")}
    many = dice.choice([10**4, 10**6, 2**24, 10**9])
    _write(folder, {**card, **facts, "architecture": network, "arguments": {**arguments, name: many}, "task": task})


def net_another_task(folder: Path, card: Card, dice: random.Random) -> None:
    tasks = [
        "translation",
        "class-conditional",
        "judge",
        "encoder",
        "super-resolution",
        "colorization",
        "text-to-image",
    ]
    change = [
        {"task": dice.choice(tasks)},
        {"verdict": "banana"},
        {"directions": ["a2b"]},
        {"latent_size": 8},
        {"channels": 3},
    ]
    _write(folder, {**card, **dice.choice(change)})


# ---- the weights --------------------------------------------------------------------------------


def _safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def file_lies(folder: Path, card: Card, dice: random.Random) -> None:
    def entry(shape: Any = (4,), offsets: Any = (0, 16), kind: Any = "F32") -> Card:
        return {"dtype": kind, "shape": shape, "data_offsets": offsets}

    data = b"\0" * 16
    good = {"a": entry()}
    (folder / "model.safetensors").write_bytes(
        dice.choice(
            [
                _safetensors(good, data, dice.choice([0, 2**63, 2**64 - 1, 10**6, 40])),
                _safetensors({"a": entry(), "b": entry()}, data),
                _safetensors(
                    {"a": entry(offsets=dice.choice([(16, 0), (0, 10**12), (-16, 0), (8, 24), "x", None, (0,)]))}, data
                ),
                _safetensors(
                    {"a": entry(shape=dice.choice([(2**62, 4), (-1, -4), (0.5,), "xy", None, (1,) * 99, (5,)]))}, data
                ),
                _safetensors({"a": entry(kind=dice.choice(["F33", None, 5, "C64", "f32", ["F32"]]))}, data),
                _safetensors(
                    dice.choice([[], None, 5, {"a": None}, {"a": []}, {}, {"__metadata__": 5}, {"\ud800": entry()}]),
                    data,
                ),
                _safetensors(b"[" * 100_000),
                _safetensors(b'{"a":' + b"9" * 5000 + b"}"),
                _safetensors({f"t{n}": entry((0,), (0, 0)) for n in range(30_000)}),
            ]
        )
    )


def file_damaged(folder: Path, card: Card, dice: random.Random) -> None:
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    kind = dice.randrange(5)
    if kind == 0:
        del data[dice.randrange(len(data)) :]
    elif kind == 1:
        data[dice.randrange(len(data) // 2, len(data))] ^= 1
    elif kind == 2:
        data[dice.randrange(8, 60)] ^= 255
    elif kind == 3:
        data = bytearray(dice.randbytes(1000))
    else:
        data += b"more"
    path.write_bytes(data)


def file_huge(folder: Path, card: Card, dice: random.Random) -> None:
    path, size = folder / "model.safetensors", dice.choice([4 * 10**8, 3 * GIGABYTE, 40 * GIGABYTE])
    header = {"generator.0.weight": {"dtype": "I8", "shape": [size], "data_offsets": [0, size]}}
    start = dice.choice([_safetensors(header), b"", struct.pack("<Q", size // 2)])
    _sparse(path, size + (len(start) if len(start) > 8 else 0), start)


def file_not_numbers(folder: Path, card: Card, dice: random.Random) -> None:
    import numpy as np
    from safetensors.numpy import load, save

    path = folder / "model.safetensors"
    tensors = {name: value.copy() for name, value in load(path.read_bytes()).items()}
    floats = [name for name, value in tensors.items() if value.dtype.kind == "f"]
    for name in dice.sample(floats, dice.randint(1, len(floats))):
        tensors[name].flat[dice.randrange(tensors[name].size)] = dice.choice([np.nan, np.inf, -np.inf])
    path.write_bytes(save(tensors))
    _write(folder, {**card, "sha256": ""})


def file_no_file(folder: Path, card: Card, dice: random.Random) -> None:
    _not_a_file(folder / "model.safetensors", dice)


# ---- what lies beside -----------------------------------------------------------------------------


def beside_pictures(folder: Path, card: Card, dice: random.Random) -> str:
    path = folder / dice.choice(["samples.png", "snapshots.png"])
    _write(folder, {**card, "snapshots": dice.choice([[1, 2], [0] * 8, [10**15], list(range(9000)), [-5, True]])})
    chunk = b"IHDR" + struct.pack(">IIBBBBB", dice.choice([10**5, 2**31 - 1]), 10**5, 8, 2, 0, 0, 0)
    kind = dice.randrange(4)
    if kind == 0:
        _sparse(path, 2 * GIGABYTE, b"\x89PNG\r\n\x1a\n")
    elif kind == 1:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + b"\0\0\0\0")
    elif kind == 2:
        path.write_bytes(dice.randbytes(999))
    else:
        _not_a_file(path, dice)
    return ANY


def beside_arrays(folder: Path, card: Card, dice: random.Random) -> str:
    name = dice.choice(["pool", "directions", "familiar"])
    path = folder / f"{name}.safetensors"
    facts = dice.choice(
        [
            "[" * 100_000,
            "9" * 5000,
            "null",
            json.dumps([{"name": "x", "kind": "attribute", "metrics": {"changed": {"value": "many"}}}]),
            json.dumps([{"name": "i" * 5000, "kind": "principal"}, {"name": 5, "kind": []}]),
            json.dumps({"names": dice.choice(WRONG), "exclusive": [], "sha256": card["sha256"]}),
            json.dumps(
                {"names": ["a"], "exclusive": 1, "sha256": card["sha256"], "thresholds": dice.choice([{"a": "x"}, 5])}
            ),
        ]
    )
    key = {"pool": "logits", "directions": "vectors", "familiar": "a.mean"}[name]
    shape = dice.choice([[2, 7], [1, 7], [0], [14, 1, 1], []])
    size = 4
    for side in shape:
        size *= side
    data = b"\xff" * size if dice.random() < 0.5 else b"\0" * size
    header = {key: {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}, "__metadata__": {name: facts}}
    path.write_bytes(_safetensors(header, data))
    if dice.random() < 0.3:
        _sparse(path, dice.choice([10**8, 3 * GIGABYTE]), path.read_bytes())
    elif dice.random() < 0.2:
        _not_a_file(path, dice)
    return ANY


def beside_much(folder: Path, card: Card, dice: random.Random) -> str:
    for number in range(300):
        (folder / f"{number}.txt").write_bytes(b"")
    (folder / dice.choice(["README.md", ".hidden", "model-00001.safetensors"])).mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"no pickle")
    (folder / "again").symlink_to(folder, target_is_directory=True)
    return ANY
