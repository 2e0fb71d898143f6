"""Breeding: what children inherit, how they mutate, what links hold of it, and what programs may ask for."""

import math

import pytest
import torch

from explorer.latent import breeding
from explorer.latent.point import Point
from explorer.models.choice import Choice
from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.tabs.interpolate import api, breed, view, work
from explorer.tabs.interpolate.breed import Brood
from explorer.tabs.interpolate.tab import Handlers, Row
from explorer.tabs.interpolate.work import PathView
from explorer.texts.errors import UserError
from models_zoo import card as cards

SIZE = 400
ONE, OTHER = torch.randn(2, SIZE, generator=torch.Generator().manual_seed(1))


def test_without_mutation_each_coordinate_is_that_of_a_parent_up_to_the_length():
    bred, is_first = breeding.children(ONE, OTHER, 0.0, 7, 12)
    assert bred.shape == (12, SIZE) and len(is_first) == 12
    for child, more in zip(bred, is_first, strict=True):
        # One factor for all coordinates gives the child its length back.
        from_one = torch.isclose(child / ONE, (child / ONE).median(), atol=1e-4)
        from_other = torch.isclose(child / OTHER, (child / OTHER).median(), atol=1e-4)
        assert max(from_one.sum(), from_other.sum()) >= SIZE / 2
        assert more == bool(from_one.sum() > from_other.sum())


def test_equal_parents_have_themselves_for_children_and_other_ones_the_usual_length():
    bred, _ = breeding.children(ONE, ONE, 0.0, 7, 12)
    assert torch.allclose(bred, ONE.expand(12, -1), atol=1e-5)
    for strength in (0.0, 0.4, 1.0):
        lengths = breeding.children(ONE, OTHER, strength, 7, 12)[0].norm(dim=1)
        least, most = sorted([float(ONE.norm()), float(OTHER.norm())])
        assert lengths.min() >= least - 1e-3 and lengths.max() <= most + 1e-3
    # Truncated parents have truncated children.
    assert breeding.children(0.5 * ONE, 0.5 * ONE, 1.0, 7, 3)[0].norm(dim=1).tolist() == pytest.approx(
        [0.5 * float(ONE.norm())] * 3, rel=1e-4
    )
    assert not breeding.children(torch.zeros(4), torch.zeros(4), 0.5, 7, 3)[0].isnan().any()


def test_the_seed_decides_and_strength_leads_away_evenly():
    again = [breeding.children(ONE, OTHER, 0.3, seed, 12)[0] for seed in (7, 7, 8)]
    assert torch.equal(again[0], again[1]) and not torch.equal(again[0], again[2])
    still = breeding.children(ONE, OTHER, 0.0, 7, 12)[0]
    away = [breeding.children(ONE, OTHER, strength, 7, 12)[0] for strength in (0.1, 0.4, 0.7, 1.0)]
    alike = [torch.cosine_similarity(still, each, 1).mean() for each in away]
    assert alike == sorted(alike, reverse=True) and alike[0] > 0.98 and abs(alike[-1]) < 0.1


@pytest.fixture
def card(tiny_model):
    return cards.read(tiny_model)


@pytest.fixture
def store(card):
    return ModelStore([card.folder.parent])


def test_a_child_that_is_clicked_is_the_one_that_was_shown(card, store):
    handlers = Handlers(Choice(store, work.TASKS, card.id, "wrong_task_paths"), None)
    visit = Visit(PathView(card.id), Asked(card=card))
    told = {"first": 0, "second": 3, "strength": 0.4, "seed": 9, "place": 5}

    def bear(**more):
        return handlers.bear(
            Visit(visit.view, visit.asked, type("Told", (), {**told, **more})()), Row(work.enough((), card))
        )

    row = bear()[0]
    child = row.keys[-1].point
    parents = (Point(seed=work.USUAL[0][0]), Point(seed=work.USUAL[3][0]))
    _, shown = breed.draw(store, card, Brood(parents, 0.4, 9))
    assert child.z == pytest.approx(shown.z[5].tolist()) and child.name == "Child" and len(row.keys) == 5
    assert row.past
    for wrong in (
        {"first": 7}, {"second": None}, {"strength": 1.5}, {"strength": math.nan}, {"seed": -1}, {"place": 12}, {"place": "1"},
    ):  # fmt: skip
        with pytest.raises(UserError):
            bear(**wrong)


def test_links_hold_parents_strength_and_brood(card):
    query = {"model": card.id, "keys": "1,2,3", "parents": "0-1", "strength": "0.45", "brood": "9"}
    seen, bad = PathView.from_link(query, Asked(card=card))
    assert not bad and (seen.parents, seen.strength, seen.brood) == ("0-1", 0.45, 9)
    journey = work.journey(seen, work.from_link(seen.keys, card), card)
    shown = view.breeding(card, journey, "ko", seen)
    assert "다음 세대" in shown and shown.count('class="tile"') == breed.CHILDREN
    assert "&#34;parents&#34;: [0, 1]" in shown and "&#34;start&#34;" not in view.breeding(card, journey, "en")
    # A link to a keyframe that is not there begins with the usual ones.
    later = work.journey(seen, work.from_link("1,2", card), card)
    assert "&#34;parents&#34;: null" in view.breeding(card, later, "en", PathView(card.id, parents="0-9"))
    for name, text in (("parents", "a"), ("parents", "0-1-2"), ("strength", "1.5"), ("brood", "-1")):
        assert PathView.from_link({**query, name: text}, Asked(card=card))[1] == {name}


def test_programs_breed_seeds_and_vectors(card, store):
    def asked(**given):
        values = {"model": card.id, "parents": [5, 11], "labels": []} | given
        return api.brood(api.Breed.checked(values, Asked(card=card)), card)

    assert asked(seed=3, truncation=0.5).parents == tuple(Point(seed=each, truncation=0.5) for each in (5, 11))
    z = [0.5] * card.latent_size
    assert asked(parents=[5, z]).parents[1].z == tuple(z)
    pixels, bred = breed.draw(store, card, asked(strength=0.3, seed=3))
    assert len(pixels) == breed.CHILDREN and bred.z.shape == (breed.CHILDREN, card.latent_size) and bred.labels == []
    for given, sentence in (
        ({"parents": [5]}, "two parents, not 1"), ({"parents": [5, 6, 7]}, "two parents, not 3"), ({"strength": 2}, "from 0 to 1"),
        ({"seed": 1.5}, "seed must be"), ({"parents": [5, [1.0]]}, "numbers"), ({"labels": [1, 2]}, "takes no classes"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=sentence):
            asked(**given)
