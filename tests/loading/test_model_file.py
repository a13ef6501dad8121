"""What a checkpoint says of how its model was made."""

import argparse
from pathlib import Path
from typing import Any

import torch

from explorer.checkpoint.reader import open_checkpoint
from explorer.loading.model_file import likely_arguments


def test_arguments_are_found_however_deep_and_whatever_they_are(tmp_path: Path) -> None:
    config: dict[str, Any] = {
        "chs": [16, 32],
        "size": (1, (2,)),
        "kind": None,
        "act": "re'lu",
        "rate": 1e-5,
        "bias": True,
        "none": [],
    }
    config |= {"model": {"width": 8, "deep": {"heads": 2}}, "width": 4}
    # What is not known in full, or has no such form, is not offered.
    config |= {"table": {1: 2}, "most": float("inf"), "long": "x" * 3000, "many": list(range(5000)), "raw": b"ab"}
    config |= {"mixed": [torch.zeros(2), 1]}
    torch.save({"net": {"w": torch.zeros(1)}, "config": config, "args": argparse.Namespace(depth=3)}, tmp_path / "a.pt")
    found = likely_arguments(open_checkpoint(tmp_path / "a.pt"))
    simple = {"kind": "None", "act": '"re\'lu"', "rate": "1e-05", "bias": "True", "width": "4", "heads": "2"}
    held = {"chs": "[16, 32]", "size": "(1, (2,))", "none": "[]", "depth": "3", "deep": "{'heads': 2}"}
    # The whole of a config is offered where all of it can be written, under each name that a model may call it by.
    whole = "__import__('types').SimpleNamespace(**{'depth': 3})"
    names = ("hyper_parameters", "hparams", "args", "config", "model_args", "model_config", "cfg")
    wholes = dict.fromkeys(names, whole)
    assert found == simple | held | {"model": "{'width': 8, 'deep': {'heads': 2}}"} | wholes
    assert eval(whole).depth == 3  # noqa: S307 - our own, as it was just compared
    config = {"n": 3, "of": {"a": [1.5, "it's"]}, "args": 5}
    torch.save({"w": torch.zeros(1), "config": config, "args": argparse.Namespace(**{"class": 4})}, tmp_path / "b.pt")
    found = likely_arguments(open_checkpoint(tmp_path / "b.pt"))
    assert eval(found["config"]) == config  # noqa: S307 - as above
    assert found["args"] == "5", "what stands in a config under a name is what it is made with"
    assert eval(found["model_args"]) == config  # noqa: S307 - as above
