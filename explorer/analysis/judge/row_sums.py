"""A first look at every row and channel of a tensor: how long each is, and which may be equal.

It goes along with the walk that measures, and tells only which rows and channels are worth a second look, which
`explorer.analysis.judge.row_facts` takes; how the walk goes through them tells `explorer.analysis.judge.row_form`.
"""

import math
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.judge.row_form import Form
from explorer.analysis.measure.moments import ldexp
from explorer.analysis.measure.numbers import Array

SHORTEST: Final = 8
"""Elements of a row of 32 bits each, at least: fewer may be equal, or small, by chance. All zero, two are not."""

_CANDIDATES: Final = 2048
"""Rows, and channels, that get a second look at most."""


class Suspects(NamedTuple):
    """Rows, or channels, that are worth a second look, ascending.

    Attributes:
        small: They may be dead.
        alike: Another one may be equal.
        usual: The median of the norms that are not 0.
        more: There are more of them than are told.
        zero: Those that are small are dead only where they are exactly 0.
    """

    small: NDArray[np.int64]
    alike: NDArray[np.int64]
    usual: float = 0.0
    more: bool = False
    zero: bool = False

    @property
    def every(self) -> NDArray[np.int64]:
        """All of them."""
        return np.union1d(self.small, self.alike)


NO_SUSPECTS: Final = Suspects(np.empty(0, np.int64), np.empty(0, np.int64))


class FirstLook(NamedTuple):
    """What is worth a second look."""

    rows: Suspects = NO_SUSPECTS
    channels: Suspects = NO_SUSPECTS

    @property
    def any(self) -> bool:
        """Something is."""
        return bool(self.rows.every.size or self.channels.every.size)


class RowCutter:
    """Cuts a walk into whole stretches."""

    def __init__(self, length: int) -> None:
        """Begin with the first one.

        Args:
            length: Elements of a stretch.
        """
        self._length = length
        self._kept: list[Array] = []
        self._missing = length

    def cut(self, block: Array) -> Iterator[Array]:
        """The stretches that a block completes: arrays [k, length], some of them views of the block."""
        if self._kept:
            head, block = block[: self._missing], block[self._missing :]
            # A block is not the caller's to keep.
            self._kept.append(head.copy() if head.size < self._missing else head)
            self._missing -= head.size
            if self._missing:
                return
            yield np.concatenate(self._kept)[np.newaxis]
            self._kept, self._missing = [], self._length
        whole = block.size // self._length * self._length
        if whole:
            yield block[:whole].reshape(-1, self._length)
        if whole < block.size:
            self._kept = [block[whole:].copy()]
            self._missing = self._length - (block.size - whole)


