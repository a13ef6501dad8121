"""Which files lie on a network share, told from what Linux says is mounted."""

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.files import shares
from explorer.ui.files.shares import filesystem_of, is_shared, lies_on_share

MOUNTS = r"""
22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
30 22 0:25 / /proc rw,nosuid - proc proc rw
40 22 0:40 / /mnt rw shared:9 master:2 - autofs systemd-1 rw,fd=41
41 22 0:41 / /mnt/nas rw,relatime shared:10 - autofs systemd-1 rw,fd=42
42 41 0:42 /export /mnt/nas rw,relatime - nfs4 server:/export rw,vers=4.2
43 42 8:17 / /mnt/nas/scratch rw - xfs /dev/sdb1 rw
44 22 0:44 / /media/My\040Share\011\134x rw - cifs //server/My\040Share rw
45 22 0:45 / /home/me/remote rw,nosuid - fuse.sshfs me@host:/ rw
46 22 0:46 / /home/me/plain rw - ext4 /dev/sdc1 rw - nfs
""".lstrip("\n")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", "ext4"),
        ("/home/me/a.pt", "ext4"),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/deep/down/a.pt", "nfs4"),
        ("/mnt/nasty/a.pt", "autofs"),
        ("/mnt/nas/scratch/a.pt", "xfs"),
        ("/media/My Share\t\\x/a.pt", "cifs"),
        ("/media/My", "ext4"),
        ("/home/me/remote/a.pt", "fuse.sshfs"),
        ("/home/me/plain/a.pt", "ext4"),
    ],
)
def test_the_longest_mount_point_decides(path: str, found: str) -> None:
    assert filesystem_of(path, MOUNTS) == found


@pytest.mark.parametrize("mounts", ["", "\n\n", "no mounts at all", "1 2 3 4", "22 1 8:2 / /elsewhere rw - ext4 x rw"])
def test_where_nothing_is_said_nothing_is_known(mounts: str) -> None:
    assert filesystem_of("/home/a.pt", mounts) == ""


def escaped(point: str) -> str:
    """As the kernel writes it."""
    for character in "\\ \t\n#":
        point = point.replace(character, f"\\{ord(character):03o}")
    return point


names = st.text(st.characters(codec="latin-1", exclude_characters="/\0\r\x0b\x0c\x1c\x1d\x1e\x85"), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(parts=st.lists(names, min_size=1, max_size=4), data=st.data())
def test_the_deepest_of_all_that_are_above_is_found(parts: list[str], data: st.DataObject) -> None:
    path = PurePosixPath("/", *parts)
    above = [*reversed(path.parents), path]
    mounted = sorted(data.draw(st.sets(st.sampled_from(range(len(above))), min_size=1)))
    lines = [f"{n} 1 0:{n} / {escaped(str(above[n]))} rw - kind{n} source rw" for n in mounted]
    lines.append("99 1 0:99 / /elsewhere/far rw - nfs server rw")
    assert filesystem_of(str(path), "\n".join(data.draw(st.permutations(lines)))) == f"kind{mounted[-1]}"


SHARES = """
nfs nfs4 cifs CIFS smb3 smbfs afs ncpfs ceph lustre glusterfs afpfs webdav davfs
fuse fuse.sshfs fuse.s3fs fuse.rclone fuse.glusterfs fuse.gvfsd-fuse fuse.never-heard-of macfuse
"""
LOCAL = """
ext4 xfs btrfs zfs overlay tmpfs fuseblk NTFS apfs 9p virtiofs vboxsf autofs
fuse.ntfs-3g fuse.portal fuse.mergerfs fuse.gocryptfs
"""


def test_file_systems_of_a_network_are_told_from_those_of_this_machine() -> None:
    assert [kind for kind in SHARES.split() if not is_shared(kind)] == []
    assert [kind for kind in ("", *LOCAL.split()) if is_shared(kind)] == []


def test_the_system_is_asked(tmp_path: Path) -> None:
    # Tests lie on a disk, as far as one can tell.
    assert not lies_on_share(tmp_path / "a.pt")


def test_a_link_lies_where_it_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share = tmp_path / "sh\udcff re ü"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    mounts = tmp_path / "mountinfo"
    root, point = (
        os.fsencode(escaped(os.path.realpath(place))).decode("latin-1") for place in (tmp_path.parent, share)
    )
    lines = [f"1 0 8:1 / {root} rw - ext4 /dev/sda1 rw", f"2 1 0:9 / {point} rw - nfs4 server:/ rw", ""]
    mounts.write_text("\n".join(lines), "latin-1")
    monkeypatch.setattr(shares, "MOUNTS", mounts)
    assert lies_on_share(share / "a.pt")
    assert lies_on_share(tmp_path / "link" / "a.pt")
    assert not lies_on_share(tmp_path / "a.pt")


def test_where_there_is_no_list_qt_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOUNTS", tmp_path / "missing")
    assert not lies_on_share(tmp_path)
