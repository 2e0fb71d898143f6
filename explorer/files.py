"""Files that clients fetch: written once, straight into Gradio's cache, and gone after an hour."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from gradio import utils

LIFETIME = 3600
"""Seconds that a file can be fetched for."""


class RemoteFile(TypedDict):
    """A file on the server; `gradio_client` puts the path of a downloaded copy in its place.

    `url` is relative to the server's address. Gradio's own `FileData` is not used because Gradio
    examines every such object on its way out, which for 64 pictures takes longer than making them.
    """

    path: str
    url: str
    orig_name: str


def write(contents: Mapping[str, bytes]) -> list[RemoteFile]:
    """Store each file name's content in a new folder that only the given addresses lead to."""
    folder = f"{_root()}/{uuid.uuid4().hex}"
    os.makedirs(folder)
    written = []
    for name, content in contents.items():
        path = f"{folder}/{name}"
        with open(path, "xb", buffering=0) as file:
            file.write(content)
        written.append(RemoteFile(path=path, url=f"/gradio_api/file={quote(path)}", orig_name=name))
    return written


def sweep() -> None:
    """Delete what is older than `LIFETIME`."""
    for folder in Path(_root()).glob("*"):
        try:
            if time.time() - folder.stat().st_mtime > LIFETIME:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            continue


def _root() -> str:
    return f"{utils.get_upload_folder()}/explorer"
