"""The model store: loads once, shares, forgets in time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch

from explorer.store import ModelStore, size
from models_zoo import Card, ZooError

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


def test_the_least_recently_used_model_goes_first():
    loader = Loader()
    store = ModelStore(memory=2 * MEGABYTE, load=loader)
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


def test_a_model_larger_than_the_bound_still_works():
    store = ModelStore(memory=1, load=Loader())
    store.add("u/a")
    assert size(store.get("a")) == MEGABYTE


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
