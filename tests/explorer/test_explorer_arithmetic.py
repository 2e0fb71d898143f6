"""Latent arithmetic as the page does it: exemplars by traits, rows, links, and sums whose outcome is known."""

import contextlib
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer.latent.point import Point
from explorer.page import checks
from explorer.page.view import Asked
from explorer.tabs.arithmetic import api, links
from explorer.tabs.arithmetic import poster as arithmetic_poster
from explorer.tabs.arithmetic import view as arithmetic_html
from explorer.tabs.arithmetic import work as arithmetic
from explorer.tabs.arithmetic.api import Sum
from explorer.tabs.arithmetic.view import Shown
from explorer.tabs.arithmetic.work import ArithmeticView, Equation, Exemplar, Term, of_seed
from explorer.texts import say
from explorer.texts.errors import UserError
from models_zoo import Card
from models_zoo.checkpoint import LatentModel
from models_zoo.pool import Pool

NAMES = ("Male", "Eyeglasses", "Smiling")


class Painter(LatentModel):
    """Draws latent numbers 0 to 2 as brightness of its three channels: each is one attribute."""

    latent_size, image_size, channels = 16, 4, 3
    device = torch.device("cpu")

    def generate(self, z):
        return z[:, :3, None, None].expand(-1, 3, 4, 4)


class Reader:
    device = torch.device("cpu")
    exclusive = False
    card = SimpleNamespace(classes=NAMES)

    def classify(self, x):
        return 4 * x[:, :, 0, 0]


CARD = Card("painter", "gan", "unconditional", "paint", "", {}, 4, 3, latent_size=16, sha256="1")
JUDGE = Card("reader", "attributes", "judge", "paint", "", {}, 4, 3, classes=NAMES)


class Store:
    """What a `ModelStore` does, with both models at hand."""

    def __init__(self, judged=True):
        self.judged = judged

    def judge_of(self, card):
        return JUDGE if self.judged else None

    def get(self, model_id):
        return {"painter": Painter(), "reader": Reader()}[model_id]

    @contextlib.contextmanager
    def using(self, model_id):
        yield self.get(model_id)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def found(store):
    return arithmetic.pool_of(store, CARD)


GLASSES = Pool(NAMES, np.array([[k, 40 - k, 1] for k in range(80)], np.float32))
DIGITS = Pool(tuple("0123456789"), np.eye(10, dtype=np.float32).repeat(8, 0) - 0.5, exclusive=True)


def test_a_pool_is_made_once_and_announced_where_a_model_comes_without():
    store, told = Store(), []
    made = [arithmetic.pool_of(store, CARD, lambda: told.append(1)) for _ in range(2)]
    assert told == [1] and made[0] is made[1] and made[0].logits.shape == (arithmetic.MADE, 3)
    assert arithmetic.pool_of(Store(judged=False), CARD).names == ()


def test_three_are_found_among_the_clearest_and_others_when_asked_again():
    terms = [{"Eyeglasses": True}, {}, {}]
    first = arithmetic.find(GLASSES, terms, 0, 0)
    assert len(set(first)) == 3 and max(first) < 40
    assert arithmetic.find(GLASSES, terms, 0, 0) == first
    again = arithmetic.find(GLASSES, terms, 0, 0, without=first)
    assert len(set(again)) == 3 and not set(first) & set(again)


def test_exemplars_suit_what_the_whole_equation_promises():
    # All 200 pictures smile as surely. Only in an equation that speaks of smiles throughout do their linear parts count.
    linear = np.arange(200, dtype=np.float32)[:, None]
    smiles = Pool(("Smiling",), np.ones((200, 1), np.float32), linear=linear)
    promising, silent = [{"Smiling": True}] * 3, [{"Smiling": True}, {}, {}]
    suiting = [arithmetic.find(smiles, promising, row, 0) for row in range(3)]
    assert min(suiting[0] + suiting[2]) >= 140 and max(suiting[1]) < 60
    assert max(arithmetic.find(smiles, silent, 0, 0)) < 60
    # A row is chosen for the equation that it makes, and the others stay.
    before = Equation("painter", arithmetic.filled([Term({"Smiling": True}, ())] * 2 + [Term({}, ())], smiles))
    after = arithmetic.with_trait(before, 2, smiles, "Smiling", True, 0)
    assert after.terms[:2] == before.terms[:2] and min(after.terms[2].seeds()) >= 140
    assert min(arithmetic.refound(after, 0, smiles, 0).terms[0].seeds()) >= 140
    assert max(arithmetic.anew(after, smiles, 6, 0).terms[1].seeds()) < 60


