"""Archives as torch.save writes them."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.containers.zipfiles import read_directory
from explorer.checkpoint.writing.archive import ArchiveWriter
from tests.checkpoint.writing.saving import repacked


def test_an_archive_is_that_of_torch_to_the_byte() -> None:
    stream = io.BytesIO()
    torch.save({"a": torch.ones(3), "none": torch.ones(0), "b": torch.ones(100, 100), "text": "ü"}, stream)
    archive = stream.getvalue()
    with zipfile.ZipFile(stream) as opened:
        pickled = opened.read("archive/data.pkl")
    assert repacked(archive, pickled) == archive


def test_a_record_of_another_length_is_an_error() -> None:
    writer = ArchiveWriter(bytearray().extend)
    with pytest.raises(ValueError, match="has 2 bytes, not 3"):
        writer.add("a/b", 3, [b"xy"])


@pytest.mark.thorough
def test_what_needs_64_bits_is_where_torch_has_it(tmp_path: Path) -> None:
    sizes = [5_000_000_000, 12, 0, 4_294_967_296, 8]
    state = {str(size): torch.empty(size, dtype=torch.uint8) for size in sizes}
    with torch.serialization.skip_data():
        torch.save(state, tmp_path / "torch.pth")
    with zipfile.ZipFile(tmp_path / "torch.pth") as theirs:
        names = {record.filename: record.file_size for record in theirs.infolist()}
        small = {name: theirs.open(name).read() for name in names if "/data/" not in name}
    with (tmp_path / "ours.pth").open("w+b") as stream:

        def write(data: bytes | memoryview) -> None:
            # A file with holes: there is not room for ten gigabytes everywhere.
            if len(data) < len(ZEROS):
                stream.write(data)
            else:
                stream.seek(len(data), os.SEEK_CUR)

        writer = ArchiveWriter(write)
        for name, nbytes in names.items():
            whole, rest = divmod(nbytes, len(ZEROS))
            zeros = [*[ZEROS] * whole, ZEROS[:rest]] if rest else [ZEROS] * whole
            writer.add(name, nbytes, [small[name]] if name in small else zeros)
        writer.finish()
        stream.flush()
        nbytes = stream.seek(0, os.SEEK_END)
        directory = read_directory(stream.fileno(), nbytes)
        found = [directory.find(name) for name in names]
    assert nbytes == (tmp_path / "torch.pth").stat().st_size
    readers: list[Any] = [torch._C.PyTorchFileReader(str(tmp_path / name)) for name in ("ours.pth", "torch.pth")]
    for (name, size), record in zip(names.items(), found, strict=True):
        short = name.partition("/")[2]
        assert len({reader.get_record_offset(short) for reader in readers}) == 1
        assert record is not None
        assert (record.nbytes, record.stored_nbytes) == (size, size)


ZEROS = memoryview(bytes(1 << 24))
