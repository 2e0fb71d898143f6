"""The boundary of the page: what reaches a function, what leaves it, who is waited for, and what the log and the health check say."""

import asyncio
import errno
import json
import logging
import math
import threading
from types import SimpleNamespace

import gradio as gr
import pytest

from explorer.models.store import ModelStore
from explorer.models.turns import Turns
from explorer.page import guard
from explorer.page.allowance import SHARE
from explorer.page.door import MOST_BYTES, UNHEARD, Door
from explorer.page.service import LeanSession, Service
from explorer.page.wiring import TURN
from explorer.pictures import files
from explorer.texts import label
from explorer.texts.errors import UserError
from tests import event_loop


def serving(function, *inputs, **options):
    """A page with one event, and what a call of it gives."""
    with Service(ModelStore()) as demo:
        boxes = [make() for make in inputs]
        gr.Button().click(function, boxes, None, api_visibility="private", **options)

    def call(*sent, **more):
        state = LeanSession(demo)
        return event_loop.run(demo.process_api(0, list(sent), state=state, request=None, **more))

    return demo, call


@pytest.mark.parametrize(
    ("make", "sent"),
    [
        (gr.Number, "seven"), (gr.Number, math.nan), (gr.Number, True), (gr.Number, [1]),
        (gr.Slider, math.inf), (gr.Checkbox, 1), (gr.Textbox, {"text": "a"}), (gr.Image, "/etc/hostname"),
        (gr.Image, {"url": "a"}), (gr.Gallery, "a"), (gr.Dropdown, {"a": 1}), (gr.CheckboxGroup, "a"),
    ],
)  # fmt: skip
def test_values_of_other_types_are_refused_before_they_reach_a_function(make, sent):
    _, call = serving(lambda value: pytest.fail("reached"), make)
    with pytest.raises(UserError, match="not of the right type"):
        call(sent)


def test_half_of_a_character_is_refused_before_it_can_be_sent_back():
    _, call = serving(lambda value: pytest.fail("reached"), gr.Dropdown)
    for sent in ("\ud83d", {"a": ["b\ud83d"]}):
        with pytest.raises(UserError, match="half of a character"):
            call(sent)


@pytest.mark.parametrize("make", [gr.Number, gr.Textbox, gr.Checkbox, gr.Image, gr.Dropdown])
def test_an_empty_component_sends_nothing_and_may(make):
    came = []
    _, call = serving(came.append, make)
    call(None)
    assert len(came) == 1


@pytest.mark.parametrize("sent", [[], [1], [1, 2, 3]])
def test_as_many_values_as_there_are_inputs(sent):
    _, call = serving(lambda one, other: None, gr.Number, gr.Number)
    with pytest.raises(UserError, match=f"takes 2 values .*not {len(sent)}"):
        call(*sent)


def test_a_public_function_names_the_arguments_that_are_missing():
    def draw(model: str, seed: int = 0) -> int:
        return seed

    with Service(ModelStore()) as demo:
        gr.api(draw, api_name="draw")
    with pytest.raises(UserError, match="model, seed"):
        guard.check(demo.fns[0], ["gan-mnist"], "en")


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("sent", [nested(200), "a" * 10**6, list(range(10**6)), {"a" * 10**6: 1}])
def test_what_is_too_much_is_refused_unread(sent):
    _, call = serving(lambda value: pytest.fail("reached"), gr.JSON)
    with pytest.raises(UserError, match="too long or too deeply"):
        call(sent)


def test_whatever_goes_wrong_leaves_as_a_sentence_and_one_line_of_the_log(caplog):
    def fail(value):
        raise KeyError("a secret of the program")

    _, call = serving(fail, gr.Number)
    with caplog.at_level(logging.INFO, "explorer"), pytest.raises(UserError) as refused:
        call(1)
    assert "secret" not in refused.value.message and not refused.value.print_exception
    (line,) = caplog.messages
    entry = json.loads(line)
    assert entry["outcome"] == "failed" and "KeyError in fail" in entry["detail"] and "\n" not in line


def test_complaints_of_gradio_are_short_and_no_markup():
    def fail(value):
        raise gr.Error("<b>no</b>" * 1000)

    _, call = serving(fail, gr.Number)
    with pytest.raises(UserError) as refused:
        call(1)
    assert "<b>" not in refused.value.message and len(refused.value.message) < 1000


def test_a_full_disk_is_told():
    def fail(value):
        raise OSError(errno.ENOSPC, "No space left on device")

    _, call = serving(fail, gr.Number)
    with pytest.raises(UserError, match="disk is full"):
        call(1)


def test_work_takes_a_turn_and_gives_it_back():
    seen = []
    demo, call = serving(lambda value: seen.append(demo.turns.counts), gr.Number, **TURN)
    call(1)
    assert seen == [(1, 0)] and demo.turns.counts == (0, 0) and demo.turns.finished == 1


def test_steps_of_one_work_count_together():
    with Service(ModelStore()) as demo:
        button = gr.Button()
        seen = []

        def steps():
            for number in range(3):
                (job,) = demo.turns._running
                seen.append((job.waited, job.worked))
                job.waited += 5
                job.worked += 7
                yield number

        button.click(steps, None, gr.Number(), api_visibility="private", **TURN)

    async def run():
        state, answer = LeanSession(demo), {"iterator": None}
        for _ in range(3):
            answer = await demo.process_api(0, [], state=state, request=None, iterator=answer["iterator"])

    event_loop.run(run())
    assert [(round(waited), round(worked)) for waited, worked in seen] == [(0, 0), (5, 7), (10, 14)]