def test_where_too_few_show_a_trait_the_closest_come_and_the_row_says_so():
    rare = Pool(("Bald",), np.array([[-3], [-1], [2], [-2], [-4]], np.float32))
    assert sorted(arithmetic.find(rare, [{"Bald": True}, {}, {}], 0, 0)) == [1, 2, 3]
    term = Term({"Bald": True}, (of_seed(2),))
    assert "1 of 5 pictures" in arithmetic_html.shortage(term, rare, "en")
    none = Pool(("Bald",), rare.logits - 3)
    assert "None of 5 pictures" in arithmetic_html.shortage(term, none, "en")
    assert arithmetic_html.shortage(Term({"Bald": False}, (of_seed(2),)), rare, "en") == ""


def test_man_with_glasses_less_man_plus_woman_is_a_woman_with_glasses(store, found):
    equation = arithmetic.start("painter", found)
    assert equation == arithmetic.preset("painter", found, "glasses")
    assert arithmetic.sought(equation.terms) == {"Male": False, "Eyeglasses": True}
    solution = arithmetic.solve(store, CARD, equation)
    male, glasses = solution.readings["Male"], solution.readings["Eyeglasses"]
    assert [share > 0.5 for share in male] == [True, True, False, False]
    assert [share > 0.5 for share in glasses] == [True, False, False, True]
    page = arithmetic_html.board(Shown(CARD, equation, solution, found, "en"))
    assert re.findall('<li class="term"[^>]*><span class="sign"[^>]*>(.?)<', page) == ["", "−", "+"]
    assert page.count("✓") == 2 and "Woman" in page and "Glasses" in page
    assert "Lost in the average" not in page


def test_what_an_average_lost_of_its_pictures_is_said_below_the_row(store, found):
    equation = arithmetic.start("painter", found)
    solution = arithmetic.solve(store, CARD, equation)
    blind = {**solution.readings, "Eyeglasses": (0.02, 0.02, 0.02, 0.9)}
    page = arithmetic_html.board(Shown(CARD, equation, replace(solution, readings=blind), found, "en"))
    assert page.count("Lost in the average") == 1
    assert (
        "Lost in the average: Glasses."
        in page[: page.index("Average of row B") if "Average of row B" in page else None]
    )


def test_the_sum_is_taken_of_weighted_means(store):
    kept = [
        Point("painter", z=tuple(float(k + 1) if i == k else 0.0 for i in range(16)), name=str(k)) for k in range(4)
    ]
    terms = (
        Term({}, (Exemplar(kept[0], 2), Exemplar(kept[1], 0), Exemplar(kept[2], 1))),
        Term({}, (Exemplar(kept[1]),)),
        Term({}, (Exemplar(kept[3], 0.5),)),
    )
    solution = arithmetic.solve(store, CARD, Equation("painter", terms))
    assert solution.z[:5] == pytest.approx((2 / 3, -2, 1, 4, 0))
    assert [len(pixels) for pixels in solution.exemplars] == [3, 1, 1]
    assert len(solution.averages) == 3 and len(solution.neighbourhood) == 9 and len(solution.strip) == 7
    assert (solution.neighbourhood[4] == solution.result[0]).all()
    assert (solution.strip[0] == solution.averages[0]).all()
    assert abs(solution.neighbourhood[0].astype(int) - solution.result[0]).max() > 0
    usual = arithmetic.solve(store, CARD, Equation("painter", terms, usual_length=True))
    assert np.linalg.norm(usual.z) == pytest.approx(4)
    assert np.array(usual.z) / 4 == pytest.approx(np.array(solution.z) / np.linalg.norm(solution.z))


def test_the_noise_around_the_result_is_small_and_always_the_same():
    around = arithmetic.around(torch.zeros(50), 0)
    assert around.shape == (9, 50) and not around[4].any()
    assert 0.3 < around.abs().max() <= arithmetic.NOISE
    assert torch.equal(around, arithmetic.around(torch.zeros(50), 0))


