"""Singular values of a matrix that comes in blocks of rows: of each step no more than a few blocks are in memory.

By PyTorch, which takes as many threads as it is told to: NumPy takes all there are, and is many times slower where some
of them have other work. It is imported when values are first asked for, which takes a second or more.
"""

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array

if TYPE_CHECKING:
    import torch

LARGEST: Final = 64
"""Singular values that `largest_values` gives."""
PASSES: Final = 8
"""Times that it has all blocks."""


class Blocks(Protocol):
    """Walks over a matrix."""

    def __call__(self, passed: int) -> Iterator[Array]:
        """Its rows in order, in blocks [n, width] of floats or complex numbers.

        Args:
            passed: Walks before this one.
        """
        ...


def all_values(blocks: Blocks) -> NDArray[np.float64]:
    """All singular values: those of the triangle that is left of the rows so far, block by block (QR).

    Args:
        blocks: Of float64 or complex128; each, but the last, of as many rows as it is wide, or more.

    Returns:
        float64, falling.
    """
    import torch  # noqa: PLC0415 - takes a second or more

    _take_some_threads()
    return _values_of(torch.from_numpy(block) for block in blocks(0))


def largest_values(blocks: Blocks, width: int) -> NDArray[np.float64]:
    """The largest singular values, from how the matrix acts on a Krylov space of random directions.

    C. Musco and C. Musco, "Randomized block Krylov methods for stronger and faster approximate singular value
    decomposition", NeurIPS 2015, algorithm 2. The directions are the same each time.

    Args:
        blocks: Of float32 or float64, or complex numbers of those, in which products are taken; walked `PASSES` times.
        width: Columns.

    Returns:
        float64[LARGEST], falling: none is above the true one. Of a matrix of pure noise, where neighbours are hard to
        tell apart, the first is too small by less than 0.1 % and the last by about 1 %.
    """
    import torch  # noqa: PLC0415 - takes a second or more

    _take_some_threads()
    random = np.random.default_rng(0).standard_normal((width, LARGEST), dtype=np.float32)
    basis = torch.linalg.qr(torch.from_numpy(random))[0]
    newest = basis
    for passed in range(PASSES - 1):
        together = None
        for block in map(torch.from_numpy, blocks(passed)):
            newest = newest.to(block.dtype)
            part = block.mH @ (block @ newest)
            together = part if together is None else together + part
        if together is None:
            break
        basis = basis.to(together.dtype)
        for _ in range(2):
            # Once leaves what rounding put there.
            together = together - basis @ (basis.mH @ together)
        newest = torch.linalg.qr(together)[0]
        basis = torch.cat((basis, newest), dim=1)
    # Where the matrix is of low rank, rounding has turned the last of them towards the first.
    basis = torch.linalg.qr(basis)[0]
    images = (_precise(block @ basis.to(block.dtype)) for block in map(torch.from_numpy, blocks(PASSES - 1)))
    return _values_of(images)[:LARGEST]


def _values_of(blocks: "Iterable[torch.Tensor]") -> NDArray[np.float64]:
    import torch  # noqa: PLC0415 - takes a second or more

    left: torch.Tensor | None = None
    for block in blocks:
        left = block if left is None else torch.cat((left, block))
        if left.shape[0] > left.shape[1]:
            left = torch.linalg.qr(left, mode="r")[1]
    assert left is not None  # noqa: S101 - a matrix has rows
    found: NDArray[np.float64] = torch.linalg.svdvals(left).numpy()
    return found


def _precise(block: "torch.Tensor") -> "torch.Tensor":
    import torch  # noqa: PLC0415 - takes a second or more

    return block.to(torch.complex128 if block.is_complex() else torch.float64)


def _take_some_threads() -> None:
    import torch  # noqa: PLC0415 - takes a second or more

    # The window and what measures tensors need the others.
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))
