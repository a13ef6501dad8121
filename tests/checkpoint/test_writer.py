"""Copies for another device: everything else as it was, new files only, and nothing left of what failed."""

import os
import resource
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyMade, CopyOptions
from explorer.progress import Cancelled, no_report
from tests.checkpoint.writing.saving import same, save, tags_of

TAG = "cuda:1"


def rich(*, legacy: bool) -> dict[str, Any]:
    """One of everything that torch.save writes and its restricted loader reads."""
    weight = torch.arange(24, dtype=torch.float32).view(4, 6)
    state = OrderedDict([("fc.weight", weight), ("fc.bias", weight[1]), ("tied", weight), ("t", weight.t())])
    state._metadata = OrderedDict([("", {"version": 1}), ("fc", {"version": 2})])  # type: ignore[attr-defined]  # torch's
    content: dict[str, Any] = {
        "model": state,
        "config": {"device": TAG, "again": (TAG, "cpu"), "dtype": torch.bfloat16, "on": torch.device("cuda", 1)},
        "parameter": torch.nn.Parameter(torch.ones(3, dtype=torch.bfloat16)),
        "sparse": torch.eye(3).to_sparse(),
        "csr": torch.eye(3).to_sparse_csr(),
        "conj": torch.ones(2, dtype=torch.complex64).conj(),
        "expanded": torch.ones(1).expand(5, 7),
        "empty": torch.ones(0, 3),
        "scalar": torch.tensor(2.5, dtype=torch.float64),
        "quantized": quantized(),
        "numbers": [1, -1, 2**70, 1.5, True, None],
    }
    if not legacy:  # a bug in torch keeps these out of the old layout
        content |= {"fp8": torch.ones(3).to(torch.float8_e5m2), "uint16": torch.ones(2, dtype=torch.uint16)}
    return content


def quantized() -> torch.Tensor:
    scales, zero_points = torch.tensor([0.5, 0.25], dtype=torch.float64), torch.tensor([1, 2])
    return torch.quantize_per_channel(torch.arange(8.0).view(2, 4), scales, zero_points, 0, torch.qint8)


def copy(source: Path, out: Path, **options: Any) -> CopyMade:
    return write_copy(open_checkpoint(source), out, CopyOptions(**options), no_report)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.filterwarnings(
    "ignore:torch.quantize_per_tensor", "ignore:Sparse CSR", "ignore:TypedStorage is deprecated"
)
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_copy_for_the_cpu_loads_as_the_source_does(tmp_path: Path, *, legacy: bool) -> None:
    source = save(tmp_path / "there.pth", rich(legacy=legacy), TAG, legacy=legacy)
    made = copy(source, tmp_path / "here.pth", device="cpu")
    loaded = torch.load(made.out, weights_only=True)
    assert same(loaded, torch.load(source, weights_only=True, map_location="cpu"))
    assert tags_of(made.out) == {"cpu"}
    assert loaded["config"]["device"] == TAG
    model = loaded["model"]
    assert len({model[key].untyped_storage().data_ptr() for key in model}) == 1, "what was shared is shared"
    assert made.verified.same == made.verified.tensors == made.tensors == len(open_checkpoint(source).tensors)
    assert (made.dropped, made.renamed, made.cast, made.warnings) == (0, 0, 0, ())
    assert made.retagged
    assert f"{made.tensors} tensors written, saved on cpu instead of {TAG}; the copy" in made.message
    assert files(tmp_path) == ["here.pth", "there.pth"]
    with zipfile.ZipFile(made.out) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[2] for name in archive.namelist()} >= {"byteorder", "version", ".format_version"}


