"""Captions of birds, the text encoder, and StackGAN's two stages, on pictures made up here."""

import dataclasses
import json
import random

import numpy as np
import pytest
import torch
from PIL import Image
from torch.distributions import Normal, kl_divergence

import models_zoo
from models_zoo.card import Card
from models_zoo.text import Matcher
from train.contract import Batch
from train.data import birds
from train.data import datasets as data
from train.data.birds import COLOURS
from train.data.dataset import Dataset, Split, to_float
from train.errors import TrainError
from train.loop import trainer
from train.loop.runs import RunFolder
from train.metrics import captions as caption_metrics
from train.publishing import export
from train.variants.stackgan import StackedGAN, divergence
from train.variants.text_encoder import ImageTextMatching, matching_loss

PAINT = {
    "black": (15, 15, 18), "grey": (128, 128, 128), "white": (240, 240, 240), "brown": (120, 80, 45), "red": (210, 25, 30),
    "yellow": (235, 205, 30), "green": (60, 160, 50), "blue": (35, 70, 200),
}  # fmt: skip
TINY = {"size": 16, "buckets": 128, "width": 8, "hidden": 8}


def painted(colour, background, size=128):
    """A round bird in front of a plain background, 3 x size x size as uint8."""
    place = torch.arange(size) - size / 2
    inside = place[:, None].square() + place.square() < (0.28 * size) ** 2
    bird, behind = (torch.tensor(PAINT[name], dtype=torch.uint8)[:, None, None] for name in (colour, background))
    return torch.where(inside, bird, behind)


def flock(kinds):
    """Birds of these colours, each in front of a background of another, N x 3 x 128 x 128 as uint8."""
    return torch.stack([painted(kind, "grey" if kind != "grey" else "white") for kind in kinds])


def few_birds(count=16):
    """A dataset of plain birds whose captions name their colours."""
    kinds = [COLOURS[place % 8] for place in range(count)]
    rows = tuple((f"a {kind} bird", f"this bird is {kind}") for kind in kinds)
    split = Split(flock(kinds), numbers=torch.zeros(count, dtype=torch.long))
    return Dataset("birds", split, split, (), {"en": "Painted", "ko": "그림"}, "none", captions=(rows, rows))


@pytest.fixture
def encoder(tmp_path):
    """The folder of a small text encoder that has learned nothing."""
    torch.manual_seed(0)
    model = Matcher(**TINY, picture_hidden=8)
    model.card = Card("tiny-text", "text-encoder", "text-encoder", "birds", model.architecture, model.arguments, 128, 3)
    model.save_pretrained(tmp_path / "tiny-text")
    return tmp_path / "tiny-text"


def batch_of(read, seed=0):
    images = to_float(read.train.images)
    generator = torch.Generator().manual_seed(seed)
    return Batch(images, slice(None), len(images), generator, numbers=torch.arange(len(images)))


# ---- captions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("colour", COLOURS)
def test_a_birds_colour_is_measured_and_the_backgrounds(colour):
    behind = "green" if colour != "green" else "brown"
    found = birds.plumage(painted(colour, behind)[None].float() / 127.5 - 1)
    assert COLOURS[found.first] == colour and COLOURS[found.background] == behind
    assert 0 <= found.second_share <= 0.5 and 0 <= found.vivid <= 1


def test_captions_say_what_is_true_and_the_same_every_time():
    images = torch.stack([painted("red", "green"), painted("blue", "white")])
    phrases = {"Elf Owl": ("a long tail", "Elf Owls are small birds")}
    one, other = birds.described(images, ["Elf Owl", "Kagu"], phrases)
    assert birds.described(images, ["Elf Owl", "Kagu"], phrases)[0] == one
    assert len(one) == len(other) == birds.CAPTIONS
    assert "an elf owl" in one and "a kagu" in other
    assert "an elf owl with a long tail" in one and "Elf Owls are small birds" in one
    assert any("red bird in front of a green background" in caption for caption in one)
    assert not any("blue" in caption for caption in one) and not any("red" in caption for caption in other)


def test_every_colour_word_is_replaced_by_another():
    dice = random.Random(0)
    for _ in range(20):
        said = birds.recoloured("a red bird with red and black wings, redhead", dice)
        found = said.replace(",", "").split()
        assert found[1] != "red" and found[4] == found[1] and found[6] != "black" and said.endswith("redhead")
    assert birds.recoloured("a kagu", dice) == "a kagu"


