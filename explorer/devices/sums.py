"""A checksum of bytes that can be computed where they lie: on the host with NumPy, on a device with PyTorch.

The bytes are taken as 64-bit words, each multiplied by an odd number of its own, and added up modulo 2**64; the rows of
`ROW` words that this is done for are added up in the same way. As an odd number has an inverse, a single word that is
another always changes the sum; any two strings of one length have the same sum with a chance of about 2**-63, were the
multipliers random: D. Lemire and O. Kaser, "Strongly universal string hashing is fast", 2014, section 2 (Multilinear).
"""

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

WORD: Final = 8
ROW: Final = 1 << 14
"""Words of a row: 128 KiB, which stay in a core's cache."""
_ROW_NBYTES: Final = ROW * WORD
_STEP: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
"""2**64 divided by the golden ratio: its multiples modulo 2**64 have no pattern in their digits."""


class ByteSum:
    """Takes in bytes in pieces of any length."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = np.zeros(1, np.uint64)
        self._left = np.empty(0, np.uint8)

    def add(self, piece: NDArray[np.uint8]) -> None:
        """Take in the bytes that come next: uint8[n]."""
        if self._left.size:
            wanted = _ROW_NBYTES - self._left.size
            self._left = np.concatenate((self._left, piece[:wanted]))
            piece = piece[wanted:]
            if self._left.size < _ROW_NBYTES:
                return
            self._add_rows(self._left)
        whole = piece.size - piece.size % _ROW_NBYTES
        self._add_rows(piece[:whole])
        self._left = piece[whole:].copy()

    def _add_rows(self, data: NDArray[np.uint8]) -> None:
        for first in range(0, data.size, _ROW_NBYTES):
            words = np.ascontiguousarray(data[first : first + _ROW_NBYTES]).view(np.uint64)
            self.add_row(int((words * _multipliers()).sum(dtype=np.uint64)))

    def add_row(self, total: int) -> None:
        """Take in the next row by its own sum, modulo 2**64."""
        self._sum += np.array([total % (1 << 64)], np.uint64) * _odd(self._rows)
        self._rows += 1

    def value(self, nbytes: int) -> int:
        """The checksum.

        Args:
            nbytes: How many were taken in; it is part of the sum, as the last row is filled up with zeros.
        """
        if self._left.size:
            self._add_rows(np.concatenate((self._left, np.zeros(_ROW_NBYTES - self._left.size, np.uint8))))
            self._left = np.empty(0, np.uint8)
        return (int(self._sum[0]) + nbytes) % (1 << 64)


def device_rows(data: "Tensor") -> list[int]:
    """Sums of the rows of some bytes, computed on the device that they are on.

    Args:
        data: uint8[n], contiguous, on any device that computes with int64; n is a multiple of a row, except at the end.

    Returns:
        One for each row, the last filled up with zeros; modulo 2**64, as signed numbers.
    """
    import torch  # noqa: PLC0415 - on the worker, when somebody asks for a device

    whole = data.numel() - data.numel() % _ROW_NBYTES
    multipliers = torch.from_numpy(_multipliers().view(np.int64)).to(data.device)
    sums: list[int] = []
    if whole:
        words = data[:whole].view(torch.int64).reshape(-1, ROW)
        sums += (words * multipliers).sum(dim=1).tolist()
    if whole < data.numel():
        last = torch.zeros(_ROW_NBYTES, dtype=torch.uint8, device=data.device)
        last[: data.numel() - whole] = data[whole:]
        sums.append(int((last.view(torch.int64) * multipliers).sum().item()))
    return sums


@cache
def _multipliers() -> NDArray[np.uint64]:
    return np.arange(1, ROW + 1, dtype=np.uint64) * _STEP | np.uint64(1)


def _odd(row: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return (np.array([row + 1], np.uint64) * _STEP) | np.uint64(1)