def test_rows_change_one_at_a_time(found):
    before = arithmetic.start("painter", found)
    after = arithmetic.refound(before, 1, found, 5)
    assert (after.terms[0], after.terms[2]) == (before.terms[0], before.terms[2])
    assert not set(after.terms[1].seeds()) & set(before.terms[1].seeds())
    smiling = arithmetic.with_trait(before, 0, found, "Smiling", True, 5)
    assert smiling.terms[0].traits == {"Male": True, "Eyeglasses": True, "Smiling": True}
    assert arithmetic.with_trait(smiling, 0, found, "Male", None, 5).terms[0].traits == {
        "Eyeglasses": True,
        "Smiling": True,
    }
    added = arithmetic.toggled(before, 2, Point(seed=999), "en")
    assert added.terms[2].seeds() == [*before.terms[2].seeds(), 999]
    assert arithmetic.toggled(added, 2, Point(seed=999), "en") == before
    assert [len(term.exemplars) for term in arithmetic.anew(before, found, 6, 0).terms] == [6, 6, 6]


def test_of_classes_a_row_has_one():
    equation = arithmetic.start("painter", DIGITS)
    assert [list(term.traits) for term in equation.terms] == [["5"], ["4"], ["2"]]
    assert arithmetic.with_trait(equation, 0, DIGITS, "7", True, 0).terms[0].traits == {"7": True}
    assert arithmetic.presets(DIGITS) == ["five", "nine"] and arithmetic.presets(GLASSES) == ["glasses", "smile"]
    assert (("7", True) in arithmetic.offered(DIGITS), ("7", False) in arithmetic.offered(DIGITS)) == (True, False)


def test_a_preset_is_offered_where_its_traits_are_known():
    mouths = Pool(("Male", "Mouth_Slightly_Open"), np.array([[3, 3], [3, -3], [-3, -3]], np.float32).repeat(3, 0))
    assert arithmetic.presets(mouths) == ["mouth"]
    equation = arithmetic.start("painter", mouths)
    assert [sorted(term.seeds()) for term in equation.terms] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert arithmetic.sought(equation.terms) == {"Male": False, "Mouth_Slightly_Open": True}
    assert say("sum_mouth", "en").startswith("Man with open mouth")


def test_without_a_judge_rows_are_any_pictures(store):
    blind = Store(judged=False)
    nothing = arithmetic.pool_of(blind, CARD)
    equation = arithmetic.start("painter", nothing)
    solution = arithmetic.solve(blind, CARD, equation)
    page = arithmetic_html.board(Shown(CARD, equation, solution, nothing, "en"))
    assert solution.readings == {} and "What the judge sees" not in page and "Any pictures" in page


def test_rows_that_have_no_mean_are_refused_in_a_sentence(found):
    equation = arithmetic.start("painter", found)
    alone = equation
    for seed in equation.terms[0].seeds()[1:]:
        alone = arithmetic.toggled(alone, 0, Point(seed=seed), "en")
    (last,) = alone.terms[0].seeds()
    with pytest.raises(UserError, match="Row A needs at least one"):
        arithmetic.toggled(alone, 0, Point(seed=last), "en")
    with pytest.raises(UserError, match="row A are all 0"):
        arithmetic.weighed(alone, 0, 0, 0.0, "en")
    with pytest.raises(UserError, match="Row C can hold 6"):
        arithmetic.toggled(arithmetic.anew(equation, found, 6, 0), 2, Point(seed=999), "en")


@pytest.mark.parametrize("weight", [math.nan, math.inf, -0.1, 2.1, "1", True, None])
def test_a_weight_is_a_number_from_0_to_2(weight):
    with pytest.raises(UserError, match="A weight must be a number from 0 to 2"):
        checks.weight(weight)


def test_a_link_holds_a_row():
    term = Term(
        {"Male": True, "Smiling": False}, (of_seed(7), of_seed(12, 0.5), Exemplar(Point("m", z=(0.0,), name="k")))
    )
    assert links.to_link(term) == "Male.-Smiling:7,12x0.5"
    assert links.from_link("Male.-Smiling:7,12x0.5", GLASSES) == Term(term.traits, term.exemplars[:2])
    assert links.from_link(":5", GLASSES) == Term({}, (of_seed(5),))


def test_equations_that_differ_in_kept_points_have_the_same_link(found):
    one = arithmetic.start("painter", found)
    kept = replace(one.terms[0], exemplars=(*one.terms[0].exemplars, Exemplar(Point("painter", z=(0.0,), name="k"))))
    assert links.same(one, replace(one, terms=(kept, *one.terms[1:])))
    assert not links.same(one, replace(one, usual_length=True)) and not links.same(one, replace(one, model="m"))


