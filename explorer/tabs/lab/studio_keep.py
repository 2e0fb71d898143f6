"""A training of the studio as a folder of the zoo, as `train export` writes one."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.tabs.lab.apart import alone
from explorer.tabs.lab.studio_data import LICENCE, without_path
from explorer.texts import LANGUAGES, say
from explorer.texts.errors import UserError, shown

if TYPE_CHECKING:
    from train.data.dataset import Dataset
    from train.loop.setup import Run

MEASURED, UNMEASURED = 500, 2
"""Samples that are measured for the card: of digits, and so few that nothing is, as features of photographs take long."""
NAME = r"[a-z0-9][a-z0-9._-]{0,59}"


def kept(run: Run, data: Dataset, destination: Path, name: str, language: str) -> Path:
    """Write the averaged networks of `run`, which learned from `data`, as `destination`/`name`; returns that folder.

    Raises `UserError` for a name that may not be, before the first step, and where the folder cannot be written.
    """
    from models_zoo import ZooError
    from train.errors import TrainError
    from train.loop import runs, watching
    from train.publishing import export

    if not re.fullmatch(NAME, name):
        raise UserError(say("lab_studio_name", language, value=shown(name)))
    if run.progress.step == 0:
        raise UserError(say("lab_studio_untrained", language))
    own = bool(run.config.own)
    try:
        watching.draw(run)
        runs.save_last(run.folder, run.progress)
        samples = UNMEASURED if own else MEASURED
        with alone():
            folder = export.export(run.folder.path, name, _told(data, run), "last", zoo=destination, samples=samples)
        if own:
            _without_path(folder, run.config.own[0])
    except (TrainError, ZooError) as error:
        reason = without_path(error, destination)
        raise UserError(say("lab_studio_unkept", language, reason=reason)) from None
    return folder


def _told(data: Dataset, run: Run) -> Dataset:
    """`data` as the card tells of it: how much there is, and that it was trained here, and for how long."""
    key = "lab_studio_of_own" if run.config.own else "lab_studio_of_digits"
    values = {"n": len(data.train), "side": run.variant.shape.side, "steps": run.progress.step}
    text = {language: say(key, language, **values) for language in LANGUAGES}
    return dataclasses.replace(data, description=text, licence=data.licence if run.config.own else LICENCE)


def _without_path(folder: Path, archive: Path) -> None:
    """Have the card in `folder` name the visitor's file, not where on this machine it lay."""
    from models_zoo import card as cards
    from train.publishing import readme

    card = cards.read(folder)
    card = dataclasses.replace(card, command=card.command.replace(str(archive), archive.name))
    (folder / cards.CONFIG_FILE).write_text(card.to_json(), encoding="utf-8")
    (folder / cards.README_FILE).write_text(readme.model_card(card, 0), encoding="utf-8")
