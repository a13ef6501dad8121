"""Parts of a tensor: the elements between two indices along each axis, however they lie in the file."""

import math
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.values.decode import Array
from explorer.checkpoint.values.planes import Bounds, Plane

if TYPE_CHECKING:
    from explorer.checkpoint.values.reading import Values

GAP: Final = 1 << 14
"""Bytes between two wanted ones that are read with them: they take less time than another read."""

SPARSE: Final = 4
"""What lies over less than so many times the room of its elements is read at once, too."""

LONGEST: Final = 1 << 22
"""Bytes that are read at once, but for a single element."""


def read_plane(values: "Values", tensor: TensorInfo, plane: Plane, rows: Bounds, columns: Bounds) -> Array:
    """Read the numbers of a part of a table.

    Args:
        values: Of the checkpoint that the tensor is of.
        tensor: Its stored values are looked at.
        plane: The table.
        rows: Which of its rows.
        columns: Which of its columns.

    Returns:
        [rows, columns], as `Values.blocks` gives numbers.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
        IndexError: The table has no such part.
    """
    lows, highs = _box(plane, rows, columns)
    sizes = [high - low for low, high in zip(lows, highs, strict=True)]
    raw = _read_box(values, tensor, lows, highs)
    quantization = tensor.kind.quantization
    channels = np.zeros(1, np.int64)
    if quantization is not None and quantization.axis is not None:
        along = [1] * len(sizes)
        along[quantization.axis] = -1
        axis = quantization.axis
        channels = np.broadcast_to(np.arange(lows[axis], highs[axis]).reshape(along), sizes).reshape(-1)
    numbers = values.decoder(tensor).numbers(raw.reshape(-1), channels).reshape(sizes)
    return _as_table(numbers, plane, rows, columns, lows)


def read_plane_bits(
    values: "Values", tensor: TensorInfo, plane: Plane, rows: Bounds, columns: Bounds
) -> NDArray[np.uint8]:
    """Read the stored bits of a part of a table; see `read_plane`.

    Returns:
        uint8 [rows, columns, itemsize], the most significant byte first; of complex numbers, that of each part.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
        IndexError: The table has no such part.
    """
    lows, highs = _box(plane, rows, columns)
    raw = _read_box(values, tensor, lows, highs)
    if values.byteorder(tensor) == "little":
        parts = 2 if DTYPES[tensor.kind.dtype].family == "complex" else 1
        raw = raw.reshape(*raw.shape[:-1], parts, -1)[..., ::-1].reshape(raw.shape)
    return _as_table(raw, plane, rows, columns, lows)


def _box(plane: Plane, rows: Bounds, columns: Bounds) -> tuple[list[int], list[int]]:
    """The smallest box that holds a part of a table: the first index along each axis, and the one behind the last."""
    if not (0 <= rows[0] < rows[1] <= plane.height and 0 <= columns[0] < columns[1] <= plane.width):
        raise IndexError(f"rows {rows} and columns {columns} of {plane.height} × {plane.width}")
    lows, highs = list(plane.at), [index + 1 for index in plane.at]
    for axes, (first, end) in ((plane.down, rows), (plane.across, columns)):
        low, high = first, end - 1
        whole = False
        # From the slowest axis on: below one that has several indices, all of the faster ones are in the box.
        inner = math.prod(plane.shape[axis] for axis in axes)
        for axis in axes:
            inner //= plane.shape[axis]
            lows[axis], low = (0, low) if whole else divmod(low, inner)
            last, high = (plane.shape[axis] - 1, high) if whole else divmod(high, inner)
            highs[axis] = last + 1
            whole = whole or last > lows[axis]
    return lows, highs


def _as_table(numbers: NDArray[np.generic], plane: Plane, rows: Bounds, columns: Bounds, lows: list[int]) -> Array:
    """Cut the wanted part out of a box: [axes ..., bytes of an element?] -> [rows, columns, bytes?]."""
    dimensions = len(plane.shape)
    rest = [axis for axis in range(dimensions) if axis not in plane.down and axis not in plane.across]
    tail = list(range(dimensions, numbers.ndim))
    sizes = numbers.shape
    high, wide = (math.prod(sizes[axis] for axis in axes) for axes in (plane.down, plane.across))
    table = numbers.transpose(*rest, *plane.down, *plane.across, *tail).reshape(high, wide, *sizes[dimensions:])
    top, left = plane.place(tuple(lows))
    return table[rows[0] - top : rows[1] - top, columns[0] - left : columns[1] - left]


