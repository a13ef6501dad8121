"""What ``checkpoint-explorer remap`` prints, and the status that it exits with."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.app import main
from tests.checkpoint.writing.saving import save

Capture = pytest.CaptureFixture[str]

COUNTS = ("bytes", "tensors", "renamed", "retagged", "cast", "overflowed", "flushed")
FIELDS = {*COUNTS, "file", "out", "dropped", "warnings", "seconds", "verified", "message"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the checkpoint lies, and the command runs."""
    monkeypatch.chdir(tmp_path)
    save(Path("a.pth"), {"model": {"module.w": torch.full((3,), 1e9), "module.b": torch.ones(2)}, "lr": 1.0}, "cuda:3")
    return tmp_path


def run(capsys: Capture, *words: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, what it answers as JSON, and what it says on stderr."""
    status = main(["remap", *words, "--json"])
    printed = capsys.readouterr()
    answer: dict[str, Any] = json.loads(printed.out)
    assert answer.keys() == FIELDS
    assert answer["dropped"].keys() == {"tensors", "keys"}
    assert all(type(answer[name]) is int for name in COUNTS)
    assert printed.err.count("\n") == (status == 2)
    if status == 2:
        assert printed.err.rstrip().endswith(answer["message"])
        assert [answer[name] for name in ("bytes", "tensors", "verified", "seconds")] == [0, 0, None, None]
    return status, answer, printed.err


def test_a_copy_is_written_and_told_of(capsys: Capture, folder: Path) -> None:
    words = ("--device", "cpu", "--map", r"^module\.=", "--only", "w", "--dtype", "float16", "--compact")
    status, answer, _ = run(capsys, "a.pth", "b.pth", *words)
    assert status == 0
    assert (answer["file"], answer["out"]) == (str(folder / "a.pth"), str(folder / "b.pth"))
    assert answer["dropped"] == {"tensors": 1, "keys": ["module.b"]}
    assert [answer[name] for name in COUNTS[1:]] == [1, 1, 1, 1, 3, 0]
    assert answer["verified"].keys() == {"tensors", "identical", "bytes", "seconds"}
    assert answer["warnings"] == ["3 stored values are too large for float16: they are infinite or NaN in the copy."]
    loaded = torch.load("b.pth", weights_only=True)
    assert loaded["lr"] == 1.0
    assert loaded["model"]["w"].tolist() == [float("inf")] * 3
    assert answer["bytes"] == Path("b.pth").stat().st_size

    assert main(["remap", "a.pth", "c.safetensors", "--entry", "model", "--only", "b$"]) == 0
    text = capsys.readouterr().out
    assert "1 tensor written, 1 left out; the copy was opened again, and every tensor is equal to the source" in text
    assert "Left out (1):\n    module.w\n" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.pth", "a.pth"], "'a.pth' exists already"),
        (["missing.pth", "b.pth"], "does not exist"),
        (["a.pth", "b.pth", "--map", "module.[wb]=x"], "bring two keys onto 'x'"),
        (["a.pth", "b.pth", "--entry", "ema"], "no entry 'ema': it has 'model'"),
    ],
    ids=["out is there", "no source", "two keys onto one", "no entry"],
)
def test_what_is_not_written_exits_with_2(capsys: Capture, folder: Path, words: list[str], said: str) -> None:
    status, answer, _ = run(capsys, *words)
    assert status == 2
    assert said in answer["message"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.pth"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--device", "gpu"], "'gpu' is no device"),
        (["--only", "("], "'(' is no regular expression"),
        (["--map", "x"], "has no ="),
        (["--dtype", "int8"], "invalid choice"),
    ],
    ids=["device", "only", "map", "dtype"],
)
def test_arguments_that_mean_nothing_exit_with_2(capsys: Capture, words: list[str], said: str) -> None:
    status, answer, error = run(capsys, "a.pth", "b.pth", *words)
    assert status == 2
    assert answer["file"] is None
    assert said in error


def test_what_is_whole_of_a_damaged_file_is_written_when_asked(capsys: Capture, folder: Path) -> None:
    torch.save({"a": torch.ones(4), "b": torch.arange(3.0), "c": torch.ones(5)}, "whole.pth")
    data = (folder / "whole.pth").read_bytes()
    (folder / "cut.pth").write_bytes(data[: data.index(b"data/2") + 80])
    status, answer, _ = run(capsys, "cut.pth", "b.pth")
    assert status == 2
    assert "write what is whole with --salvage" in answer["message"]
    status, answer, _ = run(capsys, "cut.pth", "b.safetensors", "--salvage", "--only", "[bc]")
    assert (status, answer["tensors"]) == (0, 1)
    assert answer["dropped"] == {"tensors": 2, "keys": ["a", "c"]}
    assert answer["warnings"] == ["1 tensor is not in the copy, for want of whole values: 'c'."]
