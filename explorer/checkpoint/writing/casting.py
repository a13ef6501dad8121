"""Casts blocks of floating numbers as PyTorch does, and counts what is lost."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.plan import Cast

Bytes = NDArray[np.uint8]


class Caster:
    """Casts, with torch, which it imports when it is made.

    Attributes:
        overflowed: Values beyond the largest of the dtype: they are infinite, NaN, or, where PyTorch saturates, that
            largest one. Infinities count where they no longer are.
        flushed: Values that were not 0, and are.
        unsigned: Values that were negative or 0, and are positive, since the dtype has neither signs nor 0.
    """

    def __init__(self, dtype: str, byteorder: Literal["little", "big"], *, counting: bool = True) -> None:
        """Cast to a dtype.

        Args:
            dtype: Of `CAST_TO`.
            byteorder: Of the numbers, before and after.
            counting: Count what is lost, too.

        Raises:
            CheckpointError: The PyTorch that is installed does not have it.
        """
        import torch  # noqa: PLC0415 - it takes seconds, and only a cast needs it

        self._torch: Any = torch
        self._counting = counting
        self._big = byteorder == "big"
        self._after = self._dtype(dtype)
        self._largest: float = torch.finfo(self._after).max
        self.overflowed = self.flushed = self.unsigned = 0

    def cast(self, block: Bytes, cast: Cast) -> Bytes:
        """Cast a block.

        Args:
            block: uint8 [elements * itemsize before].
            cast: From what to what.

        Returns:
            uint8 [elements * itemsize after].
        """
        torch = self._torch
        before = torch.from_numpy(np.array(self._swapped(block, cast.before))).view(self._dtype(cast.before))
        after = before.to(self._after)
        if self._counting:
            # Not every small dtype can be compared; all can become float64 or float32, exactly.
            wide, cut = (each.to(torch.float64) for each in (before, after))
            lost = wide.isfinite() | ~cut.isinf()
            self.overflowed += int(((wide.abs() > self._largest) & lost).sum())
            self.flushed += int(((wide != 0) & (cut == 0)).sum())
            self.unsigned += int(((wide <= 0) & (cut > 0)).sum())
        cast_bytes: Bytes = after.view(torch.uint8).numpy()
        return self._swapped(cast_bytes, cast.after)

    @property
    def saturates(self) -> float | None:
        """What becomes of values that are too large, but for their sign; None where they are infinite or NaN."""
        made = float(self._torch.tensor(4 * self._largest, dtype=self._torch.float64).to(self._after))
        return made if math.isfinite(made) else None

    def _swapped(self, block: Bytes, dtype: str) -> Bytes:
        itemsize = DTYPES[dtype].itemsize
        if not self._big or itemsize == 1:
            return block
        return block.view(f"u{itemsize}").byteswap().view(np.uint8)

    def _dtype(self, name: str) -> Any:  # noqa: ANN401 - a torch.dtype
        dtype = getattr(self._torch, name, None)
        if dtype is None:
            why = f"the PyTorch that is installed, {self._torch.__version__}, has no {name}"
            raise CheckpointError("The tensors cannot be cast", why, "update PyTorch", verdict="unsupported")
        return dtype
