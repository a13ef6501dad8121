"""A pickled whole module is listed as its state_dict would be; the rest of it stands under Contents."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.stored_bytes import stored_bytes

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def saved(path: Path, value: object, **how: bool) -> Checkpoint:
    torch.save(value, path, **how)
    return open_checkpoint(path)


def rows(checkpoint: Checkpoint) -> dict[str, tuple[str, str]]:
    """Type and text of each row by its names from the top, joined by a slash."""
    paths: list[str] = []
    for row in checkpoint.contents:
        paths.append(row.name if row.parent < 0 else f"{paths[row.parent]}/{row.name}")
    return {path: (row.type, row.text) for path, row in zip(paths, checkpoint.contents, strict=True)}


class Block(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 2)
        self.penalty = torch.ones(7)
        self.register_buffer("mask", torch.ones(3), persistent=False)
        self.register_buffer("kept", torch.ones(1))
        self.register_parameter("none", None)


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = Block()
        self.penalty = torch.ones(5)
        self.tables = {"first": torch.ones(3, 4, dtype=torch.float16)}
        self.hidden = [torch.nn.Linear(1, 1)]


MODULES: dict[str, Callable[[], torch.nn.Module]] = {
    "plain-attributes": Net,
    "encoder": lambda: torch.nn.TransformerEncoderLayer(8, 2, 8),
    "lstm": lambda: torch.nn.LSTM(2, 3),
    "parallel": lambda: torch.nn.DataParallel(torch.nn.Sequential(torch.nn.BatchNorm1d(2))),
}


@LAYOUTS
@pytest.mark.parametrize("name", MODULES)
def test_a_whole_module_lists_its_state_dict_and_nothing_else(tmp_path: Path, name: str, *, zipped: bool) -> None:
    module = MODULES[name]()
    checkpoint = saved(tmp_path / "whole.pt", module, _use_new_zipfile_serialization=zipped)
    assert [tensor.path for tensor in checkpoint.tensors] == [(key,) for key in module.state_dict()]
    (entry,) = checkpoint.entries
    assert (entry.path, entry.kind, entry.tensors) == ("", "module", len(module.state_dict()))


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_the_weight_that_a_hook_works_out_is_not_listed(tmp_path: Path) -> None:
    module = torch.nn.utils.weight_norm(torch.nn.Linear(2, 2))
    checkpoint = saved(tmp_path / "whole.pt", module)
    assert [tensor.key for tensor in checkpoint.tensors] == ["bias", "weight_g", "weight_v"]
    assert rows(checkpoint)["weight"] == ("tensor", "float32 [2, 2]")


def test_what_the_state_dict_leaves_out_is_shown_as_contents(tmp_path: Path) -> None:
    shown = rows(saved(tmp_path / "whole.pt", Net()))
    assert shown["penalty"] == ("tensor", "float32 [5]")
    assert shown["tables/first"] == ("tensor", "float16 [3, 4]")
    assert shown["block/penalty"] == ("tensor", "float32 [7]")
    assert shown["block/mask"] == ("tensor", "float32 [3]")
    assert shown["block/linear/in_features"] == ("int", "2")
    assert shown["block"][0].endswith(".Block")
    # A module that is no submodule is not in the state_dict, with all that it holds.
    assert shown["hidden/0/weight"] == ("tensor", "float32 [1, 1]")
    for absent in ("block/kept", "block/linear/weight", "block/none", "block/_non_persistent_buffers_set", "_buffers"):
        assert absent not in shown


def test_a_module_beside_other_things_is_an_entry_with_its_attributes_below(tmp_path: Path) -> None:
    checkpoint = saved(tmp_path / "training.pt", {"model": Net(), "epoch": 1})
    assert [(entry.path, entry.kind, entry.tensors) for entry in checkpoint.entries] == [("model", "module", 3)]
    shown = rows(checkpoint)
    assert shown["model"][1] == "module, 3 tensors"
    assert shown["model/penalty"] == ("tensor", "float32 [5]")
    assert shown["epoch"] == ("int", "1")


@pytest.mark.thorough
def test_a_module_of_very_many_modules_leaves_room_for_what_follows(tmp_path: Path) -> None:
    model = torch.nn.ModuleList(torch.nn.ModuleList(torch.nn.Linear(1, 1) for _ in range(400)) for _ in range(20))
    checkpoint = saved(tmp_path / "training.pt", {"model": model, "epoch": 7})
    assert checkpoint.entries[0].tensors == 16_000
    assert rows(checkpoint)["epoch"] == ("int", "7")
    assert any(row.text == "more than can be shown" for row in checkpoint.contents)


@pytest.mark.filterwarnings("ignore:.*torch.ao.quantization is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*quantized tensor creation functions:UserWarning")
def test_the_packed_weights_of_quantized_layers_are_listed_with_their_values(tmp_path: Path) -> None:
    quantized: Any = torch.ao.nn.quantized
    linear = quantized.dynamic.Linear(4, 2)
    module = torch.nn.Sequential(linear, quantized.Conv2d(1, 1, 2))
    checkpoint = saved(tmp_path / "quantized.pt", {"model": module})
    (entry,) = checkpoint.entries
    assert (entry.path, entry.kind, entry.chosen) == ("model/attributes", "attributes", True)
    assert checkpoint.message is not None
    assert "no tensors" not in checkpoint.message
    weight, bias = linear._weight_bias()
    expected = [
        ("0._packed_params._packed_params", "qint8", (2, 4)),
        ("0._packed_params._packed_params", "float32", (2,)),
        ("1", "qint8", (1, 1, 2, 2)),
        ("1", "float32", (1,)),
    ]
    assert [(t.path[2], t.kind.dtype, t.kind.shape) for t in checkpoint.tensors] == expected
    with open_values(checkpoint) as values:
        read = [stored_bytes(values, tensor).tobytes() for tensor in checkpoint.tensors[:2]]
    assert read == [weight.int_repr().numpy().tobytes(), bias.detach().numpy().tobytes()]


def test_tensors_that_no_state_dict_has_are_said_to_be_under_contents(tmp_path: Path) -> None:
    module = torch.nn.ReLU()
    assert "holds no tensors" in (saved(tmp_path / "none.pt", module).message or "")
    module.table = torch.ones(3)
    checkpoint = saved(tmp_path / "whole.pt", module)
    assert (len(checkpoint.tensors), rows(checkpoint)["table"]) == (0, ("tensor", "float32 [3]"))
    assert "the tensors that it holds elsewhere are listed under Contents" in (checkpoint.message or "")
