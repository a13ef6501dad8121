"""How the values of each channel of a tensor are distributed, for every index along one of its dimensions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import real_floats
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.values.planes import Bounds, Plane
from explorer.checkpoint.values.region_values import read_plane

if TYPE_CHECKING:
    from explorer.checkpoint.values.reading import Values
    from explorer.progress import Report

Figure = Literal["min", "1 %", "5 %", "25 %", "median", "75 %", "95 %", "99 %", "max", "mean", "std", "norm"]
FIGURES: Final[tuple[Figure, ...]] = get_args(Figure)
"""What is told of a channel's finite values; the norm is the root of the sum of their squares."""

_SHARES: Final = np.array([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
_TOGETHER: Final = 1 << 19
"""Values that are sorted at once: 2 MiB of float32."""
_APART: Final = 1 << 24
"""Values that are read at once where those of a channel lie apart: fewer would be read again and again."""
_LONGEST: Final = 1 << 24
"""Values of a channel that are sorted; of a longer one every so many-th."""
_FAST: Final = 1 << 24
"""Of more values than this some make a first picture."""
_SAMPLE: Final = 1 << 22
"""Values of a sample, at most, and of a part of a longer channel."""


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """Figures of every channel along a dimension.

    Attributes:
        axis: The dimension.
        width: Values of a channel.
        figures: float64[channels, len(FIGURES)], of the finite values; NaN where there is none. Quantiles lie between
            neighbours as `numpy.quantile` has them by default.
        odd: int64[channels, 3]: how many values are NaN, +Inf and -Inf.
        step: Quantiles are those of every so many-th value: 1 where they are exact, as all else is.
        sampled: Values of a channel that all of it is of; 0 where that is all of them.
    """

    axis: int
    width: int
    figures: NDArray[np.float64]
    odd: NDArray[np.int64]
    step: int = 1
    sampled: int = 0

    def __len__(self) -> int:
        return len(self.figures)

    def column(self, figure: Figure) -> NDArray[np.float64]:
        """One figure of every channel: float64[channels]."""
        return self.figures[:, FIGURES.index(figure)]


class Envelope(NamedTuple):
    """Channels as they are drawn: where there are more than pixels, one column stands for several.

    Attributes:
        firsts: int64[k], the place of the first channel of each.
        lows: float64[k, 4], the smallest of the minimum, the 5 %, the 25 % and the median; NaN where there is none.
        highs: float64[k, 4], the largest of the maximum, the 95 %, the 75 % and the median.
        norms: float64[k, 2], the smallest and the largest norm.
    """

    firsts: NDArray[np.int64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    norms: NDArray[np.float64]


_DRAWN: Final = [FIGURES.index(name) for name in ("min", "5 %", "25 %", "median", "75 %", "95 %", "max", "norm")]
_LOWS, _HIGHS = [0, 1, 2, 3, 7], [6, 5, 4, 3, 7]


def drawn_figures(found: Channels, order: NDArray[np.int64]) -> NDArray[np.float64]:
    """What `envelope` takes: float64[channels, 8].

    Args:
        found: The channels.
        order: int64[channels], as of `order_of`.
    """
    return found.figures[:, _DRAWN][order]


def envelope(figures: NDArray[np.float64], first: int, end: int, together: int) -> Envelope:
    """Put channels together.

    Args:
        figures: As of `drawn_figures`.
        first: The first place in the order.
        end: One after the last, above `first`.
        together: So many become one column; the last may have fewer.
    """
    firsts = np.arange(first, end, together)
    some = figures[first:end]
    lows = np.fmin.reduceat(some, firsts - first)[:, _LOWS]
    highs = np.fmax.reduceat(some, firsts - first)[:, _HIGHS]
    return Envelope(firsts, lows[:, :4], highs[:, :4], np.stack((lows[:, 4], highs[:, 4]), axis=1))


def order_of(found: Channels, by: Figure | None) -> NDArray[np.int64]:
    """Channels from the largest figure to the smallest, those without one last; None for the order of their indices."""
    if by is None:
        return np.arange(len(found))
    return np.argsort(-found.column(by), kind="stable")


def channels_of(values: "Values", tensor: TensorInfo, axis: int, report: "Report") -> Channels:
    """Read a tensor in blocks, and work out the figures of its channels.

    Args:
        values: Of the checkpoint that the tensor is of.
        tensor: Whose stored values are looked at: of complex ones the magnitude, booleans as 0 and 1.
        axis: The dimension whose indices are the channels; what is kept of each fills memory.
        report: Told the values that were read; raises `Cancelled`.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
    """
    shape = tensor.kind.stored_shape
    others = tuple(other for other in range(len(shape)) if other != axis)
    plane = Plane(shape, (axis,), others, (0,) * len(shape))
    high, width = plane.height, plane.width
    step = 1 if width <= _LONGEST else -(-width // _SAMPLE)
    found = Channels(axis, width, np.full((high, len(FIGURES)), np.nan), np.zeros((high, 3), np.int64), step)
    for top, bottom in _cuts(high, max(1, _room(tensor, axis) // width)):
        sums = _Sums(bottom - top)
        kept: list[NDArray[np.floating]] = []
        for left, right in _cuts(width, width if step == 1 else _SAMPLE // step * step):
            report(top * width + (bottom - top) * left, high * width, "reading values")
            block = real_floats(read_plane(values, tensor, plane, (top, bottom), (left, right)))
            if step > 1:
                kept.append(block[:, ::step])
                sums.take(slice(None), block)
                continue
            for first, end in _cuts(bottom - top, max(1, _TOGETHER // width)):
                sums.take(slice(first, end), block[first:end])
                found.figures[top + first : top + end, 1:8] = _quantiles(np.sort(block[first:end], axis=1))
        if kept:
            found.figures[top:bottom, 1:8] = _quantiles(np.sort(np.concatenate(kept, axis=1), axis=1))
        sums.tell(found, slice(top, bottom))
    return found


def first_look(values: "Values", tensor: TensorInfo, axis: int, report: "Report") -> Channels | None:
    """Work out the figures of some values of each channel, for a first picture of a large tensor.

    They are those at evenly spaced indices along the dimension that is slowest in the file.

    Args:
        values: As of `channels_of`, like the others.
        tensor: Likewise.
        axis: Likewise.
        report: Likewise.

    Returns:
        None where the whole takes about as long: the tensor is small, or its channels lie one behind the other.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
    """
    shape, stride = tensor.kind.stored_shape, tensor.kind.stride
    slowest = max(range(len(shape)), key=lambda other: stride[other] * (shape[other] > 1))
    if slowest == axis or tensor.kind.stored_numel <= _FAST:
        return None
    rest = tuple(other for other in range(len(shape)) if other not in (axis, slowest))
    plane = Plane(shape, (axis,), rest, (0,) * len(shape))
    count = min(shape[slowest], max(1, _SAMPLE // (plane.height * plane.width)))
    if plane.height * plane.width > _APART:
        return None
    parts = []
    for number in range(count):
        report(number, count, "reading values")
        at = [0] * len(shape)
        at[slowest] = (2 * number + 1) * shape[slowest] // (2 * count)
        parts.append(
            real_floats(read_plane(values, tensor, plane.through(tuple(at)), (0, plane.height), (0, plane.width)))
        )
    block = np.concatenate(parts, axis=1)
    shown = (plane.height, len(FIGURES))
    found = Channels(
        axis, block.shape[1] // count * shape[slowest], np.empty(shown), np.zeros((plane.height, 3), np.int64)
    )
    sums = _Sums(plane.height)
    sums.take(slice(None), block)
    found.figures[:, 1:8] = _quantiles(np.sort(block, axis=1))
    sums.tell(found, slice(None))
    return replace(found, sampled=block.shape[1])


def _room(tensor: TensorInfo, axis: int) -> int:
    """How many values are read at once."""
    widest = max(step for step, size in zip(tensor.kind.stride, tensor.kind.stored_shape, strict=True) if size > 0)
    return _TOGETHER if tensor.kind.stride[axis] == widest else _APART


def _cuts(size: int, most: int) -> Iterator[Bounds]:
    for first in range(0, size, most):
        yield first, min(first + most, size)


def _quantiles(ordered: NDArray[np.floating]) -> NDArray[np.float64]:
    """Quantiles of the finite values of sorted rows, with NaN at their ends: float64[rows, 7]."""
    below = np.zeros(len(ordered), np.int64)
    if (ordered[:, 0] == -np.inf).any():
        below = (ordered == -np.inf).sum(axis=1)
    finite = np.full(len(ordered), ordered.shape[1]) - below
    if not np.isfinite(ordered[:, -1]).all():
        finite = np.isfinite(ordered).sum(axis=1)
    places = _SHARES * np.maximum(finite - 1, 0)[:, np.newaxis]
    lower = np.floor(places).astype(np.int64)
    upper = np.minimum(lower + 1, np.maximum(finite - 1, 0)[:, np.newaxis])
    part = places - lower
    last = ordered.shape[1] - 1
    low, high = (
        np.take_along_axis(ordered, np.minimum(at + below[:, np.newaxis], last), axis=1).astype(np.float64)
        for at in (lower, upper)
    )
    with np.errstate(invalid="ignore"):
        # Products, because the way from one to the other may be more than float64 holds.
        found: NDArray[np.float64] = np.where(low == high, low, low * (1 - part) + high * part)
    found[finite == 0] = np.nan
    return found


class _Sums:
    """What is added up over several channels, part by part: in float64, about the mean of each."""

    def __init__(self, channels: int) -> None:
        self._counts = np.zeros(channels, np.int64)
        self._odd = np.zeros((channels, 3), np.int64)
        self._means, self._squares = np.zeros(channels), np.zeros(channels)
        # Of squares of the smallest and largest float64 nothing would be left.
        self._exponents = np.full(channels, -1100)
        self._least, self._most = np.full(channels, np.inf), np.full(channels, -np.inf)

    def take(self, rows: slice, block: NDArray[np.floating]) -> None:
        """Take a part of some channels: [channels, n]."""
        wide = block.astype(np.float64)
        counts = np.full(len(block), block.shape[1])
        finite = np.isfinite(block)
        all_finite = bool(finite.all())
        if all_finite:
            least, most = wide.min(axis=1), wide.max(axis=1)
        else:
            counts = finite.sum(axis=1)
            tests = (np.isnan(block), block == np.inf, block == -np.inf)
            self._odd[rows] += np.stack([test.sum(axis=1) for test in tests], axis=1)
            least = np.where(finite, wide, np.inf).min(axis=1)
            most = np.where(finite, wide, -np.inf).max(axis=1)
            wide[~finite] = 0
        np.minimum(self._least[rows], least, out=self._least[rows])
        np.maximum(self._most[rows], most, out=self._most[rows])
        if block.dtype.itemsize > 4:
            wide = self._scaled(rows, wide, np.abs(wide).max(axis=1))
        else:
            self._exponents[rows] = 0
        totals = self._counts[rows] + counts
        means = wide.sum(axis=1) / np.maximum(counts, 1)
        wide -= means[:, np.newaxis]
        if not all_finite:
            wide[~finite] = 0
        apart = means - self._means[rows]
        shares = counts / np.maximum(totals, 1)
        self._squares[rows] += np.einsum("ij,ij->i", wide, wide) + apart**2 * self._counts[rows] * shares
        self._means[rows] += apart * shares
        self._counts[rows] = totals

    def _scaled(self, rows: slice, wide: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Numbers and sums so far, divided by a power of two of each channel that brings them near 1."""
        before = self._exponents[rows]
        after = np.maximum(before, np.where(sizes > 0, np.frexp(sizes)[1], -1100))
        self._means[rows] = np.ldexp(self._means[rows], before - after)
        self._squares[rows] = np.ldexp(self._squares[rows], 2 * (before - after))
        self._exponents[rows] = after
        scaled: NDArray[np.float64] = np.ldexp(wide, -after[:, np.newaxis])
        return scaled

    def tell(self, found: Channels, place: slice) -> None:
        """Write down what came out, of all but the quantiles."""
        some = self._counts > 0
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            norms = np.sqrt(self._squares + self._counts * self._means**2)
            for name, numbers in (
                ("mean", self._means),
                ("std", np.sqrt(self._squares / self._counts)),
                ("norm", norms),
            ):
                found.figures[place, FIGURES.index(name)] = np.where(some, np.ldexp(numbers, self._exponents), np.nan)
        for name, numbers in (("min", self._least), ("max", self._most)):
            found.figures[place, FIGURES.index(name)] = np.where(some, numbers, np.nan)
        found.odd[place] = self._odd
