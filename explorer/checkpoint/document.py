"""The vocabulary: what a checkpoint is, once it has been read. Immutable, and without values."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple, overload

from explorer.checkpoint.dtypes import DTYPES, DType
from explorer.checkpoint.errors import Verdict
from explorer.checkpoint.sums import Sums, add_up

Layout = Literal["strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc", "nested"]

Framing = Literal["raw", "zip-stored", "zip-deflated", "counted"]
FRAMINGS: tuple[Framing, ...] = ("raw", "zip-stored", "zip-deflated", "counted")

NOT_PARAMETERS = ("running_mean", "running_var")
"""Last parts of a key that hold floating statistics of a norm, not parameters."""


class FileIdentity(NamedTuple):
    """What tells whether a path still leads to the bytes that were read."""

    device: int
    inode: int
    nbytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Quantization:
    """How the integers of a quantized tensor become numbers: ``(q - zero_point) * scale``.

    Attributes:
        scheme: As PyTorch names it, for example ``per_tensor_affine``.
        scales: One scale, or one for each index of ``axis``.
        zero_points: As many as scales.
        axis: The dimension along which the scales run; None for a whole tensor.
    """

    scheme: str
    scales: tuple[float, ...]
    zero_points: tuple[float, ...]
    axis: int | None = None


@dataclass(frozen=True, slots=True)
class TensorKind:
    """What many tensors of one checkpoint have in common; kept once for all of them.

    Attributes:
        dtype: Name of the dtype.
        shape: Elements along each dimension.
        stride: Elements from one index to the next, for the stored values.
        stored_shape: Shape of the stored values: ``shape``, but for sparse and nested tensors.
        saved_device: The device the file names, such as ``cuda:0``; None where the format has no such tag.
        layout: ``strided``, or how the stored values stand for the tensor.
        conj: The stored complex values stand for their conjugates.
        neg: The stored values stand for their negatives.
        counts_as_parameters: Floating or complex, and no running statistic of a norm.
        quantization: For quantized dtypes.
        problem: Why the values cannot be read, as a sentence; None when they can.
    """

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    stored_shape: tuple[int, ...]
    saved_device: str | None
    layout: Layout = "strided"
    conj: bool = False
    neg: bool = False
    counts_as_parameters: bool = True
    quantization: Quantization | None = None
    problem: str | None = None

    @property
    def numel(self) -> int:
        """Elements by the shape."""
        return math.prod(self.shape)

    @property
    def stored_numel(self) -> int:
        """Elements whose values are stored: fewer than ``numel`` for sparse tensors."""
        return math.prod(self.stored_shape)

    @property
    def element(self) -> DType:
        """The dtype, with its size and family."""
        return DTYPES[self.dtype]

    @property
    def nbytes(self) -> int:
        """``numel`` times the size of an element."""
        return self.numel * self.element.itemsize


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of bytes in the file that one or more tensors share.

    Attributes:
        number: Its position in the checkpoint; equal numbers mean shared bytes.
        position: Where it begins in the file, in bytes: its zip local header, its count of elements, or its first byte.
        nbytes: Its length, uncompressed.
        stored_nbytes: Its length in the file.
        framing: ``raw``, or what has to be stepped over: the local header of a kind of zip record, or a count of
            elements in 8 bytes.
    """

    number: int
    position: int
    nbytes: int
    stored_nbytes: int
    framing: Framing


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A state_dict inside the file: something a model, or an optimizer, could load.

    Attributes:
        path: Its keys from the top joined by "/", with "/" as ~1 and "~" as ~0 (RFC 6901); "" is the top.
        kind: ``state_dict``, ``module``, ``optimizer``, ``ema``, ``tensor`` or ``list``.
        tensors: How many it holds.
        parameters: Elements of its floating and complex tensors without running statistics; shared ones once.
        chosen: This is the entry that is shown first.
        numbers: Rows of its tensors in `Checkpoint.tensors`.
        versions: Of the modules that it was taken from, by their dotted names, as ``_metadata`` of a state_dict has
            them; None where it carries none.
    """

    path: str
    kind: str
    tensors: int
    parameters: int
    chosen: bool
    numbers: Sequence[int]
    versions: Mapping[str, int] | None = None


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


class StorageTable(Sequence[Storage]):
    """The storages of a checkpoint as columns; a `Storage` is made when one is asked for."""

    def __init__(
        self, positions: Sequence[int], nbytes: Sequence[int], stored_nbytes: Sequence[int], framings: Sequence[int]
    ) -> None:
        """Keep the columns: the fields of `Storage`, its framing as its place in `FRAMINGS`."""
        self._positions = positions
        self._nbytes = nbytes
        self._stored_nbytes = stored_nbytes
        self._framings = framings

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, number: int) -> Storage: ...
    @overload
    def __getitem__(self, number: slice) -> list[Storage]: ...
    def __getitem__(self, number: int | slice) -> Storage | list[Storage]:
        if isinstance(number, slice):
            return [self[row] for row in range(*number.indices(len(self)))]
        return Storage(
            number,
            self._positions[number],
            self._nbytes[number],
            self._stored_nbytes[number],
            FRAMINGS[self._framings[number]],
        )


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

    def key(self, number: int) -> str:
        """The dotted name of a tensor inside its entry."""
        return self.keys[number]

    def kind(self, number: int) -> TensorKind:
        """Shape, dtype and the like of a tensor."""
        return self.kinds[self.kind_of[number]]

    def nbytes(self, number: int) -> int:
        """The size of a tensor: `TensorKind.nbytes`, worked out once for all tensors of a kind."""
        return self._nbytes_of_kind[self.kind_of[number]]

    @cached_property
    def _nbytes_of_kind(self) -> Sequence[int]:
        return [kind.nbytes for kind in self.kinds]

    def sums(self, numbers: Sequence[int]) -> Sums:
        """Add up tensors, each given once, counting bytes that they share once."""
        return self._sums_of_all if len(numbers) == len(self) else add_up(self, numbers)

    @cached_property
    def _sums_of_all(self) -> Sums:
        return add_up(self, range(len(self)))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file, opened: what it holds and where, without a value.

    Attributes:
        path: The file, absolute.
        identity: Which bytes were read.
        container: How the file is laid out: ``zip``, ``legacy``, ``safetensors`` ...
        verdict: What the file turned out to be.
        message: What, why and what to do, where the verdict is not plain or there are no tensors. A damaged file of
            which something can be listed has both: the verdict ``malformed``, and tensors.
        code: Names of code that the pickles ask for. None was run or imported.
        warnings: Oddities that do not stop the reading.
        byteorder: Of all numbers in the storages.
        entries: The state_dicts inside.
        tensors: Every tensor of the file.
        contents: Everything else, as rows of a tree.
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

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return self.identity.nbytes

    @property
    def chosen(self) -> Entry | None:
        """The entry that is shown first; None where the file has no tensors."""
        return next((entry for entry in self.entries if entry.chosen), None)

    def entry(self, path: str) -> Entry | None:
        """The entry with that RFC 6901 path, or None."""
        return next((entry for entry in self.entries if entry.path == path), None)

    @cached_property
    def sums(self) -> Sums:
        """Of the whole file."""
        return self.tensors.sums(range(len(self.tensors)))
