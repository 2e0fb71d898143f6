"""Options that all variants share; the fields are the flags of the command line, the docstrings their help."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import shlex
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from train.errors import TrainError

OWN = "own-"
"""How the names of data sets begin that are pictures of the user's own."""
FEW_PICTURES = 5_000
"""Of fewer pictures of the user's own, what discriminators see is augmented unless the options say otherwise."""
MOST_LR = 1.0
"""Adam moves every weight by about the learning rate at each step, and weights are smaller than that."""


WORDS = ("--title", "--description", "--licence")
"""Options that take sentences, and none at all."""
MAY_BE_EMPTY = (*WORDS, "--init-from")
MOST_NAME, MOST_PATH = 255, 4095
"""Bytes of the name of a file, and of a path; systems refuse longer ones, each in its own way."""
MOST_SIZE, MOST_COUNT = 2**16, 2**53
"""What an option may be that counts channels or pictures at once, and any other number without a fraction."""
MOST_SAMPLES = 1_000_000
"""Pictures that are measured at once; all of them are in memory."""


def check_words(words: Sequence[str]) -> None:
    """Raise `TrainError` for what no option can be, whichever it is: a NUL, an empty name, or one that is too long for a file."""
    flag = ""
    for word in words:
        name, equals, value = word.partition("=") if word.startswith("--") else (flag, "=", word)
        # A flag stands for itself until its value comes.
        flag = name if name.startswith("--") else flag
        where = flag or "A name"
        if "\0" in word:
            raise TrainError(f"{where} cannot have a NUL character in it, as no path has.")
        if equals and not value.strip() and flag not in MAY_BE_EMPTY:
            raise TrainError(f"{where} cannot be empty: name something, or leave it out.")
        parts = value.replace("\\", "/").split("/")
        if flag not in WORDS and (
            len(os.fsencode(value)) > MOST_PATH or max(len(os.fsencode(part)) for part in parts) > MOST_NAME
        ):
            raise TrainError(f"{where} cannot have {len(value):,} characters: no file has such a long name.")


def is_hub_id(path: Path) -> bool:
    """Whether `path`, which a user named as pictures, is no path but the id ``user/name`` of a dataset of the Hugging Face Hub."""
    return not path.exists() and re.fullmatch(r"[\w.-]+/[\w.-]+", path.as_posix()) is not None


def default_data_root() -> Path:
    """`GAN_DATA_ROOT`, or `data/` where that is not set."""
    return Path(os.environ.get("GAN_DATA_ROOT", "data"))


POWERS_OF_TWO = (16, 32, 64, 128, 256, 512)
"""Sides in pixels that networks have which begin at 4 x 4 and double."""


@dataclass(frozen=True)
class Takes:
    """What a variant can be trained on: data sets by name, and pictures of your own in a layout (see `train.data.sources`)."""

    names: tuple[str, ...]
    layout: Literal["pictures", "classes", "domains", "pairs", "captions", "sentences", ""] = ""
    """Empty where only the named ones will do."""
    is_cropped: bool = False
    """Whether the training cuts pictures, which are then stored larger than what is trained on."""
    sides: tuple[int, ...] = ()
    """Sides of pictures of your own for which there are networks, in pixels; empty for all multiples of `multiple`."""
    multiple: int = 1


