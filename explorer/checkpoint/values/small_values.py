"""Many small tensors at once: few reads of the file, and one array for all that are decoded alike."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import first_byte
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.values.decode import Array, decode, dequantize

SMALL_NBYTES: Final = 64 << 10
"""Bytes of the values of a tensor that is small."""

_WINDOW_NBYTES: Final = 4 << 20
_GAP_NBYTES: Final = 64 << 10
"""What is skipped by reading on rather than by another read."""

_HEADER_NBYTES: Final = 16 << 10
"""Room for a zip local header; PyTorch pads it until the values are aligned, to 4,096 bytes at most."""

_PORTION_TENSORS: Final = 4096
_PORTION_WINDOWS: Final = 32
"""On a slow disk each window is a wait, and the caller can only stop between portions."""


class Together(NamedTuple):
    """The values of many small tensors, one behind the other.

    Attributes:
        numbers: `TensorInfo.number` of each, [k].
        values: 1-D, as `Values.blocks` would give them; each tensor's in any order.
        starts: int64[k + 1]; the values of tensor i are ``values[starts[i]:starts[i + 1]]``, possibly none.
        dtype: Of all of them, as the file says: ``bfloat16`` where the values are float32.
        failures: Tensors that could not be read since the last portion: number -> why, as a sentence.
    """

    numbers: tuple[int, ...]
    values: Array
    starts: NDArray[np.int64]
    dtype: str
    failures: dict[int, str]


class Source(NamedTuple):
    """How an open file is read.

    Attributes:
        read: Reads exactly so many bytes, at a position. Raises CheckpointError.
        blocks: As `Values.blocks`.
        nbytes: Size of the file.
        byteorder: Of its numbers.
    """

    read: Callable[[int, int], NDArray[np.uint8]]
    blocks: Callable[[TensorInfo], Iterator[Array]]
    nbytes: int
    byteorder: Literal["little", "big"]


class _Form(NamedTuple):
    """What tensors of one kind, whose values lie side by side, have in common."""

    nbytes: int
    itemsize: int
    decoded_like: tuple[str, bool, bool, bool]


class _Place(NamedTuple):
    """Where a tensor is found.

    Attributes:
        position: Of what is read for it: its zip local header, or its first value.
        end: Behind its last value; behind the farthest that it may be, where the header's length is unknown.
        tensor: The tensor.
        form: Of its kind.
        begin: Bytes from its storage's first to its own, behind the header; None where there is no header to read.
    """

    position: int
    end: int
    tensor: TensorInfo
    form: _Form
    begin: int | None


class _Window(NamedTuple):
    """A part of the file that is read at once."""

    position: int
    end: int
    places: list[_Place]


def is_small(kind: TensorKind) -> bool:
    """Tell whether `Values.together` takes tensors of a kind: small ones that no expanded view repeats."""
    expanded = any(step == 0 and size > 1 for size, step in zip(kind.stored_shape, kind.stride, strict=False))
    return not expanded and kind.stored_numel * kind.element.itemsize <= SMALL_NBYTES


def small_and_large(tensors: Iterable[TensorInfo]) -> tuple[list[TensorInfo], list[TensorInfo]]:
    """Part tensors into those that are read together, and those that are each walked by themselves."""
    small: list[TensorInfo] = []
    large: list[TensorInfo] = []
    for tensor in tensors:
        (small if is_small(tensor.kind) else large).append(tensor)
    return small, large


def read_together(source: Source, tensors: Iterable[TensorInfo]) -> Iterator[Together]:
    """Read many small tensors; see `Values.together`."""
    places, others, failures = _find_places(source, tensors)
    for windows in _portions(places):
        piles: dict[tuple[str, bool, bool, bool], _Pile] = {}
        for window in windows:
            try:
                view = source.read(window.position, window.end - window.position).data
            except CheckpointError:
                # One by one shows which of them it is.
                others.extend(place.tensor for place in window.places)
                continue
            _sort_out(window, view, partial(_pile_up, piles), others, failures)
        for pile in piles.values():
            together = pile.decoded(source.byteorder, failures)
            if together is not None:
                yield together
                failures = {}
    yield from _walk(source.blocks, others, failures)


def read_side_by_side(source: Source, tensors: Iterable[TensorInfo]) -> dict[int, bytes]:
    """Read the bytes of small tensors; see `Values.small_bytes`."""
    places, others, failures = _find_places(source, tensors)
    found: dict[int, bytes] = {}

    def take(tensor: TensorInfo, _form: _Form, part: memoryview) -> None:
        # A copy: a view would keep all that was read with it.
        found[tensor.number] = bytes(part)

    for windows in _portions(places):
        for window in windows:
            with suppress(CheckpointError):
                _sort_out(
                    window, source.read(window.position, window.end - window.position).data, take, others, failures
                )
    return found


def read_singly(blocks: Callable[[TensorInfo], Iterator[Array]], tensors: Sequence[TensorInfo]) -> Iterator[Together]:
    """Read small tensors one by one; see `Values.together`.

    Args:
        blocks: As `Values.blocks`.
        tensors: Those whose kind `is_small`.
    """
    return _walk(blocks, tensors, {})


def _find_places(
    source: Source, tensors: Iterable[TensorInfo]
) -> tuple[list[_Place], list[TensorInfo], dict[int, str]]:
    """Sort tensors by where they lie; those that have to be walked through one by one come second."""
    places: list[_Place] = []
    others: list[TensorInfo] = []
    failures: dict[int, str] = {}
    forms: dict[int, _Form | None] = {}
    first_bytes: dict[int, int | str] = {}
    for tensor in tensors:
        kind, storage = tensor.kind, tensor.storage
        # The kind itself would be hashed anew each time: its whole shape and quantization.
        if id(kind) in forms:
            form = forms[id(kind)]
        else:
            form = forms[id(kind)] = _form(kind)
        if form is None or storage is None or storage.framing in ("zip-deflated", "chunks"):
            others.append(tensor)
            continue
        begin = tensor.offset * form.itemsize
        end = begin + form.nbytes
        if not 0 <= begin <= end <= storage.nbytes or storage.position + end > source.nbytes:
            others.append(tensor)
        elif storage.framing == "raw":
            position = storage.position + begin
            places.append(_Place(position, position + form.nbytes, tensor, form, None))
        elif storage.nbytes <= SMALL_NBYTES:
            last = min(storage.position + _HEADER_NBYTES + end, source.nbytes)
            places.append(_Place(storage.position, last, tensor, form, begin))
        else:
            first = first_bytes.get(storage.number)
            if first is None:
                first = first_bytes[storage.number] = _look_up(source, storage)
            if isinstance(first, str):
                failures[tensor.number] = first
            elif first + end > source.nbytes:
                others.append(tensor)
            else:
                places.append(_Place(first + begin, first + end, tensor, form, None))
    places.sort(key=itemgetter(0))
    return places, others, failures


def _form(kind: TensorKind) -> _Form | None:
    """The form of a kind; None where values do not lie side by side or each channel has a scale of its own."""
    if not is_small(kind):
        msg = f"not a small tensor: {kind.dtype} {kind.stored_shape}"
        raise ValueError(msg)
    if kind.problem is not None or (kind.quantization is not None and kind.quantization.axis is not None):
        return None
    expected = 1
    if kind.stored_numel:
        steps = zip(kind.stride, kind.stored_shape, strict=True)
        for step, size in sorted((step, size) for step, size in steps if size > 1):
            if step != expected:
                return None
            expected *= size
    itemsize = kind.element.itemsize
    return _Form(
        kind.stored_numel * itemsize, itemsize, (kind.dtype, kind.conj, kind.neg, kind.quantization is not None)
    )


def _look_up(source: Source, storage: Storage) -> int | str:
    try:
        return first_byte(storage, lambda *place: source.read(*place).tobytes())
    except CheckpointError as error:
        return error.sentence


def _portions(places: Sequence[_Place]) -> Iterator[list[_Window]]:
    """Group places, which are sorted, into windows, and windows into what is given at once."""
    windows: list[_Window] = []
    tensors = nbytes = 0
    position = end = 0
    near: list[_Place] = []
    for place in places:
        start, last = place[:2]
        full = tensors + len(near) >= _PORTION_TENSORS
        if near and (full or start > end + _GAP_NBYTES or max(end, last) - position > _WINDOW_NBYTES):
            windows.append(_Window(position, end, near))
            tensors += len(near)
            nbytes += end - position
            near = []
            if full or nbytes >= _WINDOW_NBYTES or len(windows) == _PORTION_WINDOWS:
                yield windows
                windows = []
                tensors = nbytes = 0
        if not near:
            position = end = start
        near.append(place)
        end = max(end, last)
    if near:
        windows.append(_Window(position, end, near))
    if windows:
        yield windows


class _Pile:
    """Bytes of tensors that are decoded alike."""

    def __init__(self, kind: TensorKind, itemsize: int) -> None:
        self._kind = kind
        self._itemsize = itemsize
        self._numbers: list[int] = []
        self._parts: list[memoryview] = []
        self._sizes: list[int] = []
        self._scales: list[float] = []
        self._zero_points: list[float] = []

    def add(self, tensor: TensorInfo, part: memoryview, nbytes: int) -> None:
        self._numbers.append(tensor.number)
        self._parts.append(part)
        self._sizes.append(nbytes)
        quantization = tensor.kind.quantization
        if quantization is not None:
            self._scales.append(quantization.scales[0])
            self._zero_points.append(quantization.zero_points[0])

    def decoded(self, byteorder: Literal["little", "big"], failures: dict[int, str]) -> Together | None:
        """Their numbers; None where there are none, which `failures` then tells."""
        raw = np.frombuffer(bytearray().join(self._parts), np.uint8)
        try:
            numbers = decode(raw, self._kind, byteorder)
        except CheckpointError as error:
            failures.update(dict.fromkeys(self._numbers, error.sentence))
            return None
        sizes = np.array(self._sizes, np.int64) // self._itemsize
        if self._scales:
            scales, zero_points = np.array(self._scales, np.float64), np.array(self._zero_points, np.float64)
            numbers = dequantize(numbers, np.repeat(scales, sizes), np.repeat(zero_points, sizes), per_channel=False)
        return Together(tuple(self._numbers), numbers, _starts(sizes), self._kind.dtype, failures)


def _starts(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def _sort_out(
    window: _Window,
    view: memoryview,
    take: Callable[[TensorInfo, _Form, memoryview], None],
    others: list[TensorInfo],
    failures: dict[int, str],
) -> None:
    """Hand on the bytes of each of a window's tensors."""

    def inside(position: int, nbytes: int) -> bytes:
        return bytes(view[position - window.position : position - window.position + nbytes])

    for position, _, tensor, form, begin in window.places:
        first = position
        storage = tensor.storage
        if begin is not None and storage is not None:
            try:
                first = first_byte(storage, inside) + begin
            except CheckpointError as error:
                failures[tensor.number] = error.sentence
                continue
        if first + form.nbytes > window.end:
            # A header longer than any that PyTorch writes.
            others.append(tensor)
            continue
        first -= window.position
        take(tensor, form, view[first : first + form.nbytes])


