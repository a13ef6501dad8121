"""What ``checkpoint-explorer info`` prints, and the status that it exits with."""

import dataclasses
import json
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from explorer.app import main
from explorer.checkpoint.errors import Verdict
from explorer.checkpoint.reader import open_checkpoint
from explorer.commands.info import list_checkpoint
from explorer.resources_path import resource
from tests.checkpoint.sharded_files import model, save_shards, shard_name
from tests.checkpoint.writing.saving import save

ROOT = Path(__file__).resolve().parents[2]
TOP = {
    *("file", "bytes", "container", "verdict", "message", "code", "warnings", "entries", "tensors", "problems"),
    *("notes", "space", "checksums"),
}
ENTRY = {"path", "kind", "tensors", "parameters", "chosen"}
TENSOR = {
    *("path", "entry", "key", "dtype", "shape", "numel", "nbytes", "saved_device", "storage", "offset", "stride"),
    *("problem", "statistics", "histogram", "checksum"),
}
STATISTICS = {"min", "max", "mean", "std", "l2", "zeros", "nan", "posinf", "neginf"}
SAVED: dict[str, Callable[[dict[str, torch.Tensor], Path], object]] = {
    "zip": torch.save,
    "legacy": lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False),
    "safetensors": save_file,
}

Capture = pytest.CaptureFixture[str]


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def parse(printed: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(printed, parse_constant=refuse)
    return answer


def info(capsys: Capture, path: Path, *options: str) -> dict[str, Any]:
    assert main(["info", str(path), "--json", *options]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return parse(printed.out)


def state_dict() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "layer.weight": torch.randn(4, 3),
        "layer.bias": torch.randn(4, dtype=torch.float64),
        "half": torch.randn(2, 5).to(torch.bfloat16),
        "norm.running_mean": torch.randn(6),
        "steps": torch.tensor(7),
        "mask": torch.tensor([True, False, False]),
        "nothing": torch.zeros(0, 3),
    }


@pytest.mark.parametrize("container", SAVED)
def test_json_has_every_field_and_torchs_facts(container: str, tmp_path: Path, capsys: Capture) -> None:
    state, path = state_dict(), tmp_path / "weights.bin"
    SAVED[container](state, path)
    answer = info(capsys, path)
    assert answer.keys() == TOP
    assert answer["file"] == str(path)
    assert answer["bytes"] == path.stat().st_size
    assert (answer["container"], answer["verdict"], answer["message"]) == (container, "data-only", None)
    assert (answer["code"], answer["warnings"], answer["problems"]) == ([], [], None)
    (entry,) = answer["entries"]
    assert entry.keys() == ENTRY
    assert (entry["path"], entry["tensors"], entry["chosen"]) == ("", len(state), True)
    assert entry["parameters"] == 12 + 4 + 10
    assert {facts["key"] for facts in answer["tensors"]} == state.keys()
    for facts in answer["tensors"]:
        assert facts.keys() == TENSOR
        tensor = state[facts["key"]]
        assert facts["path"] == [facts["key"]]
        assert f"torch.{facts['dtype']}" == str(tensor.dtype)
        assert facts["shape"] == list(tensor.shape)
        assert facts["stride"] == list(tensor.stride())
        assert facts["numel"] == tensor.numel()
        assert facts["nbytes"] == tensor.numel() * tensor.element_size()
        assert facts["saved_device"] == (None if container == "safetensors" else "cpu")
        assert (facts["entry"], facts["problem"], facts["statistics"], facts["histogram"]) == ("", None, None, None)
    numbers = [facts["storage"] for facts in answer["tensors"]]
    assert len(set(numbers)) == len(numbers)


def test_views_of_one_storage_have_its_number(tmp_path: Path, capsys: Capture) -> None:
    whole, path = torch.arange(12.0).reshape(3, 4), tmp_path / "views.pt"
    state = {"whole": whole, "turned": whole.T, "row": whole[1], "other": torch.zeros(2)}
    torch.save(state, path)
    facts = {facts["key"]: facts for facts in info(capsys, path)["tensors"]}
    assert facts["whole"]["storage"] == facts["turned"]["storage"] == facts["row"]["storage"]
    assert facts["other"]["storage"] != facts["whole"]["storage"]
    assert facts["row"]["offset"] == 4
    assert facts["turned"]["stride"] == [1, 4]


def test_entries_of_the_example(capsys: Capture) -> None:
    path = resource("example", "digits.pth")
    answer = info(capsys, path)
    saved = torch.load(path, weights_only=True)
    assert {entry["path"]: entry["chosen"] for entry in answer["entries"]} == {
        "model": True,
        "ema": False,
        "optimizer": False,
    }
    for entry in ("model", "ema"):
        keys = [facts["key"] for facts in answer["tensors"] if facts["entry"] == entry]
        assert keys == list(saved[entry])


@pytest.mark.parametrize("container", SAVED)
def test_statistics_are_numpys(container: str, tmp_path: Path, capsys: Capture) -> None:
    state, path = state_dict(), tmp_path / "weights.bin"
    SAVED[container](state, path)
    for facts in info(capsys, path, "--stats")["tensors"]:
        values = state[facts["key"]].to(torch.float64).numpy().ravel()
        found, histogram = facts["statistics"], facts["histogram"]
        assert found.keys() == STATISTICS
        assert found["zeros"] == np.count_nonzero(values == 0)
        assert found["nan"] == found["posinf"] == found["neginf"] == 0
        if values.size == 0:
            assert [found[name] for name in ("min", "max", "mean", "std", "l2")] == [None, None, None, None, 0]
            assert histogram == {"edges": [], "counts": []}
            continue
        assert (found["min"], found["max"]) == (values.min(), values.max())
        assert found["mean"] == pytest.approx(values.mean(), rel=1e-12, abs=1e-15)
        assert found["std"] == pytest.approx(values.std(), rel=1e-12, abs=1e-15)
        assert found["l2"] == pytest.approx(np.linalg.norm(values), rel=1e-12)
        counts, _ = np.histogram(values, np.asarray(histogram["edges"]))
        assert histogram["counts"] == counts.tolist()


def test_what_is_not_finite_is_counted_and_left_out(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    values = [1.0, -0.0, 3.0, math.nan, math.inf, math.inf, -math.inf]
    torch.save({"a": torch.tensor(values), "b": torch.tensor([math.nan, math.inf])}, path)
    mixed, none = (facts["statistics"] for facts in info(capsys, path, "--stats")["tensors"])
    assert (mixed["nan"], mixed["posinf"], mixed["neginf"], mixed["zeros"]) == (1, 2, 1, 1)
    assert (mixed["min"], mixed["max"], mixed["mean"]) == (0, 3, pytest.approx(4 / 3))
    assert none == dict.fromkeys(("min", "max", "mean", "std")) | {
        "l2": 0,
        "zeros": 0,
        "nan": 1,
        "posinf": 1,
        "neginf": 0,
    }


@pytest.mark.parametrize("copies", [20, 200_000])
def test_any_byte_but_zero_is_true(copies: int, tmp_path: Path, capsys: Capture) -> None:
    odd = torch.tensor([0, 1, 2, 255, 3], dtype=torch.uint8).repeat(copies).view(torch.bool)
    path = tmp_path / "odd.pt"
    torch.save({"mask": odd, "other": odd[5:].clone()}, path)
    for facts in info(capsys, path, "--stats")["tensors"]:
        found = facts["statistics"]
        assert (found["min"], found["max"], found["mean"]) == (0, 1, pytest.approx(0.8))
        assert found["zeros"] == facts["numel"] // 5
        assert found["std"] == pytest.approx(0.4, rel=1e-4)
        assert facts["histogram"]["edges"][-1] <= 1.5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(values=st.lists(st.floats(), max_size=6))
def test_any_values_give_valid_json(values: list[float], tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"a": torch.tensor(values, dtype=torch.float64)}, path)
    (facts,) = info(capsys, path, "--stats")["tensors"]
    found = facts["statistics"]
    finite = [value for value in values if math.isfinite(value)]
    assert found["nan"] + found["posinf"] + found["neginf"] + len(finite) == len(values)
    assert found["min"] == (min(finite) if finite else None)
    assert found["max"] == (max(finite) if finite else None)
    assert sum(facts["histogram"]["counts"]) == len(finite)


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


def test_the_table_names_every_tensor(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"layer.weight": torch.full((4, 3), 2.5), "bad\x1b[31m": torch.ones(2)}, path)
    assert main(["info", str(path), "--stats"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    (row,) = [line.split() for line in printed.splitlines() if line.startswith("layer.weight")]
    assert row == ["layer.weight", "4×3", "float32", "12", "48", "B", "2.5", "2.5", "2.5", "0", "0", "0", "0"]


def test_it_says_where_the_tensors_were_saved(tmp_path: Path, capsys: Capture) -> None:
    one, both, none = tmp_path / "one.pt", tmp_path / "both.pt", tmp_path / "none.safetensors"
    save(one, {"a": torch.ones(2)}, "cuda:3")
    save(both, {"a": torch.ones(2), "b": torch.ones(3)}, "cuda:3", "cpu")
    save_file({"a": torch.ones(2)}, none)
    said = {}
    for path in (one, both, none):
        assert main(["info", str(path)]) == 0
        said[path] = capsys.readouterr().out.splitlines()
    assert "Saved on cuda:3" in said[one]
    assert not any("saved on" in line for line in said[one]), "no column where all are in one place"
    assert "Saved on cpu, cuda:3" in said[both]
    assert any(line.startswith("name ") and line.endswith("saved on") for line in said[both])
    assert [line.split()[-1] for line in said[both] if line.startswith(("a ", "b "))] == ["cuda:3", "cpu"]
    assert "The file does not say on which device it was saved" in said[none]
    with pytest.raises(SystemExit):
        main(["info", "--help"])
    assert "on which device" in " ".join(capsys.readouterr().out.split())


def test_a_problem_stands_below_its_tensor(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"good": torch.ones(2), "meta": torch.ones(3, device="meta")}, path)
    (problem,) = [facts["problem"] for facts in info(capsys, path)["tensors"] if facts["key"] == "meta"]
    assert main(["info", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (row,) = [number for number, line in enumerate(lines) if line.startswith("meta ")]
    assert lines[row + 1].strip() == problem


def test_the_table_names_all_code_in_lines_that_fit(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "weights.pt"
    names = [f"innocent.package_{number}.Class" for number in range(40)]
    path.write_bytes(
        b"\x80\x02]" + b"".join(f"c{name[::-1].replace('.', chr(10), 1)[::-1]}\na".encode() for name in names) + b"."
    )
    main(["info", str(path)])
    printed = capsys.readouterr()
    listed = " ".join(line.strip() for line in printed.out.splitlines() if line.startswith("    "))
    assert listed.split(", ") == names
    assert max(map(len, printed.out.splitlines())) <= 100


def test_the_summary_counts_one_thing_as_one(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "one.pt"
    torch.save({"a": torch.ones(1)}, path)
    assert main(["info", str(path)]) == 0
    summary = capsys.readouterr().out.splitlines()[1]
    assert summary.startswith("1 parameter; 1 tensor; zip, ")


@pytest.mark.parametrize("value", [{"epoch": 3}, {"range": iter([3])}], ids=["data", "code"])
def test_a_file_without_tensors_is_said_to_have_none(tmp_path: Path, capsys: Capture, value: object) -> None:
    path = tmp_path / "plain.pkl"
    path.write_bytes(pickle.dumps(value))
    assert "The file holds no tensors" in info(capsys, path)["message"]
    assert main(["info", str(path)]) == 0
    assert any(line.startswith("The file holds no tensors") for line in capsys.readouterr().out.splitlines())


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


def test_named_code_is_listed_and_not_run(tmp_path: Path, capsys: Capture) -> None:
    path, canary = tmp_path / "weights.pt", tmp_path / "canary"
    torch.save({"a": torch.ones(2), "evil": Evil(canary)}, path)
    answer = info(capsys, path)
    assert answer["verdict"] == "references-code"
    assert any(name.endswith(".mkdir") for name in answer["code"])
    assert not canary.exists()


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize("start", [[str(ROOT / "main.py")], ["-m", "explorer"]], ids=["main.py", "-m"])
@pytest.mark.parametrize("options", [[], ["--json", "--stats"]], ids=["table", "stats"])
def test_nothing_beside_the_file_is_imported(start: list[str], options: list[str], tmp_path: Path) -> None:
    for name in ("cuda", "torch", "numpy", "argparse", "json", "zipfile"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\n")
    torch.save({"a": torch.ones(2)}, tmp_path / "weights.pt")
    done = subprocess.run(
        [sys.executable, *start, "info", "weights.pt", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "canary").exists()


def test_listing_needs_neither_torch_nor_numpy_nor_qt() -> None:
    code = (
        "import sys; from explorer.app import main\n"
        "assert main(['info', sys.argv[1], '--json']) == 0\n"
        "print(sorted({'torch', 'numpy', 'PySide6', 'pyqtgraph'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(resource("example", "digits.pth"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == "[]\n"


def changed(path: Path, values: torch.Tensor) -> Path:
    """Change a bit of some values in a file."""
    data = bytearray(path.read_bytes())
    data[data.index(values.numpy().tobytes()) + 1] ^= 1
    path.write_bytes(data)
    return path


def test_verify_exits_with_1_where_a_checksum_is_wrong(tmp_path: Path, capsys: Capture) -> None:
    state = {"good": torch.arange(9.0), "bad": torch.arange(30.0) + 7}
    torch.save(state, tmp_path / "a.pt")
    answer = info(capsys, tmp_path / "a.pt", "--verify")
    assert answer["checksums"]["wrong"] == 0
    assert [tensor["checksum"] for tensor in answer["tensors"]] == ["right", "right"]
    changed(tmp_path / "a.pt", state["bad"])
    assert main(["info", str(tmp_path / "a.pt"), "--verify", "--json"]) == 1
    answer = parse(capsys.readouterr().out)
    assert [tensor["checksum"] for tensor in answer["tensors"]] == ["right", "wrong"]
    counts = {name: answer["checksums"][name] for name in ("right", "wrong", "not_recorded", "not_read")}
    assert counts == {"right": 1, "wrong": 1, "not_recorded": 0, "not_read": 0}
    assert answer["verdict"] == "data-only"
    assert main(["info", str(tmp_path / "a.pt"), "--verify"]) == 1
    printed = capsys.readouterr()
    assert "1 of 2 tensors has a wrong checksum" in printed.out
    assert "Its checksum is wrong." in printed.out.splitlines()[-1]
    # Without being asked to, nothing is verified.
    assert info(capsys, tmp_path / "a.pt")["checksums"] is None


def test_verify_goes_through_all_shards(tmp_path: Path, capsys: Capture) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state, suffix="bin")
    changed(path.parent / shard_name(1, 3, "bin"), state["layers.2.weight"])
    assert main(["info", str(path), "--verify", "--json"]) == 1
    answer = parse(capsys.readouterr().out)
    came_out = {tensor["key"]: tensor["checksum"] for tensor in answer["tensors"]}
    assert came_out == dict.fromkeys(state, "right") | {"layers.2.weight": "wrong"}
    assert (answer["checksums"]["wrong"], answer["checksums"]["right"], answer["checksums"]["no_values"]) == (1, 4, 0)


def test_verify_says_where_there_is_nothing_to_verify(tmp_path: Path, capsys: Capture) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / "a.safetensors")
    answer = info(capsys, tmp_path / "a.safetensors", "--verify")
    assert answer["checksums"]["message"] == "The safetensors format has no checksums to verify."
    assert answer["tensors"][0]["checksum"] is None


def test_where_the_bytes_are_adds_up_to_the_file(tmp_path: Path, capsys: Capture) -> None:
    torch.save({"slice": torch.zeros(10_000)[:10], "own": torch.zeros(500)}, tmp_path / "a.pt")
    answer = info(capsys, tmp_path / "a.pt")
    space = answer["space"]
    assert space["tensors"] + space["unused"] + space["rest"] == answer["bytes"]
    assert (space["tensors"], space["unused"]) == (2040, 39_960)
    assert space["unused_in"] == [{"key": "slice", "bytes": 39_960}]
    assert sum(part["bytes"] for part in space["rest_in"]) == space["rest"]
    assert main(["info", str(tmp_path / "a.pt")]) == 0
    assert "unused parts of storages 40.0 kB" in capsys.readouterr().out


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
