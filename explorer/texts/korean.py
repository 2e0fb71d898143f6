"""Korean particles, whose form depends on the sound before them: 3으로, 4로; 말은, 소는."""

from __future__ import annotations

import re

FORMS = {
    "(으)로": ("으로", "로"),
    "(이)": ("이", ""),
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "와(과)": ("과", "와"),
}
"""How texts write a particle: its form after a consonant, and after a vowel."""
DIGITS = "영일이삼사오육칠팔구"
FIRST, LAST, FINALS = ord("가"), ord("힣"), 28
"""Of Hangul syllables, each of whose finals has a place; that of none is 0."""
RIEUL = 8
"""The place of ㄹ, after which (으)로 is as after a vowel."""
OTHER = 21
"""The place of ㅇ, for any other consonant."""

_PARTICLE = re.compile("|".join(map(re.escape, FORMS)))
# Signs after a word, and what stands in brackets after it, do not count.
_SILENT = re.compile(r"(?:\([^()]*\)|[^\w%])+$")


def with_particles(text: str) -> str:
    """`text` with every particle, written as in `FORMS`, in the form that the word before it asks for."""
    parts, start = "", 0
    for match in _PARTICLE.finditer(text):
        parts += text[start : match.start()]
        final = _final(_SILENT.sub("", parts))
        closed, open_ = FORMS[match[0]]
        parts += closed if final and not (match[0] == "(으)로" and final == RIEUL) else open_
        start = match.end()
    return parts + text[start:]


def _final(text: str) -> int:
    """The place of the consonant with which `text` ends when it is read aloud, 0 where it ends with a vowel."""
    letter = text[-1:]
    if letter.isdecimal() and letter.isascii():
        letter = DIGITS[int(letter)]
    if letter and FIRST <= ord(letter) <= LAST:
        return (ord(letter) - FIRST) % FINALS
    return _latin_final(re.search(r"[A-Za-z]*$", text)[0])


def _latin_final(word: str) -> int:
    """The same of a word in Latin letters: its last letter is named if it is a capital, else about as Korean borrows words."""
    if word[-1:].isupper():
        return {"L": RIEUL, "R": RIEUL, "M": OTHER, "N": OTHER}.get(word[-1], 0)
    if re.search(r"(?:l|[^aeiou]le)$", word):
        return RIEUL
    return OTHER if re.search(r"(?:[mn]e?|ng|ck|(?<![aeiou])[aeiou][ckpt])$", word) else 0
