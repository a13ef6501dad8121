"""A first look at every row and channel of a tensor: how long each is, and which may be equal.

It goes along with the walk that measures, and tells only which rows and channels are worth a second look, which
`explorer.analysis.row_facts` takes. A row is an index of the first dimension, a channel one of the second.
"""

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.numbers import Array
from explorer.checkpoint.kinds import TensorKind

MOST: Final = 1 << 20
"""Rows, and elements of a row, that are looked at: what is kept of each must not fill the memory."""

SHORTEST: Final = 8
"""Elements of a row of 32 bits each, at least: fewer may be equal, or small, by chance."""

_CANDIDATES: Final = 2048
"""Rows, and channels, that get a second look at most."""


class Form(NamedTuple):
    """How a tensor is cut into rows and channels.

    Attributes:
        rows: Indices of the first dimension.
        channels: Indices of the second.
        inside: Elements of a row that belong to one channel.
    """

    rows: int
    channels: int
    inside: int

    @property
    def length(self) -> int:
        """Elements of a row."""
        return self.channels * self.inside


class Suspects(NamedTuple):
    """Rows, or channels, that are worth a second look, ascending.

    Attributes:
        small: They may be dead.
        alike: Another one may be equal.
        usual: The median of the norms that are not 0.
        more: There are more of them than are told.
    """

    small: NDArray[np.int64]
    alike: NDArray[np.int64]
    usual: float = 0.0
    more: bool = False

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