def test_misspelling_changes_one_letter_and_spares_short_words():
    dice = random.Random(0)
    spelt = [birds.misspelt("yellow", dice) for _ in range(50)]
    assert len(set(spelt)) > 10 and all(5 <= len(word) <= 7 for word in spelt)
    assert birds.misspelt("a", dice) == "a"


@pytest.mark.parametrize(("count", "test"), [(4_197, 420), (2_000, 400), (100, 25), (2, 1)])
def test_enough_is_held_out_but_never_most(count, test):
    held = birds.held_out(count)
    assert held.sum() == test and torch.equal(held, birds.held_out(count))


def save_birds(root, kind, colour, count):
    folder = root / "birds" / "photos" / kind
    folder.mkdir(parents=True)
    for number in range(count):
        Image.fromarray(painted(colour, "green").permute(1, 2, 0).numpy()).save(folder / f"{number}.png")


def test_birds_are_read_by_species_with_their_captions(tmp_path):
    for kind, colour in (("Elf Owl", "brown"), ("Kagu", "blue")):
        save_birds(tmp_path, kind, colour, 4)
    read = data.load("birds", tmp_path)
    assert read.train.images.shape == (6, 3, 128, 128) and len(read.test) == 2
    assert [len(part) for part in read.captions] == [6, 2]
    for row, image in zip(read.captions[0], read.train.images, strict=True):
        assert any("kagu" in caption for caption in row) == (image[2, 64, 64] > image[0, 64, 64])


def test_missing_birds_missing_captions_and_damaged_phrases_are_one_sentence(tmp_path):
    for name, message in (
        ("birds", "birds has no public source"),
        ("captioned", r"There is no .*captioned; name a folder"),
    ):
        with pytest.raises(TrainError, match=message):
            data.load(name, tmp_path)
    save_birds(tmp_path, "Kagu", "blue", 1)
    (tmp_path / "birds" / "phrases.json").write_text("[1]")
    with pytest.raises(TrainError, match="must map species to lists of phrases"):
        data.load("birds", tmp_path)


@pytest.fixture
def own(tmp_path):
    """A folder of four pictures, and a function that writes its captions.jsonl."""
    folder = tmp_path / "captioned"
    folder.mkdir()
    for number in range(4):
        Image.fromarray(np.full((20, 30, 3), 60 * number, np.uint8)).save(folder / f"{number}.png")

    def write(*lines):
        (folder / "captions.jsonl").write_text("\n".join(lines) + "\n")
        return tmp_path

    return write


def entry(file, caption):
    return json.dumps({"file": file, "caption": caption})


def test_pictures_of_ones_own_have_as_many_sentences_each(own):
    lines = [entry(f"{number}.png", f"picture {number}") for number in range(4)]
    read = data.load("captioned", own(*lines, "", entry("2.png", "dark")))
    assert len(read.train) == 3 and len(read.test) == 1 and read.train.images.shape[1:] == (3, 128, 128)
    rows = {row for part in read.captions for row in part}
    assert rows == {("picture 2", "dark"), *((f"picture {number}",) * 2 for number in (0, 1, 3))}
    for row, image in zip(read.captions[0], read.train.images, strict=True):
        assert image[0, 0, 0] == 60 * int(row[0][-1])


def test_a_mark_of_the_byte_order_and_unusual_blanks_break_no_line(own):
    folder = own(entry("0.png", "a"), json.dumps({"file": "1.png", "caption": "one\u2028two"}, ensure_ascii=False))
    path = folder / "captioned" / "captions.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    read = data.load("captioned", folder)
    assert len(read.train) + len(read.test) == 2


# ---- the text encoder ---------------------------------------------------------------------------


def test_the_matching_loss_wants_each_text_at_its_picture_and_forgives_those_that_say_the_same():
    vectors = torch.eye(4) * 2
    none, alike = torch.zeros(4, 4, dtype=torch.bool), torch.ones(4, 4, dtype=torch.bool)
    right = matching_loss(vectors, vectors, -vectors, none.clone(), 0.1)
    wrong = matching_loss(vectors, vectors.roll(1, 0), -vectors, none.clone(), 0.1)
    assert right < 0.01 < 1 < wrong
    # Where all texts are one, only the one with other colours is wrong.
    same = torch.ones(4, 4)
    assert matching_loss(same, same, -same, alike.clone(), 0.1).item() == pytest.approx(0, abs=1e-4)
    assert matching_loss(same, same, same, alike, 0.1).item() == pytest.approx(0, abs=1e-4)


