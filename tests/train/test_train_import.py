"""Checkpoints of other programs: they draw here what they draw there, and nothing in them is executed."""

import argparse
import os
import shlex
import zipfile

import pytest
import safetensors.torch
import torch
from PIL import Image

import models_zoo
from tests.train import peers
from train.__main__ import main

SIZES = {"image_size": 16, "latent_size": 5, "widths": [8, 6, 4], "discriminator_widths": [], "w_size": 7}


def imported(folder, path, *options, fails=False):
    zoo = folder / "zoo"
    code = main(
        ["import", *map(str, [path] if not isinstance(path, list) else path), "--id", "x", "--zoo", str(zoo), *options]
    )
    assert code == (2 if fails else 0)
    if fails:
        assert not zoo.exists() or not list(zoo.iterdir())
        return None
    return models_zoo.load(str(zoo / "x"), "cpu")


def saved(folder, content, name="net.pth"):
    torch.save(content, folder / name)
    return folder / name


def picture(side=32):
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0)) * 2 - 1


@torch.no_grad()
@pytest.mark.parametrize(
    "options",
    [{}, {"blocks": 3}, {"dropout": True}, {"resize": True}, {"kind": "batch"}, {"channels": 1}],
    ids=lambda options: "-".join(map(str, options)) or "plain",
)
def test_residual_generators_draw_what_they_draw_in_their_project(tmp_path, options):
    network = peers.trained(peers.Resnet(**options)).train()
    for layer in network.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.eval()
    x = picture()[:1, : options.get("channels", 3)]
    path = saved(tmp_path, network.state_dict())
    model = imported(tmp_path, path, "--domains", "horse", "zebra", "--no-dropout")
    assert torch.allclose(model.translate(x, "a2b"), network(x), atol=1e-4)
    card = model.card
    assert (card.variant, card.task, card.directions) == ("cyclegan", "translation", ("a2b",))
    assert card.domains["b"] == {"en": "zebra", "ko": "zebra"}
    assert card.licences == {"weights": "unknown", "data": "unknown"} and "SHA-256" in card.text("trained_on", "en")
    assert main(["evaluate", str(card.folder)]) == 2
    assert (card.folder / "samples.png").is_file() and "net.pth" in (card.folder / "README.md").read_text()


@torch.no_grad()
@pytest.mark.parametrize("statistics", ["test", "eval"])
def test_averages_that_its_project_never_used_are_used_only_when_asked_for(tmp_path, statistics):
    network = peers.trained(peers.Resnet("instance-2017"))
    path = saved(tmp_path, network.state_dict())
    model = imported(tmp_path, path, "--statistics", statistics)
    network.train(statistics == "test")
    assert torch.allclose(model.translate(picture()[:1], "a2b"), network(picture()[:1]), atol=1e-4)
    assert ("eval mode" in model.card.text("limits", "en")) is (statistics == "eval")
    assert ("--statistics eval" in model.card.command) is (statistics == "eval")


@torch.no_grad()
def test_a_unet_draws_by_each_picture_and_with_dropout_unless_told_otherwise(tmp_path):
    network = peers.trained(peers.Unet())
    path, x = saved(tmp_path, network.state_dict()), picture()
    (tmp_path / "quiet").mkdir()
    (tmp_path / "eval").mkdir()
    noisy = imported(tmp_path, path)
    quiet = imported(tmp_path / "quiet", path, "--no-dropout")
    by_averages = imported(tmp_path / "eval", path, "--statistics", "eval")
    assert noisy.card.variant == "pix2pix"
    assert torch.allclose(by_averages.translate(x, "a2b"), network.eval()(x), atol=1e-4)
    drawn = quiet.translate(x, "a2b")
    for layer in network.train().modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.eval()
    # The project's batches are of one picture.
    assert torch.allclose(drawn, torch.cat([network(x[:1]), network(x[1:])]), atol=1e-4)
    assert torch.equal(noisy.translate(x, "a2b"), noisy.translate(x, "a2b"))
    assert (noisy.translate(x, "a2b") - drawn).abs().mean() > 0.01
    assert "Dropout is on" in noisy.card.text("limits", "en")


@torch.no_grad()
def test_a_unet_as_deep_as_its_project_makes_them_is_recognised(tmp_path):
    network = peers.trained(peers.Unet(width=2, levels=8)).eval()
    model = imported(tmp_path, saved(tmp_path, network.state_dict()), "--statistics", "eval")
    assert (model.image_size, model.MULTIPLE) == (256, 256)
    assert torch.allclose(model.translate(picture(256)[:1], "a2b"), network(picture(256)[:1]), atol=1e-4)


@torch.no_grad()
def test_two_files_are_the_two_directions(tmp_path):
    there, back = (peers.trained(peers.Resnet()), peers.Resnet())
    paths = [saved(tmp_path, net.state_dict(), f"{place}.pth") for place, net in enumerate((there, back))]
    model = imported(tmp_path, paths)
    assert model.directions == ("a2b", "b2a")
    assert torch.allclose(model.translate(picture(), "b2a"), back(picture()), atol=1e-4)


