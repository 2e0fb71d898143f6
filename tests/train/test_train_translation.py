"""pix2pix and DiscoGAN in training: crops of pairs, what each learns from, and how translations are measured."""

import dataclasses
import json
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from models_zoo import lite0
from train.contract import Batch, variants
from train.data import datasets as data
from train.data.dataset import Split, to_float
from train.errors import TrainError
from train.loop import trainer
from train.loop.distributed import synchronise_batch_norm
from train.loop.runs import RunFolder
from train.metrics import translation as measures
from train.metrics.entries import metric
from train.objectives import crops
from train.variants.discogan import _unrecorded

SMALL = {
    "pix2pix": {"widths": (4, 4, 4, 4, 4), "discriminator_widths": (4, 4), "batch_size": 2},
    "discogan": {"widths": (4, 4, 4), "discriminator_widths": (4, 4, 4), "batch_size": 4},
}


def make(name, out, **options):
    kind = variants()[name]
    defaults = {"out": out, "steps": 4, "eval_every": 0, "log_every": 1, "device": "cpu", "lr_decay": "none"}
    return kind(kind.Config(**(defaults | SMALL[name] | options)))


def batch_of(images, maps=None, rows=None, total=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return Batch(images, rows or slice(0, len(images)), total or len(images), generator, maps=maps)


@pytest.fixture(scope="module")
def facades():
    return data.synthetic("facades", 12)


@pytest.fixture(scope="module")
def people():
    """Blobs with attributes in the shape of the dataset `gender`."""
    men, women = (data.synthetic("celeba", 24, seed) for seed in (0, 1))
    domains = data.synthetic("gender", 1).domains
    return dataclasses.replace(men, name="gender", domains=domains, other=(women.train, women.test))


@pytest.fixture
def coarse_features(monkeypatch):
    """A few means of pixels in place of EfficientNet's features, which take long."""
    monkeypatch.setattr(lite0, "features", lambda images: F.adaptive_avg_pool2d(images, 3).flatten(1))


# ---- batches ------------------------------------------------------------------------------------


def test_crops_are_squares_of_the_pictures_and_every_place_is_reached():
    images = torch.arange(7 * 9.0).view(1, 1, 7, 9).expand(500, 2, 7, 9)
    cut = crops.random_crop(images, 5, torch.rand(500, 2, generator=torch.Generator().manual_seed(0)))
    assert cut.shape == (500, 2, 5, 5)
    corners = cut[:, 0, 0, 0]
    assert set(corners.tolist()) == {9.0 * row + column for row in range(3) for column in range(5)}
    assert torch.equal(cut[:, 1] - corners[:, None, None], images[:, 0, :5, :5])


def test_pictures_of_the_wanted_size_are_not_cut():
    images = torch.rand(2, 3, 6, 6)
    assert crops.random_crop(images, 6, torch.rand(2, 2)) is images


def test_processes_share_what_is_drawn_of_the_other_domain():
    images = torch.randint(256, (50, 3, 4, 4), dtype=torch.uint8)
    whole = crops.other_domain(images, batch_of(torch.zeros(8, 3, 4, 4)))
    halves = [
        crops.other_domain(images, batch_of(torch.zeros(4, 3, 4, 4), rows=rows, total=8))
        for rows in (slice(0, 4), slice(4, 8))
    ]
    assert torch.equal(torch.cat(halves), whole) and whole.abs().max() <= 1
    assert all((to_float(images) == picture).all((1, 2, 3)).any() for picture in whole)


def test_what_belongs_together_is_cut_and_mirrored_together(tmp_path):
    maps = torch.randint(256, (8, 3, 143, 143), dtype=torch.uint8)
    batch = batch_of(-to_float(maps), maps)
    for direction in ("a2b", "b2a"):
        given, wanted = make("pix2pix", tmp_path, direction=direction).pairs(batch).chunk(2, 1)
        assert given.shape == (8, 3, 128, 128) and torch.allclose(given, -wanted, atol=1e-6)
    plain = to_float(maps)[:, :, :128, :128]
    assert not torch.equal(wanted, plain)


# ---- pix2pix ------------------------------------------------------------------------------------


def test_batch_norms_forget_pictures_of_the_domain_that_they_will_not_be_given(tmp_path, people):
    variant = make("discogan", tmp_path, identity=1.0)
    nets = dict(variant.build().train().named_children())
    seen = []
    plain = nets["a2b"].forward

    def watched(images):
        before = nets["a2b"].net[1][1].running_mean.clone()
        made = plain(images)
        seen.append(not torch.equal(before, nets["a2b"].net[1][1].running_mean))
        return made

    nets["a2b"].forward = watched
    variant.prepare(people)
    images = to_float(people.train.images[:4])
    assert variant.loss("generators", nets, batch_of(images)).scalars["loss/identity"] > 0
    # Of a, of the way back from a's translation, and of b, which is to stay as it is.
    assert seen == [True, True, False]


@pytest.mark.parametrize("options", [{}, {"direction": "b2a"}, {"gan": False}])
def test_pix2pix_learns_with_and_without_a_discriminator(tmp_path, facades, options):
    variant = make("pix2pix", tmp_path / "run", **options)
    before = {name: value.clone() for name, value in variant.build().state_dict().items()}
    folder = trainer.train("pix2pix", variant, facades)
    direction, gan = variant.config.direction, variant.config.gan
    saved = load_file(folder.last)
    nets = {name.split(".")[1] for name in saved if name.startswith("model.")}
    assert nets == {direction, "discriminator"} if gan else nets == {direction}
    assert {name.split(".")[1] for name in saved if name.startswith("average.")} == {direction}
    assert before.keys() == {name.removeprefix("model.") for name in saved if name.startswith("model.")}
    line = folder.read_log()[-1]
    assert line["loss/translator"] == pytest.approx(line.get("loss/adversarial", 0) + 100 * line["loss/l1"], rel=1e-4)
    assert variant.card().directions == (direction,)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("pix2pix", {"l1": -1.0}, "--l1"),
        ("pix2pix", {"l1": 0.0, "gan": False}, "nothing would be learned"),
        ("discogan", {"reconstruction": 1.5}, "--reconstruction must"),
        ("discogan", {"reconstruction_start": -0.1}, "--reconstruction-start"),
        ("discogan", {"matching": 2.0}, "--matching"),
        ("discogan", {"discriminator_every": 0}, "--discriminator-every"),
    ],
)
def test_options_without_sense_are_refused(tmp_path, name, options, said):
    with pytest.raises(TrainError, match=said):
        make(name, tmp_path, **options)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("pix2pix", {"widths": (4,) * 8}, "multiple of 256, not 128"),
        ("pix2pix", {"dropout": 1.5}, "dropout probability"),
        ("discogan", {"widths": (4,) * 7}, "64 pixels cannot be halved"),
    ],
)
def test_networks_that_cannot_be_are_named_in_a_sentence(tmp_path, name, options, said):
    with pytest.raises(TrainError, match=f"cannot be built: .*{said}"):
        make(name, tmp_path, **options).build()


