"""Pictures become latent vectors again; faces and squares are found and cut out."""

import dataclasses
import itertools
import math
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from explorer.models.store import ModelStore
from explorer.page.view import Asked
from explorer.page.wiring import Visit
from explorer.pictures import targets
from explorer.pictures.faces import MIDDLE, Square
from explorer.tabs.invert import api, search, view, work
from explorer.tabs.invert.search import Candidate, Plan, Progress, invert
from explorer.tabs.invert.tab import Handlers, Turn
from explorer.tabs.invert.work import EVERY, Found, InvertView
from explorer.texts.errors import UserError
from models_zoo import Card, ZooError
from models_zoo.cgan import CGAN
from models_zoo.gan import GAN


def ready(model, **fields):
    """`model` as the zoo gives it, with pictures that differ."""
    for parameter in model.generator.parameters():
        parameter.data *= 3
    model.card = Card(
        "tiny", "gan", "unconditional", "mnist", model.architecture, model.arguments, 28, model.channels,
        latent_size=model.latent_size, **fields,
    )  # fmt: skip
    return model.requires_grad_(False).eval()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return ready(GAN("lecture", latent_size=7))


@pytest.fixture(scope="module")
def classes():
    torch.manual_seed(0)
    return ready(CGAN(3, latent_size=6, width=4), classes=tuple("xyz"))


def last(model, target, method="fast", **options):
    *_, end = invert(model, target, Plan(method, **{"seconds": 60, **options}))
    return end


def test_a_drawn_picture_is_found_again_by_the_fast_method(model):
    for picture in model.generate(model.latents(range(100, 105))).split(1):
        end = last(model, picture)
        assert end.end == "converged" and end.best.psnr > 30
        again = model.generate(torch.tensor([end.best.z]))
        assert ((again - picture) / 2).square().mean().item() == pytest.approx(end.best.error, abs=1e-6)


def test_the_papers_method_goes_downhill_from_zero(model):
    picture = model.generate(0.3 * model.latents([100]))
    told = list(invert(model, picture, Plan("paper", steps=150, seconds=60)))
    zero = ((model.generate(torch.zeros(1, 7)) - picture) / 2).square().mean().item()
    assert told[0].best.error == pytest.approx(zero) and set(told[0].best.z) == {0.0}
    assert told[-1].best.psnr > 30 and told[-1].step == len(told) - 1
    first = torch.tensor(told[1].candidates[0].z)
    # RMSprop's first step: the learning rate over the root of 1 - alpha, whatever the gradient.
    assert torch.allclose(first.abs(), torch.full((7,), 0.01 / math.sqrt(0.1)), rtol=0.01)


@pytest.mark.parametrize("method", search.METHODS)
def test_errors_only_fall_and_the_best_comes_first(model, method):
    told = list(invert(model, torch.full((1, 1, 28, 28), 0.2), Plan(method, steps=40, seconds=60, restarts=3)))
    errors = [each.best.error for each in told]
    assert errors == sorted(errors, reverse=True) and errors[-1] < errors[0]
    for each in told:
        found = [candidate.error for candidate in each.candidates]
        assert found == sorted(found)
    assert [each.end for each in told[:-1]] == [""] * (len(told) - 1) and told[-1].end


def test_other_starts_are_tried_where_the_first_does_not_end_the_search(model):
    end = last(model, torch.full((1, 1, 28, 28), 0.2), steps=1000, restarts=3)
    assert end.end == "converged" and len(end.candidates) == 3


@pytest.mark.parametrize("method", search.METHODS)
def test_the_class_is_found_or_given(classes, method):
    picture = classes.generate(0.3 * classes.latents([5]), torch.tensor([1]))
    end = last(classes, picture, method, steps=300)
    assert end.best.label == 1 and end.best.psnr > 25
    other = last(classes, picture, method, label=2, steps=5)
    assert {candidate.label for candidate in other.candidates} == {2}
    assert other.best.psnr < end.best.psnr


