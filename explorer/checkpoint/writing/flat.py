"""Plans a new file that is one state_dict: keys and tensors, and nothing else.

It is made from what the reader listed, so that it is there for every container, whatever code its pickles name.
"""

import json
import math
import os
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.checkpoint.containers.safetensors import read_header
from explorer.checkpoint.contents import MAX_TEXT
from explorer.checkpoint.document import Checkpoint, Entry, TensorInfo
from explorer.checkpoint.dtypes import DTYPES, SAFETENSORS_DTYPES, STORAGE_CLASS_OF, STORAGE_CLASSES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.rebuild import contiguous
from explorer.checkpoint.pickles.unpickler import REBUILD_TENSOR, REBUILD_TENSOR_V3, OrderedMapping, stand_in
from explorer.checkpoint.recognise import open_for_reading
from explorer.checkpoint.writing.beside import beside, named
from explorer.checkpoint.writing.carrying import FOLDER, as_archive
from explorer.checkpoint.writing.layout import Placed, StorageLayout
from explorer.checkpoint.writing.naming import rename_modules
from explorer.checkpoint.writing.options import CopyOptions
from explorer.checkpoint.writing.pickling import PickleWriter, WrittenId
from explorer.checkpoint.writing.plan import Cast, Plan, PlannedRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_REPEATED: Final = 64
"""How many times more elements than stored ones an expanded view may have where all of them are written."""

SMALL: Final = 1 << 20
"""Bytes up to which it may in any case."""

_NAME_OF: Final = {dtype: name for name, dtype in SAFETENSORS_DTYPES.items()}
_METADATA: Final = "__metadata__"


class _Chosen(NamedTuple):
    """Tensors of an entry with their keys in the new file."""

    tensors: list[tuple[str, TensorInfo]]
    plan: Plan


def plan_flat_archive(checkpoint: Checkpoint, entry: Entry, options: CopyOptions) -> Plan:
    """Plan a zip archive as torch.save writes it, with the tensors of one entry.

    Args:
        checkpoint: The source.
        entry: Of it.
        options: As of `write_copy`.

    Raises:
        CheckpointError: A tensor of it cannot be written so.
    """
    chosen, plan = _choose(checkpoint, entry, options)
    layout = StorageLayout(compact=options.compact, dtype=options.dtype, break_sharing=options.break_sharing)
    places = {}
    for key, tensor in chosen:
        places[key] = place = _range(tensor)
        if tensor.storage is not None:
            layout.use(tensor.storage.number, tensor.storage.nbytes, *place, tensor.kind.dtype)
    # Only a state_dict with versions of modules has to be an OrderedDict: that takes them as an attribute.
    made: dict[str, Any] = {} if entry.versions is None else OrderedMapping()
    retagged = set()
    for key, tensor in chosen:
        assert tensor.storage is not None  # noqa: S101 - `_choose` refuses the others
        placed = layout.place(tensor.storage.number, *places[key])
        before = tensor.kind.saved_device or "cpu"
        device = options.device or before
        if device != before:
            retagged.add(placed.number)
        dict.__setitem__(made, key, _call(tensor, placed, device, *places[key]))
    if isinstance(made, OrderedMapping) and entry.versions is not None:
        versions = OrderedMapping((name, {"version": version}) for name, version in entry.versions.items())
        rename_modules(versions, [checkpoint.tensors.key(number) for number in entry.numbers], plan.names or {})
        made.state = {"_metadata": versions}
    storages = checkpoint.tensors.storages
    records = [
        PlannedRecord(f"{FOLDER}data/{number}", None, storages[source], begin, nbytes, cast)
        for source, (number, begin, nbytes, cast) in layout.placed
        if isinstance(source, int)
    ]
    plan.records = as_archive(PickleWriter(lambda node: node).pickle(made), _byteorder(checkpoint, chosen), records)
    plan.retagged = len(retagged)
    lost = [name for name, text in _texts(checkpoint).items() if (name, text) != ("format", "pt")]
    if lost:
        named = ", ".join(map(repr, lost))[:200]
        texts = "1 text" if len(lost) == 1 else f"{len(lost):,} texts"
        plan.warnings.append(
            f"Only safetensors have a place for {texts} of the file's metadata, left out here: {named}."
        )
    return plan