def translator(function):
    """What looks like a translator to what measures: `function` of pictures and direction."""
    return SimpleNamespace(device=torch.device("cpu"), directions=("a2b",), translate=function)


def test_pairs_repeated_exactly_have_no_error_and_the_mean_picture_has_that_of_the_reference(
    tmp_path, facades, coarse_features
):
    variant, wanted = make("pix2pix", tmp_path), to_float(facades.test.images)
    exact = variant.evaluate(translator(lambda x, _: wanted), facades, 100, 0)
    assert exact["absolute_error"]["value"] == 0 and exact["absolute_error"]["n"] == len(wanted)
    assert exact["kid_lite0"]["value"] < exact["kid_lite0"]["reference"]
    mean = to_float(facades.train.images).mean(0, keepdim=True).expand(len(wanted), -1, -1, -1)
    average = variant.evaluate(translator(lambda x, _: mean), facades, 100, 0)
    assert average["absolute_error"]["value"] == average["absolute_error"]["reference"] > 0
    assert average["kid_lite0"]["value"] > average["kid_lite0"]["reference"]


def test_a_model_of_the_other_direction_is_measured_in_its_own(tmp_path, facades, coarse_features):
    asked = []
    other = translator(lambda x, direction: asked.append(direction) or x)
    other.directions = ("b2a",)
    make("pix2pix", tmp_path).evaluate(other, facades, 4, 0)
    assert set(asked) == {"b2a"}


