"""The view in the address bar: `?tab=sample&model=gan-mnist&seed=7&...`, read with suspicion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def read(
    query: Mapping[str, str], defaults: Mapping[str, Any], checks: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], list[str]]:
    """The values of `query` for the names in `defaults`, and the names whose values were no good.

    A value takes the type of its default (bools are ``1`` or ``0``) and must pass its check, which
    raises any exception if it does not; a bad or missing value becomes the default.
    """
    values, bad = dict(defaults), []
    for name in defaults.keys() & query.keys():
        try:
            values[name] = checks.get(name, lambda value: value)(_parse(query[name], type(defaults[name])))
        except Exception:
            bad.append(name)
    return values, sorted(bad)


def _parse(text: str, kind: type) -> Any:
    if kind is bool:
        return {"1": True, "0": False}[text]
    # int() and float() also read "1_000", " 7 " and "nan", which no link of ours holds.
    if kind is not str and not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text):
        raise ValueError(text)
    return kind(text)
