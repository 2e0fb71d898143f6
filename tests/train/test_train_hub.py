"""Datasets of the Hugging Face Hub: tables and plain files become folders that are read like any other."""

import pathlib
from types import SimpleNamespace

import datasets
import httpx
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from models_zoo import ZooError
from tests.train.collected import files, picture
from tests.train.collected import folder as written
from train.__main__ import main
from train.data import hub, sources
from train.errors import TrainError


@pytest.fixture
def on_the_hub(monkeypatch, tmp_path):
    """Puts a folder on the Hub as someone/pictures."""
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "datasets"))

    def put(folder):
        siblings = [
            SimpleNamespace(rfilename=path.relative_to(folder).as_posix(), size=path.stat().st_size)
            for path in folder.rglob("*.*")
        ]
        info = SimpleNamespace(sha="0123456789abcdef", siblings=siblings)
        monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", lambda *_, **__: info)
        monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(folder))

    return put


def table(path, kinds, **columns):
    """Write a Parquet file as the Hub has it, of columns by name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_dict(columns, features=datasets.Features(kinds)).to_parquet(str(path))


def pictures(count, first=0):
    return [{"bytes": picture(first + number), "path": None} for number in range(count)]


KINDS = {"image": datasets.Image(), "label": datasets.ClassLabel(names=["test drive", "val/de/loire"])}


def test_a_table_with_classes_becomes_class_folders_with_their_splits_and_is_written_once(
    tmp_path, on_the_hub, monkeypatch
):
    repo = tmp_path / "repo"
    table(repo / "data" / "train-00000-of-00001.parquet", KINDS, image=pictures(6), label=[0, 1] * 3)
    table(repo / "data" / "test-00000-of-00001.parquet", KINDS, image=pictures(2, 6), label=[0, 1])
    on_the_hub(repo)
    folder = hub.folder("someone/pictures", tmp_path / "cache")
    source = sources.recognised((folder,), "classes")
    assert source.classes == ("test drive", "val_de_loire") and (len(source.train), len(source.test)) == (6, 2)
    assert pathlib.Path(source.train[0].path).read_bytes() == picture(0)
    monkeypatch.setattr(hub, "_write", lambda *_: pytest.fail("written again"))
    assert hub.folder("someone/pictures", tmp_path / "cache") == folder


def test_a_table_with_captions_and_one_with_two_pictures_a_row(tmp_path, on_the_hub):
    told = {"image": datasets.Image(), "text": datasets.Value("string")}
    table(tmp_path / "told" / "train.parquet", told, image=pictures(4), text=["a", "b", "c", "d"])
    on_the_hub(tmp_path / "told")
    source = sources.recognised((hub.folder("someone/told", tmp_path / "cache"),), "captions")
    assert sorted(said for (said,) in source.captions.values()) == ["a", "b", "c", "d"]
    both = {"before": datasets.Image(), "after": datasets.Image()}
    table(tmp_path / "both" / "train.parquet", both, before=pictures(4), after=pictures(4, 4))
    on_the_hub(tmp_path / "both")
    source = sources.recognised((hub.folder("someone/both", tmp_path / "cache"),), "pairs")
    assert source.domains == ("after", "before") and len(source.items) == 8


def test_two_domains_whose_splits_are_called_as_cyclegan_calls_them(tmp_path, on_the_hub):
    for number, name in enumerate(("trainA", "trainB", "testA", "testB")):
        table(
            tmp_path / "repo" / "data" / f"{name}-00000-of-00001.parquet",
            {"image": datasets.Image()},
            image=pictures(3, 3 * number),
        )
    on_the_hub(tmp_path / "repo")
    source = sources.recognised((hub.folder("someone/pictures", tmp_path / "cache"),), "domains")
    assert [len(part) for part in (source.train, source.test, *source.other)] == [3, 3, 3, 3]


def test_plain_files_are_taken_as_they_are_and_train(tmp_path, on_the_hub, monkeypatch):
    repo = written(tmp_path / "repo", files(*(f"{number}.png" for number in range(12))))
    on_the_hub(repo)
    monkeypatch.chdir(tmp_path)
    options = ["--preset", "lecture", "--size", "16", "--steps", "1", "--batch-size", "4", "--eval-every", "0"]
    assert main(["gan", "--dataset", "someone/pictures", *options, "--out", "runs/x", "--device", "cpu"]) == 0
    assert main(["check", "someone/pictures"]) == 0


def test_tables_without_pictures_a_missing_library_and_a_hub_out_of_reach_are_one_sentence(
    tmp_path, on_the_hub, monkeypatch
):
    table(tmp_path / "repo" / "train.parquet", {"n": datasets.Value("int64")}, n=[1])
    on_the_hub(tmp_path / "repo")
    with pytest.raises(TrainError, match="no column of pictures; its columns are n"):
        hub.folder("someone/pictures", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
    with monkeypatch.context() as context:
        context.setitem(__import__("sys").modules, "datasets", None)
        with pytest.raises(TrainError, match="need the library datasets: pip install datasets"):
            hub.folder("someone/pictures", tmp_path / "cache")

    def fail(error):
        def raised(*_, **__):
            raise error

        return raised

    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", fail(httpx.ConnectError("no route")))
    monkeypatch.setattr("huggingface_hub.snapshot_download", fail(LocalEntryNotFoundError("not there")))
    with pytest.raises(ZooError, match="it is not a folder, and the Hugging Face Hub cannot be reached"):
        hub.folder("someone/pictures", tmp_path / "cache")


def test_a_full_disk_leaves_no_half_written_folder(tmp_path, on_the_hub, monkeypatch):
    table(tmp_path / "repo" / "train.parquet", {"image": datasets.Image()}, image=pictures(3))
    on_the_hub(tmp_path / "repo")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hub, "_write_picture", full)
    with pytest.raises(TrainError, match=r"No space left on device\): make room there"):
        hub.folder("someone/pictures", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
