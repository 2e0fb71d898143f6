"""CycleGAN: collections without pairs, the pool of earlier translations, what is measured, and the network it learns through."""

import dataclasses

import pytest
import torch
from PIL import Image

import models_zoo
from models_zoo import lite0
from models_zoo.cyclegan import CycleGAN
from models_zoo.translation import InstanceNorm
from train.contract import Batch, State, variants
from train.data import datasets as data
from train.data import domains
from train.data.dataset import Split, to_float, with_repeats
from train.data.disguise import HOUSE_DICE, SHARES, on_a_house
from train.errors import TrainError
from train.loop import runs, trainer
from train.metrics import cycle as cycle_metrics
from train.objectives import spikes
from train.objectives.image_pool import from_pool
from train.publishing import export


def make(tmp_path, **changes):
    """A tiny CycleGAN of digits, on blobs."""
    kind = variants()["cyclegan"]
    options = {
        "dataset": "svhn2mnist", "width": 4, "blocks": 1, "discriminator_widths": (4, 8), "batch_size": 4, "steps": 4,
        "out": tmp_path / "run", "device": "cpu", "eval_every": 0, "log_every": 1, "checkpoint_every": 1, "pool": 6,
    }  # fmt: skip
    return kind(kind.Config(**(options | changes))), data.synthetic("svhn2mnist", 24)


def batch_of(images, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return Batch(images, slice(0, len(images)), len(images), generator)


@pytest.fixture
def photographs(tmp_path):
    """A data root with red pictures of horses and green ones of zebras."""
    for part, count, colour in (
        ("trainA", 3, "red"),
        ("trainB", 2, "lime"),
        ("testA", 2, "maroon"),
        ("testB", 1, "green"),
    ):
        folder = tmp_path / "horse2zebra" / part
        folder.mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (40, 30), colour).save(folder / f"{number}.png")
    return tmp_path


def test_both_collections_are_read_for_training_and_for_testing(photographs):
    read = data.load("horse2zebra", photographs)
    other_train, other_test = read.other
    assert [len(split) for split in (read.train, other_train, read.test, other_test)] == [3, 2, 2, 1]
    assert read.train.images.shape[2:] == (143, 143) and read.test.images.shape[2:] == (144, 144)
    assert [part.images[0].float().mean((1, 2)).argmax() for part in (read.train, other_train)] == [0, 1]
    assert [name["en"] for name in read.domains] == ["horse", "zebra"] and "horse 3, zebra 2" in read.description["en"]


def test_a_missing_collection_without_a_network_is_one_sentence(tmp_path, monkeypatch):
    from train.data import vision

    vision.make_importable()
    import torchvision.datasets.utils as utils

    def fail(*_arguments):
        raise OSError("No route to the host\nTried this")

    monkeypatch.setattr(utils, "download_and_extract_archive", fail)
    with pytest.raises(TrainError, match="could not be downloaded") as caught:
        data.load("summer2winter", tmp_path)
    assert "summer2winter_yosemite" in str(caught.value) and "\n" not in str(caught.value)


def test_a_collection_with_a_broken_picture_names_it(photographs):
    (photographs / "horse2zebra" / "testB" / "0.png").write_bytes(b"not a picture")
    with pytest.raises(TrainError, match=r"testB.0\.png is no picture"):
        data.load("horse2zebra", photographs)


def test_digits_come_in_one_size_and_go_back_to_what_their_judge_knows():
    digits = torch.randint(256, (2, 1, 28, 28), dtype=torch.uint8)
    coloured = domains.digits_in_colour(digits)
    assert coloured.shape == (2, 3, 32, 32) and coloured.sum() == 3 * digits.long().sum()
    judge = models_zoo.load("judge-mnist", "cpu")
    assert torch.equal(domains.for_judge(coloured.float(), judge), digits.float())


