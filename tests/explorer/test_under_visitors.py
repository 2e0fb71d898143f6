"""A page in a process of its own: visitors who leave in the middle, a machine that shuts down, a disk that is full."""

import builtins
import contextlib
import errno
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import requests
from benchmarks.processes import free_port, running
from benchmarks.visitor import NOTHING, Visitor, events

pytestmark = pytest.mark.slow

IDLE = 0.2
"""Of a core: far more than a page uses that nobody asks, and far less than one that computes, on a busy machine too."""
SOON = 2
"""Seconds in which work must end with those who wanted it."""
FAREWELL = 8
"""Seconds in which a page that is told to end must be gone, on a busy machine too."""
UNHEARD = 10
"""Seconds in which somebody who posts a request must come for its answer."""
FACES = "dcgan-celeba64"
LONG_SEARCH = [FACES, requests.DIGIT, "paper", None, [0.5, 0.5, 0.5], 1000, 60, 8, 0]
LAB = ["ring", "", "non-saturating", 10, 64, 3, "relu", 512, 2, 1.0, 0.0, 1.0, 0.1, *requests.LAB_REST[:-1], 5000]
LONG = (
    ("invert", LONG_SEARCH),
    ("enlarge", [requests.LAND, "srgan-x4"]),
    ("interpolate", [FACES, [1, 2, 3], "slerp", 240, False, 1.0, [], "mp4"]),
    ("translate", [requests.SCENE, "cyclegan-horse2zebra", "a2b", 512]),
    ("spectrum", [FACES, 256, 0]),
    ("lab", LAB),
)
"""What takes long: functions and their arguments."""


@pytest.fixture(scope="module")
def page():
    """A running page, its functions by name, and a file of each picture that visitors upload."""
    with running() as server, Visitor(server.address, 60) as host:
        functions = {event.name: event for event in events(server.address) if event.public}
        uploaded = {name: host.upload(content, name) for name, content in requests.pictures().items()}
        # What is loaded and imported once is no work that somebody left behind.
        for name in ("invert", "lab"):
            host.ask(functions[name], requests.with_uploads(requests.usual()[name], uploaded))
        host.ask(functions["lab"], [*LAB[:-1], 10])
        for _ in range(10):
            if is_idle(server):
                break
        yield server, functions, uploaded


def is_idle(server):
    """Whether the page computes nothing any more in the seconds after those that it had to notice."""
    time.sleep(SOON)
    # On a busy machine, what is left of a step takes longer.
    return any(server.busy(2) < IDLE for _ in range(3))


def begun(visitor, function, data):
    """Join the queue and give the event's id, and the queue's messages after the first that tells how the work goes."""
    joined = visitor.http.post("/queue/join", json=visitor.body(function, data)).raise_for_status()
    messages = visitor.messages()
    for message in messages:
        assert message["msg"] != "process_completed", message
        if message["msg"] == "process_generating":
            break
    return joined.json()["event_id"], messages


@pytest.mark.parametrize(("name", "given"), LONG[:-1], ids=[name for name, _ in LONG[:-1]])
def test_work_ends_with_its_visitor(page, name, given):
    leave_in_the_middle(page, name, given)


def leave_in_the_middle(page, name, given):
    server, functions, uploaded = page
    with Visitor(server.address, 60) as visitor:
        visitor.stay()
        visitor.hurry(1.5)
        visitor.ask(functions[name], requests.with_uploads(list(given), uploaded))
    assert is_idle(server)


def test_searches_that_nobody_listens_to_do_not_hold_the_next_visitor_up(page):
    server, functions, uploaded = page
    with Visitor(server.address, 60) as silent:
        for _ in range(6):
            given = requests.with_uploads(LONG_SEARCH, uploaded)
            silent.http.post("/call/invert", json={"data": given}).raise_for_status()
    began = time.monotonic()
    with Visitor(server.address, 60) as visitor:
        wanted = requests.with_uploads(requests.usual()["invert"], uploaded)
        assert visitor.ask(functions["invert"], wanted).kind == "result"
    assert time.monotonic() - began < UNHEARD + 20
    time.sleep(max(0.0, UNHEARD - (time.monotonic() - began)))
    assert is_idle(server)


def test_a_cancelled_search_ends(page):
    server, functions, uploaded = page
    with Visitor(server.address, 60) as visitor:
        event_id, messages = begun(visitor, functions["invert"], requests.with_uploads(LONG_SEARCH, uploaded))
        told = {"session_hash": visitor.session, "fn_index": functions["invert"].index, "event_id": event_id}
        visitor.http.post("/cancel", json=told).raise_for_status()
        began = time.monotonic()
        assert any(message["msg"] == "process_completed" for message in messages)
        assert time.monotonic() - began < SOON
        assert is_idle(server)


