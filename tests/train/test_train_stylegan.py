"""StyleGAN's training: lazy phases, running averages, mixing, path lengths, sizes and classes, resumed and in two processes."""

import json
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

import models_zoo
from models_zoo.style_layers import group
from models_zoo.stylegan import StyleGAN
from tests.train.small_runs import launch_two, same, state
from train.__main__ import main
from train.contract import Batch, variants
from train.data.dataset import to_float
from train.data.datasets import synthetic
from train.errors import TrainError
from train.loop import trainer
from train.loop.runs import RunFolder
from train.metrics import styles
from train.variants.stylegan import AVERAGE_RATE, PATH_RATE, widths_for

SMALL = {
    "latent_size": 5,
    "w_size": 6,
    "mapping_depth": 2,
    "widths": (8, 8, 4, 4, 4),
    "discriminator_widths": (8, 4, 4, 4, 4),
}


def make(out=None, **options):
    common = {
        "out": out,
        "steps": 4,
        "batch_size": 4,
        "eval_every": 0,
        "log_every": 1,
        "precision": "fp32",
        "device": "cpu",
    }
    kind = variants()["stylegan"]
    variant = kind(kind.Config(**{**common, **SMALL, **options}))
    # Sheets of pictures are another test's.
    variant.samples = lambda model, data: torch.zeros(1, 3, 8, 8)
    return variant


@pytest.fixture(scope="module")
def faces():
    return synthetic("celeba", 16)


@pytest.fixture
def batch(faces):
    return Batch(to_float(faces.train.images[:4]), slice(0, 4), 4, torch.Generator().manual_seed(0))


def networks(variant):
    torch.manual_seed(0)
    return dict(variant.build().train().named_children())


def test_penalties_come_every_few_steps_and_can_be_left_out(tmp_path, faces):
    options = {"path_every": 2, "r1_every": 3, "steps": 6}
    assert [(phase.name, phase.every) for phase in make(**options).phases] == [
        ("generator", 1), ("path", 2), ("discriminator", 1), ("r1", 3),
    ]  # fmt: skip
    log = trainer.train("stylegan", make(tmp_path / "run", **options), faces).read_log()
    due = [("loss/path" in entry, "loss/r1" in entry) for entry in log]
    assert due == [(True, True), (False, False), (True, False), (False, True), (True, False), (False, False)]
    assert [phase.name for phase in make(path_length=0.0, r1=0.0).phases] == ["generator", "discriminator"]


def test_the_discriminator_can_leave_steps_to_those_of_features(batch):
    variant = make(projected=1.0, discriminator_every=3)
    assert {phase.name: phase.every for phase in variant.phases}["discriminator"] == 3
    nets, judged = networks(variant), []
    nets["discriminator"].register_forward_hook(lambda *_: judged.append(batch.step))
    for batch.step in range(7):
        step = variant.loss("generator", nets, batch)
        alone = torch.equal(step.loss, step.scalars["loss/projected_generator"])
        assert alone is (batch.step % 3 != 0)
        assert len(step.carried.mixtures) == 4
    assert judged == [0, 3, 6]


def test_the_averages_move_by_a_share_of_each_batch(batch):
    variant = make(augment=False, mixing=0.0)
    nets = networks(variant)
    z = Batch(batch.images, batch.rows, 4, torch.Generator().manual_seed(0)).normal(5)
    batch.carried = variant.loss("generator", nets, batch).carried
    w = nets["generator"].mapping(z).mean(0)
    assert torch.allclose(nets["generator"].mapping.w_avg, AVERAGE_RATE * w, atol=1e-6)
    variant.loss("discriminator", nets, batch)
    net = nets["discriminator"]
    both = [net.deviations(net.features(images)).mean() for images in (batch.images, batch.carried.images)]
    assert net.usual_deviation.item() == pytest.approx(AVERAGE_RATE * sum(both).item() / 2, rel=1e-4)


