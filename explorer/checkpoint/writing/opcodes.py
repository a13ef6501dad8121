"""Walks over the opcodes of a pickle without making what they say: where its persistent ids and their texts are.

Format: ``pickletools`` of the standard library, from which the effects on the stack are taken.
"""

import pickletools
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from explorer.checkpoint.errors import CheckpointError

_FIXED: Final = {
    **dict.fromkeys((pickletools.uint1,), 1),
    **dict.fromkeys((pickletools.uint2,), 2),
    **dict.fromkeys((pickletools.int4, pickletools.uint4), 4),
    **dict.fromkeys((pickletools.uint8, pickletools.float8), 8),
}
"""Bytes of an argument that is always as long."""

_COUNTED: Final = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
"""Bytes of the count before an argument."""


class _Effect(NamedTuple):
    """What an opcode does.

    Attributes:
        fixed: Bytes of its argument; -1 where they are counted or end with a line.
        counted: Bytes of the count before its argument; 0 for none.
        lines: Lines that its argument is.
        pops: Items that it takes from the stack, below the mark where it takes all above that.
        to_mark: It takes all down to the mark as well, and the mark.
        pushes: Items that it puts onto the stack.
    """

    fixed: int
    counted: int
    lines: int
    pops: int
    to_mark: bool
    pushes: int


def _effect(info: Any) -> _Effect:  # noqa: ANN401 - pickletools has no types for it
    before, after = info.stack_before, info.stack_after
    to_mark = pickletools.markobject in before
    pops = before.index(pickletools.markobject) if to_mark else len(before)
    counted = lines = 0
    fixed = 0
    if info.arg is not None:
        fixed = _FIXED.get(info.arg, -1)
        if fixed < 0:
            counted = _COUNTED.get(info.arg.n, 0)
            lines = 0 if counted else (2 if info.arg is pickletools.stringnl_noescape_pair else 1)
    return _Effect(fixed, counted, lines, pops, to_mark, len(after))


_EFFECTS: Final = {ord(info.code): _effect(info) for info in pickletools.opcodes}

_TEXTS: Final = frozenset(b"SUTXV\x8c\x8d")
"""Opcodes that push a text that is written behind them."""

_GETS: Final = frozenset(b"hjg")
_PUTS: Final = frozenset(b"qrp")
_TUPLES: Final = {0x85: 1, 0x86: 2, 0x87: 3}
_MARK, _TUPLE, _POP, _DUP, _GLOBAL, _NONE, _PERSID, _STOP, _MEMOIZE, _FRAME = b"(t02cNQ.\x94\x95"


class Text(NamedTuple):
    """A text on the stack.

    Attributes:
        at: Where the opcode is that put it there.
        written: Where it is written: there, or where it was put into the memo that it was fetched from.
    """

    at: int
    written: int


class Nothing(NamedTuple):
    """None on the stack; `at` is where the opcode is that put it there."""

    at: int


class Name(NamedTuple):
    """A class or function on the stack, as the opcode that names it."""

    opcode: bytes


Item = Text | Nothing | Name | list[Any] | None
"""What is known of an item of the stack; a list is a tuple's items, and None stands for everything else."""


class Named(NamedTuple):
    """Where a pickle asks for what a persistent id names.

    Attributes:
        at: Where the opcode is that asks.
        parts: The items of the id.
    """

    at: int
    parts: list[Item]


class Walked(NamedTuple):
    """A pickle that was walked over.

    Attributes:
        end: Behind its last opcode.
        ids: Its persistent ids that are tuples, in order.
        fetched: Every text that is put onto the stack without being written there, in order.
        again: How often the parts of an id were put onto the stack again, by the id of that list.
        frames: Where its frames begin.
    """

    end: int
    ids: list[Named]
    fetched: list[Text]
    again: Counter[int]
    frames: list[int]


def walk(data: bytes, start: int = 0) -> Walked:
    """Walk over a pickle.

    Args:
        data: It, and what stands before and behind it.
        start: Of its first opcode.

    Raises:
        CheckpointError: It cannot be walked over.
    """
    try:
        return _walk(data, start)
    except (IndexError, ValueError, KeyError, struct.error) as error:
        raise CheckpointError("The file's pickle is damaged", f"it cannot be walked over ({error})") from None


def text_at(data: bytes, at: int) -> str:
    """The text that the opcode at a place writes.

    Raises:
        CheckpointError: It is no text that can be read.
    """
    opcode = data[at]
    begin, end = argument_of(data, at)
    try:
        if opcode == ord("V"):
            return data[begin : end - 1].decode("raw-unicode-escape")
        if opcode == ord("S"):
            return data[begin : end - 1].strip()[1:-1].decode("ascii")
        return data[begin:end].decode("utf-8", "surrogatepass")
    except UnicodeError:
        raise CheckpointError("The file's pickle cannot be rewritten", "one of its texts is in no encoding") from None


