"""Every command of `python -m train`, as a user types it."""

import json
import re
import shutil

import pytest

import models_zoo
from models_zoo import card as cards
from tests.train.own_folders import SMALL
from train.__main__ import main
from train.contract import variants
from train.publishing.readme import number

FOUR = ("8", "8", "8", "8")
QUICK = {name: SMALL[name] for name in ("colorize", "cyclegan", "discogan", "pix2pix", "srgan")} | {
    "dcgan": ("--widths", *FOUR, "--discriminator-widths", *FOUR),
    "stackgan": ("--widths", *FOUR, "--discriminator-widths", *FOUR),
    "stylegan": ("--widths", "8", *FOUR, "--discriminator-widths", "8", *FOUR),
}
"""Options that make large networks small: what a dry run tries does not depend on them."""
LECTURE = ["gan", "--preset", "lecture", "--batch-size", "16", "--device", "cpu"]


def run(capsys, *arguments):
    """Run a command in this process: exit code, standard output, standard error."""
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture(scope="module")
def trained(data_root, tmp_path_factory):
    """A finished run of four steps with two sheets too many for nothing."""
    out = tmp_path_factory.mktemp("runs") / "run"
    assert main([*LECTURE, "--data-root", str(data_root), "--out", str(out), "--steps", "4", "--eval-every", "0"]) == 0
    return out


def test_without_arguments_the_variants_are_listed(python):
    done = python("-m", "train")
    assert done.returncode == 0
    for name in variants():
        assert f"  {name} " in done.stdout
    for command in ("evaluate", "export", "publish"):
        assert command in done.stdout


@pytest.mark.parametrize("name", list(variants()))
def test_help_explains_every_option(capsys, name):
    code, said, _ = run(capsys, name, "--help")
    assert code == 0
    common = (
        "--data-root --dataset --out --steps --minutes --batch-size --seed --device --precision --resume --init-from"
    )
    for flag in [*common.split(), "--sample-every", "--eval-every", "--tracker", "--dry-run"]:
        assert flag in said
    assert "Continue the run in" in said and "default" in said


