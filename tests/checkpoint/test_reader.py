"""What a checkpoint is found to hold: entries, keys, contents and names of code."""

import argparse
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import _weights_only_unpickler

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.pickles.names import ADMITTED, named_code
from explorer.checkpoint.reader import Reader, open_checkpoint
from explorer.checkpoint.values.walks import block_source
from explorer.progress import Cancelled

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def save(path: Path, content: object, *, zipped: bool = True) -> Checkpoint:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return open_checkpoint(path)


def chosen_path(checkpoint: Checkpoint) -> str:
    assert checkpoint.chosen is not None
    assert [entry.path for entry in checkpoint.entries if entry.chosen] == [checkpoint.chosen.path]
    return checkpoint.chosen.path


def small_model() -> torch.nn.Sequential:
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the list is that of PyTorch 2.13")
def test_admitted_names_are_those_of_the_restricted_unpickler() -> None:
    allowed = set(_weights_only_unpickler._get_allowed_globals())
    # Builtins are listed apart: more of them are ordinary here than there.
    assert set(ADMITTED) == {name for name in allowed if not name.startswith("builtins.")}
    assert named_code(dict.fromkeys(sorted(allowed))) == []


@LAYOUTS
def test_a_state_dict_is_listed_in_the_order_of_the_file(tmp_path: Path, *, zipped: bool) -> None:
    state = small_model().state_dict()
    checkpoint = save(tmp_path / "model.pt", state, zipped=zipped)
    assert checkpoint.container == ("zip" if zipped else "legacy")
    assert (checkpoint.verdict, checkpoint.code, checkpoint.message) == ("data-only", (), None)
    assert [tensor.key for tensor in checkpoint.tensors] == list(state)
    assert [tensor.path for tensor in checkpoint.tensors] == [(key,) for key in state]
    for tensor, (key, saved) in zip(checkpoint.tensors, state.items(), strict=True):
        assert tensor.kind.shape == tuple(saved.shape)
        assert tensor.kind.saved_device == "cpu"
        assert tensor.name == key.rpartition(".")[2]
    (entry,) = checkpoint.entries
    assert (entry.path, entry.kind, entry.tensors, entry.chosen) == ("", "state_dict", len(state), True)
    assert entry.parameters == sum(parameter.numel() for parameter in small_model().parameters())


@LAYOUTS
def test_a_training_checkpoint_has_an_entry_for_each_state_dict(tmp_path: Path, *, zipped: bool) -> None:
    model = small_model()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    content = {
        "epoch": 12,
        "optimizer": optimizer.state_dict(),
        "model": model.state_dict(),
        "model_ema": model.state_dict(),
        "note": "second run",
    }
    checkpoint = save(tmp_path / "training.pt", content, zipped=zipped)
    kinds = {entry.path: entry.kind for entry in checkpoint.entries}
    assert kinds == {"optimizer": "optimizer", "model": "state_dict", "model_ema": "ema"}
    assert chosen_path(checkpoint) == "model"
    model_entry = checkpoint.entry("model")
    assert model_entry is not None
    assert [checkpoint.tensors[number].key for number in model_entry.numbers] == list(model.state_dict())
    first = checkpoint.tensors[model_entry.numbers[0]]
    assert (first.path, first.entry) == (("model", "0.weight"), "model")
    optimizer_paths = {tensor.path for tensor in checkpoint.tensors if tensor.entry == "optimizer"}
    assert ("optimizer", "state", "0", "exp_avg") in optimizer_paths
    rows = {row.name: (row.type, row.text) for row in checkpoint.contents}
    assert rows["epoch"] == ("int", "12")
    assert rows["note"][0] == "str"
    assert "second run" in rows["note"][1]


def weights(numel: int = 2) -> dict[str, torch.Tensor]:
    return {"layer.weight": torch.ones(numel)}


@pytest.mark.parametrize(
    ("content", "chosen"),
    [
        ({"weights": weights(), "net": weights(), "state_dict": weights()}, "state_dict"),
        ({"weights": weights(9), "net": weights()}, "net"),
        ({"network_state_dict": weights(), "model_state": weights()}, "model_state"),
        ({"model": {"state_dict": weights(), "config": {"depth": 2}}}, "model/state_dict"),
        ({"generator": weights(5), "discriminator": weights(7), "ema": weights(9)}, "discriminator"),
        ({"a/b~c": {"x": torch.ones(2), "y": torch.ones(2)}, "step": 1}, "a~1b~0c"),
    ],
    ids=["state_dict", "net-before-weights", "model_state", "model-state_dict", "largest-but-ema", "escaped"],
)
def test_the_likeliest_model_is_chosen(tmp_path: Path, content: object, chosen: str) -> None:
    assert chosen_path(save(tmp_path / "nested.pt", content)) == chosen


def test_a_file_that_is_one_tensor_has_no_path(tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "tensor.pt", torch.ones(2, 3))
    (tensor,) = checkpoint.tensors
    assert (tensor.path, tensor.key, tensor.entry) == ((), "", "")
    assert [entry.kind for entry in checkpoint.entries] == ["tensor"]


