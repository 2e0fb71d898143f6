"""A view: the controls of a tab, declared once, as the fields of a dataclass.

From it follow the defaults, the checks, the permalink and what it restores, the inputs of events
(`explorer.page.wiring`) and the arguments of public functions (`explorer.page.api`).
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from functools import lru_cache
from typing import Any, TypeVar

from explorer.page import checks
from explorer.texts.errors import UserError
from models_zoo import Card

ViewT = TypeVar("ViewT", bound="View")


@dataclass(frozen=True)
class Asked:
    """Who asks: the language that is `spoken`, and the card of the model asked for, where the view names one."""

    spoken: str = "en"
    card: Card | None = None


def control(
    default: Any = MISSING,
    check: Callable[[Any, str], Any] | None = None,
    *,
    of_model: Callable[[Any, Card, str], Any] | None = None,
    link: str | bool = True,
    read: Callable[[str], Any] | None = None,
    page: bool = True,
    api: bool = True,
) -> Any:
    """One control of a view.

    `check(value, language)`, or `of_model(value, card, language)` where it depends on the model, returns the value as
    the view holds it or raises `UserError`. `link` is its name in permalinks, if not the field's own; False keeps it out
    of them, and `read` makes a value of a link's text where the type alone does not tell how. `page` and `api` tell whether components and public functions have it; a linked one without a component changes in the browser
    alone, whose script adds it to the link.
    """
    metadata = {"check": check, "of_model": of_model, "link": link, "read": read, "page": page, "api": api}
    return (
        dataclasses.field(metadata=metadata)
        if default is MISSING
        else dataclasses.field(default=default, metadata=metadata)
    )


@dataclass(frozen=True)
class Control:
    """What is known of one field of a view: `kind` is the type of its values, `optional` whether None is one of them."""

    name: str
    default: Any
    kind: type
    optional: bool
    annotation: Any
    check: Callable[[Any, str], Any] | None
    of_model: Callable[[Any, Card, str], Any] | None
    link: str
    """Its name in permalinks; empty if it is in none."""
    read: Callable[[str], Any] | None
    page: bool
    api: bool

    @property
    def initial(self) -> Any:
        """Its default; None where a value must be given."""
        return None if self.default is MISSING else self.default

    def checked(self, value: Any, asked: Asked) -> Any:
        """`value` as the view holds it; raises `UserError`. None passes where it is one of the values, bools are checked by themselves."""
        if value is None and self.optional:
            return None
        if self.check:
            return self.check(value, asked.spoken)
        if self.of_model:
            return self.of_model(value, asked.card, asked.spoken)
        return checks.flag(value, self.name, asked.spoken) if self.kind is bool else value

    def from_link(self, text: str) -> Any:
        """The value that a permalink writes as `text`, unchecked (bools are ``1`` or ``0``); raises `ValueError` or `KeyError`."""
        if self.read:
            return self.read(text)
        if self.kind is bool:
            return {"1": True, "0": False}[text]
        # int() and float() also read "1_000", " 7 " and "nan", which no link of ours holds.
        if self.kind in (int, float) and not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text):
            raise ValueError(text)
        return self.kind(text) if self.kind in (int, float) else text


class View:
    """Base of views, which are frozen dataclasses whose fields are made by `control`."""

    @classmethod
    def controls(cls) -> dict[str, Control]:
        """Its controls by name, in order."""
        return _controls(cls)

    @classmethod
    def on_page(cls) -> Iterator[Control]:
        """The controls that have components."""
        return (each for each in cls.controls().values() if each.page)

    @classmethod
    def checked(cls: type[ViewT], values: Mapping[str, Any], asked: Asked) -> ViewT:
        """The view of these `values`, defaults in place of missing ones; raises `UserError`."""
        return cls(
            **{
                name: each.checked(values[name], asked) if name in values else each.initial
                for name, each in cls.controls().items()
            }
        )

    @classmethod
    def from_link(cls: type[ViewT], query: Mapping[str, str], asked: Asked) -> tuple[ViewT, set[str]]:
        """The view that a permalink's `query` asks for as far as it can be had, and the names of the values that cannot."""
        values, bad = {}, set()
        for each in cls.controls().values():
            values[each.name] = each.initial
            if each.link and each.link in query:
                try:
                    values[each.name] = each.checked(each.from_link(query[each.link]), asked)
                except (UserError, ValueError, KeyError):
                    bad.add(each.link)
        view, misfits = cls(**values).settled(asked, query.keys() - bad)
        return view, bad | misfits

    def settled(self: ViewT, asked: Asked, linked: set[str]) -> tuple[ViewT, set[str]]:
        """The view after a link was read, with what does not go together mended, and the link's names that were wrong.

        `linked` are the names that the link has, but for bad ones. Views whose fields depend on each other override it.
        """
        return self, set()


@lru_cache(maxsize=64)
def _controls(view: type[View]) -> dict[str, Control]:
    hints = typing.get_type_hints(view)
    return {field.name: _control(field, hints[field.name]) for field in dataclasses.fields(view) if field.metadata}


def _control(field: dataclasses.Field, annotation: Any) -> Control:
    kinds = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    (kind, *_) = (each for each in kinds if each is not type(None))
    known = field.metadata
    link = {True: field.name, False: ""}.get(known["link"], known["link"])
    return Control(
        field.name,
        field.default,
        kind,
        type(None) in kinds,
        annotation,
        known["check"],
        known["of_model"],
        link,
        known["read"],
        known["page"],
        known["api"],
    )
