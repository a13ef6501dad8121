"""The unpickler that runs nobody's code: every name a pickle asks for becomes an inert recorder.

CPython's own C unpickler reads the opcodes, because it is ten times faster than a loop of ours. What makes it safe
is that it never gets hold of anything but the classes below: ``find_class`` imports nothing and looks nothing up,
and calling, appending to, indexing or giving state to a recorder only writes down that it was asked for. It runs in
the reader process, so that what still goes wrong there (memory, endless hashing, a crash) stays there.
"""

import pickle
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Self

PROTO: Final = b"\x80"
"""How every pickle of protocol 2 or later begins."""

MAX_NAMES: Final = 10_000
"""Distinct names of code in one file. Real files have a few dozen; each costs a class."""

_TEXT_ID: Final = re.compile(
    r"\('storage', <class 'torch\.(?:storage\.)?(\w{1,40})'>, "
    r"'([^'\\]{1,80})', '([^'\\]{1,80})', (\d{1,19})(, None)?\)",
    re.ASCII,
)
"""The id of a storage as text: its class, key, device and number of elements; in the legacy layout no view follows."""


class Named(type):
    """The class of a recorder class: stands for one name of code, such as ``torch.FloatStorage``.

    Attributes:
        module: Module as the pickle writes it.
        qualname: Name inside the module, dotted for nested ones.
    """

    module: str
    qualname: str

    def __setattr__(cls, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"the pickle tries to change the class {cls.full_name}")

    @property
    def __setstate__(cls) -> Any:  # noqa: ANN401, PLE0302 - a property: what BUILD on a class calls takes any state
        return lambda _state: None

    @property
    def full_name(cls) -> str:
        """The name as it is reported; Python 2's ``__builtin__`` reads ``builtins``."""
        module = "builtins" if cls.module == "__builtin__" else cls.module
        return f"{module}.{cls.qualname}"


_NOTHING: Final[list[Any]] = []
_NO_KEYWORDS: Final[dict[str, Any]] = {}
"""Shared, and never added to."""


