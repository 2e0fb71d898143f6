"""The canvas that visitors draw on, and the drawings that browsers send ahead of the question about them."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr
from fastapi import HTTPException
from gradio.components.image_editor import AcceptBlobs, EditorDataBlobs

MAX_DRAWINGS = 64
"""Drawings that the server remembers, of all visitors."""
MAX_LAYERS = 4
"""Layers that a browser may send of one drawing; the canvas offers one."""
MAX_ID = 100


def canvas(**options: Any) -> gr.ImageEditor:
    """An `ImageEditor` whose public function for sending drawings ahead, `accept_blobs`, takes only what is of use.

    Gradio's own makes a list as long as the sender says, and forgets nothing. The function is
    replaced on the component and not in a subclass, for which Gradio would write a .pyi file into
    the package.
    """
    editor = gr.ImageEditor(**options)
    known, putting = editor.blob_storage, threading.Lock()

    def accept_blobs(data: AcceptBlobs) -> None:
        fields, files = _parts(data)
        kind, name, index = (fields.get(key) for key in ("type", "id", "index"))
        if not isinstance(name, str) or not 0 < len(name) <= MAX_ID or not files:
            raise HTTPException(400, "A drawing needs an id and a file.")
        if kind == "layer" and not _is_layer(index):
            raise HTTPException(400, f"A drawing has at most {MAX_LAYERS} layers.")
        # Browsers send the parts of one drawing from several threads at once.
        with putting:
            drawing = known.pop(name, None) or EditorDataBlobs(background=None, layers=[], composite=None)
            # Layers are not kept: what is looked at is all of them together, and the ground.
            if kind in ("background", "composite"):
                setattr(drawing, kind, files[0][1])
            known[name] = drawing
            prune(editor)

    accept_blobs._is_server_fn = True
    editor.accept_blobs = accept_blobs
    return editor


def prune(editor: gr.ImageEditor) -> None:
    """Forget all but the `MAX_DRAWINGS` drawings sent last."""
    # Browsers send from several threads at once, so each name may be gone already.
    for forgotten in list(editor.blob_storage)[:-MAX_DRAWINGS]:
        editor.blob_storage.pop(forgotten, None)


def drawing_id(value: object) -> str | None:
    """The id under which the drawing of a canvas's `value` was sent ahead; None if there is none, or it is no text."""
    name = value.get("id") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name else None


def _parts(data: Any) -> tuple[dict, list]:
    """Fields and files of what was sent, whatever it was."""
    fields, files = getattr(data, "data", None), getattr(data, "files", None)
    return fields if isinstance(fields, dict) else {}, files if isinstance(files, list) else []


def _is_layer(index: object) -> bool:
    """Whether `index`, which comes as text, numbers a layer; browsers write "null" for none."""
    return index in (None, "", "null") or str(index) in map(str, range(MAX_LAYERS))