def test_digits_are_moved_but_never_mirrored(tmp_path):
    variant, _ = make(tmp_path)
    left = torch.full((32, 3, 32, 32), -1.0)
    left[:, :, 8:24, 4:12] = 1
    seen = variant.seen(left, batch_of(left))
    assert (seen[..., :16].mean((1, 2, 3)) > seen[..., 16:].mean((1, 2, 3))).all() and not torch.equal(seen, left)


def test_earlier_translations_come_out_of_a_full_pool_and_new_ones_go_in():
    state = State()
    for step in range(3):
        new = torch.full((2, 1, 1, 1), float(step))
        assert torch.equal(from_pool(state, "a", new, 6, batch_of(new, step)), new)
    stored = state.tensors["pool_a"].flatten().tolist()
    assert stored == [0, 0, 1, 1, 2, 2]
    seen, exchanged = [], 0
    for step in range(3, 40):
        new = torch.full((2, 1, 1, 1), float(step))
        out = from_pool(state, "a", new, 6, batch_of(new, step)).flatten().tolist()
        exchanged += sum(value != step for value in out)
        seen += out
    assert 20 <= exchanged <= 54, "about half of 74"
    assert len(state.tensors["pool_a"]) == 6 and state.tensors["pool_a"].min() > 2
    assert torch.equal(from_pool(state, "a", new, 0, batch_of(new)), new)


def test_of_the_pictures_that_meet_in_a_place_of_the_pool_the_last_stays_whatever_the_threads_do():
    for seed in range(20):
        state, new = State(), torch.arange(1, 65, dtype=torch.float)[:, None, None, None].expand(64, 3, 64, 64)
        from_pool(state, "a", torch.zeros(2, 3, 64, 64), 2, batch_of(new))
        shown = from_pool(state, "a", new, 2, batch_of(new, seed))
        exchanged = (shown[:, 0, 0, 0] == 0).nonzero().flatten() + 1
        kept = state.tensors["pool_a"]
        assert (kept == kept[:, :1, :1, :1]).all() and float(kept.max()) == float(exchanged.max())


def test_training_moves_all_networks_and_resumes_bit_for_bit_with_its_pools(tmp_path):
    variant, blobs = make(tmp_path / "whole")
    whole = trainer.train("cyclegan", variant, blobs)
    variant, _ = make(tmp_path / "halves", minutes=1e-9)
    trainer.train("cyclegan", variant, blobs)
    variant, _ = make(tmp_path / "halves", resume=True)
    halves = trainer.train("cyclegan", variant, blobs)
    assert whole.last.read_bytes()[8:] and whole.read_log()[-1]["loss/cycle"] == halves.read_log()[-1]["loss/cycle"]
    from train.loop.runs import _deserialize

    (one, _), (other, _) = (_deserialize(folder.last) for folder in (whole, halves))
    assert one.keys() == other.keys() and {"state.pool_a", "state.pool_b"} <= one.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_generator_goes_on_against_a_new_kind_of_discriminator_and_wider_but_no_deeper(tmp_path, capsys):
    first, blobs = make(tmp_path / "first", steps=1)
    folder = trainer.train("cyclegan", first, blobs).path
    parent = export.export(folder, "parent", blobs, "last", zoo=tmp_path / "zoo", samples=4)
    options = {"init_from": str(parent), "steps": 1, "lr": 1e-12}
    child, _ = make(tmp_path / "child", discriminator_widths=(4, 8, 8), **options)
    trained, given = child.build(), models_zoo.load(str(parent), "cpu")
    runs.load_networks(trainer.train("cyclegan", child, blobs), trained, "last")
    assert "discriminator_a differs" in capsys.readouterr().out
    picture = to_float(blobs.test.images[:1])
    assert torch.allclose(trained.translate(picture, "a2b"), given.translate(picture, "a2b"), atol=0.02)
    wider, _ = make(tmp_path / "wider", width=8, **options)
    grown = wider.build()
    runs.load_networks(trainer.train("cyclegan", wider, blobs), grown, "last")
    assert torch.allclose(grown.translate(picture, "a2b"), given.translate(picture, "a2b"), atol=0.02)
    deeper, _ = make(tmp_path / "deeper", blocks=2, **options)
    with pytest.raises(TrainError, match="networks differ"):
        trainer.train("cyclegan", deeper, blobs)