def test_a_text_encoder_learns_which_colour_is_meant():
    torch.manual_seed(0)
    variant = ImageTextMatching(ImageTextMatching.Config(**TINY, misspelt=0.0, batch_size=16))
    read = few_birds()
    prepared = variant.prepare(read)
    model = variant.build().train()
    assert set(COLOURS) <= set(model.text.known())
    nets, found = dict(model.named_children()), []
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for step in range(60):
        loss = variant.loss("matching", nets, batch_of(prepared, step)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    assert found[-1] < 0.6 * found[0]
    with torch.no_grad():
        measured = variant.evaluate(model.eval(), read, 40, 0)
    # Chance is 0.1; rounding differs between processors, and with it how far sixty steps lead.
    assert measured["r_precision"]["value"] > 0.2 and measured["colour_naming"]["value"] > 0.5
    assert measured["r_precision"]["reference"] == 0.1 and measured["r_precision/misspelt"]["n"] == 40


def test_sentences_that_are_all_the_same_cannot_be_matched():
    read = dataclasses.replace(few_birds(2), captions=((("x",),) * 2, (("x",),) * 2))
    with pytest.raises(TrainError, match="has the same caption"):
        ImageTextMatching(ImageTextMatching.Config()).prepare(read)


class Knowing:
    """A matcher by whose vectors text number k belongs to pictures of feature k, or to no picture at all."""

    device = torch.device("cpu")

    def __init__(self, captions, sees=True):
        self.captions, self.sees, self.text = captions, sees, self

    def picture(self, features):
        return torch.eye(len(self.captions))[features[:, 0].long()]

    def encode(self, texts):
        if not self.sees:
            return torch.rand(len(texts), len(self.captions))
        return torch.eye(len(self.captions))[[self.captions.index(text) for text in texts]]


def test_r_precision_is_one_for_who_knows_and_chance_for_who_does_not():
    captions = [f"caption {number}" for number in range(30)]
    rows, said = tuple((caption,) for caption in captions), captions * 10
    features = torch.arange(30.0).repeat(10)[:, None]
    assert caption_metrics.r_precision(Knowing(captions), features, said, rows, 0) == 1
    torch.manual_seed(0)
    blind = caption_metrics.r_precision(Knowing(captions, sees=False), features, said, rows, 0)
    assert blind == pytest.approx(0.1, abs=0.08)


def test_pairs_take_every_picture_before_one_comes_again():
    rows = (("a", "b"), ("c",), ("d",))
    drawn = caption_metrics.pairs(rows, 7, 0)
    assert sorted(place for place, _ in drawn[:3]) == [0, 1, 2] and len(drawn) == 7
    assert all(caption in rows[place] for place, caption in drawn)


# ---- the two stages -----------------------------------------------------------------------------


class Painter:
    """Draws a bird in the colour that the sentence names, or always in one."""

    def __init__(self, always=""):
        self.always = always

    def latents(self, seeds):
        return torch.zeros(len(seeds), 1)

    def stages(self, z, texts):
        return [flock([self.always or text.split()[2] for text in texts]).float() / 127.5 - 1]


def test_obedience_to_colours_is_held_against_what_the_same_pictures_would_get_by_chance():
    obeyed = caption_metrics.evaluate_colours(Painter(), 16, 0)
    assert obeyed["colour_obeyed"]["value"] == 1 and obeyed["colour_obeyed"]["reference"] < 0.4
    assert all(obeyed[f"colour_obeyed/{colour}"]["value"] == 1 for colour in COLOURS)
    stubborn = caption_metrics.evaluate_colours(Painter("red"), 16, 0)["colour_obeyed"]
    assert stubborn["value"] == stubborn["reference"] == 0.25, "red, and brown for red"


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    wanted = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).mean()
    torch.testing.assert_close(divergence(mean, log_variance), wanted)


def narrow(encoder, **options):
    values = {
        "text_encoder": str(encoder), "noise_size": 8, "condition": 4, "widths": (8,) * 4, "discriminator_widths": (8,) * 4,
        "batch_size": 8, "steps": 1, "eval_every": 0, "device": "cpu", "precision": "fp32",
    }  # fmt: skip
    return StackedGAN(StackedGAN.Config(**{**values, **options}))


def test_widths_that_make_other_pictures_are_refused(encoder):
    with pytest.raises(TrainError, match="3 widths make 32 pixels, not 64"):
        narrow(encoder, widths=(8,) * 3).build()


