"""A damaged file is called so, and what of it can be listed is still listed."""

import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.containers import legacy, zipfiles
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values

TENSORS = {"a": torch.arange(5.0), "b": torch.arange(7)}


def save_legacy(path: Path) -> None:
    torch.save(TENSORS, path, _use_new_zipfile_serialization=False)


def save_safetensors(path: Path) -> None:
    save_file(TENSORS, path)


def written(path: Path, header: dict[str, Any], nbytes: int) -> Checkpoint:
    """A safetensors file with that header and so many bytes of values."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(nbytes))
    return open_checkpoint(path)


def replaced(path: Path, old: bytes, new: bytes, *, last: bool = False) -> Checkpoint:
    data = path.read_bytes()
    at = data.rfind(old) if last else data.find(old)
    assert at >= 0
    path.write_bytes(data[:at] + new + data[at + len(old) :])
    return open_checkpoint(path)


def assert_malformed(checkpoint: Checkpoint, said: str) -> None:
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert said in checkpoint.message
    assert checkpoint.message.endswith(".")


@pytest.mark.parametrize("save", [save_legacy, save_safetensors], ids=["legacy", "safetensors"])
@pytest.mark.parametrize(("missing", "said"), [(1, "1 byte is"), (9, "9 bytes are")])
def test_a_cut_file_is_malformed_and_listed(
    tmp_path: Path, save: Callable[[Path], None], missing: int, said: str
) -> None:
    path = tmp_path / "cut.pt"
    save(path)
    whole = path.stat().st_size
    os.truncate(path, whole - missing)
    checkpoint = open_checkpoint(path)
    assert_malformed(checkpoint, said)
    assert f"cut at byte {whole - missing}" in str(checkpoint.message)
    assert f"cut at byte {whole - missing}: {whole - missing} of {whole} bytes are here, {missing} byte" in str(
        checkpoint.message
    )
    assert "1 of 2 tensors can still be read; the other one cannot." in str(checkpoint.message)
    (lost,) = (tensor.kind.problem for tensor in checkpoint.tensors if tensor.kind.problem)
    # The last tensor has 56 bytes, or 20.
    assert f"{56 - missing} of 56 bytes" in lost or f"{20 - missing} of 20 bytes" in lost
    assert {tensor.key for tensor in checkpoint.tensors} == {"a", "b"}
    assert [tensor.kind.problem is None for tensor in checkpoint.tensors].count(False) == 1


@pytest.mark.parametrize("count", [-1, 4, 2**60])
def test_a_wrong_count_before_a_legacy_storage_is_malformed(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.pt"
    save_legacy(path)
    values = TENSORS["a"].numpy().tobytes()
    checkpoint = replaced(path, struct.pack("<q", 5) + values, struct.pack("<q", count) + values)
    assert_malformed(checkpoint, f"counts {count:,} elements")
    problems = {tensor.key: tensor.kind.problem for tensor in checkpoint.tensors}
    assert problems["a"] is not None
    assert problems["b"] is None


def test_of_many_legacy_storages_a_wrong_count_is_found_when_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "many.pt"
    many = {f"t{number}": torch.tensor([number, 7]) for number in range(legacy.MAX_COUNTS + 1)}
    torch.save(many, path, _use_new_zipfile_serialization=False)
    values = many["t3"].numpy().tobytes()
    checkpoint = replaced(path, struct.pack("<q", 2) + values, struct.pack("<q", 3) + values)
    assert checkpoint.verdict == "data-only"
    with open_values(checkpoint) as reading:
        assert [block.tolist() for block in reading.blocks(checkpoint.tensors[2])] == [[2, 7]]
        with pytest.raises(CheckpointError, match="counts 3 elements"):
            list(reading.blocks(checkpoint.tensors[3]))
        failures = {number for part in reading.together(checkpoint.tensors) for number in part.failures}
    assert failures == {3}


def save_zip(path: Path) -> None:
    torch.save(TENSORS, path)


def test_a_record_with_another_name_than_in_the_directory_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "archive.pt"
    save_zip(path)
    checkpoint = replaced(path, b"archive/data/1", b"archive/data/9")
    assert_malformed(checkpoint, "directory")
    assert [tensor.kind.problem is None for tensor in checkpoint.tensors] == [True, False]


def test_a_record_of_another_size_is_refused_when_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "archive.pt"
    with zipfile.ZipFile(path, "w") as archive:
        save_zip(tmp_path / "source.pt")
        with zipfile.ZipFile(tmp_path / "source.pt") as source:
            for name in source.namelist():
                archive.writestr(name.replace("source/", "archive/"), source.read(name))
    data = bytearray(path.read_bytes())
    at = data.find(b"archive/data/0") - 30
    data[at + 22 : at + 26] = struct.pack("<L", 12)
    path.write_bytes(data)
    checkpoint = open_checkpoint(path)
    with (
        open_values(checkpoint) as reading,
        pytest.raises(CheckpointError, match="not what the directory says"),
    ):
        list(reading.blocks(checkpoint.tensors[0]))


def test_a_pickle_whose_checksum_is_wrong_is_malformed_and_listed(tmp_path: Path) -> None:
    save_zip(tmp_path / "archive.pt")
    checkpoint = replaced(tmp_path / "archive.pt", b"X\x01\x00\x00\x00b", b"X\x01\x00\x00\x00c")
    assert_malformed(checkpoint, "the checksum of 'archive/data.pkl' is wrong")
    assert [tensor.key for tensor in checkpoint.tensors] == ["a", "c"]


def test_records_that_lie_over_each_other_are_malformed(tmp_path: Path) -> None:
    path = tmp_path / "archive.pt"
    torch.save({"a": torch.ones(64), "b": torch.ones(64)}, path)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        first, second = (archive.getinfo(f"archive/data/{key}").header_offset for key in "01")
    at = data.rfind(b"archive/data/1") - 46 + 42
    assert data[at : at + 4] == struct.pack("<L", second)
    data[at : at + 4] = struct.pack("<L", first)
    path.write_bytes(data)
    assert open_checkpoint(path).verdict == "malformed"


@pytest.mark.parametrize(
    ("positions", "lengths", "over"),
    [([0, 100, 300], [60, 100, 0], False), ([300, 0, 100], [1, 60, 270], True), ([0, 0], [0, 0], True)],
)
def test_overlaps_are_found_in_any_order(positions: list[int], lengths: list[int], *, over: bool) -> None:
    assert (zipfiles.overlap_damage(positions, lengths) is not None) == over


def test_a_pickle_outside_the_first_records_folder_is_malformed(tmp_path: Path) -> None:
    save_zip(tmp_path / "archive.pt")
    with zipfile.ZipFile(tmp_path / "archive.pt") as source, zipfile.ZipFile(tmp_path / "b.pt", "w") as target:
        target.writestr("first/version", "3")
        for name in source.namelist():
            target.writestr(name, source.read(name))
    checkpoint = open_checkpoint(tmp_path / "b.pt")
    assert_malformed(checkpoint, "archive/")
    assert len(checkpoint.tensors) == 2


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "archive/..\\..\\evil", "C:/evil"])
def test_a_record_that_would_leave_its_folder_is_warned_of(tmp_path: Path, name: str) -> None:
    save_zip(tmp_path / "archive.pt")
    with zipfile.ZipFile(tmp_path / "archive.pt", "a") as archive:
        archive.writestr(name, "x")
    checkpoint = open_checkpoint(tmp_path / "archive.pt")
    assert checkpoint.verdict == "data-only"
    assert any("leave its folder" in warning for warning in checkpoint.warnings)


def test_bytes_behind_the_pickle_are_warned_of(tmp_path: Path) -> None:
    save_zip(tmp_path / "archive.pt")
    with zipfile.ZipFile(tmp_path / "archive.pt") as source, zipfile.ZipFile(tmp_path / "b.pt", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name) + b"more" * name.endswith("data.pkl"))
    assert any("4 bytes follow the pickle" in warning for warning in open_checkpoint(tmp_path / "b.pt").warnings)


def test_a_sound_file_has_no_warnings(tmp_path: Path) -> None:
    for save in (save_zip, save_legacy, save_safetensors):
        save(tmp_path / "sound.pt")
        checkpoint = open_checkpoint(tmp_path / "sound.pt")
        assert (checkpoint.verdict, checkpoint.message, checkpoint.warnings) == ("data-only", None, ())


@pytest.mark.parametrize("metadata", [["a"], {"epoch": 3}, {"epoch": None}])
def test_safetensors_metadata_that_is_no_text_is_malformed(tmp_path: Path, metadata: object) -> None:
    header = {"__metadata__": metadata, "w": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]}}
    checkpoint = written(tmp_path / "m.safetensors", header, 3)
    assert_malformed(checkpoint, "__metadata__")
    assert [tensor.key for tensor in checkpoint.tensors] == ["w"]


def test_a_safetensors_dtype_that_is_not_known_is_unsupported(tmp_path: Path) -> None:
    header = {"w": {"dtype": "F6_E2M3", "shape": [4], "data_offsets": [0, 3]}}
    checkpoint = written(tmp_path / "f6.safetensors", header, 3)
    assert checkpoint.verdict == "unsupported"
    assert checkpoint.tensors[0].kind.problem is not None


def test_a_safetensors_f4_has_the_shape_that_torch_gives_it(tmp_path: Path) -> None:
    header = {"w": {"dtype": "F4", "shape": [2, 3, 8], "data_offsets": [0, 24]}}
    kind = written(tmp_path / "f4.safetensors", header, 24).tensors[0].kind
    assert (kind.dtype, kind.shape) == ("float4_e2m1fn_x2", (2, 3, 4))
    assert kind.problem is not None
    header["w"]["shape"] = [16, 3]
    with pytest.raises(CheckpointError, match="makes no sense"):
        written(tmp_path / "f4.safetensors", header, 24)


@pytest.mark.parametrize(
    ("data", "said"), [(b"PK\x05\x06" + bytes(18), "empty zip"), (b"<!-- gone -->\n<html></html>", "web page")]
)
def test_an_empty_archive_and_a_commented_page_are_named(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(CheckpointError, match=said):
        open_checkpoint(tmp_path / "x.pt")
