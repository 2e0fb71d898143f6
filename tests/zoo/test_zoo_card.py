import json
import logging

import pytest

import models_zoo
from models_zoo import ZooError
from models_zoo import card as cards
from train.publishing import readme


def test_every_bundled_model_is_complete():
    found = models_zoo.find()
    assert {"gan-mnist", "gan-minimax-mnist", "gan-lecture-mnist", "lsgan-mnist", "judge-mnist"} <= {
        c.id for c in found
    }
    for card in found:
        assert card.folder.name == card.id
        for name in (cards.WEIGHTS_FILE, cards.README_FILE):
            assert (card.folder / name).is_file(), f"{card.id} lacks {name}"
        # What only reads pictures could show none but those of its data, which are not ours to give away.
        assert (card.folder / cards.SAMPLES_FILE).is_file() == readme.draws(card), card.id
        assert card.metrics and card.licences["data"] and card.command.startswith("python -m train ")
        for name in ("title", "summary", "limits", "trained_on"):
            assert card.text(name, "en") and card.text(name, "ko") != card.text(name, "en"), f"{card.id}: {name}"
        # An encoder only guesses what another model draws.
        if readme.draws(card) and card.task != "encoder":
            assert len(card.snapshots) == 8 and card.snapshots[0] == 0


def test_bundled_weights_stay_small():
    sizes = [(card.folder / cards.WEIGHTS_FILE).stat().st_size for card in models_zoo.find()]
    assert max(sizes) <= 10 * 2**20 and sum(sizes) <= 120 * 2**20


def test_find_filters_by_task_and_sorts_by_id():
    judges = models_zoo.find("judge")
    assert judges and all(card.task == "judge" for card in judges)
    ids = [card.id for card in models_zoo.find()]
    assert ids == sorted(ids)


def test_find_refuses_an_unknown_task():
    with pytest.raises(ZooError, match="unconditional"):
        models_zoo.find("unconditionl")


def test_cards_are_parsed_once_for_every_change_of_a_file(tiny_model, edit_card, monkeypatch):
    parsed, read = [], cards.read
    monkeypatch.setattr(cards, "read", lambda folder: parsed.append(folder) or read(folder))
    models_zoo.find(also=[tiny_model])
    parsed.clear()
    assert "tiny" in {card.id for card in models_zoo.find(also=[tiny_model])}
    assert parsed == []
    edit_card(tiny_model, id="renamed")
    assert "renamed" in {card.id for card in models_zoo.find(also=[tiny_model])}
    # `edit_card` reads the card, too.
    assert set(parsed) == {tiny_model} and len(parsed) <= 2


def test_find_takes_further_folders(tiny_model):
    assert "tiny" in {card.id for card in models_zoo.find(also=[tiny_model])}
    assert "tiny" in {card.id for card in models_zoo.find(also=[tiny_model.parent])}
    assert "tiny" not in {card.id for card in models_zoo.find()}


def test_a_model_with_the_id_of_a_bundled_one_is_listed_beside_it(tiny_model, edit_card):
    edit_card(tiny_model, id="gan-mnist")
    found = {card.id: card.folder for card in models_zoo.find(also=[tiny_model.parent])}
    assert found["gan-mnist"].parent == cards.PRETRAINED
    assert found[f"gan-mnist ({tiny_model.parent.name})"] == tiny_model


def test_an_unfinished_export_is_not_listed(tiny_model):
    tiny_model.rename(tiny_model.with_name(".tiny.partial"))
    assert models_zoo.find(also=[tiny_model.parent]) == models_zoo.find()


def test_a_damaged_folder_does_not_hide_the_others(tiny_model, caplog):
    (tiny_model / cards.CONFIG_FILE).write_text("{")
    with caplog.at_level(logging.WARNING):
        assert models_zoo.find(also=[tiny_model]) == models_zoo.find()
    assert str(tiny_model) in caplog.text


def test_texts_fall_back_to_english(tiny_model):
    card = cards.read(tiny_model)
    assert card.text("title", "ko") == "작은 GAN"
    assert card.text("title", "fr") == "A tiny GAN"
    assert card.text("limits", "ko") == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "unheard-of"}, "unknown task"),
        ({"latent_size": "many"}, "latent_size"),
        ({"metrics": []}, "metrics"),
        ({"metrics": {"a": 3}}, "metrics"),
        ({"title": {"en": 5}}, "title"),
        ({"curves": {"a": {"series": []}}}, "curves"),
        ({"curves": []}, "curves"),
        ({"reading": {"en": 1}}, "reading"),
        ({"labels": -1}, "labels"),
        ({"snapshots": ["x"]}, "snapshots"),
        ({"image_size": True}, "image_size"),
        ({"image_size": 0}, "image_size"),
    ],
)
def test_a_wrong_card_is_refused_in_one_sentence(tiny_model, change, said):
    path = tiny_model / cards.CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ZooError, match=said) as caught:
        cards.read(tiny_model)
    assert "\n" not in str(caught.value)


def test_a_card_without_its_facts_is_refused(tiny_model):
    (tiny_model / cards.CONFIG_FILE).write_text('{"model_type": "bert"}')
    with pytest.raises(ZooError, match="lacks id, variant"):
        cards.read(tiny_model)


def test_unknown_fields_of_a_newer_card_are_passed_over(tiny_model):
    path = tiny_model / cards.CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "from_the_future": 1}))
    assert cards.read(tiny_model).id == "tiny"
