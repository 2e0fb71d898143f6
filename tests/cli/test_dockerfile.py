"""The image: what it copies is there, is not ignored, and is all that the page needs; its command is one that the page understands."""

import json
import re
from pathlib import Path

import app

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()


def test_all_that_is_copied_is_there_and_not_ignored():
    copied = [line.split()[1] for line in LINES if line.startswith("COPY")]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"}
    assert set(copied) == allowed == {"requirements.txt", "app.py", "models_zoo", "train", "explorer"}
    assert all((ROOT / name).exists() for name in copied)


def test_its_command_is_understood():
    (command,) = (json.loads(line.removeprefix("CMD ")) for line in LINES if line.startswith("CMD "))
    options = app.parse(command[2:])
    assert command[:2] == ["python", "app.py"] and options.public and options.host == "0.0.0.0"
    (port,) = (int(line.split()[1]) for line in LINES if line.startswith("EXPOSE"))
    assert options.port == port and any(re.search(rf"localhost:{port}/healthz", line) for line in LINES)
