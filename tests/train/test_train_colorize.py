"""Training and measuring colorization: what hints are given, what is asked for, and what the numbers mean."""

import dataclasses

import pytest
import torch

from models_zoo import lab
from train.contract import Batch, variants
from train.data.dataset import Dataset
from train.data.datasets import synthetic
from train.errors import TrainError
from train.loop import trainer
from train.metrics import colour as colour_metrics
from train.metrics.colour import Trial, colourfulness, invented, obeyed

SMALL = {"widths": (4, 8), "blocks": 1, "discriminator_widths": (4, 8)}


def make(out=None, **options):
    defaults = {"out": out, "steps": 3, "batch_size": 4, "eval_every": 0, "precision": "fp32", "device": "cpu"}
    kind = variants()["colorize"]
    return kind(kind.Config(**{**defaults, "log_every": 1, **SMALL, **options}))


@pytest.fixture(scope="module")
def landscapes():
    """Synthetic photographs, cut down to 32 pixels."""
    data = synthetic("landscapes", 8)
    train, test = (dataclasses.replace(s, images=s.images[:, :, ::4, ::4]) for s in (data.train, data.test))
    return dataclasses.replace(data, train=train, test=test)


def batch(images, seed=0):
    n = len(images)
    generator = torch.Generator().manual_seed(seed)
    return Batch(images, slice(0, n), n, generator)


def photographs(n=64, side=32, seed=0):
    coarse = torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear") * 2 - 1


def test_true_hints_are_the_means_of_squares_and_some_photographs_get_none():
    lesson = make(invented=0.0, automatic=0.3, revealed=0.0).lesson(batch(photographs(200)))
    told = lesson.mask.sum((1, 2, 3))
    assert 0.2 < (told == 0).float().mean() < 0.4
    assert torch.equal(lesson.plain.flatten(), torch.ones(200, dtype=torch.bool)) and lesson.spread.sum() == 0
    # A square's mean is near to each of its pixels where colours change slowly.
    error = ((lesson.hints - lesson.target) * lesson.mask).abs().sum() / lesson.mask.sum() / 2
    assert error < 0.5 * lesson.target.abs().mean()


def test_the_number_of_hints_has_the_mean_that_was_asked_for():
    from train.variants.colorize import _geometric

    dice = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    counts = _geometric(dice, 8.0)
    assert counts.min() == 1 and counts.float().mean() == pytest.approx(8, rel=0.03)
    assert (_geometric(dice, 1.0) == 1).all()


def test_everything_is_revealed_as_often_as_asked():
    lesson = make(invented=0.0, automatic=0.0, revealed=1.0).lesson(batch(photographs(4)))
    assert (lesson.mask == 1).all() and torch.equal(lesson.hints, lesson.target)


def test_an_invented_hint_is_the_target_where_it_lies_and_far_off_the_photograph_is():
    variant = make(invented=1.0, automatic=0.0, hints=1.0)
    images = photographs(32)
    lesson = variant.lesson(batch(images))
    assert not lesson.plain.any()
    inside = lesson.mask.bool()
    assert (lesson.hints - lesson.target).abs()[inside.expand(-1, 2, -1, -1)].quantile(0.9) < 0.05
    assert lesson.spread[inside].quantile(0.1) > 0.9 and 0.02 < lesson.spread.mean() < 0.5
    untouched = lesson.spread < 1e-4
    flipped = make(invented=0.0, automatic=0.0, hints=1.0).lesson(batch(images))
    same = (lesson.target - flipped.target).abs().amax(1, keepdim=True)
    assert untouched.any() and same[untouched].max() < 1e-3 and same[inside].median() > 0.05


def test_two_processes_give_the_hints_that_one_would():
    images, variant = photographs(4), make()
    whole = variant.lesson(batch(images))
    parts = []
    for rows in (slice(0, 2), slice(2, 4)):
        generator = torch.Generator().manual_seed(0)
        parts.append(variant.lesson(Batch(images[rows], rows, 4, generator)))
    for name in ("hints", "mask", "target"):
        assert torch.allclose(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name), atol=1e-6), name


def test_the_discriminator_does_not_judge_colours_that_were_asked_for():
    gradients = {}
    for share in (0.0, 1.0):
        variant = make(invented=share, automatic=0.0, colourfulness=0.0)
        torch.manual_seed(0)
        nets = dict(variant.build().named_children())
        step = variant.loss("generator", nets, batch(photographs(4)))
        (gradient,) = torch.autograd.grad(step.scalars["loss/verdict"], nets["generator"].last[0].bias)
        gradients[share] = gradient.abs().sum()
    assert gradients[0.0] > 0 and gradients[1.0] == 0


def test_half_precision_trains_in_full_precision_what_colours_need():
    variant = make(invented=1.0, automatic=0.0)
    nets = dict(variant.build().named_children())
    with torch.autocast("cpu", torch.bfloat16):
        step = variant.loss("generator", nets, batch(photographs(4)))
    assert step.loss.dtype == torch.float32 and torch.isfinite(step.loss)
    assert step.carried.real.dtype == step.carried.fake.dtype == torch.float32


