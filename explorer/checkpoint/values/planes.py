"""A tensor of any number of dimensions looked at as a table: which axes run down, which across, and what is fixed."""

import math
from dataclasses import dataclass
from typing import Final

MOST_TILED: Final = 64
"""Indices of an axis of a filter: what has more is no filter."""

Bounds = tuple[int, int]
"""The first index, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A table of the elements of a tensor.

    Where several axes run the same way, the last of them runs fastest: a filter's rows stand below one another, then
    those of the next.

    Attributes:
        shape: Of the tensor's stored values.
        down: Axes that run down; none for a single row.
        across: Axes that run across; none for a single column.
        at: An index for each axis. Those of `down` and `across` do not matter.
    """

    shape: tuple[int, ...]
    down: tuple[int, ...]
    across: tuple[int, ...]
    at: tuple[int, ...]

    @property
    def height(self) -> int:
        """Rows."""
        return math.prod(self.shape[axis] for axis in self.down)

    @property
    def width(self) -> int:
        """Columns."""
        return math.prod(self.shape[axis] for axis in self.across)

    @property
    def fixed(self) -> tuple[int, ...]:
        """Axes of which one index is looked at, and that have others."""
        shown = {*self.down, *self.across}
        return tuple(axis for axis, size in enumerate(self.shape) if axis not in shown and size > 1)

    @property
    def tile(self) -> tuple[int, int]:
        """Rows and columns of a filter; 1 where one axis runs that way."""
        return tuple(math.prod(self.shape[axis] for axis in axes[1:]) for axes in (self.down, self.across))  # type: ignore[return-value]

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """The index in the tensor of what stands at a row and a column of the table."""
        index = list(self.at)
        for axes, place in ((self.down, row), (self.across, column)):
            left = place
            for axis in reversed(axes):
                left, index[axis] = divmod(left, self.shape[axis])
        return tuple(index)

    def place(self, index: tuple[int, ...]) -> tuple[int, int]:
        """The inverse of `index`: row and column, in the table that has that element."""
        row, column = 0, 0
        for axis in self.down:
            row = row * self.shape[axis] + index[axis]
        for axis in self.across:
            column = column * self.shape[axis] + index[axis]
        return row, column

    def through(self, index: tuple[int, ...]) -> "Plane":
        """The table of the same axes that has that element."""
        return Plane(self.shape, self.down, self.across, index)

    def with_down(self, axis: int) -> "Plane":
        """The table in which that axis alone runs down; where it ran across, what ran down does so now."""
        across = self.across
        if axis in across:
            free = next((other for other in range(len(self.shape)) if other != axis), None)
            across = self.down if len(self.down) == 1 else () if free is None else (free,)
        return Plane(self.shape, (axis,), across, self.at)

    def with_across(self, axis: int) -> "Plane":
        """The table in which that axis alone runs across; see `with_down`."""
        return self.turned().with_down(axis).turned()

    def turned(self) -> "Plane":
        """The same with rows and columns exchanged."""
        return Plane(self.shape, self.across, self.down, self.at)


def first_plane(shape: tuple[int, ...]) -> Plane:
    """The table to begin with: rows along the first axis, or filters side by side where that is what a tensor has.

    Args:
        shape: Of a tensor's stored values.
    """
    at = (0,) * len(shape)
    if not shape:
        return Plane(shape, (), (), at)
    if len(shape) == 1:
        return Plane(shape, (), (0,), at)
    return tiled_plane(shape) or Plane(shape, (0,), (1,), at)


def tiled_plane(shape: tuple[int, ...]) -> Plane | None:
    """The filters of a convolution as a gallery: output channels down, input channels across.

    Args:
        shape: Of a tensor's stored values: channels, channels, and the sizes of the filters.

    Returns:
        None where there are no filters, or filters of one element.
    """
    sizes = shape[2:]
    if not sizes or len(sizes) > 3 or math.prod(sizes) == 1 or max(sizes) > MOST_TILED:
        return None
    at = (0,) * len(shape)
    if len(sizes) == 1:
        return Plane(shape, (0,), (1, 2), at)
    return Plane(shape, (0, *range(2, len(shape) - 1)), (1, len(shape) - 1), at)
