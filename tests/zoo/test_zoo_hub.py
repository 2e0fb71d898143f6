"""What hub models of a public page take of the disk is bounded in all."""

import functools
import os

import pytest

import models_zoo
from models_zoo import ZooError
from models_zoo.hub import Cache


def downloads(name, size):
    """Stands in for a download of so many bytes, as the Hub's library lays them out."""

    def get(folder):
        blob = folder / f"models--{name.replace('/', '--')}" / "blobs" / "abc"
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(b"x" * size)
        link = blob.parents[1] / "snapshots" / "1" / "model.safetensors"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(blob)
        return link.parent

    return get


def names(folder):
    return sorted(path.name.rpartition("-")[2] for path in folder.iterdir())


def test_the_models_used_least_recently_make_room(tmp_path):
    cache = Cache(tmp_path / "hub", most=1000)
    for second, name in enumerate("abc"):
        found = cache.kept(f"u/{name}", 300, downloads(f"u/{name}", 300))
        assert (found / "model.safetensors").read_bytes() == b"x" * 300
        os.utime(found.parents[1], (second, second))
    cache.kept("u/a", 300, downloads("u/a", 300))
    cache.kept("u/d", 300, downloads("u/d", 300))
    assert names(cache.folder) == ["a", "c", "d"]


def test_a_model_larger_than_was_told_is_not_kept(tmp_path):
    cache = Cache(tmp_path, most=1000)
    cache.kept("u/a", 300, downloads("u/a", 300))
    with pytest.raises(ZooError, match="takes more than"):
        cache.kept("u/b", 300, downloads("u/b", 2000))
    assert "b" not in names(tmp_path)


def test_a_failed_download_leaves_the_bound_as_it_was(tmp_path):
    cache = Cache(tmp_path, most=1000)

    def fail(folder):
        downloads("u/a", 900)(folder)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        cache.kept("u/a", 900, fail)
    cache.kept("u/b", 900, downloads("u/b", 900))
    assert names(tmp_path) == ["b"]


def test_what_visitors_of_a_public_page_name_goes_into_a_folder_of_its_own(tmp_path, tiny_model, monkeypatch):
    class Info:
        sha, siblings = "abc", ()

    def download(repo, *, cache_dir, **_):
        (cache_dir / "models--someone--tiny").mkdir(parents=True)
        return str(tiny_model)

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_a, **_k: Info())
    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    assert models_zoo.load("someone/tiny", "cpu", Cache(tmp_path / "hub")).card.id == "tiny"
    assert (tmp_path / "hub" / "models--someone--tiny").is_dir()


def test_only_a_public_page_has_such_a_folder(monkeypatch):
    from explorer import app

    loads = []
    monkeypatch.setattr(app, "ModelStore", lambda also, memory, load: loads.append(load) or 1 / 0)
    for public in (True, False):
        with pytest.raises(ZeroDivisionError):
            app.build(public=public)
    assert isinstance(loads[0].keywords["cache"], Cache) and isinstance(loads[0], functools.partial)
    assert loads[1] is models_zoo.load