def plan_safetensors(checkpoint: Checkpoint, entry: Entry, options: CopyOptions) -> Plan:
    """Plan a safetensors file with the tensors of one entry, each with bytes of its own.

    Args:
        checkpoint: The source.
        entry: Of it.
        options: As of `write_copy`.

    Raises:
        CheckpointError: A tensor of it cannot be written so.
    """
    chosen, plan = _choose(checkpoint, entry, options)
    if _byteorder(checkpoint, chosen) == "big":
        why = "its numbers are big-endian, and those of safetensors are not"
        raise CheckpointError("The file is not written as safetensors", why, "write a .pth", verdict="unsupported")
    header: dict[str, Any] = {_METADATA: _metadata(checkpoint)}
    records = []
    end = 0
    # The largest elements first, so that each lies at a multiple of its size.
    for key, tensor in sorted(chosen, key=lambda each: -each[1].kind.element.itemsize):
        record = _safetensor(key, tensor, options)
        begin, end = end, end + record.written_nbytes
        dtype = _NAME_OF[tensor.kind.dtype if record.cast is None else record.cast.after]
        header[key] = {"dtype": dtype, "shape": list(tensor.kind.shape), "data_offsets": [begin, end]}
        records.append(record)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    plan.records = [PlannedRecord("header", len(text).to_bytes(8, "little") + text), *records]
    users = Counter(tensor.storage.number for _, tensor in chosen if tensor.storage is not None)
    shared = sum(count for count in users.values() if count > 1)
    if shared:
        plan.warnings.append(f"{shared:,} tensors share storages in the source; here each has bytes of its own.")
    others = [" ".join(name.split())[:80] for name in beside(checkpoint, entry.path)] if options.entry is None else []
    if others:
        what = f"the entry {entry.name[:80]!r}" if entry.path else "what stands at the top"
        plan.warnings.append(f"A safetensors file is one state_dict: {what} was written, without {named(others)}.")
    if options.device is not None:
        plan.warnings.append("A safetensors file says nothing of devices: it loads on any.")
    return plan


def _choose(checkpoint: Checkpoint, entry: Entry, options: CopyOptions) -> _Chosen:
    """The tensors of an entry that are written, each with its key in the new file."""
    table = checkpoint.tensors
    keys = [table.key(number) for number in entry.numbers]
    if len(set(keys)) < len(keys):
        raise _refused("two of its tensors have one name", "take out another entry")
    names: Mapping[str, str] = {key: key for key in keys} if options.names is None else options.names(keys)
    plan = Plan(names=dict(names), dropped=[key for key in keys if key not in names])
    chosen = [(names[key], table[number]) for key, number in zip(keys, entry.numbers, strict=True) if key in names]
    for _, tensor in chosen:
        _check(tensor)
    return _Chosen(chosen, plan)


def _check(tensor: TensorInfo) -> None:
    kind, name = tensor.kind, tensor.key[:80]
    if tensor.storage is None or (kind.problem is not None and "not shown" not in kind.problem):
        why = (kind.problem or "it has no values").rstrip(".")
        raise CheckpointError(f"The tensor {name!r} is not copied", why, "leave it out with --only")
    if kind.layout != "strided" or kind.quantization is not None:
        what = "quantized" if kind.quantization is not None else kind.layout
        raise _refused(f"{name!r} is {what}", "leave it out with --only, or write the whole file as a .pth")


def _refused(why: str, advice: str) -> CheckpointError:
    return CheckpointError("The tensors are not written as one state_dict", why, advice, verdict="unsupported")


def _byteorder(checkpoint: Checkpoint, chosen: list[tuple[str, TensorInfo]]) -> str:
    orders = {checkpoint.files[tensor.storage.file].byteorder for _, tensor in chosen if tensor.storage is not None}
    if len(orders) > 1:
        raise _refused("the bytes of its numbers are in two orders", "copy its shards one by one")
    return orders.pop() if orders else "little"