def test_equal_requests_are_computed_once():
    drawn, may_end = [], threading.Event()

    def draw(value: float) -> float:
        drawn.append(value)
        may_end.wait(5)
        return value

    with Service(ModelStore()) as demo:
        gr.api(draw, api_name="draw", queue=False, **TURN)

    async def ask():
        calls = [
            asyncio.ensure_future(demo.process_api(0, [value], state=LeanSession(demo), request=None))
            for value in (1.0, 1.0, 1.0, 2.0)
        ]
        await asyncio.sleep(0.2)
        # Who came first leaves: the others have their answer all the same.
        calls[0].cancel()
        await asyncio.sleep(0.1)
        may_end.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    first, *others = event_loop.run(ask())
    assert isinstance(first, asyncio.CancelledError) and [each["data"] for each in others] == [[1.0], [1.0], [2.0]]
    assert sorted(drawn) == [1.0, 1.0, 2.0] and others[0]["data"] is not others[1]["data"]


def test_a_session_keeps_no_copy_of_the_page():
    demo, _ = serving(lambda value: value, gr.Number)
    session = LeanSession(demo)
    (box,) = (key for key, block in demo.blocks.items() if isinstance(block, gr.Number))
    session[box] = gr.Number(3)
    assert session[box].value == 3 and not session.config_values


def through(door, app, path, method="GET", body=b"", query=b"", headers=()):
    """What the answer of `app` is behind `door`: its status and its body."""
    told = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        told.append(message)

    scope = {"type": "http", "path": path, "method": method, "query_string": query, "headers": headers}
    event_loop.run(door.around(app)(scope, receive, send))
    return told[0]["status"], b"".join(message.get("body", b"") for message in told)


async def reading(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b'{"error": "No."}'})


async def failing(scope, receive, send):
    raise OSError(errno.ENOSPC, "full") if "upload" in scope["path"] else KeyError(7)


def test_the_door_tells_health_and_numbers():
    turns = Turns(1)
    turns.join("a", "draw"), turns.join("b", "draw")
    status, body = through(Door(turns, lambda: None), reading, "/healthz")
    assert status == 200 and json.loads(body) == {"status": "ok", "running": 1, "waiting": 1}
    assert through(Door(turns, lambda: b"numbers"), reading, "/metrics") == (200, b"numbers")
    assert through(Door(turns, lambda: None), reading, "/metrics")[0] == 500


def test_the_door_has_a_status_and_a_sentence_for_every_fault():
    door = Door(Turns(), lambda: None)
    assert through(door, reading, "/gradio_api/run/sample", "POST")[0] == 422
    for app, path, body, expected in (
        (failing, "/gradio_api/run/nothing", b"", 400),
        (failing, "/gradio_api/upload", b"", 507),
        (reading, "/gradio_api/queue/join", b"a" * (MOST_BYTES + 1), 413),
    ):
        status, answer = through(door, app, path, "POST", body)
        assert status == expected and json.loads(answer)["error"]
    assert through(door, reading, "/gradio_api/upload", "POST", b"a" * (MOST_BYTES + 1))[0] == 500


def test_nobody_fills_the_disk_for_all():
    clock = SimpleNamespace(now=0.0)
    door = Door(Turns(), lambda: None, clock=lambda: clock.now)

    def status(client):
        headers = [(b"x-forwarded-for", f"{client}, 10.0.0.1".encode())]
        return through(door, reading, "/gradio_api/upload", "POST", b"a" * (SHARE // 2), headers=headers)[0]

    # 500 is what the page behind the door answers here.
    assert [status(client) for client in ("1.1.1.1", "1.1.1.1", "1.1.1.1", "2.2.2.2")] == [500, 500, 429, 500]
    clock.now = files.LIFETIME + 1
    assert status("1.1.1.1") == 500


def test_an_event_is_waited_for_while_somebody_listens_and_shortly_before():
    clock = SimpleNamespace(now=0.0)
    door = Door(Turns(), lambda: None, clock=lambda: clock.now)
    event = SimpleNamespace(session_hash="s", alive=True, enqueue_time=0.0)
    queue = SimpleNamespace(event_ids_to_events={"e": event})

    def waited(event_id="e"):
        return event_loop.run(door.is_waited_for(None, event_id, queue))

    assert waited() and not waited("another")
    clock.now = UNHEARD + 1
    assert not waited()

    async def listening(scope, receive, send):
        assert await door.is_waited_for(None, "e", queue)
        await reading(scope, receive, send)

    through(door, listening, "/gradio_api/queue/data", query=b"session_hash=s")
    assert waited()
    through(door, listening, "/gradio_api/call/invert/e")
    clock.now += UNHEARD + 1
    assert not waited()
    event.enqueue_time, event.alive = clock.now, False
    assert not waited()


def test_who_waits_in_the_page_is_told_how_many_are_before_them(monkeypatch):
    demo, _ = serving(lambda value: value, gr.Number, **TURN)
    told = []
    monkeypatch.setattr(demo._queue, "log_message", lambda event, text, *_: told.append((event, text)))
    first = demo.turns.join("a", "draw"), demo.turns.join("b", "draw")
    waiting = demo.turns.join("c", "draw")
    asked = SimpleNamespace(spoken="en")
    assert not demo._tell_place(waiting, asked, "event")
    for job in (*first, waiting):
        job.asked -= 10
    waiting.asked += 1
    assert demo._tell_place(waiting, asked, "event") and not demo._tell_place(waiting, asked, None)
    assert told == [("event", "The server is busy: 2 before you.")]


def test_the_log_names_the_model(caplog):
    def chosen():
        return gr.Dropdown(["a", "b"], label=label("model"))

    _, call = serving(lambda number, model: None, gr.Number, chosen)
    with caplog.at_level(logging.INFO, "explorer"):
        call(1, "b")
    assert json.loads(caplog.messages[-1])["model"] == "b"
