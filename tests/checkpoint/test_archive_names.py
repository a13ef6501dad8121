"""Records of an archive whose names differ in the case of their letters: PyTorch does not tell them apart."""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.stored_bytes import stored_bytes


class Payload:
    """Would print, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return print, ("was run",)


PLAIN = pickle.dumps({"epoch": 3}, 2)
EVIL = pickle.dumps(Payload(), 2)


def archive(path: Path, *records: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in records:
            made.writestr(name, data)
    return path


def saved(path: Path, rename: Callable[[str], str], *more: tuple[str, bytes]) -> Checkpoint:
    """Open what torch.save writes, with other names and more records."""
    torch.save({"a": torch.full((4,), 1.0)}, path)
    with zipfile.ZipFile(path) as held:
        records = [(rename(name), held.read(name)) for name in held.namelist()]
    return open_checkpoint(archive(path, *records, *more))


@pytest.mark.parametrize(
    "records",
    [
        [("x/DATA.PKL", EVIL), ("x/data.pkl", PLAIN)],
        [("x/data.pkl", PLAIN), ("x/DATA.PKL", EVIL)],
        [("X/data.pkl", EVIL), ("x/data.pkl", PLAIN)],
        [("x/data.pkl", PLAIN), ("x/more.pkl", PLAIN), ("x/More.pkl", EVIL)],
    ],
)
def test_pickles_that_pytorch_cannot_tell_apart_are_damage_and_their_code_is_named(
    tmp_path: Path, records: list[tuple[str, bytes]]
) -> None:
    with pytest.raises(CheckpointError, match="only the case differs") as caught:
        open_checkpoint(archive(tmp_path / "a.pt", *records))
    assert (caught.value.verdict, caught.value.code) == ("malformed", ("builtins.print",))


def test_a_storage_that_pytorch_cannot_tell_from_another_is_marked(tmp_path: Path) -> None:
    checkpoint = saved(tmp_path / "a.pt", str, ("a/DATA/0", torch.full((4,), 9.0).numpy().tobytes()))
    assert checkpoint.verdict == "malformed"
    assert checkpoint.tensors[0].kind.problem is not None
    assert "only their case differs" in checkpoint.tensors[0].kind.problem


@pytest.mark.parametrize("rename", [str.upper, str.swapcase, lambda name: name.replace("data/0", "DATA/0")])
def test_records_are_found_as_pytorch_finds_them(tmp_path: Path, rename: Callable[[str], str]) -> None:
    checkpoint = saved(tmp_path / "Größe.pt", rename)
    assert checkpoint.verdict == "data-only"
    (loaded,) = torch.load(tmp_path / "Größe.pt").values()
    with open_values(checkpoint) as reading:
        assert stored_bytes(reading, checkpoint.tensors[0]).tobytes() == loaded.numpy().tobytes()
    assert "storage" not in [record.kind for record in checkpoint.records]


def test_code_in_a_pickle_of_capitals_is_named(tmp_path: Path) -> None:
    assert saved(tmp_path / "Model.pt", str, ("Model/EXTRA.PKL", EVIL)).code == ("builtins.print",)
    assert open_checkpoint(archive(tmp_path / "b.pt", ("x/DATA.PKL", EVIL))).code == ("builtins.print",)
