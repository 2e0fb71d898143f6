"""The command line: `python -m train` lists what can be trained, `python -m train <variant> --help` how."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import tyro
from accelerate import PartialState
from tyro.conf import Positional, arg

import models_zoo
from models_zoo import directions as zoo_directions
from models_zoo import pool as pools
from models_zoo.card import PRETRAINED, README_FILE, ZooError
from models_zoo.texts import in_language
from train import config as configs
from train.config import CommonConfig, default_data_root
from train.contract import Variant, variants
from train.data import datasets
from train.errors import TrainError
from train.loop import trainer
from train.loop.runs import RunFolder
from train.publishing import directions, readme
from train.publishing import export as exports

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""glibc's parameters of `mallopt`."""
DRY_RUN_IMAGES = 24
"""Pictures and samples: few, for the networks that measure them take longer than the training does."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code: 0, or 2 after a sentence about what to mend."""
    commands: dict[str, Callable] = {
        "directions": find_directions,
        "evaluate": evaluate,
        "export": export,
        "publish": publish,
        "readme": tables,
    }
    _keep_memory()
    known = variants()
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    try:
        if not arguments or name in ("-h", "--help"):
            print(overview(known))
        elif name in commands:
            tyro.cli(commands[name], args=rest, prog=f"python -m train {name}")
        elif name in known:
            run(name, known[name], rest)
        else:
            raise TrainError(f"There is no variant or command {name!r}; known: {', '.join([*known, *commands])}.")
    except (TrainError, ZooError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped at once" + ("; the last checkpoint is whole." if name in known else "."), file=sys.stderr)
        return 130
    return 0


def _keep_memory() -> None:
    """Have glibc keep large buffers: it gives them back after every layer, and getting them anew takes as long as computing."""
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
            "  directions <model-id>         find directions in its latent space, and faces for the page's arithmetic",
            "  evaluate <model-id>           measure a zoo model again",
            "  export <run> --id <model-id>  make a run a model of the zoo, with card and samples",
            "  publish <model-id> --repo R   push a zoo model to the Hugging Face Hub",
            "  readme                        make the model tables of README.md anew from the cards",
        ]
    )


def run(name: str, variant: type[Variant], arguments: list[str]) -> None:
    """Train one variant with the options in `arguments`."""
    config = parse(name, variant, arguments)
    if config.dry_run:
        dry_run(name, variant, config)
        return
    # One process of a machine downloads, the others find it done.
    with PartialState(cpu=trainer.runs_on_cpu(config)).local_main_process_first():
        data = datasets.load(config.dataset, config.data_root)
    trainer.train(name, variant(config), data)


def parse(name: str, variant: type[Variant], arguments: list[str]) -> CommonConfig:
    """The config that `arguments` ask for; with `--resume`, what they leave open is as the run has it."""

    def read(default: CommonConfig) -> CommonConfig:
        prog, description = f"python -m train {name}", variant.Config.__doc__
        return tyro.cli(variant.Config, args=arguments, prog=prog, description=description, default=default)

    config = read(variant.Config())
    folder = RunFolder(config.out or trainer.default_out(name, config))
    if not config.resume or not folder.last.exists():
        return config
    _, saved = folder.read_config()
    return read(dataclasses.replace(configs.from_json(variant.Config, saved), minutes=None, out=folder.path))


