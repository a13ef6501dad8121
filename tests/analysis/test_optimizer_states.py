"""Which parameter an optimizer's state belongs to, against what PyTorch itself says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from explorer.analysis.optimizer_states import OptimizerStates, map_states
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report


class Tied(nn.Module):
    """A language model in small: its head is its embedding, and it has a buffer of floats."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Embedding(11, 4)
        self.register_buffer("mask", torch.tril(torch.ones(4, 4)))
        self.body = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)) for _ in range(3))
        self.head = nn.Linear(4, 11, bias=False)
        self.head.weight = self.tokens.weight


def convolutions() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def all_at_once(net: nn.Module) -> list[list[nn.Parameter]]:
    return [list(net.parameters())]


def split(net: nn.Module) -> list[list[nn.Parameter]]:
    """As many do that let weights decay, but no biases and norms."""
    return [[each for each in net.parameters() if (each.ndim > 1) == matrices] for matrices in (True, False)]


def optimizer_of(groups: list[list[nn.Parameter]]) -> dict[str, Any]:
    """What the state_dict of torch.optim.Adam looks like; making a real one imports half of PyTorch."""
    given = [each for group in groups for each in group]
    state = {
        place: {"step": torch.tensor(1.0), "exp_avg": torch.zeros_like(each), "exp_avg_sq": torch.zeros_like(each)}
        for place, each in enumerate(given)
    }
    return {"state": state, "param_groups": [{"params": list(range(len(given)))}]}


def saved_with(net: nn.Module, optimizer: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": 1, "model": net.state_dict(), "optimizer": optimizer}


def mapped(path: Path, saved: dict[str, Any]) -> tuple[Checkpoint, OptimizerStates]:
    torch.save(saved, path)
    checkpoint = open_checkpoint(path)
    return checkpoint, map_states(checkpoint, no_report)


@pytest.mark.parametrize("order", [all_at_once, split])
@pytest.mark.parametrize("make", [convolutions, Tied])
def test_states_belong_to_the_parameters_in_their_order(
    tmp_path: Path, make: Callable[[], nn.Module], order: Callable[[nn.Module], list[list[nn.Parameter]]]
) -> None:
    net = make()
    groups = order(net)
    checkpoint, found = mapped(tmp_path / "net.pt", saved_with(net, optimizer_of(groups)))
    assert told(checkpoint, found) == wanted(net, groups)
    for weight, state in found.states.items():
        key = checkpoint.tensors.key
        assert {key(number) for number in state.tensors.values()} == {
            name for name, of in wanted(net, groups).items() if of == key(weight)
        }
    assert found.how["optimizer"].startswith("By order: ")


def wanted(net: nn.Module, groups: list[list[nn.Parameter]]) -> dict[str, str]:
    names = {id(each): name for name, each in net.named_parameters()}
    given = [each for group in groups for each in group]
    return {
        f"state.{place}.{what}": names[id(each)]
        for place, each in enumerate(given)
        for what in ("step", "exp_avg", "exp_avg_sq")
    }


def told(checkpoint: Checkpoint, found: OptimizerStates) -> dict[str, str]:
    key = checkpoint.tensors.key
    return {key(state): key(weight) for state, weight in found.weights.items()}


@pytest.mark.thorough
@pytest.mark.parametrize("order", [all_at_once, split])
def test_a_real_optimizer_is_mapped_as_pytorch_numbers_it(
    tmp_path: Path, order: Callable[[nn.Module], list[list[nn.Parameter]]]
) -> None:
    net = Tied()
    made = torch.optim.AdamW([{"params": group} for group in order(net)])
    for each in net.parameters():
        each.grad = torch.randn_like(each)
    made.step()
    checkpoint, found = mapped(tmp_path / "net.pt", saved_with(net, made.state_dict()))
    assert told(checkpoint, found) == wanted(net, order(net))


def test_an_optimizer_that_names_its_parameters_is_taken_at_its_word(tmp_path: Path) -> None:
    model = {"a.weight": torch.ones(3, 2), "b.weight": torch.ones(2, 3)}
    state = {f"module.{key}": {"exp_avg": torch.zeros_like(value)} for key, value in reversed(model.items())}
    checkpoint, found = mapped(
        tmp_path / "named.pt", {"model": model, "optimizer": {"state": state, "param_groups": []}}
    )
    assert told(checkpoint, found) == {f"state.module.{name}.exp_avg": name for name in model}
    assert (
        found.how["optimizer"]
        == "By name: the optimizer names 2 of 2 parameters as the model does, with the same shapes."
    )


def test_what_does_not_agree_is_not_guessed(tmp_path: Path) -> None:
    net = convolutions()
    saved = saved_with(net, optimizer_of(all_at_once(net)))
    del saved["optimizer"]["state"][1]
    assert mapped(tmp_path / "fewer.pt", saved)[1].weights == {}
    saved = saved_with(net, optimizer_of(all_at_once(net)))
    states = saved["optimizer"]["state"]
    states[0], states[1] = states[1], states[0]
    found = mapped(tmp_path / "other.pt", saved)[1]
    assert (found.weights, found.states) == ({}, {})
    assert found.how["optimizer"].startswith("No entry has 10 parameters")
    assert mapped(tmp_path / "none.pt", {"model": net.state_dict()})[1] == OptimizerStates()
