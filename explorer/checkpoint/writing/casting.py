"""Casts blocks of floating numbers as PyTorch does, and counts what is lost."""

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
        overflowed: Values that were finite, and no longer are.
        flushed: Values that were not 0, and are.
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
        self.overflowed = self.flushed = 0

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
            self.overflowed += int((wide.isfinite() & ~cut.isfinite()).sum())
            self.flushed += int(((wide != 0) & (cut == 0)).sum())
        cast_bytes: Bytes = after.view(torch.uint8).numpy()
        return self._swapped(cast_bytes, cast.after)

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
