"""Files of model folders that strangers made, read within bounds: of bytes, of depth, of the lengths of numbers and texts.

Nothing here imports torch. What is out of bounds raises `BoundError`, whose message says what is wrong with the file and
goes behind its name: "it has 900 MB, and 2 MB is the most".
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_JSON = 2 * 2**20
"""Bytes of a config.json; those of the bundled models have at most 15,000."""
MOST_DEPTH = 32
"""Lists and objects within each other in a JSON file."""
MOST_DIGITS = 19
"""Digits of an integer: those of 64 bits."""
MOST_TEXT = 20_000
"""Characters of a text in a JSON file."""
MOST_TENSORS = 20_000
MOST_HEADER = 8 * 2**20
"""Bytes of the header of a safetensors file."""
LENGTH = 8
"""Bytes of the number that a safetensors file begins with: the length of its header."""
MOST_BESIDE = 32 * 2**20
"""Bytes of a file beside the weights; those of the bundled models have at most two million."""
MEGABYTE = 2**20
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "I64": 64,
    "U64": 64, "F64": 64,
}  # fmt: skip
"""The kinds of numbers that a safetensors file may hold, and how many bits each takes."""
SHOWN = 60
"""Characters of what a stranger wrote that a sentence repeats."""

Shape = tuple[int, ...]


class BoundError(ValueError):
    """A file is out of bounds; the message says what is wrong with it."""


def shown(value: object, most: int = SHOWN) -> str:
    """What a stranger wrote, on one line and no longer than a sentence bears."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(letter if letter.isprintable() else "?" for letter in text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def reason(error: Exception, most: int = 200) -> str:
    """What `error` says, for the end of a sentence: its first line, no longer than `most`, without a full stop; else its kind."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return shown((str(error).splitlines() or [""])[0], most).rstrip(". ") or type(error).__name__


def read_bytes(path: Path, most: int) -> bytes:
    """The bytes of the plain file `path`, of which there may be `most`; links are followed.

    Raises `BoundError` for a larger file and for what is no file, such as a folder, a pipe (which nobody may ever write
    to) or a device (which may never end), and `OSError` where it cannot be read.
    """
    with _opened(path, most) as (file, size):
        data = file.read(size + 1)
    if len(data) != size:
        raise BoundError("it was changed while it was read")
    return data


@contextlib.contextmanager
def _opened(path: Path, most: int) -> Iterator[tuple[IO[bytes], int]]:
    """The plain file `path` and its size, which is at most `most`."""
    if "\0" in str(path):
        raise BoundError("no file has such a name")
    # Without waiting for somebody to write where it is a pipe.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    # A folder can be opened by number, but not as a file.
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise BoundError("it is no plain file")
        if status.st_size > most:
            raise BoundError(f"it has {status.st_size / MEGABYTE:,.0f} MB, and {most / MEGABYTE:,.0f} MB is the most")
        file = open(handle, "rb", closefd=False)  # noqa: SIM115
        yield file, status.st_size
    finally:
        os.close(handle)


def read_json(path: Path, most: int = MOST_JSON) -> Any:
    """What the JSON file `path` says; raises `BoundError` or another `ValueError` as `parsed` does, and `OSError`."""
    return parsed(read_bytes(path, most))


def parsed(data: bytes | str, most_text: int = MOST_TEXT) -> Any:
    """What a JSON text says: finite numbers, integers of 64 bits, and texts of at most `most_text` characters that can be written as UTF-8.

    Raises `BoundError`, or another `ValueError` where it is no JSON.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        value = json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise BoundError(f"it is nested deeper than {MOST_DEPTH} levels") from None
    except UnicodeDecodeError:
        raise BoundError("it is no text in UTF-8") from None
    for text, depth in _walked(value):
        if depth > MOST_DEPTH:
            raise BoundError(f"it is nested deeper than {MOST_DEPTH} levels")
        if len(text) > most_text:
            raise BoundError(f"it holds a text of {len(text):,} characters, and {most_text:,} is the most")
        if not is_text(text):
            raise BoundError("it holds half of a pair of characters (a lone surrogate)")
    return value


