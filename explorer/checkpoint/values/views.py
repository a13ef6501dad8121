"""How the elements of a view lie in its storage: walked along, cut into pieces, counted."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import TensorInfo


class Dim(NamedTuple):
    """A dimension that is walked along.

    Attributes:
        size: Its indices.
        step: Elements from one index to the next.
        is_axis: Each of its indices is a channel with a scale of its own.
    """

    size: int
    step: int
    is_axis: bool = False


class Piece(NamedTuple):
    """A view, or a part of one.

    Attributes:
        start: Its first element in the storage.
        channel: Of its first element.
        dims: The widest step first.
    """

    start: int
    channel: int
    dims: list[Dim]

    def channels(self, first: int, count: int) -> NDArray[np.int64]:
        """The channel of each of its elements from the first on: [count], or [1] where it is the same for all."""
        for place, dim in enumerate(self.dims):
            if dim.is_axis:
                inside = math.prod(inner.size for inner in self.dims[place + 1 :])
                return self.channel + np.arange(first, first + count) // inside % dim.size
        return np.array([self.channel])

    def places(self, first: int, count: int) -> NDArray[np.int64]:
        """Where its elements from the first on lie in the storage: [count]."""
        left = np.arange(first, first + count, dtype=np.int64)
        places = np.full(count, self.start, np.int64)
        for dim in reversed(self.dims[1:]):
            outer = left // dim.size
            places += (left - outer * dim.size) * dim.step
            left = outer
        return places + left * self.dims[0].step if self.dims else places


def multiplicity(tensor: TensorInfo) -> int:
    """How often an expanded view (stride 0) repeats each of its values."""
    kind = tensor.kind
    if 0 in kind.stored_shape:
        return 1
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step == 0)


def distinct_numel(tensor: TensorInfo) -> int:
    """Elements that `Values.blocks` gives: those stored, without the repeats of an expanded view."""
    kind = tensor.kind
    if 0 in kind.stored_shape:
        return 0
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step != 0)


def dims_of(tensor: TensorInfo) -> list[Dim]:
    """Each dimension that matters, the widest step first, merged where they join."""
    kind = tensor.kind
    axis = None if kind.quantization is None else kind.quantization.axis
    dims = [
        Dim(size, step, place == axis)
        for place, (size, step) in enumerate(zip(kind.stored_shape, kind.stride, strict=True))
        if size == 0 or (size > 1 and step > 0)
    ]
    merged: list[Dim] = []
    for dim in sorted(dims, key=lambda dim: -dim.step):
        last = merged[-1] if merged else None
        if last is not None and last.step == dim.size * dim.step and not (last.is_axis or dim.is_axis):
            merged[-1] = Dim(last.size * dim.size, dim.step)
        else:
            merged.append(dim)
    return merged


def side_by_side(dims: list[Dim]) -> bool:
    """Tell whether nothing lies between the elements."""
    return not dims or (len(dims) == 1 and dims[0].step == 1)


def extent(dims: list[Dim]) -> int:
    """Elements of the storage from the first to the last."""
    return 1 + sum((dim.size - 1) * dim.step for dim in dims)


def pieces(whole: Piece, longest: int) -> Iterator[Piece]:
    """Cut a view into parts that span at most `longest` elements."""
    start, channel, dims = whole
    if any(dim.size == 0 for dim in dims):
        return
    if extent(dims) <= longest:
        yield whole
        return
    (size, step, is_axis), inner = dims[0], dims[1:]
    together = max(1, min(size, (longest - extent(inner)) // step + 1))
    for first in range(0, size, together):
        count = min(together, size - first)
        part = inner if count == 1 else [Dim(count, step, is_axis), *inner]
        yield from pieces(Piece(start + first * step, channel + first * is_axis, part), longest)