def test_discriminators_see_noise_if_asked_for_and_grey_is_taken_as_written(tmp_path):
    picture = torch.zeros(2, 3, 32, 32)
    plain, noisy = (make(tmp_path, noise=noise)[0] for noise in (0.0, 0.5))
    assert torch.equal(plain.shown(picture, batch_of(picture)), picture)
    assert noisy.shown(picture, batch_of(picture)).std() == pytest.approx(0.5, abs=0.03)
    assert make(tmp_path, grey=True)[0].build().arguments["grey"]


def test_the_same_digit_has_to_be_read_before_and_after_if_asked_for(tmp_path, monkeypatch):
    variant, blobs = make(tmp_path, semantic=1.0)
    variant.prepare(blobs)
    source = to_float(blobs.train.images[:4])
    reader, judge = variant.reader("a", source.device), variant.semantic_judge("b", source.device)
    assert not any(parameter.requires_grad for parameter in judge.parameters())
    assert reader.card.id == "judge-svhn"
    assert variant.judges()["b"].card.id == "judge-mnist" and judge.card.id == "judge-mnist-robust", (
        "nobody measures what trained"
    )
    # Blobs are no digits: only the same classifier reads the same in them.
    monkeypatch.setattr(variant, "reader", lambda domain, device: judge)
    before = judge.classify(domains.for_judge(source, judge)).argmax(1)
    other = source[[next((i for i, read in enumerate(before) if read != mine), 0) for mine in before]]
    same, changed = (variant.semantic_loss("a", source, images, batch_of(source)) for images in (source, other))
    assert 0 <= same < changed
    kind = variants()["cyclegan"]
    lost, _ = make(tmp_path / "lost", semantic=1.0, semantic_judges=("no-such-judge", "judge-mnist-robust"))
    with pytest.raises(TrainError, match=r"--semantic-judges: .*no-such-judge.*judge --robust 1 --dataset svhn"):
        lost.semantic_judge("a", source.device)
    with pytest.raises(TrainError, match="--semantic needs"):
        kind(kind.Config(dataset="horse2zebra", semantic=1.0))


