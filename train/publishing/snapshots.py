"""Snapshots of a run: cells of its sample sheets side by side, from the first step to the exported one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from models_zoo import bounds, decoding
from train.data.pictures import MOST_PIXELS
from train.errors import TrainError
from train.loop import runs
from train.loop.runs import RunFolder

SNAPSHOTS = 8
SNAPSHOT_CELLS = 4
SNAPSHOT_SIDE = 266
"""The greatest width of a cell in pixels: 4 x 4 pictures of 64 pixels."""
MOST_BYTES = 256 * 2**20
"""Of a sheet."""


def pick_snapshots(steps: Sequence[int], count: int = SNAPSHOTS) -> list[int]:
    """At most `count` of the sorted `steps`: the first, the last, and between them evenly spaced logarithms."""
    if len(steps) <= count:
        return list(steps)
    first, last = math.log1p(steps[0]), math.log1p(steps[-1])
    chosen: list[int] = []
    for place in range(count):
        target = first + (last - first) * place / (count - 1)
        # Leave at least one step for every place that is still to come.
        open_steps = [s for s in steps[: len(steps) - (count - 1 - place)] if not chosen or s > chosen[-1]]
        chosen.append(min(open_steps, key=lambda step: abs(math.log1p(step) - target)))
    return chosen


def snapshots(folder: RunFolder, last: int, image_size: int) -> tuple[Image.Image | None, list[int]]:
    """The samples of a run up to the step `last`, in cells of equal width, and the step of each cell.

    A run that began from another model follows the cells of that model, of which there may be so many that only the run's
    end finds a place.
    """
    sheets = {step: path for step, path in folder.sheets().items() if step <= last}
    if not sheets:
        return None, []
    ancestor = folder.read_ancestor()
    if not (ancestor and ancestor["snapshots"]):
        steps = pick_snapshots(sorted(sheets))
        return _modest(snapshot_strip([sheets[step] for step in steps], image_size)), steps
    before = list(ancestor["snapshots"])
    free = SNAPSHOTS - len(before)
    steps = [ancestor["step"] + step for step in sorted(sheets)]
    # The first of several looks like the ancestor's last.
    picked = pick_snapshots(steps, max(free, 1) + 1)[1:] or steps
    ends = _modest(snapshot_strip([sheets[step - ancestor["step"]] for step in picked], image_size))
    side = ends.height
    earlier = _read(folder.ancestor_snapshots).resize((side * len(before), side), Image.Resampling.LANCZOS)
    # Where there are enough already, the one after the very first tells least.
    kept = [place for place in range(len(before)) if not (place == 1 and free < 1)]
    strip = Image.new(ends.mode, (side * len(kept) + ends.width, side))
    for number, place in enumerate(kept):
        strip.paste(earlier.crop((side * place, 0, side * (place + 1), side)), (side * number, 0))
    strip.paste(ends, (side * len(kept), 0))
    return strip, [*(before[place] for place in kept), *picked]


def snapshot_strip(sheets: Sequence[Path], image_size: int) -> Image.Image:
    """The upper left corner of each sample sheet, side by side in cells of equal width."""
    side = SNAPSHOT_CELLS * (image_size + runs.SHEET_PADDING) + runs.SHEET_PADDING
    pictures = [_read(path) for path in sheets]
    strip = Image.new(pictures[0].mode, (side * len(pictures), side))
    for place, picture in enumerate(pictures):
        strip.paste(picture.crop((0, 0, side, side)), (place * side, 0))
    return strip


def _read(path: Path) -> Image.Image:
    """The picture that a run wrote; raises `TrainError` where it is none any more."""
    try:
        return decoding.upright(decoding.opened(bounds.read_bytes(path, MOST_BYTES), MOST_PIXELS))
    except OSError as error:
        raise TrainError(f"{path} could not be read: {error.strerror or error}.") from None
    except ValueError:
        raise TrainError(f"{path} is not the picture that the run wrote: remove it, or put that back.") from None


def _modest(strip: Image.Image) -> Image.Image:
    """The strip with cells of at most `SNAPSHOT_SIDE`: at full size, strips of photographs are larger than the weights."""
    if strip.height <= SNAPSHOT_SIDE:
        return strip
    side = round(strip.width / strip.height)
    return strip.resize((side * SNAPSHOT_SIDE, SNAPSHOT_SIDE), Image.Resampling.LANCZOS)
