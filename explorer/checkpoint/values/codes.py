"""Values of 8 or 16 bits as these bits, with a table of what they stand for: faster to count than numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.decode import Array, decode, dequantize

_FLOATS: Final = ("bfloat16", "float16")
_EIGHT_BITS: Final = ("qint8", "quint8")


@dataclass(frozen=True, slots=True)
class CodedBlocks:
    """Begins a new walk over the values each time that it is called, or over their bits.

    Attributes:
        numbers: Begins a walk over the values as numbers: 1-D arrays.
        codes: Begins the same walk over their bits: uint8 or uint16, 1-D and contiguous.
        table: [256] or [65536], the number that each pattern of bits stands for.
    """

    numbers: Callable[[], Iterator[Array]]
    codes: Callable[[], Iterator[Array]]
    table: Array

    def __call__(self) -> Iterator[Array]:
        """Begin a walk over the values as numbers."""
        return self.numbers()


def code_table(kind: TensorKind) -> Array | None:
    """What each pattern of bits of an element stands for.

    Args:
        kind: Of the tensor.

    Returns:
        [256] or [65536], as `decode` and `dequantize` give it; None for larger elements, for integers and booleans,
        which are their own codes, and where the number also depends on the channel.
    """
    quantization = kind.quantization
    if kind.dtype.startswith("float8_") or (kind.dtype in _EIGHT_BITS and quantization is not None):
        patterns = np.arange(1 << 8, dtype=np.uint8)
    elif kind.dtype in _FLOATS:
        patterns = np.arange(1 << 16, dtype="<u2").view(np.uint8)
    else:
        return None
    numbers = decode(patterns, kind, "little")
    if quantization is None:
        return numbers
    if len(quantization.scales) != 1 or quantization.axis is not None:
        return None
    return dequantize(numbers, np.array(quantization.scales), np.array(quantization.zero_points), per_channel=False)
