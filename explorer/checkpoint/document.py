"""The vocabulary: what a checkpoint is, once it has been read. Immutable, and without values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from explorer.checkpoint.errors import Verdict
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.readable import Readable, readable_of
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.sums import Sums, add_up
from explorer.progress import Report, no_report

if TYPE_CHECKING:
    from explorer.checkpoint.values.memory import Memory


_ARGUMENTS = 8
"""Of a call that are told."""


class FileIdentity(NamedTuple):
    """What tells whether a path still leads to the bytes that were read."""

    device: int
    inode: int
    nbytes: int
    mtime_ns: int


class SourceFile(NamedTuple):
    """A file that a checkpoint consists of.

    Attributes:
        path: Where it is, absolute.
        identity: Which bytes were read.
        byteorder: Of all numbers in its storages.
    """

    path: Path
    identity: FileIdentity
    byteorder: Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of a checkpoint: everything but its values.

    Attributes:
        number: Its row in `Checkpoint.tensors`, in the file's order.
        path: The keys from the top of the file to the tensor.
        entry: The path of the entry it belongs to, as `Entry.path`.
        key: Its dotted name inside the entry.
        kind: Shape, dtype and the like.
        storage: The bytes it lies in; None where the file has none for it.
        offset: Elements from the start of the storage to the tensor's first.
    """

    number: int
    path: tuple[str, ...]
    entry: str
    key: str
    kind: TensorKind
    storage: Storage | None
    offset: int

    @property
    def name(self) -> str:
        """The last part of the key: ``weight`` of ``layer1.conv.weight``."""
        return self.key.rpartition(".")[2]


class TensorPart(NamedTuple):
    """What belongs to a tensor beside its values and lies in a storage of its own: indices, offsets, scales.

    Attributes:
        tensor: Its row in `Checkpoint.tensors`.
        begin: Where in the storage it begins, in bytes.
        end: Where it ends.
        form: Its name, and all that says how its bytes are read; no two of a tensor have the same.
    """

    tensor: int
    begin: int
    end: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class PlainValues:
    """What a state_dict holds beside its tensors, each as `plain_values.Writer` writes it down.

    Attributes:
        values: By their keys.
        keys: Of the keys that are no strings: how they are written for people, and what they are.
        metadata: Of modules that noted more than their version, by their dotted names.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A state_dict inside the file: something a model, or an optimizer, could load.

    Attributes:
        path: Its keys from the top joined by "/", with "/" as ~1 and "~" as ~0 (RFC 6901); "" is the top. As
            `entry_paths.entry_path` writes it.
        kind: ``state_dict``, ``module``, ``optimizer``, ``ema``, ``tensor``, ``list``, or ``attributes`` of a tensor.
        tensors: How many it holds.
        parameters: Elements of its floating and complex tensors without running statistics; shared ones once.
        chosen: This is the entry that is shown first.
        numbers: Rows of its tensors in `Checkpoint.tensors`.
        versions: Of the modules that it was taken from, by their dotted names, as ``_metadata`` of a state_dict has
            them; None where it carries none.
        plain: What it holds beside its tensors, as far as that is plain data.
    """

    path: str
    kind: str
    tensors: int
    parameters: int
    chosen: bool
    numbers: Sequence[int]
    versions: Mapping[str, int] | None = None
    plain: PlainValues = field(default_factory=PlainValues)

    @property
    def name(self) -> str:
        """The path for people: its keys as they are in the file, with "/" between them; "" is the top."""
        return self.path.replace("~1", "/").replace("~0", "~")

    @property
    def counted_as(self) -> str:
        """What `parameters` counts, as one word: what an optimizer keeps of parameters is none itself."""
        return "value" if self.kind == "optimizer" else "parameter"


class ContentRow(NamedTuple):
    """A value of the file that is not a tensor, or something that holds such values.

    Attributes:
        parent: Row of what it stands in; -1 at the top.
        name: Its key or position.
        type: What it is, in the file's own words: ``int``, ``dict``, ``argparse.Namespace``.
        text: The value for people, possibly cut; "" for what has rows below it.
    """

    parent: int
    name: str
    type: str
    text: str


def is_nan(row: ContentRow) -> bool:
    """Tell whether a value is a number that is none, as the loss of a run that went wrong."""
    return row.text == "nan" and "float" in row.type


