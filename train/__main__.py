"""The command line: `python -m train` lists what can be trained, `python -m train <variant> --help` how."""

from __future__ import annotations

import ctypes
import dataclasses
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from accelerate import PartialState
from tyro.conf import Positional, arg

import models_zoo
from models_zoo import directions as zoo_directions
from models_zoo import pool as pools
from models_zoo.bounds import shown
from models_zoo.card import PRETRAINED, README_FILE, ZooError
from models_zoo.texts import in_language
from train.config import FEW_PICTURES, OWN, CommonConfig, check_words, default_data_root
from train.contract import Variant, variants
from train.data import check as checking
from train.data import chosen, own
from train.data.dataset import Dataset
from train.errors import TrainError
from train.loop import rehearsal, runs, trainer
from train.loop.runs import RunFolder, default_out
from train.loop.setup import check_free, runs_on_cpu
from train.publishing import directions, hub, imports, readme
from train.publishing import export as exports
from train.publishing.own_cards import Said

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""glibc's parameters of `mallopt`."""
DRY_RUN_IMAGES = 16
"""Pictures and samples: few, for the networks that measure them take longer than the training does."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0, or 2 after a sentence that says what to correct."""
    commands: dict[str, Callable] = {
        "check": check,
        "directions": find_directions,
        "evaluate": evaluate,
        "export": export,
        "import": imports.import_model,
        "publish": publish,
        "readme": tables,
    }
    _keep_memory()
    known = variants()
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    try:
        check_words(arguments)
        if not arguments or name in ("-h", "--help"):
            print(overview(known))
        elif name in commands:
            tyro.cli(commands[name], args=rest, prog=f"python -m train {name}")
        elif name in known:
            run(name, known[name], rest)
        else:
            raise TrainError(
                f"There is no variant or command {shown(name)!r}; known: {', '.join([*known, *commands])}."
            )
    except (TrainError, ZooError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print("error: There is not enough memory for this: take smaller networks, batches or data.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped at once" + ("; the last checkpoint is intact." if name in known else "."), file=sys.stderr)
        return 130
    return 0


def _keep_memory() -> None:
    """Have glibc keep large buffers: it frees them after every layer, and allocating them again takes as long as computing."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        # Another system, with another allocator.
        return
    mallopt(M_MMAP_THRESHOLD, 2**30)
    mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def overview(known: dict[str, type[Variant]]) -> str:
    """What `python -m train` prints."""
    width = max(map(len, known), default=0)
    lines = [f"  {name:<{width}}  {(variant.__doc__ or '').strip().splitlines()[0]}" for name, variant in known.items()]
    return "\n".join(
        [
            "Variants (python -m train <variant> --help shows every option):",
            *lines,
            "",
            "Commands:",
            "  check <path> [<path>]          look at pictures of one's own: layout, sizes, broken ones, copies, next command",
            "  directions <model-id>          find directions in its latent space, and faces for the page's arithmetic",
            "  evaluate <model-id>            measure a model of the zoo again",
            "  export <run> --id <model-id>   turn a run into a model of the zoo, with card and samples",
            "  import <file> --id <model-id>  turn a generator that another program trained into a model of the zoo",
            "  publish <model-id> --repo R    push a zoo model to the Hugging Face Hub",
            "  readme                         regenerate the model tables from the cards",
        ]
    )


def run(name: str, variant: type[Variant], arguments: list[str]) -> None:
    """Train the variant registered as `name` with the options in `arguments`."""
    config = parse(name, variant, arguments)
    _check_places(name, config)
    if config.dry_run:
        dry_run(name, variant, config)
        return
    if not config.preview:
        check_free(RunFolder(config.out or default_out(name, config)))
    # One process per machine downloads the data before the others read it.
    with PartialState(cpu=runs_on_cpu(config)).local_main_process_first():
        if config.own and hasattr(config, "augment") and own.count(config) < FEW_PICTURES:
            config = parse(name, variant, arguments, augment=True)
        # Made first, as it refuses options that cannot work before anything is downloaded or packed.
        made = variant(config)
        data = chosen.load(config)
    if config.own and not config.resume and PartialState().is_main_process:
        _say_if_few(len(data.train), bool(config.init_from))
    if config.preview:
        preview(name, made, data, config.preview)
    else:
        trainer.train(name, made, data)


def _say_if_few(count: int, is_started: bool) -> None:
    """Say where there are so few pictures that a model learns them by heart."""
    if count < own.FEW:
        remedy = "add more" + ("" if is_started else ", or start from a model of the zoo with --init-from")
        print(f"{count:,} pictures are few, and a model may learn them by heart: {remedy} if it does.", file=sys.stderr)


def preview(name: str, variant: Variant, data: Dataset, path: Path) -> None:
    """Write pictures as the discriminators of `variant` see them into the PNG file `path`."""
    try:
        path.write_bytes(runs.sheet_png(rehearsal.seen(name, variant, data)))
    except OSError as error:
        raise TrainError(f"--preview {path} could not be written: {error.strerror or error}.") from None
    print(f"What the discriminators see of a batch is in {path}; without --preview the training begins.")


def parse(name: str, variant: type[Variant], arguments: list[str], **defaults: Any) -> CommonConfig:
    """The config that `arguments` ask for; options that are not given are those of the run with `--resume`, or `defaults`."""

    def read(default: CommonConfig) -> CommonConfig:
        prog, description = f"python -m train {name}", variant.Config.__doc__
        return tyro.cli(variant.Config, args=arguments, prog=prog, description=description, default=default)

    def go_on(folder: RunFolder) -> CommonConfig:
        saved = folder.config_of(name, variant.Config, _typed(arguments, "--dataset"))
        return read(dataclasses.replace(saved, minutes=None, out=folder.path))

    out = _typed(arguments, "--out")
    if "--resume" in arguments and out and RunFolder(Path(out[0])).last.exists():
        # Before all else: what is typed may only make sense with the options of the run.
        return go_on(RunFolder(Path(out[0])))
    config = read(variant.Config(**defaults))
    folder = RunFolder(config.out or default_out(name, config))
    if config.resume and folder.last.exists():
        return go_on(folder)
    return config


def _typed(arguments: Sequence[str], flag: str) -> list[str]:
    """The values that are typed after `flag`, as far as the next option."""
    for place, word in enumerate(arguments):
        if word == flag:
            return list(itertools.takewhile(lambda each: not each.startswith("--"), arguments[place + 1 :]))
        if word.startswith(f"{flag}="):
            return [word.partition("=")[2]]
    return []


def _check_places(name: str, config: CommonConfig) -> None:
    """Raise `TrainError` where a file that a command writes cannot be, or would be one of the user's own pictures the next time."""
    places = [
        ("--out", config.out or default_out(name, config)),
        ("--cache", config.cache),
        ("--preview", config.preview),
    ]
    for flag, place in places:
        for path in config.own if place else ():
            if path.is_dir() and place.resolve().is_relative_to(path.resolve()):
                raise TrainError(f"{flag} {place} would lie among the pictures of {path}: name a place elsewhere.")
    if config.cache and config.cache.exists() and not config.cache.is_dir():
        raise TrainError(f"--cache {config.cache} is a file: name a folder.")
    if config.preview and not config.preview.absolute().parent.is_dir():
        raise TrainError(
            f"There is no folder {config.preview.absolute().parent} for --preview: make it, or name another file."
        )
    if config.preview and config.preview.suffix.lower() != ".png":
        raise TrainError(f"--preview {config.preview} must end in .png.")


def dry_run(name: str, variant: type[Variant], config: CommonConfig) -> None:
    """Train, resume, export, measure and load on a tiny scale, and delete it all."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainError("--dry-run tries the machinery in one process; train a few --steps to try several.")
    data = chosen.synthetic(config, max(DRY_RUN_IMAGES, getattr(config, "labels", None) or 0), DRY_RUN_IMAGES)
    with tempfile.TemporaryDirectory() as temporary:
        out, zoo = Path(temporary) / "run", Path(temporary) / "zoo"
        config = dataclasses.replace(
            config, out=out, steps=3, minutes=1e-9, batch_size=min(16, config.batch_size), resume=False, init_from="",
            sample_every=1, eval_every=3, eval_samples=DRY_RUN_IMAGES, checkpoint_every=1, log_every=1,
        )  # fmt: skip
        trainer.train(name, variant(config), data)  # stopped by the clock after one step
        trainer.train(name, variant(dataclasses.replace(config, minutes=None, resume=True)), data)
        models_zoo.load(str(exports.export(out, "dry-run", data, zoo=zoo, samples=DRY_RUN_IMAGES)))
    print(f"Dry run of {name}: trained, resumed, exported, measured and loaded.")


def check(
    paths: Positional[tuple[Path, ...]],
    /,
    *,
    sheet: Annotated[Path, arg(help="Picture file (PNG) to write a contact sheet into.")] = Path("check.png"),
) -> None:
    """Say what a collection of pictures is recognised as, what is the matter with it, and how to train on it.

    Args:
        paths: Folder, ZIP or tar file, or shards such as name-{000..099}.tar; two of them for two domains.
    """
    name = checking.check(paths, sheet, {name: kind.Config.batch_size for name, kind in variants().items()})
    kind = variants()[name]
    config = kind.Config(dry_run=True)
    variant = kind(config)
    data = chosen.synthetic(config, config.batch_size, config.batch_size)
    minutes = rehearsal.seconds_per_step(name, variant, data) * 1000 / 60
    side = variant.shape.side
    checking.say(
        "takes",
        f"about {minutes:,.{1 if minutes < 10 else 0}f} minutes per 1,000 steps on this machine, at {side} x {side} pixels",
    )


def evaluate(
    models: Positional[tuple[str, ...]],
    /,
    *,
    data_root: Annotated[Path, arg(help="Folder of the datasets. [env: GAN_DATA_ROOT]")] = default_data_root(),  # noqa: B008
    dataset: Annotated[
        tuple[Path, ...], arg(help="Where the pictures are now that a model learned from, if they are your own.")
    ] = (),
    samples: Annotated[int, arg(help="Number of samples.")] = exports.EVALUATION_SAMPLES,
    seed: Annotated[int, arg(help="Seed of the first sample; the next ones have the next seeds.")] = 0,
    write: Annotated[bool, arg(help="Write the numbers, samples and README into the model's folder.")] = False,
) -> None:
    """Measure models again and print the numbers beside those on their cards.

    Args:
        models: Bundled ids, folders or hub ids; all bundled models if none is given.
    """
    exports.check_samples(samples, seed)
    for model in models or [card.id for card in models_zoo.find()]:
        loaded = models_zoo.load(model, "cpu")
        card = loaded.card
        variant = exports.variant_of(card, data_root, dataset)
        data = chosen.load(variant.config)
        if write:
            measured = exports.measure(card.folder, variant, data, samples, seed)
            metrics, curves = measured.metrics, measured.curves
        else:
            metrics, curves = variant.evaluate(loaded, data, samples, seed), variant.curves(loaded, data)
        print(f"{card.id}:")
        for name, found in metrics.items():
            before = readme.number(card.metrics.get(name, {}).get("value")) or "nothing"
            reference = ""
            if found["reference"] is not None:
                reference = f"; {readme.number(found['reference'])} for {in_language(found['reference_label'], 'en')}"
            print(f"  {name}: {readme.number(found['value'])} (n = {found['n']:,}){reference}; the card says {before}")
        for name, curve in curves.items():
            print(f"  {name}:", *readme.curve_table(curve).splitlines(), sep="\n    ")


def find_directions(model: Positional[str], /) -> None:
    """Find directions in a model's latent space and store them in its folder.

    If there is a judge of attributes for the model's pictures, its verdicts on those of the first 12,288 seeds are stored
    as well: the page's arithmetic chooses among them.

    Args:
        model: Bundled id or folder.
    """
    loaded = models_zoo.load(model, "cpu")
    card = loaded.card
    if card.task != "unconditional":
        raise TrainError(f"{model} is of the task {card.task!r}; directions are found in unconditional models.")
    found, pool = directions.find(loaded, card.dataset)
    try:
        zoo_directions.write(card.folder, found)
        if pool:
            pools.write(card.folder, pool, card.sha256)
        (card.folder / README_FILE).write_text(readme.model_card(card, 0), encoding="utf-8")
    except OSError as error:
        raise TrainError(f"{card.folder} could not be written: {error.strerror or error}.") from None
    for direction in found:
        numbers = ", ".join(f"{name} {readme.number(m['value'])}" for name, m in direction.metrics.items())
        print(f"  {in_language(direction.title, 'en')} ({direction.kind}) {numbers}")
    print(f"Found {len(found)} directions of {card.id}; the page shows them as sliders from now on.")
    if pool:
        print(f"{len(pool.logits):,} of its pictures are sorted for the page's arithmetic.")


def export(
    run: Positional[Path],
    /,
    *,
    id: Annotated[str, arg(help="Id of the model, e.g. gan-mnist.")],
    checkpoint: Annotated[
        Literal["auto", "best", "last"],
        arg(help="Which networks; auto takes the best if the run was measured, else the last."),
    ] = "auto",
    zoo: Annotated[Path, arg(help="Folder of model folders to write into.")] = PRETRAINED,
    samples: Annotated[int, arg(help="Number of samples to measure.")] = exports.EVALUATION_SAMPLES,
    data_root: Annotated[Path | None, arg(help="Folder of the datasets, if it has moved since the run.")] = None,
    dataset: Annotated[tuple[Path, ...], arg(help="Your own pictures, if they have moved since the run.")] = (),
    classifier: Annotated[
        bool, arg(help="Export the discriminator alone, as a classifier to compare with others.")
    ] = False,
    title: Annotated[str, arg(help="Title of a model of your own pictures.")] = "",
    description: Annotated[str, arg(help="What your own pictures show, and where they come from.")] = "",
    licence: Annotated[str, arg(help="Licence of your own pictures; 'unknown' unless given.")] = "",
) -> None:
    """Turn a run into a model of the zoo: weights in fp16, card, samples, snapshots and numbers.

    Args:
        run: Folder of the run.
    """
    options = {"which": checkpoint, "zoo": zoo, "samples": samples, "data_root": data_root, "classifier": classifier}
    folder = exports.export(run, id, **options, moved=dataset, said=Said(title, description, licence))
    card = models_zoo.card.read(folder)
    if not card.metrics:
        is_own = card.dataset.startswith(OWN)
        why = "too few pictures are held out" if is_own else "the zoo has no judge for its dataset"
        print(f"warning: its card has no numbers, because {why}.", file=sys.stderr)
    print(f"Exported to {folder}; the explorer shows it from now on.")


def publish(
    model: Positional[str],
    /,
    *,
    repo: Annotated[str, arg(help="Hub repository, as user/name.")],
    private: Annotated[bool, arg(help="Make the repository private.")] = False,
) -> None:
    """Push a model with its card and pictures to the Hugging Face Hub.

    Args:
        model: Bundled id or folder.
    """
    print(f"Published at {hub.publish(model, repo, private)}")


def tables() -> None:
    """Regenerate the model tables of README.md and models_zoo/README.md from the cards."""
    try:
        for path, text in readme.readmes(PRETRAINED.parent.parent, models_zoo.find()).items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TrainError(f"{error.filename} could not be rewritten: {error.strerror or error}.") from None


if __name__ == "__main__":
    # Names of files may hold bytes that stand for no letter.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
