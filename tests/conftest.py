"""Fixtures that several test modules share: tiny data, tiny models, a clean command line."""

from __future__ import annotations

import dataclasses
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Set before torch is imported: there are as many worker processes as cores, and programs that tests start inherit it.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root whose MNIST is 512 + 128 synthetic pictures in the real files' format."""
    from train.data import datasets as data

    root = tmp_path_factory.mktemp("data")
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix, size, seed in (("train", 512, 0), ("t10k", 128, 1)):
        split = data.synthetic("mnist", size, seed).train
        images, labels = split.images.numpy().tobytes(), bytes(split.classes.tolist())
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, size, 28, 28) + images)
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 2049, size) + labels)
    return root


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A folder with an untrained GAN of the lecture's size."""
    import torch

    from models_zoo.card import Card
    from models_zoo.gan import GAN

    torch.manual_seed(0)
    model = GAN("lecture", latent_size=7)
    model.card = Card(
        id="tiny",
        variant="gan",
        task="unconditional",
        dataset="mnist",
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=28,
        channels=1,
        latent_size=7,
        verdict="logits",
        title={"en": "A tiny GAN", "ko": "작은 GAN"},
        licences={"weights": "Apache-2.0", "data": "none"},
    )
    folder = tmp_path / "tiny"
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def edit_card() -> Callable[..., None]:
    """Rewrites fields of the `config.json` in a model folder."""
    from models_zoo import card as cards

    def edit(folder: Path, **changes: object) -> None:
        card = dataclasses.replace(cards.read(folder), **changes)
        (folder / cards.CONFIG_FILE).write_text(card.to_json(), encoding="utf-8")

    return edit


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess]:
    """Runs `python` with the given arguments from the repository's root, as a user would."""

    def run(*arguments: str | Path, timeout: float = 120, **options) -> subprocess.CompletedProcess:
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, **options)

    return run
