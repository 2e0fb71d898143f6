#!/usr/bin/env bash
# gradio 6.31.0: an event with show_progress="hidden" still has its browser part keep the progress of all its outputs, for good. At each
# later message of any event it looks every one of them up again, walking the whole page from its root. One event that skips 400
# outputs when the page loads thus slows every later click down, on whatever else. show_progress_on=[] is what keeps none.
# Prints the seconds of a click on a button that only counts, with the one and the other. Seen: 2.6 s and 0.1 s. Needs a Chromium.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet gradio==6.31.0 playwright==1.56.0
CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$CHROMIUM" ] || "$folder/venv/bin/playwright" install chromium
cat > "$folder/measure.py" <<'PYTHON'
import os
import statistics
import sys

import gradio as gr
from playwright.sync_api import sync_playwright

OUTPUTS = 400


def page(**options):
    with gr.Blocks() as demo:
        count = gr.Number(0, elem_id="count")
        button = gr.Button("Count", elem_id="button")
        others = [gr.Number(0) for _ in range(OUTPUTS)]
        demo.load(lambda: [gr.skip()] * OUTPUTS, None, others, show_progress="hidden", **options)
        button.click(lambda number: number + 1, count, count)
    return demo


def seconds(browser, demo):
    _, address, _ = demo.launch(prevent_thread_lock=True, quiet=True)
    tab = browser.new_page()
    tab.goto(address)
    tab.wait_for_selector("#button")
    tab.wait_for_timeout(3000)
    taken = []
    for number in range(1, 7):
        start = tab.evaluate("performance.now()")
        tab.evaluate("document.querySelector('#button').click()")
        tab.wait_for_function(f"document.querySelector('#count input').value == '{number}'")
        taken.append(tab.evaluate("performance.now()") - start)
    demo.close()
    return statistics.median(taken[1:]) / 1000


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=["--no-sandbox"])
    hidden, none = (seconds(browser, page(**options)) for options in ({}, {"show_progress_on": []}))
    browser.close()
print(f"gradio {gr.__version__}, {OUTPUTS} outputs of another event: a click takes {hidden:.3f} s with show_progress='hidden', {none:.3f} s with show_progress_on=[]")
sys.exit(hidden < 1.5 * none)
PYTHON
CHROMIUM="$CHROMIUM" GRADIO_ANALYTICS_ENABLED=False "$folder/venv/bin/python" "$folder/measure.py"
