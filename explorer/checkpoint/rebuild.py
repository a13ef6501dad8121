"""From the recorded call that would rebuild a tensor to checked facts: dtype, shape, stride, where its bytes lie.

The argument lists are those of the ``_rebuild_*`` functions in ``torch/_utils.py`` and ``torch/_tensor.py`` (2.13).
Nothing a file says is believed: what does not fit becomes the tensor's problem, and the rest of the file is shown.
"""

import math
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from explorer.checkpoint.document import NOT_PARAMETERS, Layout, Quantization, TensorKind
from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES
from explorer.checkpoint.pickles import Named, Recorded, StorageId, TensorCall

MAX_DIMENSIONS: Final = 64
"""PyTorch itself refuses to compute with more."""

MAX_OVERLAP: Final = 64
"""How many times more elements than stored ones a view without stride 0 may have before its values are refused."""

MAX_NESTED_CALLS: Final = 16
"""A parameter around a subclass around a tensor is three."""

_UNSTORED: Final = -1


class Record(NamedTuple):
    """A run of bytes as the container has it.

    Attributes:
        name: What the container calls it.
        position: Where it, or its zip local header, begins in the file.
        nbytes: Its length, uncompressed.
        stored_nbytes: Its length in the file.
        framing: As `Storage.framing`.
        problem: Why it cannot be read, as a sentence; None when it can.
    """

    name: str
    position: int
    nbytes: int
    stored_nbytes: int
    framing: Literal["raw", "zip-stored", "zip-deflated"]
    problem: str | None = None


FindRecord = Callable[[str], Record | None]
"""Looks up the record of a storage key."""


class Row(NamedTuple):
    """Where one tensor stands in the tables: its kind, its storage (-1: none) and its offset in elements."""

    kind: int
    storage: int
    offset: int


class _Facts(NamedTuple):
    """What a call says, before it is checked against the bytes."""

    storage: StorageId | None
    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    stored_shape: tuple[int, ...]
    layout: Layout = "strided"
    conj: bool = False
    neg: bool = False
    quantization: Quantization | None = None
    problem: str | None = None


class _NotATensor(Exception):  # noqa: N818 - used like StopIteration: a way out of nested calls
    """The arguments do not describe a tensor; its text says what is wrong with them."""


