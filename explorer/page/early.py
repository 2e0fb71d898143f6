"""The document of the page: it begins with a script and an icon of ours, and travels compressed.

What `launch` takes as `head` runs only after Gradio has chosen a language. And Gradio compresses its scripts but not the document,
which holds the description of the whole page: more than a megabyte, of which a tenth remains.
"""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = (Path(__file__).parent / "early.js").read_text(encoding="utf-8")
BEGINNING = (Path(__file__).parent / "early.html").read_text(encoding="utf-8")
HEAD = b"<head>"
COMPRESSED = {"br": lambda body: brotli.compress(body, quality=5), "gzip": lambda body: gzip.compress(body, 5)}
"""By what a browser accepts, the best first; higher levels take longer than they save."""


class Early:
    """Around an app: its documents begin with `SCRIPT` and the PNG file `icon`, and are compressed for browsers that accept it."""

    def __init__(self, app: ASGIApp, icon: Path):
        self.app = app
        # Within the document it is no request of its own.
        address = "data:image/png;base64," + base64.b64encode(icon.read_bytes()).decode("ascii")
        self.begins = HEAD + BEGINNING.replace("SCRIPT", SCRIPT).replace("ICON", address).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "text/html" not in asked.get("accept", ""):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def change(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_document(message):
                # Its length is known once all parts are.
                start = message
            elif not start:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    body = b"".join(parts).replace(HEAD, self.begins, 1)
                    await _send(start, body, asked.get("accept-encoding", ""), send)

        await self.app(scope, receive, change)


async def _send(start: Message, body: bytes, accepted: str, send: Send) -> None:
    headers = MutableHeaders(raw=list(start["headers"]))
    headers.add_vary_header("Accept-Encoding")
    encoding = next((each for each in COMPRESSED if each in accepted), None)
    if encoding:
        body = COMPRESSED[encoding](body)
        headers["Content-Encoding"] = encoding
    headers["Content-Length"] = str(len(body))
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})


def _is_document(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return "text/html" in headers.get("content-type", "") and "content-encoding" not in headers
