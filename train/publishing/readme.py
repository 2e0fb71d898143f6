"""The README.md of a zoo folder: the model card that people and the hub read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models_zoo import chart, directions
from models_zoo.card import SAMPLES_FILE, SNAPSHOTS_FILE, TASKS, Card
from models_zoo.texts import in_language
from train.config import OWN
from train.errors import TrainError

METRIC_NAMES = {
    "frechet_judge": "Fréchet distance on judge features (lower is better)",
    "judge_confident": "Share of samples of which the judge is at least 0.9 sure",
    "rarest_class": "Share of the rarest class among samples",
    "commonest_class": "Share of the commonest class among samples",
    "test_accuracy": "Accuracy on test images",
    "class_agreement": "Share of samples in which the judge reads the class asked for",
    "coverage_lowest": "Coverage of the least covered class (k = 5, judge features)",
    "kid_lite0": "Kernel distance on EfficientNet-lite0 features (lower is better)",
    "fd_lite0": "Fréchet distance on EfficientNet-lite0 features (lower is better)",
    "checkerboard": "Checkerboard: dB by which its frequencies stand out in the averaged spectrum (lower is better)",
    "arithmetic_glasses": "Man with glasses - man + woman: results that are a woman with glasses",
    "arithmetic_smile": "Smiling woman - neutral woman + neutral man: results that are a smiling man",
    "r_precision": "R-precision: pictures whose own sentence fits best of ten, in the eyes of a text encoder trained apart",
    "colour_obeyed": "Birds that have the colour asked for, or its neighbour",
    "colour_naming": "Photographs whose measured colour fits best of eight",
    "encoding_error": "Mean squared error of held-out pictures, pixels in [0, 1], after five rounds (lower is better)",
    "rank_correlation": "Spearman's rank correlation with the kernel distance over the measurements of the run",
    "kid_untouched": "Kernel distance of the pictures to the other domain before they are translated",
    "gap_closed": "Share of the way to the other domain that translation goes, by the kernel distance",
    "named_bird": "Share of pictures that EfficientNet-lite0 calls a bird of some kind",
    "named_zebra": "Share of translations that EfficientNet-lite0 calls a zebra",
    "digit_kept": "Share of translated digits that the judge of the other domain reads as what they were",
    "target_seen": "Share of translations in which the judge sees the domain that they are to belong to",
    "attributes_kept": "Share of translations in which the judge sees as much of an attribute as in the original",
    "absolute_error": "Mean absolute error to the paired pictures, pixels in [0, 1] (lower is better)",
    "psnr_set5": "Set5: PSNR of the luminance in dB, 4 pixels shaved off (higher is better)",
    "ssim_set5": "Set5: SSIM of the luminance, 4 pixels shaved off (higher is better)",
    "perceptual_set5": "Set5: perceptual distance on EfficientNet-lite0 feature maps (lower is better)",
    "psnr_held_out": "Held-out photographs: PSNR of the luminance in dB (higher is better)",
    "ssim_held_out": "Held-out photographs: SSIM of the luminance (higher is better)",
    "perceptual_held_out": "Held-out photographs: perceptual distance on EfficientNet-lite0 feature maps (lower is better)",
    "discriminator_error": "Share of test images whose class the discriminator names wrongly",
    "discriminator_error_draws": "Share of test images whose class the discriminator names wrongly, mean over several draws of the labels",
    "colour_psnr": "PSNR of colorized photographs, dB",
    "colourfulness": "Colourfulness without hints, as a ratio to the originals'",
    "chrf": "Held-out sentences: chrF (higher is better)",
    "bleu_characters": "Held-out sentences: BLEU of characters (higher is better)",
    "exact_matches": "Share of held-out sentences that are translated exactly as a person did",
    "lookup_chrf": "The translation of the nearest training sentence instead: chrF",
    "lookup_bleu_characters": "The translation of the nearest training sentence instead: BLEU of characters",
    "judge_shuffled": "Share of pairs in which the judge prefers a person's translation to that of another sentence",
    "judge_before": "Share of pairs in which the judge prefers a person's translation to one of the translator before the game",
    "judge_now": "Share of pairs in which the judge prefers a person's translation to one of the translator after the game",
    "hints_obeyed": "Share of invented hints whose region takes their colour to within 10 (CIE76)",
}
UNKNOWN = "unknown"
"""A licence that a card does not tell."""
WIDEST_TABLE = 24
"""Points of a curve up to which its numbers stand in a table."""
ALL = "<!-- models: python -m train readme -->\n", "<!-- /models -->"
"""Between these lines of `models_zoo/README.md` stand the tables of all models."""
MAIN = "<!-- main models: python -m train readme -->\n", "<!-- /main models -->"
"""Between these lines of the project's README stands the table of the main ones."""
MAIN_MODELS = {
    "gan-mnist": "frechet_judge",
    "dcgan-celeba64": "kid_lite0",
    "began-celeba64": "kid_lite0",
    "acgan-mnist": "class_agreement",
    "sgan-mnist": "discriminator_error",
    "stackgan-birds": "r_precision",
    "cyclegan-horse2zebra": "named_zebra",
    "discogan-celeba-gender": "target_seen",
    "pix2pix-facades": "kid_lite0",
    "srgan-x4": "perceptual_set5",
    "colorize-landscapes": "colour_psnr",
}
"""The main models, and the measure of each that says most."""
_PIPELINES = {
    "unconditional": "unconditional-image-generation",
    "class-conditional": "unconditional-image-generation",
    "text-to-image": "text-to-image",
    "translation": "image-to-image",
    "super-resolution": "image-to-image",
    "colorization": "image-to-image",
    "text-translation": "translation",
}
_USAGE = {
    "translation": 'made = model.translate(images, "a2b")  # N x C x H x W, in [-1, 1]',
    "super-resolution": "large = model.upscale(images)  # N x C x H x W, in [-1, 1]",
    "colorization": "images = model.colorize(grey, hints, mask)  # N x 1, N x 2 and N x 1 x H x W; see models_zoo.colorize",
    "text-translation": 'found = model.translate_text(["I am hungry."], beam=3)\nfor translation in found[0]:\n    print(translation.text, translation.score)',
}
"""How to use a model whose task needs pictures or sentences to begin with."""


