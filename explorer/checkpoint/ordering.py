"""Arrays in the order of their indices, block by block."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def ordered_blocks(
    span: NDArray[np.uint8], shape: Sequence[int], stride: Sequence[int], itemsize: int, nbytes: int
) -> Iterator[NDArray[np.uint8]]:
    """Copy an array in blocks, without ever having a second one of all of it.

    Args:
        span: All bytes from the first element on.
        shape: Without a 0.
        stride: Elements from one index to the next.
        itemsize: Bytes of an element.
        nbytes: Of a block, at most; of an element, at least.

    Yields:
        uint8 [at most nbytes].
    """
    steps = [step * itemsize for step in stride]
    view = np.lib.stride_tricks.as_strided(span, (*shape, itemsize), (*steps, 1), writeable=False)
    # Along which dimension it is cut, so that all behind that fits into a block.
    cut = next(at for at in range(view.ndim) if math.prod(view.shape[at + 1 :]) <= nbytes)
    step = max(1, nbytes // math.prod(view.shape[cut + 1 :]))
    for above in np.ndindex(view.shape[:cut]):
        part = view[above]
        for first in range(0, len(part), step):
            yield np.ascontiguousarray(part[first : first + step]).reshape(-1)
