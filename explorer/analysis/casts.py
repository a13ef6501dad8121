"""What a number becomes in another dtype, as ``Tensor.to`` makes it, and which dtype two have in common."""

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.codes import code_table

_FIRST_OVER: Final = {"float8_e4m3fn": 0x7F, "float8_e5m2": 0x7C, "float8_e4m3fnuz": 0x80, "float8_e5m2fnuz": 0x80}
"""Of the 8-bit floats, the code that the first number too large to be held would have."""


def converted(numbers: Array, dtype: str) -> Array | None:
    """Convert numbers to a dtype, rounding to nearest and to even as PyTorch does.

    Args:
        numbers: Of any dtype, decoded as `explorer.checkpoint.values.decode` does.
        dtype: What they become.

    Returns:
        Decoded likewise: float32 where the dtype is a float of 8 or 16 bits. None for dtypes that are not computed
        with: quantized and packed ones, and ``float8_e8m0fnu``.
    """
    with np.errstate(all="ignore"):
        if dtype in ("float64", "complex128", "complex64") or DTYPES[dtype].family in ("int", "bool"):
            if numbers.dtype.kind == "c" and DTYPES[dtype].family != "complex":
                numbers = numbers.real
            return numbers.astype(np.dtype(dtype))
        if DTYPES[dtype].family == "float" and dtype != "float8_e8m0fnu":
            # Also from float64 PyTorch goes by way of float32.
            return _rounded(
                (numbers.real if numbers.dtype.kind == "c" else numbers).astype(np.float32, copy=False), dtype
            )
        if dtype == "complex32":
            return _rounded(numbers.astype(np.complex64).view(np.float32), "float16").view(np.complex64)
    return None


def _rounded(numbers: NDArray[np.float32], dtype: str) -> Array:
    if dtype == "float16":
        return numbers.astype(np.float16).astype(np.float32)
    if dtype == "bfloat16":
        bits = numbers.view(np.uint32)
        nearest = bits >> 16
        nearest &= 1
        nearest += 0x7FFF
        nearest += bits
        nearest &= 0xFFFF0000
        rounded: NDArray[np.float32] = nearest.view(np.float32)
        nan = np.isnan(numbers)
        if nan.any():
            rounded[nan] = numbers[nan]
        return rounded
    return _rounded_to_8_bits(numbers, dtype) if dtype in _FIRST_OVER else numbers


def _rounded_to_8_bits(numbers: NDArray[np.float32], dtype: str) -> NDArray[np.float32]:
    magnitudes, middles, table = _steps(dtype)
    lengths = np.abs(numbers)
    codes = np.searchsorted(middles, lengths.astype(np.float64))
    # Exactly in the middle the even code is taken.
    tie = (codes < middles.size) & (middles[np.minimum(codes, middles.size - 1)] == lengths) & (codes % 2 == 1)
    codes = np.minimum(codes + tie, magnitudes.size - 1)
    # A code with its sign: 0x80 is a zero of its own, or NaN where there is no such zero.
    over = codes >= _FIRST_OVER[dtype]
    signed = codes | np.where(np.signbit(numbers) & ((codes > 0) | (_FIRST_OVER[dtype] != 0x80)), 0x80, 0)
    rounded = table[np.minimum(signed, 0xFF)]
    if dtype == "float8_e4m3fn":
        # It has no infinity: PyTorch 2.13 takes the largest number instead.
        rounded = np.where(over, np.copysign(magnitudes[-2], numbers), rounded)
    elif dtype != "float8_e5m2":
        rounded = np.where(over, np.nan, rounded)
    return np.where(np.isnan(numbers), numbers, rounded).astype(np.float32)


