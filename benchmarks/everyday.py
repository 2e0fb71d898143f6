"""Thirty everyday sentences that no pair has, translated to be read by a person: `python -m benchmarks.everyday`.

Prints a table: the sentence, its translation before the game and after it. No number stands for a right meaning; count yourself.
"""

from __future__ import annotations

import tyro

import models_zoo
from models_zoo import subwords
from models_zoo.translator import USUAL_BEAM

SENTENCES = (
    "I am hungry.", "I am tired.", "I love my family.", "She is my friend.", "Let's go home.", "My mother is a teacher.",
    "I like music.", "Are you busy?", "Please open the door.", "The weather is nice today.", "I don't know her.",
    "I bought a book yesterday.", "I will call you tomorrow.", "Tom is a good cook.", "We need more time.", "Tom can swim.",
    "Where is the station?", "Can you come tomorrow?", "Do you like coffee?", "What time is it now?", "It is raining now.",
    "I want to drink water.", "Where do you live?", "He is my brother.", "I can't find my keys.", "Don't touch that.",
    "How much is this?", "This is my car.", "Who is that man?", "I want to learn Korean.",
)  # fmt: skip


def main(model_id: str = "seq2seq-gan-en-ko") -> None:
    """Print the table for one translator from English; one that has played no game has a single column."""
    model = models_zoo.load(model_id, "cpu")
    known = {subwords.read_as(source, "en") for part in (model.pairs.train, model.pairs.held_out) for source, _ in part}
    if learned := [each for each in SENTENCES if subwords.read_as(each, "en") in known]:
        raise SystemExit(f"{model_id} knows {', '.join(learned)}")
    kinds = {"before the game": True, "after it": False} if model.game else {"translation": False}
    columns = [model.translate_text(list(SENTENCES), USUAL_BEAM, before=before) for before in kinds.values()]
    print(f"| sentence | {' | '.join(kinds)} |\n|{' --- |' * (1 + len(kinds))}")
    for sentence, *found in zip(SENTENCES, *columns, strict=True):
        print(f"| {sentence} | {' | '.join(beams[0].text for beams in found)} |")


if __name__ == "__main__":
    tyro.cli(main)
