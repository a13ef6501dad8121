"""A zip archive that is cut, or has lost its directory, shows every tensor whose bytes are there."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values

TENSORS = {
    "a": torch.arange(50.0),
    "b": torch.arange(7),
    "half": torch.arange(300.0).to(torch.float16),
    "eight": torch.arange(12.0).to(torch.float8_e5m2),
    "shared": torch.arange(40.0)[8:16],
}


def saved(*, crc: bool = True) -> bytes:
    stream = io.BytesIO()
    torch.serialization.set_crc32_options(crc)
    try:
        torch.save(TENSORS, stream)
    finally:
        torch.serialization.set_crc32_options(True)
    return stream.getvalue()


WHOLE = saved()


def spans(data: bytes) -> dict[str, tuple[int, int]]:
    """Of each record, where its bytes begin and end."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            begin = info.header_offset + 30 + sum(struct.unpack_from("<2H", data, info.header_offset + 26))
            found[info.filename.partition("/")[2]] = (begin, begin + info.file_size)
    return found


SPANS = spans(WHOLE)
FIRST = SPANS["data.pkl"][1]
"""From here on the list of the tensors is there."""


def opened(path: Path, data: bytes) -> Checkpoint:
    path.write_bytes(data)
    return open_checkpoint(path)


def readable(checkpoint: Checkpoint) -> set[str]:
    """Keys of tensors whose values are read, and are those that were saved."""
    found = set()
    with open_values(checkpoint) as values:
        for tensor in checkpoint.tensors:
            if tensor.kind.problem is None:
                read = np.concatenate([np.asarray(block, np.float64) for block in values.blocks(tensor)])
                assert read.tolist() == TENSORS[tensor.key].to(torch.float64).tolist()
                found.add(tensor.key)
    return found


@settings(max_examples=25)
@given(st.integers(min_value=FIRST, max_value=len(WHOLE) - 1))
def test_cut_anywhere_what_is_whole_is_shown_and_the_rest_is_marked(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    checkpoint = opened(tmp_path_factory.mktemp("cut") / "cut.pt", WHOLE[:length])
    assert [tensor.key for tensor in checkpoint.tensors] == list(TENSORS)
    whole = {key for number, key in enumerate(TENSORS) if SPANS[f"data/{number}"][1] <= length}
    assert readable(checkpoint) == whole
    assert checkpoint.verdict == "malformed"
    message = str(checkpoint.message)
    assert f"cut at byte {length:,}" in message
    assert "download or save it again" in message
    if len(whole) == len(TENSORS):
        assert "All 5 tensors can still be read." in message
    elif whole:
        assert f"{len(whole)} of 5 tensors can still be read" in message
    else:
        assert "None of its 5 tensors can be read." in message
    for tensor in checkpoint.tensors:
        assert (tensor.kind.problem is None) == (tensor.key in whole)
        assert tensor.kind.problem is None or f"cut at byte {length:,}" in tensor.kind.problem


def test_how_much_is_here_is_never_more_than_is_known(tmp_path: Path) -> None:
    begin, end = SPANS["data/2"]
    checkpoint = opened(tmp_path / "cut.pt", WHOLE[: begin + 100])
    here = begin + 100
    # Of the storages behind it only their lengths are known, not what stands between them.
    least = end + 12 + 160
    assert f"{here / 1000:.2f} of at least {least / 1000:.2f} kB are here" in str(checkpoint.message)
    assert "100 of 600 bytes of its values are here" in str(checkpoint.tensors[2].kind.problem)
    assert "before its values" in str(checkpoint.tensors[3].kind.problem)


@pytest.mark.parametrize("length", [FIRST - 1, FIRST - 60, SPANS["data.pkl"][0] + 3, SPANS["data.pkl"][0]])
def test_cut_inside_its_pickle_it_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(CheckpointError, match="inside its pickle") as caught:
        opened(tmp_path / "cut.pt", WHOLE[:length])
    assert caught.value.verdict == "malformed"


def test_an_end_of_zeros_is_seen_where_it_begins(tmp_path: Path) -> None:
    begin, _end = SPANS["data/2"]
    checkpoint = opened(tmp_path / "zeros.pt", WHOLE[:begin] + bytes(10_000))
    assert readable(checkpoint) == {"a", "b"}
    assert "ends in zeros" in str(checkpoint.message)
    assert "2 of 5 tensors" in str(checkpoint.message)


def test_damage_in_the_middle_loses_only_what_it_hits(tmp_path: Path) -> None:
    _begin, end = SPANS["data/1"]
    data = WHOLE[:end] + bytes(16) + WHOLE[end + 16 : -30]
    checkpoint = opened(tmp_path / "hole.pt", data)
    assert readable(checkpoint) == set(TENSORS) - {"b"}
    assert f"damaged at byte {end:,}" in str(checkpoint.message)


def test_without_checksums_and_rewritten_with_sizes_in_front(tmp_path: Path) -> None:
    data = saved(crc=False)
    assert readable(opened(tmp_path / "no_crc.pt", data[:-30])) == set(TENSORS)
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(WHOLE)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            with target.open(name, "w", force_zip64="data/1" in name) as record:
                record.write(source.read(name))
    packed = stream.getvalue()
    assert readable(opened(tmp_path / "packed.pt", packed[:-30])) == set(TENSORS)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        (last,) = (info for info in archive.infolist() if info.filename.endswith("/data/4"))
    checkpoint = opened(tmp_path / "cut.pt", packed[: last.header_offset + 60])
    assert readable(checkpoint) == set(TENSORS) - {"shared"}


class Pipe(io.BytesIO):
    """Where nothing can be written once more: sizes follow the bytes of records."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_place: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def test_values_that_come_before_their_pickle_are_found(tmp_path: Path) -> None:
    """As in TorchScript; and values that look like the end of a record do not end theirs."""
    signature = torch.frombuffer(bytearray(b"PK\x07\x08" * 8 + b"PK\x03\x04" * 8), dtype=torch.uint8)
    torch.save({"signature": signature, "a": torch.arange(3.0)}, tmp_path / "source.pt")
    stream = Pipe()
    with zipfile.ZipFile(tmp_path / "source.pt") as source, zipfile.ZipFile(stream, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: "/data/" not in name):
            target.writestr(name, source.read(name))
    checkpoint = opened(tmp_path / "cut.pt", stream.getvalue()[:-30])
    with open_values(checkpoint) as values:
        read = {tensor.key: next(values.blocks(tensor)).tolist() for tensor in checkpoint.tensors}
    assert read == {"signature": signature.tolist(), "a": [0.0, 1.0, 2.0]}


def test_two_records_of_one_name_are_malformed(tmp_path: Path) -> None:
    begin = WHOLE.index(b"data/1") - WHOLE[: WHOLE.index(b"data/1")][::-1].index(b"PK\x03\x04"[::-1]) - 4
    end = SPANS["data/1"][1] + 16
    with pytest.raises(CheckpointError, match="two records are called"):
        opened(tmp_path / "twice.pt", WHOLE[:end] + WHOLE[begin:-30])