def test_positions_of_lists_are_digits(tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "list.pt", [torch.ones(1), (torch.ones(2), 5)])
    assert [tensor.path for tensor in checkpoint.tensors] == [("0",), ("1", "0")]


def test_an_object_by_two_paths_is_listed_under_both(tmp_path: Path) -> None:
    inner = {"weight": torch.ones(2)}
    checkpoint = save(tmp_path / "shared.pt", {"first": inner, "second": inner})
    assert [tensor.path for tensor in checkpoint.tensors] == [("first", "weight"), ("second", "weight")]
    assert checkpoint.sums.nbytes == 8


def test_a_file_without_tensors_says_so(tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "settings.pt", {"lr": 0.1})
    assert len(checkpoint.tensors) == 0
    assert checkpoint.chosen is None
    assert checkpoint.message is not None
    assert "no tensors" in checkpoint.message
    assert [row.text for row in checkpoint.contents if row.name == "lr"] == ["0.1"]


def test_parameters_and_ordered_dicts_are_ordinary(tmp_path: Path) -> None:
    content = OrderedDict(weight=torch.nn.Parameter(torch.ones(2, 2)), buffer=torch.zeros(1))
    checkpoint = save(tmp_path / "parameters.pt", content)
    assert checkpoint.verdict == "data-only"
    assert [tensor.kind.shape for tensor in checkpoint.tensors] == [(2, 2), (1,)]


def test_settings_of_other_classes_are_named_and_shown(tmp_path: Path) -> None:
    content = {"state_dict": weights(), "args": argparse.Namespace(lr=0.25)}
    checkpoint = save(tmp_path / "settings.pt", content)
    assert checkpoint.verdict == "references-code"
    assert checkpoint.code == ("argparse.Namespace",)
    assert "0.25" in {row.text for row in checkpoint.contents}
    assert chosen_path(checkpoint) == "state_dict"


MODULE = """
import sys
import torch

sys.modules["cpex_shop"] = sys.modules[__name__]

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        self.scale = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("left_out", torch.zeros(2), persistent=False)

Net.__module__ = "cpex_shop"

if __name__ == "__main__":
    net = Net()
    torch.save(net, sys.argv[1], _use_new_zipfile_serialization=sys.argv[2] == "zip")
    print(*net.state_dict())
"""


@pytest.mark.parametrize("layout", ["zip", pytest.param("legacy", marks=pytest.mark.thorough)])
def test_a_whole_module_shows_its_state_dict_without_its_class(tmp_path: Path, layout: str) -> None:
    source, path = tmp_path / "cpex_shop.py", tmp_path / "whole.pt"
    source.write_text(MODULE, "utf-8")
    command = [sys.executable, str(source), str(path), layout]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    source.unlink()
    checkpoint = open_checkpoint(path)
    assert "cpex_shop" not in sys.modules
    assert checkpoint.verdict == "references-code"
    assert "cpex_shop.Net" in checkpoint.code
    assert {tensor.key for tensor in checkpoint.tensors} == set(names)
    assert [entry.kind for entry in checkpoint.entries] == ["module"]
    assert all(len(tensor.path) == 1 for tensor in checkpoint.tensors)
    scale = next(tensor for tensor in checkpoint.tensors if tensor.key == "scale")
    assert [block.tolist() for block in block_source(checkpoint, scale)()] == [[1.0]]


def test_a_cycle_is_listed_once(tmp_path: Path) -> None:
    inner = {"weight": torch.ones(2)}
    content: dict[str, object] = {"first": inner, "second": inner}
    content["again"] = content
    torch.save(content, tmp_path / "cycle.pt")
    checkpoint = open_checkpoint(tmp_path / "cycle.pt")
    assert [tensor.path for tensor in checkpoint.tensors] == [("first", "weight"), ("second", "weight")]


def test_safetensors_keys_keep_their_dots(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a.b.weight": torch.ones(2)}, path, {"format": "pt", "author": "someone"})
    checkpoint = open_checkpoint(path)
    (tensor,) = checkpoint.tensors
    assert (tensor.path, tensor.key) == (("a.b.weight",), "a.b.weight")
    assert "someone" in {row.text.strip("'\"") for row in checkpoint.contents}


def test_a_reader_opens_one_file_after_the_other(tmp_path: Path) -> None:
    reader = Reader()
    try:
        reader.warm()
        for size in (1, 2, 3):
            path = tmp_path / f"{size}.pt"
            torch.save(weights(size), path)
            assert reader.open(path).tensors[0].kind.shape == (size,)
    finally:
        reader.close()


def test_stop_ends_the_reading(tmp_path: Path) -> None:
    torch.save({f"layer{number}.weight": torch.ones(1) for number in range(5000)}, tmp_path / "many.pt")
    reader = Reader()
    asked: list[int] = []

    def stop_from_another_thread(done: int, _total: int, _what: str) -> None:
        asked.append(done)
        stopper = threading.Thread(target=reader.stop)
        stopper.start()
        stopper.join()
        raise Cancelled

    try:
        with pytest.raises(Cancelled):
            reader.open(tmp_path / "many.pt", stop_from_another_thread)
        assert asked
        assert len(reader.open(tmp_path / "many.pt").tensors) == 5000
    finally:
        reader.close()