@pytest.mark.parametrize("method", search.METHODS)
def test_caps_hold(model, method):
    picture = torch.full((1, 1, 28, 28), 0.2)
    end = last(model, picture, method, steps=3)
    assert (end.step, end.end) == (3, "steps")
    end = last(model, picture, method, steps=10**6, seconds=0.0)
    assert end.end == "seconds" and end.step == 0


def test_the_same_arguments_find_the_same(model):
    picture = torch.full((1, 1, 28, 28), 0.2)
    one, again, other = (last(model, picture, steps=60, seed=seed) for seed in (1, 1, 2))
    assert one.candidates[0].z == again.candidates[0].z and len(one.candidates) == len(again.candidates)
    assert [c.z for c in one.candidates] != [c.z for c in other.candidates]


def test_a_search_can_be_left_at_any_step(model):
    search = invert(model, torch.zeros(1, 1, 28, 28))
    told = list(itertools.islice(search, 2))
    search.close()
    assert len(told) == 2 and next(search, None) is None
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("method", search.METHODS)
def test_gradients_and_inference_mode_stay_as_they_were(model, method):
    for _ in invert(model, torch.zeros(1, 1, 28, 28), Plan(method, steps=3)):
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    with torch.no_grad():
        assert last(model, torch.zeros(1, 1, 28, 28), method, steps=3).step == 3


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(model, value):
    picture = torch.zeros(1, 1, 28, 28)
    picture[0, 0, 3, 4] = value
    with pytest.raises(ValueError, match="not finite"):
        next(invert(model, picture))
    with pytest.raises(ValueError, match="unlike the model's"):
        next(invert(model, picture[:, :, 1:]))


@pytest.mark.parametrize("method", search.METHODS)
def test_a_broken_model_is_named_as_such(method):
    broken = ready(GAN("lecture", latent_size=7))
    broken.generator[0].bias.data.fill_(math.nan)
    with pytest.raises(ZooError, match="not finite numbers"):
        next(invert(broken, torch.zeros(1, 1, 28, 28), Plan(method)))


def test_what_an_encoder_says_is_a_start(model):
    z = model.latents([100])
    first = next(invert(model, model.generate(z), encode=lambda x: z))
    assert first.best.error < 1e-9 and first.end == "converged"


def test_psnr_is_bounded():
    exact = Candidate((0.0,), None, np.zeros((1, 1, 1, 1), np.uint8), 0.0)
    assert exact.psnr == 100
    assert dataclasses.replace(exact, error=0.001).psnr == pytest.approx(30)


def test_an_example_comes_from_another_model_of_the_same_pictures(model):
    cards = [dataclasses.replace(model.card, id=name) for name in ("tiny", "other", "third")]
    cards += [
        dataclasses.replace(model.card, id="faces", dataset="celeba"),
        dataclasses.replace(model.card, id="large", image_size=64),
    ]
    cards[2] = dataclasses.replace(cards[2], classes=("a", "b"))
    drawn = [targets.of_another(cards, cards[0], seed) for seed in range(4)]
    assert [(each.model, each.seed, each.label) for each in drawn] == [
        ("other", 0, None),
        ("third", 1, 1),
        ("other", 2, None),
        ("third", 3, 1),
    ]
    with pytest.raises(UserError, match="No other model here draws what faces does"):
        targets.of_another(cards, cards[3], 0)


def a_card(**fields):
    values = {"image_size": 28, "channels": 1, "dataset": "mnist", **fields}
    return Card(id="m", variant="gan", task="unconditional", architecture="", arguments={}, **values)


# Views and links

CLASSES = Asked(card=dataclasses.replace(a_card(), classes=tuple("xyz")))


def test_the_view_says_what_to_search_by():
    asked = InvertView.checked(
        {"model": "m", "method": "paper", "label": 2, "steps": 9, "seconds": 8, "restarts": 7, "seed": None}, CLASSES
    )
    assert asked.plan == Plan("paper", 2, 9, 8.0, 7) and asked.seed is None
    assert InvertView.checked({"model": "m"}, CLASSES).plan == Plan()
    assert InvertView.checked({"across": 0.1, "down": 0.2, "side": 0.3, "tilt": -9}, CLASSES).square == Square(
        0.1, 0.2, 0.3, -9
    )


