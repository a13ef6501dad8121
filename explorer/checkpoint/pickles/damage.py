"""Where a pickle is damaged, and which code it names before that.

Python's unpickler reads ahead, and a frame of protocol 4 as a whole before it follows an instruction in it: where it
fails it does not say at which, and what an incomplete frame names it never met. What failed is therefore read again,
by the same unpickler with the same inert classes, but from a stream that hands over one instruction at a time.
Format: ``pickletools``.
"""

import os
import pickletools
import time
from typing import Any, BinaryIO, Final

from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.computed_names import computed_names
from explorer.checkpoint.pickles.unpickler import InertUnpickler, ZipUnpickler

SEARCH_SECONDS: Final = 2.0
"""Processor time to read again; what lies behind is not looked at."""

MAX_LIKELY: Final = 1 << 24
"""Bytes of one text or number in a cut file, at most; a length beyond this is taken for damage itself."""

_MAX_SEARCHED: Final = 1 << 20
"""Bytes of a pickle that are looked through for what stands before a name that it computes."""

_OPCODES: Final = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_FIXED: Final = {code: op.arg.n for code, op in _OPCODES.items() if op.arg is not None and op.arg.n >= 0}
_WIDTHS: Final = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
_COUNTED: Final = {
    code: _WIDTHS[op.arg.n] for code, op in _OPCODES.items() if op.arg is not None and op.arg.n in _WIDTHS
}
"""Opcodes that bring a length along, and the bytes of that length."""

_FRAME, _PUT, _LONG_BINPUT = b"\x95", b"p", b"r"
_FRAME_NBYTES: Final = 9
_LOOK_AT_CLOCK: Final = 1 << 10

_COMPUTED_NAME: Final = "STACK_GLOBAL requires str"
"""What the unpickler says of a name that is not written in the pickle."""

_SAYINGS: Final = (
    ("underflow", "takes more from the stack than there is"),
    ("MARK", "needs a mark on the stack that is not there"),
    ("Memo value", "asks for a value that was never kept"),
    ("unhashable", "makes a key of a value that cannot be one"),
    ("negative", "has a length or a place that is negative"),
    ("protocol", "asks for a protocol that does not exist"),
    ("extension code", "names code by a number that only its writer knows"),
    (_COMPUTED_NAME, "names code by a text that it computes"),
    ("change the class", "tries to change a class"),
)
"""Words of the unpickler, and what is said to people in their place."""


class CutPickleError(CheckpointError):
    """A pickle goes on where its file or record does not."""


class _Damage(Exception):  # noqa: N818 - as StopIteration: a way out of the unpickler
    """What is wrong, as a clause."""


class _Late(Exception):  # noqa: N818 - as above
    """The time to look is over."""


def damage_of(
    error: Exception, unpickler: InertUnpickler, stream: BinaryIO, start: int, of: str = ""
) -> CheckpointError | MemoryError | RecursionError:
    """Find out why a pickle cannot be read.

    Args:
        error: What was raised.
        unpickler: Raised it. Its names grow by each that the pickle asks for before it is damaged.
        stream: Holds it.
        start: Where it begins.
        of: What the stream is, where it is not the file.

    Returns:
        What to raise: `CutPickleError` where the stream ends too early, and `error` where it is beyond a limit.
    """
    if isinstance(error, CheckpointError):
        return error
    said = f" of {of[:80]!r}" if of else ""
    pieces = _Pieces(stream, start, said, too_large=isinstance(error, MemoryError))
    again: Exception | None = None
    try:
        kind = ZipUnpickler if isinstance(unpickler, ZipUnpickler) else InertUnpickler
        kind(pieces.as_file(), unpickler.names).load()
    except Exception as met:  # noqa: BLE001 - a damaged pickle raises anything
        again = met
    if _COMPUTED_NAME in (str(error), str(again)):
        stream.seek(start)
        unpickler.names.update(dict.fromkeys(computed_names(stream.read(_MAX_SEARCHED))))
    if pieces.ended and not isinstance(again, _Damage):
        why = f"it ends at byte {pieces.end:,}{said}, before its last instruction"
        return CutPickleError(_WHAT, why, AGAIN)
    if isinstance(again, (MemoryError, RecursionError)):
        return again
    found = _why(again, pieces)
    if found is None and isinstance(error, (MemoryError, RecursionError)):
        return error
    return CheckpointError(_WHAT, found or _not_seen(again, pieces), AGAIN)


_WHAT: Final = "The file's pickle is damaged"


def _why(again: Exception | None, pieces: "_Pieces") -> str | None:
    """What is wrong, as a clause; None where it was not seen."""
    if again is None:
        return pieces.frame_damage
    if isinstance(again, _Late):
        return None
    return str(again) if isinstance(again, _Damage) else _in_words(again, pieces)


