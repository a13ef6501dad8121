"""A second look at some rows and channels of a tensor, and where values are not finite: exact, by another walk."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.judge.row_form import MOST, Form
from explorer.analysis.judge.row_sums import FirstLook, RowCutter, Suspects, bits_of
from explorer.analysis.measure.numbers import Array, real_numbers
from explorer.progress import Report

_TOLD: Final = 100
"""Rows whose numbers are kept."""


class Dead(NamedTuple):
    """A row or channel that is as good as zero."""

    place: int
    norm: float


class AxisFacts(NamedTuple):
    """What is wrong with rows, or with channels.

    Attributes:
        dead: Ascending.
        usual: The median of the norms that are not 0.
        alike: Sets of two or more that are equal, bit for bit.
        more: There may be more of them.
    """

    dead: tuple[Dead, ...] = ()
    usual: float = 0.0
    alike: tuple[tuple[int, ...], ...] = ()
    more: bool = False


class RowFacts(NamedTuple):
    """What is wrong with the rows and channels of a tensor."""

    rows: AxisFacts = AxisFacts()
    channels: AxisFacts = AxisFacts()


class Spots(NamedTuple):
    """Where some values are.

    Attributes:
        values: How many.
        first: Position of the first in the order of indices.
        rows: Rows that they are in, the first of them.
        row_count: How many rows that are; 0 where there are none, or too many to tell.
        channels: As `rows`.
        channel_count: As `row_count`.
    """

    values: int
    first: int
    rows: tuple[int, ...]
    row_count: int
    channels: tuple[int, ...]
    channel_count: int


class _Axis:
    """The rows, or the channels, that are looked at."""

    def __init__(self, suspects: Suspects) -> None:
        self.suspects = suspects
        self.indices = suspects.every
        self._norms = np.zeros(self.indices.size)
        hashed = np.isin(self.indices, suspects.alike)
        self._hashes = [hashlib.blake2b(digest_size=16) if one else None for one in hashed.tolist()]

    def add(self, places: Iterable[int], parts: Array) -> None:
        """Take in a part of some of them.

        Args:
            places: Which of `indices`.
            parts: Their values, [len(places), n].
        """
        for place, part in zip(places, parts, strict=True):
            wide = part.astype(np.float64)
            largest = float(np.abs(wide).max())
            if largest > 0:
                # Of numbers that are too small or too large float64 cannot hold the squares.
                length = largest * math.sqrt(float(np.square(wide / largest).sum()))
                self._norms[place] = math.hypot(self._norms[place], length)
            hasher = self._hashes[place]
            if hasher is not None:
                hasher.update(np.ascontiguousarray(bits_of(part)).data)

    def facts(self, dead_ratio: float) -> AxisFacts:
        """What came out."""
        norms = self._norms
        near = 0.0 if self.suspects.zero else dead_ratio * self.suspects.usual
        small = np.isin(self.indices, self.suspects.small) & ((norms == 0) | (norms < near))
        dead = zip(self.indices[small].tolist(), norms[small].tolist(), strict=True)
        groups: dict[bytes, list[int]] = {}
        for index, hasher in zip(self.indices.tolist(), self._hashes, strict=True):
            if hasher is not None:
                groups.setdefault(hasher.digest(), []).append(index)
        alike = tuple(tuple(group) for group in groups.values() if len(group) > 1)
        return AxisFacts(tuple(Dead(*one) for one in dead), self.suspects.usual, alike, self.suspects.more)


def look_closer(blocks: Iterable[Array], form: Form, look: FirstLook, dead_ratio: float, tell: Report) -> RowFacts:
    """Look at the rows and channels that a first look found.

    Args:
        blocks: All values, 1-D.
        form: How they go through the tensor.
        look: What to look at.
        dead_ratio: As of `explorer.analysis.judge.thresholds.Thresholds`.
        tell: Called with the rows done.

    Raises:
        Cancelled: By `tell`.
    """
    rows, channels = _Axis(look.rows), _Axis(look.channels)
    slow, fast = (channels, rows) if form.turned else (rows, channels)
    cutter = RowCutter(form.length)
    seen = 0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for block in blocks:
            for part in cutter.cut(block):
                tell(seen, form.slow * form.around, "rows and channels")
                if slow.indices.size:
                    places = np.arange(seen, seen + len(part)) % form.slow
                    some = np.flatnonzero(np.isin(places, slow.indices))
                    slow.add(np.searchsorted(slow.indices, places[some]).tolist(), part[some])
                if fast.indices.size:
                    chosen = part.reshape(len(part), *form.stretch)[:, :, fast.indices]
                    fast.add(range(fast.indices.size), np.moveaxis(chosen, 2, 0).reshape(fast.indices.size, -1))
                seen += len(part)
        return RowFacts(rows.facts(dead_ratio), channels.facts(dead_ratio))


Test = Callable[[Array], NDArray[np.bool_]]
"""Tells which of some numbers are meant: real ones, or complex ones as they are."""


def find_spots(
    blocks: Iterable[Array], shape: tuple[int, ...], axes: tuple[int, ...], tests: Mapping[str, Test], tell: Report
) -> dict[str, Spots]:
    """Find where some values are.

    Args:
        blocks: All values, 1-D.
        shape: Of the tensor.
        axes: The order of the values, as of `explorer.analysis.judge.row_form.walked_axes`.
        tests: Which values, by a name.
        tell: Called with the values done.

    Returns:
        Where, by the same names, as far as there are such values.

    Raises:
        Cancelled: By `tell`.
    """
    seen = 0
    total = math.prod(shape)
    in_order = list(axes) == sorted(axes)
    firsts: dict[str, int] = {}
    counts = dict.fromkeys(tests, 0)
    # Of each of the first two dimensions, which indices they are at.
    touched = {name: [np.zeros(size if size <= MOST else 0, np.bool_) for size in shape[:2]] for name in tests}
    for block in blocks:
        tell(seen, total, "where they are")
        numbers = block if block.dtype.kind == "c" else real_numbers(block)
        for name, test in tests.items():
            places = np.flatnonzero(test(numbers)) + seen
            if places.size:
                counts[name] += places.size
                here = int(places[0] if in_order else _positions(places, shape, axes).min())
                firsts[name] = min(firsts.get(name, here), here)
                for axis, there in enumerate(touched[name]):
                    if there.size:
                        there[_along(axis, places, shape, axes)] = True
        seen += numbers.size
    found = {}
    for name, first in firsts.items():
        both = [np.flatnonzero(there) for there in touched[name]] if len(shape) > 1 else [np.empty(0, np.int64)] * 2
        (rows, channels), (some_rows, some_channels) = both, (tuple(some[:_TOLD].tolist()) for some in both)
        found[name] = Spots(counts[name], first, some_rows, rows.size, some_channels, channels.size)
    return found


def _along(
    axis: int, places: NDArray[np.int64], shape: tuple[int, ...], axes: tuple[int, ...]
) -> NDArray[np.int64] | int:
    """The indices along a dimension of what has these places in a walk."""
    if axis not in axes:
        return 0
    inner = math.prod(shape[other] for other in axes[axes.index(axis) + 1 :])
    indices: NDArray[np.int64] = places // inner % shape[axis]
    return indices


def _positions(places: NDArray[np.int64], shape: tuple[int, ...], axes: tuple[int, ...]) -> NDArray[np.int64]:
    """The positions in the order of the indices, likewise."""
    found = np.zeros_like(places)
    for axis in axes:
        found += _along(axis, places, shape, axes) * math.prod(shape[axis + 1 :])
    return found
