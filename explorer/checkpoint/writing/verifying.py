"""Compares a copy, opened again by our own reader, with the source: what it lists, and every byte."""

import time
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import Quantization, TensorKind
from explorer.checkpoint.pickles.rebuild import contiguous
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.writing.casting import Caster
from explorer.checkpoint.writing.content import Content
from explorer.checkpoint.writing.damage import check_parts, wrong_checksum
from explorer.checkpoint.writing.expecting import Expected
from explorer.checkpoint.writing.options import CopyOptions, Verified
from explorer.checkpoint.writing.plan import PlannedRecord
from explorer.checkpoint.writing.telling import Telling, paced
from explorer.progress import Report


class Written(NamedTuple):
    """A record and where it is in the new file."""

    planned: PlannedRecord
    place: Storage


def verify_copy(
    source: Checkpoint,
    copy: Checkpoint,
    written: Sequence[Written],
    expected: Sequence[Expected],
    options: CopyOptions,
    report: Report,
) -> Verified:
    """Compare them.

    Args:
        source: What was copied.
        copy: The new file, opened.
        written: All its records.
        expected: All tensors that it should hold.
        options: As of `write_copy`.
        report: Told of the bytes.

    Raises:
        CheckpointError: Something is not as it should be.
    """
    began = time.monotonic()
    if len(copy.tensors) != len(expected):
        raise _differs(f"it holds {len(copy.tensors):,} tensors instead of {len(expected):,}")
    by_name: dict[str, list[int]] = {}
    for number, tensor in enumerate(paced(copy.tensors, len(copy.tensors), "tensors listed", report)):
        by_name.setdefault(".".join(tensor.path), []).append(number)
    records = {record.place.position: record.planned for record in written}
    same = 0
    for wanted in paced(reversed(expected), len(expected), "tensors compared", report):
        places = by_name.get(wanted.name)
        if not places:
            raise _differs(f"it does not hold {wanted.name[:80]!r}")
        tensor = copy.tensors[places.pop()]
        # Safetensors has no strides: each tensor lies there in the order of its indices.
        dense = copy.container == "safetensors"
        same += _check_tensor(wanted, tensor, records, options, dense=dense)
    nbytes = _compare_bytes(source, copy, written, options.dtype, report)
    return Verified(len(expected), same, nbytes, time.monotonic() - began)


def _check_tensor(
    wanted: Expected, tensor: TensorInfo, records: dict[int, PlannedRecord], options: CopyOptions, *, dense: bool
) -> bool:
    """See whether a tensor is described as it should be; tells whether its bytes are to be the source's."""
    before, after = wanted.source, tensor
    # Nothing begins where the next thing does: of an empty tensor it is not known which record it lies in.
    empty = before.kind.stored_numel == 0
    record = None if after.storage is None or empty else records.get(after.storage.position)
    cast = None if record is None else record.cast
    facts = _facts(before.kind, dense=dense)
    if cast is not None or (empty and after.kind.dtype == options.dtype):
        facts = facts._replace(dtype=str(options.dtype))
    if facts != _facts(after.kind, dense=dense):
        raise _differs(f"{wanted.name[:80]!r} is described otherwise than in the source")
    said = options.device or before.kind.saved_device or "cpu"
    if after.kind.saved_device is not None and after.kind.saved_device != said:
        raise _differs(f"{wanted.name[:80]!r} is on the device {after.kind.saved_device[:40]!r}")
    if (before.storage is None) != (after.storage is None):
        raise _differs(f"{wanted.name[:80]!r} has lost its values")
    if after.storage is None or empty:
        return after.kind.dtype == before.kind.dtype
    if record is None or before.storage is None or record.source is None:
        raise _differs(f"{wanted.name[:80]!r} lies in no record that was written")
    if record.tensor >= 0:
        right = record.tensor == before.number and after.offset == 0
    else:
        begin = before.offset * before.kind.element.itemsize - record.begin
        unit = DTYPES[cast.before if cast else before.kind.dtype].itemsize
        right = after.offset * unit == begin and _is_same(record.source, before.storage)
    if not right:
        raise _differs(f"{wanted.name[:80]!r} lies elsewhere than it should")
    return cast is None


def _is_same(one: Storage, other: Storage) -> bool:
    return (one.file, one.position, one.nbytes) == (other.file, other.position, other.nbytes)


class _Facts(NamedTuple):
    """What describes a tensor, but for where it is."""

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    stored_shape: tuple[int, ...]
    layout: str
    conj: bool
    neg: bool
    quantization: Quantization | None


def _facts(kind: TensorKind, *, dense: bool) -> _Facts:
    stride = contiguous(kind.stored_shape) if dense else kind.stride
    shapes = kind.shape, stride, kind.stored_shape
    return _Facts(kind.dtype, *shapes, kind.layout, kind.conj, kind.neg, kind.quantization)


def _compare_bytes(
    source: Checkpoint, copy: Checkpoint, written: Sequence[Written], dtype: str | None, report: Report
) -> int:
    """Compare every record with what it was made from; returns how many bytes that were."""
    telling = Telling(sum(record.place.nbytes for record in written), "bytes compared", report)
    done = 0
    caster = None if dtype is None else Caster(dtype, source.files[-1].byteorder, counting=False)
    with Content(source, caster) as there, Content(copy) as here:
        for planned, place in written:
            at, crc, known_crc = here.first_byte(place), 0, planned.known_crc
            for block in telling.watch(there.blocks(planned)):
                if not np.array_equal(here.read(place, at, len(block)), np.frombuffer(block, np.uint8)):
                    why = f"bytes of its record {planned.name[:80]!r} are not what was written"
                    raise _differs(why, "try another disk")
                crc = 0 if known_crc is None else zlib.crc32(block, crc)
                at += len(block)
                done += len(block)
            if known_crc is not None and crc != known_crc:
                raise wrong_checksum(planned.name)
        check_parts(there, [planned for planned, _ in written], report)
        there.check_unchanged()
        here.check_unchanged()
    return done


def _differs(why: str, advice: str = "please report it") -> CheckpointError:
    return CheckpointError("The copy is not what it should be and was removed", why, advice)
