"""Sentences as vectors, and the networks of StackGAN, untrained."""

import pytest
import torch
from torch.nn import functional as F

from models_zoo.card import Card
from models_zoo.checkpoint import load
from models_zoo.stackgan import MatchingDiscriminator, StackGAN, TextProjectedDiscriminator
from models_zoo.text import MAX_GRAMS, MAX_WORDS, Matcher, TextEncoder, grams, picture_features, word_grams, words

TINY = {"size": 16, "buckets": 128, "width": 8, "hidden": 8}
NARROW = {
    "text": TINY, "noise_size": 8, "condition": 4, "widths": [8] * 4, "last_width": 8, "second_widths": [8] * 3,
    "second_last_width": 8, "blocks": 1, "discriminator_widths": [8] * 4,
}  # fmt: skip


@pytest.fixture(params=["conv", "gru"])
def encoder(request):
    torch.manual_seed(0)
    return TextEncoder(**TINY, architecture=request.param).eval()


@pytest.fixture(params=[1, 2])
def model(request):
    torch.manual_seed(0)
    return StackGAN(request.param, **NARROW).eval()


def test_words_are_small_letters_and_digits_of_any_script():
    assert words("A RED-headed bird's <b>wing</b>, 3 🐦!") == ["a", "red", "headed", "bird", "s", "b", "wing", "b", "3"]
    assert words("빨간 새") == ["빨간", "새"] and words("🐦 … _") == []


def test_a_misspelt_word_shares_most_n_grams_and_nothing_is_too_long():
    def share(one, other):
        a, b = (set(grams(word, 8192)) for word in (one, other))
        return len(a & b) / len(a | b)

    assert share("yellow", "yelow") > 0.3 > share("yellow", "black")
    assert len(grams("x" * 10_000, 8192)) <= MAX_GRAMS
    table = word_grams(["a", "hummingbird"], 8192)
    assert table.shape == (2, MAX_GRAMS) and table.min() == 0 and table.max() < 8192


def test_what_a_sentence_gives_depends_on_nothing_else_in_the_batch(encoder):
    texts = ["a red bird", "", "빨간 새", "🐦", "word " * 500]
    together = encoder.encode(texts)
    assert together.shape == (5, 16) and torch.isfinite(together).all()
    torch.testing.assert_close(together.square().mean(1), torch.ones(5))
    for text, found in zip(texts, together, strict=True):
        torch.testing.assert_close(encoder.encode([text])[0], found, atol=1e-5, rtol=1e-4)


def test_order_counts_and_what_comes_after_the_last_word_that_is_read_does_not(encoder):
    one, other = encoder.encode(["a red bird with blue wings", "a blue bird with red wings"])
    assert not torch.allclose(one, other, atol=1e-4)
    long = "bird " * MAX_WORDS
    torch.testing.assert_close(*encoder.encode([long, long + "red"]))


def test_an_encoder_remembers_as_many_words_as_find_room(encoder):
    assert encoder.known() == []
    encoder.remember(["red", "bird"])
    assert encoder.known() == ["red", "bird"]
    encoder.remember(f"word{number}" for number in range(5_000))
    known = encoder.known()
    assert known[:2] == ["word0", "word1"] and known[-1] == f"word{len(known) - 1}" and 500 < len(known) < 5_000


def test_there_are_two_architectures():
    with pytest.raises(ValueError, match="transformer"):
        TextEncoder(architecture="transformer")


def test_pictures_and_texts_become_vectors_whose_cosine_tells_how_they_match():
    matcher = Matcher(**TINY, picture_hidden=8).eval()
    features = picture_features(torch.rand(3, 3, 64, 64) * 2 - 1)
    found = matcher.match(features, ["a red bird", "a blue bird"])
    assert found.shape == (3, 2) and found.abs().max() <= 1 + 1e-5
    coarse = torch.rand(1, 3, 4, 4) * 2 - 1
    small, large = (picture_features(F.interpolate(coarse, (side, side), mode="bilinear")) for side in (64, 128))
    assert F.cosine_similarity(small, large) > 0.98


