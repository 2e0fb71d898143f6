"""What the studio trains on: the bundled digits, or a visitor's ZIP of pictures once that was looked at."""

from __future__ import annotations

import functools
import gc
import gzip
import math
import os
import re
import shutil
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.texts import say
from explorer.texts.errors import UserError

if TYPE_CHECKING:
    from train.config import CommonConfig
    from train.data.dataset import Dataset

DIGITS = Path(__file__).parent / "digits"
LICENCE = "CC BY-SA 3.0 (MNIST, Yann LeCun and Corinna Cortes)"
"""Of the bundled digits."""
LEAST_PICTURES, MOST_PICTURES, MOST_CLASSES = 10, 5_000, 50
"""Of fewer pictures none can be held out."""
MOST_BYTES, MOST_UNPACKED, MOST_LISTED = 100 * 2**20, 500 * 2**20, 4 * 2**20
"""Of a ZIP file, of all that is in it, and of its table of contents."""
MOST_PIXELS = 10**9
"""Of all pictures together: unpacking them takes some ten seconds."""
END, END_SIZE, LONGEST_COMMENT = b"PK\x05\x06", 22, 2**16
"""How the end of a ZIP file begins, how long it is, and what may follow."""


@functools.cache
def digits() -> Dataset:
    """The bundled digits as the data set ``mnist`` of `train`: read once, and shared by all who train on them."""
    from train.data import datasets

    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for packed in (DIGITS / "MNIST" / "raw").glob("*.gz"):
            (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
        return datasets.load("mnist", Path(folder))


def taken(archive: Path, folder: Path, language: str) -> Path:
    """The ZIP file `archive` under a harmless name in `folder`; raises `UserError` for what is none, or too large, or too much."""
    if archive.stat().st_size > MOST_BYTES:
        raise _too_large(language)
    # The name comes from a visitor, and ends up on the model's card.
    name = re.sub(r"[^\w-]+", "-", archive.stem)[:40].strip("-").lower()
    place = folder / f"{name or 'pictures'}.zip"
    try:
        os.link(archive, place)
    except OSError:
        shutil.copyfile(archive, place)
    _check(place, language)
    return place


def _check(archive: Path, language: str) -> None:
    """Raise `UserError` unless the ZIP file has a number of pictures, and of pixels, that one can train on here."""
    from train.data.archives import Archives
    from train.data.pictures import is_hidden, is_picture
    from train.errors import TrainError

    if _listed_bytes(archive) > MOST_LISTED:
        raise UserError(say("lab_studio_many", language, most=MOST_PICTURES))
    try:
        with Archives() as opened:
            names = opened.members(archive)
        with zipfile.ZipFile(archive) as opened:
            unpacked = sum(info.file_size for info in opened.infolist())
    except (TrainError, zipfile.BadZipFile):
        raise UserError(say("lab_studio_unreadable", language)) from None
    if unpacked > MOST_UNPACKED:
        raise _too_large(language)
    found = [name for name in names if is_picture(name) and not any(map(is_hidden, name.split("/")))]
    if not found:
        raise UserError(say("lab_studio_none", language))
    if len(found) < LEAST_PICTURES:
        raise UserError(say("lab_studio_few", language, n=len(found), least=LEAST_PICTURES))
    if len(found) > MOST_PICTURES:
        raise UserError(say("lab_studio_many", language, most=MOST_PICTURES))
    if _pixels(archive, found) > MOST_PIXELS:
        raise UserError(say("lab_studio_pixels", language))


def _listed_bytes(archive: Path) -> int:
    """The length of the table of contents of a ZIP file, as its end tells: listing a million files would fill the memory."""
    with open(archive, "rb") as file:
        file.seek(max(0, archive.stat().st_size - END_SIZE - LONGEST_COMMENT))
        tail = file.read()
    at = tail.rfind(END)
    return struct.unpack_from("<I", tail, at + 12)[0] if 0 <= at <= len(tail) - END_SIZE else 0


def _pixels(archive: Path, names: list[str]) -> int:
    """The pixels of the pictures of these names, by their headers; those that cannot be read have none."""
    from models_zoo import decoding
    from train.data import pictures

    total = 0
    with zipfile.ZipFile(archive) as opened:
        for name in names:
            try:
                total += math.prod(decoding.opened(opened.read(name), pictures.MOST_PIXELS).size)
            except Exception:
                # Half a dozen kinds for damaged files, of which the packing says what to do.
                continue
    return total


def _too_large(language: str) -> UserError:
    return UserError(say("lab_studio_large", language, most=MOST_BYTES // 2**20, unpacked=MOST_UNPACKED // 2**20))


def own(config: CommonConfig, language: str) -> Dataset:
    """The pictures in the ZIP file that `config` names, packed into its folders; raises `UserError` where they will not do."""
    from train.data import chosen
    from train.data import own as owned
    from train.errors import TrainError

    archive = config.own[0]
    try:
        if config.takes.layout == "classes":
            _check_classes(archive, language)
        count = owned.count(config)
        if count < config.batch_size:
            raise UserError(say("lab_studio_batch", language, batch=config.batch_size, n=count))
        return chosen.load(config)
    except TrainError as error:
        reason = without_path(error, archive.parent)
        raise UserError(say("lab_studio_refused", language, reason=reason)) from None
    finally:
        # Recognising a collection exempts all that is in memory from being collected as garbage.
        gc.unfreeze()


def _check_classes(archive: Path, language: str) -> None:
    """Raise `UserError` unless the ZIP file has a folder for each of not too many classes."""
    from train.data import sources
    from train.errors import TrainError

    try:
        classes = len(sources.recognised([archive], "classes").classes)
    except TrainError:
        raise UserError(say("lab_studio_classes", language)) from None
    if classes > MOST_CLASSES:
        raise UserError(say("lab_studio_many_classes", language, n=classes, most=MOST_CLASSES))


def without_path(error: Exception, folder: Path) -> str:
    """The message of an error of `train` for visitors, to whom the place of `folder` on this machine means nothing."""
    return str(error).replace(f"{folder}{os.sep}", "")


def forget() -> None:
    """Drop what `train` remembers of pictures that it has seen: a visitor's are nobody else's."""
    from train.data import own as owned
    from train.metrics import photographs

    owned._recognised.cache_clear()
    photographs._power_of.cache_clear()
    photographs.lite0_features.cache_clear()
