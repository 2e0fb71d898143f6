"""The smallest page that Gradio makes, to compare with: `python -m benchmarks.one_button --port N`."""

from __future__ import annotations

import gradio as gr
import tyro


def main(port: int) -> None:
    """Serve a page with one button until interrupted."""
    with gr.Blocks() as demo:
        gr.Button("Nothing").click(lambda: None)
    demo.launch(server_name="127.0.0.1", server_port=port)


if __name__ == "__main__":
    tyro.cli(main)