def draws(card: Card) -> bool:
    """Whether the model makes pictures, so that there are samples of it to show: real ones are never bundled."""
    return card.task not in ("judge", "classifier", "text-encoder", "text-translation")


def number(value: float | None) -> str:
    """A metric as people read it: three significant digits, four for shares near one, whole thousands."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if 0.9 <= value < 1 else f"{value:.3g}"


def metrics_table(metrics: dict[str, dict[str, Any]]) -> str:
    """A Markdown table of `Card.metrics`."""
    rows = [f"| {_name(name)} | {number(m['value'])} | {_reference(m)} | {m['n']:,} |" for name, m in metrics.items()]
    return "\n".join(["| measure | this model | to be read against | n |", "|---|---|---|---|", *rows])


def directions_table(found: Sequence[directions.Direction]) -> str:
    """A Markdown table of what changes at the ends of the sliders of `found`; nothing where that was not measured."""
    measured = [each for each in found if "changed" in each.metrics]
    titles = {each.name: in_language(each.title, "en") for each in found}
    others = sorted({name.partition("/")[2] for each in measured for name in each.metrics} - {""})
    if not measured:
        return ""
    rows = [
        [titles[each.name], number(each.metrics["changed"]["value"])]
        + [number(each.metrics.get(f"changed/{other}", {}).get("value")) for other in others]
        for each in measured
    ]
    head = ["slider", "changes in", *(f"{titles.get(other, other)} changes in" for other in others)]
    return _table(head, rows)


def _name(metric: str) -> str:
    """What people read; a slash parts a measure from what it was taken of."""
    measure, _, of = metric.partition("/")
    return METRIC_NAMES.get(measure, measure) + (f": {of.replace('_', ' ')}" if of else "")


def _reference(metric: dict[str, Any]) -> str:
    if metric["reference"] is None:
        return ""
    return f"{number(metric['reference'])} ({in_language(metric['reference_label'], 'en')})"


def curve_table(curve: dict[str, Any]) -> str:
    """The numbers of a curve as a Markdown table, a line per series; nothing where they are too many to be read."""
    if len(curve["x"]["values"]) > WIDEST_TABLE:
        return ""
    head = [in_language(curve["x"]["label"], "en"), *(f"{x:g}" for x in curve["x"]["values"])]
    return _table(head, [[in_language(s["label"], "en"), *map(number, s["values"])] for s in curve["series"]])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def model_card(card: Card, seed: int) -> str:
    """The whole README.md of `card`, whose numbers were measured from sample seed `seed` on."""
    front = [
        "---",
        f"license: {card.licences.get('weights', UNKNOWN).lower()}",
        "library_name: gan-explorer",
        "tags: [gan, gan-explorer]",
    ]
    if not card.dataset.startswith(OWN):
        front.append(f"datasets: [{card.dataset}]")
    if card.task in _PIPELINES:
        front.append(f"pipeline_tag: {_PIPELINES[card.task]}")
    front.append("---")
    labels = f" {card.labels:,} of the images had labels." if card.labels else ""
    trained = f"{card.text('trained_on', 'en')}.{labels}"
    if card.step:
        seen = "pairs" if card.task == "text-translation" else "images"
        trained += f" {card.step:,} steps, {card.images_seen:,} {seen} seen, seed {card.seed}."
    parts = [
        "\n".join(front),
        f"# {card.text('title', 'en')}",
        card.text("summary", "en"),
        card.text("summary", "ko"),
        f"## How it was made\n\n{trained}\n\n```\n{card.command}\n```",
        f"## Use\n\n```python\n{_usage(card)}\n```",
        f"![samples, not selected]({SAMPLES_FILE})" if draws(card) else "",
    ]
    if card.snapshots:
        steps = ", ".join(f"{step:,}" for step in card.snapshots)
        parts.append(f"The same seeds while it learned, at the steps {steps}:\n\n![snapshots]({SNAPSHOTS_FILE})")
    for name, curve in card.curves.items():
        title, caption = (in_language(curve[text], "en") for text in ("title", "caption"))
        parts.append(f"## {title}\n\n![{title}]({chart.file_name(name)})\n\n{caption}\n\n{curve_table(curve)}".rstrip())
    if card.metrics:
        kept = (
            ", except for what the log of its run told" if any(m.get("of_run") for m in card.metrics.values()) else ""
        )
        again = f"`python -m train evaluate {card.id} --seed {seed}` measures these again{kept}."
        parts.append(f"## Numbers\n\n{metrics_table(card.metrics)}\n\n{again}")
    found = directions.read(card.folder, card.latent_size) if card.folder and card.latent_size else []
    if table := directions_table(found):
        count = next(each for each in found if "changed" in each.metrics).metrics["changed"]["n"]
        parts.append(
            f"## Directions\n\nThe shares of {count} faces, which had no part in finding them, that change at the slider's end.\n\n"
            f"{table}\n\n`python -m train directions {card.id}` finds and measures them again."
        )
    parts.append(f"## Limits\n\n{card.text('limits', 'en')}")
    parts.append(
        f"## Licence\n\nWeights: {card.licences.get('weights', UNKNOWN)}. Training data: {card.licences.get('data', UNKNOWN)}."
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def zoo_tables(cards: Sequence[Card]) -> str:
    """One Markdown table per task: each model with a picture and its numbers, references in brackets."""
    tables = []
    for task in TASKS:
        group = [card for card in cards if card.task == task]
        if not group:
            continue
        names = list(dict.fromkeys(name for card in group for name in card.metrics if "/" not in name))
        heads = map(_name, names)
        heads = [task, *["samples"] * draws(group[0]), "images seen", *heads]
        lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        for card in group:
            folder = f"pretrained/{card.id}"
            cells = [
                f"[{card.id}]({folder}/README.md): {card.text('title', 'en')}",
                *[f'<img src="{folder}/{SAMPLES_FILE}" width="180" alt="samples of {card.id}">'] * draws(card),
                f"{card.images_seen:,}",
            ]
            for name in names:
                m = card.metrics.get(name)
                reference = f" ({number(m['reference'])})" if m and m["reference"] is not None else ""
                cells.append(number(m["value"]) + reference if m else "")
            lines.append(f"| {' | '.join(cells)} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)


def main_table(cards: Sequence[Card]) -> str:
    """A Markdown table of `MAIN_MODELS` with one sample sheet and one number each, its reference in brackets."""
    known = {card.id: card for card in cards}
    rows = []
    for model, name in MAIN_MODELS.items():
        if model not in known:
            continue
        card, folder = known[model], f"models_zoo/pretrained/{model}"
        metric = card.metrics[name]
        reference = "" if metric["reference"] is None else f" ({number(metric['reference'])})"
        rows.append(
            [
                f"[{card.text('title', 'en')}]({folder}/README.md)",
                f'<img src="{folder}/{SAMPLES_FILE}" width="96" alt="">',
                f"{_name(name)}: {number(metric['value'])}{reference}, n = {metric['n']:,}",
            ]
        )
    return _table(["model", "samples", "measured (for comparison)"], rows)


def with_table(text: str, table: str, marks: tuple[str, str]) -> str:
    """A README's `text` with `table` between the lines `marks`; raises `TrainError` where they are missing."""
    start, end = marks
    if start not in text or end not in text:
        raise TrainError(f"The README has no place for the table: the lines {start.strip()} and {end}.")
    before, rest = text.split(start, 1)
    return f"{before}{start}\n{table}\n\n{end}{rest.split(end, 1)[1]}"


