"""Model cards: what a checkpoint says of itself, read without importing torch."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from models_zoo import bounds, chart
from models_zoo.texts import are_texts, in_language

PRETRAINED = Path(__file__).parent / "pretrained"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
README_FILE = "README.md"
SAMPLES_FILE = "samples.png"
SNAPSHOTS_FILE = "snapshots.png"
DIRECTIONS_FILE = "directions.safetensors"
POOL_FILE = "pool.safetensors"
FAMILIAR_FILE = "familiar.safetensors"
PAIRS_FILE = "pairs.tsv.gz"

TASKS = (
    "unconditional",
    "class-conditional",
    "text-to-image",
    "translation",
    "super-resolution",
    "colorization",
    "text-translation",
    "text-encoder",
    "encoder",
    "judge",
    "classifier",
)
"""The jobs a model can have; `find(task=...)` takes one of these."""


DOMAINS = ("a", "b")
DIRECTIONS = ("a2b", "b2a")

NAMES = ("id", "variant", "dataset", "architecture")
VERDICTS = ("", "logits", "least-squares")
MOST_NAME = 200
"""Characters of a name."""
MOST_ENTRIES = 10_000
"""Entries of a list: classes, sentences, the widths of layers."""
MOST_ARGUMENT = 2**22
"""What a number among the arguments of a network may be: a width, a count of layers, a rate."""
MOST = {
    "image_size": 4096,
    "channels": 4,
    "latent_size": 2**16,
    "labels": 2**53,
    "step": 2**53,
    "images_seen": 2**53,
    "seed": 2**63 - 1,
}
"""What the numbers of a card may be."""


class ZooError(Exception):
    """A model cannot be listed, loaded, saved or pushed; the message is one sentence for the user."""


def first_line(error: Exception) -> str:
    """What `error` says, cut to one line; its kind where it says nothing."""
    return (str(error).splitlines() or [type(error).__name__])[0]


@dataclass(frozen=True)
class Card:
    """The contents of a checkpoint's `config.json`.

    `metrics` maps a metric's name to ``{"value", "reference", "reference_label", "n", "better"}``:
    the number, the floor or baseline it is to be read against and what that is (a text), the number of
    samples, and ``"lower"``, ``"higher"`` or ``""``. `curves` maps the name of a measured curve to what
    `models_zoo.chart.svg` draws. A metric or curve with ``"of_run": true`` was told by the log of the run
    that made the model: measuring again keeps it. `verdict` says how to read what `score`
    returns: ``"logits"`` (sigmoid gives the probability of real), ``"least-squares"`` (1 is real,
    0 is fake) or ``""`` where there is no `score`. `reading` says how a discriminator came to name classes;
    models of one variant and dataset are averaged where it is the same and compared where it
    differs. `labels` counts the labelled training images. A model that turns pictures of one domain into another's
    names in `domains` what those of ``"a"`` and ``"b"`` show, in `directions` which of ``"a2b"`` and ``"b2a"`` it can, and
    in `readers` the datasets whose judges read them, where there is something to read. `sentences` are examples of what a model
    that draws sentences can be told, where these are not those about birds that the page offers. Texts that people read (`title`,
    `summary`, `limits`, `trained_on`, `reading`, a `reference_label`, each of the `domains`) map a language (``"en"``,
    ``"ko"``) to a sentence.
    """

    id: str
    variant: str
    task: str
    dataset: str
    architecture: str
    arguments: dict[str, Any]
    image_size: int
    channels: int
    latent_size: int = 0
    classes: tuple[str, ...] = ()
    verdict: str = ""
    title: dict[str, str] = field(default_factory=dict)
    summary: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    trained_on: dict[str, str] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    curves: dict[str, dict[str, Any]] = field(default_factory=dict)
    reading: dict[str, str] = field(default_factory=dict)
    labels: int = 0
    domains: dict[str, dict[str, str]] = field(default_factory=dict)
    directions: tuple[str, ...] = ()
    readers: dict[str, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    step: int = 0
    images_seen: int = 0
    seed: int = 0
    command: str = ""
    snapshots: tuple[int, ...] = ()
    sha256: str = ""
    folder: Path | None = field(default=None, compare=False)

    def text(self, name: str, language: str) -> str:
        """One of `title`, `summary`, `limits` and `trained_on` in `language`, else in English, else empty."""
        return in_language(getattr(self, name), language)

    def to_json(self) -> str:
        """The text of `config.json`; `folder`, which depends on the machine, is left out."""
        values = dataclasses.asdict(self)
        del values["folder"]
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def read(folder: Path) -> Card:
    """The card of the checkpoint in `folder`; raises `ZooError` where there is none or it is damaged."""
    path = folder / CONFIG_FILE
    try:
        values = bounds.read_json(path)
    except FileNotFoundError:
        raise ZooError(f"{folder} holds no model: {CONFIG_FILE} is missing.") from None
    except (OSError, ValueError) as error:
        raise ZooError(f"{path} cannot be read: {bounds.reason(error)}.") from None
    if not isinstance(values, dict):
        raise ZooError(f"{path} is damaged: it holds no JSON object.")
    known = {f.name for f in dataclasses.fields(Card)} - {"folder"}
    required = ("id", "variant", "task", "dataset", "architecture", "arguments", "image_size", "channels")
    missing = [name for name in required if name not in values]
    if missing:
        raise ZooError(f"{path} is not a model card of GAN Explorer: it lacks {', '.join(missing)}.")
    for name, value in values.items():
        if name in known and not _has_type_of(name, value):
            raise ZooError(f"{path} is damaged: {name} cannot be {bounds.shown(json.dumps(value))}.")
    if values["task"] not in TASKS:
        raise ZooError(f"{path} names the unknown task {bounds.shown(values['task'])!r}; known: {', '.join(TASKS)}.")
    values = {name: value for name, value in values.items() if name in known}
    for name in ("classes", "snapshots", "directions", "sentences"):
        values[name] = tuple(values.get(name, ()))
    return Card(**values, folder=folder)


def _has_type_of(name: str, value: Any) -> bool:
    """Whether the entry `name` of a card can be `value`, a JSON value within `bounds`."""
    if name in NAMES:
        return isinstance(value, str) and _is_name(value) and (name != "id" or bool(value))
    if name == "verdict":
        return value in VERDICTS
    if name in ("title", "summary", "limits", "trained_on", "licences", "reading", "readers"):
        return are_texts(value)
    if name == "domains":
        return isinstance(value, dict) and set(value) <= set(DOMAINS) and all(map(are_texts, value.values()))
    if name == "directions":
        return isinstance(value, list) and all(entry in DIRECTIONS for entry in value)
    if name == "curves":
        return isinstance(value, dict) and all(map(_is_name, value)) and all(map(chart.is_curve, value.values()))
    if name == "metrics":
        return are_metrics(value)
    if name == "arguments":
        return isinstance(value, dict) and _are_modest(value)
    if name in ("classes", "sentences", "snapshots"):
        kind = int if name == "snapshots" else str
        return isinstance(value, list) and len(value) <= MOST_ENTRIES and all(isinstance(each, kind) for each in value)
    if name in MOST:
        least = 1 if name in ("image_size", "channels") else 0
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST[name]
    return isinstance(value, str)


def _is_name(value: str) -> bool:
    """Whether a stranger's word is one that a line of a list or log can hold."""
    return len(value) <= MOST_NAME and value.isprintable() and value.strip() == value


