"""Serve GAN Explorer: `python app.py`, locally and on a Hugging Face Space."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

LEAST_MEMORY = 700
"""MB with which the page works; PyTorch and Gradio alone take most of it."""


class Parser(argparse.ArgumentParser):
    """Complains in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see python app.py --help.\n")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of the command line; leaves with exit code 2 if they make no sense."""
    parser = Parser(prog="python app.py", description="Serve GAN Explorer: page, API and, on request, MCP tools.")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1; 0.0.0.0 for all)")
    parser.add_argument("--port", type=int, help="port to listen on (default: the first free one from 7860)")
    parser.add_argument("--share", action="store_true", help="also open a public link through gradio.live")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")
    parser.add_argument(
        "--checkpoints",
        type=_folder,
        metavar="DIR",
        help="a folder with further models, as train export writes them, or a Hugging Face Hub id",
    )
    parser.add_argument("--mcp", action="store_true", help="also serve the functions as MCP tools")
    parser.add_argument(
        "--public",
        action="store_true",
        help="visitors may be strangers, who must not name folders of this machine (always so on a Space and with --share)",
    )
    parser.add_argument(
        "--memory", type=int, metavar="MB",
        help="memory to stay within: models that were not used for longest leave first (default: 1100, at most half of the machine's)",
    )  # fmt: skip
    parser.add_argument("--metrics", action="store_true", help="also serve numbers for Prometheus under /metrics")
    parser.add_argument("--log", action="store_true", help="write a line of JSON to standard error for every request")
    options = parser.parse_args(arguments)
    if options.memory is not None and options.memory < LEAST_MEMORY:
        parser.error(f"--memory must be at least {LEAST_MEMORY}, not {options.memory}")
    if options.port is not None and not 1 <= options.port <= 65535:
        parser.error(f"--port must be from 1 to 65535, not {options.port}")
    if options.mcp and importlib.util.find_spec("mcp") is None:
        parser.error("--mcp needs the package mcp: pip install 'gradio[mcp]'")
    if options.metrics and importlib.util.find_spec("prometheus_client") is None:
        parser.error("--metrics needs the package prometheus-client: pip install prometheus-client")
    return options


def _folder(name: str) -> Path:
    """The local folder of `name`, which is a folder already or on the hub."""
    try:
        if Path(name).is_dir():
            return Path(name)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"there is no such folder: {error.strerror}") from None
    if name.count("/") != 1:
        raise argparse.ArgumentTypeError(f"there is no folder {name}")
    # Only now, because it imports torch.
    from models_zoo.checkpoint import ZooError, download

    try:
        return download(name)
    except ZooError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None


def main(arguments: list[str] | None = None) -> None:
    """Parse, build, serve until interrupted."""
    options = parse(arguments)
    import models_zoo
    from explorer.models.memory import MEGABYTE, few_arenas

    few_arenas()
    from explorer.app import build, launch, until_stopped

    if options.checkpoints and not any(
        card.folder.is_relative_to(options.checkpoints) for card in models_zoo.find(also=[options.checkpoints])
    ):
        print(f"No model was found in {options.checkpoints}.", file=sys.stderr)
    on_space = "SPACE_ID" in os.environ
    demo = build(
        also=[options.checkpoints] if options.checkpoints else [],
        public=on_space or options.share or options.public,
        memory=options.memory * MEGABYTE if options.memory else None,
    )
    if options.log:
        logging.basicConfig(format="%(message)s")
        logging.getLogger("explorer").setLevel(logging.INFO)
    if options.metrics:
        from explorer.page.metrics import Metrics

        demo.metrics = Metrics(demo.turns)
    try:
        launch(
            demo,
            server_name=options.host,
            server_port=options.port,
            share=options.share,
            inbrowser=not (options.no_browser or on_space),
            # None leaves the choice to Gradio's own environment variable.
            mcp_server=options.mcp or None,
        )
    except OSError:
        host, port = options.host or "127.0.0.1", options.port or "7860 and the next ones"
        print(f"Cannot listen on {host}, port {port}: taken, or not an address of this machine.", file=sys.stderr)
        sys.exit(2)
    until_stopped(demo)


if __name__ == "__main__":
    main()
