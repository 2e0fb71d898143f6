"""A script that runs before Gradio's own: what `launch` takes as `head` comes only after Gradio has chosen a language."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SCRIPT = (Path(__file__).parent / "early.js").read_text(encoding="utf-8")
HEAD = b"<head>"


class Early:
    """Around an app: its pages begin with `SCRIPT`."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.begins = HEAD + b"<script>" + SCRIPT.encode() + b"</script>"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in _header(scope["headers"], b"accept"):
            await self.app(scope, receive, send)
            return
        start: Message = {}

        async def insert(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and "text/html" in _header(message["headers"], b"content-type"):
                # Its length is known once the first part of the page is.
                start = message
                return
            if start:
                body = message.get("body", b"").replace(HEAD, self.begins, 1)
                longer = len(body) - len(message.get("body", b""))
                headers = [
                    (name, str(int(value) + longer).encode() if name.lower() == b"content-length" else value)
                    for name, value in start["headers"]
                ]
                await send({**start, "headers": headers})
                start, message = {}, {**message, "body": body}
            await send(message)

        await self.app(scope, receive, insert)


def _header(headers: list[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), "")
