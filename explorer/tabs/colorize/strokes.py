"""The dabs of a visitor on a photograph, step by step, back and forth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.page.controls import PAST
from explorer.tabs.colorize.work import Dab, same

Dabs = tuple[Dab, ...]


@dataclass(frozen=True, eq=False)
class Strokes:
    """The dabs that are on the photograph, in the order in which they were put there; those before, and those undone, the last ones last."""

    dabs: Dabs = ()
    past: tuple[Dabs, ...] = ()
    future: tuple[Dabs, ...] = ()

    def after(self, dabs: Sequence[Dab]) -> Strokes:
        """With these dabs instead, which can be undone: one by one where they were put to the others."""
        if same(dabs, self.dabs):
            return self
        count = len(self.dabs)
        between = range(count + 1, len(dabs)) if same(dabs[:count], self.dabs) else ()
        steps = (self.dabs, *(tuple(dabs[:each]) for each in between))
        return Strokes(tuple(dabs), (*self.past, *steps)[-PAST:])

    def seen(self, dabs: Sequence[Dab]) -> Strokes:
        """The same for dabs that a canvas tells of, whose own buttons undo and redo, too."""
        if self.past and same(dabs, self.past[-1]):
            return self.undone()
        if self.future and same(dabs, self.future[-1]):
            return self.redone()
        return self.after(dabs)

    def undone(self) -> Strokes:
        """A step back, if there is one."""
        return Strokes(self.past[-1], self.past[:-1], (*self.future, self.dabs)) if self.past else self

    def redone(self) -> Strokes:
        """A step forth again, if one was undone."""
        return Strokes(self.future[-1], (*self.past, self.dabs), self.future[:-1]) if self.future else self
