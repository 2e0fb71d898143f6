#!/usr/bin/env bash
# Gradio 6.31.0: a request to its plain HTTP API that names no session has one made for it, and the time for that grows
# with the components and events on the page, whatever the function does.
#
# POST /gradio_api/run/<name> works without `session_hash`, as most examples with curl have it. Seen: on a page of 10 boxes
# with an event each, a function that returns its argument answers after 5 ms without a session and 3 ms with one; on a
# page of 400, after 44 ms and 3 ms. Clients that send the same `session_hash` with every request, as gradio_client and
# the page itself do, pay nothing. The sixfold difference below leaves room for slow machines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gradio==6.31.0
cat > "$folder/measure.py" <<'PYTHON'
import json
import os
import statistics
import sys
import time
import urllib.request

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr


def served(boxes):
    with gr.Blocks() as demo:
        for number in range(boxes):
            box = gr.Textbox(str(number))
            box.change(lambda text: text, box, box, api_visibility="private")

        def echo(x: int) -> int:
            return x

        gr.api(echo, api_name="echo", queue=False)
    return demo.launch(prevent_thread_lock=True, quiet=True)[1]


def milliseconds(address, **session):
    def call():
        body = json.dumps({"data": [1], **session}).encode()
        request = urllib.request.Request(f"{address}gradio_api/run/echo", body, {"content-type": "application/json"})
        begin = time.perf_counter()
        assert json.load(urllib.request.urlopen(request))["data"] == [1]
        return 1000 * (time.perf_counter() - begin)

    call()
    return statistics.median(call() for _ in range(20))


print("Gradio", gr.__version__)
for boxes in (10, 400):
    address = served(boxes)
    without, with_one = milliseconds(address), milliseconds(address, session_hash="one")
    print(f"{boxes} boxes: {without:.1f} ms without a session, {with_one:.1f} ms with one")
sys.exit(0 if without > 6 * with_one else "the difference is gone")
PYTHON
"$folder/venv/bin/python" "$folder/measure.py"
