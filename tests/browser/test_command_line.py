"""`python app.py`: what it accepts, and what it says when it does not."""

import socket

import pytest

import app


def test_bad_arguments_get_one_sentence_and_exit_code_2_and_help_names_every_option(capsys):
    for arguments, message in (
        (["--port", "many"], "invalid int value"),
        (["--port", "70000"], "from 1 to 65535"),
        (["--checkpoints", "nowhere"], "no folder nowhere"),
        (["--checkpoints", "no-one/nothing"], "Hugging Face Hub cannot be reached"),
        (["--colour"], "Unrecognized arguments"),
    ):
        with pytest.raises(SystemExit) as left:
            app.parse(arguments)
        said = capsys.readouterr().err
        assert left.value.code == 2
        assert message in said and len(said.strip().splitlines()) == 1
    with pytest.raises(SystemExit) as left:
        app.parse(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    for option in ("--host", "--port", "--share", "--no-browser", "--checkpoints", "--mcp"):
        assert option in said


def test_checkpoints_may_come_from_the_hub_and_a_folder_without_models_is_remarked_on(
    monkeypatch, capsys, tmp_path, zoo
):
    monkeypatch.setattr("models_zoo.checkpoint.download", lambda repo: tmp_path / repo)
    assert app.parse(["--checkpoints", "someone/some-model"]).checkpoints == tmp_path / "someone/some-model"
    assert app.parse(["--checkpoints", str(tmp_path)]).checkpoints == tmp_path
    monkeypatch.setattr("explorer.app.build", lambda **_: None)
    for served in ("launch", "until_stopped"):
        monkeypatch.setattr(f"explorer.app.{served}", lambda *_, **__: None)
    app.main(["--checkpoints", str(tmp_path)])
    assert capsys.readouterr().err == f"No model was found in {tmp_path}.\n"
    app.main(["--checkpoints", str(zoo)])
    assert capsys.readouterr().err == ""


def test_a_taken_port_gets_one_sentence_and_exit_code_2(python):
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = python("app.py", "--no-browser", "--port", other.getsockname()[1])
    assert result.returncode == 2
    assert "port" in result.stderr.lower() and "Traceback" not in result.stderr
