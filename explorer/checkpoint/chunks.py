"""Tensors of which the files hold blocks, each by itself: where these lie, and whether they make up the whole."""

import math
from collections.abc import Sequence
from typing import NamedTuple


class Chunk(NamedTuple):
    """A block of a tensor, as it lies in a file.

    Attributes:
        offsets: Index of its first element in the whole, along each dimension.
        sizes: Elements along each dimension.
        stride: Elements from one index to the next, in the file.
        file: In which file, as its place in `Checkpoint.files`.
        position: Of its first element in that file, in bytes.
        record: First byte and length of the record that it lies in.
        crc: The CRC32 of that record, as the file says it; None where it says none.
    """

    offsets: tuple[int, ...]
    sizes: tuple[int, ...]
    stride: tuple[int, ...]
    file: int
    position: int
    record: tuple[int, int] = (0, 0)
    crc: int | None = None

    @property
    def numel(self) -> int:
        """How many elements it has."""
        return math.prod(self.sizes)


class Chunked(NamedTuple):
    """A tensor put together from chunks: read as if its elements lay one behind the other in the order of its indices.

    Attributes:
        shape: Of the whole.
        itemsize: Bytes of an element.
        chunks: They cover it, and none lies over another.
    """

    shape: tuple[int, ...]
    itemsize: int
    chunks: tuple[Chunk, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of the whole."""
        return math.prod(self.shape) * self.itemsize


def covering_problem(shape: tuple[int, ...], blocks: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> str | None:
    """Why blocks do not make up a tensor, as a sentence; None when they do.

    Blocks that lie inside it, of which no two share an element, and that have as many elements as it, cover it.

    Args:
        shape: Of the tensor.
        blocks: Offsets and sizes of each.
    """
    for offsets, sizes in blocks:
        if not len(offsets) == len(sizes) == len(shape):
            return "One of its chunks has another number of dimensions than it."
        if any(offset + size > whole for offset, size, whole in zip(offsets, sizes, shape, strict=True)):
            return f"Its chunk at {list(offsets)} would end outside it."
    full = [block for block in blocks if 0 not in block[1]]
    clash = _overlap(full, len(shape))
    if clash is not None:
        return f"Two of its chunks lie over each other at {list(clash)}."
    missing = math.prod(shape) - sum(math.prod(sizes) for _, sizes in full)
    return f"Its chunks leave out {missing:,} of its elements." if missing else None


def _overlap(blocks: list[tuple[tuple[int, ...], tuple[int, ...]]], dimensions: int) -> tuple[int, ...] | None:
    """Where two blocks share an element, if two do."""
    if not dimensions:
        return () if len(blocks) > 1 else None
    # Along the dimension that is cut most often the fewest lie beside each other.
    axis = max(range(dimensions), key=lambda place: len({offsets[place] for offsets, _ in blocks}), default=0)
    beside: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for offsets, sizes in sorted(blocks, key=lambda block: block[0][axis]):
        beside = [other for other in beside if other[0][axis] + other[1][axis] > offsets[axis]]
        for others, other_sizes in beside:
            corner = tuple(map(max, offsets, others))
            if all(
                low < min(first + size, second + other)
                for low, first, size, second, other in zip(corner, offsets, sizes, others, other_sizes, strict=True)
            ):
                return corner
        beside.append((offsets, sizes))
    return None