@pytest.mark.parametrize("name", list(variants()))
def test_dry_run_tries_all_the_machinery_and_leaves_nothing(capsys, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said, error = run(capsys, name, "--dry-run", "--device", "cpu", *QUICK.get(name, ()))
    assert code == 0, error
    assert f"Dry run of {name}" in said
    assert not list(tmp_path.iterdir())


def test_export_makes_a_model_that_the_zoo_finds_and_evaluate_measures_it_again(capsys, trained, tmp_path, data_root):
    code, said, error = run(capsys, "export", trained, "--id", "my-gan", "--zoo", tmp_path, "--samples", "64")
    assert code == 0, error
    (card,) = [card for card in models_zoo.find("unconditional", also=[tmp_path]) if card.id == "my-gan"]
    assert card.step == 4 and card.images_seen == 64 and card.arguments["preset"] == "lecture"
    assert card.snapshots == (0, 1, 2, 4)
    assert card.metrics["frechet_judge"]["n"] == 64 and card.metrics["frechet_judge"]["reference"] is not None
    assert card.command == "python -m train gan --steps 4 --batch-size 16 --eval-every 0 --preset lecture"
    readme = (card.folder / cards.README_FILE).read_text()
    assert readme.startswith("---\nlicense: apache-2.0") and card.command in readme and "CC BY-SA 3.0" in readme
    for name in (cards.SAMPLES_FILE, cards.SNAPSHOTS_FILE):
        assert (card.folder / name).read_bytes().startswith(b"\x89PNG")

    code, said, error = run(capsys, "evaluate", card.folder, "--samples", "64", "--data-root", data_root)
    assert code == 0, error
    value = number(card.metrics["frechet_judge"]["value"])
    assert f"frechet_judge: {value} (n = 64)" in said and f"the card says {value}" in said

    code, _, error = run(capsys, "evaluate", card.folder, "--samples", "32", "--data-root", data_root, "--write")
    assert code == 0, error
    assert cards.read(card.folder).metrics["frechet_judge"]["n"] == 32


def test_export_does_not_touch_a_folder_that_is_no_model(capsys, trained, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    code, _, error = run(capsys, "export", trained, "--id", "thesis", "--zoo", tmp_path, "--samples", "16")
    assert code == 2 and "is no model" in error
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


def test_resume_goes_on_with_the_options_of_the_run(capsys, tmp_path, data_root):
    out = tmp_path / "run"
    options = ["--data-root", data_root, "--eval-every", "0", "--steps", "5", "--seed", "3", "--minutes", "1e-9"]
    code, said, error = run(capsys, *LECTURE, *options, "--out", out)
    assert code == 0 and "step 1 " in said, error
    code, _, error = run(capsys, "export", out, "--id", "short", "--zoo", tmp_path, "--samples", "16")
    assert code == 0, error
    (command,) = (card.command for card in models_zoo.find("unconditional", also=[tmp_path]) if card.id == "short")
    assert "--steps 1 " in command and "--minutes" not in command, "the card's command trains what was exported"
    code, said, error = run(capsys, "gan", "--resume", "--out", out)
    assert code == 0 and "step 5 " in said, error
    assert json.loads((out / "config.json").read_text())["config"]["seed"] == 3
    code, _, error = run(capsys, "gan", "--resume", "--out", out, "--seed", "4")
    assert code == 2 and "--seed was 3, not 4" in error


def test_exporting_again_replaces_the_model(capsys, trained, tmp_path):
    for _ in range(2):
        code, _, error = run(capsys, "export", trained, "--id", "again", "--zoo", tmp_path, "--samples", "16")
        assert code == 0, error
    assert [path.name for path in tmp_path.iterdir()] == ["again"]


def test_a_failed_export_leaves_the_old_model(capsys, trained, tmp_path, monkeypatch):
    run(capsys, "export", trained, "--id", "kept", "--zoo", tmp_path, "--samples", "16")
    before = (tmp_path / "kept" / cards.WEIGHTS_FILE).read_bytes()
    broken = tmp_path / "broken"
    shutil.copytree(trained, broken)
    (broken / "last.safetensors").write_bytes(b"cut short")
    code, _, error = run(capsys, "export", broken, "--id", "kept", "--zoo", tmp_path, "--samples", "16")
    assert code == 2 and "damaged" in error
    assert (tmp_path / "kept" / cards.WEIGHTS_FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cycelgan"], "known: "),
        (["gan", "--steps", "0"], "--steps must be at least 1"),
        (["gan", "--lr", "-1"], "--lr must be above 0"),
        (["gan", "--minutes", "0"], "--minutes must be above 0"),
        (["gan", "--seed", "-1"], "--seed cannot be negative"),
        (["gan", "--seed", str(2**64)], "--seed must be below 2^63"),
        (["gan", "--batch-size", "0"], "--batch-size must be at least 1"),
        (["gan", "--log-every", "0"], "--log-every must be at least 1"),
        (["gan", "--eval-samples", "1"], "--eval-samples must be at least 2"),
        (["gan", "--minutes", "-1"], "--minutes must be above 0"),
        (["gan", "--lr", "nan"], "--lr must be above 0"),
        (["gan", "--lr-discriminator", "-1"], "--lr-discriminator must be above 0"),
        (["gan", "--beta1", "1"], "--beta1 must be below 1"),
        (["gan", "--r1", "inf"], "--r1 must be a finite number"),
        (["gan", "--r1", "1", "--r1-every", "0"], "--r1-every must be at least 1"),
        (["gan", "--latent-size", "-3"], "--latent-size must be at least 1"),
        (["dcgan", "--widths", "8", "0"], "--widths must be at least 1"),
        (["evaluate", "no-such-model"], "no-such-model"),
        (["evaluate", "gan-mnist", "--seed", str(2**64)], "--seed must be a 64-bit integer"),
        (["export", "no-such-run", "--id", "x", "--samples", "0"], "--samples must be at least 2"),
        (["evaluate", "gan-mnist", "--samples", "1"], "--samples must be at least 2"),
        (["export", "no-such-run", "--id", "x"], "is not a run"),
        (["export", "no-such-run", "--id", "../x"], "small letters"),
        (["publish", "gan-mnist", "--repo", "no-user"], "user/name"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(capsys, arguments, said):
    code, _, error = run(capsys, *arguments)
    assert code == 2
    assert said in error and "Traceback" not in error
    assert len(error.strip().splitlines()) == 1


def test_a_model_of_an_unknown_dataset_cannot_be_measured(capsys, tiny_model, edit_card):
    edit_card(tiny_model, dataset="elsewhere")
    code, _, error = run(capsys, "evaluate", tiny_model)
    assert code == 2 and "elsewhere" in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["gan", "--stepz", "3"],
        ["gan", "--loss", "none"],
        ["gan", "--steps", "many"],
        ["judge", "--lr-decay", "banana"],
    ],
)
def test_unknown_options_are_refused(capsys, arguments):
    code, _, error = run(capsys, *arguments)
    assert code == 2 and "Traceback" not in error


@pytest.fixture
def edited(trained, tmp_path):
    """Copies the finished run and changes its config.json as a text editor would."""

    def edit(change):
        copy = tmp_path / "edited"
        shutil.copytree(trained, copy)
        saved = json.loads((copy / "config.json").read_text())
        change(saved)
        (copy / "config.json").write_text(json.dumps(saved))
        return copy

    return edit


@pytest.mark.parametrize("command", ["resume", "export"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda saved: saved["config"].update(steps="many"), 'steps cannot be "many"'),
        (lambda saved: saved["config"].update(steps="30"), 'steps cannot be "30"'),
        (lambda saved: saved["config"].update(batch_size=True), "batch_size cannot be true"),
        (lambda saved: saved["config"].update(steps=0), "--steps must be at least 1"),
        (lambda saved: saved["config"].update(preset="mlp"), "does not fit the networks"),
        (lambda saved: saved["config"].update(preset="banana"), 'preset cannot be "banana"'),
        (lambda saved: saved["config"].update(dataset="elsewhere"), "--dataset elsewhere is neither"),
        (lambda saved: saved.update(variant="judge"), "trained the variant judge|does not fit the networks"),
        (lambda saved: saved.update(variant="elsewhere"), "elsewhere"),
        (lambda saved: saved.update(variant=["gan"]), "no readable config.json"),
        (lambda saved: saved.update(config=[1]), "no readable config.json"),
        (lambda saved: saved.update(ancestor={"id": "x"}), "ancestor"),
    ],
)
def test_a_run_whose_config_was_edited_into_nonsense_gets_one_sentence(capsys, edited, tmp_path, change, said, command):
    run_folder = edited(change)
    arguments = {
        "resume": ["gan", "--resume", "--out", run_folder],
        "export": ["export", run_folder, "--id", "x", "--zoo", tmp_path / "zoo", "--samples", "16"],
    }
    code, _, error = run(capsys, *arguments[command])
    assert code == 2
    assert re.search(said, error) and "Traceback" not in error
    assert len(error.strip().splitlines()) == 1


def test_data_that_is_not_there_is_said(capsys, tmp_path, monkeypatch):
    from torchvision.datasets import MNIST

    def fail(self):
        raise RuntimeError("no network")

    monkeypatch.setattr(MNIST, "download", fail)
    code, _, error = run(capsys, *LECTURE, "--data-root", tmp_path, "--out", tmp_path / "run")
    assert code == 2 and str(tmp_path) in error and "--data-root" in error


def test_the_data_root_comes_from_the_environment(capsys, data_root, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_DATA_ROOT", str(data_root))
    code, _, error = run(capsys, *LECTURE, "--out", tmp_path / "run", "--steps", "1", "--eval-every", "0")
    assert code == 0, error


def test_publish_pushes_to_the_hub(capsys, tiny_model, monkeypatch):
    pushed = []
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "token")
    monkeypatch.setattr(
        "huggingface_hub.PyTorchModelHubMixin.push_to_hub", lambda self, repo, **_k: pushed.append(repo)
    )
    code, said, _ = run(capsys, "publish", tiny_model, "--repo", "someone/tiny")
    assert code == 0 and pushed == ["someone/tiny"] and "someone/tiny" in said


def test_publishing_without_an_account_or_a_network_is_one_sentence(capsys, tiny_model, monkeypatch):
    import httpx

    def fail(self, repo, **_kwargs):
        raise httpx.ConnectError("no route to host")

    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    code, _, error = run(capsys, "publish", tiny_model, "--repo", "someone/tiny")
    assert code == 2 and "hf auth login" in error
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "token")
    monkeypatch.setattr("huggingface_hub.PyTorchModelHubMixin.push_to_hub", fail)
    code, _, error = run(capsys, "publish", tiny_model, "--repo", "someone/tiny")
    assert code == 2 and "no route to host" in error


def test_snapshots_are_spread_from_the_first_step_to_the_last():
    from train.publishing.snapshots import pick_snapshots

    steps = [0, 1, 2, 5, 10, 20, 50, 100, *range(1000, 60_001, 1000)]
    picked = pick_snapshots(steps)
    assert len(picked) == 8 and picked == sorted(set(picked))
    assert picked[0] == 0 and picked[-1] == 60_000 and any(10 <= step <= 100 for step in picked)
    assert pick_snapshots([0, 1, 2]) == [0, 1, 2]
    assert pick_snapshots(list(range(9))) != [] and len(set(pick_snapshots(list(range(9))))) == 8


def test_the_config_of_a_run_is_readable(trained):
    saved = json.loads((trained / "config.json").read_text())
    assert saved["variant"] == "gan" and saved["config"]["steps"] == 4
