"""Single values as text that reads back as exactly the same number.

Of float64 and float32 that is the shortest decimal that no other value of the dtype is as near to. Floats of 16 and 8
bits are written out, as there ``36260`` would be enough to tell 36256 from its neighbours, and is another number.
"""

from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind

_WRITTEN_OUT: Final = 12
"""Characters, but for the sign, up to which floats of 16 and 8 bits are written out; longer ones as float32 are."""
_ODD: Final = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf", "-0": "-0"}
_FEW_FIGURES: Final = 1_000
"""So many times the smallest number above 0 have fewer than four figures of their own."""
_LONGEST: Final = 60
"""Digits that are still read."""


def texts_of(numbers: Array, kind: TensorKind) -> list[str]:
    """Write values so that each can be told from all others of its dtype, and be read back.

    Args:
        numbers: As `Values.blocks` gives them, of any shape.
        kind: Of the tensor that they are of; quantized ones are float32.

    Returns:
        One text for each, in the order of their indices; read as a float64, or as a float32 where the dtype has no
        more bits, it is the same number.
    """
    flat = numbers.reshape(-1)
    family = DTYPES[kind.dtype].family
    if family == "bool":
        return ["True" if value else "False" for value in flat.tolist()]
    if family == "int":
        return [str(value) for value in flat.tolist()]
    if family == "complex":
        few = kind.dtype == "complex32"
        parts = [_written_out(part) if few else _shortest(part) for part in (flat.real, flat.imag)]
        return [
            f"{real}{imaginary if imaginary[0] in '+-' else f'+{imaginary}'}j"
            for real, imaginary in zip(*parts, strict=True)
        ]
    if family == "float" and DTYPES[kind.dtype].itemsize <= 2:
        return _written_out(flat)
    return _shortest(flat if kind.dtype == "float64" else flat.astype(np.float32))


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
    texts = [_trimmed(repr(float(str(value)))) for value in numbers]
    # Among the smallest numbers one figure tells neighbours apart, and statistics say four of the same number.
    few = np.flatnonzero((numbers != 0) & (np.abs(numbers) < _FEW_FIGURES * np.finfo(numbers.dtype).smallest_subnormal))
    for place in few.tolist():
        texts[place] = _trimmed(repr(float(f"{float(numbers[place]):.4g}")))
    return texts


def _trimmed(text: str) -> str:
    text = text.removesuffix(".0")
    return _ODD.get(text, text)


def _written_out(numbers: NDArray[np.floating]) -> list[str]:
    """All digits of numbers that float32 can hold, or where these are many, as few as tell it from other float32."""
    texts = [_trimmed(repr(value)) for value in numbers.tolist()]
    long = [place for place, text in enumerate(texts) if len(text.removeprefix("-")) > _WRITTEN_OUT]
    for place, text in zip(long, _shortest(numbers[long].astype(np.float32)), strict=True):
        texts[place] = text
    return texts
