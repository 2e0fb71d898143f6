"""The explorer's pure functions."""

import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from explorer import texts
from explorer.latent import latents
from explorer.page import checks, html, permalink
from explorer.page.checks import UserError
from explorer.pictures import images
from explorer.tabs.sample.work import Samples, order
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


@pytest.mark.parametrize("value", [0, 7, 2**32 - 1])
def test_seeds_in_range_pass(value):
    assert checks.seed(value) == value


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, math.nan, "7", True, None, [], "x" * 10_000])
def test_other_seeds_get_one_short_sentence(value):
    with pytest.raises(UserError) as caught:
        checks.seed(value)
    sentence = r"The seed must be a whole number from 0 to 4294967295, not .{1,40}\."
    assert re.fullmatch(sentence, caught.value.message)


@pytest.mark.parametrize("value", [0, 65, -3, 1.5, "4", False, None])
def test_bad_counts_are_refused(value):
    with pytest.raises(UserError, match="from 1 to 64"):
        checks.count(value)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, "0.5", True, None])
def test_bad_truncations_are_refused(value):
    with pytest.raises(UserError, match="from 0 to 1"):
        checks.truncation(value)


@pytest.mark.parametrize("value", [0, 60.5, math.nan, math.inf, "5", True, None])
def test_bad_seconds_are_refused(value):
    with pytest.raises(UserError, match="from 1 to 60"):
        checks.seconds(value)


def test_a_whole_truncation_becomes_a_float():
    assert checks.truncation(1) == 1.0
    assert isinstance(checks.truncation(1), float)


def test_seeds_wrap_around_after_the_last():
    assert latents.consecutive(2**32 - 2, 4) == [2**32 - 2, 2**32 - 1, 0, 1]


def test_rolled_seeds_are_seeds():
    assert all(checks.seed(latents.roll()) is not None for _ in range(50))


@pytest.mark.parametrize("channels", [1, 3])
def test_png_files_hold_the_pixels(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (3, 5, 7, channels), np.uint8)
    for array, file in zip(pixels, images.png(pixels), strict=True):
        picture = Image.open(io.BytesIO(file))
        picture.load()
        assert picture.mode == ("L" if channels == 1 else "RGB")
        assert np.array_equal(np.asarray(picture).reshape(array.shape), array)


def test_pixels_span_black_to_white_and_clip():
    torch = pytest.importorskip("torch")
    values = images.pixels(torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).reshape(1, 1, 1, 5))
    assert values.shape == (1, 1, 5, 1)
    assert values.ravel().tolist() == [0, 0, 128, 255, 255]


def test_a_sheet_keeps_reading_order():
    pixels = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    assert images.sheet(pixels, columns=2, gap=0)[0, :, :, 0].tolist() == [[0, 1], [2, 255]]


def test_enlarging_repeats_whole_pixels():
    large = images.enlarge(np.array([[[[1], [2]]]], np.uint8), least=2)
    assert large[0, :, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


@pytest.mark.parametrize("channels", [1, 3])
def test_films_play_on_phones_and_keep_every_frame(channels):
    import av

    # As many steps of grey as frames, in pictures whose sides are odd.
    pixels = np.arange(0, 250, 25, dtype=np.uint8).reshape(10, 1, 1, 1).repeat(33, 1).repeat(65, 2).repeat(channels, 3)
    with av.open(io.BytesIO(images.mp4(pixels, 20))) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (66, 34, 20)
        shown = [frame.to_ndarray(format="gray")[16, 32] for frame in film.decode(video=0)]
    assert shown == pytest.approx([*range(0, 250, 25)], abs=4)


def test_a_strip_splits_into_its_cells(tmp_path):
    Image.fromarray(np.repeat(np.array([[10, 20, 30]], np.uint8), 4, axis=1)).save(tmp_path / "strip.png")
    cells = [Image.open(io.BytesIO(cell)) for cell in images.split_strip(tmp_path / "strip.png", 3)]
    assert [cell.getpixel((0, 0)) for cell in cells] == [10, 20, 30]
    assert {cell.size for cell in cells} == {(4, 1)}


@pytest.mark.parametrize(("size", "target", "width"), [(28, 84, 84), (64, 84, 64), (28, 168, 168), (256, 84, 85)])
def test_tiles_are_shown_at_whole_multiples(size, target, width):
    assert html.tile_width(size, target) == width


def test_most_real_first_keeps_what_belongs_together():
    pixels = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    ordered = order(Samples(pixels, [5, 6, 7], [0.1, 0.9, 0.5]))
    assert ordered.seeds == [6, 7, 5]
    assert ordered.verdicts == [0.9, 0.5, 0.1]
    assert ordered.pixels.ravel().tolist() == [1, 2, 0]


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


def test_links_restore_values_by_their_type():
    defaults = {"model": "a", "seed": 1, "truncation": 0.5, "sort": False}
    query = {"model": "b", "seed": "7", "truncation": "1", "sort": "1", "stranger": "x"}
    values, bad = permalink.read(query, defaults, {"seed": checks.seed})
    assert values == {"model": "b", "seed": 7, "truncation": 1.0, "sort": True}
    assert bad == []


@pytest.mark.parametrize("seed", ["", "-1", "1e3", "1_0", " 7", "٧", "nan", "4294967296", "9" * 5000])
def test_bad_values_in_links_become_defaults(seed):
    values, bad = permalink.read({"seed": seed}, {"seed": 1}, {"seed": checks.seed})
    assert (values, bad) == ({"seed": 1}, ["seed"])


def test_every_text_has_both_languages_and_the_same_values():
    import string

    for key, pair in texts.TEXTS.items():
        assert all(pair), key
        if not key.endswith("_text"):
            english, korean = ({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in pair)
            assert english == korean, key


@pytest.mark.parametrize(
    ("header", "expected"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("ko", "ko"), ("en-US,en;q=0.9,ko;q=0.8", "en"), ("fr", "en"), ("", "en")],
)
def test_the_first_language_of_the_browser_decides(header, expected):
    request = type("Request", (), {"headers": {"accept-language": header}})()
    assert texts.language(request) == expected


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
    for write, said in ((str, "No {'<b>'}."), (html.escape, "No &#123;&#x27;&lt;b&gt;&#x27;&#125;.")):
        with pytest.raises(UserError) as caught, checks.complaints(write):
            raise error
        assert caught.value.message == said


def test_every_measure_has_a_name_in_both_languages():
    from train.publishing.readme import METRIC_NAMES

    assert {f"metric_{name}" for name in METRIC_NAMES} <= texts.TEXTS.keys()


def test_what_a_measure_was_taken_of_is_told_in_korean_too():
    taken = {name for card in find() for name in card.metrics if "/" in name and card.task != "judge"}
    told = {name: html._metric_name(name, "ko").rpartition(": ")[2] for name in taken - {"rank_correlation/M_global"}}
    assert len(told) > 20 and not [name for name, text in told.items() if not re.search("[가-힣]", text)]
    assert html._metric_name("digit_kept/of_mine", "ko").endswith(": of mine"), (
        "what a stranger measured keeps its name"
    )


@pytest.mark.parametrize("sent", [None, {}, {"label": 1}, [], 7])
def test_events_may_say_nothing(sent):
    from gradio import EventData

    from explorer.page import parts

    assert parts.told(EventData(None, sent), "seed") is None
    assert parts.told(EventData(None, {"seed": 5}), "seed") == 5
