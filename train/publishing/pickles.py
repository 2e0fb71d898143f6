"""Reads the pickles of stylegan2-ada-pytorch and stylegan3 without executing anything in them.

A pickle is a program for a small stack machine, which may call whatever can be imported. Here that machine knows only the
opcodes of `OPCODES`, and only the calls of `CALLS`, for each of which there is a harmless function here. Nothing is imported, no
class of the file comes to life, and all else is refused by name. Every opcode takes at least a byte of the file, tensors stay
where they are in it, and there is no recursion but into a tensor's own pickle, in which nothing is called: memory and time are
bounded by the file's length and by `MOST_STEPS`.
"""

from __future__ import annotations

import math
import mmap
import pickletools
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

MOST_STEPS = 1_000_000
"""Opcodes and values copied by calls, at most; the largest published networks have some ten thousand."""
MAGIC = 0x1950A86A20F9469CFC6C
"""With this number begins what `torch.save` wrote until 2020."""
COUNT = struct.Struct("<q")
TYPES = {
    "torch.FloatStorage": torch.float32,
    "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16,
    "torch.DoubleStorage": torch.float64,
    "torch.LongStorage": torch.int64,
    "torch.IntStorage": torch.int32,
    "torch.BoolStorage": torch.bool,
    "torch.ByteStorage": torch.uint8,
}
"""Types of numbers by the names that files give them."""
KEYS, LARGEST_KEY = (str, int, bool, type(None)), 2**31
"""Types that can be keys of dictionaries and members of sets, and a number above all of them: their hashes take no time."""
_MARK = object()


def printable(name: str) -> str:
    """A name from a file, with escapes in place of what cannot be shown on one line."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name)


class PickleError(Exception):
    """A pickle that is not read, with the reason in a few words."""


@dataclass(frozen=True)
class Named:
    """A function or class that the file names; it is only ever compared with `CALLS`."""

    name: str


@dataclass
class Network:
    """An object of a class whose source is in the file, unread: a network, by the values of its attributes."""

    kind: str
    state: dict[str, Any]


@dataclass
class Opaque:
    """An object whose value is of no use here, such as a number type of NumPy."""


@dataclass(frozen=True)
class Span:
    """Bytes of the file, where they are."""

    pages: mmap.mmap
    begin: int
    end: int


@dataclass
class _Machine:
    file: mmap.mmap
    end: int
    """Where what it reads is over."""
    steps: list[int]
    """How many are left to it and to all others that read the same file."""
    is_tensor: bool = False
    """Whether this is a tensor's own pickle, in which its numbers are named."""
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def spend(self, steps: int) -> None:
        self.steps[0] -= steps
        if self.steps[0] < 0:
            raise PickleError(f"takes more than {MOST_STEPS:,} steps to read")

    def pop(self) -> Any:
        if not self.stack or self.stack[-1] is _MARK:
            raise PickleError("is damaged: its stack is empty too early")
        return self.stack.pop()

    def above_mark(self) -> list[Any]:
        """What was put on the stack since the last mark, which goes as well."""
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                found = self.stack[place + 1 :]
                del self.stack[place:]
                return found
        raise PickleError("is damaged: a mark is missing")

    def top(self, kind: type) -> Any:
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise PickleError(f"is damaged: something is added to what is no {kind.__name__}")
        return self.stack[-1]


