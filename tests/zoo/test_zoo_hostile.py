"""Model folders of strangers get a sentence, soon and in little memory, and harm no others; `hostile_run` measures 200 of them."""

import json
import logging
import os

import pytest

import models_zoo
from explorer.models.store import ModelStore
from models_zoo import ZooError, bounds
from tests.zoo import hostile, hostile_run
from train.__main__ import main

KINDS = 21


@pytest.fixture
def folders(tmp_path):
    """One hostile folder of each kind, beside a good one."""
    return hostile.made(tmp_path, *hostile_run.good(tmp_path), KINDS, seed=7)


def test_hostile_folders_take_seconds_and_megabytes_within_bounds(python):
    done = python("-m", "tests.zoo.hostile_run", "--count", 2 * KINDS, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{2 * KINDS} folders, 0 wrong" in done.stderr


def test_every_kind_of_hostile_folder_is_among_them(folders):
    assert len({made.kind for made in folders}) == KINDS


def test_hostile_folders_do_not_hide_the_good_one_beside_them(folders, tmp_path, caplog):
    refused = sum(made.expected == hostile.REFUSED and made.kind.startswith("card") for made in folders)
    with caplog.at_level(logging.WARNING):
        found = models_zoo.find(also=[tmp_path])
        assert models_zoo.find(also=[tmp_path]) == found
    assert "good" in {card.id for card in found}
    # One line for each, however often the page lists its models.
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == len(set(told)) >= refused - 2


def test_hostile_folders_leave_the_box_for_ones_own_models_to_others(folders, tmp_path):
    store = ModelStore()
    for made in folders:
        if made.expected == hostile.REFUSED:
            with pytest.raises(ZooError):
                store.add(str(made.folder))
    assert store.get(store.add(str(tmp_path / "good"))).card.id == "good"


@pytest.mark.parametrize("command", ["evaluate", "directions"])
def test_commands_on_hostile_folders_end_with_a_sentence(folders, capsys, command):
    for made in folders:
        if made.expected == hostile.REFUSED:
            assert main([command, str(made.folder)]) == 2
            said = capsys.readouterr().err
            assert said.startswith("error: ") and said.count("\n") == 1, made


def refusal(folder):
    with pytest.raises(ZooError) as caught:
        models_zoo.load(str(folder), "cpu")
    return str(caught.value)


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 2500, "someone/" + "x" * 5000, "a\0b", "a\ud800b"])
def test_names_that_no_folder_can_have_are_no_models(name):
    assert len(refusal(name)) < 3000


def test_an_abstract_network_is_no_model(tiny_model, edit_card):
    edit_card(tiny_model, architecture="checkpoint.LatentModel", arguments={})
    assert "is wrong" in refusal(tiny_model)


def test_a_network_for_another_task_is_refused(tiny_model, edit_card):
    edit_card(tiny_model, task="translation")
    assert "gan.GAN is no network for the task 'translation'" in refusal(tiny_model)


def test_layers_without_end_are_not_built(tmp_path):
    card, weights = hostile_run.good(tmp_path)
    (made,) = [each for each in hostile.made(tmp_path, card, weights, KINDS) if each.kind == "net_layers"]
    text = json.loads((made.folder / "config.json").read_text())
    text |= {"architecture": "cyclegan.CycleGAN", "task": "translation", "image_size": 28, "channels": 1, "verdict": ""}
    text |= {"arguments": {"blocks": 10**6, "image_size": 28, "channels": 1}, "latent_size": 0}
    (made.folder / "config.json").write_text(json.dumps(text))
    assert "ask for more layers" in refusal(made.folder)


def test_numbers_that_are_none_are_told(tmp_path):
    import safetensors.torch

    _, weights = hostile_run.good(tmp_path)
    tensors = safetensors.torch.load(weights)
    tensors["generator.0.bias"][3] = float("nan")
    (tmp_path / "good" / "model.safetensors").write_bytes(safetensors.torch.save(tensors))
    text = json.loads((tmp_path / "good" / "config.json").read_text())
    (tmp_path / "good" / "config.json").write_text(json.dumps({**text, "sha256": ""}))
    assert "generator.0.bias" in refusal(tmp_path / "good") and "NaN" in refusal(tmp_path / "good")


def test_json_is_read_within_bounds():
    assert bounds.parsed('{"a": [1, 2.5, "x", null, true]}') == {"a": [1, 2.5, "x", None, True]}
    for text, said in (
        ("[" * 40 + "]" * 40, "nested"),
        ("1" * 30, "30 digits"),
        ("NaN", "not finite"),
        ("1e999", "not finite"),
        (f'"{"x" * 30_000}"', "30,000 characters"),
        ('"\\ud800"', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
    ):
        with pytest.raises(bounds.BoundError, match=said):
            bounds.parsed(text)


def test_only_plain_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link", "."):
        with pytest.raises(bounds.BoundError, match="no plain file"):
            bounds.read_bytes(tmp_path / name, 100)
    (tmp_path / "file").write_bytes(b"12345")
    assert bounds.read_bytes(tmp_path / "file", 5) == b"12345"
    with pytest.raises(bounds.BoundError, match="is the most"):
        bounds.read_bytes(tmp_path / "file", 4)


def test_what_a_stranger_wrote_is_repeated_in_brief():
    assert bounds.shown("a\nb\x1b") == "a?b?" and len(bounds.shown("x" * 10**6)) == bounds.SHOWN
    assert (
        bounds.reason(ValueError("x" * 900 + "\nmore")) == "x" * 199 + "…" and bounds.reason(KeyError()) == "KeyError"
    )
