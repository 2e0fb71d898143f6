"""Translators of sentences: the file of pairs, both stages of their training, and how they are measured."""

import dataclasses
import re

import pytest
import torch

import models_zoo
from models_zoo import subwords
from models_zoo.pairs import grouped
from models_zoo.translator import Translator
from train.contract import variants
from train.data import rivals, sentences
from train.data.datasets import synthetic
from train.errors import TrainError
from train.loop import trainer
from train.metrics import sentences as metrics
from train.objectives import sequences
from train.publishing import export
from train.publishing.own_cards import Said

SMALL = {
    "width": 16, "depth": 1, "source_pieces": 40, "target_pieces": 40, "batch_size": 8, "steps": 3, "eval_every": 0,
    "sample_every": 100, "precision": "fp32", "device": "cpu", "log_every": 1, "head_start": 1, "translations": 2,
}  # fmt: skip


def made(tmp_path, name="run", **options):
    kind = variants()["seq2seq-gan"]
    return kind(kind.Config(**{**SMALL, "out": tmp_path / name, **options})), synthetic("kor_eng", 64, held_out=12)


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """The folder of a small translator that was trained on pairs alone."""
    folder = tmp_path_factory.mktemp("parent")
    variant, data = made(folder)
    trainer.train("seq2seq-gan", variant, data)
    return export.export(folder / "run", "parent", data, zoo=folder / "zoo", samples=12)


def state(folder):
    from safetensors.torch import load_file

    return load_file(folder.last)


# ---- the file of pairs --------------------------------------------------------------------------


def written(tmp_path, data):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_pairs_of_a_windows_editor_are_read_as_those_of_any_other(tmp_path):
    assert sentences.read(written(tmp_path, "\ufeffHi.\t안녕.\r\n\r\nRun!\t뛰어!\tCC-BY\r\n")) == [
        ("Hi.", "안녕."),
        ("Run!", "뛰어!"),
    ]


def test_hangul_of_a_mac_is_put_together(tmp_path):
    import unicodedata

    assert sentences.read(written(tmp_path, unicodedata.normalize("NFD", "Hi.\t안녕.\n"))) == [("Hi.", "안녕.")]


def test_lines_that_are_no_pairs_are_left_out_and_named(tmp_path, capsys):
    lines = [f"Number {number}.\t{number}번." for number in range(60)]
    lines[10], lines[20], lines[30] = "no tab", "empty\t ", lines[0]
    assert len(sentences.read(written(tmp_path, "\n".join(lines)))) == 57
    said = capsys.readouterr().err
    assert (
        "57 pairs; left out of 60 lines: 1 without a tab (line 11); 1 with an empty side (line 21); 1 that occurred before."
        in said
    )


@pytest.mark.parametrize(
    "data, wanted",
    [
        ("one line\nand another\n", r"of 2 lines, 2 without a tab \(lines 1, 2\)"),
        ("안녕.\tHi.\n", "swap its columns"),
        ("Hi.\t안녕.\n".encode("utf-16"), "no text in UTF-8"),
        ("Hi.\t안녕.\n", "has 1 pairs; at least 100"),
        ("", "has 0 pairs"),
    ],
)
def test_a_file_that_is_none_of_pairs_is_refused_in_one_sentence(tmp_path, data, wanted):
    with pytest.raises(TrainError, match=wanted):
        sentences.own(written(tmp_path, data), "own-pairs")


def test_the_same_sentences_are_held_out_however_many_are_added(tmp_path):
    pairs = ["\t".join(pair) for pair in sentences.made_up(400, 0)[0]]
    few, many = (sentences.own(written(tmp_path, "\n".join(pairs[:count])), "own-pairs") for count in (200, 400))
    assert set(few.pairs[1]) <= set(many.pairs[1]) and few.fingerprint != many.fingerprint
    for side in (0, 1):
        assert not {pair[side] for pair in many.pairs[0]} & {pair[side] for pair in many.pairs[1]}


# ---- training -----------------------------------------------------------------------------------


def test_a_translator_learns_numbers_from_pairs(tmp_path):
    variant, data = made(tmp_path, steps=150, batch_size=32, dropout=0.0, dropped=0.0, width=32, lr=1e-2)
    data = dataclasses.replace(data, pairs=(data.pairs[0], data.pairs[0][:12]))
    folder = trainer.train("seq2seq-gan", variant, data)
    card = models_zoo.load(str(export.export(folder.path, "numbers", data, zoo=tmp_path, samples=12))).card
    assert card.metrics["chrf"]["value"] > 80


@pytest.fixture(scope="module")
def thirds(tmp_path_factory):
    """The folders of three small translators, each of which never saw one fold."""
    folder = tmp_path_factory.mktemp("folds")
    for fold in range(1, rivals.FOLDS + 1):
        variant, data = made(folder, f"run-{fold}", fold=fold)
        trainer.train("seq2seq-gan", variant, data)
        export.export(folder / f"run-{fold}", f"fold-{fold}", data, zoo=folder, samples=12)
    return tuple(str(folder / f"fold-{fold}") for fold in range(1, rivals.FOLDS + 1))


