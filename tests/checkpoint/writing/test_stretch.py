"""Runs of a file are copied by the system, or read and written where it does not do that: the bytes are the same."""

import errno
import os
import resource
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from explorer.checkpoint.document import FileIdentity, SourceFile
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.open_files import OpenFiles
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.new_file import NewFile
from explorer.checkpoint.writing.options import CopyOptions
from explorer.checkpoint.writing.stretch import STRETCH, Stretch
from explorer.progress import no_report
from tests.checkpoint.writing.saving import save

NBYTES = 3_000_000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(NBYTES))
    return path


def opened(path: Path) -> OpenFiles:
    facts = path.stat()
    identity = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    return OpenFiles([SourceFile(path, identity, "little")])


def taken(source: Path, out: Path, *runs: tuple[int, int]) -> bytes:
    files = opened(source)
    try:
        with NewFile(out, source) as new:
            new.write(b"before")
            for position, nbytes in runs:
                new.take(Stretch(files.descriptor(0), position, nbytes, partial(files.read, 0)))
            new.write(b"after")
            assert new.nbytes == 11 + sum(nbytes for _, nbytes in runs)
            new.finish(no_report)
            new.publish()
    finally:
        files.close()
    return out.read_bytes()


def refuse(number: int) -> Callable[..., int]:
    def copy(*_arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    return copy


@pytest.mark.parametrize("how", ["as it is", "missing", "refused", "in the middle", "nothing"])
def test_the_bytes_are_those_of_the_source(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    real = os.copy_file_range
    calls = iter(range(100))

    def in_the_middle(one: int, other: int, count: int, at: int) -> int:
        return real(one, other, min(count, 1000), at) if next(calls) < 3 else refuse(errno.EXDEV)()

    ways = {"refused": refuse(errno.ENOSYS), "in the middle": in_the_middle, "nothing": lambda *_: 0}
    if how == "missing":
        monkeypatch.delattr(os, "copy_file_range")
    elif how in ways:
        monkeypatch.setattr(os, "copy_file_range", ways[how])
    data = source.read_bytes()
    got = taken(source, tmp_path / "out", (7, 2_500_000), (0, 5), (NBYTES - 1, 1))
    assert got == b"before" + data[7:2_500_007] + data[:5] + data[-1:] + b"after"


def test_a_source_that_ends_and_a_disk_that_is_full_are_sentences(source: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="became shorter while it was read"):
        taken(source, tmp_path / "out", (NBYTES - 10, 20))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(CheckpointError, match="become so large; nothing was left behind"):
            taken(source, tmp_path / "out", (0, NBYTES))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize("name", ["copy.pth", "copy.safetensors"])
def test_storages_of_many_stretches_are_copied_whole(tmp_path: Path, name: str) -> None:
    large = torch.randint(0, 256, (2 * STRETCH + 1234,), dtype=torch.uint8)
    source = save(tmp_path / "source.pth", {"a": large, "b": large[5:], "c": torch.ones(3)}, "cuda:3")
    made = write_copy(open_checkpoint(source), tmp_path / name, CopyOptions(device="cpu"), no_report)
    assert made.verified.same == 3
    if name == "copy.pth":
        loaded = torch.load(made.out, weights_only=True)
        assert torch.equal(loaded["a"], large)
        assert loaded["b"].data_ptr() == loaded["a"].data_ptr() + 5
