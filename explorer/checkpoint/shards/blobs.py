"""Values in the files of torch.distributed.checkpoint: an archive of torch.save's for each, one behind the other.

Format: ``_write_item`` in ``torch/distributed/checkpoint/filesystem.py`` (2.13).
"""

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple

from explorer.checkpoint.containers.zipfiles import Directory, read_directory, read_record
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.rebuild import Record
from explorer.checkpoint.pickles.unpickler import InertUnpickler, Recorded, StorageId, load
from explorer.checkpoint.pread import read_at, read_up_to
from explorer.checkpoint.recognise import nothing_yet
from explorer.checkpoint.shards.files import Shard, Shards, as_checkpoint_error, as_clause

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PICKLE: Final = 1 << 24
"""Bytes of the pickle of one value."""

_DATA: Final = "/data.pkl"


class Place(NamedTuple):
    """Where a value lies.

    Attributes:
        file: Name of the file.
        offset: Of its first byte.
        nbytes: How many bytes it has.
        transforms: What was done to its bytes, in the file's words; "" for nothing.
    """

    file: str
    offset: int
    nbytes: int
    transforms: str = ""


def place_of(info: object) -> Place | None:
    """Read a ``_StorageInfo``; None where it makes no sense."""
    facts: Mapping[Any, Any] = info.attributes if isinstance(info, Recorded) else {}
    file, offset, nbytes = facts.get("relative_path"), facts.get("offset"), facts.get("length")
    if not isinstance(file, str) or type(offset) is not int or type(nbytes) is not int or offset < 0 or nbytes < 0:
        return None
    transforms = facts.get("transform_descriptors")
    if isinstance(transforms, (list, tuple)):
        return Place(
            file, offset, nbytes, ", ".join(str(word)[:40] for word in transforms[:4] if isinstance(word, str))
        )
    return Place(file, offset, nbytes)


class _Unpickler(InertUnpickler):
    """Gives each storage a key of its own, among those of all values."""

    def __init__(
        self, stream: BinaryIO, names: dict[str, None], classes: dict[tuple[str, str], type], number: int
    ) -> None:
        super().__init__(stream, names)
        self._classes = classes
        self._number = number

    def persistent_load(self, pid: object, /) -> object:
        if type(pid) is tuple and len(pid) >= 5 and type(pid[2]) is str:
            return StorageId((*pid[:2], f"{self._number}/{pid[2]}", *pid[3:]))
        return super().persistent_load(pid)


class _Opened(NamedTuple):
    """A value's archive."""

    shard: Shard
    place: Place
    records: Directory
    folder: str


class Blobs:
    """Reads values, and finds the storages of the tensors in them.

    Attributes:
        file: In which file the storage is that was found last, as its place in `Checkpoint.files`.
    """

    def __init__(self, shards: Shards, names: dict[str, None]) -> None:
        """Read from the files of a folder.

        Args:
            shards: The folder.
            names: Takes the names of code that the values ask for.
        """
        self._shards = shards
        self._names = names
        self._classes: dict[tuple[str, str], type] = {}
        self._opened: dict[int, _Opened] = {}
        self._read = 0
        self.file = 0

    def read(self, place: Place) -> Any:  # noqa: ANN401 - whatever a pickle holds
        """Unpickle a value into plain containers and recorders.

        Raises:
            CheckpointError: It cannot be read; `what` and `why` say it as a clause.
        """
        if place.transforms:
            raise CheckpointError("it was written through a transform that is not read", place.transforms)
        try:
            shard = self._shards.open(place.file)
        except CheckpointError as error:
            raise CheckpointError(f"{place.file[:80]!r} cannot be read", error.what) from None
        if place.offset + place.nbytes > shard.nbytes:
            nothing = nothing_yet(read_up_to(shard.descriptor, 0, 1_024), shard.nbytes)
            if nothing is not None:
                said = as_clause(nothing)
                self._shards.broken.setdefault(place.file, CheckpointError(said, advice=nothing.advice))
                raise CheckpointError(f"{place.file[:80]!r} cannot be read", said)
            missing = place.offset + place.nbytes - shard.nbytes
            cut = CheckpointError(f"it is cut: at least {missing:,} bytes are missing at its end")
            self._shards.broken.setdefault(place.file, cut)
            raise CheckpointError(f"it would end {missing:,} bytes behind the end of {place.file[:80]!r}")
        try:
            return self._unpickled(shard, place)
        except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
            why = as_clause(as_checkpoint_error(error))
            raise CheckpointError(f"what {place.file[:80]!r} has at byte {place.offset:,} is damaged", why) from None

    def _unpickled(self, shard: Shard, place: Place) -> object:
        records = read_directory(shard.descriptor, place.nbytes, place.offset)
        found = [name for name in records.ending(_DATA) if name.count("/") == 1]
        if len(found) != 1:
            raise CheckpointError("it is no archive of torch.save's")
        folder = found[0].removesuffix(_DATA.lstrip("/"))
        data = self._record(shard, place, records, found[0])
        stream = io.BytesIO(data)
        number = self._read
        self._read += 1
        root = load(_Unpickler(stream, self._names, self._classes, number), stream)
        order = self._record(shard, place, records, f"{folder}byteorder").strip()
        byteorder: Literal["little", "big"] = "big" if order == b"big" else "little"
        if not self._shards.agree_on_byteorder(shard.number, byteorder):
            raise CheckpointError("its numbers have another order of bytes than those before it")
        self._opened[number] = _Opened(shard, place, records, folder)
        return root

    def _record(self, shard: Shard, place: Place, records: Directory, name: str) -> bytes:
        record = records.find(name)
        if record is None:
            return b""
        if record.position + max(record.stored_nbytes, record.nbytes) > place.nbytes:
            raise CheckpointError("a record of it lies outside it")
        return read_record(shard.descriptor, record._replace(position=place.offset + record.position), MAX_PICKLE)

    def find(self, key: str | int) -> Record | None:
        """Find the bytes of a storage, and note in `file` where they are."""
        number, _, own = str(key).partition("/")
        opened = self._opened.get(int(number)) if number.isdecimal() else None
        if opened is None:
            return None
        shard, place, records, folder = opened
        record = records.storage(f"{folder}data/{own}", place.nbytes)
        self.file = shard.number
        return None if record is None else record._replace(position=place.offset + record.position)

    def forget(self) -> None:
        """Let go of the value that was read last: its storages were found."""
        self._opened.pop(self._read - 1, None)

    def read_bytes(self, file: str, position: int, nbytes: int) -> bytes:
        """Read bytes of a shard.

        Raises:
            CheckpointError: It ends before.
        """
        return read_at(self._shards.open(file).descriptor, position, nbytes)
