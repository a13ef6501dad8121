"""Every state_dict is offered, each under its own path, and keys are told apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint

STATE = torch.nn.Linear(2, 2).state_dict()


def saved(path: Path, value: object, **how: Any) -> Checkpoint:
    torch.save(value, path, **how)
    return open_checkpoint(path)


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"models": {"G": STATE, "D": STATE}}, ["models/G", "models/D"]),
        ({"a": {"b": {"state_dict": STATE}}}, ["a/b/state_dict"]),
        ({"ema": {"module": STATE}, "epoch": 3}, ["ema/module"]),
        ({"runs": [STATE, STATE]}, ["runs/0", "runs/1"]),
        ({"encoder": {"one": {"weight": torch.ones(2)}, "two": {"weight": torch.ones(2)}}}, ["encoder"]),
        (STATE, [""]),
    ],
    ids=["two-models", "deep", "ema", "list", "nested-by-hand", "top"],
)
def test_every_state_dict_is_an_entry(tmp_path: Path, value: object, paths: list[str]) -> None:
    assert [entry.path for entry in saved(tmp_path / "a.pt", value).entries] == paths


def test_different_keys_have_different_names(tmp_path: Path) -> None:
    keys = [b"x", b"y", torch.float32, torch.float16, torch.Size([1, 2]), ("a", 1), (2,), 3]
    checkpoint = saved(tmp_path / "keys.pt", {key: torch.ones(1) for key in keys})
    assert [tensor.path[-1] for tensor in checkpoint.tensors] == [str(key) for key in keys]


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_a_scripted_module_is_one_entry_with_dotted_names(tmp_path: Path) -> None:
    scripted = torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1)))
    scripted.save(tmp_path / "script.pt")  # type: ignore[no-untyped-call]  # PyTorch gives it none
    checkpoint = open_checkpoint(tmp_path / "script.pt")
    assert [(entry.path, entry.kind) for entry in checkpoint.entries] == [("", "module")]
    assert [tensor.path for tensor in checkpoint.tensors] == [(key,) for key in scripted.state_dict()]


@pytest.mark.parametrize(
    ("protocol", "container"), [*((protocol, "legacy") for protocol in range(6)), (0, "zip"), (1, "zip")]
)
def test_files_of_every_pickle_protocol_are_read(tmp_path: Path, protocol: int, container: str) -> None:
    zipped = container == "zip"
    checkpoint = saved(tmp_path / "a.pt", STATE, _use_new_zipfile_serialization=zipped, pickle_protocol=protocol)
    assert checkpoint.container == container
    assert [tensor.key for tensor in checkpoint.tensors] == list(STATE)
    assert all(tensor.kind.problem is None for tensor in checkpoint.tensors)


@pytest.mark.parametrize(
    ("value", "shown_type", "text"),
    [
        (np.float64(3.3), "numpy.float64", "3.3"),
        (np.float32(3.3), "numpy.float32", "3.3"),
        (np.int64(-7), "numpy.int64", "-7"),
        (np.uint8(200), "numpy.uint8", "200"),
        (np.arange(3), "numpy.ndarray", "int64 [3]: 0, 1, 2"),
        (np.array([1.5, 2.5], ">f4"), "numpy.ndarray", "float32 [2]: 1.5, 2.5"),
        (np.zeros((0, 2)), "numpy.ndarray", "float64 [0, 2]"),
    ],
)
def test_numpy_values_are_read(tmp_path: Path, value: object, shown_type: str, text: str) -> None:
    (row,) = saved(tmp_path / "numpy.pt", {"value": value}).contents
    assert (row.type, row.text) == (shown_type, text)
