"""`python app.py`: what it accepts, and what it says when it does not."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABS = ["sample"]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "app.py", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "many"], "invalid int value"),
        (["--port", "70000"], "from 1 to 65535"),
        (["--checkpoints", "nowhere"], "no folder nowhere"),
        (["--checkpoints", "no-one/nothing"], "Hugging Face Hub cannot be reached"),
        (["--colour"], "Unrecognized arguments"),
    ],
)
def test_bad_arguments_get_one_sentence_and_exit_code_2(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_checkpoints_may_come_from_the_hub(monkeypatch, tmp_path):
    import app

    monkeypatch.setattr("models_zoo.checkpoint.download", lambda repo: tmp_path / repo)
    assert app.parse(["--checkpoints", "someone/some-model"]).checkpoints == tmp_path / "someone/some-model"
    assert app.parse(["--checkpoints", str(tmp_path)]).checkpoints == tmp_path


def test_a_folder_without_models_is_remarked_on(monkeypatch, capsys, tmp_path, zoo):
    import app

    demo = types.SimpleNamespace(block_thread=lambda: None)
    monkeypatch.setattr("explorer.app.build", lambda **_: demo)
    monkeypatch.setattr("explorer.app.launch", lambda *_, **__: None)
    app.main(["--checkpoints", str(tmp_path)])
    assert capsys.readouterr().err == f"No model was found in {tmp_path}.\n"
    app.main(["--checkpoints", str(zoo)])
    assert capsys.readouterr().err == ""


def test_a_taken_port_gets_one_sentence_and_exit_code_2(server):
    result = run("--no-browser", "--port", server.rsplit(":", 1)[1])
    assert result.returncode == 2
    assert "port" in result.stderr.lower() and "Traceback" not in result.stderr


def test_help_names_every_option():
    result = run("--help")
    assert result.returncode == 0
    for option in ("--host", "--port", "--share", "--no-browser", "--checkpoints", "--mcp"):
        assert option in result.stdout
