"""A second look at some rows and channels of a tensor, and where values are not finite: exact, by another walk."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.numbers import Array, real_numbers
from explorer.analysis.row_sums import FirstLook, Form, RowCutter, Suspects, bits_of
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
        row_count: How many rows that are.
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
        self._largest = np.zeros(self.indices.size)
        self._squares = np.zeros(self.indices.size)
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
            self._largest[place] = max(self._largest[place], largest)
            self._squares[place] += float(np.square(wide).sum())
            hasher = self._hashes[place]
            if hasher is not None:
                hasher.update(np.ascontiguousarray(bits_of(part)).data)

    def facts(self, dead_ratio: float) -> AxisFacts:
        """What came out."""
        # Squares of the smallest float64 are 0.
        norms = np.maximum(np.sqrt(self._squares), self._largest)
        small = np.isin(self.indices, self.suspects.small) & ((norms == 0) | (norms < dead_ratio * self.suspects.usual))
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
        blocks: All values in the order of their indices, 1-D.
        form: Of the tensor.
        look: What to look at.
        dead_ratio: As of `explorer.analysis.thresholds.Thresholds`.
        tell: Called with the rows done.

    Raises:
        Cancelled: By `tell`.
    """
    rows, channels = _Axis(look.rows), _Axis(look.channels)
    seen = 0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for part in _whole_rows(blocks, form):
            tell(seen, form.rows, "rows and channels")
            some = slice(*np.searchsorted(rows.indices, (seen, seen + len(part))).tolist())
            rows.add(range(some.start, some.stop), part[rows.indices[some] - seen])
            if channels.indices.size:
                chosen = part.reshape(len(part), form.channels, form.inside)[:, channels.indices]
                channels.add(range(channels.indices.size), chosen.swapaxes(0, 1).reshape(channels.indices.size, -1))
            seen += len(part)
        return RowFacts(rows.facts(dead_ratio), channels.facts(dead_ratio))


def _whole_rows(blocks: Iterable[Array], form: Form) -> Iterator[Array]:
    cutter = RowCutter(form.length)
    for block in blocks:
        yield from cutter.cut(block)


Test = Callable[[Array], NDArray[np.bool_]]
"""Tells which of some real numbers are meant."""


def find_spots(
    blocks: Iterable[Array], total: int, form: Form | None, tests: Mapping[str, Test], tell: Report
) -> dict[str, Spots]:
    """Find where some values are.

    Args:
        blocks: All values in the order of their indices, 1-D.
        total: How many.
        form: Of the tensor; None where it has no rows.
        tests: Which values, by a name.
        tell: Called with the values done.

    Returns:
        Where, by the same names, as far as there are such values.

    Raises:
        Cancelled: By `tell`.
    """
    seen = 0
    firsts: dict[str, int] = {}
    counts = dict.fromkeys(tests, 0)
    rows: dict[str, set[int]] = {name: set() for name in tests}
    channels: dict[str, set[int]] = {name: set() for name in tests}
    for block in blocks:
        tell(seen, total, "where they are")
        numbers = real_numbers(block)
        for name, test in tests.items():
            places = np.flatnonzero(test(numbers)) + seen
            if places.size:
                firsts.setdefault(name, int(places[0]))
                counts[name] += places.size
                if form is not None:
                    rows[name].update(np.unique(places // form.length).tolist())
                    channels[name].update(np.unique(places % form.length // form.inside).tolist())
        seen += numbers.size
    return {
        name: Spots(
            counts[name],
            first,
            tuple(sorted(rows[name])[:_TOLD]),
            len(rows[name]),
            tuple(sorted(channels[name])[:_TOLD]),
            len(channels[name]),
        )
        for name, first in firsts.items()
    }