@pytest.mark.parametrize("adversarial", [0.0, 0.05])
def test_a_few_steps_lower_the_error_and_log_what_happens(tmp_path, landscapes, adversarial):
    options = {"steps": 30, "adversarial": adversarial, "lr": 3e-3, "lr_decay": "none"}
    log = trainer.train("colorize", make(tmp_path / "run", **options), landscapes).read_log()
    assert log[-1]["error/ab"] < 0.7 * log[0]["error/ab"]
    assert ("loss/discriminator" in log[0]) == bool(adversarial)
    assert log[0]["colourfulness/wanted"] > 0


def test_samples_are_grey_without_hints_and_with_more_and_more(landscapes):
    variant = make()
    rows = variant.samples(variant.build().eval(), landscapes).view(4, 4, 3, 32, 32)
    assert colourfulness(rows[0]).max() < 0.5
    lightness = lab.from_rgb(rows.flatten(0, 1)).view(4, 4, 3, 32, 32)[:, :, 0]
    assert torch.allclose(lightness, lightness[:1].expand(4, -1, -1, -1), atol=3e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"adversarial": -1.0}, "--adversarial"),
        ({"invented": 1.5}, "--invented"),
        ({"hints": 0.5}, "--hints"),
        ({"widths": (8,)}, "--widths needs at least two"),
        ({"blocks": 0}, "--blocks"),
    ],
)
def test_options_without_sense_are_refused(options, said):
    with pytest.raises(TrainError, match=said):
        make(**options)


# Measuring


class Painter(torch.nn.Module):
    """Colorizes by a rule: everything in the mean of the hints, or grey where there are none."""

    device = torch.device("cpu")

    def colorize(self, grey, hints, mask):
        count = mask.sum((2, 3), keepdim=True)
        mean = (hints * mask).sum((2, 3), keepdim=True) / count.clamp(min=1)
        return lab.to_rgb(lab.into_gamut(torch.cat([grey, mean.expand(-1, -1, *grey.shape[2:])], 1))).clamp(-1, 1)


def test_colourfulness_is_that_of_the_paper():
    pure = torch.tensor([[255.0, 0, 0], [0, 255, 0]]).T.reshape(1, 3, 1, 2) / 127.5 - 1
    # rg is 255 and -255, yb 127.5 twice: 255 + 0.3 * 127.5.
    assert colourfulness(pure).item() == pytest.approx(255 + 0.3 * 127.5, rel=1e-5)
    assert colourfulness(torch.zeros(1, 3, 4, 4)).item() < 1e-2
    images = photographs(2, 8).requires_grad_()
    colourfulness(images).sum().backward()
    assert torch.isfinite(images.grad).all()


def flat(n=3, side=32):
    """Scaled Lab of grey photographs that are the same everywhere."""
    return torch.zeros(n, 3, side, side)


def test_a_hint_counts_as_obeyed_if_its_region_takes_its_colour():
    truth = flat()
    trial = invented(truth, torch.Generator().manual_seed(0))
    assert lab.AB_SCALE * trial.asked.norm(dim=2).min() > colour_metrics.OBEYED
    assert obeyed(Painter(), truth, trial) == 1 and obeyed(Painter(), truth, trial, hinted=False) == 0


def test_pixels_of_another_lightness_do_not_belong_to_the_region():
    truth = flat(1)
    truth[:, 0, :, 16:] = 0.8
    trial = Trial(torch.tensor([[16]]), torch.tensor([[12]]), torch.tensor([[[0.3, 0.0]]]))

    class OneSide(Painter):
        def colorize(self, grey, hints, mask):
            return torch.where(grey < 0.5, super().colorize(grey, hints, mask), grey.expand(-1, 3, -1, -1))

    assert obeyed(OneSide(), truth, trial) == 1


def test_the_numbers_of_a_rule_that_paints_all_in_one_colour(monkeypatch):
    monkeypatch.setattr(colour_metrics.lite0, "features", lambda images: images.flatten(1)[:, ::97])
    images = ((flat(6)[:, :3] + torch.tensor([0.0, 0.25, 0.1])[:, None, None]).clone(),)[0]
    images[:, 0] = torch.linspace(-0.3, 0.3, 32)
    rgb = lab.to_rgb(images).clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)
    data = synthetic("landscapes", 2)
    data = Dataset(**{**vars(data), "test": dataclasses.replace(data.test, images=rgb)})
    found = colour_metrics.evaluate(Painter(), data, 100, 0)
    assert found["colour_psnr"]["value"] == pytest.approx(found["colour_psnr"]["reference"], abs=1e-3)
    assert found["colour_psnr/20_hints"]["value"] > found["colour_psnr"]["value"] + 10
    assert found["colourfulness"]["value"] < 0.01 and found["colourfulness"]["reference"] == 1
    assert found["hints_obeyed"]["value"] > 0.9 and found["hints_obeyed"]["n"] == 12
    assert found["kid_lite0"]["n"] == 6
