"""The script with which pages begin."""

import pytest
from event_loop import run

from explorer.page.early import SCRIPT, Early

PAGE = "<html><head><title>a</title></head></html>"


def answered(accept, kind, parts):
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

    run(Early(app)({"type": "http", "headers": [(b"accept", accept)]}, None, send))
    return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])


@pytest.mark.parametrize("parts", [[PAGE.encode()], [PAGE[:20].encode(), PAGE[20:].encode()]])
def test_a_page_begins_with_the_script_and_has_the_length_that_it_tells(parts):
    headers, body = answered(b"text/html,*/*", b"text/html; charset=utf-8", parts)
    assert body.decode() == PAGE.replace("<head>", f"<head><script>{SCRIPT}</script>")
    assert int(headers[b"content-length"]) == len(body)


@pytest.mark.parametrize(("accept", "kind"), [(b"*/*", b"text/html"), (b"text/html", b"application/json")])
def test_nothing_else_is_changed(accept, kind):
    headers, body = answered(accept, kind, [PAGE.encode()])
    assert body.decode() == PAGE and int(headers[b"content-length"]) == len(body)