def test_a_link_without_seeds_gets_the_exemplars_of_its_equation(found):
    usual = arithmetic.start("painter", found)
    texts = [links.to_link(replace(term, exemplars=())) for term in usual.terms]
    assert texts == ["Male.Eyeglasses:", "Male.-Eyeglasses:", "-Male.-Eyeglasses:"]
    terms = [links.from_link(text, found) for text in texts]
    assert arithmetic.filled(terms, found) == usual.terms
    mine = links.from_link("Male:7", found)
    assert arithmetic.filled([mine, *terms[1:]], found)[0] == mine


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "Male",
            "Bald:1",
            "Male:x",
            "Male:1x0",
            "Male:1x3",
            ":1,2,3,4,5,6,7",
            ":4294967296",
            "Male:1x2.5",
            "<b>:1",
        ),
        ":12345,",
        # Were there more than one way to read it, this one would take for ever.
        ":" + 60 * "1" + "!",
    ],
)
def test_a_link_that_holds_none_is_refused(text):
    with pytest.raises(ValueError):
        links.from_link(text, GLASSES)


def test_the_saved_equation_is_a_picture_of_all_of_it(store, found):
    equation = arithmetic.start("painter", found)
    solution = arithmetic.solve(store, CARD, equation)
    poster = arithmetic_poster.draw(CARD, equation, solution)
    assert poster.startswith(b"\x89PNG") and len(poster) > 5000


def test_programs_are_told_that_a_trait_does_not_occur():
    rows = ({"Bald": True}, [1], [2])
    never = Pool(("Bald",), np.array([[-3], [-1], [-2]], np.float32))
    with pytest.raises(UserError, match="None of 3 pictures of painter shows Bald; the closest has seed 1"):
        api.rows(CARD, never, rows, 0)
    often = Pool(("Bald",), np.array([[3], [-1], [2]], np.float32))
    assert [sorted(term.seeds()) for term in api.rows(CARD, often, rows, 0)] == [[0, 2], [1], [2]]


def test_a_link_with_a_wrong_row_opens_the_usual_equation_and_names_it(found):
    view = ArithmeticView("painter", a="Bald:1", b="Male:7", length=True)
    equation, bad = links.linked(view, found)
    assert bad == {"a"} and equation == replace(arithmetic.start("painter", found), usual_length=True)
    good, bad = links.linked(replace(view, a=""), found)
    assert not bad and good.terms[1].seeds() == [7] and good.terms[0] == equation.terms[0]


CARD_OF_FACES = replace(CARD, latent_size=8)
KNOWN = Pool(NAMES, np.array([[3, 3, 3], [3, -3, -3], [-3, -3, 3]], np.float32))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [2], [3]), "A row must hold 1 to 6 seeds or latent vectors, not 0"),
        (([1] * 7, [2], [3]), "A row must hold 1 to 6 seeds or latent vectors, not 7"),
        (({}, [2], [3]), "A row must be a list of seeds"),
        (("glasses", [2], [3]), "A row must be a list of seeds"),
        (({"Bald": True}, [2], [3]), "no trait 'Bald' here; there are Male, Eyeglasses, Smiling"),
        (({"Male": 1}, [2], [3]), "Male must be true or false"),
        (([-1], [2], [3]), "The seed must be"),
        (([[0.0] * 7], [2], [3]), "has 8 numbers, not 7"),
        (([[1e9] * 8], [2], [3]), "from -100 to 100"),
        (([1], [2], [3], [[1]]), "The weights must be three lists"),
        (([1], [2], [3], [[1], [1, 1], [1]]), "The weights must be three lists"),
        (([1], [2], [3], [[1], [-1], [1]]), "A weight must be a number from 0 to 2, not -1"),
        (([1], [2], [3], [[1], [0], [1]]), "weights in row B are all 0"),
        (([1], [2], [3], [], "yes"), "usual_length must be true or false"),
        (([1], [2], [3], [], False, -1), "The seed must be"),
    ],
)
def test_what_programs_cannot_ask_is_one_sentence(arguments, message):
    with pytest.raises(UserError, match=re.escape(message)):
        given = Sum.checked(
            dict(zip(list(Sum.controls())[1:], arguments, strict=False)) | {"model": "painter"}, Asked()
        )
        terms = api.weighted(api.rows(CARD_OF_FACES, KNOWN, (given.a, given.b, given.c), given.seed), given.weights)
        arithmetic.checked(Equation("painter", tuple(terms)), "en")
