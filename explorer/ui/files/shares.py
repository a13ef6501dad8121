"""Whether a file lies on a network share, where reading all of it may take long or cost money."""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Final

from PySide6.QtCore import QStorageInfo

MOUNTS: Final = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted. Reading it waits for no server."""

_SHARED: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "afpfs", "coda", "davfs", "ftp", "ncp", "ncpfs", "webdav"}
    | {"beegfs", "ceph", "glusterfs", "gpfs", "lustre", "orangefs", "panfs", "pvfs2", "wekafs"}
)
# A virtual machine's folders of its own host (9p, virtiofs, vboxsf) are as near as a disk.
_LOCAL_FUSE: Final = frozenset(
    {"apfs", "archivemount", "bindfs", "cryfs", "encfs", "exfat", "ext2", "fuse-overlayfs", "fuse2fs", "gocryptfs"}
    | {"lxcfs", "mergerfs", "ntfs", "ntfs-3g", "portal", "ratarmount", "securefs", "squashfuse", "unionfs", "veracrypt"}
)
"""Programs that bring files of this machine; any other that can be mounted (sshfs, rclone, s3fs) goes elsewhere."""

_OCTAL: Final = re.compile(r"\\([0-3][0-7]{2})")


def is_shared(filesystem: str) -> bool:
    """Tell the file systems of a network from those of this machine.

    Args:
        filesystem: Its type as the system calls it: ``ext4``, ``nfs4``, ``fuse.sshfs``.
    """
    kind, _, program = filesystem.lower().partition(".")
    if kind in {"fuse", "macfuse", "osxfuse"}:
        return program not in _LOCAL_FUSE
    return kind in _SHARED


def filesystem_of(path: str, mounts: str) -> str:
    """Find the type of the file system that a path lies on; "" where no mount point is above it.

    Args:
        path: Absolute, without links in it.
        mounts: The text of Linux's ``mountinfo``.
    """
    above = {str(path) for path in (PurePosixPath(path), *PurePosixPath(path).parents)}
    found, longest = "", -1
    for line in mounts.splitlines():
        about, _, kind = line.partition(" - ")
        fields = about.split(" ")
        point = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields[4]) if len(fields) > 4 else ""
        # Of two at one place the later hides the earlier.
        if point in above and len(point) >= longest:
            found, longest = kind.split(" ")[0], len(point)
    return found


def lies_on_share(path: Path) -> bool:
    """Ask the system; on a worker, because a share whose server is gone may not answer for long.

    Args:
        path: Of a file.
    """
    real = os.path.realpath(path)
    # What Windows has on a server, a drive's letter stands for as well.
    if real.startswith("\\\\"):
        return True
    try:
        # Names are bytes: each stands for a character here as it does in an octal escape.
        kind = filesystem_of(os.fsencode(real).decode("latin-1"), MOUNTS.read_text("latin-1"))
    except OSError:
        kind = bytes(QStorageInfo(real).fileSystemType().data()).decode("latin-1")
    return is_shared(kind)
