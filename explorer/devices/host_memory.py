"""How much memory this computer has, and how much of it is free."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_MEMINFO: Final = Path("/proc/meminfo")
_CGROUP: Final = Path("/sys/fs/cgroup")


class Room(NamedTuple):
    """Memory of a device, in bytes; None for what it does not tell.

    Attributes:
        total: All of it.
        free: What can be taken now.
    """

    total: int | None
    free: int | None


def host_room(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> Room:
    """Memory that this process can have without pushing out anybody else's.

    Linux tells what is free, in a container by its limit (cgroup v2); other systems tell the total, or nothing.

    Args:
        meminfo: As ``/proc/meminfo``.
        cgroup: Folder of the control group.
    """
    try:
        lines = (line.split() for line in meminfo.read_text(encoding="ascii").splitlines())
        kilobytes = {words[0]: int(words[1]) for words in lines if len(words) > 1}
        room = Room(1024 * kilobytes["MemTotal:"], 1024 * kilobytes["MemAvailable:"])
    except (OSError, ValueError, KeyError):
        return Room(_all_pages(), None)
    # No such folder, or no limit: ``max`` is no number.
    with suppress(OSError, ValueError):
        limit = int((cgroup / "memory.max").read_text(encoding="ascii"))
        used = int((cgroup / "memory.current").read_text(encoding="ascii")) - _cached(cgroup)
        return Room(min(room.total or limit, limit), max(0, min(room.free or 0, limit - used)))
    return room


def _cached(cgroup: Path) -> int:
    """Pages of files, which are given up for other use."""
    lines = (line.split() for line in (cgroup / "memory.stat").read_text(encoding="ascii").splitlines())
    return next((int(words[1]) for words in lines if words[0] == "inactive_file"), 0)


def _all_pages() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # there is none on Windows
        return None