class RowSums:
    """Sums over each row and channel of one tensor, block by block."""

    def __init__(self, form: Form, table: Array | None = None) -> None:
        """Begin with nothing.

        Args:
            form: Of the tensor.
            table: What the patterns stand for, where blocks are patterns; see `explorer.checkpoint.values.codes`.
        """
        self._form = form
        self._table = None if table is None else table.astype(np.float32)
        # The patterns of bfloat16 are the upper halves of what they stand for.
        upper = np.arange(1 << 16, dtype=np.uint32) << 16
        self._halves = self._table is not None and np.array_equal(self._table.view(np.uint32), upper)
        self._cutter = RowCutter(form.length)
        self._seen = 0
        self._slow_squares = np.zeros(form.slow)
        self._slow_bits = np.zeros(form.slow, np.uint32)
        self._squares = np.zeros(form.length)
        self._bits = np.zeros(form.length, np.uint32)
        # The squares are divided by two to the power of twice this.
        self._exponent = 0

    def add(self, block: Array) -> None:
        """Take in the next block of the walk: floats, or patterns."""
        for rows in self._cutter.cut(block):
            slow, fast, exponent = _squares_of(self._numbers(rows))
            before, self._exponent = self._exponent, max(self._exponent, exponent) if self._seen else exponent
            if before != self._exponent:
                for sums in (self._slow_squares, self._squares):
                    np.ldexp(sums, 2 * (before - self._exponent), out=sums)
            if exponent != self._exponent:
                slow, fast = (np.ldexp(sums, 2 * (exponent - self._exponent)) for sums in (slow, fast))
            bits = bits_of(rows)
            slow_bits = np.add.reduce(bits, axis=1, dtype=np.uint32)
            if self._form.around == 1:
                place = slice(self._seen, self._seen + len(rows))
                self._slow_squares[place], self._slow_bits[place] = slow, slow_bits
            else:
                places = np.arange(self._seen, self._seen + len(rows)) % self._form.slow
                np.add.at(self._slow_squares, places, slow)
                np.add.at(self._slow_bits, places, slow_bits)
            self._seen += len(rows)
            self._squares += fast
            self._bits += np.add.reduce(bits, axis=0, dtype=np.uint32)

    def _numbers(self, rows: Array) -> Array:
        if self._halves:
            return np.left_shift(rows, 16, dtype=np.uint32).view(np.float32)
        return rows if self._table is None else np.take(self._table, rows)

    def look(self, itemsize: int, dead_ratio: float) -> FirstLook:
        """What is worth a second look, once every block was taken in.

        Args:
            itemsize: Bytes of an element.
            dead_ratio: As of `explorer.analysis.judge.thresholds.Thresholds`.
        """
        cut = self._form.stretch
        squares = self._squares.reshape(cut).sum(axis=(0, 2))
        bits = self._bits.reshape(cut).sum(axis=(0, 2), dtype=np.uint32)
        slow, fast = (self._slow_squares, self._slow_bits), (squares, bits)
        rows, channels = (fast, slow) if self._form.turned else (slow, fast)
        return _look(self._form, itemsize, dead_ratio, rows, channels, self._exponent)


def bits_of(numbers: Array) -> Array:
    """The bits of floats, or of patterns, as unsigned integers."""
    return numbers.view(f"u{numbers.dtype.itemsize}")


_LEAST_SQUARE: Final = 1e-30
"""Where no sum of squares is above it, float32 may have lost them all."""
_OF_NOTHING: Final = -1100
"""Below the exponent of every float64."""


