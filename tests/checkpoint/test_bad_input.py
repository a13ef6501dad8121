"""What is no checkpoint, or a damaged one, is said in one sentence; nothing else happens."""

import os
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from explorer.checkpoint.errors import CheckpointError, Verdict
from explorer.checkpoint.protobuf import is_onnx, is_saved_model
from explorer.checkpoint.reader import Reader, open_checkpoint
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.walks import block_source
from tests.checkpoint.stored_bytes import stored_bytes

Make = Callable[[Path], object]


def with_bytes(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def cut(save: Make, share: float) -> Make:
    def make(path: Path) -> None:
        save(path)
        os.truncate(path, int(path.stat().st_size * share))

    return make


def save_zip(path: Path) -> None:
    torch.save({"weight": torch.ones(300)}, path)


def save_legacy(path: Path) -> None:
    torch.save({"weight": torch.ones(300)}, path, _use_new_zipfile_serialization=False)


def save_safetensors(path: Path) -> None:
    save_file({"weight": torch.ones(300)}, path)


def save_script(path: Path) -> None:
    """As TorchScript does, whose values come before its pickle."""
    torch.save({"weight": torch.ones(300)}, path)
    with zipfile.ZipFile(path) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(records, key=lambda name: not name.endswith("/data/0")):
            archive.writestr(name, records[name])


def rewrite(path: Path, *, leave_out: str) -> None:
    """Write a zip archive again without the records whose names end so."""
    with zipfile.ZipFile(path) as archive:
        records = {name: archive.read(name) for name in archive.namelist() if not name.endswith(leave_out)}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in records.items():
            archive.writestr(name, data)


def without_pickle(path: Path) -> None:
    save_zip(path)
    rewrite(path, leave_out="data.pkl")


def archive_of(*names: str) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"some bytes")

    return make


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protobuf message; numbers and lengths below 128."""
    return bytes([number << 3, value]) if isinstance(value, int) else bytes([number << 3 | 2, len(value)]) + value


ONNX = field(1, 8) + field(2, b"pytorch") + field(7, field(1, field(4, b"Gemm"))) + field(8, field(2, 17))
SAVED_MODEL = field(1, 1) + field(2, field(1, field(4, b"serve")) + field(2, b"graph"))


def assert_one_sentence(error: CheckpointError) -> None:
    text = str(error)
    assert text == error.sentence
    assert text[0].isupper()
    assert text.endswith(".")
    assert not text.endswith("..")
    assert "\n" not in text
    assert "weights_only" not in text


@pytest.mark.parametrize(
    ("make", "said", "verdict"),
    [
        pytest.param(lambda _: None, "does not exist", "unreadable", id="missing"),
        pytest.param(Path.mkdir, "folder", "unreadable", id="folder"),
        pytest.param(with_bytes(b""), "empty", "malformed", id="empty"),
        pytest.param(with_bytes(bytes(5000)), "zeros", "malformed", id="zeros"),
        pytest.param(with_bytes(b"\n<!DOCTYPE html><html><p>Not found"), "web page", "malformed", id="html"),
        pytest.param(with_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)), "PNG", "unsupported", id="png"),
        pytest.param(
            with_bytes(b"version https://git-lfs.github.com/spec/v1\noid"), "git lfs pull", "malformed", id="lfs"
        ),
        pytest.param(
            with_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 44700000\n"),
            "44,700,000 bytes; run git lfs pull",
            "malformed",
            id="lfs-with-size",
        ),
        pytest.param(with_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), "HDF5", "unsupported", id="hdf5"),
        pytest.param(
            with_bytes(bytes(1024) + b"\x89HDF\r\n\x1a\n" + bytes(99)), "HDF5", "unsupported", id="hdf5-behind-a-block"
        ),
        pytest.param(with_bytes(b"GGUF\x03\0\0\0" + bytes(99)), "GGUF", "unsupported", id="gguf"),
        pytest.param(with_bytes(b"lmgg\1\0\0\0"), "GGML", "unsupported", id="ggml"),
        pytest.param(with_bytes(b"\x20\0\0\0TFL3" + bytes(99)), "TensorFlow Lite", "unsupported", id="tflite"),
        pytest.param(with_bytes(ONNX), "ONNX", "unsupported", id="onnx"),
        pytest.param(with_bytes(SAVED_MODEL), "SavedModel", "unsupported", id="saved-model"),
        pytest.param(with_bytes(b'<?xml version="1.0"?><net/>'), "XML", "unsupported", id="xml"),
        pytest.param(with_bytes(b"\x93NUMPY\1\0" + bytes(99)), "NumPy array", "unsupported", id="npy"),
        pytest.param(archive_of("a.npy"), "npz", "unsupported", id="npz"),
        pytest.param(archive_of("m/archive_format", "m/models/model.json"), "torch.export", "unsupported", id="pt2"),
        pytest.param(archive_of("config.json", "model.weights.h5"), "Keras", "unsupported", id="keras"),
        pytest.param(archive_of("a/b.pth"), "unpack it first", "unsupported", id="packed"),
        pytest.param(archive_of("words.txt"), "not a PyTorch checkpoint", "unsupported", id="other-zip"),
        pytest.param(with_bytes(b"\x1f\x8b\x08" + bytes(99)), "gzip", "unsupported", id="gzip"),
        pytest.param(with_bytes(b'{"weight_map": {}}'), "JSON", "unsupported", id="json"),
        pytest.param(with_bytes(b"just some words of text"), "it is plain text", "malformed", id="words"),
        pytest.param(with_bytes(b"\x80\x02}q\x00X\xff\xff"), "", "malformed", id="pickle-cut"),
        pytest.param(cut(save_zip, 0.06), "inside its pickle", "malformed", id="zip-cut-in-pickle"),
        pytest.param(cut(save_script, 0.05), "not among the records", "malformed", id="script-cut-before-pickle"),
        pytest.param(without_pickle, "", "unsupported", id="zip-without-pickle"),
        pytest.param(cut(save_legacy, 0.05), "inside its pickle", "malformed", id="legacy-cut-in-pickle"),
        pytest.param(with_bytes(struct.pack("<Q", 1 << 40) + b"{" + bytes(99)), "", "malformed", id="safetensors-huge"),
        pytest.param(with_bytes(struct.pack("<Q", 9) + b'{"a": 1}}'), "", "malformed", id="safetensors-no-json"),
        pytest.param(cut(save_safetensors, 0.02), "its header are here", "malformed", id="safetensors-cut-in-header"),
    ],
)
def test_one_sentence_says_what_is_wrong(tmp_path: Path, make: Make, said: str, verdict: Verdict) -> None:
    path = tmp_path / "weights.pth"
    make(path)
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert_one_sentence(caught.value)
    assert said in str(caught.value)
    assert caught.value.verdict == verdict


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no FIFOs")
def test_a_fifo_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.pt")
    with pytest.raises(CheckpointError, match="FIFO") as caught:
        open_checkpoint(tmp_path / "fifo.pt")
    assert_one_sentence(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    save_zip(tmp_path / "secret.pt")
    (tmp_path / "secret.pt").chmod(0)
    with pytest.raises(CheckpointError, match="permission") as caught:
        open_checkpoint(tmp_path / "secret.pt")
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("save", [save_legacy, save_safetensors], ids=["legacy", "safetensors"])
def test_a_file_cut_within_its_values_gives_no_values(tmp_path: Path, save: Make) -> None:
    path = tmp_path / "cut.pt"
    cut(save, 0.9)(path)
    with pytest.raises(CheckpointError) as caught:
        for _ in block_source(checkpoint := open_checkpoint(path), checkpoint.tensors[0])():
            pass
    assert_one_sentence(caught.value)


def test_a_missing_record_leaves_the_other_tensors_readable(tmp_path: Path) -> None:
    path = tmp_path / "hole.pt"
    torch.save({"gone": torch.ones(3), "here": torch.full((2,), 7.0)}, path)
    rewrite(path, leave_out="/data/0")
    checkpoint = open_checkpoint(path)
    gone, here = checkpoint.tensors
    assert gone.kind.problem is not None
    assert gone.kind.problem.endswith(".")
    assert here.kind.problem is None
    with open_values(checkpoint) as values:
        assert [block.tolist() for block in values.blocks(here)] == [[7.0, 7.0]]
        for read in (lambda: list(values.blocks(gone)), lambda: stored_bytes(values, gone)):
            with pytest.raises(CheckpointError) as caught:
                read()
            assert_one_sentence(caught.value)


def test_missing_indices_are_a_problem_of_their_tensor(tmp_path: Path) -> None:
    path = tmp_path / "hole.pt"
    place = torch.tensor([[0, 3]])
    torch.save(torch.sparse_coo_tensor(place, torch.ones(2), (5,), check_invariants=True), path)
    rewrite(path, leave_out="/data/0")
    (tensor,) = open_checkpoint(path).tensors
    assert tensor.kind.problem == "Its indices cannot be read: the file does not hold its storage."


def test_a_shape_beyond_its_storage_leaves_the_other_tensors_readable(tmp_path: Path) -> None:
    path = tmp_path / "beyond.pt"
    torch.save({"wrong": torch.ones(77), "right": torch.full((2,), 7.0)}, path)
    with zipfile.ZipFile(path) as archive:
        records = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in records.items():
            # The size of "wrong" is the one-element tuple after its offset: BININT1 0, BININT1 77, TUPLE1.
            size_changed = data.replace(b"K\x00K\x4d\x85", b"K\x00K\x4e\x85")
            assert (size_changed != data) == name.endswith("data.pkl")
            archive.writestr(name, size_changed)
    checkpoint = open_checkpoint(path)
    wrong, right = checkpoint.tensors
    assert wrong.kind.shape == (78,)
    assert wrong.kind.problem is not None
    assert right.kind.problem is None
    with open_values(checkpoint) as values:
        assert [block.tolist() for block in values.blocks(right)] == [[7.0, 7.0]]
        with pytest.raises(CheckpointError) as caught:
            list(values.blocks(wrong))
    assert_one_sentence(caught.value)


@given(data=st.binary(max_size=80))
def test_no_other_bytes_are_called_a_model_of_another_program(data: bytes) -> None:
    assert not is_onnx(data, len(data)) or data[:1] == b"\x08"
    assert not is_saved_model(data) or data.startswith(b"\x08\x01\x12")


@pytest.mark.parametrize(
    "wrong", [ONNX[2:], field(1, 0) + ONNX[2:], field(1, 99) + ONNX[2:], ONNX[:11], b"\x08\x08", ONNX[:-4] + b"\x1f"]
)
def test_what_lacks_a_part_of_an_onnx_model_is_not_called_one(wrong: bytes) -> None:
    assert not is_onnx(wrong, len(wrong))


def test_after_a_file_that_needs_too_much_memory_the_reader_opens_the_next(tmp_path: Path) -> None:
    bomb, sound = tmp_path / "bomb.pt", tmp_path / "sound.pt"
    bomb.write_bytes(b"\x80\x02(" + b"]" * 20_000_000 + b"l.")
    save_zip(sound)
    reader = Reader()
    try:
        with pytest.raises(CheckpointError, match="more than 1 GB of memory") as caught:
            reader.open(bomb)
        assert caught.value.verdict == "limit"
        assert len(reader.open(sound).tensors) == 1
    finally:
        reader.close()


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1000)


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.parametrize("change", [shorten, replace, Path.unlink], ids=["cut", "replaced", "deleted"])
def test_a_file_that_changed_before_its_values_are_read_is_refused(tmp_path: Path, change: Make) -> None:
    path = tmp_path / "changing.pt"
    save_zip(path)
    checkpoint = open_checkpoint(path)
    change(path)
    with pytest.raises(CheckpointError, match="open it again") as caught:
        Values(checkpoint)
    assert_one_sentence(caught.value)


def test_a_file_cut_between_two_blocks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.pt"
    torch.save({"weight": torch.ones(3 << 18)}, path)
    checkpoint = open_checkpoint(path)
    with open_values(checkpoint) as values:
        blocks = values.blocks(checkpoint.tensors[0])
        next(blocks)
        os.truncate(path, 1 << 20)
        with pytest.raises(CheckpointError, match="shorter") as caught:
            list(blocks)
    assert_one_sentence(caught.value)


def test_a_file_written_to_between_two_blocks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rewritten.pt"
    torch.save({"weight": torch.ones(3 << 18)}, path)
    checkpoint = open_checkpoint(path)
    with open_values(checkpoint) as values:
        blocks = values.blocks(checkpoint.tensors[0])
        next(blocks)
        os.utime(path, ns=(0, 0))
        with pytest.raises(CheckpointError, match="changed") as caught:
            list(blocks)
    assert_one_sentence(caught.value)


class Payload:
    """Would make a file, if anybody ran what its pickle asks for."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f'touch "{self.canary}"',)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_code_in_a_file_is_named_and_not_run(tmp_path: Path, *, zipped: bool) -> None:
    path, canary = tmp_path / "hostile.pt", tmp_path / "canary"
    content = {"weight": torch.ones(2), "extra": Payload(canary)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    checkpoint = open_checkpoint(path)
    assert checkpoint.verdict == "references-code"
    assert checkpoint.code == (f"{os.system.__module__}.system",)
    assert checkpoint.message is not None
    assert "It was not run." in checkpoint.message
    with open_values(checkpoint) as values:
        assert [block.tolist() for block in values.blocks(checkpoint.tensors[0])] == [[1.0, 1.0]]
    assert not canary.exists()


def test_code_before_the_damage_is_still_named(tmp_path: Path) -> None:
    path, canary = tmp_path / "hostile.pt", tmp_path / "canary"
    path.write_bytes(pickle.dumps(Payload(canary), protocol=2)[:-1])
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert caught.value.code == (f"{os.system.__module__}.system",)
    assert not canary.exists()


def test_the_command_gives_the_sentence_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "empty.pt"
    path.touch()
    command = [sys.executable, "-m", "explorer", "info", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "empty" in done.stderr