def are_metrics(value: Any) -> bool:
    """Whether `value` is what `Card.metrics` may be."""

    def is_entry(entry: Any) -> bool:
        return (
            isinstance(entry, dict)
            and entry.keys() >= {"value", "reference", "reference_label", "n", "better"}
            and all(entry[key] is None or chart.is_number(entry[key]) for key in ("value", "reference"))
            and chart.is_number(entry["n"])
            and entry["better"] in ("lower", "higher", "")
            and are_texts(entry["reference_label"])
        )

    return isinstance(value, dict) and all(map(_is_name, value)) and all(map(is_entry, value.values()))


def _are_modest(arguments: Any) -> bool:
    """Whether no number among the arguments of a network, however deep, could ask for layers without end."""
    waiting = [arguments]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict | list):
            if len(each) > MOST_ENTRIES:
                return False
            waiting += each.values() if isinstance(each, dict) else each
        elif isinstance(each, int | float) and abs(each) > MOST_ARGUMENT:
            return False
    return True


def current(folder: Path) -> Card:
    """What `read` gives, parsed once for every time the card's file is written; callers share the card."""
    try:
        file = (folder / CONFIG_FILE).stat()
    except OSError:
        return read(folder)  # which says what is wrong
    found = _read_as_of(folder, file.st_mtime_ns, file.st_ino, file.st_size)
    if isinstance(found, str):
        raise ZooError(found)
    return found


@lru_cache(maxsize=1024)
def _read_as_of(folder: Path, _changed: int, _file: int, _size: int) -> Card | str:
    """The card, or what is wrong with it: who has a damaged folder beside others shall not wait for it at every click."""
    try:
        return read(folder)
    except ZooError as error:
        logging.getLogger(__name__).warning("%s", error)
        return str(error)


def find(task: str | None = None, also: Iterable[Path] = ()) -> list[Card]:
    """The cards of the bundled models, sorted by id, of one `task` if given.

    `also` names further folders of model folders (or single model folders). Where an id is taken
    already, the card gets the name of its root in brackets behind it. A damaged folder is passed
    over with one warning in the log for every time it is written, so that it cannot take the others down with it.

    Raises `ZooError` for an unknown `task`.
    """
    if task is not None and task not in TASKS:
        raise ZooError(f"Unknown task {task!r}; known: {', '.join(TASKS)}.")
    cards: dict[str, Card] = {}
    for root in (PRETRAINED, *also):
        for folder in _folders(root):
            try:
                card = current(folder)
            except ZooError:
                continue
            if card.id in cards:
                card = dataclasses.replace(card, id=f"{card.id} ({root.resolve().name})")
            cards.setdefault(card.id, card)
    return [cards[key] for key in sorted(cards) if task in (None, cards[key].task)]


def _folders(root: Path) -> list[Path]:
    """The model folders in `root`, or `root` itself if it is one; exports that are not finished are left out."""
    try:
        found = (
            [root] if (root / CONFIG_FILE).is_file() else sorted(each.parent for each in root.glob(f"*/{CONFIG_FILE}"))
        )
    except OSError as error:
        logging.getLogger(__name__).warning("%s cannot be listed: %s.", root, bounds.reason(error))
        return []
    return [folder for folder in found if not folder.name.startswith(".")]