def test_thirty_visitors_who_leave_in_the_middle_leave_no_work(page):
    server, functions, uploaded = page

    def come_and_go(number):
        name, given = LONG[number % len(LONG)]
        with Visitor(server.address, 60) as visitor:
            visitor.stay()
            visitor.hurry(4)
            return visitor.ask(functions[name], requests.with_uploads(list(given), uploaded)).kind

    with ThreadPoolExecutor(30) as pool:
        kinds = list(pool.map(come_and_go, range(30)))
    # Those whose work was short, or whose turn came, may have their answer; the others give up.
    assert NOTHING in kinds and set(kinds) <= {NOTHING, "result", "sentence"}
    assert is_idle(server)
    assert "Traceback" not in server.log()
    with Visitor(server.address) as visitor:
        assert visitor.ask(functions["sample"], requests.usual()["sample"]).kind == "result"


def test_the_labs_process_ends_its_play_with_its_visitor(page):
    leave_in_the_middle(page, *LONG[-1])


def test_a_page_that_is_told_to_end_tells_running_work_and_ends_well():
    with running() as server, Visitor(server.address, 60) as visitor:
        functions = {event.name: event for event in events(server.address) if event.public}
        uploaded = {requests.DIGIT.name: visitor.upload(requests.pictures()[requests.DIGIT.name])}
        _, messages = begun(visitor, functions["invert"], requests.with_uploads(LONG_SEARCH, uploaded))
        told = []
        # Listens while the page ends, and takes what comes until it is gone.
        listening = threading.Thread(target=lambda: told.extend(_until_gone(messages)))
        listening.start()
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(30)
        took = time.monotonic() - began
        listening.join(10)
        assert code == 0
        assert took < FAREWELL
        assert "Traceback" not in server.log()
        last = [message for message in told if message["msg"] in ("process_completed", "unexpected_error")]
        assert last, "The visitor was told nothing."
        assert last[0].get("message") or (last[0].get("output") or {}).get("error")


def _until_gone(messages):
    with contextlib.suppress(Exception):
        yield from messages


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A disk of that size at `folder`; the test is skipped where none can be had."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_gives_a_sentence_and_the_page_lives_on(tmp_path):
    with (
        small_disk(tmp_path / "disk", 8) as disk,
        running(files=disk) as server,
        Visitor(server.address, 60) as visitor,
    ):
        functions = {event.name: event for event in events(server.address) if event.public}
        picture = requests.pictures()[requests.DIGIT.name]
        uploaded = {requests.DIGIT.name: visitor.upload(picture)}
        with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        for name in ("sample", "interpolate", "spectrum"):
            answer = visitor.ask(functions[name], requests.usual()[name])
            assert answer.kind == "sentence", (name, answer)
            assert "disk" in answer.error.lower(), (name, answer.error)
        refused = visitor.http.post("/upload", files={"files": ("picture.png", os.urandom(200_000))})
        assert refused.status_code in (413, 507) or "disk" in refused.text.lower()
        # What needs no disk goes on, and so does the rest once there is room.
        wanted = requests.with_uploads(requests.usual()["judge_digit"], uploaded)
        assert visitor.ask(functions["judge_digit"], wanted).kind == "result"
        assert visitor.ask(functions["models"], [""]).kind == "result"
        (disk / "filler").unlink()
        assert visitor.ask(functions["sample"], requests.usual()["sample"]).kind == "result"
        assert "Traceback" not in server.log()


def test_writing_where_there_is_no_room_gives_a_sentence(monkeypatch, tmp_path):
    from explorer.app import build, launch

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    usual = builtins.open

    def full(file, mode="r", *more, **options):
        if str(file).startswith(str(tmp_path)) and set(mode) & set("wxa"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return usual(file, mode, *more, **options)

    demo = build(tabs=["sample"])
    address, _ = launch(demo, quiet=True, server_name="127.0.0.1", server_port=free_port())
    try:
        address = address.rstrip("/")
        (function,) = (event for event in events(address) if event.public and event.name == "sample")
        wanted = requests.usual()["sample"]
        with Visitor(address, 60) as visitor:
            with monkeypatch.context() as disk:
                disk.setattr(builtins, "open", full)
                answer = visitor.ask(function, wanted)
            assert answer.kind == "sentence" and "disk" in answer.error.lower(), answer
            assert visitor.ask(function, wanted).kind == "result"
    finally:
        demo.close(verbose=False)