def _squares_of(rows: Array) -> tuple[Array, Array, int]:
    """The sums of the squares along a table of floats, [k] and [n], and the power of four that they are divided by."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        numbers = rows.astype(np.float32, copy=False)
        slow, fast = np.einsum("ij,ij->i", numbers, numbers), np.einsum("ij,ij->j", numbers, numbers)
        if _LEAST_SQUARE < slow.max() < np.inf and np.isfinite(fast).all():
            return slow, fast, 0
        if not rows.any():
            return slow, fast, _OF_NOTHING
        wide = rows.astype(np.float64)
        largest = float(np.abs(wide).max(where=np.isfinite(wide), initial=0))
        exponent = math.frexp(largest)[1]
        np.ldexp(wide, -exponent, out=wide)
        return np.einsum("ij,ij->i", wide, wide), np.einsum("ij,ij->j", wide, wide), exponent


def look_at_many(
    values: Array, firsts: NDArray[np.int64], form: Form, itemsize: int, dead_ratio: float
) -> dict[int, FirstLook]:
    """Look at several tensors of one form, that lie in one array.

    Args:
        values: Floats, [n].
        firsts: Where each tensor begins, [k].
        form: Of each of them.
        itemsize: Bytes of an element in the file.
        dead_ratio: As of `explorer.analysis.judge.thresholds.Thresholds`.

    Returns:
        Which of the `firsts` -> what is worth a second look; without those where nothing is.
    """
    taken = values[firsts[:, np.newaxis] + np.arange(form.numel)]
    blocks = taken.reshape(-1, form.around, form.slow, *form.stretch)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        numbers = blocks.astype(np.float32, copy=False)
        slow = np.einsum("nasbfw,nasbfw->ns", numbers, numbers)
        fast = np.einsum("nasbfw,nasbfw->nf", numbers, numbers)
    bits = bits_of(blocks)
    slow_bits = bits.sum(axis=(1, 3, 4, 5), dtype=np.uint32)
    fast_bits = bits.sum(axis=(1, 2, 3, 5), dtype=np.uint32)
    plain = (slow.max(axis=1) > _LEAST_SQUARE) & np.isfinite(slow).all(axis=1) & np.isfinite(fast).all(axis=1)
    striking = _striking(slow, slow_bits, dead_ratio) | _striking(fast, fast_bits, dead_ratio)
    found = {}
    for place in np.flatnonzero(striking | ~plain).tolist():
        if plain[place]:
            both = (slow[place], slow_bits[place]), (fast[place], fast_bits[place])
            look = _look(form, itemsize, dead_ratio, *(both[::-1] if form.turned else both))
        else:
            sums = RowSums(form)
            sums.add(taken[place])
            look = sums.look(itemsize, dead_ratio)
        if look.any:
            found[place] = look
    return found


def _striking(squares: NDArray[np.float32], bits: NDArray[np.uint32], dead_ratio: float) -> NDArray[np.bool_]:
    """Which tensors may have something: [n], of what is known of their rows, [n, rows]."""
    ordered = np.sort(bits, axis=1)
    # A row of a millionth of the longest one is not yet one of a millionth of the median.
    small = ~(squares.min(axis=1) > np.float32(4 * dead_ratio**2) * squares.max(axis=1))
    striking: NDArray[np.bool_] = small | (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    return striking


def _look(
    form: Form,
    itemsize: int,
    dead_ratio: float,
    rows: tuple[NDArray[np.floating], NDArray[np.uint32]],
    channels: tuple[NDArray[np.floating], NDArray[np.uint32]],
    exponent: int = 0,
) -> FirstLook:
    return FirstLook(
        _suspects(*rows, form.channels * form.inside, itemsize, dead_ratio, exponent),
        _suspects(*channels, form.rows * form.inside, itemsize, dead_ratio, exponent),
    )


def _suspects(
    squares: NDArray[np.floating],
    bits: NDArray[np.uint32],
    length: int,
    itemsize: int,
    dead_ratio: float,
    exponent: int,
) -> Suspects:
    """Which of several rows, or channels, of so many elements each are worth a second look."""
    if squares.size < 2 or length < 2:
        return NO_SUSPECTS
    small = np.empty(0, np.int64)
    usual = 0.0
    # Nothing is known of how long a row is that has an infinite value.
    positive = squares[(squares > 0) & np.isfinite(squares)]
    if positive.size < squares.size or positive.min() <= 4 * dead_ratio**2 * positive.max():
        usual = float(np.median(positive)) if positive.size else 0.0
        small = np.flatnonzero(~(squares > 4 * dead_ratio**2 * usual) & ~np.isnan(squares))
    if length < SHORTEST:
        small = small[squares[small] == 0]
    alike = np.empty(0, np.int64)
    # Of numbers of few bits it takes more of them to be sure that they are not equal by chance.
    if length >= SHORTEST and length * itemsize**2 >= SHORTEST * 16:
        ordered = np.sort(bits)
        if (ordered[1:] == ordered[:-1]).any():
            _, group, times = np.unique(bits, return_inverse=True, return_counts=True)
            alike = np.flatnonzero((times[group] > 1) & (squares != 0))
    more = small.size > _CANDIDATES or alike.size > _CANDIDATES
    # It may be too large for float64, as a norm of several of its largest numbers is.
    norm = min(ldexp(math.sqrt(usual), exponent), sys.float_info.max)
    return Suspects(small[:_CANDIDATES], alike[:_CANDIDATES], norm, more, length < SHORTEST)
