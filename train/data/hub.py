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
from train.config import is_hub_id
from train.data.captions import LISTS
from train.errors import TrainError

TABLES = (".parquet", ".arrow")
FILES = (*SUFFIXES, ".zip", ".tar", ".tar.gz", ".tgz", *LISTS)
"""How the names end of what is downloaded where there are no tables."""
CAPTIONS = ("text", "caption", "captions", "texts")
"""Columns of sentences."""
CACHE = Path("runs") / "pictures"
"""Where pictures go in decoded form unless a user says otherwise."""
PARTIAL = "partial-"


def local(paths: Sequence[Path], cache: Path) -> tuple[Path, ...]:
    """`paths` with those that are ids replaced by their `folder`."""
    return tuple(folder(path.as_posix(), cache) if is_hub_id(path) else path for path in paths)


def folder(repo: str, cache: Path) -> Path:
    """The folder with the pictures of the Hub's dataset `repo`, downloaded if need be; pictures of tables are written below `cache`.

    Raises `TrainError` or `ZooError`, in one sentence, for what is not there, has no pictures or is out of reach.
    """
    from huggingface_hub import HfApi, snapshot_download

    with hub.errors(repo, "dataset", "a folder"):
        info = hub.asked(lambda: HfApi().dataset_info(repo, files_metadata=True))
        if info is None:
            got = snapshot_download(repo, repo_type="dataset", local_files_only=True)
        else:
            has_tables = any(file.rfilename.endswith(TABLES) for file in info.siblings)
            endings = TABLES if has_tables else FILES
            size = sum(file.size or 0 for file in info.siblings if file.rfilename.endswith(endings))
            print(f"Downloading {repo} unless it is there: {size / 1e6:,.1f} MB.", file=sys.stderr)
            patterns = [f"*{ending}" for ending in endings]
            got = snapshot_download(repo, repo_type="dataset", revision=info.sha, allow_patterns=patterns)
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
    told: list[dict[str, str]] = []
    for split, table in splits.items():
        features = table.features or {}
        images = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
        if not images:
            raise TrainError(f"{repo} has no column of pictures; its columns are {', '.join(features) or '(unknown)'}.")
        for name in images:
            table = table.cast_column(name, datasets.Image(decode=False))
        label = next((name for name, kind in features.items() if isinstance(kind, datasets.ClassLabel)), None)
        part = "val" if split == "validation" else split
        for number, row in enumerate(tqdm(table, f"Writing {split}", unit="img", leave=False, dynamic_ncols=True)):
            classes = [] if label is None else _class(features[label], row[label])
            # Of tables with two pictures a row, the columns are the domains of pairs.
            for name in images[:2]:
                parts = [part, *([name] if len(images) > 1 else []), *classes, f"{number:07d}"]
                file = _write_picture(target, "/".join(parts), row[name])
                told += [{"file_name": file, "text": sentence} for sentence in _sentences(row)]
    if told:
        lines = "".join(json.dumps(entry) + "\n" for entry in told)
        (target / "metadata.jsonl").write_text(lines, encoding="utf-8")


def _class(kind: Any, number: int | None) -> list[str]:
    """The folder of the class `number` of a `datasets.ClassLabel`; none for a picture that has no class."""
    return [] if number is None or number < 0 else [kind.int2str(number).replace("/", "_")]


def _write_picture(target: Path, place: str, picture: dict[str, Any] | None) -> str:
    """Write a picture, or an empty file where there is none, to `place` with an ending; returns its name below `target`."""
    data = (picture or {}).get("bytes") or b""
    name = f"{place}{_ending(data)}"
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


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