@cache
def _steps(dtype: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
    """The numbers from zero up to the first that is too large, what lies in the middle between two, and all by code."""
    table = code_table(TensorKind(dtype, (), (), (), None))
    assert table is not None  # noqa: S101 - it is a float of 8 bits
    magnitudes = table[: _FIRST_OVER[dtype]].astype(np.float64)
    magnitudes = np.append(magnitudes, 2 * magnitudes[-1] - magnitudes[-2])
    return magnitudes, (magnitudes[:-1] + magnitudes[1:]) / 2, table


def common_dtype(a: str, b: str) -> str | None:
    """The dtype that `torch.promote_types` gives, as far as that changes one of the two; None where it changes neither.

    A whole number is rounded to a float, or to a part of a complex number; a float becomes a complex number as it is.
    """
    families = {a: DTYPES[a].family, b: DTYPES[b].family}
    whole = [dtype for dtype, family in families.items() if family in ("int", "bool")]
    broken = [dtype for dtype, family in families.items() if family in ("float", "complex")]
    if whole and broken:
        return broken[0]
    parts = [dtype for dtype, family in families.items() if family == "complex"]
    return parts[0] if len(parts) == 1 and len(families) > 1 else None


def as_common(numbers: Array, dtype: str | None) -> Array:
    """Bring numbers to the `common_dtype`: whole ones are rounded, real ones become complex; others stay the same."""
    if dtype is None:
        return numbers
    found = converted(numbers, dtype) if numbers.dtype.kind in "biu" else None
    if found is None and numbers.dtype.kind == "f" and DTYPES[dtype].family == "complex":
        return numbers.astype(np.complex128 if numbers.dtype == np.float64 else np.complex64)
    return numbers if found is None else found


def wider(a: str, b: str) -> Literal["a", "b"] | None:
    """Which of two dtypes holds more: the one with more bits, or else what whole numbers become; None where neither."""
    families = DTYPES[a].family, DTYPES[b].family
    if {*families} & {"quantized", "packed"}:
        return None
    sizes = DTYPES[a].itemsize, DTYPES[b].itemsize
    if sizes[0] != sizes[1]:
        return "a" if sizes[0] > sizes[1] else "b"
    whole = [family in ("int", "bool") for family in families]
    return None if whole[0] == whole[1] else "b" if whole[0] else "a"


def agreeing_after_cast(wide: Array, narrow: Array, dtype: str) -> NDArray[np.bool_]:
    """Which numbers have the bits of others once they are cast to their dtype; one NaN is like another.

    None agrees that the dtype has no place for: a whole number that would wrap around, and a complex one of which a
    part would be dropped.

    Args:
        wide: Numbers, decoded, [n].
        narrow: Others, decoded, [n].
        dtype: Of these.

    Returns:
        [n]; all False for a dtype that is not computed with.
    """
    cast = converted(wide, dtype)
    if cast is None:
        return np.zeros(wide.shape, np.bool_)
    agreeing = _same_bits(cast, narrow)
    family = DTYPES[dtype].family
    if wide.dtype.kind == "c" and family != "complex":
        agreeing &= wide.imag == 0
        wide = wide.real
    if family == "int" and wide.dtype.kind != "b":
        ends = np.iinfo(dtype)
        if wide.dtype.kind == "f":
            # The highest whole number of 64 bits is none that a float has; the one after it is.
            agreeing &= (np.trunc(wide) >= float(ends.min)) & (wide < float(ends.max + 1))
        else:
            agreeing &= (wide >= ends.min) & (wide <= ends.max)
    return agreeing


def cast_words(a: str, b: str) -> str:
    """To which dtype the wider of two is cast, as ``cast to bfloat16``; one has to be the wider."""
    return f"cast to {b if wider(a, b) == 'a' else a}"


def _same_bits(a: Array, b: Array) -> NDArray[np.bool_]:
    """Where two arrays of one decoded dtype, [n], have the same bits; one NaN is like another."""
    if a.dtype.kind == "c":
        parts = np.float32 if a.dtype == np.complex64 else np.float64
        both = _same_bits(a.view(parts), b.view(parts))
        return np.logical_and(both[0::2], both[1::2])
    if a.dtype.kind != "f":
        equal: NDArray[np.bool_] = a == b
        return equal
    bits = f"u{a.dtype.itemsize}"
    same: NDArray[np.bool_] = a.view(bits) == b.view(bits)
    return same if same.all() else np.logical_or(same, np.isnan(a) & np.isnan(b))
