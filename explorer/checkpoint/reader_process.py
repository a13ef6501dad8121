"""The reader process: parses one file and answers in plain data. Neither torch nor Qt is imported here.

It is started warm, reads one request (a line of JSON on stdin), answers in frames on stdout and ends. A frame is its
length as four bytes, then JSON: ``{"rows": ...}`` slices of at most `SLICE` tensors, each followed by columns of
numbers as they lie in memory, and last ``{"done": ...}`` or ``{"error": ...}``. Whatever a stranger's file does to the
parser, it does here, under a memory and a time limit.
"""

import datetime as dt  # noqa: F401 - here, so that nothing is imported once a file is read
import gc
import json
import os
import pickle
import pickletools  # noqa: F401 - as above
import sys
from array import array
from itertools import islice
from typing import Any, BinaryIO, Final

from explorer.checkpoint.channels import ChannelReader
from explorer.checkpoint.containers.archives import open_archive
from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.containers.legacy import OLD_MAGIC
from explorer.checkpoint.containers.plain import open_pickle, open_text_pickle
from explorer.checkpoint.containers.safetensors import looks_like_safetensors, read_header
from explorer.checkpoint.containers.tar import is_tar, open_tar
from explorer.checkpoint.containers.zipfiles import overlap_damage
from explorer.checkpoint.contents import content_rows
from explorer.checkpoint.document import ContentRow, TensorKind
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.entries import find_entries
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.modules import MAX_TENSORS
from explorer.checkpoint.names import named_code
from explorer.checkpoint.pickles import PROTO
from explorer.checkpoint.pread import read_up_to
from explorer.checkpoint.rebuild import FindRecord, Record, TensorRows
from explorer.checkpoint.recognise import not_a_checkpoint, open_for_reading
from explorer.checkpoint.structure import FoundEntry, tensors_of, versions_of

try:
    import resource
except ImportError:  # Windows has none; there the parent watches
    resource = None  # type: ignore[assignment]  # a module anywhere else

SLICE: Final = 4_096
MEMORY_LIMIT: Final = 1 << 30
SECONDS: Final = 8
"""Processor time for any file, and one more second for each `BYTES_PER_SECOND` of it that are parsed."""
BYTES_PER_SECOND: Final = 8_000_000


