"""The tar archives of PyTorch before 0.1.10: nothing writes them any more, so they are written here by hand."""

import io
import pickle
import struct
import tarfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.stored_bytes import stored_bytes

VALUES = torch.arange(6.0)
CLASS_OF_STORAGE, CLASS_OF_TENSOR = torch.FloatStorage, torch.FloatTensor


class Key:
    """Stands in an object for a tensor or storage, which the pickle names by a key."""

    def __init__(self, key: object) -> None:
        self.key = key


class Payload:
    """Would print, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return print, ("was run",)


class KeyPickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        return obj.key if isinstance(obj, Key) else None


def pickled(*values: object) -> bytes:
    stream = io.BytesIO()
    for value in values:
        KeyPickler(stream, protocol=2).dump(value)
    return stream.getvalue()


def storage_bytes(key: int, values: torch.Tensor) -> bytes:
    return pickled((key, "cpu", CLASS_OF_STORAGE)) + struct.pack("<q", values.numel()) + values.numpy().tobytes()


def tensor_bytes(key: int, storage: int, shape: tuple[int, ...], stride: tuple[int, ...], offset: int) -> bytes:
    numbers = struct.pack(f"<{2 * len(shape) + 1}q", *shape, *stride, offset)
    return pickled((key, storage, CLASS_OF_TENSOR)) + struct.pack("<i4x", len(shape)) + numbers


def members(content: object) -> dict[str, bytes]:
    """What torch.save wrote for an object in which keys 10 to 12 stand for tensors of six numbers."""
    return {
        "sys_info": pickled({"protocol_version": 1000, "little_endian": True}),
        "pickle": pickled(content),
        "tensors": pickled(3)
        + tensor_bytes(10, 1, (2, 3), (3, 1), 0)
        + tensor_bytes(11, 1, (3,), (2,), 1)
        + tensor_bytes(12, 2, (2,), (1,), 1),
        "storages": pickled(1) + storage_bytes(1, VALUES) + pickled([(2, 1, 3, 3)]),
    }


def written(path: Path, parts: dict[str, bytes]) -> Checkpoint:
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, data in parts.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return open_checkpoint(path)


STATE = OrderedDict({"whole": Key("10"), "odd": Key(11), "inner": {"view": Key("12"), "again": Key("10")}})


def test_tensors_of_a_tar_archive_are_listed_with_their_values(tmp_path: Path) -> None:
    checkpoint = written(tmp_path / "old.pt", members({"model": STATE, "epoch": 3}))
    assert (checkpoint.container, checkpoint.verdict, checkpoint.message) == ("tar", "data-only", None)
    with open_values(checkpoint) as values:
        read = {tensor.key: stored_bytes(values, tensor) for tensor in checkpoint.tensors}
    assert {key: data.tobytes() for key, data in read.items()} == {
        "whole": VALUES.numpy().tobytes(),
        "odd": VALUES[1::2].numpy().tobytes(),
        # The second storage is a view of the first from its fourth element on.
        "inner.view": VALUES[4:6].numpy().tobytes(),
        "inner.again": VALUES.numpy().tobytes(),
    }
    assert {tensor.kind.saved_device for tensor in checkpoint.tensors} == {"cpu"}
    assert checkpoint.sums.nbytes == 24
    assert ("epoch", "3") in {(row.name, row.text) for row in checkpoint.contents}


def test_the_class_of_a_whole_module_is_named_with_its_source(tmp_path: Path) -> None:
    by_source = Key((OrderedDict, "model.py", "class Net: pass"))
    checkpoint = written(tmp_path / "old.pt", members([by_source, Key("10")]))
    assert [tensor.path for tensor in checkpoint.tensors] == [("1",)]
    assert checkpoint.verdict == "data-only"


@pytest.mark.parametrize("member", ["pickle", "tensors", "storages", "sys_info"])
def test_code_in_each_member_is_named(tmp_path: Path, member: str) -> None:
    checkpoint = written(tmp_path / "old.pt", members(STATE) | {member: pickled(Payload())})
    assert checkpoint.code == ("builtins.print",)
    assert checkpoint.verdict == ("malformed" if member in ("tensors", "storages") else "references-code")


Change = Callable[[dict[str, bytes]], dict[str, bytes]]


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (lambda parts: {"storages": parts["storages"][:-60]}, "malformed"),
        (lambda parts: {"tensors": parts["tensors"][:-8] + struct.pack("<q", -5)}, "data-only"),
        (lambda parts: {"tensors": parts["tensors"][:-8] + struct.pack("<q", 2**62)}, "data-only"),
        (lambda _: {"tensors": pickled(10**9)}, "malformed"),
        (lambda _: {"tensors": pickled(1) + pickled((10, 1, None)) + struct.pack("<i4x", 2**30)}, "malformed"),
        (lambda _: {"storages": pickled(1, (1, "cpu", CLASS_OF_STORAGE)) + struct.pack("<q", 2**60)}, "malformed"),
        (lambda _: {"storages": pickled(1, (1, "cpu", CLASS_OF_STORAGE)) + struct.pack("<q", -1)}, "malformed"),
        (lambda _: {"storages": pickled(1, ([], "cpu", 7))}, "malformed"),
        (lambda parts: {"storages": parts["storages"] + pickled([(2, 9, 3, 3)])}, "data-only"),
        (lambda _: {"pickle": b"\x80\x02("}, "malformed"),
    ],
)
def test_a_damaged_member_is_said_and_what_is_sound_is_listed(tmp_path: Path, change: Change, verdict: str) -> None:
    parts = members(STATE)
    checkpoint = written(tmp_path / "old.pt", parts | change(parts))
    assert checkpoint.verdict == verdict
    if verdict == "malformed":
        assert checkpoint.message is not None
        assert "member" in checkpoint.message
        assert checkpoint.message.endswith(".")


def test_a_member_that_would_leave_its_folder_is_warned_of(tmp_path: Path) -> None:
    checkpoint = written(tmp_path / "old.pt", {"../../evil": b"x", **members(STATE)})
    assert len(checkpoint.tensors) == 4
    assert checkpoint.warnings == ("A member is called '../../evil': unpacked, it would leave its folder.",)


def test_a_member_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    with tarfile.open(path, "w:") as archive:
        for name, data in members(STATE).items():
            member = tarfile.TarInfo(name)
            if name == "pickle":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(member)
            else:
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    with pytest.raises(CheckpointError, match="tar archive"):
        open_checkpoint(path)


@pytest.mark.parametrize("damage", [lambda data: data[:150] + b"9" + data[151:], lambda data: data[:600]])
def test_a_damaged_archive_is_no_checkpoint(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "old.pt"
    written(path, members(STATE))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match="tar archive"):
        open_checkpoint(path)


def test_another_tar_archive_is_unsupported(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="unpack it first") as caught:
        written(tmp_path / "data.tar", {"a.txt": b"hello"})
    assert caught.value.verdict == "unsupported"


@pytest.mark.filterwarnings("ignore:Python 3.14 will, by default, filter:DeprecationWarning")  # PyTorch's own reading
def test_the_oldest_layout_reads_as_torch_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    checkpoint = written(path, members(STATE))
    loaded: dict[str, Any] = torch.load(path, weights_only=False)
    with open_values(checkpoint) as values:
        tensors = {tensor.key: stored_bytes(values, tensor).tobytes() for tensor in checkpoint.tensors}
    assert tensors["odd"] == loaded["odd"].contiguous().numpy().tobytes()
    assert tensors["inner.view"] == loaded["inner"]["view"].contiguous().numpy().tobytes()
