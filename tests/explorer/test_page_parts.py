"""What all tabs share: cards and verdicts on the page, complaints, names of measures, what starting up needs."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from explorer import texts
from explorer.latent import latents
from explorer.models.store import ModelStore
from explorer.page import checks, html
from explorer.tabs.sample.work import Samples, draw, order
from explorer.texts.errors import UserError, complaints
from models_zoo import Card, ZooError, find


@pytest.fixture
def card():
    return Card(
        id="some-gan",
        variant="gan",
        task="unconditional",
        dataset="mnist",
        architecture="gan.GAN",
        arguments={},
        image_size=28,
        channels=1,
        verdict="logits",
    )


def test_seeds_wrap_around_after_the_last():
    assert latents.consecutive(2**32 - 2, 4) == [2**32 - 2, 2**32 - 1, 0, 1]


def test_rolled_seeds_are_seeds():
    assert all(checks.seed(latents.roll()) is not None for _ in range(50))


@pytest.mark.parametrize(("size", "target", "width"), [(28, 84, 84), (64, 84, 64), (28, 168, 168), (256, 84, 85)])
def test_tiles_are_shown_at_whole_multiples(size, target, width):
    assert html.tile_width(size, target) == width


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.00"), (0.125, "0.13"), (0.12499999, "0.13"), (0.375, "0.38"), (1, "1.00")]
)
def test_a_place_on_a_way_has_one_name_however_it_was_computed(share, text):
    assert html.hundredths(share) == text


def test_most_real_first_keeps_what_belongs_together():
    pixels = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    ordered = order(Samples(pixels, [5, 6, 7], [0.1, 0.9, 0.5]))
    assert ordered.seeds == [6, 7, 5]
    assert ordered.verdicts == [0.9, 0.5, 0.1]
    assert ordered.pixels.ravel().tolist() == [1, 2, 0]


def test_equally_real_samples_stay_in_the_order_of_their_seeds():
    pixels = np.zeros((4, 2, 2, 1), np.uint8)
    # What one picture got in four places of a batch.
    same = [0.12300001, 0.12300003, 0.123, 0.12300002]
    assert order(Samples(pixels, [5, 6, 7, 8], same)).seeds == [5, 6, 7, 8]
    assert order(Samples(pixels, [5, 6, 7, 8], [-0.002, -0.0021, 0.001, -0.002])).seeds == [7, 5, 8, 6]


@pytest.mark.parametrize("name", ["gan-mnist", "lsgan-mnist"])
def test_a_logit_becomes_a_probability_and_a_least_squares_score_stays_one(name):
    store = ModelStore([])
    card, seeds = store.card(name), [1, 2, 3]
    with store.using(name) as model, torch.inference_mode():
        scores = model.score(model.generate(model.latents(seeds)))
    expected = scores.sigmoid() if name == "gan-mnist" else scores
    assert draw(store, card, seeds, 1.0, True).verdicts == pytest.approx(expected.tolist())


def test_verdicts_are_put_in_words(card):
    assert html.verdict_text(card, 0.87, "short", "en") == "87\u00a0% real"
    assert "87%" in html.verdict_text(card, 0.87, "long", "ko")


def test_a_card_cannot_smuggle_markup_or_templates_into_the_page(card):
    import dataclasses

    evil = dataclasses.replace(
        card, summary={"en": "<script>x</script> {{y}} ${z} `"}, metrics={"<b>": {"value": "<i>"}}
    )
    page = html.model_card(evil, "<u>", "en")
    for piece in ("<script", "{{", "${", "`", "<b>", "<i>", "<u>"):
        assert piece not in page


def test_the_explorer_starts_without_torch_and_never_needs_train():
    import subprocess
    import sys

    program = (
        "import sys; import app; from explorer.app import build; build();"
        "print(sorted(name for name in ('torch', 'train') if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["/etc", ".", "..", "~/runs", "models_zoo/pretrained", "a/b/c", "C:\\runs", "../x", ""]
)
def test_a_public_page_never_looks_at_folders(name):
    from explorer.models.choice import Choice

    class Forbidden:
        def add(self, name):
            raise AssertionError(f"looked for {name}")

    with pytest.raises(UserError):
        Choice(Forbidden(), ("unconditional",), "", "wrong_task").add(name, public=True, language="en")


@pytest.mark.parametrize("error", [UserError("No {'<b>'}."), ZooError("No {'<b>'}.")])
def test_complaints_are_plain_for_programs_and_escaped_for_the_toast(error):
    for write, said in ((str, "No {'<b>'}."), (html.escape, "No &#123;&#39;&lt;b&gt;&#39;&#125;.")):
        with pytest.raises(UserError) as caught, complaints(write):
            raise error
        assert caught.value.message == said


def test_every_measure_has_a_name_in_both_languages():
    from train.publishing.readme import METRIC_NAMES

    assert {f"metric_{name}" for name in METRIC_NAMES} <= texts.TEXTS.keys()


def test_what_a_measure_was_taken_of_is_told_in_korean_too():
    taken = {name for card in find() for name in card.metrics if "/" in name and card.task != "judge"}
    told = {name: html.metric_name(name, "ko").rpartition(": ")[2] for name in taken - {"rank_correlation/M_global"}}
    assert len(told) > 20 and not [name for name, text in told.items() if not re.search("[가-힣]", text)]
    assert html.metric_name("digit_kept/of_mine", "ko").endswith(": of mine"), "what a stranger measured keeps its name"


class Attributes(HTMLParser):
    """Collects the values of one attribute in a page."""

    def __init__(self, name):
        super().__init__()
        self.name, self.found = name, []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == self.name]


def test_a_chart_carries_what_it_was_drawn_from_through_the_templates_of_the_page():
    curve = {
        "title": {"en": "Errors <b>"},
        "caption": {"en": "What it shows."},
        "x": {"label": {"en": "noise ${x}"}, "values": [0.0, 0.3]},
        "y": {"label": {"en": "error"}},
        "series": [
            {"label": {"en": 'head "{}"'}, "values": [0.0, 1e-7]},
            {"label": {"en": "`other`"}, "values": [1, 2]},
        ],
    }
    page = html.curve(curve, "en")
    assert not set("{}$`") & set(page) and "<b>" not in page
    parser = Attributes("data-chart")
    parser.feed(page)
    told = json.loads(parser.found[0])
    assert (told["title"], told["x"]["label"]) == ("Errors <b>", "noise ${x}")
    assert [line["label"] for line in told["series"]] == ['head "{}"', "`other`"]
    assert told["series"][0]["values"] == [0.0, 1e-7]