def test_each_stage_draws_in_its_size_and_the_last_one_is_what_is_generated(model):
    z, texts = model.latents([7, 8, 9]), ["a red bird", "a blue bird", "a red bird"]
    drawn = model.stages(z, texts)
    assert [tuple(stage.shape) for stage in drawn] == [(3, 3, 64, 64), (3, 3, 128, 128)][: model.stage]
    assert model.image_size == drawn[-1].shape[-1] and model.latent_size == 8 + 4 * model.stage
    assert all(stage.abs().max() <= 1 for stage in drawn)
    torch.testing.assert_close(model.generate(z, texts), drawn[-1])
    torch.testing.assert_close(model.draw(z, model.embed(texts))[-1], drawn[-1])


def test_a_seed_and_a_sentence_make_one_picture(model):
    z = model.latents([7])
    once, again = (model.generate(z, ["a red bird"]) for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, model.generate(z, ["a blue bird"]))
    assert not torch.equal(once, model.generate(model.latents([8]), ["a red bird"]))


def test_it_is_saved_with_the_text_encoder_in_it(model, tmp_path):
    model.text.remember(["red"])
    model.card = Card(
        "tiny", "stackgan", "text-to-image", "birds", model.architecture, model.arguments, model.image_size, 3,
        model.latent_size,
    )  # fmt: skip
    model.save_pretrained(tmp_path / "tiny")
    again = load(str(tmp_path / "tiny"), "cpu")
    assert again.text.known() == ["red"]
    z = model.latents([1])
    torch.testing.assert_close(again.generate(z, ["a bird"]), model.generate(z, ["a bird"]), atol=0.02, rtol=0)


def test_the_second_stage_starts_from_the_firsts_picture():
    fresh = StackGAN(2, **NARROW).eval()
    small, large = fresh.stages(fresh.latents(range(2)), ["a red bird"] * 2)
    wanted = F.interpolate(small, scale_factor=2, mode="bilinear")
    assert (large - wanted).abs().max() < 0.2, "before it has learned anything, it changes next to nothing"
    whitest = torch.ones(1, 3, 64, 64)
    text, chance = torch.zeros(1, fresh.text.size), torch.zeros(1, fresh.condition)
    assert torch.isfinite(fresh.stage2(whitest, text, chance)[0]).all()


def test_one_stage_has_opponents_the_last_unless_the_first_is_named():
    for opposed in (0, 1):
        names = dict(StackGAN(2, **NARROW, projected=[8, 8], opposed=opposed).named_children()).keys()
        number = opposed or 2
        assert names == {"text", "stage1", "stage2", f"discriminator{number}", f"projected{number}"}
    for stage, opposed in ((3, 0), (1, 2)):
        with pytest.raises(ValueError, match="there is no stage"):
            StackGAN(stage, opposed=opposed)


def test_what_is_bundled_stays_small():
    model = StackGAN(2)
    assert 2 * sum(value.numel() for value in model.text.state_dict().values()) < 2e6
    assert 2 * sum(value.numel() for value in model.state_dict().values()) < 10e6


def test_a_discriminator_reads_picture_and_sentence():
    torch.manual_seed(0)
    discriminator = MatchingDiscriminator(16, 3, [8, 8, 8, 8]).eval()
    images, text = torch.randn(2, 3, 64, 64), F.normalize(torch.randn(2, 16), dim=1) * 4
    logits = discriminator(images, text)
    assert logits.shape == (2,)
    torch.testing.assert_close(discriminator.fit(discriminator.look(images), text), logits)
    assert not torch.allclose(discriminator(images, text.flip(0)), logits)


def test_heads_on_a_trained_networks_maps_read_the_sentence_too():
    torch.manual_seed(0)
    heads = TextProjectedDiscriminator([4, 6], 16, mixed=8).eval()
    mixtures = heads.mix([torch.randn(2, 4, 8, 8), torch.randn(2, 6, 4, 4)])
    text = torch.randn(2, 16)
    one, other = heads.fit(mixtures, text), heads.fit(mixtures, text.flip(0))
    assert len(one) == 2 and all(logits.shape[0] == 2 for logits in one)
    assert not torch.allclose(one[0], other[0])