def test_what_is_not_changed_is_the_source_to_the_byte(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pth", {"a": torch.ones(40_000), "b": torch.ones(0), "c": "cpu"}, "cpu")
    assert copy(source, tmp_path / "copy.pth", device="cpu").retagged == 0
    assert (tmp_path / "copy.pth").read_bytes() == source.read_bytes()
    there = copy(source, tmp_path / "there.pth", device="cuda")
    back = copy(there.out, tmp_path / "back.pth", device="cpu")
    assert same(torch.load(back.out, weights_only=True), torch.load(source, weights_only=True))
    assert tags_of(there.out) == {"cuda:0"}


def test_only_new_files_are_written(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pth", {"a": torch.ones(2)}, "cpu")
    before = source.read_bytes()
    (tmp_path / "hard.pth").hardlink_to(source)
    (tmp_path / "soft.pth").symlink_to(source)
    (tmp_path / "dangling.pth").symlink_to(tmp_path / "nowhere.pth")
    (tmp_path / "other.pth").write_bytes(b"kept")
    checkpoint = open_checkpoint(source)

    def refused(name: str) -> str:
        with pytest.raises(CheckpointError) as caught:
            write_copy(checkpoint, tmp_path / name, CopyOptions(device="cuda:0"), no_report)
        return str(caught.value)

    for name in ("source.pth", "hard.pth", "soft.pth"):
        assert "leads to the checkpoint that is copied" in refused(name)
    for name in ("dangling.pth", "other.pth"):
        assert "exists already: only new files are written" in refused(name)
    assert "its folder does not exist" in refused("missing/x.pth")
    assert files(tmp_path) == ["dangling.pth", "hard.pth", "other.pth", "soft.pth", "source.pth"]
    assert (source.read_bytes(), (tmp_path / "other.pth").read_bytes()) == (before, b"kept")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(save(tmp_path / "source.pth", {"a": torch.ones(100_000)}, "cpu"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(CheckpointError, match="become so large; nothing was left behind"):
            write_copy(checkpoint, tmp_path / "copy.pth", CopyOptions(), no_report)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(tmp_path) == ["source.pth"]


def test_cancel_leaves_nothing_behind_at_any_point(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(save(tmp_path / "source.pth", {"a": torch.ones(3_000_000)}, "cpu"))
    for stage in ("reading the structure", "bytes written", "tensors compared", "bytes compared"):

        def report(_done: int, _total: int, what: str, stage: str = stage) -> None:
            if what == stage:
                raise Cancelled

        with pytest.raises(Cancelled):
            write_copy(checkpoint, tmp_path / "copy.pth", CopyOptions(device="cuda:0"), report)
        assert files(tmp_path) == ["source.pth"]


def overwrite(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: os.utime(path, ns=(0, 0)), "changed since it was opened"),
        (lambda path: path.unlink(), "cannot be read any more|does not exist"),
    ],
    ids=["changed", "gone"],
)
def test_a_source_that_changed_is_not_copied(tmp_path: Path, damage: Callable[[Path], None], said: str) -> None:
    source = save(tmp_path / "source.pth", {"a": torch.ones(1000)}, "cpu")
    checkpoint = open_checkpoint(source)
    damage(source)
    with pytest.raises(CheckpointError, match=said):
        write_copy(checkpoint, tmp_path / "copy.pth", CopyOptions(), no_report)
    assert "copy.pth" not in files(tmp_path)


def test_damage_is_not_given_a_right_checksum(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pth", {"a": torch.ones(1000)[3:]}, "cpu")
    overwrite(source, source.read_bytes().index(b"\0\0\x80\x3f") + 6)
    with pytest.raises(CheckpointError, match="checksum of 'archive/data/0' is wrong"):
        copy(source, tmp_path / "copy.pth")
    # Nor where the bytes are not copied as they are.
    copies = {"a.pth": CopyOptions(dtype="float16"), "b.safetensors": CopyOptions(dtype="float16")}
    for name, options in (copies | {"c.pth": CopyOptions(compact=True)}).items():
        with pytest.raises(CheckpointError, match=r"checksum of .* is wrong: a damaged file is not copied"):
            write_copy(open_checkpoint(source), tmp_path / name, options, no_report)
    source.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="A damaged file is not copied"):
        copy(source, tmp_path / "copy.pth")
    assert files(tmp_path) == ["source.pth"]


def test_a_tensor_that_is_not_whole_is_not_copied(tmp_path: Path) -> None:
    saved = save(tmp_path / "saved.pth", {"a": torch.ones(2)}, "cuda:3")
    source = tmp_path / "source.pth"
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b"x" if name.endswith("/data/0") else b""))
    with pytest.raises(RuntimeError, match="does not match expected size"):
        torch.load(source, weights_only=True, map_location="cpu")
    with pytest.raises(CheckpointError, match="'a': Its storage should hold 2 elements of 4 bytes, but the file has 9"):
        write_copy(open_checkpoint(source), tmp_path / "copy.pth", CopyOptions(device="cpu"), no_report)
