"""Single values as text: the shortest decimal that no other value of the dtype is as near to."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.numbers import Array
from explorer.checkpoint.codes import code_table
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind

_NATIVE: Final = {"float64": np.float64, "float32": np.float32, "float16": np.float16}
_ODD: Final = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf", "-0": "-0"}
_LONGEST: Final = 60
"""Digits that are still read."""
_ENOUGH: Final = 6
"""Digits in which no two values of 8 bits, or of bfloat16, are alike."""


def texts_of(numbers: Array, kind: TensorKind) -> list[str]:
    """Write values so that each can be told from all others of its dtype.

    Args:
        numbers: As `Values.blocks` gives them, of any shape.
        kind: Of the tensor that they are of; quantized ones are float32.

    Returns:
        One text for each, in the order of their indices.
    """
    flat = numbers.reshape(-1)
    family = DTYPES[kind.dtype].family
    if family == "bool":
        return ["True" if value else "False" for value in flat.tolist()]
    if family == "int":
        return [str(value) for value in flat.tolist()]
    if family == "complex":
        part = np.float16 if kind.dtype == "complex32" else flat.real.dtype.type
        pairs = zip(_shortest(flat.real.astype(part)), _shortest(flat.imag.astype(part)), strict=True)
        return [f"{real}{imaginary if imaginary[0] in '+-' else f'+{imaginary}'}j" for real, imaginary in pairs]
    if kind.dtype in _NATIVE:
        return _shortest(flat.astype(_NATIVE[kind.dtype]))
    if family == "float":
        return _shortest_of_few(flat, kind.dtype)
    return _shortest(flat)


def exactly(value: object) -> str:
    """A value with every digit that it has.

    Args:
        value: A number as numpy has it.

    Returns:
        A decimal without rounding; "" where that is very long, or there is no more to say.
    """
    if not isinstance(value, np.floating) or not np.isfinite(value):
        return ""
    text = format(Decimal(float(value)), "f")
    return "" if len(text) > _LONGEST else text


def _shortest(numbers: NDArray[np.floating]) -> list[str]:
    """NumPy writes a number of a dtype of its own in as few digits as tell it from its neighbours."""
    # But with exponents where Python's floats have none.
    return [_trimmed(repr(float(str(value)))) for value in numbers]


def _trimmed(text: str) -> str:
    text = text.removesuffix(".0")
    return _ODD.get(text, text)


def _shortest_of_few(numbers: NDArray[np.float32], dtype: str) -> list[str]:
    """The same for floats of which numpy knows nothing, by trying more and more digits."""
    low, high = _reach(dtype)(np.abs(numbers))
    texts = [_trimmed(str(float(value))) for value in numbers]
    left = np.flatnonzero(np.isfinite(numbers) & (numbers != 0))
    for digits in range(1, _ENOUGH):
        tried = [float(f"{value:.{digits}g}") for value in numbers[left].tolist()]
        sizes = np.abs(np.array(tried, np.float64))
        fits = (low[left] < sizes) & (sizes < high[left])
        for place in np.flatnonzero(fits).tolist():
            texts[left[place]] = _trimmed(repr(tried[place]))
        left = left[~fits]
        if not left.size:
            break
    return texts


def _reach(dtype: str) -> Callable[[NDArray[np.float32]], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Gives the magnitudes between which a decimal is nearer to a value than to any other."""
    sizes = _sizes(dtype)

    def reach(magnitudes: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        at = np.clip(np.searchsorted(sizes, np.nan_to_num(magnitudes, nan=0, posinf=0)), 1, sizes.size - 2)
        return (sizes[at - 1] + sizes[at]) / 2, (sizes[at] + sizes[at + 1]) / 2

    return reach


@cache
def _sizes(dtype: str) -> NDArray[np.float64]:
    """All magnitudes of a dtype, in order, with one on either side."""
    table = code_table(TensorKind(dtype, (), (), (), None))
    assert table is not None  # noqa: S101 - floats of 8 and 16 bits have one
    known = np.unique(np.abs(table[np.isfinite(table)]).astype(np.float64))
    below = [] if known[0] == 0 else [0.0]
    return np.concatenate((below, known, [2 * known[-1] - known[-2]]))
