"""The safetensors layout: an 8-byte header length, a JSON header, and one buffer that the tensors tile exactly.

Format: the safetensors README ("Format"). All numbers are little-endian.
"""

import json
import math
from operator import attrgetter
from typing import Any, Final, NamedTuple

from explorer.checkpoint.damage import AGAIN, cut_short, here_of, past_end
from explorer.checkpoint.dtypes import DTYPES, SAFETENSORS_DTYPES, not_shown
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pread import read_at

MAX_HEADER: Final = 100_000_000
"""The format's own limit."""

_TWO_IN_A_BYTE: Final = "F4"
_WHOLE: Final = frozenset([int])
_new: Final = tuple.__new__


class SafeTensor(NamedTuple):
    """One tensor of the header; `position` is absolute, and an unknown dtype is given as bytes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    position: int
    nbytes: int
    problem: str | None
    unknown_dtype: str | None = None


class Header(NamedTuple):
    """What the header says.

    Attributes:
        tensors: In the order of their bytes.
        nbytes: Of the header itself, with its length.
        metadata: Texts by name, as far as the file is sound.
        damage: What is wrong with a file that can be listed all the same; None when it is sound.
    """

    tensors: list[SafeTensor]
    nbytes: int
    metadata: dict[str, Any]
    damage: CheckpointError | None


def looks_like_safetensors(start: bytes, file_nbytes: int) -> bool:
    """Whether the first bytes are a header length that fits the file, and the brace that opens the header."""
    length = int.from_bytes(start[:8], "little")
    return len(start) > 8 and start[8:9] == b"{" and 2 <= length <= max(file_nbytes, MAX_HEADER)


def read_header(descriptor: int, file_nbytes: int) -> Header:
    """Read and check the header.

    Raises:
        CheckpointError: The header is damaged, or the tensors do not tile the buffer.
    """
    length = int.from_bytes(read_at(descriptor, 0, 8), "little")
    if length > MAX_HEADER:
        raise CheckpointError("The safetensors header is too long", f"{length:,} bytes", verdict="limit")
    if 8 + length > file_nbytes:
        here = here_of(file_nbytes, 8 + length)
        why = f"{here} of its header are here, which lists the tensors, so that none can be shown"
        raise CheckpointError(f"The file is cut at byte {file_nbytes:,}", why, AGAIN)
    try:
        # Given bytes, json would guess their encoding, and import what decodes that.
        text = read_at(descriptor, 8, length).decode("utf-8")
        header = json.loads(text, object_pairs_hook=_without_duplicates)
    except RecursionError:
        raise CheckpointError("The safetensors header is damaged", "it is nested too deeply") from None
    except ValueError as error:
        raise CheckpointError("The safetensors header is damaged", str(error)[:200].rstrip(".")) from None
    if not isinstance(header, dict):
        raise CheckpointError("The safetensors header is damaged", "it is no object")
    metadata = header.pop("__metadata__", None) or {}
    begin = 8 + length
    make = _Tensors(begin, file_nbytes).tensor
    tensors = [make(name, facts) for name, facts in header.items()]
    tensors.sort(key=attrgetter("position"))
    position = begin
    for tensor in tensors:
        if tensor.position != position:
            what = "overlap" if tensor.position < position else "leave a hole"
            raise CheckpointError("The safetensors header is damaged", f"its tensors {what} at byte {position:,}")
        position += tensor.nbytes
    if position < file_nbytes:
        extra = file_nbytes - position
        raise CheckpointError("The file does not match its header", f"{extra:,} bytes belong to no tensor")
    damage = _damage(tensors, metadata)
    if position > file_nbytes:
        damage = cut_short(file_nbytes, position)
    return Header(tensors, begin, metadata if isinstance(metadata, dict) else {}, damage)


def _damage(tensors: list[SafeTensor], metadata: object) -> CheckpointError | None:
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        why = "its __metadata__ is not a list of names with a text for each"
        return CheckpointError("The safetensors header is damaged", why, "save it again")
    unknown = next((tensor for tensor in tensors if tensor.unknown_dtype is not None), None)
    if unknown is not None:
        what = f"The file has a dtype that is not known: {unknown.unknown_dtype!r}"
        return CheckpointError(what, f"that of {unknown.name[:80]!r}", verdict="unsupported")
    return None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands in it twice")
    return made


class _Tensors:
    """Makes tensors of the header's entries; what many have in common is worked out once."""

    def __init__(self, begin: int, file_nbytes: int) -> None:
        self._begin = begin
        self._file_nbytes = file_nbytes
        self._known: dict[tuple[str, tuple[int, ...]], tuple[str, tuple[int, ...], int, str | None]] = {}

    def tensor(self, name: str, facts: object) -> SafeTensor:
        """Check what the header says of a tensor.

        Raises:
            CheckpointError: It makes no sense.
        """
        if type(facts) is not dict:
            raise _makes_no_sense(name)
        shape, offsets, written = facts.get("shape"), facts.get("data_offsets"), facts.get("dtype")
        if type(shape) is not list or type(offsets) is not list or len(offsets) != 2 or type(written) is not str:
            raise _makes_no_sense(name)
        if not _WHOLE.issuperset(map(type, shape)) or not _WHOLE.issuperset(map(type, offsets)):
            raise _makes_no_sense(name)
        begin, end = offsets
        nbytes = end - begin
        if begin < 0 or nbytes < 0 or end >= 2**63:
            raise _makes_no_sense(name)
        alike = written, tuple(shape)
        known = self._known.get(alike)
        unknown = None
        if known is None and min(shape, default=0) < 0:
            raise _makes_no_sense(name)
        if known is None and (written in SAFETENSORS_DTYPES or written == _TWO_IN_A_BYTE):
            known = self._known[alike] = _of_kind(name, written, shape)
        if known is None:
            unknown = written[:40]
            known = "uint8", (nbytes,), nbytes, f"Its dtype {unknown!r} is not known; its bytes are there."
        dtype, sizes, expected_nbytes, problem = known
        if expected_nbytes != nbytes:
            raise _makes_no_sense(name)
        if self._begin + end > self._file_nbytes:
            problem = past_end(self._begin + end, self._begin + begin, self._file_nbytes)
        # Without the detour through its own constructor: there may be half a million of them.
        return _new(SafeTensor, (name, dtype, sizes, self._begin + begin, nbytes, problem, unknown))


def _of_kind(name: str, written: str, shape: list[int]) -> tuple[str, tuple[int, ...], int, str | None]:
    """The dtype, the shape as PyTorch's, the length in bytes, and why values are not shown, if they are not."""
    dtype = SAFETENSORS_DTYPES.get(written)
    if dtype is None:
        if not shape or shape[-1] % 2:
            raise _makes_no_sense(name)
        # Two of them are one element of PyTorch's: its shape is half as long at the end.
        dtype, shape = "float4_e2m1fn_x2", [*shape[:-1], shape[-1] // 2]
    return dtype, tuple(shape), math.prod(shape) * DTYPES[dtype].itemsize, not_shown(dtype)


def _makes_no_sense(name: str) -> CheckpointError:
    return CheckpointError("The safetensors header is damaged", f"its entry {name[:80]!r} makes no sense")
