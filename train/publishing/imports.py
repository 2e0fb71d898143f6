"""`python -m train import`: a checkpoint that another program made becomes a model of the zoo."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
from torch import Tensor
from torch.nn import functional as F
from tyro.conf import Positional, arg

import models_zoo
from models_zoo import card as cards
from models_zoo.card import PRETRAINED, Card
from models_zoo.checkpoint import LatentModel, ZooModel
from models_zoo.dcgan import DCGAN
from models_zoo.image_to_image import ImageToImage
from train.config import OWN
from train.data.own import UNKNOWN
from train.errors import TrainError
from train.loop import runs
from train.publishing import export, foreign, readme, weights
from train.publishing.foreign import Drawing, Found
from train.publishing.own_cards import Said, both, check_text
from train.variants.cards import card_texts, filled

FACES = "dcgan-celeba64"
"""Whose pictures a translator translates on its sample sheet, as those that it was made for are not known."""
PAIRS, SAMPLES, LARGE_SAMPLES, LARGE = 8, 64, 16, 128
"""Pictures on a sample sheet: pairs of a translator, samples of a generator, and of one that draws more than `LARGE` pixels.

`LARGE` is also the largest side at which they are shown there.
"""


@dataclass(frozen=True)
class Named:
    """What the user says of the model."""

    id: str
    kind: str
    said: Said
    domains: tuple[str, ...]
    classes: tuple[str, ...]


def import_model(
    files: Positional[tuple[Path, ...]],
    /,
    *,
    id: Annotated[str, arg(help="Id of the model, e.g. my-horses.")],
    kind: Annotated[
        Literal["auto", "dcgan", "resnet", "unet", "stylegan2"],
        arg(name="as", help="Kind of the generator; auto tells by the names and shapes of its weights."),
    ] = "auto",
    statistics: Annotated[
        Literal["test", "eval"],
        arg(
            help="How translators normalise: as their project's test program, each picture by itself, or as in eval mode."
        ),
    ] = "test",
    dropout: Annotated[
        bool, arg(help="Keep dropout on where the generator was trained with it, as pix2pix's test program does.")
    ] = True,
    title: Annotated[str, arg(help="Title of the model.")] = "",
    description: Annotated[str, arg(help="What it was trained on.")] = "",
    licence: Annotated[str, arg(help="Licence of the weights; 'unknown' unless given.")] = "",
    domains: Annotated[tuple[str, ...], arg(help="What a translator translates from and to, e.g. horse zebra.")] = (),
    classes: Annotated[tuple[str, ...], arg(help="Names of the classes, in the order of their numbers.")] = (),
    zoo: Annotated[Path, arg(help="Folder of model folders to write into.")] = PRETRAINED,
) -> None:
    """Turn a checkpoint of another program into a model of the zoo; nothing in the file is executed.

    Args:
        files: A generator's .pth, .pt, .pkl or .safetensors; of a translator also a second one, for the way back.
    """
    final = export.place_of(id, zoo)
    _check_free(final)
    if len(set(files)) != len(files) or len(files) not in (1, 2):
        raise TrainError(
            f"One file is imported, or two different ones of a translator for both directions, not {len(files)}."
        )
    _check_names("--domains", domains)
    _check_names("--classes", classes)
    drawing = Drawing(statistics == "eval", dropout)
    wanted = "" if kind == "auto" else kind
    found = [foreign.recognised(weights.tensors_in(path), str(path), wanted, drawing) for path in files]
    model = found[0].model if len(found) == 1 else _both(found, files)
    named = Named(id, kind, Said(title, description, licence), domains, classes)
    model.card = _card(found[0], model, files, named)
    print(_told(found[0], model, files[0]))
    model.is_exact = True

    def fill(partial: Path) -> None:
        model.save_pretrained(partial)
        pictures = samples(model)
        if model.image_size > LARGE:
            pictures = F.interpolate(pictures, size=[LARGE, LARGE], mode="area")
        (partial / cards.SAMPLES_FILE).write_bytes(runs.sheet_png(pictures))
        (partial / cards.README_FILE).write_text(readme.model_card(model.card, 0), encoding="utf-8")

    export.write_folder(final, fill)
    print(f"Imported to {final}; the explorer shows it from now on.")
    if options := _continued(model):
        name = id if zoo == PRETRAINED else str(final)
        print(
            f"To train on: {shlex.join(['python', '-m', 'train', *options, '--init-from', name])}, with your --dataset."
        )


def _check_free(final: Path) -> None:
    """Raise `TrainError` where something is in the place of a new model, or nothing can be."""
    try:
        if not final.exists():
            return
    except OSError as error:
        raise TrainError(f"{final} cannot be written: {error.strerror or error}.") from None
    raise TrainError(f"{final} exists: choose another --id, or remove it.")


def _check_names(flag: str, names: Sequence[str]) -> None:
    if not all(map(str.strip, names)) or len(set(names)) < len(names):
        raise TrainError(f"{flag} takes names that differ, none of them empty.")
    for name in names:
        check_text(flag, name)


def _both(found: Sequence[Found], files: Sequence[Path]) -> ImageToImage:
    """One model of two generators, of which the second translates back."""
    first, second = (each.model for each in found)
    if not isinstance(first, ImageToImage) or first.arguments != second.arguments:
        raise TrainError(f"{files[0]} and {files[1]} are not generators of the same kind and size for two directions.")
    model = ImageToImage(**{**first.arguments, "directions": cards.DIRECTIONS})
    back = {name.replace("a2b.", "b2a.", 1): value for name, value in second.state_dict().items()}
    model.load_state_dict(first.state_dict() | back)
    return model.requires_grad_(False).eval()


def _card(found: Found, model: ZooModel, files: Sequence[Path], named: Named) -> Card:
    texts, kind, said = card_texts("imported"), found.kind, named.said
    origin = {"file": " and ".join(path.name for path in files), "digest": " and ".join(map(_digest, files))}
    is_translator = isinstance(model, ImageToImage)
    return Card(
        id=named.id,
        variant=kind.variant,
        task="translation" if is_translator else "class-conditional" if _class_count(model) else "unconditional",
        dataset=f"{OWN}{named.id}",
        architecture=model.architecture,
        arguments=model.arguments,
        image_size=model.image_size,
        channels=model.channels,
        latent_size=model.latent_size,
        classes=_classes(model, named.classes),
        title=both(said.title) if said.title else filled(texts["title"], variant=kind.variant, id=named.id),
        summary=filled(texts["summary"], kind=kind.name, project=kind.project, parameters=_parameters(model)),
        limits={language: text + _drawn(model, language) for language, text in texts["limits"].items()},
        trained_on=both(said.description) if said.description else filled(texts["trained_on"], **origin),
        licences={"weights": said.licence or UNKNOWN, "data": UNKNOWN},
        domains=_domains(model, named.domains),
        directions=model.directions if is_translator else (),
        command=shlex.join(["python", "-m", "train", "import", *map(str, files), "--id", named.id, *_options(model, named)]),
    )  # fmt: skip


def _options(model: ZooModel, named: Named) -> list[str]:
    """What must be typed for the same model with the same card."""
    found = model.arguments if isinstance(model, ImageToImage) else {}
    quiet = found.get("dropout") and not (found["noisy"] or found["running"])
    options = {
        "--as": [named.kind] * (named.kind != "auto"),
        "--statistics": ["eval"] * bool(found.get("running")),
        "--title": [named.said.title] * bool(named.said.title),
        "--description": [named.said.description] * bool(named.said.description),
        "--licence": [named.said.licence] * bool(named.said.licence),
        "--domains": named.domains,
        "--classes": named.classes,
    }
    typed = [word for flag, words in options.items() if words for word in (flag, *words)]
    return typed + ["--no-dropout"] * bool(quiet)


def _parameters(model: ZooModel) -> str:
    return f"{sum(value.numel() for value in model.parameters()):,}"


def _class_count(model: ZooModel) -> int:
    return model.arguments.get("classes", 0)


def _classes(model: ZooModel, names: tuple[str, ...]) -> tuple[str, ...]:
    count = _class_count(model)
    if names and len(names) != count:
        raise TrainError(f"--classes names {len(names)} classes, but the generator has {count}.")
    return names or tuple(map(str, range(count)))


def _domains(model: ZooModel, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    if not isinstance(model, ImageToImage):
        if names:
            raise TrainError("--domains is for translators, and this draws pictures of latent vectors.")
        return {}
    if len(names) not in (0, 2):
        raise TrainError(f"--domains takes two names, what is translated and into what, not {len(names)}.")
    return {key: both(name) for key, name in zip(cards.DOMAINS, names or ("A", "B"), strict=True)}


def _drawn(model: ZooModel, language: str) -> str:
    """What is to be said of how a translator draws."""
    if not isinstance(model, ImageToImage):
        return ""
    drawn, arguments = card_texts("imported")["drawn"], model.arguments
    how = ["averages" if arguments["running"] else "picture", *["dropout"] * arguments["noisy"]]
    return "".join(drawn[each][language] for each in how)


def _continued(model: ZooModel) -> list[str]:
    """What must be typed for networks like those of `model`, which a training then takes over; empty where there is no such variant."""
    found = model.arguments
    if isinstance(model, DCGAN):
        same = {"latent-size": [found["latent_size"]], "widths": found["widths"], "kernel": [found["kernel"]]}
        words = [word for name, values in same.items() for word in (f"--{name}", *map(str, values))]
        return ["dcgan", *words, "--upsampling", "transposed", "--last-width", "0"] if found["image_size"] == 64 else []
    is_resnet = isinstance(model, ImageToImage) and len(found["widths"]) == 1
    as_trained_here = {"upsampling": "transposed", "affine": False, "dropout": False, "running": False}
    if not is_resnet or any(found[name] != value for name, value in as_trained_here.items()):
        return []
    size = ["--width", str(found["widths"][0]), "--blocks", str(found["blocks"])]
    return ["cyclegan", "--generator", "resnet", *size]


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(2**20):
            found.update(part)
    return found.hexdigest()


def _told(found: Found, model: ZooModel, path: Path) -> str:
    """What was recognised, for the user."""
    within = f", under {found.prefix.rstrip('.')}" if found.prefix else ""
    if found.others:
        within += f", not {' or '.join(each.rstrip('.') or 'that beside it' for each in found.others)}"
    return (
        f"{path} holds a generator of {found.kind.project} ({found.kind.name}{within}): {_parameters(model)} parameters, {model.channels} "
        f"channels, {model.image_size} x {model.image_size} pixels."
    )


@torch.no_grad()
def samples(model: ZooModel) -> Tensor:
    """Pictures of the first seeds, or faces and what a translator makes of them, in turn."""
    if isinstance(model, LatentModel):
        count = LARGE_SAMPLES if model.image_size > LARGE else SAMPLES
        z = model.latents(range(count))
        labels = [torch.arange(count) % _class_count(model)] if _class_count(model) else []
        return torch.cat(
            [model.generate(*each) for each in zip(*(rows.split(4) for rows in (z, *labels)), strict=True)]
        )
    faces = models_zoo.load(FACES, "cpu")
    shown = F.interpolate(
        faces.generate(faces.latents(range(PAIRS))), size=[model.image_size] * 2, mode="bicubic"
    ).clamp(-1, 1)
    if model.channels == 1:
        shown = shown.mean(1, keepdim=True)
    made = torch.cat([model.translate(each, model.directions[0]) for each in shown.split(1)])
    return torch.stack([shown, made], 1).flatten(0, 1)