@torch.no_grad()
def test_a_dcgan_draws_what_it_draws_in_its_project(tmp_path):
    network = peers.trained(peers.ExampleDCGAN()).eval()
    model = imported(tmp_path, saved(tmp_path, network.state_dict(), "netG_epoch_24.pth"), "--title", "Mine")
    z = model.latents(range(3))
    assert torch.allclose(model.generate(z), network(z[:, :, None, None]), atol=1e-5)
    assert model.card.task == "unconditional" and model.card.verdict == "" and model.card.text("title", "ko") == "Mine"


def wrapped(state):
    raw = {name: value + 1 for name, value in state.items()}
    prefixed = {f"module.{name}": value for name, value in state.items()}
    return {
        "in a container": {"epoch": 3, "netG": state, "netD": {"main.0.weight": torch.zeros(2, 3, 4, 4)}},
        "of a wrapper": prefixed,
        "with an average": {"g": raw, "g_ema": state, "optimizer": {"state": {}, "param_groups": []}},
        "in half precision": {name: value.half() for name, value in state.items()},
    }


@torch.no_grad()
@pytest.mark.parametrize("how", ["in a container", "of a wrapper", "with an average", "in half precision"])
def test_states_are_found_where_programs_put_them(tmp_path, how):
    network = peers.trained(peers.ExampleDCGAN()).eval()
    model = imported(tmp_path, saved(tmp_path, wrapped(network.state_dict())[how]))
    z = model.latents(range(3))
    assert torch.allclose(model.generate(z), network(z[:, :, None, None]), atol=1e-2 if "half" in how else 1e-5)


@pytest.mark.parametrize("form", ["old", "safetensors"])
def test_other_forms_of_files_are_read(tmp_path, form):
    state, path = peers.ExampleDCGAN().state_dict(), tmp_path / "net.bin"
    if form == "old":
        torch.save(state, path, _use_new_zipfile_serialization=False)
    else:
        safetensors.torch.save_file(state, path)
    assert imported(tmp_path, path).image_size == 64


# ---- what is no generator ---------------------------------------------------------------------------


def discriminator():
    layers = [torch.nn.Conv2d(3, 4, 4, 2, 1), torch.nn.LeakyReLU(0.2), torch.nn.Conv2d(4, 1, 4, 1, 1)]
    return {f"model.{name}": value for name, value in torch.nn.Sequential(*layers).state_dict().items()}


def wider():
    state = peers.Resnet().state_dict()
    return state | {"model.4.weight": torch.zeros(9, 4, 3, 3)}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 1.0}]},
            "holds the state of an optimizer.",
        ),
        (
            discriminator(),
            "holds a discriminator of patches of pytorch-CycleGAN-and-pix2pix; a generator, G, is needed.",
        ),
        ({"b4.out.weight": torch.zeros(1)}, "holds a discriminator of StyleGAN2; its generator is needed."),
        (
            {"synthesis.input.freqs": torch.zeros(2, 2)},
            "holds a StyleGAN3, of whose networks only its copy of StyleGAN2",
        ),
        ({"conv.weight": torch.zeros(2, 3)}, "known here; it begins with conv.weight of the shape (2, 3)."),
        ({"epoch": 3}, "holds no weights."),
        (
            wider(),
            "is most like a generator of pytorch-CycleGAN-and-pix2pix (resnet), but model.4.weight is 9 x 4 x 3 x 3 in",
        ),
        ({"main.0.weight": torch.zeros(2, 3, 4, 4)}, "is most like a generator of pytorch/examples (dcgan), but"),
    ],
)
def test_what_is_no_generator_is_named(tmp_path, content, said, capsys):
    imported(tmp_path, saved(tmp_path, content), fails=True)
    assert said in capsys.readouterr().err


