"""Styles: layers and their groups, mixing, moving, truncation, noise, walks, links, and what programs may ask for."""

import html
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.pictures import images
from explorer.tabs.styles import api, view, work
from explorer.tabs.styles.tab import Handlers
from explorer.tabs.styles.work import StylesView
from explorer.texts.errors import UserError
from models_zoo import card as cards
from models_zoo import style_layers
from models_zoo.card import Card
from models_zoo.stylegan import StyleGAN

SEEN = StylesView("tiny", seed=3, source=20, low=1, high=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with an untrained StyleGAN of 32 pixels, whose eight layers all have noise."""
    torch.manual_seed(0)
    model = StyleGAN(32, latent_size=8, widths=(8,) * 4, discriminator_widths=(8,) * 4, w_size=12, mapping_depth=2)
    for layer in model.generator.synthesis.layers:
        torch.nn.init.constant_(layer.noise_strength, 0.5)
    model.generator.mapping.w_avg.normal_()
    model.card = Card(
        id="tiny", variant="stylegan", task="unconditional", dataset="none", architecture=model.architecture,
        arguments=model.arguments, image_size=32, channels=3, latent_size=8, verdict="logits",
        title={"en": "A tiny StyleGAN"}, licences={"weights": "none", "data": "none"},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("zoo")
    model.save_pretrained(folder / "tiny")
    return ModelStore([folder])


@pytest.fixture
def card(store):
    return store.card("tiny")


@pytest.fixture
def model(store):
    return store.get("tiny")


def drawn(model, ws, noise="constant"):
    with torch.inference_mode():
        return images.pixels(model.synthesize(ws, noise))


def alike(one, other):
    """Whether pictures differ by at most one step of 255, as they may where numbers were added in another order."""
    return np.abs(one.astype(int) - other).max() <= 1


def test_only_a_stylegan_has_styles_and_its_layers_are_those_of_the_network(card, model, tiny_model):
    assert work.serves(card) and not work.serves(cards.read(tiny_model))
    assert style_layers.rows(card.image_size) == model.rows == 8
    assert style_layers.sides(card.image_size) == [*model.generator.synthesis.sides, 32]


@pytest.mark.parametrize(
    ("side", "groups"),
    [
        (32, {"coarse": (0, 2), "middle": (3, 4), "fine": (5, 7), "all": (0, 7)}),
        (64, {"coarse": (0, 2), "middle": (3, 6), "fine": (7, 9), "all": (0, 9)}),
        (256, {"coarse": (0, 2), "middle": (3, 6), "fine": (7, 13), "all": (0, 13)}),
    ],
)
def test_groups_of_layers_cover_all_of_them_in_order(side, groups):
    found = {name: style_layers.group(side, name) for name in style_layers.GROUPS}
    assert {name: (taken[0], taken[-1]) for name, taken in found.items()} == groups
    assert [*found["coarse"], *found["middle"], *found["fine"]] == list(found["all"])


def test_the_table_gives_targets_the_layers_of_sources(store, card, model):
    mixed = work.mix(store, card, SEEN)
    with torch.inference_mode():
        target, source = (model.mapping(model.latents([seed]))[:, None].expand(-1, 8, -1) for seed in (3 + 2, 20 + 1))
    both = torch.cat([source[:, :3], target[:, 3:]], 1)
    assert alike(mixed.targets[2:3], drawn(model, target))
    assert alike(mixed.sources[1:2], drawn(model, source))
    assert alike(mixed.cells[work.TARGETS + 2][None], drawn(model, both))
    everything = work.mix(store, card, replace(SEEN, low=8, high=1))
    assert alike(everything.cells[0], everything.sources[0])
    assert work.table(mixed).shape == (1, 5 * 34 + 2, 6 * 34 + 2, 3)


def test_truncation_leads_through_the_average_to_the_opposite(store, card, model):
    own, *row = work.truncations(store, card, replace(SEEN, psi=-0.5))
    assert alike(own, row[work.PSIS.index(-0.5)])
    average = model.generator.mapping.w_avg[None]
    assert alike(row[work.PSIS.index(0)][None], drawn(model, average))
    with torch.inference_mode():
        w = model.mapping(model.latents([3]))
    assert alike(row[0][None], drawn(model, 2 * average - w))


def test_noise_changes_only_in_the_layers_chosen(store, card, model):
    fine = work.noisy(store, card, replace(SEEN, noise="none", low=6, high=8))
    noise = model.noise("constant", 1)
    with torch.inference_mode():
        ws = work.of_seeds(model, [3], 1)
        expected = images.pixels(model.synthesize(ws, [*noise[:5], None, None]))
    assert alike(fine.asked, expected) and not np.array_equal(fine.asked, fine.own)
    assert fine.deviation.shape == (32, 32) and fine.deviation.min() > 0
    again, other = (work.noisy(store, card, replace(SEEN, noise_seed=seed)) for seed in (0, 1))
    assert np.array_equal(again.asked, work.noisy(store, card, SEEN).asked)
    assert not np.array_equal(again.asked, other.asked) and np.array_equal(again.own, other.own)
    # The last row of w makes the picture of the last layer, to which no noise is added.
    nothing = work.noisy(store, card, replace(SEEN, low=8, high=8))
    assert nothing.deviation.max() < 1e-3 and np.array_equal(nothing.asked, nothing.own)


def test_components_are_orthonormal_sorted_and_the_same_every_time(model):
    work._components.clear()
    found = work.components(model)
    assert torch.allclose(found.vectors @ found.vectors.T, torch.eye(10), atol=1e-5)
    assert found.deviations.tolist() == sorted(found.deviations.tolist(), reverse=True)
    w = model.mapping(model.latents(range(3000))).detach()
    along = (w - w.mean(0)) @ found.vectors.T
    assert along.std(0) == pytest.approx(found.deviations, rel=0.15)
    work._components.clear()
    assert torch.equal(work.components(model).vectors, found.vectors)


def test_the_pad_moves_chosen_layers_along_two_components(store, card, model):
    found, ws = work.components(model), work.of_seeds(model, [3], 0.5)
    moved = ws.clone()
    moved[:, :3] += 2 * (0.5 * found.deviations[0] * found.vectors[0] - found.deviations[1] * found.vectors[1])
    assert alike(work.dragged(store, card, replace(SEEN, psi=0.5, x=0.5, y=-1.0)), drawn(model, moved.detach()))
    assert alike(work.dragged(store, card, SEEN)[0], work.layered(store, card, SEEN)[0])


def test_each_layer_moves_by_its_own_slider(store, card):
    before, after = work.layered(store, card, replace(SEEN, moves="1:0.5,8:-1", component=2))
    same = work.layered(store, card, replace(SEEN, moves="1:0.5", component=2))[1]
    assert not np.array_equal(before, after) and not np.array_equal(same, after)


def test_sliders_of_layers_tell_amounts_by_number(store, card):
    assert work.by_layer({"2": 0.5, "8": -1}, card, "en") == [0, 0.5, *[0] * 5, -1]
    for wrong in (None, [0.5], {"9": 0.5}, {"0": 0.5}, {"1": 1.5}, {"1": "far"}):
        with pytest.raises(UserError):
            work.by_layer(wrong, card, "en")
    # What the script asks the API for is the picture that is shown.
    handlers = Handlers(Choice(store, work.TASKS, "tiny", "no_styles", work.serves), None)
    told = type("Told", (), {"amounts": {"2": 0.5}})()
    pane, moves = handlers.turn(Visit(replace(SEEN, show="layers", component=2), Asked(card=card), told))
    assert moves == "2:0.5"
    asked = json.loads(html.unescape(re.search('data-asked="([^"]*)"', pane)[1]))
    names = ("model", "seed", "psi", "component")
    given = api.Layers.checked({**dict(zip(names, asked, strict=True)), "amounts": {"2": 0.5}}, Asked(card=card))
    assert given.amounts == [0, 0.5, *[0] * 6] and given.component == 2


def test_walks_begin_and_end_at_the_same_pictures(store, card):
    walks = work.walk(store, card, replace(SEEN, end=4))
    ends = [work.truncations(store, card, replace(SEEN, seed=seed, psi=1.0))[0].astype(int) for seed in (3, 4)]
    for film in (walks.in_z, walks.in_w):
        assert len(film) == work.FRAMES
        assert alike(film[[0, -1]], np.stack(ends))
    assert walks.changes.shape == (2, work.FRAMES - 1) and walks.changes.min() > 0
    assert not np.array_equal(walks.in_z[18], walks.in_w[18])
    assert walks.film.shape == (2 * work.FRAMES - 2, 32, 64, 3)


def test_links_hold_signed_numbers_and_sliders_and_what_they_have_wrong_is_named(card):
    query = {
        "model": "tiny", "show": "pad", "psi": "-0.5", "x": "0.25", "y": "-1", "moves": "2:0.5,8:-1", "low": "2", "high": "8",
    }  # fmt: skip
    seen, bad = StylesView.from_link(query, Asked(card=card))
    assert not bad and (seen.show, seen.psi, seen.x, seen.y) == ("pad", -0.5, 0.25, -1.0)
    assert list(seen.rows) == list(range(1, 8)) and work.from_link(seen.moves, card) == [0, 0.5, *[0] * 5, -1]
    assert work.to_link(work.from_link(seen.moves, card)) == "2:0.5,8:-1"
    for name, text in (
        ("psi", "-1.5"), ("psi", "nan"), ("x", "2"), ("moves", "9:1"), ("moves", "0:1"), ("moves", "1:1.5"),
        ("low", "0"), ("high", "9"), ("show", "faces"), ("noise", "loud"), ("component", "11"),
    ):  # fmt: skip
        assert StylesView.from_link({**query, name: text}, Asked(card=card))[1] == {name}


def test_a_program_mixes_moves_and_silences_layers(store, card, model):
    choice = Choice(store, work.TASKS, "tiny", "no_styles", work.serves)

    def draw(**given):
        return api.draw(
            choice, card, api.Style.checked({"model": "tiny", "seed": 3, "amounts": {}, **given}, Asked(card=card))
        )

    plain, w = draw()
    assert alike(plain, drawn(model, torch.tensor([w])))
    mixed, _ = draw(source=20, layers=[1, 2, 3])
    assert alike(mixed[0], work.mix(store, card, SEEN).cells[0])
    moved, _ = draw(layers=[1, 2, 3], amounts={"1": 0.5})
    assert alike(moved, work.dragged(store, card, replace(SEEN, x=0.5)))
    silent, _ = draw(layers=[6, 7], noise="none")
    assert alike(silent, work.noisy(store, card, replace(SEEN, noise="none", low=6, high=7)).asked)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"psi": 1.5}, "psi must be a number from -1 to 1"),
        ({"psi": True}, "psi must be a number from -1 to 1"),
        ({"layers": [0]}, "layer must be a whole number from 1 to 8"),
        ({"layers": [1] * 9}, "layers must be a list"),
        ({"layers": "all"}, "layers must be a list"),
        ({"amounts": {"11": 1}}, "There is no direction '11'"),
        ({"amounts": {"1": 3}}, "from -2 to 2"),
        ({"noise": "loud"}, "noise"),
        ({"noise_seed": -1}, "seed"),
        ({"source": 1.5}, "seed"),
    ],
)
def test_what_a_program_cannot_have_is_one_sentence(card, given, message):
    with pytest.raises(UserError, match=message):
        api.Style.checked({"model": "tiny", **given}, Asked(card=card))


def test_what_is_saved_is_what_is_shown(store, card, monkeypatch):
    files = {}
    monkeypatch.setattr("explorer.tabs.styles.tab.files.saved", lambda name, content: files.setdefault(name, content))
    choice = Choice(store, work.TASKS, "tiny", "no_styles", work.serves)
    handlers = Handlers(choice, None)
    for show in work.SHOWS:
        handlers.save_png(Visit(replace(SEEN, show=show), Asked(card=card)))
    handlers.saver("gif")(Visit(SEEN, Asked(card=card)))
    assert sorted(name.split("-")[1] for name in files if name.endswith(".png")) == sorted(work.SHOWS)
    (gif,) = (content for name, content in files.items() if name.endswith(".gif"))
    assert gif[:4] == b"GIF8" and all(len(content) > 100 for content in files.values())


def test_the_picture_of_the_pad_says_where_it_is_and_what_is_told_by_hand_is_checked(store, card):
    choice = Choice(store, work.TASKS, "tiny", "no_styles", work.serves)
    handlers = Handlers(choice, None)

    class Told:
        x, y = 0.25, -0.5

    assert handlers.settle(Visit(SEEN, Asked(card=card), Told())) == (0.25, -0.5)
    seen = replace(SEEN, show="pad", x=0.25, y=-0.5)
    pane, shown = handlers.show(Visit(seen, Asked(card=card)))
    assert "0.25 / -0.50" in shown
    # What the script asks the API for is the picture that is shown.
    asked = json.loads(html.unescape(re.search('data-asked="([^"]*)"', pane)[1]))
    names = ("model", "seed", "psi", "layers")
    given = {**dict(zip(names, asked, strict=True)), "amounts": {"1": 0.25, "2": -0.5}}
    drawn, _ = api.draw(choice, card, api.Style.checked(given, Asked(card=card)))
    assert alike(drawn, work.dragged(store, card, seen))
    for wrong in (None, 2, "0"):
        with pytest.raises(UserError, match="pad"):
            handlers.settle(Visit(SEEN, Asked(card=card), type("Told", (), {"x": wrong, "y": 0})()))


def test_a_card_without_measured_path_lengths_tells_of_none(store, card):
    walks = work.walk(store, card, SEEN)
    measured = {f"perceptual_path_length/{space}": {"value": v, "n": 1000} for space, v in (("z", 3.5), ("w", 2.5))}
    assert "Perceptual path length" not in view.walk(card, walks, "en")
    assert "3.5 in z, 2.5 in w" in view.walk(replace(card, metrics=measured), walks, "en")