def is_text(text: str) -> bool:
    """Whether `text` can be written as UTF-8, which halves of pairs of characters (lone surrogates) cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS or not -(2**63) <= int(digits) < 2**64:
        raise BoundError(f"it holds an integer of {len(digits.lstrip('-')):,} digits, beyond 64 bits")
    return int(digits)


def _finite(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise BoundError(f"it holds the number {shown(digits, 20)}, which is not finite")
    return value


def _walked(value: Any) -> Iterator[tuple[str, int]]:
    """All texts of a JSON value and how deep they lie; an empty text for each list and object."""
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if isinstance(each, str):
            yield each, depth
        elif isinstance(each, dict | list):
            yield "", depth + 1
            inside = [*each, *each.values()] if isinstance(each, dict) else each
            waiting += [(one, depth + 1) for one in inside if isinstance(one, str | dict | list)]


def read_header(path: Path, most: int) -> tuple[dict[str, Shape], dict[str, str]]:
    """The shapes of the tensors in the safetensors file `path` of at most `most` bytes, and its metadata; no tensor is read.

    Raises `BoundError` unless the header fits the file: tensors of known kinds that lie one behind the other and fill it.
    """
    with _opened(path, most) as (file, size):
        length = int.from_bytes(file.read(LENGTH), "little")
        if size < LENGTH or length > size - LENGTH:
            raise BoundError("it ends before its header does")
        if length > MOST_HEADER:
            raise BoundError(
                f"its header has {length / MEGABYTE:,.0f} MB, and {MOST_HEADER // MEGABYTE} MB is the most"
            )
        try:
            header = parsed(file.read(length), MOST_HEADER)
        except BoundError:
            raise
        except ValueError:
            raise BoundError("its header is no JSON") from None
    if not isinstance(header, dict) or len(header) > MOST_TENSORS:
        raise BoundError("its header names no tensors, or too many")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(each, str) for each in metadata.values()):
        raise BoundError("its metadata are no texts")
    places = sorted(_placed(name, entry) for name, entry in header.items())
    end = 0
    for begin, until, name in places:
        if begin != end:
            raise BoundError(f"the numbers of {shown(name)} do not follow those before")
        end = until
    if end != size - LENGTH - length:
        raise BoundError("its numbers do not fill it, or reach beyond its end")
    return {name: tuple(entry["shape"]) for name, entry in header.items()}, metadata


def _placed(name: str, entry: Any) -> tuple[int, int, str]:
    """Where the numbers of the tensor `name` begin and end, in bytes behind the header; raises `BoundError` unless they are as many as its shape says."""
    try:
        kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, begin, end]
    except (TypeError, KeyError, ValueError):
        raise BoundError(f"its header does not describe {shown(name)}") from None
    if not isinstance(kind, str) or kind not in BITS:
        raise BoundError(f"{shown(name)} has numbers of the unknown kind {shown(kind)}")
    if not all(type(number) is int and number >= 0 for number in numbers) or len(shape) > 8:
        raise BoundError(f"the shape of {shown(name)} is none")
    if end - begin != math.prod(shape) * BITS[kind] // 8:
        raise BoundError(f"{shown(name)} has other numbers than its shape says")
    return begin, end, name


def read_arrays(path: Path, key: str, most: int = MOST_BESIDE) -> tuple[dict[str, NDArray], Any]:
    """The arrays in the safetensors file `path` beside a model's weights, and what the JSON text `key` of its metadata says.

    Raises `OSError`, and `BoundError` or another `ValueError` for a file that is out of bounds or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    _, metadata = read_header(path, most)
    if key not in metadata:
        raise BoundError(f"it does not say what it holds ({key})")
    try:
        return load(read_bytes(path, most)), parsed(metadata[key])
    except (SafetensorError, KeyError, TypeError) as error:
        raise BoundError(reason(error)) from None