def test_files_that_are_no_checkpoints_are_named(tmp_path, capsys):
    whole = saved(tmp_path, peers.ExampleDCGAN().state_dict()).read_bytes()
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.writestr("a.png", b"picture")
    cases = {"half.pth": whole[: len(whole) // 2], "empty.pth": b"", "text.pth": b"<!DOCTYPE html>"}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
    for name, said in {
        "half.pth": "is damaged, cut short, or no checkpoint",
        "empty.pth": "is empty",
        "text.pth": "is no checkpoint: neither of torch.save, nor",
        "pictures.zip": "is damaged, cut short, or no checkpoint",
        "gone.pth": "cannot be read: No such file or directory",
        "": "is no file.",
    }.items():
        imported(tmp_path, tmp_path / name, fails=True)
        assert said in capsys.readouterr().err


def other_numbers(kind):
    return {name: value.to(kind) for name, value in peers.Resnet().state_dict().items()}


def thin():
    """Weights of three billion parameters in a file of some kilobytes."""
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in peers.Resnet(width=2000).state_dict().items()}
    return {name: torch.full((1,), 0.1).expand(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: other_numbers(torch.int8), "model.1.weight is of the type int8, in a form that is not read."),
        (lambda: other_numbers(torch.complex64), "is of the type complex64"),
        (lambda: {name: value.to_sparse() for name, value in peers.Resnet().state_dict().items()}, "in a form that is"),
        (lambda: {name: value * torch.nan for name, value in peers.Resnet().state_dict().items()}, "or not a number."),
        (thin, "has fewer numbers than its shape says"),
        (lambda: peers.Resnet(channels=4).state_dict(), "its pictures have 4 channels and 256 x 256 pixels"),
        (
            lambda: {"netD": {"main.0.weight": torch.ones(4, 3, 4, 4), "main.2.weight": torch.ones(8, 4, 4, 4)}},
            "netG, is",
        ),
        (lambda: {"main.0.weight": torch.ones(4)}, "it does not begin with 4 x 4 pixels"),
        (lambda: {f"model.{name}": value for name, value in discriminator().items()}, "it has no levels inside each"),
        (lambda: {"a\nb": torch.ones(2)}, r"it begins with a\nb of the shape (2,)."),
        (lambda: torch.ones(3), "it begins with a tensor of the shape (3,)."),
        (
            lambda: argparse.Namespace(lr=1),
            "would have argparse.Namespace executed, which is not done here: save only the",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_named(tmp_path, content, said, capsys):
    imported(tmp_path, saved(tmp_path, content()), fails=True)
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


@torch.no_grad()
def test_states_in_lists_beside_counters_and_with_shared_weights_are_read(tmp_path):
    network = peers.trained(peers.Resnet())
    network.model[11].conv_block[1].weight = network.model[10].conv_block[1].weight
    state = [network.state_dict() | {"epoch": torch.tensor(3), "model.note": "text"}, {1: "more"}]
    model = imported(tmp_path, saved(tmp_path, state))
    assert torch.allclose(model.translate(picture(), "a2b"), network(picture()), atol=1e-4)


def test_files_that_never_end_are_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    imported(tmp_path, tmp_path / "pipe", fails=True)
    assert "pipe is no file." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--statistics", "eval"], "it has no averages of its training, so that --statistics eval means nothing."),
        (["--domains", "", " "], "--domains cannot be empty"),
        (["--domains", "a", "a"], "--domains takes names that differ"),
        (["--title", "\udcff"], "--title is no text in UTF-8."),
        (["--domains", "a", "\udcff"], "--domains is no text in UTF-8."),
        (["--zoo", "z" * 300], "no file has such a long name"),
        (["--as", "dcgan"], "holds no generator of the kind dcgan"),
        (["--domains", "horse"], "--domains takes two names"),
        (["--id", "../x"], "--id '../x' is not allowed"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, said, capsys):
    imported(tmp_path, saved(tmp_path, peers.Resnet().state_dict()), *options, fails=True)
    assert said in capsys.readouterr().err


def test_a_model_that_is_there_is_not_replaced(tmp_path, capsys):
    path = saved(tmp_path, peers.ExampleDCGAN().state_dict())
    model = imported(tmp_path, path)
    before = os.stat(model.card.folder / "model.safetensors").st_mtime_ns
    assert main(["import", str(path), "--id", "x", "--zoo", str(tmp_path / "zoo")]) == 2
    assert "choose another --id" in capsys.readouterr().err
    assert os.stat(model.card.folder / "model.safetensors").st_mtime_ns == before


def test_an_imported_translator_is_trained_on(tmp_path, capsys):
    network = peers.trained(peers.Resnet())
    model = imported(tmp_path, saved(tmp_path, network.state_dict()))
    said = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("To train on"))
    for place in range(6):
        for domain in ("trainA", "trainB", "testA", "testB"):
            path = tmp_path / "pictures" / domain / f"{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.effect_noise((32, 32), 60 + place).convert("RGB").save(path)
    typed = shlex.split(said.removeprefix("To train on: ").removesuffix(", with your --dataset."))[3:]
    common = ["--dataset", str(tmp_path / "pictures"), "--size", "32", "--discriminator-widths", "4", "8"]
    common += ["--device", "cpu", "--precision", "fp32", "--eval-every", "0", "--out", str(tmp_path / "run")]
    assert main([*typed, *common, "--steps", "1", "--lr", "1e-9"]) == 0
    state = safetensors.torch.load_file(tmp_path / "run" / "last.safetensors")
    assert torch.allclose(state["model.a2b.model.1.weight"], model.a2b.model[1].weight, atol=1e-6)
    assert main([*typed, *common, "--steps", "2", "--resume"]) == 0


def test_weights_keep_their_precision_when_they_are_saved_again(tmp_path):
    model = imported(tmp_path, saved(tmp_path, peers.trained(peers.ExampleDCGAN()).state_dict()))
    model.save_pretrained(tmp_path / "again")
    again = models_zoo.load(str(tmp_path / "again"), "cpu")
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in model.state_dict().items())
