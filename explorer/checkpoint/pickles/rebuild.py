"""From what a recorded call says of a tensor to checked facts: dtype, shape, stride, where its bytes lie.

Nothing a file says is believed: what does not fit becomes the tensor's problem, and the rest of the file is shown.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.checkpoint.dtypes import DTYPES, UNKNOWN, not_shown
from explorer.checkpoint.kinds import VALUELESS, Quantization, TensorKind
from explorer.checkpoint.pickles.calls import Channels, Facts, NotATensor, facts_of, storage_dtype
from explorer.checkpoint.pickles.unpickler import StorageId, TensorCall
from explorer.checkpoint.storages import FRAMINGS, NO_CRC, Framing

if TYPE_CHECKING:
    from explorer.checkpoint.chunks import Chunked

NOT_PARAMETERS: Final = ("running_mean", "running_var")
"""Last parts of a key that hold floating statistics of a norm, not parameters."""

MAX_OVERLAP: Final = 64
"""How many times more elements than stored ones a view without stride 0 may have before its values are refused."""

MAX_NBYTES: Final = 2**63 - 1
"""No sound storage is longer."""

_UNSTORED: Final = -1
_WHOLE: Final[tuple[list[Any], ...]] = ([], [None])
"""What follows the five parts of a storage's id when it is no view of another storage."""
_FRAMING_NUMBERS: Final = {framing: number for number, framing in enumerate(FRAMINGS)}


class Record(NamedTuple):
    """A run of bytes as the container has it.

    Attributes:
        position: Where it, or its zip local header, begins in the file.
        nbytes: Its length, uncompressed.
        stored_nbytes: Its length in the file.
        framing: As `Storage.framing`.
        problem: Why it cannot be read, as a sentence; None when it can.
        crc: As `Storage.crc`.
    """

    position: int
    nbytes: int
    stored_nbytes: int
    framing: Framing
    problem: str | None = None
    crc: int | None = None


FindRecord = Callable[[str | int], Record | None]
"""Looks up the record of a storage key."""

ReadChannels = Callable[[Channels, tuple[int, ...], tuple[int, ...]], Quantization | str]
"""Reads the scales and zero points of a tensor of that shape and stride, or says in a sentence why it cannot."""

ReadShapes = Callable[[Facts], str]
"""Reads the shapes in a tensor of sizes, for people; "" where they cannot be read."""


