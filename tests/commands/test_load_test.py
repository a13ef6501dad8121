"""What ``checkpoint-explorer load-test`` prints, and the status that it exits with."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.app import main

FIELDS = {
    *("file", "entry", "model", "strict", "loads", "summary", "loaded", "tensors", "parameters_loaded", "parameters"),
    *("missing", "unexpected", "size_mismatch", "dtype_differs", "message", "proposals", "values", "forward"),
    *("output", "error"),
}
COUNTS = ("loaded", "tensors", "parameters_loaded", "parameters")
LISTS = ("missing", "unexpected", "size_mismatch", "dtype_differs", "proposals")

MODEL = """
import torch
from torch import nn
open("it-ran", "w").close()
print("It is imported.")

class Net(nn.Module):
    def __init__(self, width: int, bias=True):
        super().__init__()
        self.fc = nn.Linear(2, width, bias=bias)
    def forward(self, x):
        return self.fc(x)

class Pair(nn.Module):
    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

def three():
    return Net(3)

class Lacking(Net):
    def __init__(self):
        import a_package_of_theirs
"""

Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the model file and its checkpoint lie, and the command runs."""
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(MODEL, encoding="utf-8")
    torch.save({"state_dict": {"fc.weight": torch.ones(3, 2), "fc.bias": torch.ones(3)}, "epoch": 3}, "weights.pt")
    return tmp_path