class TensorTable(Sequence[TensorInfo]):
    """The tensors of a checkpoint as columns; a `TensorInfo` is made when one is asked for.

    A hundred thousand objects would cost a tenth of a second and stall the garbage collector.
    """

    def __init__(
        self,
        *,
        entries: Sequence[tuple[str, ...]],
        entry_paths: Sequence[str],
        kinds: Sequence[TensorKind],
        storages: Sequence[Storage],
        tails: list[str | list[str]],
        entry_of: Sequence[int],
        kind_of: Sequence[int],
        storage_of: Sequence[int],
        offset_of: Sequence[int],
        parts: Mapping[int, Sequence[TensorPart]] | None = None,
    ) -> None:
        """Keep the columns.

        Args:
            entries: Keys from the top to each entry.
            entry_paths: The same as RFC 6901 text.
            kinds: Distinct kinds.
            storages: Distinct storages.
            tails: Per tensor the path below its entry: one key, or a list of keys.
            entry_of: Per tensor the index of its entry.
            kind_of: Per tensor the index of its kind.
            storage_of: Per tensor the number of its storage; -1 for none.
            offset_of: Per tensor its offset in the storage, in elements.
            parts: What belongs to tensors beside their values, by the number of the storage that it lies in.
        """
        self._entries = entries
        self._entry_paths = entry_paths
        self.kinds = kinds
        self.storages = storages
        self._tails = tails
        self._entry_of = entry_of
        self.kind_of = kind_of
        self.storage_of = storage_of
        self.offset_of = offset_of
        self.parts = parts or {}

    def __len__(self) -> int:
        return len(self._tails)

    @overload
    def __getitem__(self, number: int) -> TensorInfo: ...
    @overload
    def __getitem__(self, number: slice) -> list[TensorInfo]: ...
    def __getitem__(self, number: int | slice) -> TensorInfo | list[TensorInfo]:
        if isinstance(number, slice):
            return [self[row] for row in range(*number.indices(len(self)))]
        tail = self._tails[number]
        below = (tail,) if isinstance(tail, str) else tuple(tail)
        entry = self._entry_of[number]
        storage = self.storage_of[number]
        return TensorInfo(
            number=number if number >= 0 else number + len(self),
            path=self._entries[entry] + below,
            entry=self._entry_paths[entry],
            key=".".join(below),
            kind=self.kinds[self.kind_of[number]],
            storage=None if storage < 0 else self.storages[storage],
            offset=self.offset_of[number],
        )

    def __iter__(self) -> Iterator[TensorInfo]:
        return (self[number] for number in range(len(self)))

    @cached_property
    def keys(self) -> Sequence[str]:
        """The dotted name of every tensor inside its entry."""
        return [tail if isinstance(tail, str) else ".".join(tail) for tail in self._tails]

    @cached_property
    def casefolded_keys(self) -> Sequence[str]:
        """The same for searching, whether in capitals or not."""
        # Most keys are so already: keeping them themselves saves as many bytes as they have letters.
        return [key if (folded := key.casefold()) == key else folded for key in self.keys]

    def parts_of(self, number: int) -> Sequence[tuple[Storage, TensorPart]]:
        """What belongs to a tensor beside its values, and where it lies."""
        return [(self.storages[storage], part) for storage, part in self._parts_of.get(number, ())]

    @cached_property
    def _parts_of(self) -> Mapping[int, Sequence[tuple[int, TensorPart]]]:
        found: dict[int, list[tuple[int, TensorPart]]] = {}
        for storage, parts in self.parts.items():
            for part in parts:
                found.setdefault(part.tensor, []).append((storage, part))
        return found

    def key(self, number: int) -> str:
        """The dotted name of a tensor inside its entry."""
        return self.keys[number]

    def kind(self, number: int) -> TensorKind:
        """Shape, dtype and the like of a tensor."""
        return self.kinds[self.kind_of[number]]

    def walked_nbytes(self, number: int) -> int:
        """What measuring a tensor looks at: `TensorKind.walked_nbytes`, worked out once for all tensors of a kind."""
        return self._walked_nbytes_of_kind[self.kind_of[number]]

    @cached_property
    def walked_nbytes_of_all(self) -> int:
        """The sum of these: bytes that several tensors share are looked at once for each."""
        of_kind = self._walked_nbytes_of_kind
        return sum(of_kind[kind] for kind in self.kind_of)

    @cached_property
    def _walked_nbytes_of_kind(self) -> Sequence[int]:
        return [kind.walked_nbytes for kind in self.kinds]

    @cached_property
    def unreadable(self) -> Sequence[int]:
        """Numbers of the tensors whose values cannot be read, in the file's order."""
        damaged = {number for number, kind in enumerate(self.kinds) if kind.problem is not None and not kind.valueless}
        return [number for number, kind in enumerate(self.kind_of) if kind in damaged] if damaged else []

    def sums(self, numbers: Sequence[int], report: Report = no_report) -> Sums:
        """Add up tensors, each given once, counting bytes that they share once; `report` is called now and then."""
        return self._sums_of_all if len(numbers) == len(self) else add_up(self, numbers, report)

    @cached_property
    def _sums_of_all(self) -> Sums:
        return add_up(self, range(len(self)))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, opened: what it holds and where, without a value.

    Attributes:
        path: The file, or the folder of a sharded checkpoint, absolute.
        identity: Which bytes were read; of a sharded checkpoint, those of its index.
        container: How the file is laid out: ``zip``, ``legacy``, ``safetensors``, ``sharded`` ...
        verdict: What the file turned out to be.
        message: What, why and what to do, where the verdict is not plain or there are no tensors. A damaged file of
            which something can be listed has both: the verdict ``malformed``, and tensors.
        code: Names of code that the pickles ask for. None was run or imported.
        warnings: Oddities that do not stop the reading.
        byteorder: Of all numbers in the storages.
        entries: The state_dicts inside.
        tensors: Every tensor of the file.
        contents: Everything else, as rows of a tree.
        index: The index of a sharded checkpoint, where `path` is its folder; else None.
        shards: The files that hold the tensors of a sharded checkpoint, without those that could not be opened.
        records: Where the file keeps what is no tensor's values, as far as that is known.
        missing: Shards that the index names and that are not there.
        refused: It is cut so that whatever loads its kind surely refuses it; where it is not, that is not known.
        memory: What of the storages is in memory, from where their values are then read; None for nothing.
    """

    path: Path
    identity: FileIdentity
    container: str
    verdict: Verdict
    message: str | None
    code: tuple[str, ...]
    warnings: tuple[str, ...]
    byteorder: Literal["little", "big"]
    entries: tuple[Entry, ...]
    tensors: TensorTable
    contents: tuple[ContentRow, ...]
    index: Path | None = None
    shards: tuple[SourceFile, ...] = ()
    records: tuple[FileRecord, ...] = ()
    missing: tuple[Path, ...] = ()
    refused: bool = False
    memory: "Memory | None" = field(default=None, compare=False, repr=False)

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        """All files that were read: the file itself, or the index and the shards."""
        return (SourceFile(self.index or self.path, self.identity, self.byteorder), *self.shards)

    @cached_property
    def calls(self) -> Mapping[str, str]:
        """With what the code that the file names would first be called, by its name: ``('echo', 3)``."""
        firsts: dict[int, str] = {}
        given: dict[str, list[str]] = {}
        code = frozenset(self.code)
        for number, row in enumerate(self.contents if code else ()):
            if row.type in code and row.type not in given:
                firsts[number], given[row.type] = row.type, []
            elif row.parent in firsts and row.name.isdecimal() and row.text and int(row.name) < _ARGUMENTS:
                given[firsts[row.parent]].append(repr(row.text) if row.type == "str" else row.text)
        return {name: f"({', '.join(arguments)})" for name, arguments in given.items() if arguments}

    @cached_property
    def nbytes(self) -> int:
        """Size of the file, or of all shards together."""
        if self.container == "sharded":
            return sum(shard.identity.nbytes for shard in self.shards)
        return self.identity.nbytes

    @property
    def chosen(self) -> Entry | None:
        """The entry that is shown first; None where the file has no tensors."""
        return next((entry for entry in self.entries if entry.chosen), None)

    @cached_property
    def saved_devices(self) -> tuple[str, ...]:
        """The devices that the file names, each once, sorted; none where its format has no such tag."""
        return tuple(sorted({kind.saved_device for kind in self.tensors.kinds if kind.saved_device is not None}))

    def entry(self, path: str) -> Entry | None:
        """The entry with that RFC 6901 path, or None."""
        return next((entry for entry in self.entries if entry.path == path), None)

    @cached_property
    def readable(self) -> Mapping[str | None, Readable]:
        """What there is where some tensors cannot be read: of each entry by its path, by None of the whole file."""
        return readable_of(self)

    @cached_property
    def sums(self) -> Sums:
        """Of the whole file."""
        return self.tensors.sums(range(len(self.tensors)))


Located = tuple[Checkpoint, TensorInfo]
"""A tensor, and the file that it is in."""
