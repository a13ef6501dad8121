"""Pairs of checkpoints whose keys are named otherwise."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchmarks.peers.cases import Case

if TYPE_CHECKING:
    from collections.abc import Callable


def alignments(folder: Path) -> list[Case]:
    """Write a network of residual blocks, and the same under other names."""
    state = _network()
    names: dict[str, Callable[[str], str]] = {
        "DataParallel: module. before each key": lambda key: f"module.{key}",
        "wrapped and renamed: backbone. before, conv is convolution, bn is norm": lambda key: (
            "backbone." + re.sub(r"\bbn(\d)", r"norm\1", re.sub(r"\bconv(\d)", r"convolution\1", key))
        ),
        "renumbered: layers from 0 instead of 1": lambda key: re.sub(
            r"^layer(\d)", lambda number: f"stages.{int(number[1]) - 1}", key
        ),
    }
    first = folder / "align" / "model.pth"
    first.parent.mkdir()
    torch.save(state, first)
    cases = []
    for place, (about, rename) in enumerate(names.items()):
        path = folder / f"align-{place}" / "model.pth"
        path.parent.mkdir()
        torch.save({rename(key): value for key, value in state.items()}, path)
        truths = {"pairs": {rename(key): key for key in state}}
        cases.append(Case("align", f"{about}; {len(state)} keys", (first, path), truths))
    return cases


def _network() -> dict[str, torch.Tensor]:
    state = {"conv1.weight": torch.randn(16, 3, 7, 7)} | _norm("bn1", 16)
    width = 16
    for layer in range(1, 5):
        wide = 16 * 2 ** (layer - 1)
        for block in range(2):
            name = f"layer{layer}.{block}"
            state[f"{name}.conv1.weight"] = torch.randn(wide, width, 3, 3)
            state |= _norm(f"{name}.bn1", wide)
            state[f"{name}.conv2.weight"] = torch.randn(wide, wide, 3, 3)
            state |= _norm(f"{name}.bn2", wide)
            width = wide
    return state | {"fc.weight": torch.randn(10, width), "fc.bias": torch.randn(10)}


def _norm(name: str, width: int) -> dict[str, torch.Tensor]:
    kinds = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{kind}": torch.rand(width) for kind in kinds} | {
        f"{name}.num_batches_tracked": torch.tensor(100),
    }
