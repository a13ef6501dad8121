"""Stored checksums are compared with the bytes, record by record, and nothing is called wrong that is not."""

import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.checksums import Check, Checksums, verify, why_no_checksums
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import Cancelled, no_report
from tests.checkpoint.sharded_files import model, save_chunks, save_shards, shard_name

TENSORS = {"a": torch.arange(50.0), "b": torch.arange(7), "empty": torch.zeros(0), "tied": torch.arange(3.0) + 100}
TENSORS["again"] = TENSORS["tied"]


def saved(path: Path, *, crc: bool = True) -> Path:
    torch.serialization.set_crc32_options(crc)
    try:
        torch.save(TENSORS, path)
    finally:
        torch.serialization.set_crc32_options(True)
    return path


def flip(path: Path, values: bytes) -> None:
    """Change one bit of some values in a file."""
    data = bytearray(path.read_bytes())
    data[data.index(values) + len(values) // 2] ^= 1
    path.write_bytes(data)


def verified(path: Path) -> tuple[Checkpoint, Checksums]:
    checkpoint = open_checkpoint(path)
    assert why_no_checksums(checkpoint) is None
    return checkpoint, verify(checkpoint, no_report)


def words(path: Path) -> dict[str, str]:
    checkpoint, found = verified(path)
    return {tensor.key: found.word(tensor.number) for tensor in checkpoint.tensors}


def test_a_sound_file_has_right_checksums(tmp_path: Path) -> None:
    checkpoint, found = verified(saved(tmp_path / "a.pt"))
    assert set(found.of_tensors) == {Check.RIGHT}
    assert not found.is_wrong
    assert found.sentence == "The checksums of all tensors are right."
    # Every record was read, not only the values.
    assert found.nbytes >= sum(storage.nbytes for storage in checkpoint.tensors.storages)
    assert {name.partition("/")[2] for name, _check in found.records} >= {"data.pkl", "version"}


def test_one_bit_is_found_in_each_tensor_that_has_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt")
    flip(path, TENSORS["tied"].numpy().tobytes())
    checkpoint, found = verified(path)
    wrong = [checkpoint.tensors.key(number) for number in sorted(found.wrong_tensors)]
    assert wrong == ["tied", "again"]
    assert found.sentence == "2 of 5 tensors have a wrong checksum: their bytes are not what was saved. 3 are right."
    assert list(found.worst_first[:2]) == sorted(found.wrong_tensors)


def test_a_wrong_record_without_tensors_is_found_too(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt")
    with zipfile.ZipFile(path) as archive:
        (version,) = (info for info in archive.infolist() if info.filename.endswith("/version"))
    data = bytearray(path.read_bytes())
    data[data.index(b"3\n", version.header_offset)] ^= 1
    path.write_bytes(data)
    _checkpoint, found = verified(path)
    assert found.is_wrong
    assert found.wrong_records == ["a/version"]
    assert found.sentence.startswith("The record 'a/version' has a wrong checksum.")


def test_what_was_saved_without_checksums_is_not_called_wrong(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(saved(tmp_path / "a.pt", crc=False))
    assert why_no_checksums(checkpoint) == "The file was saved without checksums."
    assert not verify(checkpoint, no_report).is_wrong


def test_formats_without_checksums_say_so(tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    save_file({"a": TENSORS["a"]}, tmp_path / "a.safetensors")
    assert why_no_checksums(open_checkpoint(tmp_path / "old.pt")) == (
        "PyTorch's format before 1.6 has no checksums to verify."
    )
    assert why_no_checksums(open_checkpoint(tmp_path / "a.safetensors")) == (
        "The safetensors format has no checksums to verify."
    )


def test_compressed_records_are_verified_in_pieces(tmp_path: Path) -> None:
    saved(tmp_path / "a.pt")
    with (
        zipfile.ZipFile(tmp_path / "a.pt") as source,
        zipfile.ZipFile(tmp_path / "packed.pt", "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    assert set(words(tmp_path / "packed.pt").values()) == {"right"}


def test_of_a_cut_file_what_is_here_is_verified(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt")
    data = path.read_bytes()
    values = TENSORS["b"].numpy().tobytes()
    path.write_bytes(data[: data.index(values) + len(values) - 3])
    checkpoint, found = verified(path)
    assert {tensor.key: found.word(tensor.number) for tensor in checkpoint.tensors} == {
        "a": "right",
        "b": "not read",
        "empty": "right",
        "tied": "not read",
        "again": "not read",
    }
    assert found.why(1) == "The file ends before it does."


def test_a_file_that_changed_is_not_verified(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt")
    checkpoint = open_checkpoint(path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CheckpointError, match="changed"):
        verify(checkpoint, no_report)


def test_it_reports_bytes_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    torch.save({f"t{number}": torch.zeros(700_000) for number in range(8)}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    reported = []

    def report(done: int, total: int, _what: str) -> None:
        reported.append((done, total))
        if len(reported) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        verify(checkpoint, report)
    assert [total for _done, total in reported] == [8 * 2_800_000] * 3
    assert 0 < reported[0][0] < reported[1][0] < reported[2][0] < 8 * 2_800_000


def test_all_shards_are_verified_and_those_without_checksums_say_so(tmp_path: Path) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state, suffix="bin")
    flip(path.parent / shard_name(1, 3, "bin"), state["layers.2.weight"].numpy().tobytes())
    # One of them is of another format, whatever it is called.
    plain = path.parent / shard_name(2, 3, "bin")
    save_file({"layers.1.weight": state["layers.1.weight"]}, plain)
    checkpoint, found = verified(path)
    came_out = {tensor.key: found.word(tensor.number) for tensor in checkpoint.tensors}
    assert came_out == {
        "layers.3.weight": "right",
        "layers.2.weight": "wrong",
        "layers.1.weight": "not recorded",
        "layers.0.weight": "right",
        "head.bias": "right",
    }
    assert found.why(2) == f"{plain.name!r} has no checksum for it."
    assert found.sentence.startswith("1 of 5 tensors has a wrong checksum: ")
    assert found.sentence.endswith(" 3 are right. For 1 the shards have none.")
    # Their pickles were read as well.
    pickles = [name for name, _check in found.records if name.endswith("/data.pkl")]
    assert [name.partition(":")[0] for name in pickles] == [shard_name(0, 3, "bin"), shard_name(1, 3, "bin")]


def test_shards_without_any_checksums_say_so(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(save_shards(tmp_path / "model", model()))
    assert why_no_checksums(checkpoint) == "The format of the shards has no checksums to verify."


def test_the_chunks_of_a_distributed_checkpoint_are_verified(tmp_path: Path) -> None:
    state = {"cut": torch.arange(40.0).reshape(4, 10), "whole": torch.arange(9.0) + 100}
    folder = save_chunks(tmp_path / "run", state, {"cut": [((0, 0), (2, 10)), ((2, 0), (2, 10))]})
    assert set(words(folder).values()) == {"right"}
    for path in folder.glob("*.distcp"):
        if (values := state["cut"][2:].numpy().tobytes()) in path.read_bytes():
            flip(path, values)
    assert words(folder) == {"cut": "wrong", "whole": "right"}


def test_wrong_indices_are_told_of_their_tensor_and_meta_tensors_have_no_values(tmp_path: Path) -> None:
    indices = torch.tensor([[0, 1, 2, 3], [7, 6, 5, 4]])
    sparse = torch.sparse_coo_tensor(indices, torch.arange(4.0) + 3, (4, 8), check_invariants=True)
    path = tmp_path / "a.pt"
    torch.save({"sparse": sparse, "nothing": torch.ones(3, device="meta"), "plain": torch.arange(2.0)}, path)
    flip(path, indices.numpy().tobytes())
    assert words(path) == {"sparse": "wrong", "nothing": "no values", "plain": "right"}
    _checkpoint, found = verified(path)
    assert found.sentence.endswith("1 is right. 1 has no values of its own.")
    assert found.wrong_records == []
    assert found.why(1) == "It was saved on the meta device, which holds no values."
