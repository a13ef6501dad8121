"""Writes what the inert unpickler recorded as a pickle again, opcode by opcode: nothing of it is made or run.

Protocol 2, and of its opcodes those that ``torch.load(weights_only=True)`` takes. Format: ``pickletools``.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.names import ONLY_DATA, named_code
from explorer.checkpoint.pickles.unpickler import FUNCTIONS, Named, OrderedMapping, Recorded, StorageId, TensorCall

MAX_DEPTH: Final = 300
"""Containers inside containers that are written."""

BATCH: Final = 1_000
"""Items that are set or appended at once, as pickle's own."""

_INTEGERS: Final = (
    (0, 1 << 8, b"K", struct.Struct("<B")),
    (0, 1 << 16, b"M", struct.Struct("<H")),
    (-(1 << 31), 1 << 31, b"J", struct.Struct("<i")),
)

Replace = Callable[[Any], Any]
"""Gives for a `TensorCall` or a `StorageId` what is written in its place."""


class NamesCode(Exception):  # noqa: N818 - a way out, as StopIteration
    """What was to be written names code that is not data; its text is the name."""


class WrittenId(StorageId):
    """A persistent id as it is written: nothing takes its place."""

    __slots__ = ()


class PickleWriter:
    """Writes one pickle."""

    def __init__(self, replace: Replace, *, share_tensors: bool = True) -> None:
        """Begin.

        Args:
            replace: What it gives is written for tensors and storages.
            share_tensors: A tensor that stands in several places is one; else it is another in each.
        """
        self._replace = replace
        self._share_tensors = share_tensors
        self._parts: list[bytes] = [b"\x80\x02"]
        self._memo: dict[int, int] = {}
        self._texts: dict[str, int] = {}
        self._globals: dict[tuple[str, str], int] = {}
        self._count = 0
        self._depth = 0
        self._kept: list[Any] = []
        self._writers: dict[type, Callable[[Any], None]] = {
            dict: self._dict,
            OrderedMapping: self._ordered,
            list: self._list,
            tuple: self._tuple,
            set: lambda node: self._set("set", node),
            frozenset: lambda node: self._set("frozenset", node),
            bytes: self._bytes,
            bytearray: self._bytearray,
            StorageId: self._storage,
            WrittenId: self._id,
            Named: lambda node: self._global(node.module, node.qualname),
            type: self._known,
        }

    def pickle(self, root: object) -> bytes:
        """The pickle of an object; of each writer only one.

        Raises:
            NamesCode: It names code that is not data.
            CheckpointError: It is nested too deeply, or has something that is not written.
        """
        self._save(root)
        self._parts.append(b".")
        return b"".join(self._parts)

    def _save(self, node: Any) -> None:  # noqa: ANN401 - whatever a pickle holds
        kind = type(node)
        if kind is str:
            self._text(node)
        elif kind is int:
            self._integer(node)
        elif node is None or kind is bool:
            self._parts.append(b"N" if node is None else b"\x88" if node else b"\x89")
        elif kind is float:
            self._parts.append(b"G" + struct.pack(">d", node))
        else:
            known = self._memo.get(id(node))
            if known is None:
                self._depth += 1
                if self._depth > MAX_DEPTH:
                    why = f"what it holds is nested more than {MAX_DEPTH} deep"
                    raise CheckpointError("The file's structure is not written anew", why, verdict="limit")
                self._write(node, kind)
                self._depth -= 1
            else:
                self._fetch(known)

    def _write(self, node: Any, kind: type) -> None:  # noqa: ANN401 - as above
        write = self._writers.get(kind)
        if write is not None:
            write(node)
        elif isinstance(node, TensorCall):
            self._call_of_tensor(node)
        elif isinstance(node, Recorded):
            self._recorded(node)
        elif isinstance(node, type):
            self._writers.get(type(node), self._known)(node)
        else:
            raise _not_written(kind.__name__)

    def _dict(self, node: dict[Any, Any]) -> None:
        self._parts.append(b"}")
        self._put(node)
        self._pairs(dict.items(node))

    def _ordered(self, node: OrderedMapping) -> None:
        self._global("collections", "OrderedDict")
        self._parts.append(b")R")
        self._put(node)
        self._pairs(dict.items(node))
        state = getattr(node, "state", None)
        if state is not None:
            self._save(state)
            self._parts.append(b"b")

    def _list(self, node: list[Any]) -> None:
        self._parts.append(b"]")
        self._put(node)
        self._items(node)

    def _tuple(self, node: tuple[Any, ...]) -> None:
        self._plain_tuple(node)
        if node:
            self._put(node)

    def _plain_tuple(self, node: Iterable[Any]) -> None:
        parts = tuple(node)
        if not parts:
            self._parts.append(b")")
            return
        if len(parts) > 3:
            self._parts.append(b"(")
        for part in parts:
            self._save(part)
        self._parts.append((b"\x85", b"\x86", b"\x87")[len(parts) - 1] if len(parts) <= 3 else b"t")

    def _set(self, name: str, node: Iterable[Any]) -> None:
        self._global("__builtin__", name)
        self._parts.append(b"]")
        self._items(list(node))
        self._parts.append(b"\x85R")
        self._put(node)

    def _bytes(self, node: bytes) -> None:
        if node:
            self._global("_codecs", "encode")
            self._text(node.decode("latin-1"))
            self._text("latin1")
            self._parts.append(b"\x86R")
        else:
            self._global("__builtin__", "bytes")
            self._parts.append(b")R")
        self._put(node)

    def _bytearray(self, node: bytearray) -> None:
        self._global("__builtin__", "bytearray")
        self._text(node.decode("latin-1"))
        self._text("latin-1")
        self._parts.append(b"\x86R")
        self._put(node)

    def _known(self, node: type) -> None:
        """A class or function that has a stand-in of its own."""
        if node is OrderedMapping:
            self._global("collections", "OrderedDict")
        elif node in FUNCTIONS:
            self._global(*FUNCTIONS[node])
        else:
            raise _not_written(node.__name__)

    def _recorded(self, node: Recorded) -> None:
        if type(node) is Recorded or node.kwargs:
            raise _not_written("a call of what another call made")
        self._global(type(node).module, type(node).qualname)
        self._plain_tuple(node.args)
        self._parts.append(b"R")
        self._put(node)
        self._items(node.items)
        self._pairs(node.pairs)
        for state in node.states:
            self._save(state)
            self._parts.append(b"b")

    def _call_of_tensor(self, node: TensorCall) -> None:
        call = self._replace(node)
        self._kept.append(call)
        self._known(type(call))
        self._plain_tuple(call)
        self._parts.append(b"R")
        if self._share_tensors:
            self._put(node)

    def _storage(self, node: StorageId) -> None:
        self._id(self._replace(node))

    def _id(self, node: StorageId) -> None:
        self._plain_tuple(node)
        self._parts.append(b"Q")

    def _pairs(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        listed = list(pairs)
        for first in range(0, len(listed), BATCH):
            self._parts.append(b"(")
            for key, value in listed[first : first + BATCH]:
                self._save(key)
                self._save(value)
            self._parts.append(b"u")

    def _items(self, items: list[Any]) -> None:
        for first in range(0, len(items), BATCH):
            self._parts.append(b"(")
            for item in items[first : first + BATCH]:
                self._save(item)
            self._parts.append(b"e")

    def _global(self, module: str, name: str) -> None:
        full = f"{'builtins' if module == '__builtin__' else module}.{name}"
        if named_code({full: None}) and full not in ONLY_DATA:
            raise NamesCode(full)
        known = self._globals.get((module, name))
        if known is None:
            self._parts.append(f"c{module}\n{name}\n".encode())
            self._globals[module, name] = self._next()
        else:
            self._fetch(known)

    def _text(self, text: str) -> None:
        known = self._texts.get(text)
        if known is None:
            encoded = text.encode("utf-8", "surrogatepass")
            self._parts.append(b"X" + struct.pack("<L", len(encoded)) + encoded)
            self._texts[text] = self._next()
        else:
            self._fetch(known)

    def _integer(self, number: int) -> None:
        for least, end, opcode, form in _INTEGERS:
            if least <= number < end:
                self._parts.append(opcode + form.pack(number))
                return
        encoded = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
        short = len(encoded) < 256
        self._parts.append((b"\x8a" + bytes([len(encoded)])) if short else b"\x8b" + struct.pack("<i", len(encoded)))
        self._parts.append(encoded)

    def _put(self, node: object) -> None:
        self._memo[id(node)] = self._next()

    def _next(self) -> int:
        """Put what is on top of the stack into the next place of the memo."""
        place = self._count
        self._count += 1
        self._parts.append(b"q" + bytes([place]) if place < 256 else b"r" + struct.pack("<L", place))
        return place

    def _fetch(self, place: int) -> None:
        self._parts.append(b"h" + bytes([place]) if place < 256 else b"j" + struct.pack("<L", place))


def _not_written(what: str) -> CheckpointError:
    return CheckpointError("The file's structure is not written anew", f"it holds {what[:80]}", verdict="unsupported")