def _read_box(values: "Values", tensor: TensorInfo, lows: list[int], highs: list[int]) -> NDArray[np.uint8]:
    """Read the stored bytes of a box.

    Returns:
        uint8 [indices along each axis ..., itemsize].
    """
    stride, itemsize = tensor.kind.stride, tensor.kind.element.itemsize
    if itemsize == 0:
        raise CheckpointError("The values cannot be read", "nothing is known of them")
    sizes = [high - low for low, high in zip(lows, highs, strict=True)]
    first = tensor.offset + sum(low * step for low, step in zip(lows, stride, strict=True))
    if _lies_in_order(sizes, stride) and math.prod(sizes) * itemsize <= LONGEST:
        whole = values.elements(tensor, first, math.prod(sizes)).reshape(*sizes, itemsize)
        values.check_unchanged()
        return whole
    box = np.empty((*sizes, itemsize), np.uint8)
    # Repeats of an expanded view are read once, and copied.
    distinct = tuple(slice(0, 1) if step == 0 else slice(None) for step in stride)
    _fill(values, tensor, box[distinct], first)
    for axis, step in enumerate(stride):
        if step == 0 and sizes[axis] > 1:
            box[(slice(None),) * axis + (slice(1, None),)] = box[(slice(None),) * axis + (slice(0, 1),)]
    values.check_unchanged()
    return box


def _lies_in_order(sizes: list[int], stride: tuple[int, ...]) -> bool:
    """Whether the elements of a box lie side by side in the order of their indices."""
    step = 1
    for size, given in zip(reversed(sizes), reversed(stride), strict=True):
        if size > 1 and given != step:
            return False
        step *= size
    return True


def _fill(values: "Values", tensor: TensorInfo, target: NDArray[np.uint8], first: int) -> None:
    """Read what begins at an element of the storage, in as many reads as its stride makes sensible."""
    stride, sizes = tensor.kind.stride, target.shape[:-1]
    order = sorted((axis for axis, size in enumerate(sizes) if size > 1), key=lambda axis: -stride[axis])
    itemsize = tensor.kind.element.itemsize
    apart = next(place for place in range(len(order) + 1) if _near_together(order[place:], sizes, stride, itemsize))
    outer, inner = order[:apart], order[apart:]
    for index in product(*(range(sizes[axis]) for axis in outer)):
        part = [slice(None)] * len(sizes)
        for axis, place in zip(outer, index, strict=True):
            part[axis] = slice(place, place + 1)
        skipped = sum(stride[axis] * place for axis, place in zip(outer, index, strict=True))
        _fill_runs(values, tensor, target[tuple(part)], first + skipped, inner)


def _near_together(order: list[int], sizes: tuple[int, ...], stride: tuple[int, ...], itemsize: int) -> bool:
    """Whether along these axes, the widest step first, it is sensible to read what lies between the elements too."""
    spans = [1 + sum((sizes[axis] - 1) * stride[axis] for axis in order[place:]) for place in range(len(order) + 1)]
    gaps = (stride[axis] - span for axis, span in zip(order, spans[1:], strict=True))
    return spans[0] <= SPARSE * math.prod(sizes[axis] for axis in order) or max(gaps, default=0) * itemsize <= GAP


def _fill_runs(values: "Values", tensor: TensorInfo, target: NDArray[np.uint8], first: int, order: list[int]) -> None:
    """Read what lies near together, in runs of bounded length."""
    stride, itemsize = tensor.kind.stride, tensor.kind.element.itemsize
    sizes = target.shape[:-1]
    span = 1 + sum((sizes[axis] - 1) * stride[axis] for axis in order)
    if not order or span * itemsize <= LONGEST:
        raw = values.elements(tensor, first, span)
        steps = (*(step * itemsize for step in stride), 1)
        target[...] = np.lib.stride_tricks.as_strided(raw, target.shape, steps, writeable=False)
        return
    widest, rest = order[0], order[1:]
    below = 1 + sum((sizes[axis] - 1) * stride[axis] for axis in rest)
    together = max(1, (LONGEST // itemsize - below) // stride[widest] + 1)
    for begin in range(0, sizes[widest], together):
        end = min(begin + together, sizes[widest])
        part = target[(slice(None),) * widest + (slice(begin, end),)]
        _fill_runs(values, tensor, part, first + begin * stride[widest], order if end - begin > 1 else rest)