def run(capsys: Capture, *words: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, what it answers as JSON, and what it says on stderr."""
    status = main(["load-test", *words, "--json"])
    printed = capsys.readouterr()
    answer: dict[str, Any] = json.loads(printed.out)
    assert answer.keys() == FIELDS
    assert all(type(answer[name]) is int for name in COUNTS)
    assert all(isinstance(answer[name], list) for name in LISTS)
    assert (status == 2) == (answer["error"] is not None)
    assert printed.err.count("\n") == (status == 2)
    if status == 2:
        assert answer["error"].keys() == {"stage", "message", "traceback"}
        assert answer["error"]["message"].split("\n")[0] in printed.err
        assert [answer[name] for name in (*COUNTS, *LISTS)] == [0, 0, 0, 0, [], [], [], [], []]
        assert (answer["loads"], answer["summary"], answer["message"]) == (None, None, None)
    return status, answer, printed.err


def test_what_loads_exits_with_0(capsys: Capture, folder: Path) -> None:
    status, answer, _ = run(capsys, "weights.pt", "model.py:three", "--trust", "--forward", "5,2")
    assert status == 0
    values, forward = answer.pop("values"), answer.pop("forward")
    assert values.keys() == {"tensors", "bytes", "seconds", "peak_memory", "message"}
    assert (values["tensors"], values["bytes"], values["message"]) == (2, 36, None)
    assert forward["inputs"] == [{"name": None, "shape": [5, 2], "dtype": "float32"}]
    assert forward["outputs"] == [{"path": "output", "shape": [5, 3], "dtype": "float32", "nan": 0, "inf": 0}]
    assert (forward["others"], forward["left_out"], forward["message"], forward["traceback"]) == ([], 0, None, "")
    assert answer == {
        "file": str(folder / "weights.pt"),
        "entry": "state_dict",
        "model": "model.py:three",
        "strict": True,
        "loads": True,
        "summary": "2 of 2 tensors load, 100 % of parameters; strict: loads.",
        "loaded": 2,
        "tensors": 2,
        "parameters_loaded": 9,
        "parameters": 9,
        "missing": [],
        "unexpected": [],
        "size_mismatch": [],
        "dtype_differs": [],
        "message": None,
        "proposals": [],
        "output": "It is imported.\n",
        "error": None,
    }


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("model.py:Net", "--args", '{"width": 4}'), marks=pytest.mark.thorough),
        (
            "model.py:Net",
            "--args",
            "[4, false]",
            "--no-strict",
            "--map",
            "^fc.bias$=fc.more",
            "--map",
            r"\.more$=.else",
        ),
        ("model.py:Pair", "--build", "Pair(Net(3), second=Net(width=2))"),
    ],
    ids=["object", "list", "build"],
)
def test_what_does_not_load_exits_with_1_and_pytorch_s_own_words(capsys: Capture, words: tuple[str, ...]) -> None:
    status, answer, _ = run(capsys, "weights.pt", *words, "--trust")
    assert status == 1
    assert not answer["loads"]
    assert answer["message"].startswith("Error(s) in loading state_dict for ")
    if "--build" in words:
        assert answer["missing"] == ["first.fc.weight", "first.fc.bias", "second.fc.weight", "second.fc.bias"]
        assert answer["unexpected"] == ["fc.weight", "fc.bias"]
        assert answer["size_mismatch"] == []
        best = answer["proposals"][0]
        assert best == {
            "why": "the model's keys start with ‘first.’",
            "map": [{"from": "^", "to": "first."}],
            "entry": "state_dict",
            "build": None,
            "strict": None,
            "loaded": 2,
            "ambiguous": None,
        }
        return
    if "--map" not in words:
        why = "with width=3 in place of 4 the checkpoint's shapes fit"
        fitting = {"why": why, "map": [], "entry": "state_dict", "build": "Net(width=3)", "loaded": 2}
        assert answer["proposals"] == [fitting | {"strict": None, "ambiguous": None}]
    bias = [] if "--map" in words else [{"key": "fc.bias", "checkpoint": [3], "model": [4]}]
    assert answer["size_mismatch"] == [{"key": "fc.weight", "checkpoint": [3, 2], "model": [4, 2]}, *bias]
    assert answer["unexpected"] == (["fc.else"] if "--map" in words else [])
    assert (answer["loaded"], answer["tensors"]) == (0, 1 if "--map" in words else 2)
    assert answer["strict"] == ("--map" not in words)


def test_the_whole_top_is_handed_over_with_its_other_values(capsys: Capture) -> None:
    status, answer, _ = run(capsys, "weights.pt", "model.py:three", "--entry", "", "--trust")
    assert (status, answer["entry"]) == (1, "")
    assert answer["missing"] == ["fc.weight", "fc.bias"]
    assert answer["unexpected"] == ["state_dict", "epoch"]
    (best,) = answer["proposals"]
    assert best == {
        "why": "the model is under state_dict",
        "map": [],
        "entry": "state_dict",
        "build": None,
        "strict": None,
        "loaded": 2,
        "ambiguous": None,
    }
    assert answer["loaded"] == 0
    assert (answer["values"], answer["forward"]) == (None, None)


def test_what_has_another_shape_can_be_left_out(capsys: Capture) -> None:
    fc = {"fc.weight": torch.ones(3, 2), "fc.bias": torch.ones(3)}
    torch.save({f"{number}.{key}": value for number in (0, 1) for key, value in fc.items()}, "two.pt")
    asked = ("two.pt", "model.py:Net", "--trust", "--build", "nn.ModuleList([Net(3), Net(4)])")
    assert main(["load-test", *asked]) == 1
    how = r"2 of 4 tensors would load with --map '^1\.fc\.(weight|bias)$=' --no-strict"
    assert f"Without the 2 tensors of another shape the rest loads: {how}" in capsys.readouterr().out
    status, answer, _ = run(capsys, *asked)
    proposal = answer["proposals"][-1]
    assert (status, proposal["strict"], proposal["loaded"]) == (1, False, 2)
    rule = "{from}={to}".format(**proposal["map"][0])
    status, answer, _ = run(capsys, *asked, "--map", rule, "--no-strict")
    assert (status, answer["loads"], answer["loaded"]) == (0, True, 2)
    assert (answer["missing"], answer["size_mismatch"]) == (["1.fc.weight", "1.fc.bias"], [])


def test_the_text_is_for_people(capsys: Capture) -> None:
    torch.save(
        {"module.fc.weight": torch.ones(3, 2), "module.fc.bias": torch.ones(3), "\x1b[31m": torch.ones(1)}, "w.pt"
    )
    assert main(["load-test", "w.pt", "model.py:three", "--trust", "--values"]) == 1
    printed = capsys.readouterr()
    assert printed.err == ""
    lines = printed.out.splitlines()
    assert lines[0] == "Nothing loads: no tensor has a name and shape of the model's; strict: fails."
    assert lines[1].startswith("The values of 3 tensors (40 B) were read, and load_state_dict failed after ")
    assert r"2 of 2 tensors would load with --map '^module\.='" in printed.out
    assert "Missing, stay as initialised (2):" in lines
    assert "    fc.weight" in lines
    assert "Unexpected, no place in the model (3):" in lines
    assert "\x1b" not in printed.out


def test_without_trust_nothing_runs(capsys: Capture, folder: Path) -> None:
    status, answer, said = run(capsys, "weights.pt", "model.py:three")
    assert (status, answer["error"]["stage"], answer["entry"]) == (2, "import", None)
    assert "--trust" in said
    assert not (folder / "it-ran").exists()
    assert main(["load-test", "weights.pt", "model.py:three"]) == 2
    printed = capsys.readouterr()
    assert (printed.out.strip(), printed.err) == ("", said)


def test_arguments_that_are_lacking_are_deduced(capsys: Capture) -> None:
    status = main(["load-test", "weights.pt", "model.py:Net", "--trust"])
    printed = capsys.readouterr()
    assert status == 2
    assert "missing 1 required positional argument: 'width'" in printed.err
    last = "With width=3 the checkpoint's shapes fit: 2 of 2 tensors would load with --build 'Net(width=3)'"
    assert printed.out.splitlines()[-1] == last


def test_what_its_interpreter_lacks_is_named(capsys: Capture) -> None:
    status, answer, said = run(capsys, "weights.pt", "model.py:Lacking", "--trust")
    assert (status, answer["error"]["stage"]) == (2, "construct")
    assert f"a_package_of_theirs is not installed for {sys.executable}." in said
    assert "import a_package_of_theirs" in answer["error"]["traceback"]
    assert answer["output"] == "It is imported.\n"
    assert answer["entry"] == "state_dict"


def test_where_nothing_of_the_user_s_is_to_be_seen_there_is_no_traceback(capsys: Capture) -> None:
    assert main(["load-test", "weights.pt", "model.py:NoSuch", "--trust"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.strip()) == ("", "weights.pt: The file has no NoSuch.")


@pytest.mark.thorough
def test_a_device_that_is_not_there_is_a_sentence_without_a_traceback(capsys: Capture) -> None:
    words = ["load-test", "weights.pt", "model.py:three", "--trust", "--device", "cuda:99", "--json"]
    assert main(words) == 2
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert (error["stage"], error["traceback"]) == ("load", "")
    assert error["message"].startswith("The model cannot be put on cuda:99: ")
    assert error["message"] in printed.err


def test_it_waits_no_longer_than_it_is_told(capsys: Capture) -> None:
    status, answer, said = run(capsys, "weights.pt", "model.py:three", "--trust", "--timeout", "0.05")
    assert (status, answer["error"]["stage"]) == (2, "timeout")
    assert "It was stopped after 0.05 s" in said


@pytest.mark.parametrize("interpreter", ["no/such/python", "/bin/false", os.devnull])
def test_a_wrong_interpreter_is_named(interpreter: str, capsys: Capture) -> None:
    status, answer, said = run(capsys, "weights.pt", "model.py:three", "--trust", "--python", interpreter)
    assert (status, answer["error"]["stage"]) == (2, "crash")
    assert interpreter in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["weights.pt", "model.py:three", "--trust", "--map", "weight|bias=x"], "two keys onto 'fc.x'"),
        (["weights.pt", "model.py:three", "--trust", "--entry", "ema"], "has no entry 'ema': its entries are"),
        (["weights.pt", "nothing.py:three", "--trust"], "There is no file nothing.py."),
        (["nothing.pt", "model.py:three", "--trust"], "nothing.pt: "),
        (["model.py", "model.py:three", "--trust"], "model.py: "),
        (["weights.pt", "model.py", "--trust"], "names no model"),
        (["weights.pt", "model.py:three", "--args", "{"], "it is no JSON"),
        (["weights.pt", "model.py:three", "--args", "3"], "neither an object nor a list"),
        (["weights.pt", "model.py:three", "--args", "[]", "--build", "three()"], "not allowed with argument"),
        (["weights.pt", "model.py:three", "--map", "abc"], "has no ="),
        (["weights.pt", "model.py:three", "--map", "(=x"], "makes no sense"),
        (["weights.pt", "model.py:three", "--timeout", "0"], "no time to wait"),
        (["weights.pt", "model.py:three", "--forward", "1,a"], "is no shape"),
        (["weights.pt"], "MODEL.py:NAME"),
    ],
)
def test_what_cannot_be_asked_runs_nothing(words: list[str], said: str, capsys: Capture, folder: Path) -> None:
    status, answer, complaint = run(capsys, *words)
    assert status == 2
    assert said in complaint
    assert answer["error"]["traceback"] == ""
    assert not (folder / "it-ran").exists()
