"""How the bytes of a storage are wrapped in the file: not at all, or as a record of a zip archive.

Format: PKWARE APPNOTE 6.3.10, section 4.3.7 (local header).
"""

import zlib
from collections.abc import Callable
from typing import Final

from explorer.checkpoint.document import Framing
from explorer.checkpoint.errors import CheckpointError

_LOCAL_HEADER: Final = 30


def first_byte(position: int, framing: Framing, read: Callable[[int, int], bytes]) -> int:
    """Where the bytes themselves begin in the file.

    Args:
        position: As `Storage.position`.
        framing: As `Storage.framing`.
        read: Reads exactly so many bytes, at a position.

    Raises:
        CheckpointError: No record begins there.
    """
    if framing == "raw":
        return position
    header = read(position, _LOCAL_HEADER)
    if header[:4] != b"PK\x03\x04":
        raise CheckpointError("The values cannot be read", f"no zip record begins at byte {position:,}")
    name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
    return position + _LOCAL_HEADER + name + extra


def inflated(packed: bytes, nbytes: int) -> bytes:
    """Decompress a record that should become `nbytes` long.

    Raises:
        CheckpointError: It is damaged, or becomes longer or shorter.
    """
    inflater = zlib.decompressobj(-15)
    try:
        # One more than wanted tells a record that would become longer.
        data = inflater.decompress(packed, nbytes + 1)
    except zlib.error:
        raise CheckpointError("The values cannot be read", "they do not decompress") from None
    if len(data) != nbytes:
        raise CheckpointError("The values cannot be read", "they decompress to another length than declared")
    return data