@dataclass(frozen=True)
class CommonConfig:
    """Options common to all variants."""

    data_root: Path = field(default_factory=default_data_root)
    """Folder of the datasets; those with a public source are downloaded into it. [env: GAN_DATA_ROOT]"""
    takes: ClassVar[Takes] = Takes(("mnist",), "pictures")
    dataset: tuple[str, ...] = ("mnist",)
    """The data set mnist, or a folder of your own pictures."""
    size: int | None = None
    """Side in pixels at which your own pictures are trained on; by default that of the variant's data set."""
    monochrome: bool = False
    """Train on your own pictures without their colours."""
    fit: Literal["crop", "pad", "stretch"] = "crop"
    """How an oblong picture of your own becomes a square: its middle, bars on two sides, or squeezed."""
    background: tuple[int, int, int] = (255, 255, 255)
    """Red, green and blue, 0 to 255, where your own pictures are transparent or padded."""
    cache: Path | None = None
    """Folder for your own pictures in decoded form; by default beside the run."""
    out: Path | None = None
    """Folder of this run: checkpoints, samples and metrics. Default: runs/<variant>-<dataset>."""
    steps: int = 20_000
    """Length of the training, in optimisation steps."""
    minutes: float | None = None
    """Stop and save after this many minutes even if `--steps` is not reached; a decay is still computed from `--steps`."""
    batch_size: int = 128
    """Images per step over all processes together; each process takes an equal share."""
    seed: int = 0
    """Seed of the weights, the order of the data and every latent."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """Where to train; auto takes the fastest device available."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Floating-point format of the networks; auto takes bf16 where the hardware is fast in it, else fp32."""
    resume: bool = False
    """Continue the run in `--out` from its last checkpoint, with its options; `--steps` may be larger than before."""
    init_from: str = ""
    """Start from the weights of this bundled id, folder or hub id instead of random ones."""
    lr: float = 2e-4
    """Adam's learning rate."""
    lr_discriminator: float | None = None
    """Adam's learning rate for the discriminators, if different (two time-scales, arXiv:1706.08500)."""
    beta1: float = 0.5
    """Adam's first decay rate."""
    beta2: float = 0.999
    """Adam's second decay rate."""
    lr_decay: Literal["none", "linear"] = "none"
    """Learning rate over the run; linear falls to zero over the second half."""
    ema_half_life: int = 5_000
    """Half-life of the running average of the weights, in images; 0 switches averaging off."""
    sample_every: int = 1_000
    """Steps between sample sheets (the steps 1, 2, 5, 10, 20, 50, ... always get one)."""
    eval_every: int = 5_000
    """Steps between measurements that pick the best checkpoint; 0 switches them off."""
    eval_samples: int = 2_000
    """Number of samples of those measurements."""
    checkpoint_every: int = 1_000
    """Steps between checkpoints."""
    log_every: int = 100
    """Steps between lines of the metrics log."""
    tracker: Literal["none", "tensorboard", "wandb"] = "none"
    """Also log to this tracker, which must be installed."""
    preview: Path | None = None
    """Write pictures as the discriminators see them, of one batch, into this PNG file instead of training."""
    dry_run: bool = False
    """Train three steps on synthetic data, resume, export and measure, in a folder that is deleted afterwards."""

    @property
    def helpers(self) -> tuple[str, ...]:
        """Models beside that of `init_from` which the training asks, by their folders."""
        return ()

    def __post_init__(self) -> None:
        if isinstance(self.dataset, str):
            object.__setattr__(self, "dataset", (self.dataset,))
        self._check_data()
        for name, most in (("lr", MOST_LR), ("lr_discriminator", MOST_LR), ("minutes", math.inf)):
            value = getattr(self, name)
            if value is not None and not 0 < value <= most:
                limits = "above 0" if math.isinf(most) else f"above 0 and at most {most:g}"
                raise TrainError(f"{flag_name(name)} must be {limits}, not {value}.")
        for name in ("beta1", "beta2"):
            if getattr(self, name) >= 1:
                raise TrainError(f"{flag_name(name)} must be below 1, not {getattr(self, name)}.")
        for name, value in dataclasses.asdict(self).items():
            _check_numbers(flag_name(name), value, least=1 if _is_size(name) else 0)
        least = 2 if self.eval_every else 1
        if not least <= self.eval_samples <= MOST_SAMPLES:
            limits = f"at least {least}" if self.eval_samples < least else f"at most {MOST_SAMPLES:,}"
            raise TrainError(f"--eval-samples must be {limits}, not {self.eval_samples}.")
        if self.seed >= 2**63:
            raise TrainError(f"--seed must be below 2^63, not {self.seed}.")

    @property
    def own(self) -> tuple[Path, ...]:
        """The paths of your own pictures; empty where a data set is named."""
        return () if self.dataset[0] in self.takes.names else tuple(map(Path, self.dataset))

    @property
    def picture_size(self) -> int | None:
        """`size`, unless that means something else in a variant."""
        return self.size

    @property
    def data_name(self) -> str:
        """The data set's name; for your own pictures ``own-`` and what their folder is called."""
        if not self.own:
            return self.dataset[0]
        called = "-".join(path.name.split(".")[0] for path in self.own)
        return OWN + (re.sub(r"[^\w-]+", "-", called).strip("-").lower() or "pictures")

    def _check_data(self) -> None:
        """Raise `TrainError` where `dataset` is none that the variant can be trained on, or the options beside it are not for it."""
        names = " and ".join(filter(None, [", ".join(self.takes.names), self.takes.layout and "pictures of your own"]))
        named = [name for name in self.dataset if name in self.takes.names]
        if not self.dataset or (named and len(self.dataset) > 1):
            raise TrainError(f"--dataset takes one data set, not {len(self.dataset)}; this variant knows {names}.")
        if not named and not self.takes.layout:
            raise TrainError(f"--dataset {self.dataset[0]}: this variant is trained on {names} alone.")
        if gone := missing(self.own):
            raise TrainError(
                f"--dataset {gone[0]} is neither {' nor '.join(self.takes.names)} nor a path at which there are pictures: "
                "correct the path."
            )
        most = 2 if self.takes.layout in ("domains", "pairs") else 1
        if not named and len(self.dataset) > most:
            raise TrainError(f"--dataset takes {'at most two folders' if most == 2 else 'one folder'} here.")
        if named and (self.picture_size is not None or self.monochrome):
            raise TrainError(f"--size and --monochrome are for pictures of your own; {named[0]} has a size of its own.")
        self._check_size()
        if any(not 0 <= value <= 255 for value in self.background):
            raise TrainError(
                f"--background takes three numbers from 0 to 255, not {' '.join(map(str, self.background))}."
            )

    def _check_size(self) -> None:
        """Raise `TrainError` for pictures of a side that no networks of the variant have."""
        size, (sides, multiple) = self.picture_size, (self.takes.sides, self.takes.multiple)
        if size is None or (size in sides if sides else 16 <= size <= 512 and size % multiple == 0):
            return
        allowed = f"{', '.join(map(str, sides[:-1]))} or {sides[-1]}" if sides else "from 16 to 512"
        if multiple > 1:
            allowed = f"a multiple of {multiple} {allowed}"
        raise TrainError(f"--size must be {allowed} here, not {size}.")


