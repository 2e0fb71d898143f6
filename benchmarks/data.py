"""Pictures of one's own: packed and mapped, against all of them in memory and against a DataLoader over the files.

Prints four comparisons: the largest resident memory of a process that trains a DCGAN and reads an epoch, packed and in
memory; the images/s of its steps with both; seconds until packed pictures are there again, many and few; and the
images/s of loading alone, against `datasets` (``pip install datasets``) with a DataLoader of two workers.

    python -m benchmarks.data
"""

from __future__ import annotations

import io
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import tyro
from accelerate import Accelerator
from PIL import Image

from benchmarks.training import our_steps, seconds
from train.contract import variants
from train.data import pictures, sources, vision
from train.data.dataset import Dataset, Split
from train.data.packing import Packing, packed
from train.loop.batches import batches

SIDE, STORED = 64, (64, 78)
"""Of the networks, and width and height of the files, in pixels."""
DIFFERENT = 2_000
"""Pictures that differ, and how many lie in a folder."""
BATCH = 64
STEPS, LOADED = 4, 200
"""Training steps and loaded batches of a turn."""


def draw(folder: Path, count: int) -> None:
    """Fill `folder` with `count` JPEG files of coloured blobs."""
    random, files = np.random.default_rng(0), []
    for _ in range(min(count, DIFFERENT)):
        coarse = Image.fromarray(random.integers(0, 256, (5, 4, 3), np.uint8))
        file = io.BytesIO()
        coarse.resize(STORED, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    for number in range(count):
        path = folder / f"{number // DIFFERENT:04d}" / f"{number:07d}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(files[number % len(files)])


def mapped(folder: Path, cache: Path) -> Dataset:
    """The pictures below `folder`, packed in `cache`."""
    source = sources.recognised([folder], "pictures")
    pack = packed([*source.train, *source.test], Packing(SIDE), cache)
    return _dataset(Split(pack.images), pack.release)


def in_memory(folder: Path, _: Path) -> Dataset:
    """The pictures below `folder`, decoded in this process and kept."""
    return _dataset(Split(pictures.squares(folder, SIDE)))


def _dataset(split: Split, release: Callable[[], None] | None = None) -> Dataset:
    return Dataset(
        "benchmark", split, split.rows(slice(BATCH)), (), {"en": "blobs", "ko": "얼룩"}, "none", release=release
    )


def steps(data: Dataset) -> Iterator[None]:
    """A DCGAN's training steps."""
    kind = variants()["dcgan"]
    config = kind.Config(batch_size=BATCH, device="cpu")
    return our_steps(kind(config), config, data)


def loaded(data: Dataset) -> Iterator[None]:
    """Batches as the loop has them, floats in [-1, 1]."""
    config = variants()["dcgan"].Config(batch_size=BATCH, device="cpu")
    for _ in batches(config, data, Accelerator(cpu=True), 0):
        yield


def plainly_loaded(folder: Path, cache: Path) -> Iterator[None]:
    """The same batches by `datasets` and a DataLoader."""
    vision.make_importable()
    import datasets
    from torchvision import transforms

    normal = transforms.Normalize((0.5,) * 3, (0.5,) * 3)
    made = transforms.Compose(
        [transforms.Resize(SIDE), transforms.CenterCrop(SIDE), transforms.ToTensor(), normal],
    )
    found = datasets.load_dataset("imagefolder", data_dir=str(folder), split="train", cache_dir=str(cache))
    found = found.with_transform(lambda rows: {"image": [made(picture.convert("RGB")) for picture in rows["image"]]})
    loader = torch.utils.data.DataLoader(
        found, BATCH, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True
    )
    while True:
        for _ in loader:
            yield


def most_resident(make: Callable[[Path, Path], Dataset], folder: Path, cache: Path) -> float:
    """GB of memory that a process of its own takes at most while it trains on what `make` gives, and reads all of it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_train_and_read, (make, folder, cache))


def _train_and_read(make: Callable[[Path, Path], Dataset], folder: Path, cache: Path) -> float:
    data = make(folder, cache)
    seconds(steps(data), STEPS)
    seconds(loaded(data), len(data.train) // BATCH)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def compare(name: str, ours: Iterator[None], other: Iterator[None], turn: int, rounds: int) -> None:
    """Print images/s of both and the median ratio of `rounds` turns of `turn` batches."""
    seconds(other, turn), seconds(ours, turn)
    pairs = [(seconds(other, turn), seconds(ours, turn)) for _ in range(rounds)]
    slow, fast = (turn * BATCH / statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name}: {fast:,.0f} images/s against {slow:,.0f}, ratio {ratio:.2f}")


def main(n: int = 200_000, few: int = 2_000, rounds: int = 7) -> None:
    """Print what is compared, with `n` pictures of 64 px made for it, and with a `few`."""
    with tempfile.TemporaryDirectory() as temporary:
        many, less, cache = (Path(temporary) / name for name in ("many", "few", "cache"))
        for folder, count in ((many, n), (less, few)):
            folder.mkdir()
            draw(folder, count)
            begin = time.perf_counter()
            mapped(folder, cache)
            print(f"{count:,} pictures packed in {time.perf_counter() - begin:.1f} s")
        data, again = mapped(many, cache), []
        for folder in (many, less):
            times = []
            for _ in range(rounds):
                begin = time.perf_counter()
                mapped(folder, cache)
                times.append(time.perf_counter() - begin)
            again.append(statistics.median(times))
        print(f"second start: {again[0]:.2f} s against {again[1]:.2f} with {few:,} pictures (target: 3 s more)")
        whole, mine, small = (
            most_resident(make, folder, cache) for make, folder in ((in_memory, many), (mapped, many), (mapped, less))
        )
        print(
            f"memory: {mine:.2f} GB against {whole:.2f} in memory, ratio {mine / whole:.2f} (target 0.3), "
            f"and {small:.2f} with {few:,} pictures (target: 1.5 GB more)"
        )
        try:
            import datasets  # noqa: F401
        except ImportError:
            print("loading: datasets is not installed.")
        else:
            compare("loading (target 3)", loaded(data), plainly_loaded(many, cache / "datasets"), LOADED, rounds)
        held = in_memory(many, cache)
        compare("steps of a DCGAN (target 0.97)", steps(data), steps(held), STEPS, rounds)


if __name__ == "__main__":
    tyro.cli(main)
