"""Card texts of the variants: every text in both languages, with the same values put in, and none without a use."""

import re

import pytest

from train.contract import variants
from train.variants.cards import FOLDER, card_texts, filled

NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def texts(table, path=()):
    """Every text of a file, with the names that lead to it."""
    if all(isinstance(value, str) for value in table.values()):
        yield path, table
    else:
        for name, value in table.items():
            yield from texts(value, (*path, name))


@pytest.mark.parametrize("name", NAMES)
def test_card_texts_are_there_in_both_languages_and_take_the_same_values(name):
    for path, text in texts(card_texts(name)):
        assert set(text) == {"en", "ko"} and all(text.values()), path
        assert re.search("[가-힣]", text["ko"]) or len(text["ko"]) < 20, f"{path} is not translated"
        english, korean = (sorted(re.findall(r"{(\w+)", text[language])) for language in ("en", "ko"))
        assert english == korean, path


@pytest.mark.parametrize("name", NAMES)
def test_every_card_text_is_used(name):
    readers = [*FOLDER.parent.glob("*.py"), *(FOLDER.parents[1] / "publishing").glob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in readers)
    assert f'card_texts("{name}")' in source
    for path, _ in texts(card_texts(name)):
        literal = re.search(rf"\b{re.escape(path[0])}\b", source)
        assert literal, f"nobody reads {path}"


def test_values_may_differ_by_language():
    count = filled({"en": "{n:,} labels", "ko": "레이블 {n:,}개"}, n=1000)
    assert count == {"en": "1,000 labels", "ko": "레이블 1,000개"}
    both = filled({"en": "{name}, {count}", "ko": "{name}, {count}"}, name="SGAN", count=count)
    assert both == {"en": "SGAN, 1,000 labels", "ko": "SGAN, 레이블 1,000개"}


@pytest.mark.parametrize("name", variants())
def test_no_card_has_a_placeholder_left(name):
    kind = variants()[name]
    card = kind(kind.Config()).card()
    for text in (card.title, card.summary, card.limits):
        assert set(text) == {"en", "ko"} and not re.search(r"[{}]", "".join(text.values()))