def read(path: Path) -> Any:
    """What the pickle at `path` holds: plain containers, numbers, text, tensors and `Network`s.

    Raises `PickleError` for what is damaged or refused, and OSError.
    """
    with open(path, "rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    # Not closed here: what was read may point into it.
    return _run(_Machine(pages, len(pages), [MOST_STEPS]))


def _run(machine: _Machine) -> Any:
    while True:
        machine.spend(1)
        code = machine.file.read(1)
        if not code or machine.file.tell() > machine.end:
            raise PickleError("ends in the middle")
        known = pickletools.code2op.get(code.decode("latin-1"))
        name = known.name if known else f"0x{code.hex()}"
        if name == "STOP":
            return machine.pop()
        if name not in OPCODES:
            raise PickleError(f"uses the opcode {name}, which networks do not need")
        argument = _span(machine, SIZES[name]) if name in SIZES else _argument(known, machine)
        OPCODES[name](machine, argument)


def _argument(known: pickletools.OpcodeInfo, machine: _Machine) -> Any:
    """The opcode's own argument, which follows it in the file."""
    try:
        return known.arg.reader(machine.file) if known.arg else None
    except (ValueError, OverflowError, struct.error):
        raise PickleError(f"is damaged or cut short at {known.name}") from None


def _span(machine: _Machine, size: struct.Struct) -> Span:
    """Bytes that follow their length, in the form `size`; the machine goes on behind them."""
    (length,) = size.unpack(_bytes(machine, size.size))
    begin = machine.file.tell()
    if length > machine.end - begin:
        raise PickleError("ends in the middle")
    machine.file.seek(begin + length)
    return Span(machine.file, begin, begin + length)


def _bytes(machine: _Machine, count: int) -> bytes:
    found = machine.file.read(count)
    if len(found) < count:
        raise PickleError("ends in the middle")
    return found


# ---- what opcodes do --------------------------------------------------------------------------------


def _push(machine: _Machine, value: Any) -> None:
    machine.stack.append(value)


def _constant(value: Any) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(value)


def _new(kind: type) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.stack.append(kind())


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    def pushed(machine: _Machine, _: Any) -> None:
        machine.stack.append(tuple(reversed([machine.pop() for _ in range(count)])))

    return pushed


def _tuple(machine: _Machine, _: Any) -> None:
    machine.stack.append(tuple(machine.above_mark()))


def _append(machine: _Machine, _: Any) -> None:
    value = machine.pop()
    machine.top(list).append(value)


def _appends(machine: _Machine, _: Any) -> None:
    values = machine.above_mark()
    machine.top(list).extend(values)


def _set_item(machine: _Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    _fill(machine.top(dict), [key, value])


def _set_items(machine: _Machine, _: Any) -> None:
    values = machine.above_mark()
    _fill(machine.top(dict), values)


def _fill(found: dict[Any, Any], values: list[Any]) -> None:
    if len(values) % 2:
        raise PickleError("is damaged: a key has no value")
    for key, value in zip(values[::2], values[1::2], strict=True):
        found[_key(key)] = value


def _add_items(machine: _Machine, _: Any) -> None:
    values = machine.above_mark()
    machine.top(set).update(map(_key, values))


def _key(value: Any) -> Any:
    if type(value) not in KEYS or (isinstance(value, int) and not -LARGEST_KEY < value < LARGEST_KEY):
        raise PickleError(f"has a key that is no text or small number, but of the type {type(value).__name__}")
    return value


def _put(machine: _Machine, place: Any) -> None:
    value = machine.pop()
    machine.stack.append(value)
    machine.memo[len(machine.memo) if place is None else place] = value


def _get(machine: _Machine, place: int) -> None:
    if place not in machine.memo:
        raise PickleError("is damaged: it refers to what it has not named")
    machine.stack.append(machine.memo[place])


def _global(machine: _Machine, words: str) -> None:
    machine.stack.append(Named(words.replace(" ", ".", 1)))


def _stack_global(machine: _Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise PickleError("is damaged: a name is no text")
    machine.stack.append(Named(f"{module}.{name}"))


def _reduce(machine: _Machine, _: Any) -> None:
    arguments, called = machine.pop(), machine.pop()
    machine.stack.append(_called(machine, called, arguments))


def _called(machine: _Machine, called: Any, arguments: Any) -> Any:
    """What stands for the result of a call of `CALLS`; all others are refused."""
    name = called.name if isinstance(called, Named) else type(called).__name__
    if name not in CALLS or machine.is_tensor:
        raise PickleError(f"would call {printable(name[:80])}, which is not executed here")
    if not isinstance(arguments, tuple):
        raise PickleError(f"is damaged: {name} is called with what is no tuple")
    machine.spend(sum(len(each) for each in arguments if isinstance(each, dict | list | tuple | set)))
    try:
        return CALLS[name](machine, *arguments)
    except (TypeError, ValueError, AttributeError, KeyError, RuntimeError, OverflowError):
        raise PickleError(f"calls {name} with what it does not take") from None


def _build(machine: _Machine, _: Any) -> None:
    """Attributes for an object: those of number types and of empty containers are of no use."""
    machine.pop()
    if not machine.stack or not isinstance(machine.stack[-1], Opaque | dict):
        raise PickleError("would set attributes of an object, which is not done here")


# ---- what calls stand for ---------------------------------------------------------------------------


def _mapping(_: _Machine, items: Any = ()) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for pair in items.items() if isinstance(items, dict) else items:
        key, value = pair
        found[_key(key)] = value
    return found


def _network(_: _Machine, meta: dict[str, Any]) -> Network:
    if not isinstance(meta["class_name"], str) or not isinstance(meta["state"], dict):
        raise PickleError("is damaged: a network has no name or no state")
    return Network(meta["class_name"], meta["state"])


def _named_numbers(machine: _Machine, _: Any) -> None:
    """The numbers of a tensor by their name, which its pickle has in place of them."""
    name = machine.pop()
    if not machine.is_tensor:
        raise PickleError("refers to something outside of it, which networks do not")
    if not (isinstance(name, tuple) and len(name) >= 5 and name[0] == "storage" and isinstance(name[1], Named)):
        raise PickleError("has a tensor that is damaged")
    machine.stack.append(name)


def _numbers(machine: _Machine, span: Span) -> Tensor:
    """All numbers of a tensor in one row, from what `torch.save` wrote until 2020, and still writes within pickles.

    That are five pickles, of a number by which it is known, a version, properties of the machine, a name for the numbers and a
    list of such names; then how many numbers there are, and these.
    """
    before = span.pages.tell()
    span.pages.seek(span.begin)
    try:
        inner = _Machine(span.pages, span.end, machine.steps, is_tensor=True)
        parts = [_run(inner) for _ in range(5)]
        if parts[0] != MAGIC:
            raise PickleError("has a tensor in a form that is not read")
        _, kind, _, _, count, *_ = parts[3]
        if kind.name not in TYPES:
            raise PickleError(f"has a tensor of the unknown type {printable(kind.name[:80])}")
        dtype, begin = TYPES[kind.name], span.pages.tell() + COUNT.size
        if COUNT.unpack(_bytes(inner, COUNT.size)) != (count,):
            raise PickleError("has a tensor that is damaged")
        if not 0 <= count * dtype.itemsize <= span.end - begin:
            raise PickleError("ends in the middle")
    finally:
        span.pages.seek(before)
    if not count:
        return torch.empty(0, dtype=dtype)
    with warnings.catch_warnings():
        # torch cannot mark a tensor as read-only, and says so.
        warnings.simplefilter("ignore")
        return torch.frombuffer(span.pages, dtype=dtype, count=count, offset=begin)


def _tensor(_: _Machine, numbers: Tensor, offset: int, size: tuple, stride: tuple, *_rest: Any) -> Tensor:
    if not isinstance(numbers, Tensor):
        raise PickleError("has a tensor without numbers")
    # torch lets one number stand for billions of equal ones.
    last = offset + sum((each - 1) * step for each, step in zip(size, stride, strict=True))
    count = math.prod(size)
    if min([offset, *size, *stride]) < 0 or count > len(numbers) or (count and last >= len(numbers)):
        raise PickleError("has a tensor that is larger than its numbers")
    return numbers.as_strided(tuple(size), tuple(stride), offset)


def _scalar(*_: Any) -> Opaque:
    return Opaque()


CALLS: dict[str, Callable[..., Any]] = {
    "torch_utils.persistence._reconstruct_persistent_obj": _network,
    "torch._utils._rebuild_parameter": lambda machine, value, *_: value,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch.storage._load_from_bytes": _numbers,
    "collections.OrderedDict": _mapping,
    "dnnlib.util.EasyDict": _mapping,
    "builtins.set": lambda machine, values=(): set(map(_key, values)),
    "numpy.dtype": _scalar,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy._core.multiarray.scalar": _scalar,
}
"""Calls by their full name, and what is done in their place, given the machine and the arguments."""
SIZES = {"SHORT_BINBYTES": struct.Struct("<B"), "BINBYTES": struct.Struct("<I"), "BINBYTES8": struct.Struct("<Q")}
"""Opcodes of bytes, and how their length is written."""
_NUMBERS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT")
_TEXTS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8")
OPCODES: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    **dict.fromkeys((*_NUMBERS, *_TEXTS, *SIZES), _push),
    **{"NONE": _constant(None), "NEWTRUE": _constant(True), "NEWFALSE": _constant(False), "MARK": _constant(_MARK)},
    **{"EMPTY_LIST": _new(list), "EMPTY_DICT": _new(dict), "EMPTY_SET": _new(set), "EMPTY_TUPLE": _constant(())},
    **{"TUPLE": _tuple, "TUPLE1": _tuple_of(1), "TUPLE2": _tuple_of(2), "TUPLE3": _tuple_of(3)},
    **{"APPEND": _append, "APPENDS": _appends, "ADDITEMS": _add_items},
    **{"SETITEM": _set_item, "SETITEMS": _set_items},
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _get),
    **{"GLOBAL": _global, "STACK_GLOBAL": _stack_global, "BINPERSID": _named_numbers},
    **{"REDUCE": _reduce, "NEWOBJ": _reduce, "BUILD": _build},
}
"""Opcodes that are understood. Of those missing, INST, OBJ and NEWOBJ_EX would call more."""
