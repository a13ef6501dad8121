"""Paths as file URLs, which keep every byte of a name; Qt's own texts lose those that are not UTF-8."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from PySide6.QtCore import QMimeData


def path_of(url: str) -> Path | None:
    """The file that a URL names.

    Args:
        url: Percent-encoded, as `Path.as_uri` and `QUrl.toEncoded` write it.

    Returns:
        An absolute path; None where the URL names no file of this machine.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme != "file" or "%00" in parts.path:
        return None
    if os.name == "nt":
        from urllib.request import url2pathname  # noqa: PLC0415 - brings all of HTTP

        path = Path(url2pathname(f"//{parts.netloc}{parts.path}" if parts.netloc else parts.path))
    elif parts.netloc in ("", "localhost"):
        path = Path(os.fsdecode(unquote_to_bytes(parts.path)))
    else:
        return None
    return path if path.is_absolute() else None


def dragged_files(data: QMimeData) -> list[Path]:
    """The files that are dragged; none where it is text, a picture, or an address."""
    paths = (path_of(bytes(url.toEncoded().data()).decode("ascii")) for url in data.urls())
    return [path for path in paths if path is not None]