def test_a_program_says_so_too_and_draws_the_starts():
    asked = api.Request.checked({"label": 0, "seed": 5, "steps": 9, "seconds": 8.5, "restarts": 7}, CLASSES)
    assert asked.plan == Plan("fast", 0, 9, 8.5, 7, seed=5)
    assert api.Request.checked({"label": None}, CLASSES).plan == Plan()


@pytest.mark.parametrize("kind", [InvertView, api.Request])
@pytest.mark.parametrize(
    ("name", "bad", "sentence"),
    [
        ("method", "magic", "must be one of fast, paper"),
        ("label", 3, "A class must be"),
        *(("steps", bad, "number of steps must be") for bad in (0, 1001, 1.5, True)),
        *(("seconds", bad, "seconds must be") for bad in (0, 61, "9", math.nan)),
        *(("restarts", bad, "number of restarts must be") for bad in (0, 9, 2.5)),
        *(("seed", bad, "seed must be") for bad in (-1, 2**32, 1.5)),
    ],
)
def test_a_bad_value_is_refused_in_one_sentence(kind, name, bad, sentence):
    with pytest.raises(UserError, match=sentence):
        kind.checked({name: bad}, CLASSES)


@pytest.mark.parametrize("name", ["across", "down", "side", "tilt"])
def test_sliders_hold_the_square_within_its_limits(name):
    for bad in (-91, 91, None, "1"):
        with pytest.raises(UserError, match="The square must be three numbers"):
            InvertView.checked({name: bad}, CLASSES)


def test_a_model_without_classes_is_asked_for_none():
    for kind in (InvertView, api.Request):
        with pytest.raises(UserError, match="m has no classes"):
            kind.checked({"label": 0}, Asked(card=a_card()))


def test_a_link_holds_the_class_or_every_one():
    query = {"method": "paper", "class": "2", "seed": "5", "steps": "60", "seconds": "9", "restarts": "3"}
    asked, bad = InvertView.from_link(query, CLASSES)
    assert asked.plan == Plan("paper", 2, 60, 9.0, 3) and asked.seed == 5 and not bad
    asked, bad = InvertView.from_link({"class": EVERY}, CLASSES)
    assert (asked.label, asked.seed, bad) == (EVERY, 7, set())
    bad = {"method": "magic", "class": "99", "seed": "-1", "steps": "0", "seconds": "9.5", "restarts": "x"}
    assert InvertView.from_link(bad, CLASSES) == (InvertView.from_link({}, CLASSES)[0], bad.keys())
    assert InvertView.from_link({"class": "0"}, Asked(card=a_card()))[1] == {"class"}


def test_the_seed_of_a_test_picks_the_class_as_well():
    assert (work.own(CLASSES.card, 5).seed, work.own(CLASSES.card, 5).label) == (5, 2)
    assert work.own(a_card(), 5).label is None


# What is shown and kept


@pytest.fixture
def progress():
    pixels = np.full((1, 28, 28, 1), 90, np.uint8)
    best, other = Candidate((1.0, 2.0), 1, pixels, 0.0001), Candidate((0.0, 0.0), 2, pixels, 0.05)
    return Progress(12, 3.25, (best, other))


TARGET = np.full((1, 28, 28, 1), 100, np.uint8)


@pytest.mark.parametrize(
    ("error", "sentence"), [(1e-4, "Found: this"), (5e-3, "Similar: this"), (0.1, "Far off: this")]
)
def test_the_end_of_a_search_is_judged_by_its_psnr_and_read_aloud(progress, error, sentence):
    found = Progress(12, 3.25, (dataclasses.replace(progress.best, error=error),))
    page = view.progress(CLASSES.card, TARGET, found, "stopped", "en")
    assert sentence in page and f"{found.best.psnr:.1f} dB" in page and "step 12, 3.2 s · stopped" in page
    assert 'data-end="stopped" role="status"' in page
    running = view.progress(CLASSES.card, TARGET, found, "", "en")
    assert "Searching" in running and sentence not in running and "status" not in running


