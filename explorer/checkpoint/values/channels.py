"""Scales and zero points of tensors that are quantized per channel. They lie in the file as tensors of their own."""

import math
import struct
from typing import Final, Literal

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import first_byte, inflated
from explorer.checkpoint.kinds import Quantization
from explorer.checkpoint.pickles.calls import MAX_DIMENSIONS, Channels, Facts
from explorer.checkpoint.pickles.rebuild import FindRecord, Record, bounds_problem, shape_problem
from explorer.checkpoint.pread import read_at

MAX_NBYTES: Final = 1 << 20
"""Of the scales of one tensor, or of its zero points; of a compressed storage, the whole."""

MAX_NUMBERS: Final = 1 << 21
"""Scales and zero points of a file together: each is sent, and kept, as a number of Python's."""

MAX_SHAPES: Final = 8
"""Of the tensors that a nested one is made of, so many are told."""

_UNREAD: Final = "The numbers cannot be read"
_SCALES: Final = {"float64": "d", "float32": "f"}
_ZERO_POINTS: Final = {"int64": "q", "int32": "i", "float32": "f"}


class ChannelReader:
    """Reads them, in the reader process: without NumPy."""

    def __init__(self, descriptor: int, find_record: FindRecord, byteorder: Literal["little", "big"]) -> None:
        """Read from an open file.

        Args:
            descriptor: The file.
            find_record: Finds the bytes of a storage.
            byteorder: Of the numbers in the storages.
        """
        self._descriptor = descriptor
        self._find_record = find_record
        self._order = "<" if byteorder == "little" else ">"
        self._left = MAX_NUMBERS

    def read(self, channels: Channels, shape: tuple[int, ...], stride: tuple[int, ...]) -> Quantization | str:
        """Read what the integers of a tensor are multiplied with.

        Args:
            channels: What the file says of it.
            shape: Of the tensor.
            stride: Of the tensor, in elements.

        Returns:
            The numbers, or why they cannot be read, as a sentence.
        """
        count = shape[channels.axis]
        for what, given in (("scales", channels.scales), ("zero points", channels.zero_points)):
            given_count = math.prod(given.shape) if isinstance(given, Facts) else len(given)
            if given_count != count:
                return f"It is quantized along {count:,} indices, but has {given_count:,} {what}."
        if count > 1 and stride[channels.axis] == 0:
            return "It repeats the same integers with different scales, which is not read."
        if 2 * count > self._left:
            return f"The file has more than {MAX_NUMBERS:,} scales and zero points, which are not all read."
        self._left -= 2 * count
        try:
            scales = self._numbers(channels.scales, _SCALES)
        except CheckpointError as error:
            return f"Its scales cannot be read: {error.why or error.what}."
        try:
            zero_points = self._numbers(channels.zero_points, _ZERO_POINTS)
        except CheckpointError as error:
            return f"Its zero points cannot be read: {error.why or error.what}."
        scheme = channels.scheme
        if isinstance(channels.zero_points, Facts) and channels.zero_points.dtype == "float32":
            # torch.save writes per_channel_affine for this scheme too, and torch.load tells them apart like this.
            scheme = "per_channel_affine_float_qparams"
        return Quantization(scheme, scales, zero_points, channels.axis)

    def shapes(self, sizes: Facts) -> str:
        """Read the shapes of the tensors that a nested one is made of.

        Args:
            sizes: What the file says of the tensor of their sizes, int64 [tensors, dimensions].

        Returns:
            The first of them, for people; "" where they cannot be read.
        """
        shown = min(sizes.shape[0], MAX_SHAPES)
        if len(sizes.shape) != 2 or sizes.dtype != "int64" or sizes.shape[1] > MAX_DIMENSIONS or not shown:
            return ""
        record = None if sizes.storage is None else self._find_record(sizes.storage[2])
        if record is None or sizes.problem or shape_problem(sizes) or bounds_problem(sizes, record):
            return ""
        first = sizes._replace(shape=(shown, sizes.shape[1]), stored_shape=(shown, sizes.shape[1]))
        if first.extent * 8 > MAX_NBYTES or (record.framing == "zip-deflated" and record.nbytes > MAX_NBYTES):
            return ""
        try:
            data = self._bytes(record, first.offset * 8, first.extent * 8)
        except CheckpointError:
            return ""
        numbers = struct.unpack(f"{self._order}{first.extent}q", data)
        down, along = first.stride
        rows = ([str(numbers[row * down + column * along]) for column in range(first.shape[1])] for row in range(shown))
        return ", ".join("×".join(row) for row in rows) + (", …" if shown < sizes.shape[0] else "")

    def _numbers(self, facts: Facts | tuple[float, ...], formats: dict[str, str]) -> tuple[float, ...]:
        if not isinstance(facts, Facts):
            return facts
        if facts.dtype not in formats:
            raise CheckpointError(_UNREAD, f"they are of dtype {facts.dtype}")
        if facts.problem is not None:
            raise CheckpointError(_UNREAD, _as_clause(facts.problem))
        if len(facts.shape) != 1 or facts.layout != "strided" or facts.conj or facts.neg:
            raise CheckpointError(_UNREAD, "they are no plain row of numbers")
        record = None if facts.storage is None else self._find_record(facts.storage[2])
        problem = shape_problem(facts) or bounds_problem(facts, record)
        if problem is not None or record is None:
            raise CheckpointError(_UNREAD, _as_clause(problem or "The file has none."))
        itemsize = DTYPES[facts.dtype].itemsize
        nbytes = max(facts.extent, facts.shape[0]) * itemsize
        held = max(record.nbytes, record.stored_nbytes) if record.framing == "zip-deflated" else nbytes
        if held > MAX_NBYTES:
            raise CheckpointError(_UNREAD, f"they take more than {MAX_NBYTES:,} bytes")
        data = self._bytes(record, facts.offset * itemsize, facts.extent * itemsize)
        numbers = struct.unpack(f"{self._order}{facts.extent}{formats[facts.dtype]}", data)
        step = facts.stride[0]
        return tuple(float(numbers[index * step]) for index in range(facts.shape[0]))

    def _bytes(self, record: Record, begin: int, nbytes: int) -> bytes:
        start = first_byte(record, self._read)
        if record.framing != "zip-deflated":
            return self._read(start + begin, nbytes)
        return inflated(self._read(start, record.stored_nbytes), record.nbytes)[begin : begin + nbytes]

    def _read(self, position: int, nbytes: int) -> bytes:
        return read_at(self._descriptor, position, nbytes)


def _as_clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].removesuffix(".")
