"""The page's texts: none missing, none unused, all in both languages with the same values, each where its room is."""

import ast
import re
import string
from collections import Counter
from pathlib import Path

import gradio
import pytest

from explorer import texts
from explorer.texts import FILES, LANGUAGES, TEXTS, read, say
from explorer.texts.korean import FORMS, with_particles

ROOM = Path(texts.__file__).parents[1]
PYTHON = sorted(ROOM.rglob("*.py"))
TEMPLATES = sorted(ROOM.rglob("*.html"))


def pattern(node):
    """The keys that an f-string can be, as a regular expression."""
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w-]+" for part in node.values)


def is_asking(node):
    named = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("say", "label") and node.args
    return bool(named) and isinstance(node.args[0], ast.Constant)


def asked_in_python():
    """The keys that are certainly asked for, all strings that may be keys, and patterns of keys."""
    certain, possible, patterns = set(), set(), set()
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                possible.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.add(pattern(node))
            elif is_asking(node):
                certain.add(node.args[0].value)
    return certain, possible, {each for each in patterns if len(each.replace(r"[\w-]+", "")) >= 3}


def asked_in_templates():
    certain, possible, patterns = set(), set(), set()
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        certain |= set(re.findall(r'say\("(\w+)"\s*[,)]', source))
        possible |= set(re.findall(r'"([\w-]+)"', source))
        patterns |= {rf"{start}[\w-]+" for start in re.findall(r'say\("(\w+)" ~', source)}
    return certain, possible, patterns


NAMES = {
    "own_label_public",
    "lab_adam",
    "lab_rmsprop",
    "lab_adagrad",
    "lab_relu",
    "lab_leaky",
    "lab_tanh",
    "lab_lsgan",
} | {f"lab_optimizers_game_{number}" for number in range(3)}
"""Texts that are the same in both languages."""
CERTAIN, POSSIBLE, PATTERNS = asked_in_python()
IN_TEMPLATES, POSSIBLE_THERE, TEMPLATE_PATTERNS = asked_in_templates()


GRADIOS = {key for key in TEXTS if "." in key}
"""Those that stand in place of Gradio's own words."""


def test_words_in_place_of_gradios_are_ones_that_it_says():
    (known,) = Path(gradio.__file__).parent.glob("templates/frontend/assets/core-*.js")
    said = known.read_text(encoding="utf-8")
    assert GRADIOS and not [key for key in GRADIOS if f"{key.partition('.')[2]}:`" not in said]


def test_no_range_is_struck_through():
    # Markdown strikes out what stands between two tildes.
    texts = [(key, text[language]) for key, text in TEXTS.items() for language in LANGUAGES]
    assert not [key for key, text in texts if key.endswith("_text") and text.count("~") > 1]


def test_no_text_is_missing():
    assert not (CERTAIN | IN_TEMPLATES) - TEXTS.keys()


def test_no_text_is_unused():
    # What card texts are taken of is looked up by its name there.
    looked_up = [re.compile(each) for each in (*PATTERNS, *TEMPLATE_PATTERNS, r"metric_\w+", r"of_\w+", r"trait_\w+")]
    unused = TEXTS.keys() - CERTAIN - POSSIBLE - POSSIBLE_THERE - GRADIOS
    assert not [key for key in unused if not any(each.fullmatch(key) for each in looked_up)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_text_has_both_languages_and_the_same_values(path):
    for key, text in read(path).items():
        assert text.keys() == set(LANGUAGES) and all(each.strip() for each in text.values()), key
        assert not re.search("[가-힣]", text["en"]), key
        if re.search("[a-z]{3}", re.sub(r"\{.*?\}", "", text["ko"])) and key not in NAMES:
            assert re.search("[가-힣]", text["ko"]), f"{key} is not translated"
        if not key.endswith("_text"):
            english, korean = (
                {name for _, name, _, _ in string.Formatter().parse(text[language]) if name} for language in LANGUAGES
            )
            assert english == korean, key


def test_no_key_stands_in_two_files():
    counts = Counter(key for path in FILES for key in read(path))
    assert not [key for key, count in counts.items() if count > 1]


def test_a_text_of_one_tab_stands_with_that_tab():
    for path in FILES:
        tab = path.parent
        if tab.parent.name != "tabs":
            continue
        others = [each for each in (*PYTHON, *TEMPLATES) if tab not in each.parents]
        elsewhere = "\n".join(each.read_text(encoding="utf-8") for each in others)
        assert not [key for key in read(path) if re.search(rf'\b(say|label)\("{key}"', elsewhere)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("ko", "ko"), ("en-US,en;q=0.9,ko;q=0.8", "en"), ("fr", "en"), ("", "en")],
)
def test_the_first_language_of_the_browser_decides(header, expected):
    request = type("Request", (), {"headers": {"accept-language": header}})()
    assert texts.language(request) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [("language=ko", "ko"), ("a=b; language=en", "en"), ("language=fr", "en"), ("other_language=ko", "en")],
)
def test_a_language_chosen_on_the_page_goes_before_that_of_the_browser(cookie, expected):
    request = type("Request", (), {"headers": {"accept-language": "en-US", "cookie": cookie}})()
    assert texts.language(request) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3(으)로", "3으로"),
        ("4(으)로", "4로"),
        ("7(으)로", "7로"),
        ("8(97%)(으)로", "8(97%)로"),
        ("“서울”(으)로", "“서울”로"),
        ("‘얼룩말’을(를)", "‘얼룩말’을"),
        ("'소'(이)라는", "'소'라는"),
        ("DCGAN은(는) horse와(과)", "DCGAN은 horse와"),
        ("SRResNet이(가)", "SRResNet이"),
        ("97%을(를)", "97%를"),
        ("말에서 소로", "말에서 소로"),
    ],
)
def test_korean_particles_follow_the_last_sound(written, expected):
    assert with_particles(written) == expected


def test_no_korean_sentence_leaves_the_choice_of_a_particle_to_the_reader():
    for key, text in TEXTS.items():
        if not key.endswith("_text") and any(form in text["ko"] for form in FORMS):
            names = {name for _, name, _, _ in string.Formatter().parse(text["ko"]) if name}
            assert names, f"{key} has a particle, but no values to choose it by"
            said = say(key, "ko", **dict.fromkeys(names, 3))
            assert not any(form in said for form in FORMS), key


def test_no_value_is_followed_by_a_particle_that_suits_only_some():
    after_value = re.compile(r"\}[\"”’']?(은|는|이|가|을|를|와|과|로|으로|라는|이라는)(?=[ ,.])")
    assert not [key for key, text in TEXTS.items() if not key.endswith("_text") and after_value.search(text["ko"])]
