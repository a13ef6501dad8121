"""The values of two tensors side by side: the same elements of both in each block, however either lies in its file."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Located, TensorInfo
from explorer.checkpoint.values.decode import Array
from explorer.checkpoint.values.reading import BLOCK, Values, open_values

BLOCK_NBYTES = 1 << 20
"""Bytes of a block of either tensor, at most, where its elements have more than 4."""


class Axis(NamedTuple):
    """A dimension that both tensors are walked along.

    Attributes:
        size: Its indices.
        steps: Elements of the storage from one index to the next, of A and of B.
        channels: The dimension of the tensors that it is, where each of its indices is a channel with a scale of its
            own in A or in B; else None, and it may be several dimensions in one.
    """

    size: int
    steps: tuple[int, int]
    channels: int | None


class Side(NamedTuple):
    """One tensor of a pair, and where its values come from."""

    values: Values
    tensor: TensorInfo


@contextmanager
def open_sides(a: Located, b: Located) -> Iterator[tuple[Side, Side]]:
    """Open the files of a pair for as long as its values are read."""
    with open_values(a[0]) as values_a, open_values(b[0]) as values_b:
        yield Side(values_a, a[1]), Side(values_b, b[1])


class Box(NamedTuple):
    """A part of the common indices: from the low ones on, so many along each axis."""

    lows: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def numel(self) -> int:
        """Elements in it."""
        return math.prod(self.sizes)


class PairedBlock(NamedTuple):
    """The same elements of both tensors.

    Attributes:
        a: Their bytes as stored in A, uint8 [count * itemsize].
        b: Likewise in B; of the same length only where the items are.
        box: Which elements these are, in the order of `PairedWalk`'s axes.
    """

    a: NDArray[np.uint8]
    b: NDArray[np.uint8]
    box: Box


class PairedWalk:
    """Walks over the indices that two tensors have in common.

    Attributes:
        count: Elements that a walk gives.
        multiplicity: Elements of the tensors that each stands for, where both repeat the same ones.
    """

    def __init__(self, a: Side, b: Side) -> None:
        """Find an order in which both are read well.

        Args:
            a: A tensor of as many dimensions as `b`. Of differing sizes the smaller ones are walked over.
            b: Another; possibly of the same file.
        """
        self._sides = a, b
        self._decoders = a.values.decoder(a.tensor), b.values.decoder(b.tensor)
        kinds = a.tensor.kind, b.tensor.kind
        self.shape = tuple(map(min, kinds[0].stored_shape, kinds[1].stored_shape))
        steps = list(zip(kinds[0].stride, kinds[1].stride, strict=True))
        scaled = {kind.quantization.axis for kind in kinds if kind.quantization is not None}
        repeated = {
            place
            for place, size in enumerate(self.shape)
            if size > 1 and steps[place] == (0, 0) and place not in scaled
        }
        self.multiplicity = math.prod(self.shape[place] for place in repeated)
        walked = [place for place, size in enumerate(self.shape) if size != 1 and place not in repeated]
        # As A's elements lie: where B's lie alike, both are read from front to back.
        walked.sort(key=lambda place: (-steps[place][0], -steps[place][1], place))
        self._places = walked
        self._axes = _merged(
            [Axis(self.shape[place], steps[place], place if place in scaled else None) for place in walked]
        )
        self.count = math.prod(axis.size for axis in self._axes)
        itemsize = max(kind.element.itemsize for kind in kinds)
        self._longest = max(1, min(BLOCK, BLOCK_NBYTES // itemsize))

    def blocks(self) -> Iterator[PairedBlock]:
        """Every element once; the bytes of a block are there until the next one is asked for.

        Raises:
            CheckpointError: Values cannot be read, or a file changed.
        """
        # The same room each time: the system would take it back and give it anew, which takes longer than reading.
        longest = min(self._longest, self.count)
        rooms = [np.empty(longest * side.tensor.kind.element.itemsize, np.uint8) for side in self._sides]
        for box in self.boxes():
            a, b = (
                side.values.view_bytes(side.tensor, *self.part(box, which), rooms[which])
                for which, side in enumerate(self._sides)
            )
            yield PairedBlock(a, b, box)
        for side in self._sides:
            side.values.check_unchanged()

    def boxes(self) -> Iterator[Box]:
        """What the blocks are of, in their order."""
        whole = Box((0,) * len(self._axes), tuple(axis.size for axis in self._axes))
        yield from self._boxes(whole) if self.count else ()

    def part(self, box: Box, which: int) -> tuple[int, list[int], list[int]]:
        """Where the elements of a block lie: the first from the tensor's own first one on, sizes, and steps.

        Args:
            box: Of the block.
            which: 0 for A, 1 for B.
        """
        first = sum(low * axis.steps[which] for low, axis in zip(box.lows, self._axes, strict=True))
        return first, *_without_ones(box.sizes, [axis.steps[which] for axis in self._axes])

    def numbers(self, block: PairedBlock) -> tuple[Array, Array]:
        """What the bytes of a block stand for, in A and in B: [count] each, as `Values.blocks` gives them.

        Raises:
            CheckpointError: They stand for no single numbers.
        """
        a, b = self._decoders
        return a.numbers(block.a, self._channels(block.box, 0)), b.numbers(block.b, self._channels(block.box, 1))

    def parts(self, block: PairedBlock, length: int) -> Iterator[tuple[Array, Array, int]]:
        """The same in parts, so that what is made of the bytes stays in a core's cache, and where each part begins.

        Args:
            block: Of this walk.
            length: Elements of a part, [length]; the last may have fewer.

        Raises:
            CheckpointError: They stand for no single numbers.
        """
        channels = [self._channels(block.box, which) for which in (0, 1)]
        sizes = [side.tensor.kind.element.itemsize for side in self._sides]
        for first in range(0, block.box.numel, length):
            a, b = (
                decoder.numbers(raw[first * size : (first + length) * size], _part(places, first, length))
                for decoder, raw, size, places in zip(self._decoders, (block.a, block.b), sizes, channels, strict=True)
            )
            yield a, b, first

    def index(self, box: Box, place: int) -> tuple[int, ...]:
        """The indices of an element of a block in both tensors; of repeated ones, the first.

        Args:
            box: Of the block.
            place: Of the element in it.
        """
        inside = _unravelled(place, box.sizes)
        flat = 0
        for axis, low, at in zip(self._axes, box.lows, inside, strict=True):
            flat = flat * axis.size + low + at
        found = [0] * len(self.shape)
        for dimension, at in zip(
            self._places, _unravelled(flat, [self.shape[place] for place in self._places]), strict=True
        ):
            found[dimension] = at
        return tuple(found)

    def _channels(self, box: Box, which: int) -> NDArray[np.int64]:
        quantization = self._sides[which].tensor.kind.quantization
        if quantization is None or quantization.axis is None:
            return np.zeros(1, np.int64)
        place = next((at for at, axis in enumerate(self._axes) if axis.channels == quantization.axis), None)
        if place is None:
            return np.zeros(1, np.int64)
        along = box.lows[place] + np.arange(box.sizes[place])
        spread = along.reshape([-1 if at == place else 1 for at in range(len(box.sizes))])
        return np.broadcast_to(spread, box.sizes).reshape(-1)

    def _boxes(self, box: Box) -> Iterator[Box]:
        """Parts of a box that are no longer than a block."""
        if box.numel <= self._longest:
            yield box
            return
        place, length = self._cut(box)
        lows, sizes = box
        for first in range(0, sizes[place], length):
            low, size = lows[place] + first, min(length, sizes[place] - first)
            yield from self._boxes(
                Box((*lows[:place], low, *lows[place + 1 :]), (*sizes[:place], size, *sizes[place + 1 :]))
            )

    def _cut(self, box: Box) -> tuple[int, int]:
        """Along which axis a box is cut, and into parts how long."""
        long = [place for place, size in enumerate(box.sizes) if size > 1]
        extents = [[self._axes[place].steps[which] * box.sizes[place] for place in long] for which in (0, 1)]
        widest = [long[extent.index(max(extent))] for extent in extents]
        if widest[0] == widest[1]:
            place = widest[0]
            return place, max(1, self._longest * box.sizes[place] // box.numel)
        # They lie across each other: square parts are read in the fewest pieces.
        both = [max(extent) for extent in zip(*extents, strict=True)]
        place = long[both.index(max(both))]
        return place, -(-box.sizes[place] // 2)


def _merged(axes: Sequence[Axis]) -> list[Axis]:
    """Axes joined where each index of the outer one goes on where the inner one ends, in both tensors."""
    merged: list[Axis] = []
    for axis in axes:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.channels is None
            and axis.channels is None
            and all(outer == axis.size * inner for outer, inner in zip(last.steps, axis.steps, strict=True))
        ):
            merged[-1] = Axis(last.size * axis.size, axis.steps, None)
        else:
            merged.append(axis)
    return merged


def _part(channels: NDArray[np.int64], first: int, length: int) -> NDArray[np.int64]:
    return channels if channels.size == 1 else channels[first : first + length]


def _without_ones(sizes: Sequence[int], steps: Sequence[int]) -> tuple[list[int], list[int]]:
    kept = [(size, step) for size, step in zip(sizes, steps, strict=True) if size != 1]
    return [size for size, _ in kept], [step for _, step in kept]


def _unravelled(place: int, sizes: Sequence[int]) -> list[int]:
    """Indices of an element of an array whose last index runs fastest."""
    found = []
    for size in reversed(sizes):
        place, at = divmod(place, size)
        found.append(at)
    return found[::-1]
