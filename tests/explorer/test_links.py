"""Permalinks of every tab: people keep them, so the names in them stay and each brings its control back."""

from urllib.parse import parse_qsl

import pytest

from explorer.page.tab import all_tabs
from explorer.page.view import Asked
from explorer.tabs.arithmetic.work import ArithmeticView
from explorer.tabs.checkerboard.work import CheckerboardView
from explorer.tabs.classes.work import ClassesView
from explorer.tabs.colorize.work import ColorizeView
from explorer.tabs.convergence.work import ConvergenceView
from explorer.tabs.directions.work import DirectionsView
from explorer.tabs.enlarge.work import EnlargeView
from explorer.tabs.interpolate.work import PathView
from explorer.tabs.invert.work import InvertView
from explorer.tabs.lab.settings import LabView
from explorer.tabs.sample.work import SampleView
from explorer.tabs.sentences.work import SentencesView
from explorer.tabs.styles.work import StylesView
from explorer.tabs.translate.work import TranslateView
from explorer.tabs.words.work import WordsView
from models_zoo import Card

CARD = Card(
    "some", "gan", "unconditional", "horse2zebra", "", {}, 28, 1, classes=tuple("0123456789"), directions=("a2b", "b2a")
)
"""Of no real model: it has classes and directions of translation."""
LINKS = {
    ArithmeticView: "model=some&a=:1,2&b=:3x0.5&c=Male:4&length=1",
    CheckerboardView: "seed=8&networks=untrained&kernel=4&stride=3",
    ClassesView: "model=some&class=3&seed=8&count=2&truncation=0.5&verdict=1&from=1&to=2&t=0.25&number=404&chosen=9-3",
    ColorizeView: "model=some",
    ConvergenceView: "model=some&seed=8&step=1000",
    DirectionsView: "model=some&seed=8&truncation=0.5&move=&start=mine",
    EnlargeView: "model=some",
    InvertView: "model=some&method=paper&class=3&steps=7&seconds=9&restarts=2&seed=8&run=1",
    LabView: "part=pictures&lesson=vanishing&data=two&drawn=" + "1" * 64 + "&objective=hinge&turns=2&width=9&depth=3"
    "&activation=tanh&batch=9&latent=3&spread=2&noise=0.5&r1=1&slope=1&d_optimizer=sgd&d_rate=1e-05&d_beta1=0.1&d_beta2=0.2"
    "&d_eps=0.1&g_optimizer=sgd&g_rate=0.1&g_beta1=0.2&g_beta2=0.3&g_eps=0.2&seed=8&variant=cgan&preset=mlp&rate=0.01"
    "&pictures=8&side=64&grey=0",
    PathView: "model=some&method=spline&frames=30&loop=0&truncation=0.5&keys=5-3,8-1&t=0.25"
    "&parents=1-0&strength=0.5&brood=9",
    SampleView: "model=some&seed=8&count=4&truncation=0.5&verdict=1&sort=1&chosen=9",
    SentencesView: "model=some&sentence=The+dog+sleeps.&beams=2&temperature=0.5&seed=8&yours=My+dog.&question=3&opponent=before",
    StylesView: "model=some&show=pad&seed=8&psi=-0.5&source=9&low=2&high=4&noise=none&noise_seed=3&x=0.25&y=-1"
    "&component=2&moves=2:0.5&end=11",
    TranslateView: "model=some&direction=b2a&side=256&seed=8&example=horse2zebra-b-1.jpg",
    WordsView: "model=some&sentence=a+gull&to=a+green+owl&seed=8&truncation=0.5",
}
"""Links with every name that a tab writes. `move` needs a model with directions and is tested with that tab."""


@pytest.mark.parametrize(("view", "link"), LINKS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_every_control_comes_back_from_a_link(view, link):
    query = dict(parse_qsl(link, keep_blank_values=True))
    known = {control.link: control for control in view.controls().values() if control.link}
    assert query.keys() == known.keys()
    restored, bad = view.from_link(query, Asked(card=CARD))
    assert bad == set()
    for name, control in known.items():
        assert name == "move" or getattr(restored, control.name) not in (control.default, None), name


def test_no_tab_is_missing():
    tabs = {view.__module__.split(".")[2] for view in LINKS}
    assert tabs == {tab.id for tab in all_tabs()}
