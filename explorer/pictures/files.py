"""Files that clients fetch: written once, straight into Gradio's cache, and gone after an hour."""

from __future__ import annotations

import io
import json
import os
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from gradio import processing_utils, utils
from gradio.exceptions import InvalidPathError

from explorer.texts import say
from explorer.texts.errors import UserError

LIFETIME = 3600
"""Seconds that a file can be fetched for."""
MOST_BYTES = 2**30
"""Of all uploads and results together."""


class RemoteFile(TypedDict):
    """A file on the server; `gradio_client` puts the path of a downloaded copy in its place.

    `url` is relative to the server's address. Gradio's own `FileData` is not used because Gradio
    examines every such object on its way out, which for 64 pictures takes longer than making them.
    """

    path: str
    url: str
    orig_name: str


def folder() -> str:
    """A new folder that nobody can guess, which is deleted like all of these files."""
    made = f"{_root()}/{uuid.uuid4().hex}"
    os.makedirs(made)
    return made


def write(contents: Mapping[str, bytes]) -> list[RemoteFile]:
    """Store each file name's content in a new folder that only the given addresses lead to."""
    home = folder()
    written = []
    for name, content in contents.items():
        path = f"{home}/{name}"
        with open(path, "xb", buffering=0) as file:
            file.write(content)
        written.append(RemoteFile(path=path, url=f"/gradio_api/file={quote(path)}", orig_name=name))
    return written


def saved(name: str, content: bytes) -> str:
    """The path of a new file of that `name`, which a browser can fetch."""
    return write({name: content})[0]["path"]


def archive(recipe_name: str, recipe: Mapping[str, Any], pictures: Iterable[tuple[str, bytes]]) -> bytes:
    """A ZIP file of `pictures` by name, and of how they were made as JSON."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, picture in pictures:
            file.writestr(name, picture)
        file.writestr(recipe_name, json.dumps(recipe, indent=2) + "\n")
    return buffer.getvalue()


def upload(value: Any) -> Path | None:
    """The path of a file that a client has uploaded; None if `value` is no such path.

    Gradio itself checks only objects that call themselves files, and nobody has to send one of those.
    """
    if not isinstance(value, str) or not value or "\0" in value:
        return None
    is_upload = utils.is_in_or_equal(value, utils.get_upload_folder())
    return Path(value) if is_upload and os.path.isfile(value) else None


def uploaded(value: Any) -> bytes | None:
    """The content of a file that a client has uploaded, given as Gradio's ``{"path": ...}``; None if it is no such file."""
    path = upload(value.get("path")) if isinstance(value, dict) else None
    try:
        return path.read_bytes() if path else None
    except OSError:
        return None


def received(value: Any, language: str = "en") -> bytes:
    """The content of an upload, as `uploaded` reads it; raises `UserError` if there is none."""
    data = uploaded(value)
    if data is None:
        raise UserError(say("upload_missing", language))
    return data


def only_uploads() -> None:
    """Let files reach this server by upload alone, in whatever function a client puts them.

    Left to itself, Gradio downloads the address that a client sends in place of a file, and answers
    one who names a file of this machine with an error that says nothing.
    """
    processing_utils.async_ssrf_protected_download = _refuse_address
    processing_utils._check_allowed = _refuse_path


_check_allowed = processing_utils._check_allowed


async def _refuse_address(url: str, cache_dir: str) -> str:
    raise UserError(say("no_addresses", "en"))


def _refuse_path(path: str | Path, check_in_upload_folder: bool) -> None:
    try:
        _check_allowed(path, check_in_upload_folder)
    except InvalidPathError:
        if not check_in_upload_folder:
            raise
        raise UserError(say("upload_missing", "en")) from None


def sweep(uploads: Iterable[str] = (), most: int = MOST_BYTES) -> None:
    """Delete what is older than `LIFETIME`, and the oldest results and `uploads` until all take at most `most` bytes.

    `uploads` are the paths of this page's: other pages of the machine keep theirs in the same folder.
    """
    found = sorted(_folders({*Path(_root()).glob("*"), *(Path(each).parent for each in uploads)}))
    total = sum(size for _, size, _ in found)
    for written, size, folder in found:
        if time.time() - written > LIFETIME or total > most:
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


def _folders(paths: Iterable[Path]) -> Iterator[tuple[float, int, Path]]:
    """When each of these folders was written, the bytes of its files, and its path; those that are gone are left out."""
    for folder in paths:
        try:
            yield folder.stat().st_mtime, sum(file.stat().st_size for file in folder.iterdir()), folder
        except OSError:
            continue


def _root() -> str:
    return f"{utils.get_upload_folder()}/explorer"
