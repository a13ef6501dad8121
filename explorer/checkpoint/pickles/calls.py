"""From the recorded call that would rebuild a tensor to what it says: dtype, shape, stride, which storage.

The argument lists are those of the ``_rebuild_*`` functions in ``torch/_utils.py`` and ``torch/_tensor.py`` (2.13).
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES, not_shown
from explorer.checkpoint.kinds import Layout, Quantization
from explorer.checkpoint.pickles.unpickler import WITH_STATE, Named, Recorded, StorageId, TensorCall

MAX_DIMENSIONS: Final = 64
"""PyTorch itself refuses to compute with more."""

MAX_NESTED_CALLS: Final = 16
"""A parameter around a subclass around a tensor is three."""

MAX_ATTRIBUTES: Final = 50
"""Python attributes of a tensor that are looked at."""

_WRAPPER: Final = "_rebuild_wrapper_subclass"
"""Rebuilds a tensor subclass that has a shape and dtype, and is made of other tensors."""

_JAGGED: Final = "torch.nested._internal.nested_tensor._rebuild_njt"
"""Rebuilds a nested tensor of the jagged layout from keywords: all values, one row behind the other, and offsets."""


class Facts(NamedTuple):
    """What a call says, before it is checked against the bytes.

    Attributes:
        beside: What else belongs to the tensor and lies in storages of its own, by its name: indices, scales.
    """

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
    channels: "Channels | None" = None
    problem: str | None = None
    parts: str = ""
    sizes: "Facts | None" = None
    beside: tuple[tuple[str, "Facts"], ...] = ()

    @property
    def extent(self) -> int:
        """Elements from the tensor's first to behind its last, in its storage."""
        if 0 in self.stored_shape:
            return 0
        return 1 + sum((size - 1) * step for size, step in zip(self.stored_shape, self.stride, strict=True))


class Channels(NamedTuple):
    """How a tensor is quantized along one of its dimensions, while its scales are not read yet.

    Attributes:
        scheme: As `Quantization.scheme`.
        scales: A tensor of the file; the oldest files write the numbers themselves.
        zero_points: Likewise.
        axis: As `Quantization.axis`.
    """

    scheme: str
    scales: Facts | tuple[float, ...]
    zero_points: Facts | tuple[float, ...]
    axis: int


class NotATensor(Exception):  # noqa: N818 - used like StopIteration: a way out of nested calls
    """The arguments do not describe a tensor; its text says what is wrong with them."""


def facts_of(call: object, depth: int = 0) -> Facts:
    """What a recorded call says, unchecked but for its types.

    Args:
        call: A `TensorCall`, as far as the file is sound.
        depth: How many calls it stands in.

    Raises:
        NotATensor: It does not describe a tensor.
        TypeError: As `NotATensor`; also ValueError, LookupError and ArithmeticError, by what the arguments are.
    """
    if depth > MAX_NESTED_CALLS:
        raise NotATensor("calls inside calls without end")
    if not isinstance(call, TensorCall):
        raise NotATensor("something else stands in a tensor's place")
    build = _BUILDERS.get(call.function)
    if build is None:
        raise NotATensor(f"values kept by {call.function} are not read yet")
    return build(call, depth)


def _tensor_v2(call: TensorCall, _depth: int) -> Facts:
    storage, offset, size, stride = call[:4]
    return _strided(storage, offset, size, stride, metadata=call[6] if len(call) > 6 else None)


def _tensor_v3(call: TensorCall, _depth: int) -> Facts:
    storage, offset, size, stride = call[:4]
    metadata = call[7] if len(call) > 7 else None
    return _strided(storage, offset, size, stride, metadata=metadata, dtype=_dtype_name(call[6]))


def _qtensor(call: TensorCall, depth: int) -> Facts:
    storage, offset, size, stride, quantizer = call[:5]
    facts = _quantized(_strided(storage, offset, size, stride), quantizer, depth)
    # Several elements share a byte, so that the bytes do not fit the shape: this is the better reason.
    return facts._replace(problem=not_shown(facts.dtype))


def _wrapped(call: TensorCall, depth: int) -> Facts:
    return facts_of(call[0], depth + 1)


def _nested(call: TensorCall, depth: int) -> Facts:
    values, sizes = facts_of(call[0], depth + 1), facts_of(call[1], depth + 1)
    count, _dimensions = sizes.shape
    named = zip(("strides", "offsets"), call[2:4], strict=False)
    others = [(name, facts_of(held, depth + 1)) for name, held in named if isinstance(held, TensorCall)]
    beside = (("sizes", sizes), *others)
    return values._replace(layout="nested", parts=_tensors(count), sizes=sizes, beside=beside)