def _pile_up(
    piles: dict[tuple[str, bool, bool, bool], _Pile], tensor: TensorInfo, form: _Form, part: memoryview
) -> None:
    """Put the bytes of a tensor on the pile that they belong to."""
    pile = piles.get(form.decoded_like)
    if pile is None:
        pile = piles[form.decoded_like] = _Pile(tensor.kind, form.itemsize)
    pile.add(tensor, part, form.nbytes)


def _walk(
    blocks_of: Callable[[TensorInfo], Iterator[Array]], tensors: Sequence[TensorInfo], failures: dict[int, str]
) -> Iterator[Together]:
    """Read tensors one by one, and give those of a dtype together."""
    by_dtype: dict[str, list[TensorInfo]] = {}
    for tensor in tensors:
        by_dtype.setdefault(tensor.kind.dtype, []).append(tensor)
    for dtype, alike in by_dtype.items():
        for place in range(0, len(alike), _PORTION_WINDOWS):
            numbers: list[int] = []
            found: list[Array] = []
            for tensor in alike[place : place + _PORTION_WINDOWS]:
                try:
                    blocks = list(blocks_of(tensor))
                except CheckpointError as error:
                    failures[tensor.number] = error.sentence
                    continue
                numbers.append(tensor.number)
                found.append(np.concatenate(blocks) if blocks else np.empty(0, np.float32))
            if numbers:
                # Those without values must not change the dtype of the others.
                full = [values for values in found if values.size] or found
                yield Together(
                    tuple(numbers), np.concatenate(full), _starts([values.size for values in found]), dtype, failures
                )
                failures = {}
    if failures:
        yield Together((), np.empty(0, np.float32), _starts([]), "", failures)
