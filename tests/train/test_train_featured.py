"""Discriminators that see pictures through EfficientNet-lite0: how they learn, and what their variants share."""

import dataclasses

import pytest
import torch

from models_zoo import lite0
from models_zoo.projected import ProjectedDiscriminator
from train.contract import Batch, variants
from train.data import datasets as data
from train.data.dataset import to_float
from train.errors import TrainError
from train.loop import runs, trainer
from train.objectives import projected
from train.variants.featured import WithFeatureDiscriminators

OPTIONS = {
    "dcgan": {"widths": (4, 4, 4, 4), "last_width": 4, "discriminator_widths": (4, 4, 4, 4), "latent_size": 4},
    "pix2pix": {"widths": (4, 4, 4), "discriminator_widths": (4, 4)},
    "discogan": {"widths": (4, 4, 4), "discriminator_widths": (4, 4, 4)},
    "cyclegan": {"dataset": "svhn2mnist", "width": 4, "blocks": 1, "discriminator_widths": (4, 8)},
}
PAPERS_OWN = {
    "dcgan": {"generator", "discriminator"},
    "pix2pix": {"a2b", "discriminator"},
    "discogan": {"a2b", "b2a", "discriminator_a", "discriminator_b"},
    "cyclegan": {"a2b", "b2a", "discriminator_a", "discriminator_b"},
}
KEPT_IN_EXPORT = {"dcgan": {"projected"}}


def make(name, **options):
    """A tiny variant with feature discriminators, and blobs for it."""
    kind = variants()[name]
    common = {"projected": 1.0, "batch_size": 2, "steps": 2, "eval_every": 0, "log_every": 1, "device": "cpu"}
    variant = kind(kind.Config(**(common | OPTIONS[name] | options)))
    # The pictures of these sheets are another test's.
    variant.samples = lambda model, data: torch.zeros(1, 3, 8, 8)
    return variant, data.synthetic(variant.config.data_name, 8)


def children(model):
    return {name for name, _ in model.named_children()}


def test_heads_on_feature_maps_learn_while_their_mixtures_stay_fixed():
    heads = ProjectedDiscriminator(lite0.WIDTHS, 16)
    fixed = {name: value.clone() for name, value in heads.named_buffers() if name.startswith(("across", "along"))}
    images = torch.rand(2, 3, 64, 64).requires_grad_()
    loss, seen = projected.generator_loss(heads, images)
    loss.backward()
    assert images.grad.abs().sum() > 0
    assert [tuple(each.shape) for each in seen] == [(2, 16, side, side) for side in (16, 8, 4, 2)]
    assert not any(each.requires_grad for each in seen)
    heads.zero_grad()
    loss = projected.discriminator_loss(heads, torch.rand(2, 3, 64, 64), seen)
    loss.backward()
    assert 0 < loss.item() < 10
    assert all(parameter.grad is not None for parameter in heads.parameters())
    assert len(fixed) == 8 and all(
        torch.equal(value, dict(heads.named_buffers())[name]) for name, value in fixed.items()
    )


def test_each_domain_has_a_discriminator_of_its_own():
    # In eval mode, for in training each pass changes the spectral norms a little.
    nets = {f"projected_{domain}": ProjectedDiscriminator(lite0.WIDTHS, 8).eval() for domain in "ab"}
    seen, real = ({domain: torch.rand(2, 3, 32, 32) for domain in "ab"} for _ in range(2))
    together, mixtures = projected.translators_loss(nets, seen)
    alone = {domain: projected.generator_loss(nets[f"projected_{domain}"], seen[domain]) for domain in "ab"}
    assert together.item() == pytest.approx(sum(loss.item() for loss, _ in alone.values()), abs=1e-4)
    for domain, (_, expected) in alone.items():
        assert all(torch.allclose(one, other) for one, other in zip(mixtures[domain], expected, strict=True))
    parts = [projected.discriminator_loss(nets[f"projected_{d}"], real[d], alone[d][1]).item() for d in "ab"]
    assert projected.domains_loss(nets, real, mixtures).item() == pytest.approx(sum(parts), abs=1e-4)


@pytest.mark.parametrize("name", OPTIONS)
def test_they_learn_beside_the_papers_own_and_exports_are_smaller(tmp_path, name):
    variant, blobs = make(name, out=tmp_path / "run")
    folder = trainer.train(name, variant, blobs)
    assert all(entry["loss/projected"] > 0 for entry in folder.read_log())
    added = children(variant.build()) - PAPERS_OWN[name]
    assert added and all(each.startswith("projected") for each in added)
    kept = variant.bundled()
    assert children(kept) == PAPERS_OWN[name] | KEPT_IN_EXPORT.get(name, set())
    runs.load_networks(folder, kept, "last")


@pytest.mark.parametrize("name", OPTIONS)
def test_without_a_weight_there_are_none_and_the_card_says_nothing_of_them(name):
    (plain, _), (featured, _) = make(name, projected=0.0), make(name)
    assert children(plain.build()) == children(plain.bundled()) == PAPERS_OWN[name]
    assert len(featured.phases) == len(plain.phases) + 1
    without, with_them = plain.card().limits, featured.card().limits
    for language, text in with_them.items():
        assert text.startswith(without[language]) and "EfficientNet" in text.removeprefix(without[language])
        assert "EfficientNet" not in without[language]


@pytest.mark.parametrize("name", OPTIONS)
def test_what_is_carried_serves_every_later_phase_of_the_step_and_hangs_on_no_graph(name):
    variant, blobs = make(name)
    read = variant.prepare(blobs)
    images = to_float(read.train.images[:2])
    maps = None if read.train.maps is None else read.train.maps[:2]
    batch = Batch(images, slice(0, 2), 2, torch.Generator().manual_seed(0), maps=maps)
    nets = dict(variant.build().train().named_children())
    first, *later = variant.phases
    batch.carried = variant.loss(first.name, nets, batch).carried
    tensors = list(leaves(batch.carried))
    assert len(tensors) > 4 and not any(tensor.requires_grad for tensor in tensors)
    for phase in later:
        step = variant.loss(phase.name, nets, batch)
        assert step.loss.requires_grad and step.carried is None


def leaves(value):
    """The tensors in dataclasses, mappings and sequences."""
    if dataclasses.is_dataclass(value):
        value = vars(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, torch.Tensor):
        yield value
    else:
        for each in value:
            yield from leaves(each)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("dcgan", {"widths": (4, 4, 4)}, "32 pixels, not 64"),
        ("pix2pix", {"widths": (4,) * 8}, "multiple of 256"),
    ],
)
def test_networks_that_cannot_be_are_refused_in_a_sentence_for_training_and_for_export(name, options, said):
    variant, _ = make(name, **options)
    for build in (variant.build, variant.bundled):
        with pytest.raises(TrainError, match=f"cannot be built: .*{said}"):
            build()


def test_the_mixin_is_no_variant():
    assert WithFeatureDiscriminators not in variants().values()
    assert all(issubclass(variants()[name], WithFeatureDiscriminators) for name in (*OPTIONS, "stackgan"))