def _not_seen(again: Exception | None, pieces: "_Pieces") -> str:
    if again is not None:
        return f"what follows byte {pieces.at:,}{pieces.of} makes no sense"
    return "its frames do not fit the instructions in them" if pieces.framed else "its values make no sense together"


def _in_words(error: Exception, pieces: "_Pieces") -> str:
    """What an instruction does wrong, as a clause."""
    opcode = _OPCODES.get(pieces.opcode)
    if opcode is None:
        return f"byte {pieces.at:,}{pieces.of} is no instruction of a pickle"
    text = str(error)
    words = next((words for said, words in _SAYINGS if said in text), None)
    if words is None and isinstance(error, UnicodeError):
        words = "has a text that is not of its encoding"
    elif words is None and isinstance(error, (ValueError, OverflowError)):
        words = "has a number that makes no sense"
    elif words is None and isinstance(error, (KeyError, IndexError)):
        words = "asks for what is not there"
    words = words or "does not fit the value that it is for"
    return f"the instruction at byte {pieces.at:,}{pieces.of} ({opcode.name}) {words}"


class _Pieces:
    """A stream of one instruction after the other, with what they bring along, but without frames.

    Attributes:
        at: Where the instruction begins that was handed over last.
        opcode: Its first byte.
        end: Where the stream ends.
        ended: More was asked for than there is.
        framed: It has frames.
        frame_damage: What is wrong with a frame, as a clause; only true if nothing else is.
        of: What the stream is, to stand behind the number of a byte.
    """

    def __init__(self, stream: BinaryIO, start: int, of: str, *, too_large: bool) -> None:
        self._stream = stream
        self.end = stream.seek(0, os.SEEK_END)
        stream.seek(start)
        self._start = self.at = self._position = start
        self._too_large = too_large
        self._left = 0
        self._width = 0
        self._count = 0
        self._until = time.process_time() + SEARCH_SECONDS
        self.of = of
        self.opcode = b""
        self.ended = self.framed = False
        self.frame_damage: str | None = None

    def as_file(self) -> Any:  # noqa: ANN401 - it has all of a stream that the unpickler asks for
        """Itself."""
        return self

    def read(self, nbytes: int) -> bytes:
        """Hand over an opcode, a length or an argument."""
        if self._width:
            return self._read_length(nbytes)
        if not self._left:
            return self._read_opcode()
        self._left = max(0, self._left - nbytes)
        data = self._take(nbytes)
        if self.opcode == _LONG_BINPUT:
            self._look_at_place(int.from_bytes(data, "little"))
        return data

    def readline(self) -> bytes:
        """Hand over an argument that is a line of text."""
        line = self._stream.readline()
        self._position += len(line)
        self.ended |= not line.endswith(b"\n")
        if self.opcode == _PUT and line.strip().isdigit():
            self._look_at_place(int(line[:40]))
        return line

    def _take(self, nbytes: int) -> bytes:
        data = self._stream.read(min(nbytes, self.end - self._position))
        self._position += len(data)
        self.ended |= len(data) < nbytes
        return data

    def _read_opcode(self) -> bytes:
        self._count += 1
        if self._count % _LOOK_AT_CLOCK == 0 and time.process_time() > self._until:
            raise _Late
        self.at = self._position
        code = self._take(1)
        while code == _FRAME:
            self.framed = True
            nbytes = int.from_bytes(self._take(_FRAME_NBYTES - 1), "little")
            if nbytes > self.end - self._position and self.frame_damage is None:
                self.frame_damage = self._too_long("frame", nbytes)
            self.at = self._position
            code = self._take(1)
        self.opcode = code
        self._left = _FIXED.get(code, 0)
        self._width = _COUNTED.get(code, 0)
        return code

    def _read_length(self, nbytes: int) -> bytes:
        self._width = 0
        data = self._take(nbytes)
        signed = _OPCODES[self.opcode].name in ("LONG4", "BINSTRING")
        self._left = max(0, int.from_bytes(data, "little", signed=signed))
        missing = self._left - (self.end - self._position)
        if missing > 0:
            self.ended = True
            if self._too_large or missing > MAX_LIKELY:
                raise _Damage(self._too_long("value", self._left))
            raise EOFError
        return data

    def _look_at_place(self, place: int) -> None:
        # The unpickler makes room for all places before it, and no pickler counts further than it writes.
        if self._too_large and place > self.at - self._start:
            raise _Damage(f"at byte {self.at:,}{self.of} it fills place {place:,} of its memo")

    def _too_long(self, what: str, nbytes: int) -> str:
        left = self.end - self._position
        return f"the {what} at byte {self.at:,}{self.of} should have {nbytes:,} bytes, but only {left:,} remain"