class Recorded(metaclass=Named):
    """What a call of a named class or function would have made: its arguments and what was done to it since.

    Attributes:
        args: Positional arguments of the call.
        kwargs: Keyword arguments, from protocol 4 on.
        states: What BUILD gave it, in order; normally none or one.
        items: What was appended or added to it.
        pairs: Keys and values that were set in it.
    """

    __slots__ = ("args", "items", "kwargs", "pairs", "states")
    module = "builtins"
    qualname = "object"

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    states: list[Any]
    items: list[Any]
    pairs: list[tuple[Any, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401 - a pickle hands over anything
        """Record the call that would have made the object."""
        self = object.__new__(cls)
        self.args = args
        self.kwargs = kwargs or _NO_KEYWORDS
        # Lists of their own, for each of a million objects of which most have none of it, would take half a gigabyte.
        self.states = self.items = self.pairs = _NOTHING
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> "Recorded":  # noqa: ANN401 - as above
        """Record the call of something that was itself made by a call."""
        return Recorded(self, *args, **kwargs)

    def __setstate__(self, state: object) -> None:
        self.states = [*self.states, state]

    def __setitem__(self, key: object, value: object) -> None:
        if self.pairs is _NOTHING:
            self.pairs = []
        self.pairs.append((key, value))

    def __iter__(self) -> Iterator[Any]:
        """Nothing: what a mapping or a tuple would be filled with is not known."""
        return iter(())

    def append(self, item: object) -> None:
        """Record an item."""
        self.extend([item])

    def extend(self, items: list[Any]) -> None:
        """Record items."""
        if self.items is _NOTHING:
            self.items = []
        self.items.extend(items)

    add = append

    @property
    def called(self) -> str:
        """Name of the class or function that was called."""
        return type(self).full_name

    @property
    def attributes(self) -> dict[Any, Any]:
        """The state as an object's attributes: that of ``__dict__`` and of slots together."""
        merged: dict[Any, Any] = {}
        for state in self.states:
            parts = state if isinstance(state, tuple) and len(state) == 2 else (state,)
            if all(part is None or isinstance(part, dict) for part in parts):
                for part in parts:
                    merged.update(part or {})
        return merged


def stand_in(module: str, qualname: str) -> Named:
    """A recorder class for a name of code."""
    return Named(
        "recorded", (Recorded,), {"__slots__": (), "module": sys.intern(module), "qualname": sys.intern(qualname)}
    )


class OrderedMapping(dict[Any, Any]):
    """Stands for collections.OrderedDict, of which each tensor brings an empty one: it has no __init__ to be run.

    Attributes:
        state: What BUILD gave it, where it did: the ``_metadata`` that a state_dict carries.
    """

    __slots__ = ("state",)
    state: object

    def __setstate__(self, state: object) -> None:
        self.state = state

    __hash__ = object.__hash__  # type: ignore[assignment]  # dict says None; a key that is a mapping must not raise


class StorageId(tuple[Any, ...]):
    """A persistent id: ('storage', class, key, location, numel), and in the legacy layout a view."""

    __slots__ = ()


class TensorCall(tuple[Any, ...]):
    """Arguments of a call that would have rebuilt a tensor; a subclass for each function."""

    __slots__ = ()
    function = ""

    def __new__(cls, *args: Any) -> Self:  # noqa: ANN401 - a pickle hands over anything
        """Keep the arguments."""
        return tuple.__new__(cls, args)

    def __setstate__(self, state: object) -> None:
        """Drop Python attributes of a tensor: they are not its values."""


_REBUILD_FUNCTIONS: Final = (
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_sparse_tensor",
    "torch._utils._rebuild_sparse_csr_tensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
    "torch._utils._rebuild_nested_tensor",
    "torch._utils._rebuild_wrapper_subclass",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    "torch._utils._rebuild_device_tensor_from_numpy",
    "torch._tensor._rebuild_from_type",
    "torch._tensor._rebuild_from_type_v2",
)

_TENSOR_CALLS: Final[dict[tuple[str, str], type[TensorCall]]] = {
    (name.rpartition(".")[0], name.rpartition(".")[2]): type(
        name.rpartition(".")[2].lstrip("_"), (TensorCall,), {"__slots__": (), "function": name.rpartition(".")[2]}
    )
    for name in _REBUILD_FUNCTIONS
}

FUNCTIONS: Final = {made: name for name, made in _TENSOR_CALLS.items()}
"""Module and name of the function that each `TensorCall` stands for a call of."""

REBUILD_TENSOR: Final[type[TensorCall]] = _TENSOR_CALLS["torch._utils", "_rebuild_tensor_v2"]
"""What a tensor of storage, offset, shape and stride is rebuilt with."""

WITH_STATE: Final = frozenset(
    made
    for (_module, name), made in _TENSOR_CALLS.items()
    if name.startswith(("_rebuild_parameter", "_rebuild_from_type"))
)
"""What may bring Python attributes along, or wraps what does."""

REBUILD_TENSOR_V3: Final[type[TensorCall]] = _TENSOR_CALLS["torch._utils", "_rebuild_tensor_v3"]
"""The same, for dtypes that have no storage class of their own."""

_KNOWN: Final[dict[tuple[str, str], type]] = {("collections", "OrderedDict"): OrderedMapping, **_TENSOR_CALLS}


class InertUnpickler(pickle.Unpickler):
    """Reads one pickle into plain containers, recorders, `StorageId` and `TensorCall`.

    Attributes:
        names: Every name the pickle asked for, in order, also those met before a parse error.
    """

    def __init__(self, stream: BinaryIO, names: dict[str, None]) -> None:
        """Read from `stream`; note names in `names`, which outlives a failure."""
        # Python 2 text is read as UTF-8, as torch.load does; bytes that are no UTF-8 stay recoverable.
        super().__init__(stream, encoding="utf-8", errors="surrogateescape")
        self.names = names
        self._classes: dict[tuple[str, str], type] = {}

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401 - pickle's own signature
        """Return the recorder class for a name; nothing is imported or looked up."""
        known = self._classes.get((module, name))
        if known is not None:
            return known
        if len(self.names) >= MAX_NAMES:
            raise MemoryError(f"the pickle names more than {MAX_NAMES:,} classes and functions")
        made = _KNOWN.get((module, name))
        if made is None:
            made = stand_in(module, name)
            self.names[made.full_name] = None
        else:
            self.names[f"{module}.{name}"] = None
        self._classes[module, name] = made
        return made

    def persistent_load(self, pid: object, /) -> object:
        """Return the id itself: what it names is read later, by offset.

        The legacy layout names the class of a pickled module by an id too, ('module', class, file, source).
        """
        if type(pid) is str:
            return self._storage_in_text(pid)
        if type(pid) is not tuple:
            return StorageId((pid,))
        if len(pid) > 1 and pid[0] == "module" and isinstance(pid[1], Named):
            return pid[1]
        return StorageId(pid)

    def _storage_in_text(self, pid: str) -> StorageId:
        """Read an id that protocol 0 wrote as the text of a tuple; PyTorch itself does not."""
        said = _TEXT_ID.fullmatch(pid)
        if said is None:
            return StorageId((pid,))
        kind, key, device, numel, whole = said.groups()
        made = ("storage", self.find_class("torch", kind), key, device, int(numel))
        return StorageId(made if whole is None else (*made, None))


class ZipUnpickler(InertUnpickler):
    """For the zip layout, where every persistent id is a tuple: C code makes the `StorageId`, in half the time."""

    persistent_load = StorageId  # type: ignore[assignment]  # a class called with the id instead of a method


def load(unpickler: InertUnpickler, stream: BinaryIO, of: str = "") -> Any:  # noqa: ANN401 - whatever a pickle holds
    """Read a pickle.

    Args:
        unpickler: That of the stream.
        stream: Stands at the pickle, and is left behind it.
        of: What the stream is, such as the name of a record, where it is not the file.

    Raises:
        CheckpointError: The pickle is damaged.
        MemoryError: It is too large.
        RecursionError: It is nested too deeply.
    """
    start = stream.tell()
    try:
        return unpickler.load()
    except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
        from explorer.checkpoint.pickles.damage import damage_of  # noqa: PLC0415 - it needs the class above

        raise damage_of(error, unpickler, stream, start, of) from None


def codec_bytes(value: object) -> bytes | None:
    """Bytes as a pickle holds them: directly, or as protocol 2 writes them, ``_codecs.encode(text, 'latin1')``."""
    if isinstance(value, Recorded) and value.called in ("builtins.bytes", "builtins.bytearray"):
        if not value.args:
            return b""
        value = value.args[0] if len(value.args) == 1 else None
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, Recorded) and value.called == "_codecs.encode" and len(value.args) == 2:
        text, codec = value.args
        if isinstance(text, str) and codec in ("latin1", "latin-1"):
            return text.encode("latin-1", errors="replace")
    return None
