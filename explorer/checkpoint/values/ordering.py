"""Arrays in the order of their indices, block by block."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.kinds import TensorKind


def spanned(kind: TensorKind) -> int:
    """Elements of its storage from the first one of a tensor, which is not empty, to its last."""
    return 1 + sum((size - 1) * step for size, step in zip(kind.stored_shape, kind.stride, strict=True))


def ordered_blocks(span: NDArray[np.uint8], kind: TensorKind, nbytes: int) -> Iterator[NDArray[np.uint8]]:
    """Copy an array in blocks, without ever having a second one of all of it.

    Args:
        span: All bytes from the first element on.
        kind: Of a tensor that is not empty.
        nbytes: Of a block, at most; of an element, at least.

    Yields:
        uint8 [at most nbytes].
    """
    itemsize = kind.element.itemsize
    steps = [step * itemsize for step in kind.stride]
    view = np.lib.stride_tricks.as_strided(span, (*kind.stored_shape, itemsize), (*steps, 1), writeable=False)
    # Along which dimension it is cut, so that all behind that fits into a block.
    cut = next(at for at in range(view.ndim) if math.prod(view.shape[at + 1 :]) <= nbytes)
    step = max(1, nbytes // math.prod(view.shape[cut + 1 :]))
    for above in np.ndindex(view.shape[:cut]):
        part = view[above]
        for first in range(0, len(part), step):
            yield np.ascontiguousarray(part[first : first + step]).reshape(-1)
