"""The loop's promises: bit-exact resumption, intact checkpoints, one clear sentence when something breaks."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Literal, get_origin, get_type_hints

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from models_zoo import card as cards
from tests.train.small_runs import edit_config, make, same, state, typed
from train import config as configs
from train.contract import variants
from train.errors import TrainError
from train.loop import runs, schedules, trainer
from train.loop.runs import RunFolder
from train.metrics.entries import metric
from train.publishing import export


@pytest.mark.parametrize("name", ["gan", "lsgan", "judge"])
def test_resuming_repeats_the_uninterrupted_run_bit_for_bit(tmp_path, name):
    options = {"lr_decay": "linear", **({"r1": 0.5, "r1_every": 2} if name != "judge" else {})}
    whole = trainer.train(name, *make(tmp_path / "whole", name, **options))
    trainer.train(name, *make(tmp_path / "parts", name, **options, steps=6, minutes=1e-9))  # stops after one step
    variant, data = make(tmp_path / "parts", name, **options, resume=True)
    parts = trainer.train(name, variant, data)
    assert same(state(whole), state(parts))


def test_training_on_for_more_steps_repeats_a_run_of_that_length_bit_for_bit(tmp_path):
    whole = trainer.train("gan", *make(tmp_path / "whole"))
    trainer.train("gan", *make(tmp_path / "parts", steps=3))
    assert same(state(whole), state(trainer.train("gan", *make(tmp_path / "parts", steps=6, resume=True))))


def test_training_on_under_a_decay_says_what_becomes_of_the_learning_rate(tmp_path, capsys):
    trainer.train("gan", *make(tmp_path, lr_decay="linear", steps=3))
    folder = trainer.train("gan", *make(tmp_path, lr_decay="linear", steps=9, resume=True))
    (said,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("--steps was"))
    assert "--steps was 3 and is 9 now" in said and "continues at 100% of --lr instead of 0%" in said
    rates = [entry["lr"] / 2e-4 for entry in folder.read_log()]
    assert rates == pytest.approx([1, 1, 2 / 3, 1, 1, 8 / 9, 6 / 9, 4 / 9, 2 / 9])


def test_another_seed_trains_other_weights(tmp_path):
    a = trainer.train("gan", *make(tmp_path / "a"))
    b = trainer.train("gan", *make(tmp_path / "b", seed=1))
    assert not same(state(a), state(b))


def test_the_run_folder_holds_what_it_should(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, sample_every=3, eval_every=3, eval_samples=64))
    assert list(folder.sheets()) == [0, 1, 2, 3, 5, 6]
    log = [entry for entry in folder.read_log() if "loss/generator" in entry]
    assert [entry["step"] for entry in log] == [1, 2, 3, 4, 5, 6]
    assert log[-1]["images"] == 48 and log[-1]["images_per_second"] > 0
    assert folder.best.exists()
    assert json.loads(folder.config.read_text())["variant"] == "gan"


@pytest.mark.parametrize("which", ["last", "best"])
def test_what_is_exported_is_the_running_average(tmp_path, which):
    variant, data = make(tmp_path, eval_every=6, eval_samples=32, ema_half_life=1_000)
    folder = trainer.train("gan", variant, data)
    model = variant.build()
    runs.load_networks(folder, model, which)
    saved = state(folder)
    for name, tensor in model.generator.state_dict().items():
        assert torch.equal(tensor, saved[f"average.generator.{name}"])
    weights = next(name for name in model.generator.state_dict() if name.endswith("weight"))
    assert not torch.equal(saved[f"average.generator.{weights}"], saved[f"model.generator.{weights}"])


def test_the_log_of_a_resumed_run_has_every_step_once(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, steps=3))
    with open(folder.log, "a") as file:
        file.write('{"step": 4, "loss/generator": 1}\n{"step": 5, "lo')  # logged after the last checkpoint, then killed
    trainer.train("gan", *make(tmp_path, resume=True))
    assert [entry["step"] for entry in folder.read_log()] == [1, 2, 3, 4, 5, 6]


def test_best_is_the_best_measured_not_the_last(tmp_path, monkeypatch):
    values = iter([3.0, 1.0, 2.0, 1.0, 2.0])

    def evaluate(self, model, data, n, seed):
        return {"frechet_judge": metric(next(values), None, {}, n, "lower")}

    monkeypatch.setattr(variants()["gan"], "evaluate", evaluate)
    variant, data = make(tmp_path, eval_every=2)
    folder = trainer.train("gan", variant, data)
    meta = runs.load_networks(folder, variants()["gan"](variants()["gan"].Config(preset="lecture")).build(), "best")
    assert meta["step"] == 4 and meta["metrics"]["frechet_judge"]["value"] == 1.0
    for which, step in (("auto", 4), ("last", 6)):
        exported = export.export(folder.path, f"tiny-{which}", data, which, zoo=tmp_path / "zoo", samples=16)
        assert cards.read(exported).step == step


def test_init_from_starts_at_the_given_weights(tmp_path, tiny_model):
    variant, data = make(tmp_path, init_from=str(tiny_model), latent_size=7, steps=1, lr=1e-12)
    trained = state(trainer.train("gan", variant, data))
    given = load_file(tiny_model / "model.safetensors")
    assert torch.allclose(trained["model.generator.0.weight"], given["generator.0.weight"].float(), atol=1e-6)


def test_a_run_goes_on_without_the_model_that_it_began_from(tmp_path):
    parent, data = make(tmp_path / "parent", steps=1)
    trainer.train("gan", parent, data)
    folder = export.export(parent.config.out, "parent", data, zoo=tmp_path / "zoo", samples=20)
    options = {"init_from": str(folder), "steps": 2}
    trainer.train("gan", make(tmp_path / "child", minutes=1e-9, **options)[0], data)
    shutil.rmtree(folder)
    trainer.train("gan", make(tmp_path / "child", resume=True, **options)[0], data)
    assert RunFolder(tmp_path / "child" / "run").read_log()[-1]["step"] == 2


def test_a_model_that_began_from_another_tells_both_commands_and_all_it_saw(tmp_path, tiny_model, edit_card):
    edit_card(tiny_model, command="python -m train gan --steps 9", step=9, images_seen=900)
    variant, data = make(tmp_path, init_from=str(tiny_model), latent_size=7, steps=2)
    trainer.train("gan", variant, data)
    card = cards.read(export.export(variant.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    first, then, second = card.command.splitlines()
    assert first == "python -m train gan --steps 9 --out runs/stage-1"
    assert then == "python -m train export runs/stage-1 --id stage-1 --checkpoint last --zoo runs/zoo"
    assert second.startswith("python -m train gan ") and "--init-from runs/zoo/stage-1" in second
    grandchild = configs.command("gan", variant.config, {"command": card.command})
    assert "--out runs/stage-2\n" in grandchild
    assert "--init-from runs/zoo/stage-2" in grandchild.splitlines()[-1] and str(tmp_path) not in grandchild
    assert card.step == 11 and card.images_seen == 900 + 2 * variant.config.batch_size


def test_the_snapshots_of_a_model_that_began_from_another_begin_with_those(tmp_path):
    parent, data = make(tmp_path / "parent", steps=3000, minutes=1e-9)
    trainer.train("gan", parent, data)
    folder = export.export(parent.config.out, "parent", data, zoo=tmp_path / "zoo", samples=20)
    child, _ = make(tmp_path / "child", init_from=str(folder), steps=4)
    trainer.train("gan", child, data)
    old = cards.read(folder)
    new = cards.read(export.export(child.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    assert new.snapshots == (*old.snapshots, *(old.step + step for step in (1, 2, 4)))
    with Image.open(folder / "snapshots.png") as before, Image.open(new.folder / "snapshots.png") as after:
        assert after.size == (before.width // len(old.snapshots) * len(new.snapshots), before.height)
        assert after.crop((0, 0, *before.size)).tobytes() == before.tobytes()
    for step, sheet in RunFolder(child.config.out).sheets().items():
        if step < 4:
            sheet.unlink()
    alone = cards.read(export.export(child.config.out, "child", data, zoo=tmp_path / "zoo", samples=20))
    assert alone.snapshots == (*old.snapshots, old.step + 4)


def test_init_from_other_networks_is_refused(tmp_path, tiny_model):
    with pytest.raises(TrainError, match="networks differ"):
        trainer.train("gan", *make(tmp_path, init_from=str(tiny_model)))


def test_the_average_follows_the_weights_quickly_at_first():
    assert schedules.average_decay(5000, 128, 0) == 0
    assert schedules.average_decay(5000, 128, 2560) == pytest.approx(0.5)
    assert schedules.average_decay(128, 128, 10**7) == pytest.approx(0.5)


def test_a_diverged_loss_stops_the_run_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    folder = trainer.train("gan", *make(tmp_path, steps=3))
    before = folder.last.read_bytes()
    monkeypatch.setattr(variants()["gan"], "generator_loss", lambda self, fake: fake.mean() * float("nan"))
    with pytest.raises(TrainError, match=r"diverged: loss/generator .* step 4"):
        trainer.train("gan", *make(tmp_path, resume=True))
    assert folder.last.read_bytes() == before


@pytest.mark.parametrize("broken", ["loss", "weights", "average"])
def test_weights_are_looked_at_before_they_are_measured_whichever_step_it_is(tmp_path, monkeypatch, broken):
    kind, at_step_3 = variants()["gan"], []
    loss = kind.generator_loss

    def breaks(self, fake):
        at_step_3.append(fake)
        return loss(self, fake) * (float("nan") if broken == "loss" and len(at_step_3) == 3 else 1)

    def overflows(run, batch, step=trainer.step):
        told = step(run, batch)
        if run.progress.step == 2 and broken != "loss":
            net = run.progress.model if broken == "weights" else run.progress.averaged
            next(net.generator.parameters()).data.fill_(float("inf"))
        return told

    monkeypatch.setattr(kind, "generator_loss", breaks)
    monkeypatch.setattr(trainer, "step", overflows)
    monkeypatch.setattr(kind, "evaluate", lambda *_, **__: pytest.fail("measured"))
    options = {"eval_every": 3, "log_every": 100, "checkpoint_every": 100, "sample_every": 100}
    with pytest.raises(TrainError, match=r"diverged: .* step 3; no checkpoint was saved before"):
        trainer.train("gan", *make(tmp_path, **options))


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ({}, {}, "already holds a run"),
        ({}, {"resume": True, "lr": 0.1}, "--lr was 0.0002, not 0.1"),
        ({"lr_decay": "linear"}, {"resume": True, "lr_decay": "linear", "steps": 4}, "--steps was 6, not 4"),
        (None, {"resume": True}, "nothing to resume"),
        (None, {"batch_size": 1000}, "more than the 64 images"),
        (None, {"precision": "fp16"}, "CUDA"),
        (None, {"device": "cuda"}, "no CUDA GPU"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(tmp_path, first, then, said):
    if "cuda" in then.values() and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA GPU")
    if first is not None:
        trainer.train("gan", *make(tmp_path, **first))
    with pytest.raises(TrainError, match=said) as caught:
        trainer.train("gan", *make(tmp_path, **then))
    assert "\n" not in str(caught.value)


def test_a_restarted_run_keeps_nothing_of_one_that_died_before_its_first_checkpoint(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, seed=5, sample_every=3, eval_every=3, eval_samples=64))
    folder.last.unlink()
    trainer.train("gan", *make(tmp_path, steps=2))
    assert list(folder.sheets()) == [0, 1, 2] and not folder.best.exists()
    assert [entry["step"] for entry in folder.read_log()] == [1, 2]


def test_a_lazy_phase_is_logged_although_no_logged_step_runs_it(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, r1=1.0, r1_every=4, log_every=3))
    assert [entry["loss/r1"] > 0 for entry in folder.read_log()] == [True, True]


def test_a_lazy_phase_runs_as_seldom_as_asked(tmp_path):
    folder = trainer.train("gan", *make(tmp_path, r1=1.0, r1_every=4, log_every=1))
    assert [entry["step"] for entry in folder.read_log() if "loss/r1" in entry] == [1, 5]


@pytest.mark.parametrize("name", ["gan", "lsgan", "dcgan", "cgan", "acgan"])
def test_a_gradient_penalty_is_lazy_in_every_variant_that_has_one(name):
    kind = variants()[name]
    phases = {phase.name: phase.every for phase in kind(kind.Config(r1=1.0, r1_every=4)).phases}
    assert phases == {"generator": 1, "discriminator": 1, "r1": 4}


def test_logged_losses_are_means_since_the_line_before(tmp_path):
    every = trainer.train("gan", *make(tmp_path / "every", log_every=1)).read_log()
    third = trainer.train("gan", *make(tmp_path / "third", log_every=3)).read_log()
    mean = sum(entry["loss/generator"] for entry in every[:3]) / 3
    assert third[0]["loss/generator"] == pytest.approx(mean, rel=1e-4)


def test_a_variant_does_not_resume_the_run_of_another(tmp_path):
    trainer.train("gan", *make(tmp_path))
    with pytest.raises(TrainError, match="trained the variant gan"):
        trainer.train("lsgan", *make(tmp_path, "lsgan", resume=True))


def test_a_run_resumes_in_the_precision_that_auto_took_when_it_began(tmp_path, monkeypatch, capsys):
    auto = {"precision": "auto", "steps": 4}
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    whole = trainer.train("gan", *make(tmp_path / "whole", **auto))
    trainer.train("gan", *make(tmp_path / "parts", **auto, minutes=1e-9))
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    capsys.readouterr()
    parts = trainer.train("gan", *make(tmp_path / "parts", **auto, resume=True))
    assert same(state(whole), state(parts))
    assert "continues in bf16 as it began; a new run would use fp32 here." in capsys.readouterr().out


def test_resuming_on_another_device_says_that_the_weights_will_differ(tmp_path, capsys):
    auto = {"precision": "auto", "steps": 2}
    folder = trainer.train("gan", *make(tmp_path, **auto, minutes=1e-9))
    edit_config(folder, hardware={"device": "cuda", "precision": "bf16"})
    capsys.readouterr()
    trainer.train("gan", *make(tmp_path, **auto, resume=True))
    said = capsys.readouterr().out.splitlines()[0]
    assert "trained on cuda and continues on cpu, still in bf16" in said and "differ slightly" in said
    assert folder.read_hardware() == runs.Hardware("cpu", "bf16")


def test_a_precision_that_a_device_cannot_do_is_replaced_and_said(monkeypatch):
    from train.loop import precision

    monkeypatch.setattr(precision, "_has_bf16", lambda device: False)
    config = configs.CommonConfig()
    now, said = precision.choose(config, torch.device("cpu"), precision.Hardware("cuda", "bf16"))
    assert now == precision.Hardware("cpu", "fp32") and "continues in fp32" in said


def test_a_run_of_a_version_that_kept_no_precision_resumes_silently(tmp_path, capsys):
    folder = trainer.train("gan", *make(tmp_path, steps=2, precision="auto"))
    saved = json.loads(folder.config.read_text())
    del saved["hardware"]
    folder.config.write_text(json.dumps(saved))
    capsys.readouterr()
    trainer.train("gan", *make(tmp_path, steps=3, precision="auto", resume=True))
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("name", ["dcgan", "cyclegan", "discogan", "pix2pix", "stackgan"])
def test_the_discriminators_learning_rate_reaches_those_that_look_through_features(name):
    kind = variants()[name]
    variant = kind(kind.Config(projected=1.0, lr=1e-4, lr_discriminator=3e-4))
    rates = {
        phase.name: {schedules.learning_rate(variant.config, net) for net in phase.nets} for phase in variant.phases
    }
    assert rates.pop(variant.phases[0].name) == {1e-4}
    assert "projected" in rates and all(each == {3e-4} for each in rates.values())


@pytest.mark.parametrize("name", list(variants()))
def test_no_variant_lets_an_option_with_choices_take_anything(name):
    common, own = get_type_hints(configs.CommonConfig), get_type_hints(variants()[name].Config)
    loose = [key for key, kind in common.items() if get_origin(kind) is Literal and get_origin(own[key]) is not Literal]
    assert not loose


def test_an_unwritable_folder_is_named(tmp_path):
    (tmp_path / "run").write_text("a file stands in the way")
    with pytest.raises(TrainError, match="cannot be written"):
        trainer.train("gan", *make(tmp_path))


def test_a_run_without_its_config_is_named(tmp_path):
    folder = trainer.train("gan", *make(tmp_path))
    folder.config.unlink()
    with pytest.raises(TrainError, match=r"no readable config\.json"):
        trainer.train("gan", *make(tmp_path, resume=True))


def test_a_folder_that_cannot_be_one_is_named_before_a_tracker_writes_there(tmp_path):
    with pytest.raises(TrainError, match="cannot be written"):
        trainer.train("gan", *make(tmp_path, out=Path("/dev/null/run"), tracker="tensorboard"))


def test_a_damaged_checkpoint_is_named(tmp_path):
    folder = trainer.train("gan", *make(tmp_path))
    folder.last.write_bytes(folder.last.read_bytes()[:1000])
    with pytest.raises(TrainError, match="damaged"):
        trainer.train("gan", *make(tmp_path, resume=True))


def test_progress_shows_speed_and_remaining_time(tmp_path, data_root, capsys):
    typed(data_root, tmp_path / "run", "--steps", "20")
    said = capsys.readouterr().err
    assert "img/s" in said and "step 20" in said
    assert "00:00" in said  # elapsed<remaining


def test_a_tensorboard_log_is_written_on_request(tmp_path, data_root):
    pytest.importorskip("tensorboard", reason="the tracker is an option that its user installs")
    assert typed(data_root, tmp_path / "run", "--steps", "2", "--log-every", "1", "--tracker", "tensorboard") == 0
    assert list((tmp_path / "run").rglob("events.out.tfevents*"))


def test_configs_tell_what_differs(tmp_path):
    variant, _ = make(tmp_path)
    saved = configs.to_json(variant.config)
    assert configs.differences(dataclasses.replace(variant.config, steps=9, out=None), saved) == []
    assert configs.differences(dataclasses.replace(variant.config, seed=9), saved) == ["--seed was 0, not 9"]
    assert configs.from_json(type(variant.config), saved) == variant.config
    assert configs.command("gan", variants()["gan"].Config(loss="minimax")) == "python -m train gan --loss minimax"
