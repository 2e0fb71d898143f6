"""Speed of translating sentences: greedy decoding with a cache of what was computed before, against recomputing the prefix.

python -m benchmarks.sentences
"""

from __future__ import annotations

import statistics
import time

import torch
import tyro
from torch import Tensor

import models_zoo
from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import END, PAD, START, padded, read_as
from models_zoo.translator import Translator, allowed, longest


def recomputed(network: Seq2Seq, source: Tensor) -> Tensor:
    """Greedy translations of N x S sources, N x T pieces, for which every step reads the sources and all pieces before again."""
    tokens = torch.full_like(source[:, :1], START)
    for _ in range(int(longest(source).max())):
        logits = allowed(network(source, tokens)[:, -1], tokens)
        done = (tokens[:, -1:] == END) | (tokens[:, -1:] == PAD)
        if done.all():
            break
        tokens = torch.cat([tokens, logits.argmax(1, keepdim=True).masked_fill(done, PAD)], 1)
    return tokens[:, 1:]


def plain(model: Translator, sentences: list[str]) -> list[str]:
    """The translations of `sentences` by `recomputed`."""
    rows = [model.source.ids(read_as(sentence, model.source_language)) for sentence in sentences]
    with torch.inference_mode():
        found = recomputed(model.generator, padded(rows))
    return [model.target.text([piece for piece in row if piece not in (PAD, END)]) for row in found.tolist()]


def main(model_id: str = "seq2seq-gan-en-ko", count: int = 32, rounds: int = 9) -> None:
    """Print the seconds of both for `count` held-out sentences, medians of `rounds` turns, and the ratio."""
    model = models_zoo.load(model_id, "cpu")
    # The longest ones: a cache gains most where there is most to be computed again.
    sentences = sorted((source for source, _ in model.pairs.held_out), key=len)[-count:]
    seconds: dict[str, list[float]] = {"cached": [], "recomputed": []}
    for _ in range(rounds):
        for name in seconds:
            start = time.perf_counter()
            if name == "cached":
                found = [beams[0].text for beams in model.translate_text(sentences)]
            else:
                again = plain(model, sentences)
            seconds[name].append(time.perf_counter() - start)
    cached, whole = (statistics.median(times) for times in seconds.values())
    same = sum(one == other for one, other in zip(found, again, strict=True))
    print(
        f"{count} sentences: {cached:.3f} s with the cache, {whole:.3f} s without, ratio {cached / whole:.2f} (at most 0.3)"
    )
    print(f"{same} of {count} translations are the same")


if __name__ == "__main__":
    tyro.cli(main)
