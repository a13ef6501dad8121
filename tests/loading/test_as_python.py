"""A test written down as Python loads as the test did."""

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import Rule
from explorer.loading.as_python import as_python
from explorer.loading.load_lines import why_no_python
from explorer.loading.load_test import ModelChoice
from tests.loading.conftest import PLENTY_S

MODEL = """
from torch import nn

def two():
    return nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 4)])
"""
ALONE = """
from __future__ import annotations
from dataclasses import dataclass
from torch import nn

@dataclass
class Sizes:
    inner: int = 3

def two():
    return nn.ModuleList([nn.Linear(2, Sizes().inner), nn.Linear(3, 4)])
"""
IMPORTING = (
    ("plain/sibling.py", "from blocks0 import two\n"),
    ("spaced/relative.py", "from .blocks1 import two\n"),
    ("package/part.py", "from .blocks2 import two\n"),
    ("package/named.py", "from package.blocks3 import two\n"),
    ("folder/named.py", "from folder.blocks4 import two\n"),
    ("alone.py", ALONE),
    ("lacking/inner/part.py", "from .blocks6 import two\n"),
)
SWAP = (Rule("^0", "x"), Rule("^1", "0"), Rule("^x", "1"))


@pytest.mark.timeout(PLENTY_S)
def test_the_program_does_the_same_load(tmp_path: Path) -> None:
    file = tmp_path / "model's file.py"
    file.write_text(MODEL, encoding="utf-8")
    state = torch.nn.ModuleList([torch.nn.Linear(2, 3), torch.nn.Linear(3, 4)]).state_dict()
    # Each layer has the other one's number: a new name is an old one of another.
    swapped = {f"{1 - int(key[0])}{key[1:]}": value for key, value in state.items()}
    torch.save({"nets": {"a/b": swapped}, "epoch": 3}, tmp_path / "nested.pt")
    save_file(state, tmp_path / "plain.safetensors")
    others = {"args": argparse.Namespace(lr=1), "at": datetime(2026, 1, 2, tzinfo=UTC)}
    torch.save({"net": state, **others}, tmp_path / "values.pt")
    torch.save({"net": state, "kind": torch.nn.Linear}, tmp_path / "code.pt")
    programs = []
    made = ModelChoice(file, "two", build="two()")
    cases: list[tuple[str, str, tuple[Rule, ...], ModelChoice]] = [
        ("nested.pt", "nets/a~1b", SWAP, made),
        ("plain.safetensors", "", (), ModelChoice(file, "two", build="nn.ModuleList([*two()][:1])")),
        ("values.pt", "net", (), made),
    ]
    # Files that are a part of something, as people have them.
    for number, (where, source) in enumerate(IMPORTING):
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / where).write_text(source, encoding="utf-8")
        (tmp_path / where).with_name(f"blocks{number}.py").write_text(MODEL, encoding="utf-8")
        cases.append(("nested.pt", "nets/a~1b", SWAP, ModelChoice(tmp_path / where, "two", build="two()")))
    (tmp_path / "package" / "__init__.py").touch()
    for where in ("lacking", "lacking/inner"):
        (tmp_path / where / "__init__.py").write_text("import a_package_of_theirs", encoding="utf-8")
    for name, path, rules, model in cases:
        checkpoint = open_checkpoint(tmp_path / name)
        entry = checkpoint.entry(path)
        assert entry is not None
        assert why_no_python(checkpoint) == ""
        lacking = "a_package_of_theirs" if model.file.parent.name == "inner" else ""
        programs.append(as_python(checkpoint, entry, model, rules, strict=bool(path), lacking=lacking))
        assert "weights_only=False" not in programs[-1]
    # Nothing is handed out that would run what a file names.
    assert "would run the code that it names: torch.nn.modules.linear.Linear." in why_no_python(
        open_checkpoint(tmp_path / "code.pt")
    )
    run = "import sys\nfor program in sys.argv[1:]: exec(program, {})"
    done = subprocess.run([sys.executable, "-c", run, *programs], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "<All keys matched successfully>",
        "_IncompatibleKeys(missing_keys=[], unexpected_keys=['1.bias', '1.weight'])",
        *["<All keys matched successfully>"] * (1 + len(IMPORTING)),
    ], done.stderr


@pytest.mark.timeout(PLENTY_S)
def test_what_rules_leave_out_is_not_loaded_and_what_raises_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    torch.save({"module.0.weight": torch.ones(3, 2), "module.1.weight": torch.ones(9, 9)}, tmp_path / "weights.pt")
    checkpoint = open_checkpoint(tmp_path / "weights.pt")
    assert checkpoint.chosen is not None
    model, rules = ModelChoice(tmp_path / "model.py", "two", build="two()"), (Rule(r"^module\.", ""),)
    raised = "Error(s) in loading:\n\tsize mismatch for 1.weight\r\n\tprint('run')\n"
    wrong = as_python(checkpoint, checkpoint.chosen, model, rules, strict=False, raises=raised)
    comments = [line for line in wrong.splitlines() if line.startswith("# ")]
    assert comments[:2] == ["# This raises, as it did in the test:", "# Error(s) in loading:"]
    assert "\nprint('run')" not in wrong, "what PyTorch says stays a comment"
    right = as_python(checkpoint, checkpoint.chosen, model, (*rules, Rule(r"^1\.weight$", "")), strict=False)
    assert "# This raises" not in right
    run = "import sys\nfor program in sys.argv[1:]: exec(program, {})"
    done = subprocess.run([sys.executable, "-c", run, right, wrong], capture_output=True, text=True, check=False)
    missing = ["0.bias", "1.weight", "1.bias"]
    assert done.stdout == f"_IncompatibleKeys(missing_keys={missing}, unexpected_keys=[])\n", done.stderr
    assert "size mismatch for 1.weight" in done.stderr