def _subclass(call: TensorCall, depth: int) -> Facts:
    inner = call[0]
    if isinstance(inner, type) and issubclass(inner, TensorCall) and isinstance(call[2], tuple):
        facts = facts_of(inner(*call[2]), depth + 1)
        names = [name for name, _ in subclass_parts(call)]
        if facts.layout == "subclass" and names:
            problem = f"It is a {_class_name(call[1])}: its values are those of its parts, {', '.join(names[:8])}."
            return facts._replace(problem=problem, parts=", ".join(names[:8]))
        return facts
    if isinstance(inner, Named) and inner.full_name == _JAGGED:
        held = call[2][0]
        values, offsets = facts_of(held["values"], depth + 1), facts_of(held["offsets"], depth + 1)
        (ends,) = offsets.shape
        others = [(name, facts_of(part, depth + 1)) for name, part in held.items() if isinstance(part, TensorCall)]
        beside = tuple((str(name), part) for name, part in others if name != "values")
        return values._replace(layout="nested", parts=_tensors(max(0, ends - 1)), beside=beside)
    raise NotATensor("a tensor subclass that is rebuilt by a function of its own")


def _meta(call: TensorCall, _depth: int) -> Facts:
    shape, stride = whole_numbers(call[1]), whole_numbers(call[2])
    problem = "It was saved on the meta device, which holds no values."
    return Facts(None, _dtype_name(call[0]), shape, stride, 0, shape, layout="meta", problem=problem)


def _wrapper_subclass(call: TensorCall, _depth: int) -> Facts:
    shape, stride = whole_numbers(call[2]), whole_numbers(call[3])
    problem = "It is a tensor subclass that has no values of its own."
    return Facts(None, _dtype_name(call[1]), shape, stride, 0, shape, layout="subclass", problem=problem)


def subclass_parts(call: TensorCall) -> list[tuple[str, TensorCall]]:
    """The tensors that a tensor subclass without values of its own is made of, by their attributes.

    Args:
        call: Any; also one of a parameter that wraps such a tensor.

    Returns:
        None for all other tensors. Parts may be of such a subclass themselves.
    """
    for _ in range(MAX_NESTED_CALLS):
        if not call.function.startswith("_rebuild_parameter") or not call or not isinstance(call[0], TensorCall):
            break
        call = call[0]
    if not call.function.startswith("_rebuild_from_type") or len(call) < 4:
        return []
    inner = call[0]
    if not (isinstance(inner, type) and issubclass(inner, TensorCall) and inner.function == _WRAPPER):
        return []
    # The attributes, or these and the slots.
    states = call[3] if isinstance(call[3], tuple) else (call[3],)
    return [
        (name, part)
        for state in states
        if isinstance(state, dict)
        for name, part in dict.items(state)
        if isinstance(name, str) and isinstance(part, TensorCall)
    ]


def attributes_of(call: TensorCall) -> list[tuple[str, Any]]:
    """Python attributes that were set on a tensor or parameter, by their names; parts of a subclass are none.

    Args:
        call: Any.

    Returns:
        The first `MAX_ATTRIBUTES`.
    """
    found: dict[str, Any] = {}
    for name, value in _set_on(call):
        found.setdefault(name, value)
    return list(found.items())


def has_attributes(call: TensorCall) -> bool:
    """Tell whether `attributes_of` a tensor has any."""
    return next(_set_on(call), None) is not None


def _set_on(call: TensorCall) -> Iterator[tuple[str, Any]]:
    states: list[Any] = []
    for _ in range(MAX_NESTED_CALLS):
        if type(call) not in WITH_STATE:
            break
        inner = call[0] if call else None
        is_plain = isinstance(inner, type) and issubclass(inner, TensorCall) and inner.function != _WRAPPER
        if len(call) > 3 and (is_plain or isinstance(inner, TensorCall)):
            # The attributes, or these and the slots.
            states += call[3][:2] if isinstance(call[3], tuple) else (call[3],)
        if not isinstance(inner, TensorCall):
            break
        call = inner
    held = (item for state in states if isinstance(state, dict) for item in dict.items(state))
    # Fifty thousand tensors may have one and the same fifty thousand attributes.
    for name, value in islice(held, MAX_ATTRIBUTES):
        if isinstance(name, str) and value is not None:
            yield name, value


def _tensors(count: int) -> str:
    return "1 tensor" if count == 1 else f"{count:,} tensors"


def _class_name(named: object) -> str:
    return named.full_name[:80] if isinstance(named, Named) else "tensor subclass"


def _strided(
    storage: object,
    offset: object,
    size: object,
    stride: object,
    *,
    metadata: object = None,
    dtype: str | None = None,
) -> Facts:
    if not isinstance(storage, StorageId) or len(storage) < 5 or storage[0] != "storage":
        raise NotATensor("it names no storage")
    if type(storage[2]) not in (str, int):
        raise NotATensor("its storage has no name")
    stored_dtype = storage_dtype(storage)
    shape, strides = whole_numbers(size), whole_numbers(stride)
    first = whole_numbers((offset,))[0]
    if len(storage) > 5 and storage[5] is not None:
        # The oldest files keep a storage that is a view of another one: (key, offset, size) in elements.
        view = storage[5]
        if not isinstance(view, tuple) or len(view) != 3:
            raise NotATensor("its storage is a view that makes no sense")
        first += whole_numbers((view[1],))[0]
    flags = metadata if isinstance(metadata, dict) else {}
    return Facts(
        storage,
        dtype or stored_dtype,
        shape,
        strides,
        first,
        shape,
        conj=bool(flags.get("conj", False)),
        neg=bool(flags.get("neg", False)),
    )