def test_a_path_length_is_that_of_the_jacobian_and_is_held_against_its_average(batch):
    variant = make(path_length=3.0, path_every=5, mixing=0.0)
    generator = networks(variant)["generator"]
    same_dice = Batch(batch.images, batch.rows, 4, torch.Generator().manual_seed(7))
    batch.generator.manual_seed(7)
    variant.state.scalars["path_length"] = before = 0.5
    step = variant.loss("path", {"generator": generator}, batch)
    w = generator.mapping(same_dice.normal(5)[::2])
    ws = variant.mixed(generator, w, same_dice, every=2).detach()
    noise = [each.detach() for each in variant.noise(generator, same_dice, every=2)]
    direction = same_dice.normal(3, 64, 64)[::2] / 64
    lengths = []
    for place in range(2):
        own = [each[place : place + 1] for each in noise]
        jacobian = torch.autograd.functional.jacobian(
            lambda x, own=own, place=place: (generator.synthesis(x, own) * direction[place]).sum(),
            ws[place : place + 1],
        )
        lengths.append(jacobian[0].square().sum(1).mean().sqrt())
    lengths = torch.stack(lengths)
    average = before + PATH_RATE * (lengths.mean().item() - before)
    assert variant.state.scalars["path_length"] == pytest.approx(average, rel=1e-3)
    assert step.loss.item() == pytest.approx(15 * (lengths - average).square().mean().item(), rel=1e-3)
    step.loss.backward()
    assert all(layer.weight.grad.abs().sum() > 0 for layer in generator.mapping.layers)


def test_the_first_path_lengths_are_held_against_their_own_mean(batch):
    variant = make(mixing=0.0)
    generator = networks(variant)["generator"]
    step = variant.loss("path", {"generator": generator}, batch)
    first = step.scalars["path_length"].item()
    assert variant.state.scalars["path_length"] == pytest.approx(first, rel=1e-5)
    # Lengths may not shrink for being lengths, only for being longer than others.
    assert step.loss.item() < 16 * first**2 / 2


def test_colour_is_held_together_where_only_the_finest_layers_are_shared(batch, monkeypatch):
    variant = make(fine_colour=3.0, fine_colour_every=2)
    assert {phase.name: phase.every for phase in variant.phases}["colour"] == 2
    assert "colour" not in [phase.name for phase in make().phases]
    generator = networks(variant)["generator"]
    seen = []

    def painted(ws, noise):
        """Pictures of one colour each, which is that of their first row of w and, tenfold, of their last one."""
        seen.append(ws)
        return (ws[:, 0, :3] + 10 * ws[:, -1, :3])[:, :, None, None].expand(-1, -1, 64, 64)

    monkeypatch.setattr(generator.synthesis, "forward", painted)
    step = variant.loss("colour", {"generator": generator}, batch)
    first, second = seen[0].chunk(2)
    shared = (first == second).all(2)
    fine = [row in group(64, "fine") for row in range(shared.shape[1])]
    assert (shared == torch.tensor(fine)).all()
    apart = (first[:, 0, :3] - second[:, 0, :3]).square().mean()
    assert step.loss.item() == pytest.approx(6 * apart.item(), rel=1e-3)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_styles_are_mixed_from_a_row_on_that_is_drawn_for_each_picture(share):
    variant = make(mixing=share)
    generator = networks(variant)["generator"]
    images = torch.zeros(64, 3, 64, 64)
    batch = Batch(images, slice(0, 64), 64, torch.Generator().manual_seed(0))
    w = generator.mapping(batch.normal(5))
    own = (variant.mixed(generator, w, batch) == w[:, None]).all(2)
    assert own[:, 0].all() and (own.int().diff(dim=1) <= 0).all()
    counts = own.sum(1)
    assert (counts == 10).all() if share == 0 else (counts.unique().numel() == 9 and counts.max() == 9)