def dry_run(name: str, variant: type[Variant], config: CommonConfig) -> None:
    """Train, resume, export, measure and load, all tiny, and leave nothing behind."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TrainError("--dry-run tries the machinery in one process; train a few --steps to try several.")
    data = datasets.synthetic(
        config.dataset, max(DRY_RUN_IMAGES, getattr(config, "labels", None) or 0), held_out=DRY_RUN_IMAGES
    )
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


def evaluate(
    models: Positional[tuple[str, ...]],
    /,
    data_root: Annotated[Path, arg(help="Folder of the datasets. [env: GAN_DATA_ROOT]")] = default_data_root(),  # noqa: B008
    samples: Annotated[int, arg(help="Number of samples.")] = exports.EVALUATION_SAMPLES,
    seed: Annotated[int, arg(help="Seed of the first sample; the others follow.")] = 0,
    write: Annotated[bool, arg(help="Write the numbers, the samples and the README into the model's folder.")] = False,
) -> None:
    """Measure models again and print the numbers beside those of their cards.

    Args:
        models: Bundled ids, folders or hub ids; all bundled models unless given.
    """
    if samples < 2:
        raise TrainError(f"--samples must be at least 2, not {samples}.")
    for model in models or [card.id for card in models_zoo.find()]:
        loaded = models_zoo.load(model, "cpu")
        card = loaded.card
        if card.variant not in variants():
            raise TrainError(f"{model} is of the variant {card.variant!r}, which cannot be measured here.")
        kind = variants()[card.variant]
        variant = kind(kind.Config(dataset=card.dataset))
        data = datasets.load(card.dataset, data_root)
        if write:
            measured = exports.measure(card.folder, variant, data, samples, seed)
            metrics, curves = measured.metrics, measured.curves
        else:
            metrics, curves = variant.evaluate(loaded, data, samples, seed), variant.curves(loaded, data)
        print(f"{card.id}:")
        for name, found in metrics.items():
            before = readme.number(card.metrics.get(name, {}).get("value")) or "nothing"
            reference = f"{readme.number(found['reference'])} for {in_language(found['reference_label'], 'en')}"
            print(
                f"  {name}: {readme.number(found['value'])} (n = {found['n']:,}); {reference}; the card says {before}"
            )
        for name, curve in curves.items():
            print(f"  {name}:", *readme.curve_table(curve).splitlines(), sep="\n    ")


def find_directions(model: Positional[str], /) -> None:
    """Find directions in a model's latent space and keep them in its folder.

    Where a judge knows attributes of what the model draws, what it sees in the pictures of the first 12,288 seeds is
    kept, too: the page's arithmetic chooses among them.

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
    print(f"{len(found)} directions of {card.id}: the page's sliders have them from now on.")
    if pool:
        print(f"{len(pool.logits):,} pictures of it are sorted for the page's arithmetic.")


def export(
    run: Positional[Path],
    /,
    id: Annotated[str, arg(help="Id of the model, e.g. gan-mnist.")],
    checkpoint: Annotated[
        Literal["auto", "best", "last"], arg(help="Which networks; auto takes the best where they were measured.")
    ] = "auto",
    zoo: Annotated[Path, arg(help="Folder of model folders to write into.")] = PRETRAINED,
    samples: Annotated[int, arg(help="Number of samples to measure.")] = exports.EVALUATION_SAMPLES,
    data_root: Annotated[Path | None, arg(help="Folder of the datasets, if no longer the run's.")] = None,
    classifier: Annotated[bool, arg(help="Only the discriminator, for comparing what it reads.")] = False,
) -> None:
    """Make a run a model of the zoo: weights in fp16, card, samples, snapshots and numbers.

    Args:
        run: Folder of the run.
    """
    options = {"which": checkpoint, "zoo": zoo, "samples": samples, "data_root": data_root, "classifier": classifier}
    folder = exports.export(run, id, **options)
    if not models_zoo.card.read(folder).metrics:
        print("warning: its card has no numbers, because no judge of its dataset is in the zoo.", file=sys.stderr)
    print(f"Exported to {folder}; the explorer shows it from now on.")


def publish(
    model: Positional[str],
    /,
    repo: Annotated[str, arg(help="Hub repository, as user/name.")],
    private: Annotated[bool, arg(help="Make the repository private.")] = False,
) -> None:
    """Push a model with its card and pictures to the Hugging Face Hub.

    Args:
        model: Bundled id or folder.
    """
    print(f"Published at {exports.publish(model, repo, private)}")


def tables() -> None:
    """Make the model tables of the project's README.md anew from the cards."""
    path = PRETRAINED.parent.parent / "README.md"
    try:
        path.write_text(readme.with_tables(path.read_text(encoding="utf-8"), models_zoo.find()), encoding="utf-8")
    except OSError as error:
        raise TrainError(f"{path} could not be rewritten: {error.strerror or error}.") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
