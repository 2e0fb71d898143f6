"""What hostile model folders cost: `python -m tests.zoo.hostile_run [--count 200] [--seed 0]` prints the worst, and fails beyond the bounds.

Each folder is looked at in a process of its own that is forked once torch is there: its seconds, and by how much its memory grew.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.zoo.hostile import REFUSED, Made, made

SECONDS, MEGABYTES = 5.0, 300.0
"""What a folder may take of a processor, and of the memory."""
WAITING = 6
"""By how much longer it may be on its way, where others use the processor, too."""
PATIENCE = 60
"""Seconds after which a process is ended."""
MOST_LETTERS = 700
"""Of a sentence."""


@dataclass(frozen=True)
class Looked:
    """What came of a folder: the sentences about it (empty where it is served), and what it cost."""

    kind: str
    expected: str
    said: tuple[str, ...]
    seconds: float
    busy: float
    megabytes: float

    def wrong(self) -> str:
        """What is wrong with that; empty if all is well."""
        if self.expected == REFUSED and not self.said:
            return "was served"
        if any("\n" in each or len(each) > MOST_LETTERS or not each.endswith((".", ":")) for each in self.said):
            return "did not get one sentence"
        if self.busy > SECONDS or self.seconds > WAITING * SECONDS or self.megabytes > MEGABYTES:
            return "took too much"
        return ""


def looked(folders: list[Made]) -> Iterator[Looked]:
    """What comes of each of `folders`, one after the other; imports torch first, and the good folder beside them."""
    import torch

    import models_zoo

    # A pool of threads does not come along into a forked process, which would wait for it.
    torch.set_num_threads(1)
    models_zoo.load("gan-mnist", "cpu")
    from explorer.page import html  # noqa: F401

    for each in folders:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            _report(each, writing)
        os.close(writing)
        begun = time.monotonic()
        with open(reading, "rb") as file:
            signal.signal(signal.SIGALRM, lambda *_, child=child: os.kill(child, signal.SIGKILL))
            signal.alarm(PATIENCE)
            told = file.read()
            signal.alarm(0)
        _, status = os.waitpid(child, 0)
        if told and not status:
            yield Looked(each.kind, each.expected, **json.loads(told))
        else:
            said = f"ended with status {status} without a word"
            yield Looked(each.kind, each.expected, (said,), time.monotonic() - begun, 0.0, 0.0)


def _report(made: Made, writing: int) -> None:
    """Use the folder as page and command line do, tell the pipe what came of it, and end this process."""
    before, begun, busy = _memory("VmRSS"), time.monotonic(), time.process_time()
    try:
        said = _used(made.folder)
    except BaseException as error:
        said = [f"{type(error).__name__} {error}"[:MOST_LETTERS]]
    told = {"said": said, "seconds": time.monotonic() - begun, "busy": time.process_time() - busy}
    told["megabytes"] = _memory("VmHWM") - before
    os.write(writing, json.dumps(told).encode())
    os._exit(0)


def _used(folder: Path) -> list[str]:
    """The sentences about a folder: on the attempt to load it, or else on all that the page reads beside it."""
    import models_zoo
    from explorer.page import html
    from models_zoo import ZooError, directions, familiar, pool

    models_zoo.find(also=[folder])
    try:
        model = models_zoo.load(str(folder), "cpu")
    except ZooError as error:
        return [str(error)]
    card, said = model.card, []
    for read, fact in ((pool.read, ("",)), (directions.read, (card.latent_size,)), (familiar.read, ("a", card.sha256))):
        try:
            read(folder, *fact)
        except ZooError as error:
            said.append(str(error))
    html.model_card(card, card.id, "en")
    html.strip(card, "en")
    for curve in card.curves.values():
        html.curve(curve, "en")
    if card.task == "unconditional" and not model.generate(model.latents([0, 1])).isfinite().all():
        said.append("Its pictures are no numbers.")
    return said


def _memory(name: str) -> float:
    """Megabytes of this process: ``VmRSS``, what it has, or ``VmHWM``, the most it had."""
    return int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024


def good(root: Path) -> tuple[dict, bytes]:
    """Card and weights of a small good model, which is written into ``root/good``."""
    import torch

    from models_zoo.card import Card
    from models_zoo.gan import GAN

    torch.manual_seed(0)
    model = GAN("lecture", latent_size=7)
    model.card = Card(
        "good", "gan", "unconditional", "mnist", model.architecture, model.arguments, 28, 1, 7, verdict="logits"
    )
    model.save_pretrained(root / "good")
    return json.loads((root / "good" / "config.json").read_text()), (root / "good" / "model.safetensors").read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print one line of JSON per folder")
    options = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        found = []
        for each in looked(made(root, *good(root), options.count, options.seed)):
            found.append(each)
            if options.json:
                print(json.dumps({**asdict(each), "wrong": each.wrong()}), flush=True)
            elif each.wrong():
                print(
                    f"{each.kind} {each.wrong()}: {each.busy:.1f} of {each.seconds:.1f} s, {each.megabytes:.0f} MB, {each.said}"
                )
    slowest, largest = max(found, key=lambda each: each.busy), max(found, key=lambda each: each.megabytes)
    print(
        f"{len(found)} folders, {sum(bool(each.wrong()) for each in found)} wrong; the slowest took {slowest.busy:.2f} s "
        f"({slowest.kind}), the largest {largest.megabytes:.0f} MB ({largest.kind})",
        file=sys.stderr,
    )
    return int(any(each.wrong() for each in found))


if __name__ == "__main__":
    sys.exit(main())