class TensorRows:
    """Collects tensors into columns, and into tables of distinct kinds and storages.

    Attributes:
        kind_of: Of each tensor, the place of its kind in `kinds`.
        storage_of: Of each tensor, the number of its storage; -1 for none.
        offset_of: Of each tensor, elements from the start of its storage to its first.
        kinds: Distinct kinds.
        positions: Of each storage, as `Storage.position`.
        nbytes: Of each storage, as `Storage.nbytes`.
        stored_nbytes: Of each storage, as `Storage.stored_nbytes`.
        framings: Of each storage, the place of its framing in `FRAMINGS`.
        crcs: Of each storage, as `Storage.crc`; `NO_CRC` for none.
        files: Of each storage, as `Storage.file`; empty where there is one file.
        chunks: As `Storage.chunks`, by the number of the storage.
        parts: What belongs to a tensor beside its values: its row, a storage, where in there it begins and ends, in
            bytes, and its form, as `TensorPart.form`.
        where: What to say before a problem of those that are added next; "" for nothing.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._find_record: FindRecord = lambda _key: None
        self._read_channels: ReadChannels | None = None
        self._read_shapes: ReadShapes | None = None
        self.kind_of: list[int] = []
        self.storage_of: list[int] = []
        self.offset_of: list[int] = []
        self.kinds: list[TensorKind] = []
        self.positions: list[int] = []
        self.nbytes: list[int] = []
        self.stored_nbytes: list[int] = []
        self.framings: list[int] = []
        self.crcs: list[int] = []
        self.files: list[int] = []
        self.chunks: dict[int, Chunked] = {}
        self.parts: list[tuple[int, int, int, int, str]] = []
        self.where = ""
        self._kind_numbers: dict[TensorKind, int] = {}
        self._records: dict[str | int, tuple[int, Record | None]] = {}
        self._plain: dict[tuple[Any, ...], tuple[int, int, int]] = {}

    def look_in(self, find_record: FindRecord, read_channels: ReadChannels, read_shapes: ReadShapes) -> None:
        """Say where the storages of the tensors lie that are added next.

        Args:
            find_record: Finds the bytes of a storage.
            read_channels: Reads how a tensor is quantized per channel.
            read_shapes: Reads the shapes of the tensors in a nested one.
        """
        self._records.clear()
        self._find_record = find_record
        self._read_channels = read_channels
        self._read_shapes = read_shapes

    def add(self, found: Iterable[tuple[tuple[str, ...], TensorCall]]) -> None:
        """Check recorded calls and append what they say.

        Args:
            found: The keys to each tensor, whose last part tells running statistics from parameters, and what the
                pickle would have called for it. A call that makes no sense gets a kind whose `problem` says so.
        """
        plain, records = self._plain, self._records
        add_kind, add_storage, add_offset = self.kind_of.append, self.storage_of.append, self.offset_of.append
        for path, call in found:
            counted = not path or path[-1].rpartition(".")[2] not in NOT_PARAMETERS
            # Nearly every tensor of nearly every file: seen dtype, shape, stride and device, in a sound storage.
            if call.function == "_rebuild_tensor_v2" and (len(call) < 7 or not call[6]):
                try:
                    storage, offset, size, stride = call[:4]
                    _, stored_class, key, device, numel, *view = storage
                    kind, needed, itemsize = plain[stored_class, device, size, stride, counted]
                    number, record = records.get(key) or self._storage(key)
                    if (
                        record is not None
                        and record[4] is None
                        and numel * itemsize == record[1]
                        and view in _WHOLE
                        and type(offset) is int
                        and 0 <= offset <= numel - needed
                    ):
                        add_kind(kind)
                        add_storage(number)
                        add_offset(offset)
                        continue
                except (KeyError, TypeError, ValueError, IndexError):
                    pass
            self._add_checked(call, counted=counted)

    def keys_in_use(self) -> list[str | int]:
        """Keys of the storages, found since `look_in`, that tensors lie in."""
        return [key for key, (number, _record) in self._records.items() if number != _UNSTORED]

    def append(self, kind: int, storage: int, offset: int) -> None:
        """Append a tensor whose facts are known to be sound."""
        self.kind_of.append(kind)
        self.storage_of.append(storage)
        self.offset_of.append(offset)

    def add_raw(self, kinds: Sequence[int], positions: Sequence[int], nbytes: Sequence[int]) -> None:
        """Append tensors that have a storage each, which is nothing but their values.

        Args:
            kinds: Of each, its place in `kinds`.
            positions: Of each, its first byte in the file.
            nbytes: Of each, its length.
        """
        count, first = len(kinds), len(self.positions)
        self.kind_of += kinds
        self.storage_of += range(first, first + count)
        self.offset_of += [0] * count
        self.positions += positions
        self.nbytes += nbytes
        self.stored_nbytes += nbytes
        self.framings += [_FRAMING_NUMBERS["raw"]] * count
        self.crcs += [NO_CRC] * count

    def append_unreadable(self, kind: TensorKind) -> None:
        """Append a tensor that has no bytes, as the problem of its kind says."""
        self.append(self.intern(kind), _UNSTORED, 0)

    def reorder(self, order: list[int]) -> None:
        """Put the tensors into another order, or leave some out.

        Args:
            order: The present place of each.
        """
        for column in (self.kind_of, self.storage_of, self.offset_of):
            column[:] = [column[place] for place in order]
        now = {before: place for place, before in enumerate(order)} if self.parts else {}
        self.parts = [(now[part[0]], *part[1:]) for part in self.parts if part[0] in now]

    def _add_checked(self, call: TensorCall, *, counted: bool) -> None:
        number = _UNSTORED
        offset = 0
        facts = _facts(call)
        problem = facts.problem or shape_problem(facts)
        if len(facts.stride) != len(facts.stored_shape):
            # That is told; whoever asks for the strides of a tensor may rely on one for each dimension.
            facts = facts._replace(stride=contiguous(facts.stored_shape))
        if facts.storage is not None:
            number, record = self._storage(facts.storage[2])
            offset = min(facts.offset, MAX_NBYTES)
            if problem is None:
                problem = bounds_problem(facts, record)
        facts, problem = self._with_parts(facts, problem)
        problem = problem or not_shown(facts.dtype)
        if problem is None and facts.neg and facts.dtype == "bool":
            problem = "The file says that its values are negatives of booleans."
        if facts.layout not in VALUELESS:
            problem = self.placed(problem)
        kind = self._kind(facts, counted=counted, problem=problem)
        self._remember_plain(call, kind, facts, counted=counted, problem=problem)
        self.append(kind, number, offset)

    def _with_parts(self, facts: Facts, problem: str | None) -> tuple[Facts, str | None]:
        """Read what a tensor's values cannot be understood without, and note where it lies."""
        if problem is None and facts.channels is not None and self._read_channels is not None:
            read = self._read_channels(facts.channels, facts.shape, facts.stride)
            if isinstance(read, str):
                problem = read
            else:
                facts = facts._replace(quantization=read)
        for name, part in facts.beside:
            wrong = self._add_part(name, part)
            if wrong is not None and problem is None:
                problem = f"Its {name} cannot be read: {wrong[:1].lower()}{wrong[1:]}"
        if problem is None and facts.sizes is not None and self._read_shapes is not None:
            shapes = self._read_shapes(facts.sizes)
            facts = facts._replace(parts=f"{facts.parts}: {shapes}" if shapes else facts.parts)
        return facts, problem

    def _add_part(self, name: str, part: Facts) -> str | None:
        """Note where a part of the tensor lies that is appended next; tell what is wrong with it, as a sentence."""
        problem = part.problem or shape_problem(part)
        if part.storage is None:
            return problem
        number, record = self._storage(part.storage[2])
        problem = problem or bounds_problem(part, record)
        if record is not None:
            # Where it makes no sense, all that is there is taken for it.
            first, end = (0, self.nbytes[number]) if problem else _span(part)
            form = f"{name} {part.dtype} {part.shape} {part.stride} {part.conj} {part.neg} {part.layout}"
            self.parts.append((len(self.kind_of), number, first, end, form))
        return problem

    def placed(self, problem: str | None) -> str | None:
        """A problem with the file that it is in, where there are several."""
        return f"{self.where}: {problem[:1].lower()}{problem[1:]}" if problem and self.where else problem

    def _kind(self, facts: Facts, *, counted: bool, problem: str | None) -> int:
        kind = TensorKind(
            dtype=facts.dtype,
            shape=facts.shape,
            stride=facts.stride,
            stored_shape=facts.stored_shape,
            saved_device=_device(facts.storage),
            layout=facts.layout,
            conj=facts.conj,
            neg=facts.neg,
            counts_as_parameters=(
                counted
                and facts.layout != "subclass"
                and DTYPES.get(facts.dtype, UNKNOWN).family in ("float", "complex")
            ),
            quantization=facts.quantization,
            problem=problem,
            parts=facts.parts,
        )
        return self.intern(kind)

    def intern(self, kind: TensorKind) -> int:
        """Number of a kind in the table, which it joins when it is new."""
        number = self._kind_numbers.get(kind)
        if number is None:
            number = len(self.kinds)
            self._kind_numbers[kind] = number
            self.kinds.append(kind)
        return number

    def _remember_plain(self, call: TensorCall, kind: int, facts: Facts, *, counted: bool, problem: str | None) -> None:
        if problem is None and call.function == "_rebuild_tensor_v2" and not (facts.conj or facts.neg):
            storage, _offset, size, stride = call[:4]
            itemsize = DTYPES[facts.dtype].itemsize
            self._plain[storage[1], storage[3], size, stride, counted] = (kind, facts.extent, itemsize)

    def _storage(self, key: str | int) -> tuple[int, Record | None]:
        known = self._records.get(key)
        if known is None:
            record = self._find_record(key)
            known = (_UNSTORED if record is None else self.add_storage(record), record)
            self._records[key] = known
        return known

    def add_storage(self, record: Record) -> int:
        """Append a storage and return its number."""
        position, nbytes, stored_nbytes, framing, problem, crc = record
        if problem is not None:
            # Damaged files say numbers beyond 63 bits.
            position, nbytes, stored_nbytes = (min(value, MAX_NBYTES) for value in record[:3])
        self.positions.append(position)
        self.nbytes.append(nbytes)
        self.stored_nbytes.append(stored_nbytes)
        self.framings.append(_FRAMING_NUMBERS[framing])
        self.crcs.append(NO_CRC if crc is None else crc)
        return len(self.positions) - 1


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides of a tensor of that shape whose elements lie side by side in the order of their indices."""
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(1, size)
    return tuple(reversed(strides))


def _facts(call: TensorCall) -> Facts:
    """What a call says, or why it says nothing, as the problem of a tensor of which nothing else is known."""
    try:
        return facts_of(call)
    except NotATensor as reason:
        problem = f"The file does not describe a tensor: {reason}."
    except (TypeError, ValueError, LookupError, ArithmeticError):
        problem = "The file does not describe a tensor: its arguments are of the wrong kind."
    return Facts(None, UNKNOWN.name, (0,), (1,), 0, (0,), problem=problem)


def _span(facts: Facts) -> tuple[int, int]:
    """First and last byte, and one more, in its storage of a tensor that lies in it."""
    itemsize = DTYPES[facts.dtype].itemsize
    return facts.offset * itemsize, (facts.offset + facts.extent) * itemsize


def _device(storage: StorageId | None) -> str | None:
    if storage is None or len(storage) < 4:
        return None
    return storage[3] if isinstance(storage[3], str) else None


def shape_problem(facts: Facts) -> str | None:
    """Why a tensor of that shape and stride is not read, as a sentence; None when it is."""
    if len(facts.stored_shape) != len(facts.stride):
        return f"Its shape has {len(facts.stored_shape)} dimensions and its stride {len(facts.stride)}."
    if math.prod(facts.shape) >= 2**63:
        return "Its shape multiplies to more elements than any computer can count."
    unique = math.prod(size for size, step in zip(facts.stored_shape, facts.stride, strict=True) if step)
    if unique > MAX_OVERLAP * max(1, facts.extent):
        return "It is a view that repeats each stored element too often for its values to be walked through."
    return None


def bounds_problem(facts: Facts, record: Record | None) -> str | None:
    """Why a tensor does not lie in the bytes that the file has for it, as a sentence; None when it does."""
    if record is None:
        return "The file does not hold its storage."
    if record.problem is not None:
        return record.problem
    storage = facts.storage
    if storage is None:
        return None
    unit = DTYPES[storage_dtype(storage)].itemsize
    if type(storage[4]) is not int or storage[4] * unit != record.nbytes:
        held = f"the file has {record.nbytes:,} bytes"
        return f"Its storage should hold {storage[4]} elements of {unit} bytes, but {held}."
    itemsize = DTYPES[facts.dtype].itemsize
    end = (facts.offset + facts.extent) * itemsize
    if end > record.nbytes and facts.extent:
        return f"It would end at byte {end:,} of a storage of {record.nbytes:,} bytes."
    return None
