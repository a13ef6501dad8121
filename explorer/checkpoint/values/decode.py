"""Raw bytes of any dtype -> numbers that NumPy can compute with."""

import sys
from functools import cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import TensorKind

Array = NDArray[Any]

_NATIVE: Final[dict[str, str]] = {
    "float64": "f8",
    "float32": "f4",
    "float16": "u2",
    "complex128": "c16",
    "complex64": "c8",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint64": "u8",
    "uint32": "u4",
    "uint16": "u2",
    "uint8": "u1",
    "bool": "?",
    "qint32": "i4",
    "qint8": "i1",
    "quint8": "u1",
    "bfloat16": "u2",
    "complex32": "u2",
}

_FLOAT8: Final[dict[str, tuple[int, int, bool, bool]]] = {
    # exponent bits, bias, has infinities, only the pattern 0x80 is NaN
    "float8_e4m3fn": (4, 7, False, False),
    "float8_e4m3fnuz": (4, 8, False, True),
    "float8_e5m2": (5, 15, True, False),
    "float8_e5m2fnuz": (5, 16, False, True),
}


def decode(raw: Array, kind: TensorKind, byteorder: Literal["little", "big"]) -> Array:
    """Turn bytes into numbers.

    Args:
        raw: uint8 [elements * itemsize], contiguous.
        kind: Says what the bytes mean, with conj and neg.
        byteorder: Of the bytes.

    Returns:
        [elements]: 8- and 16-bit floats as float32, complex32 as complex64, the rest in their own dtype and native
        byte order; quantized values as the integers that are stored, for `dequantize`.

    Raises:
        CheckpointError: The dtype packs several values into an element, or holds raw bits; or booleans are negated.
    """
    dtype = kind.dtype
    if dtype in _FLOAT8 or dtype == "float8_e8m0fnu":
        numbers: Array = _float8_table(dtype)[raw]
    elif dtype == "bool":
        # A file may hold any byte; PyTorch takes all but 0 for True.
        numbers = raw != 0
    elif dtype in _NATIVE:
        stored = np.dtype(_NATIVE[dtype]).newbyteorder("<" if byteorder == "little" else ">")
        numbers = raw.view(stored).astype(stored.newbyteorder("="), copy=False)
        if dtype == "bfloat16":
            wide = numbers.astype(np.uint32)
            wide <<= 16
            numbers = wide.view(np.float32)
        elif dtype == "float16":
            numbers = _from_float16(numbers)
        elif dtype == "complex32":
            numbers = _from_float16(numbers).view(np.complex64)
    else:
        raise CheckpointError(f"Values of dtype {dtype} are not shown", "its elements are not single numbers")
    if kind.conj:
        numbers = np.conjugate(numbers)
    if kind.neg:
        if dtype == "bool":
            raise CheckpointError("The values are not shown", "the file says that they are negatives of booleans")
        numbers = np.negative(numbers)
    return numbers


def dequantize(
    integers: Array, scales: NDArray[np.float64], zero_points: NDArray[np.float64], *, per_channel: bool
) -> NDArray[np.float32]:
    """Turn the integers of a quantized tensor into numbers: ``(q - zero_point) * scale``, rounded as PyTorch does.

    PyTorch subtracts integers and multiplies in float32 for a whole tensor; per channel it subtracts in float32 and
    multiplies in float64. Found by comparing with ``Tensor.dequantize`` of 2.13.

    Args:
        integers: [elements].
        scales: [elements] or [1].
        zero_points: As many.
        per_channel: The tensor has an axis with scales of its own.

    Returns:
        [elements].
    """
    with np.errstate(over="ignore", invalid="ignore"):  # a file may give any scale
        if per_channel:
            differences = integers.astype(np.float32) - zero_points.astype(np.float32)
            return (differences.astype(np.float64) * scales).astype(np.float32)
        return (integers - zero_points).astype(np.float32) * scales.astype(np.float32)


class Decoder:
    """Turns the bytes of a tensor into numbers."""

    def __init__(self, kind: TensorKind, byteorder: Literal["little", "big"]) -> None:
        self._kind = kind
        self._byteorder: Literal["little", "big"] = byteorder
        self._as_stored = _as_stored(kind, byteorder)
        if kind.quantization is not None:
            self._scales = np.array(kind.quantization.scales, np.float64)
            self._zero_points = np.array(kind.quantization.zero_points, np.float64)

    def numbers(self, raw: NDArray[np.uint8], channels: NDArray[np.int64]) -> Array:
        """The numbers; `channels` as of `Piece.channels`."""
        if self._as_stored is not None:
            return raw.view(self._as_stored)
        numbers = decode(raw, self._kind, self._byteorder)
        if self._kind.quantization is None:
            return numbers
        per_channel = self._kind.quantization.axis is not None
        return dequantize(numbers, self._scales[channels], self._zero_points[channels], per_channel=per_channel)


def _from_float16(codes: NDArray[np.uint16]) -> NDArray[np.float32]:
    """What 16 bits stand for, in a third of the time that ``astype`` takes.

    Exponent and fraction are put where float32 has them, and 2**112 makes up for the other bias: exactly, also where
    the exponent is 0. What has the highest exponent is infinite or NaN, and gets that of float32.
    """
    bits = codes.astype(np.uint32)
    signs = bits & 0x8000
    signs <<= 16
    bits &= 0x7FFF
    bits <<= 13
    numbers = bits.view(np.float32)
    numbers *= np.float32(2.0**112)
    special = numbers >= np.float32(2.0**16)
    if special.any():
        bits[special] |= 0x7F800000
    bits |= signs
    return numbers


def _as_stored(kind: TensorKind, byteorder: Literal["little", "big"]) -> np.dtype[Any] | None:
    """The dtype of numbers that need no decoding; None where they do."""
    if byteorder != sys.byteorder or kind.conj or kind.neg or kind.quantization is not None:
        return None
    if kind.dtype in ("bfloat16", "float16", "complex32", "bool") or kind.dtype not in _NATIVE:
        return None
    return np.dtype(_NATIVE[kind.dtype])


@cache
def _float8_table(dtype: str) -> NDArray[np.float32]:
    """All 256 values of an 8-bit float, by the OCP 8-bit Floating Point Specification and its FNUZ variants."""
    patterns = np.arange(256)
    if dtype == "float8_e8m0fnu":
        values = np.exp2(patterns.astype(np.float64) - 127)
        values[255] = np.nan
        return values.astype(np.float32)
    exponent_bits, bias, infinities, unsigned_zero = _FLOAT8[dtype]
    mantissa_bits = 7 - exponent_bits
    sign = np.where(patterns & 0x80, -1.0, 1.0)
    exponent = (patterns >> mantissa_bits) & ((1 << exponent_bits) - 1)
    mantissa = (patterns & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    values = np.where(exponent == 0, mantissa * 2.0 ** (1 - bias), (1 + mantissa) * 2.0 ** (exponent - bias))
    values = sign * values
    if unsigned_zero:
        values[0x80] = np.nan
    elif infinities:
        top = exponent == (1 << exponent_bits) - 1
        values = np.where(top, np.where(mantissa == 0, sign * np.inf, np.nan), values)
    else:
        values[[0x7F, 0xFF]] = np.nan
    return values.astype(np.float32)
