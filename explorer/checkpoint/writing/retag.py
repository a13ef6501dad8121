"""Carries a pickle over byte for byte, but for the devices that its storages are said to be on.

torch.save writes equal texts once and fetches them from the memo after that, so that the device of a storage may be
the same text as a value somewhere else. Only the former is written anew.
"""

import re
import struct
from collections import Counter
from typing import Final, NamedTuple

from explorer.checkpoint.writing.opcodes import Name, Named, Nothing, Text, argument_of, text_at, walk

_STORAGE, _MODULE = "storage", "module"
_KEY: Final = re.compile(r"[\w.-]{1,200}", re.ASCII)


class Carried(NamedTuple):
    """A pickle that was carried over.

    Attributes:
        data: It.
        retagged: Storages whose device is another than before.
        keys: Of its storages, in the order in which it names them; "" for those that are no texts.
    """

    data: bytes
    retagged: int
    keys: tuple[str, ...]


class NotCarried(Exception):  # noqa: N818 - a way out, as StopIteration
    """The pickle has something that the other layout has no way to say; its text says what, as a clause."""


class _Edits:
    """Parts of a pickle that are written anew, by where they begin."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._anew: dict[int, tuple[int, bytes]] = {}

    def replace(self, begin: int, end: int, by: bytes) -> None:
        self._anew[begin] = (end, by)

    def applied(self, start: int, end: int, frames: list[int]) -> bytes:
        """The pickle with all of them, and its frames as long as they are then."""
        edits = sorted((begin, until, by) for begin, (until, by) in self._anew.items())
        for at in frames:
            inside = at + 9, at + 9 + int.from_bytes(self._data[at + 1 : at + 9], "little")
            grown = sum(len(by) - (until - begin) for begin, until, by in edits if inside[0] <= begin < inside[1])
            self.replace(at + 1, at + 9, struct.pack("<Q", inside[1] - inside[0] + grown))
        parts = []
        for begin, (until, by) in sorted(self._anew.items()):
            parts += [self._data[start:begin], by]
            start = until
        return b"".join([*parts, self._data[start:end]])


def carry(data: bytes, start: int, device: str | None, *, legacy: bool = False) -> Carried:
    """Carry a pickle over.

    Args:
        data: It, and what stands before and behind it.
        start: Of its first opcode.
        device: Where its storages are to be; None leaves them where they are.
        legacy: Its persistent ids are those of the layout before 1.6, and become those of the zip layout.

    Raises:
        NotCarried: The zip layout cannot say what it says.
        CheckpointError: It cannot be walked over.
    """
    walked = walk(data, start)
    edits = _Edits(data)
    tags: dict[int, Text] = {}
    keys: dict[str, None] = {}
    for found in walked.ids:
        kind = _text(data, found.parts[0]) if found.parts else ""
        if kind == _STORAGE and len(found.parts) >= 5:
            keys[_text(data, found.parts[2])] = None
            if isinstance(tag := found.parts[3], Text):
                tags[tag.at] = tag
            if legacy:
                _without_view(data, found, edits)
        elif kind == _MODULE and legacy:
            _only_class(found, edits)
        elif legacy:
            raise NotCarried("it names something else than storages by persistent ids")
    asked = Counter(id(found.parts) for found in walked.ids)
    changes = device is not None or legacy
    if changes and any(walked.again[parts] >= count for parts, count in asked.items()):
        raise NotCarried("the id of a storage is a value in it too")
    retagged = 0 if device is None else _retag(data, walked.ids, walked.fetched, tags, device, edits)
    return Carried(edits.applied(start, walked.end, walked.frames), retagged, tuple(keys))


def _retag(
    data: bytes, ids: list[Named], fetched: list[Text], tags: dict[int, Text], device: str, edits: _Edits
) -> int:
    """Write the tags anew that say another device; returns how many storages they are of."""
    texts: dict[int, str] = {}

    def said(text: Text) -> str:
        if text.written not in texts:
            texts[text.written] = text_at(data, text.written)
        return texts[text.written]

    new = _written(device)
    wrong = {at for at, tag in tags.items() if said(tag) != device}
    for at in wrong:
        if tags[at].written == at:
            edits.replace(at, argument_of(data, at)[1], new)
    for text in fetched:
        rewritten = text.written in wrong
        if text.at in wrong and not rewritten:
            edits.replace(text.at, argument_of(data, text.at)[1], new)
        elif rewritten and text.at not in tags:
            edits.replace(text.at, argument_of(data, text.at)[1], _written(said(text)))
    keys = {
        _text(data, found.parts[2])
        for found in ids
        if len(found.parts) >= 5 and isinstance(tag := found.parts[3], Text) and tag.at in wrong
    }
    return len(keys)


def _without_view(data: bytes, found: Named, edits: _Edits) -> None:
    """Leave out what the zip layout does not have: of which other storage this one is a view."""
    key = _text(data, found.parts[2])
    if not _KEY.fullmatch(key) or set(key) == {"."}:
        raise NotCarried("a storage in it has a name that is none of PyTorch's")
    if len(found.parts) == 5:
        return
    view = found.parts[5]
    if len(found.parts) != 6 or not isinstance(view, Nothing):
        raise NotCarried("a storage in it is a view of another one")
    edits.replace(view.at, view.at + 1, b"")


def _only_class(found: Named, edits: _Edits) -> None:
    """Have the class of a module itself where the old layout has an id of it with its source text."""
    name = found.parts[1] if len(found.parts) > 1 else None
    if not isinstance(name, Name):
        raise NotCarried("it names a class in an unusual way")
    edits.replace(found.at, found.at + 1, b"0" + name.opcode)  # POP, GLOBAL


def _text(data: bytes, item: object) -> str:
    return text_at(data, item.written) if isinstance(item, Text) else ""


def _written(text: str) -> bytes:
    """The opcode that pushes a text: BINUNICODE."""
    encoded = text.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<L", len(encoded)) + encoded