def test_a_fold_is_left_out_of_training(tmp_path):
    variant, data = made(tmp_path, fold=2)
    kept = variant.prepare(data).train.numbers.tolist()
    sources = [source for source, _ in data.pairs[0]]
    assert kept == [row for row, source in enumerate(sources) if rivals.fold(source) != 2]
    assert 0 < len(kept) < len(sources)


def test_every_sentence_is_translated_by_who_never_saw_it(thirds):
    models = rivals.loaded(thirds, ("en", "ko"))
    sentences = [source for source, _ in synthetic("kor_eng", 12).pairs[0]]
    for sentence, found in zip(sentences, rivals.translations(models, sentences), strict=True):
        beams = [each.text for each in models[rivals.fold(sentence) - 1].translate_text([sentence], rivals.BEAM)[0]]
        assert found == list(dict.fromkeys(filter(None, beams)))
    assert rivals.translations(models, ["one two " * 40]) == [[]]


def test_a_judge_learns_alone_from_rivals_and_the_game_begins_with_it(tmp_path, parent, thirds):
    variant, data = made(tmp_path, game="judge", init_from=str(parent), rivals=thirds)
    folder = trainer.train("seq2seq-gan", variant, data)
    assert {"score/people", "score/rivals", "score/disturbed", "whole/rivals"} <= folder.read_log()[-1].keys()
    judge = models_zoo.load(str(export.export(folder.path, "judge", data, zoo=tmp_path / "zoo", samples=12)))
    first = models_zoo.load(str(parent)).generator
    for stage in (judge.before, judge.generator):
        assert all(torch.equal(a, b) for a, b in zip(stage.parameters(), first.parameters(), strict=True))
    assert judge.telltale.head.weight.any()
    told = judge.card.command.splitlines()
    # How rivals were made, and the translator, comes before what made the judge.
    assert [re.search(r"--fold (\d).* --out (\S+)", line).groups() for line in told[:6:2]] == [
        (str(fold), f"runs/fold-{fold}") for fold in (1, 2, 3)
    ]
    assert "--out runs/stage-1" in told[6] and "--game judge" in told[-1] and len(told) == 9
    variant, _ = made(tmp_path, "next", game="self-critical", init_from=str(tmp_path / "zoo" / "judge"), head_start=9)
    variant.prepare(data)
    assert set(variant.build().state_dict()) == set(judge.state_dict())


def test_rivals_know_what_never_saw_a_sentence_makes_of_it(thirds):
    models = rivals.loaded(thirds, ("en", "ko"))
    sources, targets = zip(*synthetic("kor_eng", 12).pairs[0], strict=True)
    made = rivals.Rivals(models, sources)
    asked = list(enumerate(targets))
    # What was asked before comes from memory.
    for found in (made.traces(asked), made.traces(asked)):
        for source, target, each in zip(sources, targets, found, strict=True):
            assert torch.allclose(each, models[rivals.fold(source) - 1].traces([source], [target])[0], atol=1e-5)
    found = rivals.translations(models, sources)
    for row, texts in enumerate(found):
        assert [made.picked(row, chance) for chance in (0, 2, 4)] == texts[:1] * 3
        assert {made.picked(row, chance) for chance in range(99)} == set(texts)


def test_rivals_in_another_order_are_refused(tmp_path, parent, thirds):
    for names, wanted in ((thirds[::-1], "not trained with --fold 1"), (thirds[:2], "takes 3 translators")):
        with pytest.raises(TrainError, match=wanted):
            trainer.train("seq2seq-gan", *made(tmp_path, game="judge", init_from=str(parent), rivals=names))


@pytest.mark.parametrize("chance", range(18))
def test_a_disturbed_translation_has_a_word_replaced_or_said_twice_or_two_swapped(chance):
    words = rivals.disturbed("ab cd ef", "gx hy", chance).split()
    if chance % 3 == 2:
        at = chance // 3 % 3
        assert words.pop(at) in (f"{words[at][0]}x", f"{words[at][0]}y") and words == ["ab", "cd", "ef"]
        return
    changed = [place for place, word in enumerate(words) if word != ("ab", "cd", "ef")[place]]
    if chance % 3:
        assert len(changed) == 2 and set(words) == {"ab", "cd", "ef"}
    else:
        assert len(changed) == 1 and words[changed[0]] in ("gx", "hy")


@pytest.mark.parametrize("game", ["self-critical", "roll-outs", "gumbel"])
def test_the_game_is_played_from_a_translator_that_stays_beside_it(tmp_path, parent, game):
    variant, data = made(tmp_path, game=game, init_from=str(parent), likeness=0.5)
    folder = trainer.train("seq2seq-gan", variant, data)
    logged = folder.read_log()[-1]
    assert {"loss/generator", "loss/discriminator", "score/people", "score/shuffled"} <= logged.keys()
    path = export.export(folder.path, "game", data, zoo=tmp_path / "zoo", samples=12)
    model, before = models_zoo.load(str(path)), models_zoo.load(str(parent))
    assert all(torch.equal(a, b) for a, b in zip(model.before.parameters(), before.generator.parameters(), strict=True))
    assert not torch.equal(model.generator.bias, before.generator.bias)
    assert {"chrf", "bleu_characters", "lookup_chrf", "judge_shuffled"} <= model.card.metrics.keys()
    assert "nrefs" in model.card.metrics["chrf"]["reference_label"]["en"]
    assert model.pairs.train == list(data.pairs[0])