def test_a_resumed_run_is_that_which_was_never_interrupted(tmp_path, faces):
    options = {"steps": 5, "path_every": 2, "r1_every": 2}
    whole = trainer.train("stylegan", make(tmp_path / "whole", **options), faces)
    trainer.train("stylegan", make(tmp_path / "parts", **options, minutes=1e-9), faces)
    parts = trainer.train("stylegan", make(tmp_path / "parts", **options, resume=True), faces)
    assert same(state(whole), state(parts))
    assert whole.read_log()[-1]["path_length"] == parts.read_log()[-1]["path_length"]
    averages = [value for name, value in state(whole).items() if name.endswith("generator.mapping.w_avg")]
    assert len(averages) == 2 and torch.equal(*averages) and averages[0].abs().sum() > 0


def test_two_processes_train_as_one_does_with_the_whole_batch(tmp_path):
    for place in range(12):
        path = tmp_path / "pictures" / f"{place}.png"
        path.parent.mkdir(exist_ok=True)
        Image.effect_noise((32, 32), 60 + place).convert("RGB").save(path)
    options = [
        *("--dataset", tmp_path / "pictures", "--size", "32", "--batch-size", "8", "--steps", "4", "--device", "cpu"),
        *("--precision", "fp32", "--eval-every", "0", "--log-every", "1", "--path-every", "2", "--r1-every", "2"),
        *("--latent-size", "5", "--w-size", "6", "--mapping-depth", "2"),
        *("--widths", "8", "8", "4", "4", "--discriminator-widths", "8", "8", "4", "4"),
    ]
    one, two = RunFolder(tmp_path / "one"), RunFolder(tmp_path / "two")
    assert main(["stylegan", *map(str, options), "--out", str(one.path)]) == 0
    done = launch_two(["-m", "train", "stylegan", *map(str, options), "--out", str(two.path)])
    assert done.returncode == 0, done.stderr
    for a, b in zip(one.read_log(), two.read_log(), strict=True):
        assert (a["step"], b["processes"]) == (b["step"], 2)
        assert a.keys() == b.keys()
        for name in [name for name in a if name.startswith(("loss/", "path"))]:
            # Adam's first steps have the gradients' signs alone: what is rounded otherwise grows with each.
            assert a[name] == pytest.approx(b[name], rel=1e-2, abs=1e-3), name
    first, second = state(one), state(two)
    for name in ("generator.mapping.w_avg", "discriminator.usual_deviation"):
        assert torch.allclose(first[f"model.{name}"], second[f"model.{name}"], atol=1e-6), name


def test_widths_follow_the_size_of_the_pictures():
    assert widths_for(64, (128, 128, 64, 64, 32)) == [128, 128, 64, 64, 32]
    assert widths_for(32, (128, 128, 64, 64, 32)) == [128, 128, 64, 64]
    assert widths_for(256, (128, 128, 64, 64, 32)) == [128, 128, 64, 64, 32, 16, 16]
    assert widths_for(128, (8,)) == [8, 8, 8, 8, 8, 8]


