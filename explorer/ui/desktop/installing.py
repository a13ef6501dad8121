"""Puts files into the data folder of a desktop, and takes exactly these away again."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from explorer.ui.export import write_whole

RECORD: Final = PurePosixPath("checkpoint-explorer", "desktop.json")
"""What was written: each file with its digests, and the folders that were made for them."""

_HICOLOR: Final = PurePosixPath("icons", "hicolor")
_UPDATES: Final = (
    (("update-mime-database",), PurePosixPath("mime")),
    (("update-desktop-database", "-q"), PurePosixPath("applications")),
)
"""What brings an index up to date, and the folder that it is in."""
_UPDATE_S: Final = 60.0
_INDICES: Final = {
    PurePosixPath("applications"): ("mimeinfo.cache",),
    PurePosixPath("mime"): (
        *("XMLnamespaces", "aliases", "generic-icons", "globs", "globs2", "icons", "magic", "mime.cache"),
        *("subclasses", "treemagic", "types", "version"),
    ),
}
"""The indices that those programs write, by folder."""


class DesktopError(Exception):
    """The files could not be written, or not be taken away; its text says why."""


class Done(NamedTuple):
    """What was done.

    Attributes:
        files: Those that were written or taken away, from the data folder.
        left: Those that are not as they were written, and were left.
        updated: Programs that brought an index up to date.
    """

    files: list[PurePosixPath]
    left: list[PurePosixPath]
    updated: list[str]


def why_not_here() -> str | None:
    """The reason that this system has no such desktop, as a clause."""
    systems = {"win32": "Windows", "darwin": "macOS"}
    system = systems.get(sys.platform)
    return system and f"{system} has no desktop entries; choose the program under “Open with” there"


def data_folder() -> Path:
    """Where the files of this user go: $XDG_DATA_HOME."""
    told = os.environ.get("XDG_DATA_HOME", "")
    # A path that is not absolute does not count, as the standard has it.
    return Path(told) if Path(told).is_absolute() else Path("~/.local/share").expanduser()


def install(folder: Path, files: Mapping[PurePosixPath, bytes]) -> Done:
    """Write files; all or none.

    Args:
        folder: The data folder.
        files: By their paths in it.

    Raises:
        DesktopError: Something is in their place that this program did not write, or they cannot be written.
    """
    before = _read_record(folder)
    foreign = [path for path in files if os.path.lexists(folder / path) and not _as_written(folder, path, before)]
    if foreign:
        raise DesktopError(f"{folder / foreign[0]} is there and was not written by it; move it away first")
    # What an earlier version wrote, and this one does not, goes.
    outdated = [path for path in _files(before) if path not in files and _as_written(folder, path, before)]
    made = _folders(before) + _missing_folders(folder, [*files, RECORD])
    digests = {str(path): [hashlib.sha256(data).hexdigest()] for path, data in files.items()}
    # Written first, and with what was there: whatever comes between, all of it can be taken away.
    both = {path: digests.get(path, []) + before["files"].get(path, []) for path in {*digests, *before["files"]}}
    record = {"files": both, "folders": sorted({str(path) for path in made})}
    try:
        _write(folder / RECORD, json.dumps(record).encode())
        for path, data in files.items():
            _write(folder / path, data)
    except OSError as error:
        uninstall(folder, update=False)
        raise DesktopError(f"{folder} cannot be written to: {error.strerror}; nothing was left behind") from None
    with suppress(OSError):  # then both are known still
        for path in outdated:
            (folder / path).unlink()
        _write(folder / RECORD, json.dumps({**record, "files": digests}).encode())
    return Done(list(files), [], _update(folder))


def uninstall(folder: Path, *, update: bool = True) -> Done:
    """Take away what was written and is still as it was, and the folders that were made for it and are empty.

    Args:
        folder: The data folder.
        update: Bring the indices up to date.

    Raises:
        DesktopError: It cannot be taken away.
    """
    record = _read_record(folder)
    there = [path for path in _files(record) if os.path.lexists(folder / path)]
    written = [path for path in there if _as_written(folder, path, record)]
    try:
        for path in written:
            (folder / path).unlink()
        (folder / RECORD).unlink(missing_ok=True)
    except OSError as error:
        raise DesktopError(f"{folder} cannot be written to: {error.strerror}") from None
    updated = _update(folder) if update and written else []
    _remove_indices(folder, _folders(record))
    for path in sorted(_folders(record), key=lambda path: len(path.parts), reverse=True):
        with suppress(OSError):  # it is not empty, or gone
            (folder / path).rmdir()
    return Done(written, [path for path in there if path not in written], updated)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)


def _read_record(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        record = json.loads((folder / RECORD).read_text("utf-8"))
        if (
            isinstance(record, dict)
            and isinstance(record.get("files"), dict)
            and isinstance(record.get("folders"), list)
        ):
            return record
    return {"files": {}, "folders": []}


def _files(record: dict[str, Any]) -> list[PurePosixPath]:
    return [path for path in map(PurePosixPath, record["files"]) if _is_inside(path)]


def _folders(record: dict[str, Any]) -> list[PurePosixPath]:
    return [path for path in map(PurePosixPath, record["folders"]) if _is_inside(path)]


def _is_inside(path: PurePosixPath) -> bool:
    return not path.is_absolute() and ".." not in path.parts


def _as_written(folder: Path, path: PurePosixPath, record: dict[str, Any]) -> bool:
    place = folder / path
    try:
        digest = "" if place.is_symlink() else hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError:
        return False
    return digest in record["files"].get(str(path), ())


def _remove_indices(folder: Path, made: list[PurePosixPath]) -> None:
    """Take away indices of nothing, in folders that were made for this program and hold nothing else."""
    for place, names in _INDICES.items():
        if place in made:
            found = [path for path in (folder / place).rglob("*") if not path.is_dir()]
            if all(path.parent == folder / place and path.name in names for path in found):
                for path in found:
                    path.unlink(missing_ok=True)
                for path in sorted((folder / place).glob("*/"), reverse=True):
                    with suppress(OSError):
                        path.rmdir()


def _missing_folders(folder: Path, files: list[PurePosixPath]) -> list[PurePosixPath]:
    above = {parent for path in files for parent in path.parents}
    return [path for path in above if not (folder / path).exists()]


def _update(folder: Path) -> list[str]:
    """Run what keeps the indices of a desktop, as far as it is there; it works without them, only later."""
    with suppress(OSError):
        os.utime(folder / _HICOLOR)  # by its time a desktop sees that there are other icons
    commands = [[*words, str(folder / place)] for words, place in _UPDATES if (folder / place).is_dir()]
    # Only where there is such an index already: without one, icons are looked for in the folders.
    if (folder / _HICOLOR / "icon-theme.cache").exists():
        commands.append(["gtk-update-icon-cache", "-q", "-t", "-f", str(folder / _HICOLOR)])
    commands.append(["xdg-desktop-menu", "forceupdate", "--mode", "user"])
    return [command[0] for command in commands if _ran(command)]


def _ran(command: list[str]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - the desktop's own programs; no shell
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_UPDATE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
