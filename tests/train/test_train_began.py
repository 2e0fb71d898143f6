"""BEGAN: the balance of its game, and M_global from the log of a run to the model card."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import models_zoo
from models_zoo import card as cards
from models_zoo.began import BEGAN
from train.__main__ import main
from train.contract import variants
from train.data import datasets as data
from train.data.datasets import synthetic
from train.errors import TrainError
from train.loop import trainer
from train.loop.distributed import mean_over_processes
from train.loop.runs import RunFolder
from train.objectives import losses
from train.publishing import export
from train.variants import began

ROOT = Path(__file__).parents[2]
SMALL = {"latent_size": 6, "hidden_size": 5, "width": 8}


def make(out, **options):
    defaults = {"out": out, "steps": 4, "batch_size": 4, "eval_every": 0, "precision": "fp32", "device": "cpu"}
    defaults |= {"log_every": 1, "lr_decay": "none"}
    kind = variants()["began"]
    return kind(kind.Config(**{**defaults, **SMALL, **options}))


@pytest.fixture(scope="module")
def faces():
    return synthetic("celeba", 64)


def test_k_rises_while_generated_images_are_repeated_too_well_and_stays_between_0_and_1():
    assert losses.equilibrium_control(0.5, real=0.2, fake=0.05, gamma=0.5, rate=0.1) == pytest.approx(0.505)
    assert losses.equilibrium_control(0.5, real=0.2, fake=0.1, gamma=0.5, rate=0.1) == pytest.approx(0.5)
    assert losses.equilibrium_control(0.5, real=0.2, fake=0.3, gamma=0.5, rate=0.1) == pytest.approx(0.48)
    assert losses.equilibrium_control(0.0, real=0.2, fake=0.3, gamma=0.5, rate=0.1) == 0
    assert losses.equilibrium_control(1.0, real=0.2, fake=0.0, gamma=0.5, rate=0.1) == 1


def test_m_global_is_smallest_for_good_repetition_in_balance():
    real = torch.tensor(0.2)
    assert losses.global_convergence(real, torch.tensor(0.1), gamma=0.5) == pytest.approx(0.2)
    for fake in (0.05, 0.15):
        assert losses.global_convergence(real, torch.tensor(fake), gamma=0.5) == pytest.approx(0.25)


def test_the_auto_encoder_descends_on_real_and_climbs_on_generated_images():
    real, fake = torch.tensor(0.3, requires_grad=True), torch.tensor(0.1, requires_grad=True)
    losses.discriminator_equilibrium(real, fake, k=0.25).backward()
    assert (real.grad, fake.grad) == (1, -0.25)
    assert losses.reconstruction(torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), -0.5)) == 0.5


@pytest.mark.parametrize("side", [16, 64])
def test_a_began_draws_and_repeats_and_all_its_weights_learn(side):
    model = BEGAN(side, 3, **SMALL)
    images = model.generate(torch.randn(4, 6))
    again = model.reconstruct(images)
    assert images.shape == again.shape == (4, 3, side, side) and images.abs().max() <= 1 and again.abs().max() <= 1
    again.sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("side", [8, 48])
def test_a_began_of_an_impossible_size_is_refused(side):
    with pytest.raises(ValueError, match=f"power of two from 16 on, not {side}"):
        BEGAN(side)


@pytest.mark.parametrize(
    ("options", "said"), [({"gamma": 1.5}, "--gamma"), ({"lambda_k": 0.0}, "--lambda-k"), ({"width": 0}, "--width")]
)
def test_options_without_sense_are_refused(tmp_path, options, said):
    with pytest.raises(TrainError, match=said):
        make(tmp_path, **options)


def test_the_log_tells_both_errors_k_and_m_global(tmp_path, faces):
    k = 0.0
    for line in trainer.train("began", make(tmp_path / "run", gamma=0.7, lambda_k=0.5), faces).read_log():
        real, fake = line["error/real"], line["error/fake"]
        k = losses.equilibrium_control(k, real, fake, gamma=0.7, rate=0.5)
        assert line["k"] == pytest.approx(k, abs=1e-5)
        assert line["m_global"] == pytest.approx(real + abs(0.7 * real - fake), abs=1e-5)
    assert k > 0


def test_resuming_goes_on_with_the_k_of_the_run_bit_for_bit(tmp_path, faces):
    options = {"lambda_k": 0.5, "gamma": 0.7}
    whole, parts = make(tmp_path / "whole", **options), make(tmp_path / "parts", **options, resume=True)
    trainer.train("began", whole, faces)
    trainer.train("began", make(tmp_path / "parts", **options, minutes=1e-9), faces)  # stops after one step
    trainer.train("began", parts, faces)
    assert whole.state.scalars["k"] == parts.state.scalars["k"] > 0
    one, other = (load_file(RunFolder(tmp_path / name).last) for name in ("whole", "parts"))
    assert all(torch.equal(one[name], other[name]) for name in one)


PROCESS = """
import sys
import torch
from train.loop.distributed import mean_over_processes
rank = int(sys.argv[1])
torch.distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
print(mean_over_processes(torch.tensor([0.25 + 0.5 * rank, 1.0], requires_grad=True)))
"""


def test_processes_agree_on_a_mean(tmp_path):
    command = [sys.executable, "-c", PROCESS]
    both = [
        subprocess.Popen([*command, rank, str(tmp_path / "meeting")], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for rank in ("0", "1")
    ]
    assert [process.communicate(timeout=120)[0] for process in both] == ["tensor([0.5000, 1.0000])\n"] * 2
    alone = mean_over_processes(torch.ones(2, requires_grad=True))
    assert torch.equal(alone, torch.ones(2)) and not alone.requires_grad


def test_k_goes_by_the_errors_of_all_processes(tmp_path, monkeypatch):
    monkeypatch.setattr(began, "mean_over_processes", lambda mine: mine + torch.tensor([0.1, 0.0]))
    variant = make(tmp_path, gamma=0.7, lambda_k=0.5)
    logged = variant.balance(torch.tensor(0.2), torch.tensor(0.1))
    assert variant.state.scalars["k"] == pytest.approx(0.5 * (0.7 * 0.3 - 0.1))
    assert logged["k"] == pytest.approx(variant.state.scalars["k"])
    assert logged["m_global"] == pytest.approx(0.3 + 0.7 * 0.3 - 0.1)


# ---- M_global on the card -----------------------------------------------------------------------


def log_of(pairs):
    """The log of a run that measured `kid_lite0` after every two lines of M_global."""
    lines = []
    for step, (m_global, distance) in enumerate(pairs, 1):
        lines += [{"step": 10 * step - 5, "m_global": m_global + 0.1}, {"step": 10 * step, "m_global": m_global - 0.1}]
        lines.append({"step": 10 * step, "metric/kid_lite0": distance})
    return lines


def test_m_global_that_ranks_as_the_distance_does_tells_quality(tmp_path, faces):
    found, curves = make(tmp_path).history(log_of([(0.5, 0.4), (0.2, 0.1), (0.3, 0.2)]), faces)
    metric = found["rank_correlation/M_global"]
    assert metric["value"] == pytest.approx(1) and metric["n"] == 3
    # The distance rose at the end: that training goes on says less.
    assert metric["reference"] == pytest.approx(0.5)
    curve = curves["m_global"]
    assert models_zoo.chart.is_curve(curve)
    assert curve["x"]["values"] == [10, 20, 30]
    means, distances = (series["values"] for series in curve["series"])
    assert means == pytest.approx([0.5, 0.2, 0.3]) and distances == [0.4, 0.1, 0.2]
    opposed, _ = make(tmp_path).history(log_of([(0.5, 0.1), (0.3, 0.2), (0.2, 0.4)]), faces)
    assert opposed["rank_correlation/M_global"]["value"] == pytest.approx(-1)


def test_the_course_of_both_errors_and_of_k_is_told_in_a_few_points(tmp_path, faces):
    log = [
        {"step": step, "m_global": 0.2, "error/real": 0.1, "error/fake": 0.3 * (step % 2), "k": step / 1000}
        for step in range(1, 201)
    ]
    metrics, curves = make(tmp_path).history([*log, {"step": 200, "metric/kid_lite0": 0.5}], faces)
    assert metrics == {} and set(curves) == {"errors", "k"} and all(map(models_zoo.chart.is_curve, curves.values()))
    steps, fakes = curves["errors"]["x"]["values"], curves["errors"]["series"][2]["values"]
    assert len(steps) <= 48 and steps[-1] == 200 and steps == sorted(set(steps))
    assert set(fakes[:-1]) <= {0.12, 0.15, 0.18}  # means over neighbouring lines
    assert curves["k"]["series"][0]["values"][0] == pytest.approx(0.003)
    assert make(tmp_path).history(log[:1], faces) == ({}, {})


def test_two_measurements_tell_nothing(tmp_path, faces):
    assert make(tmp_path).history(log_of([(0.5, 0.4), (0.2, 0.1)]), faces) == ({}, {})


def test_what_the_run_told_is_exported_and_stays_when_the_model_is_measured_again(tmp_path, faces, monkeypatch, capsys):
    distances = iter([0.5, 0.3, 0.4, 0.2, 0.1])

    def evaluate(self, model, data, n, seed):
        return {"kid_lite0": {"value": next(distances), "reference": 0.0, "reference_label": {}, "n": n, "better": ""}}

    monkeypatch.setattr(variants()["began"], "evaluate", evaluate)
    monkeypatch.setattr(data, "load", lambda *_: faces)
    trainer.train("began", make(tmp_path / "run", steps=6, eval_every=2), faces)
    folder = export.export(tmp_path / "run", "face", faces, zoo=tmp_path / "zoo", samples=20)
    exported = cards.read(folder)
    assert exported.metrics["kid_lite0"]["value"] == 0.2 and exported.metrics["rank_correlation/M_global"]["n"] == 3
    assert [series["values"] for series in exported.curves["m_global"]["series"]][1] == [0.5, 0.3, 0.4]
    (folder / "m-global.svg").unlink()

    assert main(["evaluate", str(folder), "--samples", "30", "--write"]) == 0
    again = cards.read(folder)
    assert again.metrics["kid_lite0"]["value"] == 0.1
    assert again.metrics["rank_correlation/M_global"] == exported.metrics["rank_correlation/M_global"]
    assert again.curves == exported.curves
    assert (folder / "m-global.svg").read_text(encoding="utf-8").startswith("<svg")
    readme = (folder / cards.README_FILE).read_text(encoding="utf-8")
    assert "(m-global.svg)" in readme and "rank correlation with the kernel distance" in readme
    assert "measures these again, except for what the log of its run told." in readme
    assert "rank_correlation/M_global" in capsys.readouterr().out
    assert json.loads((folder / cards.CONFIG_FILE).read_text())["verdict"] == ""
