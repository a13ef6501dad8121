"""Puts the tensors of a recorded structure into the storages of a new file.

Runs in the planning process. The argument lists are those of ``torch/_utils.py`` (2.13).
"""

from collections.abc import Iterator
from typing import Any, Final

from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASS_OF, STORAGE_CLASSES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.calls import Facts, NotATensor, facts_of, storage_dtype
from explorer.checkpoint.pickles.rebuild import FindRecord, bounds_problem
from explorer.checkpoint.pickles.unpickler import (
    REBUILD_TENSOR,
    REBUILD_TENSOR_V3,
    OrderedMapping,
    Recorded,
    StorageId,
    TensorCall,
    stand_in,
)
from explorer.checkpoint.writing.layout import Placed, StorageLayout
from explorer.checkpoint.writing.pickling import WrittenId

_DIRECT: Final = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_qtensor")
"""Functions whose first arguments are a storage, an offset, a size and a stride."""

_BYTES: Final = "uint8"
"""What a storage holds that is no tensor's."""

_HAVE_A_DTYPE: Final = ("_rebuild_device_tensor_from_cpu_tensor", "_rebuild_wrapper_subclass")
"""Functions that would bring a tensor back to the dtype that it had."""


class TensorPlacer:
    """Looks through a structure for tensors, and then gives for each what is written in its place.

    Attributes:
        retagged: Numbers of the storages that are said to be on another device than in the source.
    """

    def __init__(self, layout: StorageLayout, find_record: FindRecord, device: str | None, *, casting: bool) -> None:
        """Begin with none.

        Args:
            layout: Is told of all uses of storages.
            find_record: Finds the bytes of a storage.
            device: As `CopyOptions.device`.
            casting: Tensors are to be cast.
        """
        self._layout = layout
        self._find = find_record
        self._device = device
        self._casting = casting
        self.retagged: set[int] = set()

    def look_through(self, root: object) -> None:
        """Note every tensor and storage inside.

        Raises:
            CheckpointError: The file does not hold all bytes of one, or does not describe it.
        """
        waiting: list[Any] = [root]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen or not isinstance(node, _HOLDING):
                continue
            seen.add(id(node))
            if isinstance(node, StorageId):
                self._use_whole(node)
            elif isinstance(node, TensorCall):
                waiting += self._inside_call(node)
            else:
                waiting += _inside(node)

    def replace(self, node: Any) -> Any:  # noqa: ANN401 - as pickling.Replace
        """What is written for a `TensorCall` or a `StorageId`."""
        if isinstance(node, StorageId):
            if node[:1] != ("storage",) or len(node) < 5:
                return node
            key, nbytes = node[2], self._nbytes(node)
            return self._placed_id(node, self._layout.place(key, 0, nbytes))
        direct = _direct(node)
        if direct is None:
            return node
        made = self._replace_direct(direct)
        return made if direct is node else type(node)(type(made), node[1], tuple(made), *node[3:])

    def _inside_call(self, call: TensorCall) -> Iterator[Any]:
        direct = _direct(call)
        if self._casting and call.function in _HAVE_A_DTYPE:
            why = "one of its tensors says twice of which dtype it is"
            raise CheckpointError("The file's tensors are not cast", why, verdict="unsupported")
        if direct is None:
            yield from call
            return
        facts = self._facts(direct)
        assert facts.storage is not None  # noqa: S101 - these functions have one
        record = self._find(facts.storage[2])
        problem = facts.problem if facts.problem and "not shown" not in facts.problem else bounds_problem(facts, record)
        if problem is not None and not _several_in_a_byte(facts):
            raise CheckpointError("The file does not hold all of a tensor", problem.rstrip("."))
        nbytes = self._nbytes(facts.storage)
        self._layout.use(facts.storage[2], nbytes, *_range(facts, nbytes), _castable(facts))
        for part in facts.channels or ():
            if isinstance(part, Facts) and part.storage is not None:
                # Scales and zero points belong to values that are not cast.
                nbytes = self._nbytes(part.storage)
                self._layout.use(part.storage[2], nbytes, *_range(part, nbytes), None)
        yield from direct[1:]
        if direct is not call:
            yield from call[3:]

    def _replace_direct(self, call: TensorCall) -> TensorCall:
        facts = self._facts(call)
        assert facts.storage is not None  # noqa: S101 - as above
        begin, end = _range(facts, self._nbytes(facts.storage))
        placed = self._layout.place(facts.storage[2], begin, end)
        offset = 0 if begin == end else facts.offset - placed.begin // DTYPES[facts.dtype].itemsize
        storage, cast = self._placed_id(facts.storage, placed), placed.cast
        if cast is None:
            return type(call)(storage, offset, *call[2:])
        size, stride = call[2:4]
        grad, hooks = call[4:6] if len(call) > 5 else (False, OrderedMapping())
        flags = call[(7 if call.function == "_rebuild_tensor_v3" else 6) :]
        if cast.after in STORAGE_CLASS_OF:
            return REBUILD_TENSOR(storage, offset, size, stride, grad, hooks, *flags)
        return REBUILD_TENSOR_V3(storage, offset, size, stride, grad, hooks, stand_in("torch", cast.after), *flags)

    def _placed_id(self, storage: StorageId, placed: Placed) -> StorageId:
        number, _, nbytes, cast = placed
        named, unit = storage[1], DTYPES[storage_dtype(storage)].itemsize
        if cast is not None:
            nbytes = nbytes // DTYPES[cast.before].itemsize * DTYPES[cast.after].itemsize
            name = STORAGE_CLASS_OF.get(cast.after, "UntypedStorage")
            named = stand_in("torch.storage" if name == "UntypedStorage" else "torch", name)
            unit = DTYPES[STORAGE_CLASSES[name]].itemsize
        device = storage[3] if self._device is None else self._device
        if device != storage[3]:
            self.retagged.add(number)
        return WrittenId(("storage", named, str(number), device, nbytes // unit))

    def _use_whole(self, storage: StorageId) -> None:
        if storage[:1] == ("storage",) and len(storage) >= 5:
            nbytes = self._nbytes(storage)
            self._layout.use(storage[2], nbytes, 0, nbytes, _BYTES)

    def _nbytes(self, storage: StorageId) -> int:
        record = self._find(storage[2])
        if record is None or record.problem is not None:
            why = "it is missing" if record is None else (record.problem or "").rstrip(".")
            raise CheckpointError("The file does not hold all its storages", why)
        return record.nbytes

    def _facts(self, call: TensorCall) -> Facts:
        try:
            return facts_of(call)
        except NotATensor as reason:
            raise CheckpointError("The file does not describe one of its tensors", str(reason)) from None


_HOLDING: Final = (dict, list, tuple, set, frozenset, Recorded)


def _inside(node: Any) -> list[Any]:  # noqa: ANN401 - one of `_HOLDING`
    if isinstance(node, dict):
        state = getattr(node, "state", None)
        return [*dict.keys(node), *dict.values(node), state]
    if isinstance(node, Recorded):
        pairs = [part for pair in node.pairs for part in pair]
        return [*node.args, *node.items, *pairs, *node.states]
    return list(node)


def _direct(call: TensorCall) -> TensorCall | None:
    """The call that speaks of a storage: itself, or what a subclass is rebuilt by; None for all others."""
    if call.function in _DIRECT:
        return call
    if call.function.startswith("_rebuild_from_type") and len(call) > 2 and isinstance(call[2], tuple):
        inner = call[0]
        if isinstance(inner, type) and issubclass(inner, TensorCall) and inner.function in _DIRECT:
            return inner(*call[2])
    return None


def _several_in_a_byte(facts: Facts) -> bool:
    return DTYPES[facts.dtype].family == "packed"


def _castable(facts: Facts) -> str | None:
    return facts.dtype if facts.quantization is None and facts.channels is None else None


def _range(facts: Facts, nbytes: int) -> tuple[int, int]:
    """The bytes of its storage that a tensor uses: the first, and behind the last."""
    if _several_in_a_byte(facts):
        return 0, nbytes
    itemsize = DTYPES[facts.dtype].itemsize
    return facts.offset * itemsize, (facts.offset + facts.extent) * itemsize
