"""The course of a training, and what an auto-encoding discriminator makes of pictures."""

import dataclasses

import numpy as np
import pytest

from explorer.models.store import ModelStore
from explorer.page.tab import all_tabs
from explorer.tabs.convergence import view as convergence_html
from explorer.tabs.convergence import work as convergence
from explorer.texts.errors import UserError
from models_zoo.began import BEGAN
from models_zoo.card import Card, read


def curve(steps, **lines):
    return {
        "title": {"en": "Title"},
        "caption": {"en": "Caption"},
        "x": {"label": {"en": "step"}, "values": steps},
        "y": {"label": {"en": "error"}},
        "series": [{"label": {"en": name}, "values": values} for name, values in lines.items()],
        "of_run": True,
    }


FINE = curve([10, 20, 30, 40], M=[4.0, 3.0, 2.0, 1.0], L=[8.0, 7.0, 6.0, 5.0])
COARSE = curve([20, 40], M=[3.5, 1.5], distance=[0.5, 0.1])
CARD = Card("tiny", "began", "unconditional", "celeba", "began.BEGAN", {}, 64, 3, latent_size=6)


def test_only_what_a_run_told_is_its_course():
    measured = {name: value for name, value in FINE.items() if name != "of_run"}
    card = dataclasses.replace(CARD, curves={"fine": FINE, "noise": measured})
    assert convergence.told(card) == {"fine": FINE}


def test_the_tab_is_there_for_models_that_tell_their_course():
    (tab,) = (tab for tab in all_tabs() if tab.id == "convergence")
    assert tab.serves(dataclasses.replace(CARD, curves={"fine": FINE})) and not tab.serves(CARD)


@pytest.mark.parametrize(
    ("step", "values"),
    [
        (0, {}),
        (15, {"M": 4.0, "L": 8.0}),
        (20, {"M": 3.0, "L": 7.0, "distance": 0.5}),
        (99, {"M": 1.0, "L": 5.0, "distance": 0.1}),
    ],
)
def test_a_step_has_the_last_values_before_it_and_of_two_curves_those_of_the_finer(step, values):
    found = convergence.at({"coarse": COARSE, "fine": FINE}, step)
    assert {label["en"]: value for label, value in found} == values


def test_without_pictures_there_is_still_the_course_itself():
    page = convergence_html.course(dataclasses.replace(CARD, curves={"fine": FINE}), 31, "en")
    assert page.count('class="moment"') == 4 and 'data-start="2"' in page and "<img" not in page
    assert page.count('class="mark"') == 4


def test_the_agreement_of_both_measures_stands_beside_what_counting_steps_gives():
    told = {"rank_correlation/M_global": {"value": 0.876, "reference": 0.5, "n": 20}}
    shown = convergence_html.agreement(dataclasses.replace(CARD, metrics=told), "en")
    assert "ρ = 0.88" in shown and "20 measurements" in shown and "gives 0.50" in shown
    assert convergence_html.agreement(CARD, "en") == ""


@pytest.fixture
def began(tmp_path):
    import torch

    torch.manual_seed(0)
    model = BEGAN(latent_size=6, hidden_size=5, width=8)
    model.card = dataclasses.replace(CARD, arguments=model.arguments)
    model.save_pretrained(tmp_path / "tiny")
    return ModelStore([tmp_path]), read(tmp_path / "tiny")


def test_a_picture_is_repeated_and_its_error_is_that_of_the_paper(began):
    import torch

    store, card = began
    assert convergence.repeats(store, card)
    grey = convergence.still("grey", card)
    found = convergence.repeat(store, card, grey)
    assert found.pixels is grey and found.again.shape == (1, 64, 64, 3)
    with store.using("tiny") as model, torch.inference_mode():
        x = torch.full((1, 3, 64, 64), 128 / 127.5 - 1)
        assert found.error == pytest.approx((x - model.reconstruct(x)).abs().mean().item(), abs=1e-6)
    noise = convergence.still("noise", card)
    assert noise.std() > 60 and np.array_equal(noise, convergence.still("noise", card))


def test_a_discriminator_that_is_no_auto_encoder_says_so(tiny_model):
    store = ModelStore([tiny_model.parent])
    card = store.card("tiny")
    assert not convergence.repeats(store, card)
    with pytest.raises(UserError, match="The discriminator of tiny is no auto-encoder"):
        convergence.repeat(store, card, convergence.still("grey", card))
