"""Scalars and small arrays of NumPy as a pickle holds them, read from their bytes: NumPy itself is not asked.

Formats: ``numpy.generic.__reduce__``, ``numpy.ndarray.__reduce_ex__`` and ``numpy.dtype.__reduce__`` of NumPy 1 and 2.
"""

import math
import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from explorer.checkpoint.pickles.unpickler import Recorded, codec_bytes

MAX_VALUES: Final = 16
"""Values of an array that are told."""

_MAX_TEXT_NBYTES: Final = 400
"""Of a text, what is told."""

_LETTERS: Final = 0x110000
"""Unicode ends before it."""

_MODULES: Final = tuple(f"numpy.{core}.{part}" for core in ("_core", "core") for part in ("multiarray", "numeric"))
_CODES: Final = {
    "f2": ("float16", "e"),
    "f4": ("float32", "f"),
    "f8": ("float64", "d"),
    "i1": ("int8", "b"),
    "i2": ("int16", "h"),
    "i4": ("int32", "i"),
    "i8": ("int64", "q"),
    "u1": ("uint8", "B"),
    "u2": ("uint16", "H"),
    "u4": ("uint32", "I"),
    "u8": ("uint64", "Q"),
    "b1": ("bool", "?"),
    "c8": ("complex64", "2f"),
    "c16": ("complex128", "2d"),
}
"""Codes of NumPy -> its name for the dtype, and how struct reads one."""

_OTHERS: Final = {"S": "bytes", "U": "text", "V": "structured", "M": "datetime64", "m": "timedelta64"}
"""Kinds of dtypes whose values have each another size or meaning, by the letter of their code."""

_SCALARS: Final = {"bytes": "bytes_", "text": "str_", "structured": "void"}
"""What NumPy calls a single one."""


class _Array(NamedTuple):
    """What a pickle says of an array.

    Attributes:
        dtype: In words.
        code: As of struct, with the order of bytes; "s" and "U" for texts, "" for values that are not told.
        itemsize: Of an element, in bytes.
        shape: None for a scalar.
        data: Its bytes.
        by_columns: The first index is that which changes first from one element to the next.
    """

    dtype: str
    code: str
    itemsize: int
    shape: tuple[int, ...] | None
    data: bytes
    by_columns: bool


def array_type(value: object) -> str | None:
    """The type of a scalar or array of plain numbers, as NumPy calls it; None for anything else."""
    array = _array(value)
    if array is None:
        return None
    return f"numpy.{_SCALARS.get(array.dtype, array.dtype)}" if array.shape is None else "numpy.ndarray"


def array_text(value: object) -> str | None:
    """A scalar, or the dtype, shape and first values of an array, for people; None for anything else."""
    array = _array(value)
    if array is None:
        return None
    shape = array.shape or ()
    total = math.prod(shape)
    texts = [_value_text(array, place) for place in _places(array)] if array.code else []
    if array.shape is None:
        return texts[0] if texts else f"{array.dtype}: {array.data[:32].hex(' ')}"
    size = f"{array.dtype} [{', '.join(map(str, shape))}]"
    return f"{size}: {', '.join(texts)}{', …' if total > len(texts) else ''}" if texts else size


def _places(array: _Array) -> Iterator[int]:
    """Where among its bytes the first elements are, in the order of its indices."""
    shape = array.shape or ()
    for number in range(min(math.prod(shape), MAX_VALUES)):
        place = number
        if array.by_columns:
            rest, step, place = number, math.prod(shape), 0
            for size in reversed(shape):
                step //= size
                place += rest % size * step
                rest //= size
        yield place * array.itemsize


def _value_text(array: _Array, place: int) -> str:
    held = array.data[place : place + min(array.itemsize, _MAX_TEXT_NBYTES)]
    if array.code == "s":
        return repr(held.rstrip(b"\0"))
    if array.code[1] == "U":
        # Not by the codec for it, which would be imported now.
        letters = struct.unpack(f"{array.code[0]}{len(held) // 4}I", held)
        return repr("".join(chr(letter) if letter < _LETTERS else "\ufffd" for letter in letters).rstrip("\0"))
    numbers = struct.unpack(array.code, held)
    if len(numbers) == 2:
        return str(complex(*numbers))
    return _number_text(numbers[0], array.code)


def _array(value: object) -> _Array | None:
    if not isinstance(value, Recorded):
        return None
    module, _, name = value.called.rpartition(".")
    if module not in _MODULES:
        return None
    if name == "scalar" and len(value.args) == 2:
        return _checked(value.args[0], None, value.args[1])
    if name == "_frombuffer" and len(value.args) == 4:  # from protocol 5 on
        return _checked(value.args[1], value.args[2], value.args[0], by_columns=value.args[3] == "F")
    if name == "_reconstruct" and len(value.states) == 1:
        state = value.states[0]
        if isinstance(state, tuple) and len(state) == 5:
            return _checked(state[2], state[1], state[4], by_columns=state[3] is True)
    return None


def _checked(dtype: Any, shape: Any, held: object, *, by_columns: bool = False) -> _Array | None:  # noqa: ANN401 - whatever the file holds
    """The array, if its parts are what NumPy writes and fit each other."""
    if not isinstance(dtype, Recorded) or dtype.called != "numpy.dtype" or not dtype.args:
        return None
    code, data = dtype.args[0], codec_bytes(held)
    if not isinstance(code, str) or data is None:
        return None
    if shape is not None and (not isinstance(shape, tuple) or any(type(size) is not int or size < 0 for size in shape)):
        return None
    state = dtype.states[0] if dtype.states else ()
    order = ">" if isinstance(state, tuple) and len(state) > 1 and state[1] == ">" else "<"
    total = math.prod(shape or ())
    if code in _CODES:
        name, letter = _CODES[code]
        letter, itemsize = order + letter, struct.calcsize(order + letter)
    elif code[:1] in _OTHERS and total:
        # Its length is that of the bytes, whatever the code says.
        name, itemsize = _OTHERS[code[0]], len(data) // total
        letter = {"S": "s", "U": f"{order}U"}.get(code[0], "")
    else:
        return None
    if total * itemsize != len(data) or (letter[1:] == "U" and itemsize % 4):
        return None
    return _Array(name, letter, itemsize, shape, data, by_columns)


def _number_text(number: float, code: str) -> str:
    """The shortest text that reads back as the number in its own precision, as NumPy prints it."""
    if code[1] not in "ef" or not math.isfinite(number):
        return str(number)
    texts = (f"{number:.{digits}g}" for digits in range(1, 10))
    return str(float(next(text for text in texts if _same(float(text), number, code))))


def _same(number: float, other: float, code: str) -> bool:
    try:
        return struct.pack(code, number) == struct.pack(code, other)
    except OverflowError:  # rounded up beyond the largest
        return False
