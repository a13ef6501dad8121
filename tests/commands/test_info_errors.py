"""What ``info`` says where it cannot do all that was asked: one line, and the status 2."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.app import main
from explorer.checkpoint.errors import Verdict
from explorer.checkpoint.reader import open_checkpoint
from explorer.commands.info import list_checkpoint
from explorer.resources_path import resource
from tests.commands.info_answers import TOP, Capture, parse

ROOT = Path(__file__).resolve().parents[2]


def missing(folder: Path) -> Path:
    return folder / "missing.pt"


def picture(folder: Path) -> Path:
    path = folder / "picture.pt"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return path


@pytest.mark.parametrize(("make", "verdict"), [(missing, "unreadable"), (picture, "unsupported")])
def test_what_cannot_be_opened_is_one_line(
    make: Callable[[Path], Path], verdict: str, tmp_path: Path, capsys: Capture
) -> None:
    path = make(tmp_path)
    assert main(["info", str(path)]) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert plain.err.startswith(f"{path.name}: ")
    assert plain.err.count("\n") == 1
    assert main(["info", str(path), "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.err == plain.err
    answer = parse(printed.out)
    assert answer.keys() == TOP
    assert answer["verdict"] == verdict
    assert answer["message"] in printed.err
    assert answer["tensors"] == answer["entries"] == answer["warnings"] == answer["code"] == []


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    torch.save({"a": torch.zeros(5000)}, path)


@pytest.mark.parametrize("change", [cut, overwrite, Path.unlink])
def test_a_file_that_changes_meanwhile_is_unreadable(
    change: Callable[[Path], None], tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.ones(3000), "b": torch.ones(2)}, path)
    checkpoint = open_checkpoint(path)
    change(path)
    assert list_checkpoint(checkpoint, stats=True, as_json=True) == 2
    printed = capsys.readouterr()
    answer = parse(printed.out)
    assert answer["verdict"] == "unreadable"
    assert printed.err == f"weights.pt: {answer['message']}\n"
    assert [(facts["key"], facts["statistics"]) for facts in answer["tensors"]] == [("a", None), ("b", None)]
    assert all(facts["problem"] for facts in answer["tensors"])
    assert list_checkpoint(checkpoint, stats=True, as_json=False) == 2
    printed = capsys.readouterr()
    assert [line.split()[:3] for line in printed.out.splitlines() if line.startswith("a ")] == [
        ["a", "3000", "float32"]
    ]
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("verdict", ["malformed", "unsupported", "limit", "unreadable"])
def test_a_bad_verdict_lists_what_there_is_and_exits_with_2(verdict: Verdict, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"layer.weight": torch.ones(3)}, path)
    sentence = "The file ends early:\nthe rest is missing."
    checkpoint = dataclasses.replace(open_checkpoint(path), verdict=verdict, message=sentence)
    assert list_checkpoint(checkpoint, stats=False, as_json=False) == 2
    printed = capsys.readouterr()
    assert "layer.weight" in printed.out
    assert printed.err == "weights.pt: The file ends early: the rest is missing.\n"
    assert list_checkpoint(checkpoint, stats=False, as_json=True) == 2
    answer = parse(capsys.readouterr().out)
    assert (answer["verdict"], answer["message"], len(answer["tensors"])) == (verdict, sentence, 1)


def test_wrong_arguments_are_json_too(capsys: Capture) -> None:
    assert main(["info", "--json"]) == 2
    printed = capsys.readouterr()
    answer = parse(printed.out)
    assert answer.keys() == TOP
    assert answer["message"] in printed.err
    assert (answer["file"], answer["bytes"], answer["verdict"]) == (None, 0, None)
    assert printed.err.count("\n") == 1


def run_in(folder: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder that is deleted before it starts."""
    folder.mkdir()
    return subprocess.run(
        ["/bin/sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", sys.executable, str(ROOT / "main.py"), *words],
        cwd=folder,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.mark.parametrize("words", [["info", "weights.pt"], ["weights.pt", "--screenshot", "out.png"]])
def test_a_folder_that_is_gone_is_said_in_one_line(words: list[str], tmp_path: Path) -> None:
    done = run_in(tmp_path / "gone", *words, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("weights.pt")
    assert "folder" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_an_answer_that_cannot_be_written_is_said_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "info", str(resource("example", "digits.pth"))],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("The answer could not be written: ")


def test_a_cut_file_is_listed_and_said_to_be_cut(tmp_path: Path, capsys: Capture) -> None:
    torch.save({"first": torch.arange(100.0), "second": torch.arange(100.0) + 1}, tmp_path / "a.pt")
    data = (tmp_path / "a.pt").read_bytes()
    cut_at = data.index((torch.arange(100.0) + 1).numpy().tobytes()) + 40
    (tmp_path / "cut.pt").write_bytes(data[:cut_at])
    assert main(["info", str(tmp_path / "cut.pt")]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert f"cut at byte {cut_at:,}" in printed.err
    assert "1 of 2 tensors can still be read; the other one cannot." in printed.err
    assert "40 of 400 bytes of its values are here" in printed.out
    assert main(["info", str(tmp_path / "cut.pt"), "--json"]) == 2
    answer = parse(capsys.readouterr().out)
    assert answer["verdict"] == "malformed"
    assert [tensor["problem"] is None for tensor in answer["tensors"]] == [True, False]