def _sparse(call: TensorCall, depth: int) -> Facts:
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
        indices, values, size = facts_of(data[0], depth + 1), facts_of(data[1], depth + 1), data[2]
        parts = _told(indices=indices, values=values)
        beside: tuple[tuple[str, Facts], ...] = (("indices", indices),)
        return values._replace(shape=whole_numbers(size), layout="sparse_coo", parts=parts, beside=beside)
    if name in compressed:
        values, size = facts_of(data[2], depth + 1), data[3]
        of_rows = name in ("sparse_csr", "sparse_bsr")
        names = ("crow indices", "col indices") if of_rows else ("ccol indices", "row indices")
        rows, columns = (facts_of(held, depth + 1) for held in data[:2])
        parts = _told(**{names[0]: rows, names[1]: columns}, values=values)
        beside = ((names[0], rows), (names[1], columns))
        return values._replace(shape=whole_numbers(size), layout=compressed[name], parts=parts, beside=beside)
    raise NotATensor("a sparse layout that PyTorch 2.13 does not know")


def _told(**parts: Facts) -> str:
    """``indices int64 [2, 5], values float32 [5]``."""
    return ", ".join(f"{name} {facts.dtype} [{', '.join(map(str, facts.shape))}]" for name, facts in parts.items())


_BUILDERS: Final[dict[str, Callable[[TensorCall, int], Facts]]] = {
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
    _WRAPPER: _wrapper_subclass,
}


def _quantized(facts: Facts, quantizer: Any, depth: int) -> Facts:  # noqa: ANN401 - whatever the file holds
    scheme = quantizer[0].full_name.removeprefix("torch.") if isinstance(quantizer[0], Named) else ""
    if scheme in ("per_tensor_affine", "per_tensor_symmetric"):
        scale, zero_point = _numbers(quantizer[1:3])
        return facts._replace(quantization=Quantization(scheme, (scale,), (zero_point,)))
    if scheme in ("per_channel_affine", "per_channel_symmetric", "per_channel_affine_float_qparams"):
        _, scales, zero_points, axis = quantizer
        if type(axis) is not int or not 0 <= axis < len(facts.shape):
            raise NotATensor("it is quantized along a dimension that it does not have")
        channels = Channels(scheme, _parameters(scales, depth), _parameters(zero_points, depth), axis)
        named = (("scales", channels.scales), ("zero points", channels.zero_points))
        beside = tuple((name, given) for name, given in named if isinstance(given, Facts))
        return facts._replace(channels=channels, beside=beside)
    raise NotATensor("a quantization scheme that PyTorch 2.13 does not know")


def _parameters(given: object, depth: int) -> Facts | tuple[float, ...]:
    return _numbers(given) if isinstance(given, list) else facts_of(given, depth + 1)


def _numbers(values: list[Any] | tuple[Any, ...]) -> tuple[float, ...]:
    if any(type(value) not in (int, float) for value in values):
        raise NotATensor("a scale or zero point is no number")
    return tuple(map(float, values))


def whole_numbers(values: object) -> tuple[int, ...]:
    """A size, stride or offset: a tuple or ``torch.Size`` of whole numbers.

    Raises:
        NotATensor: It is none.
    """
    if isinstance(values, Recorded) and values.called == "torch.Size" and values.args:
        values = values.args[0]
    if not isinstance(values, (tuple, list)):
        raise NotATensor("its size is no tuple of whole numbers")
    if len(values) > MAX_DIMENSIONS:
        raise NotATensor(f"it has {len(values):,} dimensions; PyTorch stops at {MAX_DIMENSIONS}")
    for value in values:
        if type(value) is not int or not 0 <= value < 2**63:
            raise NotATensor("a size, stride or offset is negative, too large or no whole number")
    return tuple(values)


def storage_dtype(storage: StorageId) -> str:
    """The dtype of a storage's elements, by its class.

    Raises:
        NotATensor: The class is none of PyTorch's.
    """
    named = storage[1]
    if isinstance(named, Named) and named.module in ("torch", "torch.cuda", "torch.storage"):
        dtype = STORAGE_CLASSES.get(named.qualname)
        if dtype is not None:
            return dtype
    raise NotATensor("its storage is of a kind that PyTorch 2.13 does not have")


def _dtype_name(named: object) -> str:
    if isinstance(named, Named) and named.module == "torch" and named.qualname in DTYPES:
        return named.qualname
    raise NotATensor("its dtype is none that PyTorch 2.13 has")