def test_the_state_of_a_search_is_told_in_korean_too(progress):
    page = view.progress(CLASSES.card, TARGET, progress, "converged", "ko")
    assert "찾았습니다" in page and "수렴함" in page and "목표</figcaption>" in page
    assert "찾는 중" in view.progress(CLASSES.card, TARGET, progress, "", "ko")
    assert "‘벡터 찾기’를 누르면" in view.waiting(CLASSES.card, TARGET, "ko")
    assert "40.00%" in view.square(Image.linear_gradient("L").convert("RGB"), Square(0.4, 0.5, 0.6, -3), "ko")


def test_restarts_are_listed_with_their_classes_and_the_curves_end_where_the_search_is(progress):
    points = [view.Measure(0.1 * place, 1 / (place + 1), float(place)) for place in range(301)]
    assert len(view._thinned(points)) <= view.MAX_POINTS + 1 and view._thinned(points)[-1] is points[-1]
    page = view.details(CLASSES.card, progress, points, "ko")
    assert page.index("40.0 dB") < page.index("13.0 dB")
    assert page.index("클래스 y") < page.index("클래스 z") and page.count("data-chart") == 2
    assert "평균 제곱 오차" in page and "PSNR" in page


def test_what_was_found_is_kept_with_its_class_under_its_own_name_or_the_first_free_one(progress):
    point = work.point(Found("m", TARGET, progress), "seven")
    assert (point.model, point.z, point.label, point.name) == ("m", (1.0, 2.0), 1, "seven")
    assert work.name("  my   seven ", ["other"], "en") == "my seven"
    assert work.name("", ["Found 1", "Found 3"], "en") == "Found 2" and work.name(None, [], "ko") == "찾은 벡터 1"
    with pytest.raises(UserError, match="is taken"):
        work.name("seven", ["seven"], "en")


def test_a_search_by_the_store_finds_what_the_model_drew(tmp_path, model):
    model.save_pretrained(tmp_path / "tiny")
    store = ModelStore([tmp_path])
    card = store.card("tiny")
    target = work.target(store, card, work.own(card, 5), MIDDLE, "en")
    *_, end = work.run(store, card, target, Plan(seconds=60))
    assert end.best.psnr > 30 and abs(end.best.pixels.astype(int) - target).max() < 40
    with pytest.raises(UserError, match="picture"):
        work.target(store, card, None, MIDDLE, "en")


def test_a_late_report_of_a_search_does_not_hide_the_target_that_came_in_between(monkeypatch, progress):
    """The last that a replaced search shows is the new target, whatever was on its way when that came."""
    visit = Visit(InvertView.from_link({}, Asked(card=a_card()))[0], Asked(card=a_card()))
    monkeypatch.setattr(work, "target", lambda store, card, source, *_: source)
    monkeypatch.setattr(work, "run", lambda *_: iter([progress] * 3))
    monkeypatch.setattr(view, "waiting", lambda card, target, language: f"waiting for {target}")
    monkeypatch.setattr(view, "progress", lambda card, target, *_: f"searching {target}")
    monkeypatch.setattr(view, "details", lambda *_: "")
    monkeypatch.setattr(targets, "is_cut", lambda *_: False)
    handlers, turn = Handlers(SimpleNamespace(store=None), None), Turn()
    search = handlers.run(visit, turn, "one")
    assert next(search)[0] == "searching one"
    shown = handlers.aim(visit, turn, "other")[0]
    assert list(search) == [(shown, None, "")] and shown == "waiting for other"
    # A search that has begun for it in the meantime shows what it finds.
    search = handlers.run(visit, turn, "other")
    next(search)
    next(handlers.run(visit, turn, "other"))
    assert list(search) == [gr.skip()]
