"""Packing in several processes: helpers that decode, packers that wait, are killed, or run out of disk."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tests.train.noise import SMALL, drawn, listed, packs
from tests.train.small_runs import ROOT
from train.data import decoders, lock, packing
from train.data.items import Item
from train.data.packing import Packing, packed
from train.errors import TrainError


@pytest.fixture
def several(monkeypatch):
    """Decoding begins in two processes at once, with five pictures each."""
    monkeypatch.setattr(decoders, "ALONE", -1)
    monkeypatch.setattr(decoders, "WORTH_IT", 0)
    monkeypatch.setattr(decoders, "MOST_PER_TASK", 5)
    monkeypatch.setattr(decoders, "_cores", lambda: 2)


def test_several_processes_give_the_same_in_the_same_order(folder, request):
    (folder / "broken.png").write_bytes(b"")
    items = [Item(f"{number}", item.path) for number in range(12) for item in listed(folder)]
    alone = list(decoders.decoded(items, SMALL))
    request.getfixturevalue("several")
    assert list(decoders.decoded(items, SMALL)) == alone


@pytest.mark.usefixtures("several")
def test_a_decoding_process_that_dies_is_said(folder, cache, monkeypatch):
    def dead(*_, **options):
        return started([sys.executable, "-c", "raise SystemExit"], **options)

    started = subprocess.Popen
    monkeypatch.setattr(decoders.subprocess, "Popen", dead)
    with pytest.raises(TrainError, match="A process that decodes pictures ended at"):
        packed(listed(folder), SMALL, cache)
    assert os.listdir(cache) == [".lock"]


def test_who_comes_second_waits_and_takes_what_the_first_one_made(folder, cache, capsys):
    packed(listed(folder), SMALL, cache)
    (path,) = cache.glob("*.pack")
    hidden = path.rename(path.with_suffix(".hidden"))
    capsys.readouterr()
    found = []
    with lock.exclusive(cache / ".lock"):
        second = threading.Thread(target=lambda: found.append(packed(listed(folder), SMALL, cache)))
        second.start()
        end, said = time.monotonic() + 10, ""
        while "waiting for it" not in said and time.monotonic() < end:
            time.sleep(0.01)
            said += capsys.readouterr().err
        assert said == f"Another process is packing pictures in {cache}: waiting for it.\n" and not found
        hidden.rename(path)
    second.join(10)
    assert len(found[0].images) == 6 and not capsys.readouterr().err


def test_leftovers_of_the_dead_are_removed_and_other_files_are_not(folder, cache):
    cache.mkdir()
    for name in (f"{packing.PARTIAL}0123", "film.partial"):
        (cache / name).write_bytes(b"")
    packed(listed(folder), SMALL, cache)
    assert sorted(os.listdir(cache)) == [".lock", *packs(cache), "film.partial"]


SCRIPT = """
import resource, sys
from pathlib import Path
from train.data import decoders
from train.data.items import Item
from train.data.packing import Packing, packed
from train.errors import TrainError
path, cache, count, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
decoders.ALONE = 0.05
try:
    print(packed([Item(str(number), path) for number in range(count)], Packing(64), cache).images.sum().item())
except TrainError as error:
    sys.exit(f"error: {error}")
"""


def started(path, cache, count, limit=0):
    """A process that packs the picture at `path` `count` times."""
    command = [sys.executable, "-c", SCRIPT, *map(str, (path, cache, count, limit))]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_bytes(cache, process):
    """Wait until `process` has begun to write; fail if it ends before."""
    end = time.monotonic() + 60
    while not any(left.stat().st_size for left in cache.glob(f"{packing.PARTIAL}*")):
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.02)


def test_a_killed_packer_leaves_nothing_that_is_used_and_its_helpers_end(tmp_path, cache):
    picture = drawn(tmp_path / "x.jpg", size=(256, 256))
    process = started(picture, cache, 100_000)
    wait_for_bytes(cache, process)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    # Those who decode hold the other end of stderr, so that this returns when they have ended.
    assert "Traceback" not in process.communicate(timeout=30)[1]
    assert not packs(cache) and len(os.listdir(cache)) == 2
    packed([Item("x", picture)], SMALL, cache)
    assert sorted(os.listdir(cache)) == [".lock", *packs(cache)]


def test_of_two_packers_at_the_same_time_one_packs_and_both_have_the_pictures(tmp_path, cache, capsys):
    picture = drawn(tmp_path / "x.jpg", size=(256, 256))
    process = started(picture, cache, 300)
    wait_for_bytes(cache, process)
    pack = packed([Item(str(number), picture) for number in range(300)], Packing(64), cache)
    total, said = process.communicate(timeout=60)
    assert process.returncode == 0 and int(total) == pack.images.sum()
    assert "Packing 300" in said and "Packing" not in capsys.readouterr().err
    assert len(packs(cache)) == 1 and len(os.listdir(cache)) == 2


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, cache):
    pytest.importorskip("resource", reason="file size limits, which stand in for a full disk, are Unix's")
    process = started(drawn(tmp_path / "x.jpg"), cache, 200, limit=1_000_000)
    said = process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == 1 and len(said) == 2
    assert said[1].startswith("error: The pictures could not be packed into") and "--cache" in said[1]
    assert os.listdir(cache) == [".lock"]
