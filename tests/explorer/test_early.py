"""The document of the page: the script with which it begins, and how it travels."""

import gzip

import brotli
import pytest
from event_loop import run

from explorer.app import ASSETS
from explorer.page.early import SCRIPT, Early

PAGE = "<html><head><title>a</title></head></html>"


def answered(accept, kind, parts, encodings=b""):
    """What `Early` makes of an answer of that content type in these parts: its headers and its body."""

    async def app(scope, receive, send):
        length = sum(map(len, parts))
        headers = [(b"content-type", kind), (b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for place, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": place + 1 < len(parts)})

    sent = []

    async def send(message):
        sent.append(message)

    asked = [(b"accept", accept), (b"accept-encoding", encodings)]
    run(Early(app, ASSETS / "favicon.png")({"type": "http", "headers": asked}, None, send))
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("parts", [[PAGE.encode()], [PAGE[:20].encode(), PAGE[20:].encode()]])
def test_a_page_begins_with_the_script_and_has_the_length_that_it_tells(parts):
    headers, body = answered(b"text/html,*/*", b"text/html; charset=utf-8", parts)
    begin, found, rest = body.decode().partition(f"<script>{SCRIPT}</script>")
    assert found and begin + rest.partition('">')[2] == PAGE
    assert rest.startswith('<link rel="icon" href="data:image/png;base64,')
    assert int(headers[b"content-length"]) == len(body)


@pytest.mark.parametrize(("accept", "kind"), [(b"*/*", b"text/html"), (b"text/html", b"application/json")])
def test_nothing_else_is_changed(accept, kind):
    headers, body = answered(accept, kind, [PAGE.encode()])
    assert body.decode() == PAGE and int(headers[b"content-length"]) == len(body)


@pytest.mark.parametrize(("accepted", "unpack"), [("gzip, br", brotli.decompress), ("gzip", gzip.decompress)])
def test_it_is_compressed_for_browsers_that_accept_it(accepted, unpack):
    page = PAGE.replace("a", "a" * 10_000).encode()
    headers, body = answered(b"text/html", b"text/html", [page], accepted.encode())
    assert headers[b"content-encoding"].decode() in accepted and int(headers[b"content-length"]) == len(body)
    assert len(body) < len(page) / 3 and b"a" * 10_000 in unpack(body)


def test_it_stays_as_it_is_for_others():
    assert b"content-encoding" not in answered(b"text/html", b"text/html", [PAGE.encode()])[0]
