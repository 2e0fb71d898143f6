"""StyleGAN's networks against plain loops: styled layers, filters, learning rates, truncation, mixing, noise, groups."""

import math

import pytest
import torch
from torch.nn import functional as F

from models_zoo import equalised, stylegan_ada
from models_zoo.checkpoint import LatentModel
from models_zoo.stylegan import StyledLayer, StyleGAN, ToPicture

TINY = {"image_size": 16, "latent_size": 5, "widths": [8, 6, 4], "discriminator_widths": [4, 6, 8], "w_size": 7}


def tiny(**options):
    torch.manual_seed(0)
    model = StyleGAN(**{**TINY, **options})
    for layer in model.generator.synthesis.layers:
        torch.nn.init.constant_(layer.noise_strength, 0.5)
        torch.nn.init.normal_(layer.bias)
    model.generator.mapping.w_avg.normal_()
    return model.eval()


def with_zeros_between(x):
    spread = torch.zeros(*x.shape[:2], 2 * x.shape[2], 2 * x.shape[3], dtype=x.dtype)
    spread[:, :, ::2, ::2] = x
    return spread


def filtered(x, before, after, gain=1):
    """What the filter makes of x after zeros on its upper and left, and lower and right sides: a loop over its sixteen weights."""
    x = F.pad(x, (before, after, before, after))
    height, width = x.shape[2] - 3, x.shape[3] - 3
    taps = [weight / 8 for weight in (1, 3, 3, 1)]
    return gain * sum(taps[i] * taps[j] * x[:, :, i : i + height, j : j + width] for i in range(4) for j in range(4))


@torch.no_grad()
def test_filters_are_those_of_a_loop():
    x = torch.randn(2, 3, 6, 8)
    assert torch.allclose(equalised.blurred(x, 2), filtered(x, 2, 2), atol=1e-6)
    assert torch.allclose(equalised.halved(x), filtered(x, 1, 1)[:, :, ::2, ::2], atol=1e-6)
    assert torch.allclose(equalised.doubled(x), filtered(with_zeros_between(x), 2, 1, gain=4), atol=1e-6)


def test_resampling_keeps_the_brightness():
    plain = torch.full((1, 1, 16, 16), 0.7)
    for changed in (equalised.halved(plain), equalised.doubled(plain)):
        assert torch.allclose(changed[:, :, 2:-2, 2:-2], torch.tensor(0.7), atol=1e-6)


@pytest.mark.parametrize("doubles", [False, True])
@torch.no_grad()
def test_a_styled_layer_is_a_convolution_with_weights_of_its_own_for_each_picture(doubles):
    torch.manual_seed(0)
    layer = StyledLayer(3, 5, 4, 8, doubles=doubles)
    torch.nn.init.normal_(layer.bias)
    torch.nn.init.constant_(layer.noise_strength, 0.3)
    x, w = torch.randn(2, 3, *([4, 4] if doubles else [8, 8])), torch.randn(2, 4)
    noise, norm = torch.randn(2, 1, 8, 8), torch.rand(2, 3) + 0.5
    features, own = layer(x, norm, w, noise)
    x = x * norm[:, :, None, None]
    for place, drawn in enumerate(features * own[:, :, None, None]):
        weight = layer.weight.clone()
        for channel in range(3):
            weight[:, channel] *= (layer.style.weight[channel] @ w[place]) / 2 + layer.style.bias[channel]
        for output in range(5):
            weight[output] /= math.sqrt(weight[output].square().sum() + 1e-8)
        if doubles:
            # Filtered beyond the border, as the convolution after it needs.
            wide = filtered(F.pad(with_zeros_between(x[place : place + 1]), (4, 4, 4, 4)), 2, 1, gain=4)
            # The filter follows the convolution in the layer; exchanged, they give the same where there are no borders.
            expected = F.conv2d(wide, weight.flip(2, 3), padding=1)[0, :, 4:-4, 4:-4]
        else:
            expected = F.conv2d(x[place : place + 1], weight, padding=1)[0]
        expected = expected + 0.3 * noise[place] + layer.bias[:, None, None]
        assert torch.allclose(drawn, F.leaky_relu(expected, 0.2) * math.sqrt(2), atol=1e-4)


