"""Views: what is declared once of a tab's controls, and what follows from it."""

from dataclasses import dataclass, replace

import pytest
from gradio.helpers import special_args

from explorer.page import checks
from explorer.page.endpoint import _callable
from explorer.page.view import Asked, View, control
from explorer.page.wiring import Visit, spoken
from explorer.texts.errors import UserError


@dataclass(frozen=True)
class Example(View):
    model: str = control()
    seed: int = control(1, checks.seed)
    truncation: float = control(0.5, checks.truncation)
    sort: bool = control(False)
    shown: str = control("all", link="class", api=False)
    chosen: int | None = control(None, checks.seed, api=False)
    title: str = control("", link=False, page=False)

    def settled(self, asked, linked):
        return (self, set()) if self.chosen != 13 else (replace(self, chosen=None), {"chosen"})


def restored(**query):
    return Example.from_link({"model": "a", **query}, Asked())


def test_links_restore_values_by_their_type():
    view, bad = restored(seed="7", truncation="1", sort="1", stranger="x", **{"class": "3"})
    assert view == Example("a", seed=7, truncation=1.0, sort=True, shown="3")
    assert isinstance(view.truncation, float) and not bad


@pytest.mark.parametrize("seed", ["", "-1", "1e3", "1_0", " 7", "٧", "nan", "4294967296", "9" * 5000])
def test_bad_values_in_links_become_defaults(seed):
    assert restored(seed=seed) == (Example("a"), {"seed"})


def test_what_does_not_go_together_is_mended_and_named():
    assert restored(chosen="12")[0].chosen == 12
    assert restored(chosen="13", sort="yes") == (Example("a"), {"chosen", "sort"})


def test_what_is_not_on_the_page_is_in_no_link():
    assert restored(title="mine", shown="3") == (Example("a"), set())


@pytest.mark.parametrize(
    ("values", "message"),
    [({"seed": -1}, "seed must be"), ({"sort": 1}, "sort must be true or false"), ({"truncation": "1"}, "truncation")],
)
def test_values_are_checked_in_the_language_of_who_asks(values, message):
    with pytest.raises(UserError, match=message):
        Example.checked({"model": "a", **values}, Asked())
    with pytest.raises(UserError, match=r"[가-힣]"):
        Example.checked({"model": "a", **values}, Asked("ko"))


def test_a_function_for_programs_has_the_fields_as_arguments():
    def draw(visit: Visit[Example]) -> list[int]:
        """Draw."""
        return [visit.view.seed, visit.view.title]

    made = _callable(draw, Example, None, {"seed": 5}, without=["sort"])
    assert (
        str(made.__signature__) == "(model: str, seed: int = 5, truncation: float = 0.5, title: str = '') -> list[int]"
    )
    assert made("a") == [5, ""] and made("a", 7, title="x") == [7, "x"] and made.__doc__ == "Draw."
    with pytest.raises(UserError, match="seed must be"):
        made("a", seed=None)


def test_a_generator_stays_one():
    import inspect

    def search(visit: Visit[Example]) -> list[int]:
        yield visit.view.seed
        raise UserError("enough")

    made = _callable(search, Example, None, {}, ())
    assert inspect.isgeneratorfunction(made)
    steps = made("a", 3)
    assert next(steps) == 3
    with pytest.raises(UserError, match="enough"):
        next(steps)


def test_an_event_without_a_view_is_answered_in_the_visitors_language():
    handle = spoken(lambda language, value: (language, value))
    request = type("Request", (), {"headers": {"accept-language": "ko-KR"}})()
    inputs, *_ = special_args(handle, inputs=[7], request=request)
    assert handle(*inputs) == ("ko", 7)
