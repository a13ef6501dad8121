"""A test written down as Python loads as the test did."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import Rule
from explorer.loading.as_python import as_python, why_no_python
from explorer.loading.load_test import ModelChoice
from tests.loading.conftest import PLENTY_S

MODEL = """
from torch import nn

def two():
    return nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 4)])
"""
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
    programs = []
    for name, path, rules, model in (
        ("nested.pt", "nets/a~1b", SWAP, ModelChoice(file, "two", build="two()")),
        ("plain.safetensors", "", (), ModelChoice(file, "two", build="nn.ModuleList([*two()][:1])")),
    ):
        checkpoint = open_checkpoint(tmp_path / name)
        entry = checkpoint.entry(path)
        assert entry is not None
        assert why_no_python(checkpoint) == ""
        programs.append(as_python(checkpoint, entry, model, rules, strict=bool(path)))
    run = "import sys\nfor program in sys.argv[1:]: exec(program, {})"
    done = subprocess.run([sys.executable, "-c", run, *programs], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "<All keys matched successfully>",
        "_IncompatibleKeys(missing_keys=[], unexpected_keys=['1.bias', '1.weight'])",
    ], done.stderr
