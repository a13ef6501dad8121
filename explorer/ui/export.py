"""How something that is shown becomes a file: its name, and writing it whole or not."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from explorer.formatting import visible

_NAME_LIMIT: Final = 60
"""Letters that are kept of a key: with three bytes each a name of them fits any file system."""


def file_name(key: str, what: str, suffix: str) -> str:
    """Propose a name: ``layer1.conv.weight histogram.png``.

    Args:
        key: A name from a file: any string at all.
        what: Plain words that say what of it is saved; they also keep the name from being one that Windows reserves.
        suffix: Of the file, without its dot.

    Returns:
        Letters, figures, dots, hyphens and spaces, in a name that every system can have.
    """
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in key)[:_NAME_LIMIT]
    return f"{kept.strip('._') or 'tensor'} {what}.{suffix}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that whoever looks finds the old one or the new one, and never half of it.

    Args:
        path: Where; a link is followed.
        content: All of it.

    Raises:
        OSError: It could not be written. What was there is still there.
    """
    target = Path(os.path.realpath(path))
    unfinished = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
        unfinished.replace(target)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def saved(path: Path) -> str:
    """Say that a file was written."""
    return f"Saved as {visible(path.name)} in {visible(str(path.parent))}."


def not_saved(path: Path, error: OSError) -> str:
    """Say why a file could not be written."""
    why = error.strerror or type(error).__name__
    return f"{visible(path.name)} could not be written: {why}; choose another folder or name."