def form_of(kind: TensorKind) -> Form | None:
    """How a tensor is cut.

    None for one that has no rows, or too many, or values that are no plain floats in the order of their indices.
    """
    shape = kind.shape
    if len(shape) < 2 or kind.element.family != "float" or not in_order(kind):
        return None
    rows, channels = shape[:2]
    form = Form(rows, channels, kind.numel // (rows * channels) if rows and channels else 0)
    return form if 0 < rows <= MOST and 0 < form.length <= MOST else None


def in_order(kind: TensorKind) -> bool:
    """Tell whether the values of a tensor lie in the order of its indices, as a walk gives them."""
    if kind.layout != "strided":
        return False
    expected = 1
    for size, step in zip(reversed(kind.stored_shape), reversed(kind.stride), strict=True):
        if size > 1:
            if step != expected:
                return False
            expected *= size
    return True


class RowCutter:
    """Cuts a walk in the order of indices into whole rows."""

    def __init__(self, length: int) -> None:
        """Begin with the first row.

        Args:
            length: Elements of a row.
        """
        self._length = length
        self._kept: list[Array] = []
        self._missing = length

    def cut(self, block: Array) -> Iterator[Array]:
        """The rows that a block completes: arrays [k, length], some of them views of the block."""
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
            table: What the patterns stand for, where blocks are patterns; see `explorer.checkpoint.codes`.
        """
        self._form = form
        self._table = None if table is None else table.astype(np.float32)
        self._cutter = RowCutter(form.length)
        self._seen = 0
        self._row_squares = np.zeros(form.rows, np.float32)
        self._row_bits = np.zeros(form.rows, np.uint32)
        self._squares = np.zeros(form.length, np.float32)
        self._bits = np.zeros(form.length, np.uint32)

    def add(self, block: Array) -> None:
        """Take in the next block of the walk: floats, or patterns."""
        for rows in self._cutter.cut(block):
            place = slice(self._seen, self._seen + len(rows))
            self._seen += len(rows)
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                numbers = rows if self._table is None else self._table[rows]
                numbers = numbers.astype(np.float32, copy=False)
                self._row_squares[place] = np.einsum("ij,ij->i", numbers, numbers)
                self._squares += np.einsum("ij,ij->j", numbers, numbers)
            bits = bits_of(rows)
            np.add.reduce(bits, axis=1, dtype=np.uint32, out=self._row_bits[place])
            self._bits += np.add.reduce(bits, axis=0, dtype=np.uint32)

    def look(self, itemsize: int, dead_ratio: float) -> FirstLook:
        """What is worth a second look, once every block was taken in.

        Args:
            itemsize: Bytes of an element.
            dead_ratio: As of `explorer.analysis.thresholds.Thresholds`.
        """
        form = self._form
        of_channel = (form.channels, form.inside)
        with np.errstate(over="ignore", invalid="ignore"):
            squares = self._squares.reshape(of_channel).sum(axis=1)
        bits = self._bits.reshape(of_channel).sum(axis=1, dtype=np.uint32)
        return _look(form, itemsize, dead_ratio, (self._row_squares, self._row_bits), (squares, bits))


def bits_of(numbers: Array) -> Array:
    """The bits of floats, or of patterns, as unsigned integers."""
    return numbers.view(f"u{numbers.dtype.itemsize}")


def look_at_many(
    values: Array, firsts: NDArray[np.int64], form: Form, itemsize: int, dead_ratio: float
) -> dict[int, FirstLook]:
    """Look at several tensors of one form, that lie in one array.

    Args:
        values: Floats, [n].
        firsts: Where each tensor begins, [k].
        form: Of each of them.
        itemsize: Bytes of an element in the file.
        dead_ratio: As of `explorer.analysis.thresholds.Thresholds`.

    Returns:
        Which of the `firsts` -> what is worth a second look; without those where nothing is.
    """
    taken = values[firsts[:, np.newaxis] + np.arange(form.rows * form.length)]
    blocks = taken.reshape(-1, form.rows, form.channels, form.inside)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        numbers = blocks.astype(np.float32, copy=False)
        rows = np.einsum("nrci,nrci->nr", numbers, numbers)
        channels = np.einsum("nrci,nrci->nc", numbers, numbers)
    bits = bits_of(blocks)
    row_bits = bits.sum(axis=(2, 3), dtype=np.uint32)
    channel_bits = bits.sum(axis=(1, 3), dtype=np.uint32)
    found = {}
    for place in np.flatnonzero(_striking(rows, row_bits, dead_ratio) | _striking(channels, channel_bits, dead_ratio)):
        look = _look(form, itemsize, dead_ratio, (rows[place], row_bits[place]), (channels[place], channel_bits[place]))
        if look.any:
            found[int(place)] = look
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
    rows: tuple[NDArray[np.float32], NDArray[np.uint32]],
    channels: tuple[NDArray[np.float32], NDArray[np.uint32]],
) -> FirstLook:
    return FirstLook(
        _suspects(*rows, form.length, itemsize, dead_ratio),
        _suspects(*channels, form.rows * form.inside, itemsize, dead_ratio),
    )


def _suspects(
    squares: NDArray[np.float32], bits: NDArray[np.uint32], length: int, itemsize: int, dead_ratio: float
) -> Suspects:
    """Which of several rows, or channels, of so many elements each are worth a second look."""
    if squares.size < 2 or length < SHORTEST:
        return NO_SUSPECTS
    small = np.empty(0, np.int64)
    usual = 0.0
    positive = squares[squares > 0]
    if positive.size < squares.size or positive.min() <= 4 * dead_ratio**2 * positive.max():
        usual = float(np.median(positive)) if positive.size else 0.0
        small = np.flatnonzero(~(squares > 4 * dead_ratio**2 * usual) & ~np.isnan(squares))
    alike = np.empty(0, np.int64)
    # Of numbers of few bits it takes more of them to be sure that they are not equal by chance.
    if length * itemsize**2 >= SHORTEST * 16:
        ordered = np.sort(bits)
        if (ordered[1:] == ordered[:-1]).any():
            _, group, times = np.unique(bits, return_inverse=True, return_counts=True)
            alike = np.flatnonzero((times[group] > 1) & (squares != 0))
    more = small.size > _CANDIDATES or alike.size > _CANDIDATES
    return Suspects(small[:_CANDIDATES], alike[:_CANDIDATES], math.sqrt(usual), more)