def _is_size(name: str) -> bool:
    """Whether an option of this name counts something of which there must be one."""
    return name == "steps" or (name.endswith(("_size", "_every", "width", "widths")) and name not in MAY_BE_ZERO)


def _check_numbers(flag: str, value: Any, least: int) -> None:
    """Raise `TrainError` where a number, or one of a tuple of numbers, is below `least`, infinite or not a number."""
    if isinstance(value, tuple) and not value:
        raise TrainError(f"{flag} needs at least one value.")
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            continue
        if isinstance(number, float) and not math.isfinite(number):
            raise TrainError(f"{flag} must be a finite number, not {number}.")
        most = MOST_SIZE if flag.endswith(("-size", "width", "widths")) else MOST_COUNT
        if isinstance(number, int) and flag != "--seed" and number > most:
            raise TrainError(f"{flag} must be at most {most:,}, not a number of {len(str(number))} digits.")
        if number < least:
            raise TrainError(
                f"{flag} " + (f"must be at least {least}, not {number}." if least else f"cannot be negative: {number}.")
            )


MAY_BE_ZERO = ("eval_every", "last_width")
"""Options whose names sound like sizes, but that 0 switches off."""
ConfigT = TypeVar("ConfigT", bound=CommonConfig)

# What may differ between a run and its resumption: it does not change a weight, except that a decay is computed from `steps`.
OPERATIONAL = {
    "data_root", "cache", "out", "steps", "minutes", "device", "resume", "init_from", "sample_every", "eval_every",
    "eval_samples", "checkpoint_every", "log_every", "tracker", "preview", "dry_run",
}  # fmt: skip


