"""What ``checkpoint-explorer info`` prints, and the status that it exits with."""

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
from explorer.resources_path import resource
from tests.checkpoint.writing.saving import save
from tests.commands.info_answers import TOP, Capture, info

ROOT = Path(__file__).resolve().parents[2]
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
