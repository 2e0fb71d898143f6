"""A visitor of the page over HTTP, as a browser or `gradio_client` is one: one session, uploads, calls and their answers."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import ssl
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Reading the machine's certificates for each visitor would take longer than many an answer."""
JSON = {"content-type": "application/json"}
NOTHING = "no answer"
"""The kind of an answer that did not come."""


@dataclass(frozen=True)
class Answer:
    """What came back after `seconds`.

    `kind` is "result" with `data`; "sentence" with an `error` for people; "null error" for one without words; "refused" for
    HTTP 4xx; "broken" for HTTP 5xx and for streams that break off; "no answer".
    """

    kind: str
    seconds: float
    status: int = 200
    data: Any = None
    error: str = ""


@dataclass(frozen=True)
class Event:
    """One of the page's events as /config tells of it: `name` for programs, or what a visitor does; its components' defaults."""

    index: int
    name: str
    public: bool
    queued: bool
    inputs: tuple[str, ...]
    defaults: tuple[Any, ...]
    has_event_data: bool


def events(address: str) -> list[Event]:
    """All events of the page that reach its server."""
    config = httpx.get(f"{address}/config", timeout=60).raise_for_status().json()
    components = {each["id"]: each for each in config["components"]}

    def told(dependency: dict[str, Any]) -> str:
        if dependency["api_visibility"] != "private":
            return dependency["api_name"]
        source, action = dependency["targets"][0] if dependency["targets"] else (None, "")
        component = components.get(source, {})
        place = component.get("props", {}).get("elem_id") or component.get("type") or "page"
        return f"{dependency['api_name']} ({place} {action})"

    return [
        Event(
            index=each["id"],
            name=told(each),
            public=each["api_visibility"] != "private",
            queued=each["queue"],
            inputs=tuple(components[one]["type"] for one in each["inputs"]),
            defaults=tuple(components[one]["props"].get("value") for one in each["inputs"]),
            has_event_data=each["collects_event_data"],
        )
        for each in config["dependencies"]
        if each["backend_fn"]
    ]


class Visitor:
    """One session, with a page whose address has the values `query`; it waits for so many seconds at most."""

    def __init__(self, address: str, patience: float = 30, query: Mapping[str, str] | None = None):
        self.session, self.patience, self.query = uuid.uuid4().hex[:11], patience, query or {}
        self.http = httpx.Client(
            base_url=f"{address}/gradio_api",
            # An address of its own, as a proxy would tell it.
            headers={"x-forwarded-for": str(ipaddress.IPv4Address(0x0A000000 + uuid.uuid4().int % 2**24))},
            timeout=patience,
            verify=_NO_CERTIFICATES,
            trust_env=False,
        )
        self._heartbeat: httpx.Response | None = None

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def stay(self) -> None:
        """Hold the connection by which the server knows that the page is open."""
        request = self.http.build_request("GET", f"/heartbeat/{self.session}")
        self._heartbeat = self.http.send(request, stream=True)

    def hurry(self, seconds: float) -> None:
        """From now on wait for so many seconds at most."""
        self.patience, self.http.timeout = seconds, httpx.Timeout(seconds)

    def close(self) -> None:
        """Leave at once, whatever is under way."""
        if self._heartbeat:
            self._heartbeat.close()
        self.http.close()

    def upload(self, content: bytes, name: str = "picture.png") -> dict[str, Any]:
        """Upload a file and give what stands for it in a request."""
        answer = self.http.post("/upload", files={"files": (name, content)}).raise_for_status()
        return {"path": answer.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}

    def file(self, url: str) -> bytes:
        """The content of a file of an answer, by its URL or path."""
        found = url.partition("/gradio_api")[2] or f"/file={quote(url)}"
        return self.http.get(found).raise_for_status().content

    def ask(self, event: Event, data: Any, event_data: Any = None) -> Answer:
        """Send `data` to `event` as the page does, through the queue or past it, and wait for the end."""
        return self.send(self.body(event, data, event_data), event.queued)

    def body(self, event: Event, data: Any, event_data: Any = None) -> dict[str, Any]:
        """What is posted to call `event`."""
        return {"data": data, "fn_index": event.index, "session_hash": self.session, "event_data": event_data}

    def send(self, body: Any, queued: bool, name: str = "predict") -> Answer:
        """Post `body`, JSON's NaN and the like as they are, and wait for the end."""
        began = time.monotonic()
        # By hand: httpx refuses to write NaN.
        content = json.dumps(body).encode()
        place = "/queue/join" if queued else f"/run/{name}"
        try:
            response = self.http.post(place, params=self.query, content=content, headers=JSON)
            if queued and response.is_success:
                answer = self._awaited(response.json()["event_id"], began)
            else:
                answer = _direct(response)
        except httpx.TimeoutException:
            answer = Answer(NOTHING, 0)
        except httpx.TransportError as error:
            answer = Answer("broken", 0, error=f"connection lost: {type(error).__name__}")
        return Answer(answer.kind, time.monotonic() - began, answer.status, answer.data, answer.error)

    def _awaited(self, event_id: str, began: float) -> Answer:
        for message in self.messages():
            if message["msg"] == "process_completed" and message.get("event_id") == event_id:
                return _completed(message)
            if message["msg"] == "unexpected_error":
                return Answer("broken", 0, error=message.get("message") or "")
            if time.monotonic() - began > self.patience:
                return Answer(NOTHING, 0)
        return Answer("broken", 0, error="the stream ended")

    def messages(self) -> Iterator[dict[str, Any]]:
        """The queue's messages to this session."""
        with self.http.stream("GET", "/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])


def _completed(message: dict[str, Any]) -> Answer:
    output = message["output"] or {}
    if message["success"]:
        return Answer("result", 0, data=output.get("data"))
    error = output.get("error")
    return Answer("sentence", 0, error=error) if isinstance(error, str) and error else Answer("null error", 0)


def _direct(response: httpx.Response) -> Answer:
    status, told = response.status_code, None
    with contextlib.suppress(ValueError):
        told = response.json()
    if response.is_success and isinstance(told, dict) and "data" in told:
        return Answer("result", 0, status, told["data"])
    # A function's complaint comes as 422 or 500 with an "error", a full queue as 503 with a "detail", both with words.
    words = told.get("error", told.get("detail")) if isinstance(told, dict) else None
    if isinstance(words, str) and words and (response.is_server_error or "error" in told):
        return Answer("sentence", 0, status, error=words)
    if isinstance(told, dict) and "error" in told:
        return Answer("null error", 0, status)
    if response.is_client_error:
        return Answer("refused", 0, status, error=response.text)
    return Answer("broken", 0, status, error=response.text[:200])