def to_json(config: CommonConfig) -> dict[str, Any]:
    """The config as JSON values."""
    return {name: _plain(value) for name, value in dataclasses.asdict(config).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def from_json(kind: type[ConfigT], values: dict[str, Any], moved: Sequence[str | Path] = ()) -> ConfigT:
    """The config whose `to_json` is `values`; options that this version does not know are ignored.

    `moved` are the paths at which pictures of the user's own are now, if they are not where they were. Raises `TrainError`
    for values that an option of `kind` cannot have, as in a file edited by hand, and for pictures that are no longer there.
    """
    expected = get_type_hints(kind)
    if moved:
        values = values | {"dataset": [str(path) for path in moved]}
    found = {}
    for name in [each.name for each in dataclasses.fields(kind) if each.name in values]:
        value = values[name]
        if name == "dataset" and isinstance(value, str):
            # So were they written while there was but one name to give.
            value = [value]
        if not _fits(value, expected[name]):
            raise TrainError(f"The run's config.json is damaged: {name} cannot be {json.dumps(value)}.")
        if isinstance(value, list):
            value = tuple(value)
        is_path = Path in (expected[name], *get_args(expected[name]))
        found[name] = Path(value) if is_path and value is not None else value
    own = [Path(name) for name in found.get("dataset", ()) if name not in kind.takes.names]
    # Names without a folder may be data sets that this version does not know.
    gone = [path for path in missing(own) if not moved and len(path.parts) > 1]
    if gone and kind.takes.layout:
        raise TrainError(
            f"The pictures of this run are no longer at {gone[0]}: name where they are now with --dataset."
        )
    return kind(**found)


def missing(paths: Iterable[Path]) -> list[Path]:
    """Those of the `paths` of a user's own pictures at which there is nothing; shards in braces are looked for later."""
    return [path for path in paths if "{" not in path.name and not path.exists() and not is_hub_id(path)]


def _fits(value: Any, kind: Any) -> bool:
    """Whether a JSON value can be that of an option of the type `kind`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in arguments)
    if origin in (Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is tuple:
        if not isinstance(value, list) or (arguments[-1] is not ... and len(value) != len(arguments)):
            return False
        kinds = arguments[:1] * len(value) if arguments[-1] is ... else arguments
        return all(map(_fits, value, kinds))
    if kind is float:
        return type(value) in (int, float)
    return type(value) is (str if kind is Path else kind)


def differences(config: CommonConfig, saved: dict[str, Any]) -> list[str]:
    """The options with which `config` would train differently from `saved` (a `to_json`), as flags; for refusing to resume."""
    # A decay that is to end earlier than where the run already is has no meaning.
    harmless = OPERATIONAL if config.lr_decay == "none" or config.steps >= saved["steps"] else OPERATIONAL - {"steps"}
    if config.own and not {*saved["dataset"]} & {*config.takes.names}:
        # Folders may have moved: the pictures in them are compared by themselves.
        harmless = harmless | {"dataset"}
    return [
        f"{flag_name(name)} was {saved.get(name)}, not {value}"
        for name, value in to_json(config).items()
        if name not in harmless and saved.get(name) != value
    ]


def command(variant: str, config: CommonConfig, ancestor: dict[str, Any] | None = None) -> str:
    """The command line that trains `config`: the flags that differ from the variant's defaults.

    For a model that was started from `ancestor` (see `train.loop.runs.RunFolder.read_ancestor`), the commands that
    made that one come first, one per line, with the export in between; the names of the folders are made up.
    """
    if ancestor is not None:
        stage = f"stage-{ancestor['command'].count('--out ') + 1}"
        config = dataclasses.replace(config, init_from=f"runs/zoo/{stage}")
        export = f"python -m train export runs/{stage} --id {stage} --checkpoint last --zoo runs/zoo"
        return f"{ancestor['command']} --out runs/{stage}\n{export}\n{command(variant, config)}"
    defaults = to_json(type(config)())
    left_out = OPERATIONAL - {"steps", "init_from", "eval_every", "eval_samples"}
    flags = [
        _flag(name, value)
        for name, value in to_json(config).items()
        if name not in left_out and value != defaults[name]
    ]
    return " ".join(["python -m train", variant, *flags])


def _flag(name: str, value: Any) -> str:
    """An option as it is typed: switches are flags without a value."""
    option = flag_name(name)
    if isinstance(value, bool):
        return option if value else option.replace("--", "--no-", 1)
    return f"{option} {shlex.join(map(str, value if isinstance(value, list) else [value]))}"


def flag_name(name: str) -> str:
    """The flag of the option `name`, as it is typed."""
    return f"--{name.replace('_', '-')}"