class TensorRows:
    """Collects tensors into tables of distinct kinds and storages."""

    def __init__(self, find_record: FindRecord) -> None:
        self._find_record = find_record
        self.kinds: list[TensorKind] = []
        self.storages: list[Record] = []
        self._kind_numbers: dict[TensorKind, int] = {}
        self._records: dict[object, tuple[int, Record | None]] = {}
        self._plain: dict[tuple[Any, ...], tuple[int, int, int]] = {}

    def add(self, call: TensorCall, name: str) -> Row:
        """Check one recorded call and note its kind and storage.

        Args:
            call: What the pickle would have called.
            name: Last part of its key, which tells running statistics from parameters.

        Returns:
            Its place in the tables. A call that makes no sense gets a kind whose `problem` says so.
        """
        counted = name not in NOT_PARAMETERS
        # Nearly every tensor of nearly every file: seen dtype, shape, stride and device, in a storage of its own.
        if call.function == "_rebuild_tensor_v2" and (len(call) < 7 or not call[6]):
            storage, offset, size, stride = call[:4]
            try:
                kind, needed, itemsize = self._plain[storage[1], storage[3], size, stride, counted]
                key = storage[2]
                number, record = self._records[key] if key in self._records else self._storage(key)
                if (
                    record is not None
                    and record.problem is None
                    and storage[4] * itemsize == record.nbytes
                    and (len(storage) == 5 or storage[5] is None)
                    and type(offset) is int
                    and 0 <= offset <= storage[4] - needed
                ):
                    return Row(kind, number, offset)
            except (KeyError, TypeError, IndexError):
                pass
        return self._add_checked(call, counted=counted)

    def _add_checked(self, call: TensorCall, *, counted: bool) -> Row:
        number = _UNSTORED
        offset = 0
        try:
            facts = _facts_of(call)
        except _NotATensor as reason:
            facts = _Facts(None, "uint8", (), (), 0, (), problem=f"The file does not describe a tensor: {reason}.")
        except (TypeError, ValueError, IndexError):
            reason_unknown = "The file does not describe a tensor: its arguments are of the wrong kind."
            facts = _Facts(None, "uint8", (), (), 0, (), problem=reason_unknown)
        problem = facts.problem or _shape_problem(facts)
        if facts.storage is not None:
            number, record = self._storage(facts.storage[2])
            offset = facts.offset
            if problem is None:
                problem = _bounds_problem(facts, record)
        kind = self._kind(facts, counted=counted, problem=problem)
        self._remember_plain(call, kind, facts, counted=counted, problem=problem)
        return Row(kind, number, offset)

    def _kind(self, facts: _Facts, *, counted: bool, problem: str | None) -> int:
        kind = TensorKind(
            dtype=facts.dtype,
            shape=facts.shape,
            stride=facts.stride,
            stored_shape=facts.stored_shape,
            saved_device=_device(facts.storage),
            layout=facts.layout,
            conj=facts.conj,
            neg=facts.neg,
            counts_as_parameters=counted and DTYPES[facts.dtype].family in ("float", "complex"),
            quantization=facts.quantization,
            problem=problem,
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

    def _remember_plain(
        self, call: TensorCall, kind: int, facts: _Facts, *, counted: bool, problem: str | None
    ) -> None:
        if problem is None and call.function == "_rebuild_tensor_v2" and not (facts.conj or facts.neg):
            storage, _offset, size, stride = call[:4]
            itemsize = DTYPES[facts.dtype].itemsize
            self._plain[storage[1], storage[3], size, stride, counted] = (kind, _extent(facts), itemsize)

    def _storage(self, key: str) -> tuple[int, Record | None]:
        known = self._records.get(key)
        if known is None:
            record = self._find_record(key)
            known = (_UNSTORED if record is None else self.add_storage(record), record)
            self._records[key] = known
        return known

    def add_storage(self, record: Record) -> int:
        """Append a storage and return its number."""
        self.storages.append(record)
        return len(self.storages) - 1


def _facts_of(call: object, depth: int = 0) -> _Facts:
    if depth > MAX_NESTED_CALLS:
        raise _NotATensor("calls inside calls without end")
    if not isinstance(call, TensorCall):
        raise _NotATensor("something else stands in a tensor's place")
    build = _BUILDERS.get(call.function)
    if build is None:
        raise _NotATensor(f"values kept by {call.function} are not read yet")
    return build(call, depth)


def _tensor_v2(call: TensorCall, _depth: int) -> _Facts:
    storage, offset, size, stride = call[:4]
    return _strided(storage, offset, size, stride, metadata=call[6] if len(call) > 6 else None)


def _tensor_v3(call: TensorCall, _depth: int) -> _Facts:
    storage, offset, size, stride = call[:4]
    metadata = call[7] if len(call) > 7 else None
    return _strided(storage, offset, size, stride, metadata=metadata, dtype=_dtype_name(call[6]))


def _qtensor(call: TensorCall, _depth: int) -> _Facts:
    storage, offset, size, stride, quantizer = call[:5]
    quantization, problem = _quantization(quantizer)
    return _strided(storage, offset, size, stride)._replace(quantization=quantization, problem=problem)


def _wrapped(call: TensorCall, depth: int) -> _Facts:
    return _facts_of(call[0], depth + 1)


def _nested(call: TensorCall, depth: int) -> _Facts:
    return _facts_of(call[0], depth + 1)._replace(layout="nested")


def _subclass(call: TensorCall, depth: int) -> _Facts:
    inner = call[0]
    if isinstance(inner, type) and issubclass(inner, TensorCall) and isinstance(call[2], tuple):
        return _facts_of(inner(*call[2]), depth + 1)
    raise _NotATensor("a tensor subclass that is rebuilt by a function of its own")


def _meta(call: TensorCall, _depth: int) -> _Facts:
    shape, stride = _whole_numbers(call[1]), _whole_numbers(call[2])
    problem = "It was saved on the meta device, which holds no values."
    return _Facts(None, _dtype_name(call[0]), shape, stride, 0, shape, problem=problem)


def _wrapper_subclass(call: TensorCall, _depth: int) -> _Facts:
    shape, stride = _whole_numbers(call[2]), _whole_numbers(call[3])
    problem = "It is a tensor subclass that has no values of its own."
    return _Facts(None, _dtype_name(call[1]), shape, stride, 0, shape, problem=problem)


def _strided(
    storage: object,
    offset: object,
    size: object,
    stride: object,
    *,
    metadata: object = None,
    dtype: str | None = None,
) -> _Facts:
    if not isinstance(storage, StorageId) or len(storage) < 5 or storage[0] != "storage":
        raise _NotATensor("it names no storage")
    stored_dtype = _storage_dtype(storage)
    shape, strides = _whole_numbers(size), _whole_numbers(stride)
    first = _whole_numbers((offset,))[0]
    if len(storage) > 5 and storage[5] is not None:
        # The oldest files keep a storage that is a view of another one: (key, offset, size) in elements.
        view = storage[5]
        if not isinstance(view, tuple) or len(view) != 3:
            raise _NotATensor("its storage is a view that makes no sense")
        first += _whole_numbers((view[1],))[0]
    flags = metadata if isinstance(metadata, dict) else {}
    return _Facts(
        storage,
        dtype or stored_dtype,
        shape,
        strides,
        first,
        shape,
        conj=bool(flags.get("conj", False)),
        neg=bool(flags.get("neg", False)),
    )


def _sparse(call: TensorCall, depth: int) -> _Facts:
    layout, data = call[:2]
    name = layout.args[0] if isinstance(layout, Recorded) and layout.args else ""
    name = str(name).removeprefix("torch.")
    compressed: dict[str, Layout] = {
        "sparse_csr": "sparse_csr",
        "sparse_csc": "sparse_csc",
        "sparse_bsr": "sparse_bsr",
        "sparse_bsc": "sparse_bsc",
    }
    if name == "sparse_coo":
        values, size = _facts_of(data[1], depth + 1), data[2]
        return values._replace(shape=_whole_numbers(size), layout="sparse_coo")
    if name in compressed:
        values, size = _facts_of(data[2], depth + 1), data[3]
        return values._replace(shape=_whole_numbers(size), layout=compressed[name])
    raise _NotATensor("a sparse layout that PyTorch 2.13 does not know")


_BUILDERS: Final[dict[str, Callable[[TensorCall, int], _Facts]]] = {
    "_rebuild_tensor": _tensor_v2,
    "_rebuild_tensor_v2": _tensor_v2,
    "_rebuild_tensor_v3": _tensor_v3,
    "_rebuild_qtensor": _qtensor,
    "_rebuild_parameter": _wrapped,
    "_rebuild_parameter_with_state": _wrapped,
    "_rebuild_device_tensor_from_cpu_tensor": _wrapped,
    "_rebuild_from_type": _subclass,
    "_rebuild_from_type_v2": _subclass,
    "_rebuild_sparse_tensor": _sparse,
    "_rebuild_sparse_csr_tensor": _sparse,
    "_rebuild_nested_tensor": _nested,
    "_rebuild_meta_tensor_no_storage": _meta,
    "_rebuild_wrapper_subclass": _wrapper_subclass,
}


def _quantization(quantizer: Any) -> tuple[Quantization | None, str | None]:  # noqa: ANN401 - whatever the file holds
    scheme = quantizer[0].full_name.removeprefix("torch.") if isinstance(quantizer[0], Named) else ""
    if scheme in ("per_tensor_affine", "per_tensor_symmetric"):
        scale, zero_point = float(quantizer[1]), float(quantizer[2])
        return Quantization(scheme, (scale,), (zero_point,)), None
    if scheme.startswith("per_channel"):
        # Scales and zero points are tensors of their own, which lie in the file like any other.
        return None, "It is quantized per channel, which is not dequantized yet."
    raise _NotATensor("a quantization scheme that PyTorch 2.13 does not know")


def _whole_numbers(values: object) -> tuple[int, ...]:
    if isinstance(values, Recorded) and values.called == "torch.Size" and values.args:
        values = values.args[0]
    if not isinstance(values, (tuple, list)):
        raise _NotATensor("its size is no tuple of whole numbers")
    if len(values) > MAX_DIMENSIONS:
        raise _NotATensor(f"it has {len(values):,} dimensions; PyTorch stops at {MAX_DIMENSIONS}")
    for value in values:
        if type(value) is not int or not 0 <= value < 2**63:
            raise _NotATensor("a size, stride or offset is negative, too large or no whole number")
    return tuple(values)


def _storage_dtype(storage: StorageId) -> str:
    named = storage[1]
    if isinstance(named, Named) and named.module in ("torch", "torch.cuda", "torch.storage"):
        dtype = STORAGE_CLASSES.get(named.qualname)
        if dtype is not None:
            return dtype
    raise _NotATensor("its storage is of a kind that PyTorch 2.13 does not have")


def _dtype_name(named: object) -> str:
    if isinstance(named, Named) and named.module == "torch" and named.qualname in DTYPES:
        return named.qualname
    raise _NotATensor("its dtype is none that PyTorch 2.13 has")


def _device(storage: StorageId | None) -> str | None:
    if storage is None or len(storage) < 4:
        return None
    return storage[3] if isinstance(storage[3], str) else None


def _extent(facts: _Facts) -> int:
    """Elements from the tensor's first to behind its last, in its storage."""
    if 0 in facts.stored_shape:
        return 0
    return 1 + sum((size - 1) * step for size, step in zip(facts.stored_shape, facts.stride, strict=True))


def _shape_problem(facts: _Facts) -> str | None:
    if len(facts.stored_shape) != len(facts.stride):
        return f"Its shape has {len(facts.stored_shape)} dimensions and its stride {len(facts.stride)}."
    if math.prod(facts.shape) >= 2**63:
        return "Its shape multiplies to more elements than any computer can count."
    unique = math.prod(size for size, step in zip(facts.stored_shape, facts.stride, strict=True) if step)
    if unique > MAX_OVERLAP * max(1, _extent(facts)):
        return "It is a view that repeats each stored element too often for its values to be walked through."
    return None


def _bounds_problem(facts: _Facts, record: Record | None) -> str | None:
    if record is None:
        return "The file does not hold its storage."
    if record.problem is not None:
        return record.problem
    storage = facts.storage
    if storage is None:
        return None
    unit = DTYPES[_storage_dtype(storage)].itemsize
    if type(storage[4]) is not int or storage[4] * unit != record.nbytes:
        held = f"the file has {record.nbytes:,} bytes"
        return f"Its storage should hold {storage[4]} elements of {unit} bytes, but {held}."
    itemsize = DTYPES[facts.dtype].itemsize
    end = (facts.offset + _extent(facts)) * itemsize
    if end > record.nbytes and _extent(facts):
        return f"It would end at byte {end:,} of a storage of {record.nbytes:,} bytes."
    return None