def readmes(root: Path, cards: Sequence[Card]) -> dict[Path, str]:
    """The READMEs below `root` that have tables, with tables made from `cards`."""
    tables = {
        root / "README.md": (main_table(cards), MAIN),
        root / "models_zoo" / "README.md": (zoo_tables(cards), ALL),
    }
    return {path: with_table(path.read_text(encoding="utf-8"), *each) for path, each in tables.items()}


def _usage(card: Card) -> str:
    load = f'import models_zoo\n\nmodel = models_zoo.load("{card.id}")'
    if card.task == "text-encoder":
        return f'{load}\nvectors = model.text.encode(["a red bird", "a blue bird"])  # 2 x {card.arguments["size"]}'
    if not draws(card) and card.task not in _USAGE:
        return f"{load}\nlogits = model.classify(images)[:, :{len(card.classes)}]  # one per class, images in [-1, 1]"
    shape = f"3 x {card.channels} x {card.image_size} x {card.image_size}"
    if card.task == "text-to-image":
        return f'{load}\nimages = model.generate(model.latents([0, 1, 2]), ["a red bird"] * 3)  # {shape}, in [-1, 1]'
    if card.task == "class-conditional":
        lines = "classes = torch.tensor([7, 2, 0])\nimages = model.generate(model.latents([0, 1, 2]), classes)"
        return f"import torch\n\n{load}\n{lines}  # {shape}, in [-1, 1]"
    if card.task in _USAGE:
        return f"{load}\n{_USAGE[card.task]}"
    return f"{load}\nimages = model.generate(model.latents([0, 1, 2]))  # {shape}, in [-1, 1]"
