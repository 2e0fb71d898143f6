"""The model store: loads once, shares, forgets in time."""

import dataclasses
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.models import choice, memory
from explorer.models.store import COMPUTING, ModelStore
from models_zoo import Card, ZooError
from models_zoo.card import read
from models_zoo.pool import Pool

MEGABYTE = 2**20


def a_card(model_id, folder=None):
    return Card(
        id=model_id,
        variant="gan",
        task="unconditional",
        dataset="none",
        architecture="gan.GAN",
        arguments={},
        image_size=28,
        channels=1,
        folder=folder,
    )


class Loader:
    """Stands in for `models_zoo.load`: models of one megabyte each, and a count of loads."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.loaded = []

    def __call__(self, name):
        self.loaded.append(name)
        time.sleep(self.seconds)
        if "broken" in name:
            raise ZooError(f"{name} is damaged.")
        weights = torch.zeros(MEGABYTE // 4)
        return SimpleNamespace(card=a_card(name.rsplit("/")[-1]), parameters=lambda: [weights], buffers=list)


def test_many_visitors_at_once_load_a_model_once():
    loader = Loader(seconds=0.05)
    store = ModelStore(load=loader)
    store.add("somebody/a")
    store._models.clear()
    loader.loaded.clear()
    barrier = threading.Barrier(8)

    def visit(_):
        barrier.wait()
        return store.get("a")

    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(visit, range(8)))
    assert loader.loaded == ["somebody/a"]
    assert all(model is models[0] for model in models)


def bounded(memory, loader):
    """A store with so many bytes for models, in a process that holds nothing else."""
    store = ModelStore(memory=memory + COMPUTING, load=loader, taken=lambda: MEGABYTE * len(store._models))
    return store


def test_the_least_recently_used_model_goes_first():
    loader = Loader()
    store = bounded(2 * MEGABYTE, loader)
    for name in ("u/a", "u/b"):
        store.add(name)
    store.get("a")
    store.add("u/c")
    loader.loaded.clear()
    store.get("a")
    store.get("c")
    assert loader.loaded == []
    store.get("b")
    assert loader.loaded == ["u/b"]


def test_models_make_room_for_what_else_the_process_takes_once_nobody_computes():
    loader, others = Loader(), 0
    memory = COMPUTING + 4 * MEGABYTE
    store = ModelStore(memory=memory, load=loader, taken=lambda: others + MEGABYTE * len(store._models))
    for name in ("u/a", "u/b", "u/c"):
        store.add(name)
    others = memory - 2 * MEGABYTE
    store.add("u/d")
    assert len(store._models) == 4
    store.shrink()
    assert list(store._models) == ["c", "d"]


def test_a_model_larger_than_the_bound_still_works():
    store = bounded(1, loader := Loader())
    store.add("u/a")
    store.get("a")
    assert loader.loaded == ["u/a"]


def test_unknown_models_are_refused_in_a_sentence():
    with pytest.raises(ZooError, match="There is no model 'nothing'"):
        ModelStore(load=Loader()).get("nothing")


def test_a_failed_load_can_be_tried_again():
    store = ModelStore(load=Loader())
    for _ in range(2):
        with pytest.raises(ZooError, match="damaged"):
            store.add("u/broken")


def test_equal_ids_from_two_places_are_told_apart():
    store = ModelStore(load=Loader())
    assert store.add("first/a") == "a"
    assert store.add("second/a") == "a (second/a)"
    assert store.add("first/a") == "a"
    assert store.get("a") is not store.get("a (second/a)")


def test_naming_a_folder_again_reads_it_again():
    loader = Loader()
    store = ModelStore(load=loader)
    store.add("runs/a")
    before = store.get("a")
    store.add("runs/a")
    assert store.get("a") is not before


@pytest.fixture
def folder(tmp_path):
    """A folder whose card `write` can change."""
    (tmp_path / "a").mkdir()
    return tmp_path / "a"


def write(folder, sha256):
    card = dataclasses.replace(a_card("a"), sha256=sha256, title={"en": sha256})
    (folder / "config.json").write_text(card.to_json(), encoding="utf-8")


def load_folder(name):
    weights = torch.zeros(1)
    return SimpleNamespace(card=read(Path(name)), parameters=lambda: [weights], buffers=list)


@pytest.mark.parametrize("added", [False, True])
def test_a_model_exported_anew_is_loaded_anew(folder, added):
    write(folder, "first")
    store = ModelStore(also=[] if added else [folder], load=load_folder)
    if added:
        store.add(str(folder))
    before = store.get("a")
    assert store.get("a") is before
    write(folder, "second")
    assert store.card("a").title == {"en": "second"}
    assert store.get("a").card.sha256 == "second"
    assert store.get("a") is store.get("a")


def test_a_model_stays_while_its_folder_cannot_be_read(folder):
    write(folder, "first")
    store = ModelStore(also=[folder], load=load_folder)
    before = store.get("a")
    for spoil in (lambda path: path.write_text("{"), lambda path: path.unlink()):
        spoil(folder / "config.json")
        assert store.get("a") is before
        assert store.card("a").sha256 == "first"


def test_ones_own_model_is_served_beside_the_bundled_one_of_the_same_id(folder, tmp_path, monkeypatch):
    write(folder, "bundled")
    mine = tmp_path / "mine"
    mine.mkdir()
    write(mine, "mine")
    monkeypatch.setattr("models_zoo.card.PRETRAINED", tmp_path / "a")
    store = ModelStore(also=[mine], load=load_folder)
    assert [card.id for card in store.cards()] == ["a", "a (mine)"]
    assert (store.get("a").card.sha256, store.get("a (mine)").card.sha256) == ("bundled", "mine")
    loaded = store.card("a (mine)")
    assert (loaded.id, loaded.sha256) == ("a (mine)", "mine")
    assert list(choice.named(store.cards(), "en")) == [("bundled", "a"), ("mine – a (mine)", "a (mine)")]


def test_two_models_of_one_title_can_be_told_apart_in_a_list():
    cards = [dataclasses.replace(a_card(name, Path(name)), title={"en": "GAN"}) for name in ("bundled", "made-here")]
    assert list(choice.named(cards, "en")) == [("GAN", "bundled"), ("GAN – made-here", "made-here")]


def test_an_encoder_serves_the_very_weights_it_was_trained_for(monkeypatch):
    store = ModelStore(load=Loader())
    encoder = dataclasses.replace(a_card("enc", Path("enc")), task="encoder", arguments={"generator_sha256": "abc"})
    monkeypatch.setattr(ModelStore, "cards", lambda self, task=None: [encoder])
    assert store.encoder(dataclasses.replace(a_card("gan"), sha256="abc")).card.id == "enc"
    for other in ("", "abd"):
        assert store.encoder(dataclasses.replace(a_card("gan"), sha256=other)) is None


def test_answers_are_remembered_up_to_a_number_of_bytes():
    asked = []

    @memory.remembering(1000)
    def zeros(count):
        asked.append(count)
        return [Pool(("a",), np.zeros((count, 1), np.uint8))]

    for count in (400, 401, 400, 402, 401, 2000, 2000):
        zeros(count)
    assert asked == [400, 401, 402, 401, 2000, 2000]
