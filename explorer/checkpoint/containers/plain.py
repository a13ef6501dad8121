"""Pickles that torch.save did not write, and the way from a pickle to those that it did write.

A pickle of Python's own holds settings, arrays of NumPy, code by name, and also tensors: each brings its storage along
as bytes, which are a file of torch.save's in the legacy layout (``UntypedStorage.__reduce__`` in ``torch/storage.py``).
"""

import io
from typing import Any, BinaryIO, Final

from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.containers.legacy import MAGIC, open_legacy
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.rebuild import Record
from explorer.checkpoint.pickles.unpickler import PROTO, InertUnpickler, StorageId, codec_bytes, load

MAX_FOLLOWING: Final = 1_000
"""Pickles behind the first that are looked through for names of code."""

TEXT_BEGINS: Final = (b"(", b"c", b"]", b"}", b")")
"""How pickles of protocol 0 or 1 begin that hold more than one value; they have no mark of their own."""

STOP: Final = b"."

_LOAD: Final = ("torch.storage", "_load_from_bytes")
_PACKED: Final = "Its values are written as text inside a pickle, which is not read."
_STEP: Final = 1 << 24


class _PlainUnpickler(InertUnpickler):
    """Also reads what storages say of themselves that are bytes inside the pickle.

    Attributes:
        storages: By their new keys: their bytes, and where in these their elements are.
    """

    def __init__(self, stream: BinaryIO, names: dict[str, None]) -> None:
        super().__init__(stream, names)
        self.storages: dict[int, tuple[bytes, Record]] = {}
        self._read: dict[int, tuple[object, StorageId]] = {}

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - pickle's own signature
        made = super().find_class(module, name)
        return self._storage if (module, name) == _LOAD else made

    def _storage(self, *given: object) -> object:
        written = given[0] if len(given) == 1 else None
        if id(written) in self._read:
            return self._read[id(written)][1]
        held = codec_bytes(written)
        inner = None if held is None else _inner_storage(held, self.names)
        if held is None or inner is None:
            return super().find_class(*_LOAD)(*given)
        storage, record = inner
        key = len(self.storages)
        self.storages[key] = held, record
        made = StorageId((*storage[:2], key, *storage[3:]))
        self._read[id(written)] = written, made
        return made


def _inner_storage(held: bytes, names: dict[str, None]) -> tuple[StorageId, Record] | None:
    """The storage that a file of torch.save's holds instead of a state_dict, and where its elements are."""
    stream = io.BytesIO(held)
    try:
        if load(InertUnpickler(stream, names), stream) != MAGIC:
            return None
        (part,) = open_legacy(stream, len(held), names).parts
    except Exception:  # noqa: BLE001 - a damaged pickle raises anything
        return None
    record = part.find_record(part.root[2]) if isinstance(part.root, StorageId) and len(part.root) > 4 else None
    return None if record is None else (part.root, record)


def open_pickle(stream: BinaryIO, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read a file that begins with a pickle; torch.save's legacy layout begins with that of its magic number.

    Args:
        stream: The file, at its start.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: Its pickles are damaged.
    """
    unpickler = _PlainUnpickler(stream, names)
    root = load(unpickler, stream)
    if type(root) is int and root == MAGIC:
        return open_legacy(stream, file_nbytes, names)
    end = stream.tell()
    records = _located(unpickler.storages, stream, end)
    found = Found("pickle", [Part(root, records.get)], names)
    stream.seek(end)
    following = 0
    while end < file_nbytes and following < MAX_FOLLOWING and stream.read(1) == PROTO:
        stream.seek(end)
        try:
            load(InertUnpickler(stream, names), stream)
        except Exception:  # noqa: BLE001 - a damaged pickle raises anything
            break
        following += 1
        end = stream.tell()
    if following:
        more = "A second pickle follows" if following == 1 else f"{following:,} more pickles follow"
        found.warnings.append(f"{more} the first: not shown, but for the names of code.")
    if end < file_nbytes:
        found.warnings.append(f"{file_nbytes - end:,} bytes follow the pickle; they were not looked at.")
    return found


def _located(storages: dict[int, tuple[bytes, Record]], stream: BinaryIO, end: int) -> dict[Any, Record]:
    """Where in the file the elements of storages are; they stand in it in the order in which they were met."""
    records: dict[Any, Record] = {}
    begin = 0
    for key, (held, record) in storages.items():
        at = _find(stream, held, begin, end)
        if at is None:
            records[key] = record._replace(problem=_PACKED)
        else:
            records[key] = record._replace(position=at + record.position)
            begin = at + len(held)
    return records


def _find(stream: BinaryIO, wanted: bytes, begin: int, end: int) -> int | None:
    """Where bytes stand in a part of a stream; None where they do not."""
    while begin < end:
        stream.seek(begin)
        data = stream.read(min(end - begin, _STEP + len(wanted)))
        at = data.find(wanted)
        if at >= 0:
            return begin + at
        begin += _STEP
    return None


def open_text_pickle(stream: BinaryIO, file_nbytes: int, names: dict[str, None], refusal: CheckpointError) -> Found:
    """Read a file that begins as a pickle of protocol 0 or 1 might.

    Args:
        stream: The file, at its start.
        file_nbytes: Its size.
        names: Takes every name the pickle asks for, also when reading fails.
        refusal: What to say of it otherwise.

    Raises:
        CheckpointError: `refusal`, or that it is a damaged pickle.
    """
    stream.seek(max(0, file_nbytes - 1))
    last = stream.read(1)
    stream.seek(0)
    if last != STOP or stream.read(1) not in TEXT_BEGINS:
        raise refusal
    stream.seek(0)
    asked: dict[str, None] = {}
    try:
        found = open_pickle(stream, file_nbytes, asked)
    except Exception as error:  # noqa: BLE001 - a text that is no pickle raises anything
        # Words of a text may look like the names of code; they would hardly all be identifiers.
        if not asked or not all(name.replace(".", "_").isidentifier() for name in asked):
            raise refusal from None
        names.update(asked)
        why = error.why if isinstance(error, CheckpointError) else str(error)
        raise CheckpointError("The file's pickle is damaged", why[:200].rstrip(".")) from None
    names.update(asked)
    return found