def test_a_resumed_game_repeats_an_uninterrupted_one(tmp_path, parent):
    options = {"game": "self-critical", "init_from": str(parent)}
    whole = trainer.train("seq2seq-gan", *made(tmp_path, "whole", **options))
    trainer.train("seq2seq-gan", *made(tmp_path, "parts", **options, minutes=1e-9))
    parts = trainer.train("seq2seq-gan", *made(tmp_path, "parts", **options, resume=True))
    first, second = state(whole), state(parts)
    assert first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_korean_into_english_is_trained_the_other_way_round(tmp_path):
    variant, data = made(tmp_path, direction="ko2en", architecture="transformer", steps=1)
    folder = trainer.train("seq2seq-gan", variant, data)
    model = models_zoo.load(str(export.export(folder.path, "back", data, zoo=tmp_path, samples=12)))
    assert (model.source_language, model.target_language) == ("ko", "en")
    assert model.pairs.train[0] == ("일 영 영 영.", "one zero zero zero.")
    assert isinstance(model.translate_text(["일 이."])[0][0].text, str)


def test_a_file_of_ones_own_is_trained_on_and_keeps_its_title(tmp_path):
    path = written(tmp_path, "\n".join("\t".join(pair) for pair in sentences.made_up(200, 0)[0]))
    variant, _ = made(tmp_path, dataset=(str(path),), steps=1)
    from train.data import chosen

    data = chosen.load(variant.config)
    trainer.train("seq2seq-gan", variant, data)
    folder = export.export(
        tmp_path / "run", "mine", zoo=tmp_path / "zoo", samples=12, said=Said(title="Numbers", licence="CC0")
    )
    card = models_zoo.load(str(folder)).card
    assert card.title["en"] == "Numbers" and card.licences["data"] == "CC0" and card.dataset == "own-pairs"


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"game": "self-critical"}, "--init-from"),
        ({"target_pieces": 8}, "--target-pieces 8 will not do"),
        ({"width": 18}, "--width must be a multiple of 4"),
        ({"translations": 1}, "--translations must be at least 2"),
        ({"dropout": 1.5}, "--dropout must be from 0 to 1"),
    ],
)
def test_options_that_cannot_work_are_refused_in_one_sentence(tmp_path, options, wanted):
    with pytest.raises(TrainError, match=wanted):
        trainer.train("seq2seq-gan", *made(tmp_path, **options))


def test_a_translator_of_the_other_direction_is_refused(tmp_path, parent):
    with pytest.raises(TrainError, match="mind --direction"):
        trainer.train("seq2seq-gan", *made(tmp_path, game="gumbel", init_from=str(parent), direction="ko2en"))


def test_a_translator_of_another_width_is_refused(tmp_path, parent):
    with pytest.raises(TrainError, match="its networks are others"):
        trainer.train("seq2seq-gan", *made(tmp_path, game="judge", init_from=str(parent), width=20))


# ---- losses and numbers -------------------------------------------------------------------------


def test_advantages_compare_with_the_other_translations_of_the_same_sentence():
    found = sequences.advantages(torch.tensor([[1.0, 0.0], [5.0, 4.0], [2.0, 2.0]]))
    assert torch.allclose(found[0], found[1]) and found[0, 0] == -found[0, 1] > 0 and not found[2].any()


def test_policy_gradient_makes_better_translations_likelier():
    logits = torch.zeros(2, 5, requires_grad=True)
    target = torch.tensor([[4], [3]])
    sequences.policy_gradient(logits.log_softmax(1), target, torch.tensor([1.0, -1.0])).backward()
    assert logits.grad[0, 4] < 0 < logits.grad[1, 3]


def test_parts_of_like_length_hold_all_sentences_without_empty_columns():
    rows = subwords.padded([[5] * length for length in (3, 1, 2, 7)])
    parts = sequences.by_length(rows, parts=2)
    assert [part.shape for _, part in parts] == [(2, 2), (2, 7)]
    assert torch.cat([index for index, _ in parts]).tolist() == [1, 2, 0, 3]


def test_every_translation_of_a_sentence_is_a_reference():
    rows = grouped([("Hi.", "안녕."), ("Hi.", "안녕하세요."), ("Run!", "뛰어!")])
    found = metrics.scores(["안녕하세요.", "뛰어!"], [said for _, said in rows])
    assert found == {"chrf": 100.0, "bleu_characters": pytest.approx(100.0), "exact_matches": 1.0}


def test_the_pairs_of_the_data_set_are_missed_in_one_sentence(tmp_path):
    with pytest.raises(TrainError, match="kor_eng has no source to download from"):
        sentences.load(tmp_path)


def test_a_translator_without_a_game_has_no_judge():
    with pytest.raises(models_zoo.ZooError, match="no judge"):
        Translator(sources=8, targets=8, width=8, depth=1).judge(["a"], ["가"])
