"""What is true of tensors, worked out from all of their values in float64."""

from collections.abc import Mapping
from typing import Any

import torch

State = Mapping[str, torch.Tensor]


def listing(state: State) -> dict[str, Any]:
    """How many tensors and numbers, and the shape of each."""
    return {
        "tensors": len(state),
        "numbers in them": sum(value.numel() for value in state.values()),
        "shapes": {key: tuple(value.shape) for key, value in state.items()},
    }


def figures(state: State) -> dict[str, Any]:
    """Of the finite values of each tensor that has any; std divides by how many there are."""
    found: dict[str, dict[str, Any]] = {"min": {}, "max": {}, "mean": {}, "std": {}}
    for key, value in state.items():
        wide = value.double()
        wide = wide[wide.isfinite()]
        if not wide.numel():
            continue
        std = wide.std(correction=0).item()
        found["min"][key], found["max"][key] = wide.min().item(), wide.max().item()
        found["mean"][key], found["std"][key] = (wide.mean().item(), std), std
    return found


def health(state: State) -> dict[str, Any]:
    """Where NaN and infinities are, and how many."""
    nan = {key: int(value.isnan().sum()) for key, value in state.items()}
    infinite = {key: int(value.isinf().sum()) for key, value in state.items()}
    return {
        "tensors with NaN": {key for key, number in nan.items() if number},
        "how many NaN": {key: number for key, number in nan.items() if number},
        "tensors with Inf": {key for key, number in infinite.items() if number},
        "how many Inf": {key: number for key, number in infinite.items() if number},
    }


def differences(a: State, b: State) -> dict[str, Any]:
    """What changed from one to the other; the same NaN in the same place is no change."""
    identical, changed, not_finite, largest = set(), set(), set(), {}
    shared = [key for key in a if key in b]
    shape = {key for key in shared if a[key].shape != b[key].shape}
    dtype = {key for key in shared if a[key].dtype != b[key].dtype}
    for key in shared:
        if key in shape | dtype:
            continue
        x, y = a[key].double(), b[key].double()
        same = (x == y) | (x.isnan() & y.isnan())
        if same.all():
            identical.add(key)
            continue
        changed.add(key)
        if (x.isfinite() & y.isfinite() | same).all():
            # In float64, where a difference of float32 numbers has no rounding.
            largest[key] = (x - y).abs().nan_to_num(0).max().item()
        else:
            not_finite.add(key)
    return {
        "identical": identical,
        "values changed": changed,
        "largest change": largest,
        "NaN or Inf came": not_finite,
        "shape changed": shape,
        "dtype changed": dtype,
        "only in the first": a.keys() - b.keys(),
        "only in the second": b.keys() - a.keys(),
    }
