"""The map of moved layers: which layer and which kind a tensor is of, and how far each cell moved."""

from pathlib import Path

import pytest
import torch

from explorer.analysis.compare.moved_grid import layer_name, moved_grid
from explorer.progress import no_report
from tests.analysis.compare.test_comparing import compared, entries


@pytest.mark.parametrize(
    ("key", "layer"),
    [
        ("weight", ""),
        ("conv1.weight", "conv1"),
        ("fc.0", "fc"),
        ("layer1.0.conv1.weight", "layer1.0"),
        ("layer1.0.downsample.0.weight", "layer1.0"),
        ("encoder.layers.11.self_attn.q.weight", "encoder.layers.11"),
        ("stages.2.blocks.8.dw.weight", "stages.2.blocks.8"),
        ("model.layers.3.mlp.experts.5.w1.weight", "model.layers.3"),
    ],
)
def test_layers_are_told_by_their_numbers(key: str, layer: str) -> None:
    assert layer_name(key) == layer


def test_kinds_are_rows_and_counters_are_no_change_of_the_network(tmp_path: Path) -> None:
    square, row = torch.ones(4, 4), torch.ones(4)
    a = {
        "embed_tokens.weight": torch.ones(9, 4),
        **{
            f"layers.{at}.{name}": tensor
            for at in range(3)
            for name, tensor in {
                "self_attn.in_proj_weight": torch.ones(12, 4),
                "self_attn.in_proj_bias": torch.ones(12),
                "self_attn.out_proj.weight": square,
                "mlp.fc1.weight": square,
                "norm.weight": row,
                "norm.bias": row,
                "bn.running_mean": row,
                "bn.num_batches_tracked": torch.tensor(10),
                "conv.weight": torch.ones(2, 2, 3, 3),
                "conv.bias": torch.ones(2),
            }.items()
        },
        "head.weight": torch.ones(10, 4),
        "head.bias": torch.ones(10),
    }
    b = {key: tensor.clone() for key, tensor in a.items()}
    b["layers.1.bn.num_batches_tracked"] += 90
    b["layers.1.mlp.fc1.weight"] *= 1.5
    b["layers.2.conv.bias"] *= 1.25
    b["layers.2.conv.weight"][0] *= 1.5
    b["layers.0.self_attn.in_proj_bias"] = torch.ones(13)
    grid = moved_grid(compared(*entries(tmp_path, a, b)), 10, no_report)
    assert grid.layers == ("embed_tokens", "layers.0", "layers.1", "layers.2", "head")
    assert grid.kinds == (
        *("embedding", "attention", "feed-forward", "convolution", "linear", "norm", "running statistics", "counter"),
    )
    at = {(grid.kinds[row], grid.layers[column]): cell for (row, column), cell in grid.cells.items()}
    assert at["attention", "layers.0"].pairs == 3
    assert (at["attention", "layers.0"].unmoved, at["attention", "layers.0"].change) == (False, None)
    assert at["attention", "layers.1"].unmoved
    assert at["feed-forward", "layers.1"].change == 0.5
    assert at["convolution", "layers.2"].change == pytest.approx((0.25 / 2) ** 0.5)
    assert at["counter", "layers.1"].change == 9
    assert grid.reach == (at["convolution", "layers.2"].change, 0.5)
    assert at["norm", "layers.0"].pairs == 2
    assert at["linear", "head"].pairs == 2
    assert {cell for cell in grid.cell_of if cell} == set(grid.cells)


def test_of_many_layers_those_that_moved_furthest_are_shown(tmp_path: Path) -> None:
    a = {f"layers.{at}.weight": torch.ones(2, 2) for at in range(20)}
    b = {key: tensor * (1 + at / 100) for at, (key, tensor) in enumerate(a.items())}
    grid = moved_grid(compared(*entries(tmp_path, a, b)), 5, no_report)
    assert grid.layers == tuple(f"layers.{at}" for at in range(15, 20))
    assert (grid.layers_in_all, grid.cell_of[0], grid.cell_of[15]) == (20, None, (0, 0))