def test_what_leaves_photographs_alone_closes_no_gap_and_what_gives_the_target_closes_it():
    blobs = data.synthetic("horse2zebra", 10)
    dark = dataclasses.replace(blobs.test, images=blobs.test.images // 4)
    model = CycleGAN(32, 3, 4, 1, [4, 8]).eval()
    model.translate = lambda x, direction: x
    found = cycle_metrics.photographs(model, dataclasses.replace(blobs, test=dark))
    assert found["gap_closed/horse_to_zebra"]["value"] == pytest.approx(0, abs=0.05)
    target = to_float(blobs.other[1].images)
    model.translate = lambda x, direction: target[: len(x)]
    found = cycle_metrics.photographs(model, dataclasses.replace(blobs, test=dark))
    assert found["gap_closed/horse_to_zebra"]["value"] > 0.9


def test_digits_that_stay_themselves_are_all_kept_and_swapped_ones_stand_off_the_diagonal():
    mnist = data.synthetic("svhn2mnist", 20)
    judges = {domain: models_zoo.load(f"judge-{name}", "cpu") for domain, name in (("a", "svhn"), ("b", "mnist"))}
    model = CycleGAN(32, 3, 4, 1, [4, 8]).eval()
    model.translate = lambda x, direction: x
    read = cycle_metrics._read(judges["b"], to_float(mnist.test.images))
    labelled = dataclasses.replace(mnist, test=Split(mnist.test.images, read))
    found = cycle_metrics.digits(model, labelled, judges)
    assert found["digit_kept/house_digit_to_handwritten_digit"]["value"] == 1
    matrix = cycle_metrics.flips(model, labelled, judges)["flips_a2b"]
    assert matrix["kind"] == "matrix" and all(
        line["values"][row] in (0, 1) and sum(line["values"]) == line["values"][row]
        for row, line in enumerate(matrix["series"])
    )


def test_the_sheet_pairs_the_first_pictures_and_shows_the_other_translations():
    blobs = data.synthetic("svhn2mnist", 100)
    model = CycleGAN(32, 3, 4, 1, [4, 8]).eval()
    model.translate = lambda x, direction: x + (1 if direction == "a2b" else 2)
    sheet = cycle_metrics.sheet(model, blobs)
    assert sheet.shape == (100, 3, 32, 32)
    pairs = sheet[1:20:2] - sheet[0:20:2]
    assert torch.allclose(pairs[:5], torch.ones(())) and torch.allclose(pairs[5:], torch.full((), 2.0))


def test_a_sheet_of_sorted_digits_shows_more_than_the_first_kind():
    blobs = data.synthetic("svhn2mnist", 4, held_out=200)
    images = torch.arange(200, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 32, 32)
    model = CycleGAN(32, 3, 4, 1, [4, 8]).eval()
    model.translate = lambda x, direction: x
    sheet = cycle_metrics.sheet(model, dataclasses.replace(blobs, test=Split(images)))
    shown = sheet[:10].add(1).mul(127.5).round()[:, 0, 0, 0]
    assert shown.min() < 100 < shown.max()


def test_what_the_stride_skips_changes_neither_feature_maps_nor_their_gradients():
    layers = [each for each in lite0.network(torch.device("cpu")).modules() if isinstance(each, lite0.StridedLater)]
    assert len(layers) == 4
    for layer in layers:
        pictures = [torch.randn(2, layer.strided.in_channels, 12, 12).requires_grad_()]
        pictures.append(pictures[0].detach().clone().requires_grad_())
        made = layer(pictures[0]), layer.strided(pictures[1])
        assert torch.allclose(*made, atol=1e-4)
        for each in made:
            each.square().sum().backward()
        assert torch.allclose(pictures[0].grad, pictures[1].grad, atol=1e-3)
        with torch.no_grad():
            assert torch.equal(layer(pictures[0]), layer.strided(pictures[0]))


def test_rare_photographs_are_repeated_and_unknown_attributes_refused():
    faces = data.synthetic("celeba", 30)
    more = with_repeats(faces, "Eyeglasses", 3)
    has = faces.train.attributes[:, faces.attributes.index("Eyeglasses")].sum().item()
    assert len(more.train) == 30 + 2 * has and more.test is faces.test
    kind = variants()["dcgan"]
    with pytest.raises(TrainError, match="--repeat takes one of"):
        kind(kind.Config(repeat="Monocle")).prepare(faces)


def test_a_spike_costs_and_shrinks_while_what_stands_out_in_one_channel_is_left_alone():
    calm = torch.randn(2, 8, 32, 32, generator=torch.Generator().manual_seed(0))
    calm[1, 3, 4:6, 4:6] = 7
    assert spikes.excess(calm) == 0
    spiky = calm.clone()
    spiky[0, :, 4:6, 4:6] = 30
    spiky.requires_grad_()
    loss = spikes.excess(spiky)
    loss.backward()
    assert loss > 0.1 and (spiky.grad[0, :, 4:6, 4:6] > 0).all()
    assert spiky.grad.count_nonzero() == 8 * 4


def test_the_penalty_on_spikes_watches_every_normalisation_of_both_generators_and_no_longer(tmp_path):
    variant, blobs = make(tmp_path, spikes=1.0)
    trained = trainer.train("cyclegan", variant, blobs)
    assert all("loss/spikes" in line for line in trained.read_log())
    net = variant.build().a2b
    with spikes.watched(net) as found:
        net(torch.zeros(1, 3, 32, 32))
    assert len(found) == sum(isinstance(module, InstanceNorm) for module in net.modules()) == 5
    net(torch.zeros(1, 3, 32, 32))
    assert len(found) == 5


def test_a_digit_on_a_house_stays_what_it_is_in_other_colours_between_others():
    digits = torch.full((3, 3, 32, 32), -1.0)
    digits[0, :, 6:26, 14:18], digits[1, :, 14:18, 10:22], digits[2, :, 10:22, 10:22] = 1, 1, 1

    def made(**decided):
        dice = {name: torch.full((3, size), 0.5) for name, size in SHARES.items()}
        # As large and wide as it was, without neighbours, sharp, strips and stains; bright on dark.
        plain = {"place": [0, 0, 1, 1], "look": [0, 0.9, 0.5, 0.5], "blur": [0.9, 0.9], "contrast": [1, 1, 0.5]}
        plain |= {"blotches": [0.0] * 20, "strips": [1.0] * 16, "colour": [0.5] * 6 + [1] + [0.5] * 6 + [1]}
        for name, values in (plain | decided).items():
            dice[name] = torch.tensor([values] * 3, dtype=torch.float)
        return on_a_house(digits, torch.cat(list(dice.values()), 1))

    def alike(images):
        pairs = zip(images.flatten(1), digits.flatten(1), strict=True)
        return torch.stack([torch.corrcoef(torch.stack(pair))[0, 1] for pair in pairs])

    bright = made()
    assert bright.shape == digits.shape and (alike(bright) > 0.99).all()
    assert (alike(made(contrast=[1, 0, 0.5])) < -0.99).all(), "dark on light"
    crowded = made(place=[0, 0, 0, 1])
    assert (crowded[..., :8] - bright[..., :8]).amax((1, 2, 3)).gt(0.5).any(), "a neighbour to the left"
    assert torch.allclose(crowded[..., 16:], bright[..., 16:], atol=1e-4)
    narrow = made(place=[0, 1, 1, 1])
    assert (narrow[2, 0, 16] > 0).sum() < (bright[2, 0, 16] > 0).sum() and (narrow[2, 0, :, 16] > 0).sum() == 12
    strip = made(strips=[0, 0, 1, 0, 0, 1, 0.5, 0.5] + [1.0] * 8)
    assert (strip[..., 26:] > 0.5).all() and torch.equal(strip[..., :20], bright[..., :20]), "a strip to the right"
    for part in ({"blotches": [0.1, 0.9] * 9 + [0.5, 1]}, {"blur": [0.1, 0.1]}):
        assert alike(made(**part)).max() < 0.99
    dice = torch.rand(60, HOUSE_DICE, generator=torch.Generator().manual_seed(0))
    wild = on_a_house(digits.repeat(20, 1, 1, 1), dice)
    assert wild.min() >= -1 and wild.max() <= 1 and wild.std(0).mean() > 0.3


def test_negatives_and_looks_are_for_digits_only(tmp_path):
    variant, blobs = make(tmp_path, looks=True, negatives=1.0, identity=1.0)
    assert trainer.train("cyclegan", variant, blobs).read_log()[-1]["loss/negatives"] > 0
    for option in ("looks", "negatives"):
        with pytest.raises(TrainError, match="--looks and --negatives are for digits"):
            make(tmp_path, dataset="horse2zebra", **{option: True})


def test_the_first_domains_way_home_may_count_for_less(tmp_path):
    cycles = []
    for first in (0.0, 0.5, 1.0):
        variant, blobs = make(tmp_path / str(first), steps=1, first=first)
        cycles.append(trainer.train("cyclegan", variant, blobs).read_log()[0]["loss/cycle"])
    assert cycles[0] > 0 and cycles[1] == pytest.approx((cycles[0] + cycles[2]) / 2) and cycles[2] > cycles[1]
