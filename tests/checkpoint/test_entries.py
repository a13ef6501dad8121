"""Checkpoints laid out as training programs do it: what is offered to be loaded, and what is shown first."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.entry_paths import entry_keys, entry_path
from explorer.checkpoint.reader import open_checkpoint


def save(path: Path, value: object) -> Checkpoint:
    torch.save(value, path)
    return open_checkpoint(path)


def state(numel: int = 2) -> dict[str, torch.Tensor]:
    return OrderedDict({"layer.weight": torch.ones(numel), "layer.bias": torch.ones(1)})


def optimizer() -> dict[str, Any]:
    return {"state": {0: {"exp_avg": torch.ones(900)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}


CHECKPOINTS: dict[str, tuple[object, dict[str, str], str]] = {
    "lightning": (
        {
            "epoch": 1,
            "state_dict": state(),
            "optimizer_states": [optimizer()],
            "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(1.0)}},
            "hyper_parameters": {"lr": 0.1},
        },
        {"state_dict": "state_dict", "optimizer_states": "optimizer", "callbacks": "state_dict"},
        "state_dict",
    ),
    "timm": (
        {"arch": "resnet50", "state_dict": state(), "state_dict_ema": state(9), "optimizer": optimizer()},
        {"state_dict": "state_dict", "state_dict_ema": "ema", "optimizer": "optimizer"},
        "state_dict",
    ),
    "mmengine": (
        {"meta": {"epoch": 1}, "state_dict": state(), "ema_state_dict": state(9), "optimizer": optimizer()},
        {"state_dict": "state_dict", "ema_state_dict": "ema", "optimizer": "optimizer"},
        "state_dict",
    ),
    "ultralytics": (
        {"model": torch.nn.Linear(2, 2), "ema": torch.nn.Linear(3, 3), "optimizer": optimizer(), "epoch": -1},
        {"model": "module", "ema": "ema", "optimizer": "optimizer"},
        "model",
    ),
    "ultralytics-in-training": (
        {"model": None, "ema": torch.nn.Linear(3, 3), "optimizer": optimizer()},
        {"ema": "ema", "optimizer": "optimizer"},
        "ema",
    ),
    "fairseq": (
        {"cfg": {"lr": 1}, "model": state(), "extra_state": {}, "last_optimizer_state": optimizer()},
        {"model": "state_dict", "last_optimizer_state": "optimizer"},
        "model",
    ),
    "deepspeed": (
        {"module": state(), "buffer_names": ["x"], "param_shapes": [{"layer.weight": torch.Size([2])}]},
        {"module": "state_dict"},
        "module",
    ),
    "gan": (
        {"g": state(5), "d": state(7), "g_ema": state(9), "g_optim": optimizer(), "d_optim": {"state": state(99)}},
        {"g": "state_dict", "d": "state_dict", "g_ema": "ema", "g_optim": "optimizer", "d_optim": "optimizer"},
        "d",
    ),
    "best-state": (
        {"best_state": {"model": state()}, "xp.cfg": "lr: 0.1"},
        {"best_state/model": "state_dict"},
        "best_state/model",
    ),
    "wrapped-twice": (
        {"net": {"module": {"state_dict": state()}}},
        {"net/module/state_dict": "state_dict"},
        "net/module/state_dict",
    ),
    "optimizer-in-the-model": (
        {"model": {"encoder": state(), "decoder": state(), "optimizer": optimizer()}},
        {"model": "state_dict", "model/optimizer": "optimizer"},
        "model",
    ),
    "states-in-the-model": (
        {"model": {"model_state_dict": state(), "optimizer_state_dict": optimizer()}, "net": state(99)},
        {"model/model_state_dict": "state_dict", "model/optimizer_state_dict": "optimizer", "net": "state_dict"},
        "model/model_state_dict",
    ),
    "modules-in-the-model": (
        {"model": {"G": torch.nn.Linear(3, 3), "D": torch.nn.Linear(2, 2)}, "other": state(99)},
        {"model/G": "module", "model/D": "module", "other": "state_dict"},
        "model/G",
    ),
}


@pytest.mark.parametrize("layout", CHECKPOINTS)
def test_checkpoints_of_training_programs_show_the_model_first(tmp_path: Path, layout: str) -> None:
    content, kinds, chosen = CHECKPOINTS[layout]
    checkpoint = save(tmp_path / "training.pt", content)
    assert {entry.path: entry.kind for entry in checkpoint.entries} == kinds
    assert checkpoint.chosen is not None
    assert checkpoint.chosen.path == chosen


@pytest.mark.parametrize(
    "model",
    [
        {"enc": state(), "dec": state()},
        {"enc": dict(state()), "dec": dict(state())},
        {"enc": {"weights": {"layer.weight": torch.ones(2)}, "net": {"w": torch.ones(2)}}, "dec": {"w": torch.ones(1)}},
        {"language_model": {"embedding": {"word": {"weight": torch.ones(2)}}, "encoder": state()}},
        [state(), state()],
        {"net": state(), "head.weight": torch.ones(3), "scale": {"weight": torch.ones(1)}},
    ],
    ids=["state_dicts", "dicts", "names-of-layers", "megatron", "list", "mixed"],
)
@pytest.mark.parametrize("name", ["model", "state_dict", "net", "weights"])
def test_a_named_model_is_one_entry_however_it_is_nested(tmp_path: Path, name: str, model: object) -> None:
    checkpoint = save(tmp_path / "nested.pt", {"discriminator": state(999), name: model})
    entry = checkpoint.chosen
    assert entry is not None
    assert entry.path == name
    assert [other.path for other in checkpoint.entries] == ["discriminator", name]
    tensors = [checkpoint.tensors[number] for number in entry.numbers]
    assert all(tensor.path[0] == name and tensor.key == ".".join(tensor.path[1:]) for tensor in tensors)


def test_the_keys_of_a_nested_model_join_with_dots(tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "nested.pt", {"model": {"enc": state(), "dec": {"layer": {"weight": torch.ones(1)}}}})
    keys = [tensor.key for tensor in checkpoint.tensors]
    assert keys == ["enc.layer.weight", "enc.layer.bias", "dec.layer.weight"]


def test_a_state_dict_in_the_model_comes_before_what_stands_beside_it(tmp_path: Path) -> None:
    model = {"state_dict": state(), "step": torch.tensor(1.0), "extra": {"table": torch.ones(999)}}
    checkpoint = save(tmp_path / "nested.pt", {"model": model})
    assert {entry.path: entry.tensors for entry in checkpoint.entries} == {"model": 2, "model/state_dict": 2}
    assert checkpoint.chosen is not None
    assert checkpoint.chosen.path == "model/state_dict"


def test_mappings_that_repeat_themselves_endlessly_are_looked_through_once(tmp_path: Path) -> None:
    bomb: dict[str, object] = {"lr": 0.1}
    for _ in range(40):
        bomb = {str(number): bomb for number in range(60)}
    checkpoint = save(tmp_path / "bomb.pt", {"runs": bomb, "model": state()})
    assert checkpoint.verdict == "data-only"
    assert len(checkpoint.tensors) == 2


def test_a_loose_tensor_beside_state_dicts_hides_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "gan.pt"
    generator, discriminator = torch.nn.Linear(2, 3).state_dict(), torch.nn.Conv1d(1, 2, 3).state_dict()
    ema = {"layer.weight": torch.ones(2)}
    torch.save(
        {
            "epoch": 3,
            "best": torch.tensor(0.7),
            "generator": generator,
            "discriminator": discriminator,
            "callbacks": {"EMA": {"ema_state_dict": ema}},
        },
        path,
    )
    checkpoint = open_checkpoint(path)
    found = {entry.path: [checkpoint.tensors.key(number) for number in entry.numbers] for entry in checkpoint.entries}
    assert found == {
        "": ["best"],
        "generator": ["weight", "bias"],
        "discriminator": ["weight", "bias"],
        "callbacks/EMA/ema_state_dict": ["layer.weight"],
    }


def test_versions_of_modules_come_along(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).state_dict()
    saved = {"net": model, "plain": dict(model), "empty": OrderedDict(a=torch.ones(1))}
    found = {entry.path: entry.versions for entry in save(tmp_path / "weights.pt", saved).entries}
    assert found["net"] == {"": 1, "0": 1, "1": 2}
    assert found["plain"] is None
    assert found["empty"] is None


@pytest.mark.parametrize(
    "metadata", [3, {3: {"version": 1}}, {"a": 3}, {"a": {"version": "2"}}, {"a": {"version": True}}, {"a": {}}]
)
def test_versions_that_are_none_are_left_out(tmp_path: Path, metadata: object) -> None:
    model = OrderedDict(a=torch.ones(1))
    model._metadata = metadata  # type: ignore[attr-defined]
    checkpoint = save(tmp_path / "weights.pt", model)
    assert checkpoint.chosen is not None
    assert not checkpoint.chosen.versions


def test_versions_come_in_slices(tmp_path: Path) -> None:
    model = OrderedDict(a=torch.ones(1))
    model._metadata = {str(number): {"version": number} for number in range(10_000)}  # type: ignore[attr-defined]
    checkpoint = save(tmp_path / "weights.pt", model)
    assert checkpoint.chosen is not None
    assert checkpoint.chosen.versions == {str(number): number for number in range(10_000)}


def test_an_entry_under_an_empty_key_is_not_the_top(tmp_path: Path) -> None:
    checkpoint = save(tmp_path / "a.pt", {"": state(), "deeper": {"": {"": state(5)}}, "epoch": 1})
    # As JSON pointers (RFC 6901): behind the first "/" come the keys.
    assert [entry.path for entry in checkpoint.entries] == ["/", "deeper//"]
    entry = checkpoint.entry("/")
    assert entry is not None
    assert [checkpoint.tensors[number].path for number in entry.numbers] == [("", "layer.weight"), ("", "layer.bias")]
    assert checkpoint.entry("") is None
    top = save(tmp_path / "b.pt", {"": torch.ones(2)})
    assert [(entry.path, top.tensors[0].path) for entry in top.entries] == [("", ("",))]


@given(st.lists(st.text("/~01a", max_size=3), max_size=4).map(tuple))
def test_each_entry_path_stands_for_one_list_of_keys(keys: tuple[str, ...]) -> None:
    assert entry_keys(entry_path(keys)) == keys
