"""Folders of torch.distributed.checkpoint: a pickle says which tensors there are and where each chunk of them lies.

Format: ``torch/distributed/checkpoint/metadata.py`` and ``filesystem.py`` (2.13). The pickle, ``.metadata``, is a
``Metadata`` with ``state_dict_metadata`` (name -> dtype, size and chunks of a tensor, or that it is another value),
``storage_data`` (name and offset of a chunk -> file, position, length) and, where nested mappings were flattened,
``planner_data`` (name -> keys from the top).
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from explorer.checkpoint.answer import Answer
from explorer.checkpoint.chunks import Chunk, Chunked, covering_problem
from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.contents import Remark
from explorer.checkpoint.dtypes import DTYPES, not_shown
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import first_byte
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.labels import key_text
from explorer.checkpoint.limits import limit_time
from explorer.checkpoint.listing import send_found
from explorer.checkpoint.pickles.calls import Facts, NotATensor, facts_of, whole_numbers
from explorer.checkpoint.pickles.rebuild import (
    MAX_NBYTES,
    NOT_PARAMETERS,
    FindRecord,
    ReadChannels,
    ReadShapes,
    Record,
    TensorRows,
    bounds_problem,
    contiguous,
    shape_problem,
)
from explorer.checkpoint.pickles.unpickler import Named, Recorded, TensorCall
from explorer.checkpoint.shards.blobs import Blobs, Place, place_of
from explorer.checkpoint.shards.files import Shards
from explorer.checkpoint.shards.indexed import unreadable

MAX_OTHERS: Final = 5_000
"""Values that are no tensors and are read; more than people look through."""

CHUNKS_TOLD: Final = 512
"""Chunks between two words on how many were read."""

MAX_KEYS: Final = 64
"""Keys from the top to a tensor that are followed."""

CHUNKS_PER_SECOND: Final = 1_000
"""Chunks that are looked up in a second of the processor's, at least."""