class _Answer:
    """Writes frames, and the slices of the tensor table into them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sent_rows = 0
        self._sent_kinds = 0
        self._sent_storages = 0

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message, separators=(",", ":")).encode("ascii")
        self._stream.write(len(data).to_bytes(4, "big"))
        self._stream.write(data)

    def send_rows(self, entry: int, tails: list[Any], table: TensorRows) -> None:
        """Send the tensors that were added since the last slice, with the kinds and storages that are new."""
        rows, storages = slice(self._sent_rows, None), slice(self._sent_storages, None)
        kinds = table.kinds[self._sent_kinds :]
        columns = [
            *(array("q", column[rows]).tobytes() for column in (table.kind_of, table.storage_of, table.offset_of)),
            *(
                array("q", column[storages]).tobytes()
                for column in (table.positions, table.nbytes, table.stored_nbytes)
            ),
            array("B", table.framings[storages]).tobytes(),
        ]
        self._sent_rows, self._sent_kinds, self._sent_storages = (
            len(table.kind_of),
            len(table.kinds),
            len(table.positions),
        )
        message = {
            "entry": entry,
            "tails": tails,
            "kinds": [_kind_fields(kind) for kind in kinds],
            "columns": [len(column) for column in columns],
        }
        self.send({"rows": message})
        for column in columns:
            self._stream.write(column)


def _kind_fields(kind: TensorKind) -> list[Any]:
    q = kind.quantization
    return [
        kind.dtype,
        kind.shape,
        kind.stride,
        kind.stored_shape,
        kind.saved_device,
        kind.layout,
        kind.conj,
        kind.neg,
        kind.counts_as_parameters,
        None if q is None else (q.scheme, q.scales, q.zero_points, q.axis),
        kind.problem,
    ]


def main() -> None:
    """Answer one request and end."""
    gc.disable()
    answer_stream = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)
    line = sys.stdin.readline()
    if not line:
        return
    request = json.loads(line)
    answer = _Answer(answer_stream)
    names: dict[str, None] = {}
    try:
        _limit_memory()
        _read(request["path"], answer, names)
    except CheckpointError as error:
        answer.send({"error": _error_fields(error, names)})
    except MemoryError as error:
        why = str(error) or f"reading it takes more than {MEMORY_LIMIT >> 20:,} MiB of memory"
        answer.send({"error": _error_fields(CheckpointError("The file is too large to be read", why), names, "limit")})
    except RecursionError:
        found = CheckpointError("The file's pickle is damaged", "it is nested too deeply")
        answer.send({"error": _error_fields(found, names, "limit")})
    except (pickle.UnpicklingError, EOFError, Exception) as error:  # noqa: BLE001 - a damaged pickle raises anything
        damaged = CheckpointError("The file's pickle is damaged", str(error)[:200].rstrip("."), "fetch it again")
        answer.send({"error": _error_fields(damaged, names)})
    answer_stream.flush()
    os._exit(0)  # taking a hundred thousand objects apart would only cost time


def _error_fields(error: CheckpointError, names: dict[str, None], verdict: str | None = None) -> dict[str, Any]:
    return {
        "what": error.what,
        "why": error.why,
        "advice": error.advice,
        "verdict": verdict or error.verdict,
        "code": named_code(names),
    }


def _damage_fields(damage: CheckpointError | None) -> dict[str, str]:
    """What a file that could be listed, but is not sound, adds to the answer."""
    return {} if damage is None else {"verdict": damage.verdict, "message": damage.sentence}


def _limit_memory() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(nbytes: int) -> None:
    if resource is not None:
        seconds = SECONDS + nbytes // BYTES_PER_SECOND
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _read(path: str, answer: _Answer, names: dict[str, None]) -> None:
    descriptor, facts = open_for_reading(path)
    size = facts.st_size
    start = read_up_to(descriptor, 0, 1_024)
    done: dict[str, Any] = {
        "identity": (facts.st_dev, facts.st_ino, size, facts.st_mtime_ns),
        "warnings": [],
        "byteorder": "little",
    }
    if looks_like_safetensors(start, size):
        _limit_time(int.from_bytes(start[:8], "little"))
        _send_safetensors(descriptor, size, answer, done)
        return
    if start.startswith(b"PK\x03\x04"):
        _limit_time(min(size, 1 << 27))
        found = open_archive(descriptor, size, names)
    elif is_tar(start):
        _limit_time(min(size, 1 << 27))
        found = open_tar(descriptor, size, names)
    else:
        refusal = not_a_checkpoint(start, size)
        _limit_time(min(size, 1 << 27))
        with open(descriptor, "rb", buffering=1 << 20, closefd=False) as stream:
            stream.seek(0)  # what was read may have moved it
            if start.startswith((PROTO, OLD_MAGIC)):
                found = open_pickle(stream, size, names)
            else:
                found = open_text_pickle(stream, size, names, refusal)
    _send_found(found, descriptor, answer, done)


def _send_found(found: Found, descriptor: int, answer: _Answer, done: dict[str, Any]) -> None:
    table = TensorRows()
    sent: list[dict[str, Any]] = []
    counts: dict[int, int] = {}
    entries: list[FoundEntry] = []
    total = 0
    find: FindRecord | None = None
    for part in found.parts:
        if part.find_record is not find:
            find = part.find_record
            table.look_in(find, ChannelReader(descriptor, find, found.byteorder).read)
        for entry in _entries_of(part):
            # A table of TorchScript's belongs to the entry of the module before it.
            joins = bool(sent) and part.attribute is not None and sent[-1]["path"] == entry.path
            place = len(sent) - joins
            held = 0
            found_tensors = tensors_of(entry)
            while inside := list(islice(found_tensors, min(SLICE, MAX_TENSORS - total - held))):
                table.add(inside)
                answer.send_rows(place, [tail[0] if len(tail) == 1 else tail for tail, _ in inside], table)
                held += len(inside)
            if held and joins:
                sent[-1]["tensors"] += held
            elif held:
                sent.append({"path": entry.path, "kind": entry.kind, "tensors": held})
                _send_versions(place, entry.node, answer)
            entries.append(entry)
            counts[id(entry.node)] = held
            total += held
    if total == MAX_TENSORS:
        found.warnings.append(f"Only the first {MAX_TENSORS:,} tensors are listed.")
    damage = found.damage
    if found.container in ("zip", "torchscript", "torch.package"):
        damage = damage or overlap_damage(table.positions, table.stored_nbytes)
    tops = [(part.attribute or "/".join(part.path), part.root) for part in found.parts]
    done.update(
        container=found.container,
        byteorder=found.byteorder,
        warnings=found.warnings,
        code=named_code(found.names),
        entries=sent,
        contents=list(content_rows(tops, entries, counts)),
        **_damage_fields(damage),
    )
    answer.send({"done": done})


def _send_versions(place: int, node: object, answer: _Answer) -> None:
    versions = versions_of(node)
    if versions is not None:
        for first in range(0, len(versions) or 1, SLICE):
            answer.send({"versions": versions[first : first + SLICE], "entry": place})


def _entries_of(part: Part) -> list[FoundEntry]:
    if part.attribute is not None:
        return [FoundEntry(part.path, part.root, "module", dotted=(part.attribute,))]
    return [entry._replace(path=(*part.path, *entry.path)) for entry in find_entries(part.root)]


def _send_safetensors(descriptor: int, size: int, answer: _Answer, done: dict[str, Any]) -> None:
    tensors, metadata, damage = read_header(descriptor, size)
    table = TensorRows()
    tails: list[Any] = []
    for tensor in tensors:
        stride = _contiguous(tensor.shape)
        counted = tensor.name.rpartition(".")[2] not in ("running_mean", "running_var")
        kind = TensorKind(
            dtype=tensor.dtype,
            shape=tensor.shape,
            stride=stride,
            stored_shape=tensor.shape,
            saved_device=None,
            counts_as_parameters=counted and DTYPES[tensor.dtype].family in ("float", "complex"),
            problem=tensor.problem,
        )
        storage = table.add_storage(Record(tensor.position, tensor.nbytes, tensor.nbytes, "raw"))
        table.append(table.intern(kind), storage, 0)
        tails.append(tensor.name)
        if len(tails) == SLICE:
            answer.send_rows(0, tails, table)
            tails = []
    answer.send_rows(0, tails, table)
    texts = [ContentRow(-1, "__metadata__", "dict", f"{len(metadata):,} items")] if metadata else []
    texts += [ContentRow(0, key, type(value).__name__, str(value)[:1_000]) for key, value in metadata.items()]
    done.update(
        container="safetensors",
        code=[],
        entries=[{"path": (), "kind": "state_dict", "tensors": len(tensors)}] if tensors else [],
        contents=texts,
        **_damage_fields(damage),
    )
    answer.send({"done": done})


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(1, size)
    return tuple(reversed(strides))