def _range(tensor: TensorInfo) -> tuple[int, int]:
    """The bytes of its storage that a tensor uses."""
    kind = tensor.kind
    begin = tensor.offset * kind.element.itemsize
    if 0 in kind.stored_shape:
        return begin, begin
    extent = 1 + sum((size - 1) * step for size, step in zip(kind.stored_shape, kind.stride, strict=True))
    return begin, begin + extent * kind.element.itemsize


def _call(tensor: TensorInfo, placed: Placed, device: str, begin: int, end: int) -> Any:  # noqa: ANN401 - a call
    kind, cast = tensor.kind, placed.cast
    dtype = kind.dtype if cast is None else cast.after
    nbytes = placed.nbytes if cast is None else _cast_nbytes(placed.nbytes, cast)
    name = STORAGE_CLASS_OF.get(dtype, "UntypedStorage")
    named = stand_in("torch.storage" if name == "UntypedStorage" else "torch", name)
    numel = nbytes // DTYPES[STORAGE_CLASSES[name]].itemsize
    storage = WrittenId(("storage", named, str(placed.number), device, numel))
    offset = 0 if begin == end else (begin - placed.begin) // kind.element.itemsize
    arguments: list[Any] = [storage, offset, kind.shape, kind.stride, False, OrderedMapping()]
    flags = [{"conj": kind.conj, "neg": kind.neg}] if kind.conj or kind.neg else []
    if name == "UntypedStorage":
        return REBUILD_TENSOR_V3(*arguments, stand_in("torch", dtype), *flags)
    return REBUILD_TENSOR(*arguments, *flags)


def _cast_nbytes(nbytes: int, cast: Cast) -> int:
    return nbytes // DTYPES[cast.before].itemsize * DTYPES[cast.after].itemsize


def _safetensor(key: str, tensor: TensorInfo, options: CopyOptions) -> PlannedRecord:
    kind = tensor.kind
    cast = None
    if options.dtype not in (None, kind.dtype) and kind.element.family == "float":
        cast = Cast(kind.dtype, str(options.dtype))
    if (kind.dtype if cast is None else cast.after) not in _NAME_OF or kind.conj or kind.neg:
        what = f"a negated or conjugated view of {kind.dtype}" if kind.conj or kind.neg else kind.dtype
        raise _refused(f"{tensor.key[:80]!r} is {what}, which safetensors does not have", "write a .pth")
    if key == "":
        raise _refused("a tensor in safetensors needs a name", "give it one: --map ^$=weight")
    if key == _METADATA:
        raise _refused(f"{key!r} is no name for a tensor in safetensors", "rename it with --map")
    begin, end = _range(tensor)
    nbytes = kind.nbytes
    if nbytes > max(SMALL, MAX_REPEATED * (end - begin)):
        why = f"{tensor.key[:80]!r} repeats its stored values, and all of it would be {nbytes:,} bytes"
        raise _refused(why, "leave it out with --only, or write a .pth")
    lies_so = math.prod(kind.shape) <= 1 or _in_order(kind.shape, kind.stride)
    return PlannedRecord(key, None, tensor.storage, begin, nbytes, cast, -1 if lies_so else tensor.number)


def _in_order(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether the strides are those of a contiguous tensor; where there is one index only, none matters."""
    wanted = contiguous(shape)
    return all(size == 1 or step == want for size, step, want in zip(shape, stride, wanted, strict=True))


def _metadata(checkpoint: Checkpoint) -> dict[str, str]:
    """What is said of the file as a whole: what safetensors says, and that its tensors are PyTorch's.

    Raises:
        CheckpointError: The source cannot be read any more.
    """
    texts = _texts(checkpoint)
    if not texts:
        return {"format": "pt"} if checkpoint.container != "safetensors" else {}
    if all(len(text) < MAX_TEXT for text in texts.values()):
        return texts
    # Of long texts only the beginnings were kept.
    descriptor, facts = open_for_reading(os.fspath(checkpoint.path))
    try:
        return dict(read_header(descriptor, facts.st_size).metadata)
    finally:
        os.close(descriptor)


def _texts(checkpoint: Checkpoint) -> dict[str, str]:
    """The beginnings of the texts that a file of safetensors says of itself."""
    if checkpoint.container != "safetensors":
        return {}
    return {row.name: row.text for row in checkpoint.contents if row.parent == 0}