_METADATA: Final = "torch.distributed.checkpoint.metadata"
_CLASSES: Final = frozenset(
    [
        *(f"{_METADATA}.{name}" for name in ("Metadata", "MetadataIndex", "StorageMeta", "BytesStorageMetadata")),
        *(f"{_METADATA}.{name}" for name in ("TensorStorageMetadata", "ChunkStorageMetadata", "TensorProperties")),
        f"{_METADATA}._MEM_FORMAT_ENCODING",
        "torch.distributed._shard.sharded_tensor.metadata.TensorProperties",
        "torch.distributed._shard.sharded_tensor.metadata.MEM_FORMAT_ENCODING",
        "torch.distributed.checkpoint.filesystem._StorageInfo",
        *(f"pathlib.{name}" for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")),
        *(f"pathlib._local.{name}" for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")),
    ]
)
"""What every such pickle is made of: plain records, and no code of anybody's own."""


def is_distributed(found: Found) -> bool:
    """Tell whether a pickle is the metadata of a distributed checkpoint."""
    root = found.parts[0].root if found.parts else None
    return isinstance(root, Recorded) and root.called == f"{_METADATA}.Metadata"


class _Leaf(TensorCall):
    """Stands for a tensor of the metadata where the file would hold the call that makes it."""

    __slots__ = ()
    function = "torch.distributed.checkpoint"


class _Described(NamedTuple):
    """What the metadata says of a tensor."""

    dtype: str
    shape: tuple[int, ...]
    chunks: list[tuple[tuple[int, ...], tuple[int, ...]]]


class _Problem(Exception):  # noqa: N818 - used like StopIteration: a way out of nested calls
    """Why a tensor cannot be put together, as a sentence."""


def send_distributed(found: Found, shards: Shards, answer: Answer, done: dict[str, Any]) -> None:
    """Read what the metadata names and send it.

    Args:
        found: The metadata.
        shards: The folder that it lies in.
        answer: Takes the frames.
        done: The last frame, as far as it is known.
    """
    facts = found.parts[0].root.attributes
    for name in _CLASSES:
        found.names.pop(name, None)
    described, stored = facts.get("state_dict_metadata"), facts.get("storage_data")
    if not isinstance(described, dict) or not isinstance(stored, dict):
        raise CheckpointError(
            "The metadata of the distributed checkpoint is damaged", "it lists no tensors or no files"
        )
    places = _places(stored)
    limit_time(len(places), CHUNKS_PER_SECOND)
    planned = facts.get("planner_data")
    rows = _Rows(shards, Blobs(shards, found.names), places, answer)
    root = _Nesting(rows, planned if isinstance(planned, dict) else {}).nested(described)
    about = {key: facts[key] for key in ("version", "storage_meta") if facts.get(key) is not None}
    whole = Found("sharded", [Part(root, rows.blobs.find)], found.names, found.warnings, "little")
    if about:
        whole.parts.append(Part(about, rows.blobs.find, (".metadata",)))
    send_found(whole, -1, answer, done, rows)
    named = {place.file for place in places.values() if place is not None}
    damage = shards.damage(len(named)) or rows.damage()
    if damage is not None:
        done.update(verdict=damage.verdict, message=damage.sentence)
    if rows.problems and shards.broken:
        done["warnings"].append(f"Without them {_counted(len(rows.problems))} cannot be shown whole.")
    done["shards"] = shards.facts()
    done["missing"] = shards.missing()


def _counted(tensors: int) -> str:
    return "1 tensor" if tensors == 1 else f"{tensors:,} tensors"


_Places = dict[tuple[str, tuple[int, ...] | None], Place | None]


def _places(stored: dict[Any, Any]) -> _Places:
    """Where each chunk lies, by the name of its tensor and its offsets; of a value that is no tensor, by None."""
    places: _Places = {}
    for index, info in dict.items(stored):
        facts = index.attributes if isinstance(index, Recorded) else {}
        try:
            offset = None if facts.get("offset") is None else whole_numbers(facts["offset"])
        except NotATensor:
            continue
        places[key_text(facts.get("fqn")), offset] = place_of(info)
    return places


class _Nesting:
    """Builds the mappings that were saved from the flat names of what was in them."""

    def __init__(self, rows: "_Rows", planned: dict[Any, Any]) -> None:
        self._rows = rows
        self._planned = planned
        self._others = 0

    def nested(self, described: dict[Any, Any]) -> dict[Any, Any]:
        root: dict[Any, Any] = {}
        for key, about in dict.items(described):
            name = key_text(key)
            called = about.called if isinstance(about, Recorded) else ""
            value: object = self._other(name) if called.endswith(".BytesStorageMetadata") else _Leaf(name)
            if isinstance(value, _Leaf):
                self._rows.described[name] = about
            self._put(root, name, value)
        return root

    def _put(self, root: dict[Any, Any], name: str, value: object) -> None:
        path = self._planned.get(name)
        if (
            isinstance(path, (tuple, list))
            and 0 < len(path) <= MAX_KEYS
            and all(type(part) in (str, int) for part in path)
        ):
            node: Any = root
            for part in path[:-1]:
                node = node.setdefault(part, {}) if isinstance(node, dict) else None
            if isinstance(node, dict) and path[-1] not in node:
                node[path[-1]] = value
                return
        root[name] = value

    def _other(self, name: str) -> object:
        self._others += 1
        if self._others > MAX_OTHERS:
            return Remark(f"not read: there are more than {MAX_OTHERS:,} such values")
        place = self._rows.places.get((name, None))
        if place is None:
            return Remark("cannot be read: the metadata does not say where it is")
        try:
            return self._rows.blobs.read(place)
        except CheckpointError as error:
            return Remark(f"cannot be read: {error.sentence}")


class _Rows(TensorRows):
    """Also collects tensors that are put together from chunks.

    Attributes:
        blobs: Reads the chunks.
        places: Where they lie.
        described: What the metadata says of each tensor, by its name.
        problems: Why tensors cannot be put together, by their names.
    """

    def __init__(self, shards: Shards, blobs: Blobs, places: _Places, answer: Answer) -> None:
        super().__init__()
        self._answer = answer
        self._read_chunks = 0
        self._shards = shards
        self.blobs = blobs
        self.places = places
        self.described: dict[str, object] = {}
        self.problems: dict[str, str] = {}

    def look_in(self, find_record: FindRecord, _read_channels: ReadChannels, _read_shapes: ReadShapes) -> None:
        """Look in the chunks; scales of each channel and shapes in nested tensors are not read from them."""
        super().look_in(
            find_record,
            lambda *_: "It is quantized per channel, which is not read from chunks.",
            lambda _facts: "",
        )

    def add_storage(self, record: Record) -> int:
        """Append a storage, of the file that was looked in last."""
        self.files.append(self.blobs.file)
        return super().add_storage(record)

    def add(self, found: Iterable[tuple[tuple[str, ...], TensorCall]]) -> None:
        """Put tensors together and append them."""
        for path, call in found:
            if not isinstance(call, _Leaf):
                super().add([(path, call)])
                continue
            counted = not path or path[-1].rpartition(".")[2] not in NOT_PARAMETERS
            name = call[0]
            try:
                described = _read_description(self.described[name])
            except (NotATensor, _Problem) as error:
                said = f"The metadata does not describe a tensor: {error}."
                self.problems[name] = said
                self.append_unreadable(unreadable(said))
                continue
            try:
                self._add_described(name, path, described, counted=counted)
            except _Problem as error:
                self.problems[name] = str(error)
                self.append_unreadable(_kind(described, counted=counted, problem=str(error)))

    def damage(self) -> CheckpointError | None:
        """What is wrong where tensors cannot be put together."""
        if not self.problems:
            return None
        name, problem = next(iter(self.problems.items()))
        why = f"{name[:80]!r}: {problem[:1].lower()}{problem[1:].removesuffix('.')}"
        return CheckpointError(f"Of the tensors {len(self.problems):,} cannot be put together", why)

    def _add_described(self, name: str, path: tuple[str, ...], described: _Described, *, counted: bool) -> None:
        problem = covering_problem(described.shape, described.chunks)
        if problem is not None:
            raise _Problem(problem)
        full = [chunk for chunk in described.chunks if 0 not in chunk[1]]
        if len(full) == 1:
            call = self._read(name, full[0][0], alone=len(described.chunks) == 1)
            if isinstance(call, TensorCall):
                _check_agrees(_facts(call), described.dtype, described.shape)
                super().add([(path, call)])
                self.blobs.forget()
                return
            raise _Problem(f"What lies in place of its chunk at {list(full[0][0])} is no tensor.")
        itemsize = DTYPES[described.dtype].itemsize
        nbytes = Chunked(described.shape, itemsize, ()).nbytes
        if nbytes > MAX_NBYTES:
            raise _Problem("Its shape multiplies to more elements than any computer can count.")
        chunks = tuple(self._chunk(name, described.dtype, *chunk) for chunk in full)
        if chunks:
            self.blobs.file = chunks[0].file
        elif self._shards.facts():
            self.blobs.file = 1
        number = self.add_storage(Record(chunks[0].position if chunks else 0, nbytes, nbytes, "chunks"))
        self.chunks[number] = Chunked(described.shape, itemsize, chunks)
        kind = _kind(described, counted=counted, problem=not_shown(described.dtype))
        self.append(self.intern(kind), number, 0)

    def _read(self, name: str, offsets: tuple[int, ...], *, alone: bool) -> object:
        place = self.places.get((name, offsets))
        if place is None and alone:
            place = self.places.get((name, None))
        if place is None:
            raise _Problem(f"The metadata does not say where its chunk at {list(offsets)} is.")
        if self._read_chunks % CHUNKS_TOLD == 0:
            self._answer.send_progress(self._read_chunks, len(self.places), "chunks")
        self._read_chunks += 1
        try:
            return self.blobs.read(place)
        except CheckpointError as error:
            raise _Problem(f"Its chunk at {list(offsets)} cannot be read: {error.sentence}") from None

    def _chunk(self, name: str, dtype: str, offsets: tuple[int, ...], sizes: tuple[int, ...]) -> Chunk:
        call = self._read(name, offsets, alone=False)
        facts = _facts(call)
        _check_agrees(facts, dtype, sizes)
        record = None if facts.storage is None else self.blobs.find(facts.storage[2])
        self.blobs.forget()
        problem = facts.problem or shape_problem(facts) or bounds_problem(facts, record)
        if facts.layout != "strided" or facts.conj or facts.neg or facts.quantization or facts.channels:
            problem = problem or "it is sparse, quantized or a view that changes its values, which is not put together."
        if record is not None and record.framing == "zip-deflated":
            problem = problem or "it is compressed, which is not put together."
        if problem is not None or record is None:
            said = problem or "the file does not hold it."
            raise _Problem(f"Its chunk at {list(offsets)} cannot be read: {said[:1].lower()}{said[1:]}")
        file = self.places[name, offsets]
        assert file is not None  # noqa: S101 - it was read from there
        try:
            first = first_byte(record, lambda *at: self.blobs.read_bytes(file.file, *at))
        except CheckpointError as error:
            raise _Problem(f"Its chunk at {list(offsets)} cannot be read: {error.why or error.what}.") from None
        if first + record.nbytes > file.offset + file.nbytes:
            raise _Problem(f"Its chunk at {list(offsets)} would end outside its part of the file.")
        begin = first + facts.offset * DTYPES[dtype].itemsize
        return Chunk(offsets, sizes, facts.stride, self.blobs.file, begin, (first, record.nbytes), record.crc)


def _facts(call: object) -> Facts:
    try:
        return facts_of(call)
    except NotATensor as reason:
        raise _Problem(f"One of its chunks does not describe a tensor: {reason}.") from None
    except (TypeError, ValueError, LookupError, ArithmeticError):
        raise _Problem("One of its chunks does not describe a tensor: its arguments are of the wrong kind.") from None


def _check_agrees(facts: Facts, dtype: str, sizes: tuple[int, ...]) -> None:
    if (facts.dtype, facts.shape) != (dtype, sizes):
        said, held = f"{dtype} {list(sizes)}", f"{facts.dtype} {list(facts.shape)}"
        raise _Problem(f"The metadata describes {said}, but the file holds {held}.")


def _kind(described: _Described, *, counted: bool, problem: str | None) -> TensorKind:
    dtype, shape, _ = described
    return TensorKind(
        dtype=dtype,
        shape=shape,
        stride=contiguous(shape),
        stored_shape=shape,
        saved_device=None,
        counts_as_parameters=counted and DTYPES[dtype].family in ("float", "complex"),
        problem=problem,
    )


def _read_description(about: object) -> _Described:
    """What a ``TensorStorageMetadata`` says.

    Raises:
        NotATensor: It makes no sense.
    """
    facts = about.attributes if isinstance(about, Recorded) else {}
    dtype = _dtype(facts.get("properties"))
    shape = whole_numbers(facts.get("size"))
    listed = facts.get("chunks")
    if not isinstance(listed, list):
        raise NotATensor("it has no list of chunks")
    chunks = []
    for chunk in listed:
        inside = chunk.attributes if isinstance(chunk, Recorded) else {}
        chunks.append((whole_numbers(inside.get("offsets")), whole_numbers(inside.get("sizes"))))
    return _Described(dtype, shape, chunks)


def _dtype(properties: object) -> str:
    """The dtype of a ``TensorProperties``, whose state is a tuple that begins with it; once it was a mapping."""
    state = properties.states[0] if isinstance(properties, Recorded) and properties.states else None
    named = state.get("dtype") if isinstance(state, dict) else state[0] if isinstance(state, tuple) and state else None
    if isinstance(named, Named) and named.module == "torch" and named.qualname in DTYPES:
        return named.qualname
    raise NotATensor("its dtype is none that PyTorch 2.13 has")