def test_a_styled_layer_without_noise_is_one_whose_noise_is_zero():
    torch.manual_seed(0)
    layer = StyledLayer(3, 5, 4, 8, doubles=False)
    torch.nn.init.normal_(layer.bias)
    x, norm, w = torch.randn(2, 3, 8, 8), torch.ones(2, 3), torch.randn(2, 4)
    assert torch.allclose(layer(x, norm, w, None)[0], layer(x, norm, w, torch.zeros(1, 1, 8, 8))[0], atol=1e-6)


def test_the_picture_of_a_layer_is_styled_but_not_normalised():
    torch.manual_seed(0)
    layer, x, norm, w = ToPicture(4, 3, 7), torch.randn(2, 4, 5, 5), torch.rand(2, 4), torch.randn(2, 7)
    style = layer.style(w) / 2 * norm
    expected = torch.einsum("nihw,oi,ni->nohw", x, layer.weight[:, :, 0, 0], style)
    assert torch.allclose(layer(x, norm, w), expected, atol=1e-5)


def test_all_weights_start_alike_and_the_mapping_network_learns_at_a_hundredth_of_the_rate():
    torch.manual_seed(0)
    plain, slow = equalised.EqualLinear(400, 300), equalised.EqualLinear(400, 300, rate=0.01)
    assert plain.weight.std().item() == pytest.approx(1, rel=0.02)
    assert slow.weight.std().item() == pytest.approx(100, rel=0.02)
    x = torch.randn(64, 400)
    for layer in (plain, slow):
        assert layer(x).std().item() == pytest.approx(1, rel=0.05)
    # Adam's first step is the learning rate, whatever the gradient.
    moved = []
    for layer in (plain, slow):
        before = layer(x)
        optimizer = torch.optim.Adam(layer.parameters(), 0.01)
        layer(x).square().sum().backward()
        optimizer.step()
        moved.append((layer(x) - before).abs().mean().item())
    assert moved[0] / moved[1] == pytest.approx(100, rel=0.1)


@pytest.mark.parametrize(
    "make", [lambda: equalised.EqualConvolution(32, 32, 3), lambda: equalised.EqualLinear(288, 300, is_active=True)]
)
def test_an_active_layer_keeps_the_mean_square(make):
    torch.manual_seed(0)
    layer = make()
    x = torch.randn(64, 288) if isinstance(layer, equalised.EqualLinear) else torch.randn(8, 32, 16, 16)
    assert layer(x).square().mean().item() == pytest.approx(1, rel=0.15)


def test_the_length_of_z_is_the_truncation():
    model = tiny()
    z = model.latents([3, 4])
    assert torch.allclose(z.square().mean(1), torch.ones(2))
    w, average = model.mapping(z), model.generator.mapping.w_avg
    assert torch.allclose(model.mapping(5 * z), w, atol=1e-5)
    half = model.synthesize(average + 0.5 * (w - average)).clamp(-1, 1)
    assert torch.allclose(model.generate(model.latents([3, 4], truncation=0.5)), half, atol=1e-4)
    mean_face = model.synthesize(average[None]).clamp(-1, 1)
    assert torch.allclose(model.generate(model.latents([3], truncation=0)), mean_face, atol=1e-4)
    assert torch.allclose(model.generate(4 * z), model.generate(z), atol=1e-4)
    assert torch.allclose(model.truncated(w, -1) + w, 2 * average.expand(2, -1), atol=1e-5)