def argument_of(data: bytes, at: int) -> tuple[int, int]:
    """Where the argument of the opcode at a place begins, without its count, and where it ends."""
    fixed, counted, lines, *_ = _EFFECTS[data[at]]
    begin = at + 1
    if fixed >= 0:
        return begin, begin + fixed
    if counted:
        length = int.from_bytes(data[begin : begin + counted], "little")
        begin += counted
        return begin, begin + length
    end = begin
    for _ in range(lines):
        end = data.index(b"\n", end) + 1
    return begin, end


def _walk(data: bytes, start: int) -> Walked:
    walker = _Walker(data)
    effects, handlers, other = _EFFECTS, _HANDLERS, _Walker.other
    at = start
    while True:
        opcode = data[at]
        fixed, counted, *_ = effects[opcode]
        if fixed >= 0:
            end = at + 1 + fixed
        elif counted:
            end = at + 1 + counted + int.from_bytes(data[at + 1 : at + 1 + counted], "little")
        else:
            end = argument_of(data, at)[1]
        if end > len(data):
            raise ValueError(f"the opcode at byte {at:,} goes on behind its end")
        if opcode == _STOP:
            return Walked(end, walker.ids, walker.fetched, walker.again, walker.frames)
        handlers.get(opcode, other)(walker, at, end)
        at = end


class _Walker:
    """The stack and the memo of a pickle, as far as texts and tuples go."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._stack: list[Item] = []
        self._marks: list[int] = []
        self._memo: dict[int, Item] = {}
        self._lists: list[list[Any]] = []
        self.ids: list[Named] = []
        self.fetched: list[Text] = []
        self.again: Counter[int] = Counter()
        self.frames: list[int] = []

    def get(self, at: int, end: int) -> None:
        self._push_again(self._memo[self._place(at, end)], at)

    def dup(self, at: int, _end: int) -> None:
        self._push_again(self._stack[-1], at)

    def put(self, at: int, end: int) -> None:
        self._memo[self._place(at, end)] = self._stack[-1]

    def memoize(self, _at: int, _end: int) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def text(self, at: int, _end: int) -> None:
        self._stack.append(Text(at, at))

    def none(self, at: int, _end: int) -> None:
        self._stack.append(Nothing(at))

    def name(self, at: int, end: int) -> None:
        self._stack.append(Name(self._data[at:end]))

    def mark(self, _at: int, _end: int) -> None:
        self._marks.append(len(self._stack))

    def tuple(self, _at: int, _end: int) -> None:
        self._collect(self._marks.pop())

    def few(self, at: int, _end: int) -> None:
        self._collect(len(self._stack) - _TUPLES[self._data[at]])

    def frame(self, at: int, _end: int) -> None:
        self.frames.append(at)

    def pop(self, at: int, end: int) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()  # POP takes a mark as well
        else:
            self.other(at, end)

    def persistent(self, at: int, end: int) -> None:
        top = self._stack[-1]
        if isinstance(top, list):
            self.ids.append(Named(at, top))
        self.other(at, end)

    def other(self, at: int, _end: int) -> None:
        """Take and put onto the stack what `pickletools` says of the opcode."""
        _, _, _, pops, to_mark, pushes = _EFFECTS[self._data[at]]
        if to_mark:
            del self._stack[self._marks.pop() :]
        if pops:
            if pops > len(self._stack):
                raise ValueError(f"the opcode at byte {at:,} takes more than there is")
            del self._stack[-pops:]
        self._stack += [None] * pushes

    def _push_again(self, item: Item, at: int) -> None:
        if isinstance(item, Text):
            item = Text(at, item.written)
            self.fetched.append(item)
        elif isinstance(item, list):
            self._lists.append(item)  # so that no other one gets its id
            self.again[id(item)] += 1
        self._stack.append(item)

    def _collect(self, begin: int) -> None:
        parts: list[Item] = self._stack[begin:]
        del self._stack[begin:]
        self._stack.append(parts)

    def _place(self, at: int, end: int) -> int:
        """The place in the memo that an opcode speaks of."""
        if self._data[at] in b"gp":
            return int(self._data[at + 1 : end])
        return int.from_bytes(self._data[at + 1 : end], "little")


_HANDLERS: Final[dict[int, Callable[[_Walker, int, int], None]]] = {
    **dict.fromkeys(_GETS, _Walker.get),
    **dict.fromkeys(_PUTS, _Walker.put),
    **dict.fromkeys(_TEXTS, _Walker.text),
    **dict.fromkeys(_TUPLES, _Walker.few),
    _MEMOIZE: _Walker.memoize,
    _TUPLE: _Walker.tuple,
    _MARK: _Walker.mark,
    _GLOBAL: _Walker.name,
    _NONE: _Walker.none,
    _DUP: _Walker.dup,
    _FRAME: _Walker.frame,
    _POP: _Walker.pop,
    _PERSID: _Walker.persistent,
}
