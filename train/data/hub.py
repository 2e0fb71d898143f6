"""Datasets of the Hugging Face Hub as folders of pictures.

Repositories of picture files and archives are taken as they are, for this project reads folders itself: the folder reader of
`datasets` guesses labels and splits from names. Tables are what `datasets` is needed for, and it only reads their files: nothing of
a repository is ever executed.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from models_zoo import hub
from models_zoo.decoding import SUFFIXES
from train.config import HUB_ID
from train.data.captions import LISTS
from train.errors import TrainError

TABLES = (".parquet", ".arrow")
FILES = [*(f"*{suffix}" for suffix in SUFFIXES), "*.zip", "*.tar", "*.tar.gz", "*.tgz", *(f"*{name}" for name in LISTS)]
"""What is downloaded where there are no tables."""
CAPTIONS = ("text", "caption", "captions", "texts")
"""Columns of sentences."""
CACHE = Path("runs") / "pictures"
"""Where pictures go in decoded form unless a user says otherwise."""
PARTIAL = "partial-"


def is_id(path: Path) -> bool:
    """Whether `path`, which a user named as pictures, is no path but an id ``user/name``."""
    return not path.exists() and HUB_ID.fullmatch(path.as_posix()) is not None


def local(paths: Sequence[Path], cache: Path) -> tuple[Path, ...]:
    """`paths` with those that are ids replaced by their `folder`."""
    return tuple(folder(path.as_posix(), cache) if is_id(path) else path for path in paths)


def folder(repo: str, cache: Path) -> Path:
    """The folder with the pictures of the Hub's dataset `repo`, downloaded if need be; pictures of tables are written below `cache`.

    Raises `TrainError` or `ZooError`, in one sentence, for what is not there, has no pictures or is out of reach.
    """
    from huggingface_hub import HfApi, snapshot_download

    with hub.errors(repo, "dataset", "a folder"):
        info = hub.asked(lambda: HfApi().dataset_info(repo, files_metadata=True))
        if info is None:
            return _pictures(repo, Path(snapshot_download(repo, repo_type="dataset", local_files_only=True)), cache)
        has_tables = any(file.rfilename.endswith(TABLES) for file in info.siblings)
        wanted = [f"*{ending}" for ending in TABLES] if has_tables else FILES
        size = sum(
            file.size or 0 for file in info.siblings if file.rfilename.endswith(tuple(each[1:] for each in wanted))
        )
        print(f"Downloading {repo} unless it is there: {size / 1e6:,.1f} MB.", file=sys.stderr)
        got = snapshot_download(repo, repo_type="dataset", revision=info.sha, allow_patterns=wanted)
    return _pictures(repo, Path(got), cache)


def _pictures(repo: str, snapshot: Path, cache: Path) -> Path:
    if not any(path.suffix in TABLES for path in snapshot.rglob("*")):
        return snapshot
    written = cache / f"{repo.replace('/', '--')}-{snapshot.name[:12]}"
    if not written.is_dir():
        partial = cache / f"{PARTIAL}{secrets.token_hex(8)}"
        try:
            partial.mkdir(parents=True)
            _write(repo, snapshot, partial)
            os.replace(partial, written)
        except OSError as error:
            raise TrainError(
                f"The pictures of {repo} could not be written into {cache} ({error.strerror or error}): make room there, or name "
                "another folder with --cache."
            ) from None
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return written


def _write(repo: str, snapshot: Path, target: Path) -> None:
    """Write the pictures of the tables in `snapshot` into folders of their split and class, with their captions."""
    try:
        import datasets
    except ImportError:
        raise TrainError(f"{repo} consists of tables, which need the library datasets: pip install datasets") from None
    try:
        splits = datasets.load_dataset(str(snapshot), streaming=True)
    except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
        raise TrainError(f"The tables of {repo} could not be read: {error}") from None
    with (target / "metadata.jsonl").open("w", encoding="utf-8") as list_:
        for split, table in splits.items():
            features = table.features or {}
            images = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
            if not images:
                raise TrainError(
                    f"{repo} has no column of pictures; its columns are {', '.join(features) or '(unknown)'}."
                )
            for name in images:
                table = table.cast_column(name, datasets.Image(decode=False))
            labels = [name for name, kind in features.items() if isinstance(kind, datasets.ClassLabel)][:1]
            classes = features[labels[0]] if labels else None
            for number, row in enumerate(tqdm(table, f"Writing {split}", unit="img", leave=False, dynamic_ncols=True)):
                # Of tables with two pictures a row, the columns are the domains of pairs.
                for name in images[:2]:
                    parts = [name] if len(images) > 1 else []
                    if classes is not None and row[labels[0]] is not None and row[labels[0]] >= 0:
                        parts.append(classes.int2str(row[labels[0]]).replace("/", "_"))
                    place = "/".join([_folder(split), *parts, f"{number:07d}"])
                    _write_row(target, place, row[name], list(_sentences(row)), list_)
    if not (target / "metadata.jsonl").stat().st_size:
        (target / "metadata.jsonl").unlink()


def _folder(split: str) -> str:
    """What the folder of a split is called, as `splits` knows it."""
    return "val" if split == "validation" else split


def _write_row(target: Path, place: str, picture: dict[str, Any] | None, told: list[str], list_: io.TextIOBase) -> None:
    data = (picture or {}).get("bytes") or b""
    path = target / f"{place}{_ending(data)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    for sentence in told:
        list_.write(json.dumps({"file_name": path.relative_to(target).as_posix(), "text": sentence}) + "\n")


def _ending(data: bytes) -> str:
    """The ending of the name of a picture file; what cannot be read gets one, too, and is counted later."""
    try:
        ending = f".{(Image.open(io.BytesIO(data)).format or 'png').lower()}"
    except Exception:
        # Pillow raises a dozen kinds of errors for damaged files.
        return ".png"
    return ending if ending in SUFFIXES else ".png"


def _sentences(row: dict[str, Any]) -> Iterator[str]:
    told = next((row[name] for name in CAPTIONS if row.get(name)), [])
    for sentence in [told] if isinstance(told, str) else told:
        if isinstance(sentence, str) and sentence.strip():
            yield sentence
