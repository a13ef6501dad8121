"""Scalars and small arrays of NumPy as a pickle holds them, read from their bytes: NumPy itself is not asked.

Formats: ``numpy.generic.__reduce__``, ``numpy.ndarray.__reduce_ex__`` and ``numpy.dtype.__reduce__`` of NumPy 1 and 2.
"""

import math
import struct
from typing import Any, Final, NamedTuple

from explorer.checkpoint.pickles import Recorded, codec_bytes

MAX_VALUES: Final = 16
"""Values of an array that are told."""

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
}


class _Array(NamedTuple):
    """What a pickle says of an array; a scalar has no shape."""

    dtype: str
    code: str
    shape: tuple[int, ...] | None
    data: bytes


def array_type(value: object) -> str | None:
    """The type of a scalar or array of plain numbers, as NumPy calls it; None for anything else."""
    array = _array(value)
    if array is None:
        return None
    return f"numpy.{array.dtype}" if array.shape is None else "numpy.ndarray"


def array_text(value: object) -> str | None:
    """A scalar, or the dtype, shape and first values of an array, for people; None for anything else."""
    array = _array(value)
    if array is None:
        return None
    itemsize = struct.calcsize(array.code)
    count = min(len(array.data) // itemsize, MAX_VALUES)
    numbers = struct.unpack(f"{array.code[0]}{count}{array.code[1]}", array.data[: count * itemsize])
    texts = [_number_text(number, array.code) for number in numbers]
    if array.shape is None:
        return texts[0]
    more = ", …" if len(array.data) > count * itemsize else ""
    size = ", ".join(map(str, array.shape))
    return f"{array.dtype} [{size}]: {', '.join(texts)}{more}" if texts else f"{array.dtype} [{size}]"


def _array(value: object) -> _Array | None:
    if not isinstance(value, Recorded):
        return None
    module, _, name = value.called.rpartition(".")
    if module not in _MODULES:
        return None
    if name == "scalar" and len(value.args) == 2:
        return _checked(value.args[0], None, value.args[1])
    # From protocol 5 on; of an array in Fortran's order the values come in another order than its indices.
    if name == "_frombuffer" and len(value.args) == 4 and (value.args[3] == "C" or _is_flat(value.args[2])):
        return _checked(value.args[1], value.args[2], value.args[0])
    if name == "_reconstruct" and len(value.states) == 1:
        state = value.states[0]
        if isinstance(state, tuple) and len(state) == 5 and (not state[3] or _is_flat(state[1])):
            return _checked(state[2], state[1], state[4])
    return None


def _is_flat(shape: object) -> bool:
    return isinstance(shape, tuple) and len(shape) < 2


def _checked(dtype: Any, shape: Any, held: object) -> _Array | None:  # noqa: ANN401 - whatever the file holds
    """The array, if its parts are what NumPy writes and fit each other."""
    if not isinstance(dtype, Recorded) or dtype.called != "numpy.dtype" or not dtype.args:
        return None
    code, data = dtype.args[0], codec_bytes(held)
    if not isinstance(code, str) or code not in _CODES or data is None:
        return None
    if shape is not None and (not isinstance(shape, tuple) or any(type(size) is not int or size < 0 for size in shape)):
        return None
    name, letter = _CODES[code]
    state = dtype.states[0] if dtype.states else ()
    order = ">" if isinstance(state, tuple) and len(state) > 1 and state[1] == ">" else "<"
    if math.prod(shape or ()) * int(code[1]) != len(data):
        return None
    return _Array(name, order + letter, shape, data)


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
