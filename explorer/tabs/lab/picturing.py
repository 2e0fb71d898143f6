"""A visitor's training on pictures: one `Studio`, which begins anew where other settings are asked for."""

from __future__ import annotations

import dataclasses
import io
import tempfile
import uuid
import zipfile
from pathlib import Path
from typing import Any

from explorer.models.store import ModelStore
from explorer.pictures import files
from explorer.tabs.lab.rules import MOST_SECONDS
from explorer.tabs.lab.runs import Seat
from explorer.tabs.lab.settings import MOST_PICTURE_STEPS, LabView
from explorer.tabs.lab.studio import Studio, StudioSettings
from explorer.texts import say
from explorer.texts.errors import UserError

STRETCH = 0.4
"""Seconds that one question lets a training go on for."""
AT_ONCE = 10
"""Steps at most that a question for single steps makes."""


@dataclasses.dataclass
class Training:
    """A studio, and what it was opened for."""

    settings: StudioSettings
    studio: Studio
    bytes: int = 15 * 2**20
    """About what networks, their optimizers and pictures take."""

    @property
    def over(self) -> str:
        """Why nothing goes on: ``"diverged"``, ``"steps"``, ``"seconds"``; empty while it does."""
        if self.studio.diverged:
            return "diverged"
        if self.studio.seconds >= MOST_SECONDS:
            return "seconds"
        return "steps" if self.studio.step >= MOST_PICTURE_STEPS else ""

    def close(self) -> None:
        """Give memory and files back."""
        self.studio.close()


def answer(seat: Seat, view: LabView, command: str, amount: int, language: str) -> dict[str, Any]:
    """Let the training of `seat` go on under the settings of `view` as `command` says, and tell what the page then shows.

    Raises `UserError` for pictures that cannot be trained on.
    """
    wanted = _settings(view)
    is_fresh = command == "reset" or seat.run is None or seat.run.settings != wanted
    if is_fresh:
        opened = Training(wanted, Studio(wanted, Path(tempfile.mkdtemp(prefix="lab-")), language))
        if seat.run:
            seat.run.close()
        seat.run = opened
    training: Training = seat.run
    if command == "play" and not training.over:
        training.studio.advance(STRETCH, MOST_PICTURE_STEPS)
    elif command == "step" and not training.over:
        training.studio.advance(MOST_SECONDS, min(MOST_PICTURE_STEPS, training.studio.step + min(amount, AT_ONCE)))
    budget = {"steps": MOST_PICTURE_STEPS, "seconds": MOST_SECONDS}
    frame = training.studio.frame()
    return {**frame, "kind": "pictures", "over": training.over, "fresh": is_fresh, "budget": budget}


def keep(seat: Seat, store: ModelStore, language: str) -> dict[str, Any]:
    """Have all tabs offer what was trained, as a model whose name nobody else knows, and give its folder as a ZIP file.

    Raises `UserError` where there is nothing to keep.
    """
    if seat.run is None:
        raise UserError(say("lab_studio_untrained", language))
    name = f"lab-{seat.run.settings.variant}-{uuid.uuid4().hex[:8]}"
    folder = seat.run.studio.keep(Path(files.folder()), name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{name}/{path.name}")
    (file,) = files.write({f"{name}.zip": packed.getvalue()})
    return {"model": store.add(str(folder)), "file": file}


def _settings(view: LabView) -> StudioSettings:
    archive = files.upload(view.archive)
    return StudioSettings(
        view.variant, view.preset, view.rate, view.pictures, view.seed, archive, view.side if archive else 28, view.grey
    )