def test_widths_that_make_other_pictures_are_refused():
    kind = variants()["stylegan"]
    for name in ("widths", "discriminator_widths"):
        with pytest.raises(TrainError, match="4 widths make 32 pixels, not 64"):
            kind(kind.Config(**{name: (8,) * 4})).build()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dataset": (".",), "size": 48}, "--size must be 32, 64, 128 or 256 here, not 48"),
        ({"classes": True}, "--classes is for pictures of your own"),
        ({"mixing": 1.5}, "--mixing is a share"),
        (
            {"discriminator_every": 2},
            "--discriminator-every leaves some steps to feature discriminators: it needs --proj",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(options, said):
    with pytest.raises(TrainError, match=said):
        make(**options)


def test_sub_folders_become_classes_that_can_be_asked_for(tmp_path):
    for name, shade in (("bright", 220), ("dark", 30)):
        for place in range(8):
            path = tmp_path / "pictures" / name / f"{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (shade + place, shade, shade)).save(path)
    small = ["--widths", "8", "8", "4", "4", "--discriminator-widths", "8", "8", "4", "4", "--w-size", "6"]
    options = [
        "--dataset",
        str(tmp_path / "pictures"),
        "--classes",
        "--size",
        "32",
        "--batch-size",
        "4",
        "--steps",
        "2",
    ]
    run, zoo = tmp_path / "run", tmp_path / "zoo"
    more = ["--eval-every", "0", "--device", "cpu", "--out", str(run)]
    assert main(["stylegan", *options, *small, *more]) == 0
    assert main(["export", str(run), "--id", "shades", "--zoo", str(zoo), "--samples", "4"]) == 0
    model = models_zoo.load(str(zoo / "shades"), "cpu")
    assert isinstance(model, StyleGAN) and model.card.task == "class-conditional"
    assert model.card.classes == ("bright", "dark")
    images = model.generate(model.latents([0, 0]), torch.tensor([0, 1]))
    assert not torch.allclose(images[0], images[1])
    assert json.loads((run / "config.json").read_text())["config"]["classes"] is True


def test_path_length_is_that_of_a_loop_over_pairs(monkeypatch):
    torch.manual_seed(0)
    model = StyleGAN(
        32,
        widths=(4,) * 4,
        discriminator_widths=(4,) * 4,
        **{name: SMALL[name] for name in ("latent_size", "w_size", "mapping_depth")},
    ).eval()
    monkeypatch.setattr(styles, "perceptual_distance", lambda a, b: (a - b).square().mean((1, 2, 3)))
    found = styles.path_lengths(model, 3, seed=5)
    generator = torch.Generator().manual_seed(5)
    first, second = (torch.randn(3, 5, generator=generator) for _ in range(2))
    at, expected = torch.rand(3, 1, generator=generator) * (1 - styles.STEP), []
    with torch.no_grad():
        for a, b, t in zip(model.mapping(first), model.mapping(second), at, strict=True):
            near, far = (model.synthesize((a + (b - a) * s)[None]).clamp(-1, 1) for s in (t, t + styles.STEP))
            expected.append((near - far).square().mean().item() / styles.STEP**2)
    assert found["perceptual_path_length/w"]["value"] == pytest.approx(sum(expected) / 3, rel=1e-2)
    assert found["perceptual_path_length/z"]["value"] > 0
    turned = styles._between(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5]]), "z")
    assert torch.allclose(turned, torch.full((1, 2), 0.5**0.5))


class TwoLayers:
    """Stands for a StyleGAN of 32 pixels, of which only the first layer decides on gender and only the last on colour."""

    image_size = 32

    def latents(self, seeds):
        return torch.cat([torch.randn(1, 2, generator=torch.Generator().manual_seed(seed)) for seed in seeds])

    def mapping(self, z):
        return z

    def mixed(self, ws, others, rows):
        return torch.stack([others if row in rows else ws for row in range(8)], 1)

    def synthesize(self, ws):
        ws = ws if ws.dim() == 3 else ws[:, None].expand(-1, 8, -1)
        gender, colour = 1e-6 * ws[:, 0, 0].sign(), 0.1 * ws[:, -1, 1]
        return torch.stack([gender, colour, colour], 1)[:, :, None, None].expand(-1, -1, 4, 4)


class Judge:
    card = SimpleNamespace(classes=("Young", "Male"))

    @staticmethod
    def classify(pictures):
        return pictures[:, :1].mean((2, 3)) * torch.tensor([[0.0, 1.0]])


def test_mixing_is_measured_by_what_a_judge_sees():
    found = {name: entry["value"] for name, entry in styles.mixing(TwoLayers(), Judge, seed=0).items()}
    assert found == {"mixing/coarse_gender": 1, "mixing/fine_colour": 1, "mixing/fine_gender": 1}
    swapped = TwoLayers()
    swapped.mixed = lambda ws, others, rows: TwoLayers.mixed(swapped, others, ws, rows)
    found = {name: entry["value"] for name, entry in styles.mixing(swapped, Judge, seed=0).items()}
    assert found["mixing/coarse_gender"] == found["mixing/fine_gender"] < 0.7 and found["mixing/fine_colour"] == 0