def test_rows_of_another_w_change_what_the_rows_of_their_layers_draw():
    model = tiny()
    ws, others = model.mapping(model.latents([0])), model.mapping(model.latents([1]))
    mixed = model.mixed(ws, others, range(2, 4))
    assert mixed.shape == (1, model.rows, 7) and model.rows == 6
    assert torch.equal(mixed[:, 2:4], others[:, None].expand(-1, 2, -1)) and torch.equal(mixed[:, 0], ws)
    assert torch.equal(model.mixed(ws, others, range(0))[:, 5], ws)
    assert torch.allclose(model.synthesize(model.mixed(ws, others, range(6))), model.synthesize(others), atol=1e-5)
    # The last row is that of the last picture alone.
    apart = model.synthesize(model.mixed(ws, others, range(5, 6))) - model.synthesize(ws)
    assert apart.abs().max() > 0


def test_noise_is_the_models_own_or_none_or_new_or_given_for_each_layer():
    model = tiny()
    ws = model.mapping(model.latents([0, 1]))
    own, none = model.synthesize(ws), model.synthesize(ws, "none")
    assert torch.equal(own, model.synthesize(ws)) and not torch.allclose(own, none)
    assert torch.equal(model.synthesize(ws, "random", seed=1), model.synthesize(ws, "random", seed=1))
    assert not torch.allclose(model.synthesize(ws, "random", seed=1), model.synthesize(ws, "random", seed=2))
    assert torch.equal(model.synthesize(ws, model.noise("constant", 2)), own)
    rolled = list(model.noise("none", 2))
    rolled[-1] = torch.randn(2, 1, 16, 16)
    assert torch.equal(model.synthesize(ws, rolled) - none != 0, torch.ones(2, 3, 16, 16, dtype=torch.bool))


def test_a_picture_is_drawn_and_judged_alike_alone_and_among_others():
    model = tiny()
    model.discriminator.usual_deviation.fill_(0.7)
    images = model.generate(model.latents(range(6)))
    assert images.shape == (6, 3, 16, 16) and images.abs().max() <= 1
    assert torch.allclose(model.generate(model.latents([4])), images[4:5], atol=1e-5)
    assert torch.allclose(model.score(images[4:5]), model.score(images)[4:5], atol=1e-4)


def test_in_training_pictures_are_judged_beside_the_three_next_to_them():
    net = tiny().discriminator.train()
    features = torch.randn(8, 8, 4, 4)
    deviations = net.deviations(features)
    expected = [features[part].std(0, correction=0).mean() for part in (slice(4), slice(4, 8))]
    assert torch.allclose(deviations, torch.stack(expected).repeat_interleave(4), atol=1e-5)
    assert net.deviations(features[:6]).unique().numel() == 3
    images = torch.rand(8, 3, 16, 16)
    assert torch.allclose(net(images)[4:], net(images[4:]), atol=1e-4)


def test_gradients_of_gradients_reach_every_weight():
    model = tiny().train()
    ws = model.mapping(model.latents(range(4)))[:, None].repeat(1, model.rows, 1).requires_grad_()
    images = model.synthesize(ws, "random")
    (gradient,) = torch.autograd.grad((images * torch.randn_like(images)).sum(), ws, create_graph=True)
    gradient.square().sum().backward()
    for name, parameter in model.generator.synthesis.named_parameters():
        # What is only added does not change how the picture follows w, except through the leaky ReLUs' signs.
        if name.endswith("weight") or name == "constant":
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_a_class_is_drawn_as_asked_and_between_two_as_a_mixture():
    model = tiny(classes=3)
    z = model.latents([0, 0])
    first, second = model.generate(z, torch.tensor([0, 2]))
    assert not torch.allclose(first, second)
    weights = torch.tensor([[1.0, 0, 0], [0, 0, 1]])
    assert torch.allclose(model.generate(z, weights), torch.stack([first, second]), atol=1e-5)
    images = torch.rand(2, 3, 16, 16)
    assert not torch.allclose(model.score(images, torch.tensor([0, 1])), model.score(images, torch.tensor([2, 1])))


def test_widths_that_do_not_make_the_picture_are_refused():
    with pytest.raises(ValueError, match="3 widths make 16 pixels, not 32"):
        StyleGAN(**{**TINY, "image_size": 32})


