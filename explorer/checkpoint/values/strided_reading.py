"""Reads a view of which the elements may lie far apart, in as many reads as its strides make sensible."""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SPARSE: Final = 4
"""What lies in a file over more than so many times the room of its elements is read in parts."""

_TOGETHER: Final = 1 << 16
"""Elements that are read at once, however far apart the wanted ones among them lie."""

Read = Callable[[int, int], NDArray[np.uint8]]
"""Reads exactly so many bytes, from a byte on. Raises CheckpointError."""


def read_view(
    target: NDArray[np.uint8], sizes: Sequence[int], stride: Sequence[int], first: int, itemsize: int, read: Read
) -> None:
    """Read the bytes of a view, in the order of its indices.

    Args:
        target: uint8 [*sizes, itemsize], to write to.
        sizes: Elements along each dimension, none of them 0.
        stride: Elements from one index to the next.
        first: The element that the view begins with.
        itemsize: Bytes of an element.
        read: Reads from where elements are counted from.

    Raises:
        CheckpointError: By `read`.
    """
    span = _span(sizes, stride)
    if span <= max(_TOGETHER, _SPARSE * math.prod(sizes)):
        raw = read(first * itemsize, span * itemsize)
        steps = tuple(step * itemsize for step in stride)
        target[...] = np.lib.stride_tricks.as_strided(raw, (*sizes, itemsize), (*steps, 1), writeable=False)
        return
    # Along the widest steps one index after the other: what lies between them is not read.
    inner = len(sizes)
    order = sorted(range(inner), key=lambda axis: -stride[axis])
    apart: list[int] = []
    for axis in order:
        apart.append(axis)
        left = [place for place in range(inner) if place not in apart]
        span = _span([sizes[place] for place in left], [stride[place] for place in left])
        if span <= max(_TOGETHER, _SPARSE * math.prod(sizes[place] for place in left)):
            break
    one = tuple(1 if axis in apart else size for axis, size in enumerate(sizes))
    for index in product(*(range(sizes[axis]) for axis in apart)):
        at = dict(zip(apart, index, strict=True))
        part = tuple(slice(at[axis], at[axis] + 1) if axis in at else slice(None) for axis in range(inner))
        skipped = sum(at[axis] * stride[axis] for axis in apart)
        read_view(target[part], one, stride, first + skipped, itemsize, read)


def _span(sizes: Sequence[int], stride: Sequence[int]) -> int:
    """Elements from the first to the last."""
    return 1 + sum((size - 1) * step for size, step in zip(sizes, stride, strict=True))
