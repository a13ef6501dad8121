"""How a walk over a tensor goes through its rows and channels, however its values lie in the file."""

import math
from typing import Final, NamedTuple

from explorer.checkpoint.kinds import TensorKind

MOST: Final = 1 << 20
"""Rows, and elements of a stretch, that are looked at: what is kept of each must not fill the memory."""


class Form(NamedTuple):
    """How a walk goes through the rows and channels of a tensor.

    A row is an index of the first dimension, a channel one of the second. The one that changes more slowly is gone
    through in stretches: those of all its indices, and then `around` again.

    Attributes:
        rows: Indices of the first dimension.
        channels: Indices of the second.
        inside: Elements of a row that belong to one channel.
        around: How often the slower of both is gone through.
        between: How often the faster one is, in a stretch.
        turned: The channels change more slowly than the rows.
    """

    rows: int
    channels: int
    inside: int
    around: int = 1
    between: int = 1
    turned: bool = False

    @property
    def numel(self) -> int:
        """Elements of the tensor."""
        return self.rows * self.channels * self.inside

    @property
    def slow(self) -> int:
        """Indices of the slower of both."""
        return self.channels if self.turned else self.rows

    @property
    def fast(self) -> int:
        """Indices of the faster."""
        return self.rows if self.turned else self.channels

    @property
    def length(self) -> int:
        """Elements of a stretch."""
        return self.fast * self.inside // self.around

    @property
    def stretch(self) -> tuple[int, int, int]:
        """The same, cut: the second is the index of the faster one."""
        return self.between, self.fast, self.inside // (self.around * self.between)


def form_of(kind: TensorKind) -> Form | None:
    """How a tensor is walked through.

    None for one that has no rows, or too many, or values that are no plain floats, one for each index.
    """
    shape = kind.shape
    if len(shape) < 2 or kind.element.family != "float" or 0 in shape:
        return None
    axes = walked_axes(kind)
    if axes is None:
        return None
    # A dimension of one index is nowhere in the walk.
    order = list(axes) if 0 in axes else [0, *axes]
    if 1 not in order:
        order.insert(order.index(0) + 1, 1)
    slow, fast = sorted((order.index(0), order.index(1)))
    around = math.prod(shape[axis] for axis in order[:slow])
    between = math.prod(shape[axis] for axis in order[slow + 1 : fast])
    form = Form(shape[0], shape[1], math.prod(shape[2:]), around, between, turned=order[slow] == 1)
    return form if form.slow <= MOST and form.length <= MOST else None


def walked_axes(kind: TensorKind) -> tuple[int, ...] | None:
    """The dimensions of more than one index, the one first whose index changes most slowly in a walk.

    None where a walk does not give one value for each index: of sparse tensors, and of expanded views.
    """
    if kind.layout != "strided":
        return None
    axes = [axis for axis, size in enumerate(kind.stored_shape) if size > 1]
    if any(kind.stride[axis] == 0 for axis in axes):
        return None
    return tuple(sorted(axes, key=lambda axis: -kind.stride[axis]))