@pytest.mark.parametrize("projected", [0.0, 1.0])
def test_every_phase_has_a_loss_that_reaches_its_networks_alone(encoder, projected):
    variant = narrow(encoder, projected=projected)
    batch = batch_of(variant.prepare(few_birds(8)))
    model = variant.build().train()
    nets = dict(model.named_children())
    for phase in variant.phases:
        for name, net in nets.items():
            net.requires_grad_(name in phase.nets)
        step = variant.loss(phase.name, nets, batch)
        step.loss.backward()
        batch.carried = step.carried or batch.carried
        assert all(torch.isfinite(value) for value in (step.loss, *step.scalars.values()))
        touched = {name for name, net in nets.items() if any(p.grad is not None for p in net.parameters())}
        assert touched == set(phase.nets)
        model.zero_grad(set_to_none=True)


def test_the_wrong_sentence_is_never_the_pictures_own(encoder):
    variant = narrow(encoder)
    batch = batch_of(variant.prepare(few_birds(8)))
    drawn = variant.loss("generator", dict(variant.build().named_children()), batch).carried
    assert not torch.isclose(drawn.text, drawn.wrong).all(1).any()


def test_feature_discriminators_see_pictures_enlarged_if_asked_to(encoder):
    for side, wanted in ((0, [16, 8, 4, 2]), (128, [32, 16, 8, 4])):
        maps = narrow(encoder, projected=1.0, projected_side=side).maps(torch.rand(2, 3, 64, 64))
        assert [each.shape[-1] for each in maps] == wanted


def same(one, other):
    """Whether two networks have the same weights."""
    return all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


def test_the_second_stage_goes_on_from_the_first_and_leaves_it_as_it_is(encoder, tmp_path, monkeypatch):
    # What a trained network sees takes most of the time of measuring, and is tested with the other photographs.
    monkeypatch.setattr(caption_metrics.lite0, "features", lambda images: images.mean((2, 3)))
    monkeypatch.setattr(caption_metrics.lite0, "classify", lambda features: torch.eye(len(features), 1000))
    monkeypatch.setattr("train.variants.stackgan.SEEDS", 1)
    read = few_birds(16)
    trainer.train("stackgan", narrow(encoder, out=tmp_path / "first"), read)
    folder = export.export(tmp_path / "first", "tiny-one", read, zoo=tmp_path / "zoo", samples=16)
    one = models_zoo.load(str(folder), "cpu")
    assert one.card.task == "text-to-image" and one.image_size == 64
    assert {"kid_lite0", "fd_lite0", "colour_obeyed"} <= one.card.metrics.keys()

    second = narrow(encoder, out=tmp_path / "second", stage=2, init_from=str(folder), batch_size=4)
    trainer.train("stackgan", second, read)
    two = second.build()
    export.runs.load_networks(RunFolder(tmp_path / "second"), two, "last")
    assert same(two.text, one.text) and same(two.stage1, one.stage1)
    with torch.no_grad():
        measured = second.evaluate(two.eval(), read, 16, 0)
        assert second.samples(two, read).shape == (16, 3, 128, 128)
    assert {"kid_lite0/stage_1_bicubic", "kid_lite0/stage_1_srgan"} <= set(measured)
    assert measured["named_bird"]["value"] == pytest.approx(9 / 16), "of the classes 0 to 15 the birds are 7 to 15"

    # The first can be trained further in a model of both; an export leaves out the feature discriminators.
    whole = export.export(tmp_path / "second", "tiny-two", read, zoo=tmp_path / "zoo", samples=16)
    again = narrow(encoder, out=tmp_path / "again", init_from=str(whole), projected=1.0)
    trainer.train("stackgan", again, read)
    three, two = again.bundled(), models_zoo.load(str(whole), "cpu")
    export.runs.load_networks(RunFolder(tmp_path / "again"), three, "last")
    trained, bundled = (dict(model.named_children()).keys() for model in (again.build(), three))
    assert bundled == {"text", "stage1", "stage2", "discriminator1"} and trained - bundled == {"projected1"}
    assert not torch.equal(three.stage1.augment.net.weight, two.stage1.augment.net.weight)
    assert same(three.stage2, two.stage2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stage": 2}, "give its model as --init-from"),
        ({"judge": "same", "text_encoder": "same"}, "--judge must be another"),
        ({"projected_side": 16}, "--projected-side must be"),
        ({"mismatched": 1.0}, "--mismatched must be"),
    ],
)
def test_options_without_sense_are_refused(encoder, options, message):
    with pytest.raises(TrainError, match=message):
        narrow(encoder, **options).prepare(few_birds(8))


def test_a_model_that_reads_no_sentences_is_refused_as_text_encoder(tiny_model):
    with pytest.raises(TrainError, match="reads no sentences"):
        narrow(tiny_model).encoder()