INIT = {"z_dim": 5, "c_dim": 0, "w_dim": 7, "img_resolution": 16, "img_channels": 3}
INIT |= {"mapping_kwargs": {"num_layers": 4}, "synthesis_kwargs": {"channel_base": 64, "channel_max": 8}}


def theirs(model):
    """The generator's state of `model` under the names of stylegan2-ada-pytorch, written out by hand."""
    state = model.generator.state_dict()
    named = {"mapping.w_avg": state["mapping.w_avg"], "synthesis.b4.const": state["synthesis.constant"][0]}
    for part in ("weight", "bias"):
        named |= {f"mapping.fc{place}.{part}": state[f"mapping.layers.{place}.{part}"] for place in range(4)}
    blocks = {"b4": ["conv1"], "b8": ["conv0", "conv1"], "b16": ["conv0", "conv1"]}
    layers = [f"{block}.{name}" for block, names in blocks.items() for name in names]
    places = [(f"synthesis.{name}", f"synthesis.layers.{place}") for place, name in enumerate(layers)]
    places += [(f"synthesis.{block}.torgb", f"synthesis.pictures.{place}") for place, block in enumerate(blocks)]
    parts = {"weight": "weight", "bias": "bias", "affine.weight": "style.weight", "affine.bias": "style.bias"}
    parts |= {"noise_const": "noise", "noise_strength": "noise_strength"}
    for name, place in places:
        named |= {f"{name}.{a}": state[f"{place}.{b}"] for a, b in parts.items() if f"{place}.{b}" in state}
        named[f"{name}.resample_filter"] = torch.ones(4, 4)
    return named


def test_networks_of_the_makers_code_find_their_place_by_name():
    model, again = tiny(), StyleGAN(**stylegan_ada.arguments(INIT))
    assert again.arguments["widths"] == [8, 8, 4]
    again = StyleGAN(**{**stylegan_ada.arguments(INIT), "widths": TINY["widths"]})
    again.generator.load_state_dict(stylegan_ada.generator_state(theirs(model)))
    z = model.latents(range(3))
    assert torch.equal(again.eval().generate(z), model.generate(z))


def test_a_discriminator_of_the_makers_code_finds_its_place_by_name():
    state = tiny(classes=2).discriminator.state_dict()
    names = {"b16.fromrgb": "start", "b4.conv": "convolution", "b4.fc": "hidden", "b4.out": "out"}
    names |= {"mapping.embed": "classes.embedding", **{f"mapping.fc{i}": f"classes.layers.{i}" for i in range(8)}}
    for place, side in enumerate((16, 8)):
        names |= {f"b{side}.conv0": f"blocks.{place}.first", f"b{side}.conv1": f"blocks.{place}.second"}
        names[f"b{side}.skip"] = f"blocks.{place}.beside"
    given = {
        f"{theirs}.{part}": state[f"{ours}.{part}"]
        for theirs, ours in names.items()
        for part in ("weight", "bias")
        if f"{ours}.{part}" in state
    }
    found = stylegan_ada.discriminator_state({**given, "b16.conv1.resample_filter": torch.ones(4, 4)})
    assert found.keys() == state.keys() - {"usual_deviation"}
    assert all(torch.equal(found[name], state[name]) for name in found)


def test_sums_are_drawn_at_the_mean_length_of_their_terms():
    terms = torch.randn(4, 3, 5) * torch.tensor([1.0, 0.5, 0.2])[:, None]
    plain, found = LatentModel.combined(tiny(), terms, (1, -1, 1)), tiny().combined(terms, (1, -1, 1))
    assert torch.allclose(plain, terms[:, 0] - terms[:, 1] + terms[:, 2])
    assert torch.allclose(F.cosine_similarity(plain, found), torch.ones(4))
    assert torch.allclose(found.norm(dim=1), terms.norm(dim=2).mean(1), rtol=1e-4)
    assert torch.allclose(tiny().combined(terms[0], (1, -1, 1)), found[0])
