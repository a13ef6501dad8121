"""What every container gives: an unpickled object, or rows, and where storages lie."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.pickles.rebuild import FindRecord


def _same(key: str | int) -> str | int:
    return key


class Part(NamedTuple):
    """A pickle of the file whose tensors are listed.

    Attributes:
        root: The unpickled object, made of recorders and plain containers.
        find_record: Looks up the bytes of a storage key.
        path: Keys that stand before those inside it.
        attribute: For a table of TorchScript's: the attribute path under which it is listed beside the module's.
        name_of: What `Found.others` calls the record of a storage key.
    """

    root: Any
    find_record: FindRecord
    path: tuple[str, ...] = ()
    attribute: str | None = None
    name_of: Callable[[str | int], Any] = _same


def _nothing_known(_used: set[Any]) -> list[FileRecord]:
    return []


@dataclass
class Found:
    """A file, parsed as far as its container goes.

    Attributes:
        container: How the file is laid out.
        parts: The pickles whose tensors are listed; one in most containers.
        names: Every name that the pickles asked for.
        warnings: Oddities that did not stop the reading.
        byteorder: Of the numbers in the storages.
        damage: What is wrong with a file that can be listed all the same; None when it is sound.
        others: Lists where the file keeps everything else, given the records that tensors lie in.
    """

    container: str
    parts: list[Part]
    names: dict[str, None]
    warnings: list[str] = field(default_factory=list)
    byteorder: Literal["little", "big"] = "little"
    damage: CheckpointError | None = None
    others: Callable[[set[Any]], list[FileRecord]] = _nothing_known
