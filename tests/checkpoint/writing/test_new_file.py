"""A file that is there when it is whole, or not at all, and never in place of another."""

import errno
import os
from pathlib import Path

import pytest

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.new_file import BUFFER, SYNC_EVERY, NewFile
from explorer.progress import no_report


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_appears_when_it_is_published(tmp_path: Path) -> None:
    out = tmp_path / "new.pth"
    piece = os.urandom(BUFFER)
    with NewFile(out, tmp_path / "source.pth") as new:
        for _ in range(SYNC_EVERY // BUFFER + 1):
            new.write(piece)
        new.write(b"the end")
        assert not out.exists()
        new.finish(no_report)
        new.publish()
    assert names(tmp_path) == ["new.pth"]
    assert out.read_bytes() == piece * (SYNC_EVERY // BUFFER + 1) + b"the end"
    assert out.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def open_files() -> list[Path]:
    return [Path(os.path.realpath(each)) for each in Path("/proc/self/fd").glob("*")]


@pytest.mark.parametrize("refusal", [None, errno.EPERM, errno.EINVAL], ids=["links", "no links", "no links, Windows"])
def test_what_came_there_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int | None
) -> None:
    if refusal is not None:

        def refuse(source: Path, _target: object) -> None:
            assert source not in open_files(), "Windows renames nothing that is open"
            raise OSError(refusal, "no links here")

        monkeypatch.setattr(os, "link", refuse)
    with NewFile(tmp_path / "a.pth", tmp_path / "source.pth") as new:
        new.write(b"ours")
        new.finish(no_report)
        new.publish()
    assert names(tmp_path) == ["a.pth"]
    assert (tmp_path / "a.pth").read_bytes() == b"ours"
    with NewFile(tmp_path / "b.pth", tmp_path / "source.pth") as new:
        new.write(b"ours")
        new.finish(no_report)
        (tmp_path / "b.pth").write_bytes(b"theirs")
        with pytest.raises(CheckpointError, match="made by another program meanwhile"):
            new.publish()
    assert (tmp_path / "b.pth").read_bytes() == b"theirs"
    assert names(tmp_path) == ["a.pth", "b.pth"]


def test_a_name_that_was_taken_for_nothing_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: object, _target: object) -> None:
        raise OSError(errno.EPERM, "not here")

    with NewFile(tmp_path / "a.pth", tmp_path / "source.pth") as new:
        new.finish(no_report)
        monkeypatch.setattr(os, "link", refuse)
        monkeypatch.setattr(Path, "replace", refuse)
        with pytest.raises(CheckpointError, match=r"'a\.pth' was not written"):
            new.publish()
    assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_said_to_be_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with NewFile(tmp_path / "new.pth", tmp_path / "source.pth") as new:
        monkeypatch.setattr(os, call, full)
        new.write(b"ours")
        with pytest.raises(CheckpointError, match=r"'new\.pth' was not written: the disk is full; nothing was left"):
            new.finish(no_report)
        monkeypatch.undo()
        with pytest.raises(CheckpointError, match=r"There is no room .* bytes are needed there and .* are free"):
            new.need(1 << 60)
    assert names(tmp_path) == []