def test_a_sheet_has_every_translation_below_what_was_given(tmp_path, facades):
    sheet = make("pix2pix", tmp_path).samples(translator(lambda x, _: -x), facades)
    rows = sheet.split(4)
    given = to_float(facades.test.maps)
    for place in (0, 1):
        assert torch.equal(rows[2 * place], given[4 * place : 4 * place + 4])
        assert torch.equal(rows[2 * place + 1], -rows[2 * place])


# ---- DiscoGAN -----------------------------------------------------------------------------------


def test_the_reconstruction_counts_more_from_the_step_on_that_was_asked_for(tmp_path, people):
    options = {"reconstruction_start": 0.1, "reconstruction": 0.5, "reconstruction_after": 2, "matching": 0.75}
    for line in trainer.train("discogan", make("discogan", tmp_path / "run", **options), people).read_log():
        share = 0.1 if line["step"] <= 2 else 0.5
        deception = 0.25 * line["loss/adversarial"] + 0.75 * line["loss/matching"]
        expected = (1 - share) * deception + share * line["loss/reconstruction"]
        assert line["loss/generators"] == pytest.approx(expected, rel=1e-4)


def test_resuming_goes_on_counting_where_the_run_stopped_bit_for_bit(tmp_path, people):
    options = {"reconstruction_after": 2, "precision": "fp32"}
    whole, parts = (make("discogan", tmp_path / name, resume=name == "parts", **options) for name in ("whole", "parts"))
    trainer.train("discogan", whole, people)
    trainer.train("discogan", make("discogan", tmp_path / "parts", minutes=1e-9, **options), people)  # one step
    trainer.train("discogan", parts, people)
    assert whole.state.scalars["steps"] == parts.state.scalars["steps"] == 4
    one, other = (load_file(RunFolder(tmp_path / name).last) for name in ("whole", "parts"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_discriminators_step_as_seldom_as_asked_and_all_networks_learn(tmp_path, people):
    variant = make("discogan", tmp_path / "run", discriminator_every=2, log_every=1)
    torch.manual_seed(variant.config.seed)
    before = variant.build().state_dict()
    folder = trainer.train("discogan", variant, people)
    assert ["loss/discriminators" in line for line in folder.read_log()] == [True, False, True, False]
    saved = load_file(folder.last)
    for name, value in before.items():
        if name.endswith("weight"):
            assert not torch.equal(saved[f"model.{name}"], value), name


def test_statistics_stay_as_they_are_while_pictures_of_the_other_domain_pass(tmp_path):
    for synchronised in (False, True):
        model = make("discogan", tmp_path).build().train()
        if synchronised:
            synchronise_batch_norm(model)
        norms = [module for module in model.a2b.modules() if isinstance(module, _BatchNorm)]
        before = [norm.momentum for norm in norms]
        with _unrecorded(model.a2b):
            assert norms and all(norm.momentum == 0 for norm in norms)
        assert [norm.momentum for norm in norms] == before


def test_deceiving_perfectly_leaves_nothing_to_match(tmp_path, people):
    variant = make("discogan", tmp_path, augment=False)
    discriminator, images = variant.build().discriminator_a, to_float(people.train.images[:6])
    _, same = variant.deception(discriminator, images, images.flip(0), batch_of(images))
    _, other = variant.deception(discriminator, images, -images, batch_of(images))
    assert same < 1e-8 and other > 1e-4


def test_both_directions_are_measured_and_no_photograph_is_shown(tmp_path, people, coarse_features):
    variant = make("discogan", tmp_path)
    model = variant.build().eval()
    found = variant.evaluate(model, people, 10, 0)
    assert found["kid_lite0/man_to_woman"]["n"] == 10 and found["target_seen/woman_to_man"]["n"] == 10
    assert {name.split("/")[0] for name in found} == {"kid_lite0", "kid_untouched", "target_seen", "attributes_kept"}
    assert len([name for name in found if name.startswith("attributes_kept/")]) == 6
    json.dumps(found)
    with torch.no_grad():  # as the loop calls it
        sheet = variant.samples(model, people)
    assert sheet.shape == (64, 3, 64, 64)
    originals = to_float(people.test.images[:16])
    assert not any(torch.equal(shown, original) for shown in sheet for original in originals)


# ---- measures -----------------------------------------------------------------------------------


def tinted(count, colour, seed):
    """Pictures that are noisy and of one colour."""
    noise = torch.rand(count, 3, 16, 16, generator=torch.Generator().manual_seed(seed)) * 60
    return (torch.tensor(colour).view(1, 3, 1, 1) + noise).to(torch.uint8)


def test_translations_are_near_where_untouched_pictures_are_far(coarse_features):
    source, target, training = (
        tinted(30, colour, seed) for seed, colour in enumerate([(190, 0, 0), (0, 190, 0), (0, 190, 0)])
    )
    made = F.interpolate(to_float(tinted(20, (0, 190, 0), 3)), (12, 12))
    found = measures.gap_closed(source, made, target, training)
    near, far = found["kid_lite0"], found["kid_untouched"]
    assert near["n"] == far["n"] == 20 and near["reference"] == far["reference"]
    assert abs(near["value"]) < 0.05 * far["value"] and abs(near["reference"]) < 0.05 * far["value"]


def test_a_judge_says_whether_the_target_is_reached_and_what_is_kept():
    attributes = ("Smiling", "Male", "Bangs", "Eyeglasses")
    judge = nn.Module()
    judge.card, judge.classify = SimpleNamespace(classes=attributes), lambda x: x[:, 0, 0, :4]
    source, women = (
        to_float(torch.randint(2, (40, 3, 4, 4), generator=torch.Generator().manual_seed(seed)) * 255)
        for seed in (0, 1)
    )
    made = source.clone()
    made[:, 0, 0, 1] = -1  # nobody is a man any more
    made[:10, 0, 0, 3] *= -1  # ten have put on their glasses, or lost them
    annotated = (source[:, 0, 0, :4] > 0).to(torch.uint8)
    annotated[:4, 0] = 1 - annotated[:4, 0]  # the annotators saw the smile otherwise
    bytes_of = lambda images: ((images + 1) * 127.5).to(torch.uint8)  # noqa: E731
    found = measures.as_judged(
        judge,
        Split(bytes_of(source), attributes=annotated),
        made,
        Split(bytes_of(women), attributes=annotated),
        "Male",
        False,
    )
    assert found["target_seen"]["value"] == 1
    assert found["target_seen"]["reference"] == pytest.approx((women[:, 0, 0, 1] < 0).float().mean().item())
    kept = {
        name: (found[f"attributes_kept/{name}"]["value"], found[f"attributes_kept/{name}"]["reference"])
        for name in measures.KEPT
    }
    assert kept == {"Bangs": (1, 1), "Eyeglasses": (0.75, 1), "Smiling": (1, 0.9)}


def test_directions_stand_below_their_mean():
    def entry(value, n):
        return metric(value, value / 2, {"en": "x"}, n, "lower")

    found = measures.of_directions(
        {
            "a_to_b": {"kid": entry(1, 5), "kept/Hat": entry(0, 5)},
            "b_to_a": {"kid": entry(3, 4), "kept/Hat": entry(1, 4)},
        }
    )
    assert list(found) == ["kid", "kid/a_to_b", "kid/b_to_a", "kept", "kept/a_to_b,_Hat", "kept/b_to_a,_Hat"]
    assert (found["kid"]["value"], found["kid"]["reference"], found["kid"]["n"]) == (2, 1, 4)
    assert found["kept"]["value"] == 0.5 and found["kid/b_to_a"] == entry(3, 4)
