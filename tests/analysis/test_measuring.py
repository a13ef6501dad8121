"""Measuring the tensors of a file: small ones together, large ones alone, with the same figures."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.draw.axes import Axis, Bins
from explorer.analysis.layer_figures import count_layer, layer_figures
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.tree import Layer
from explorer.progress import no_report


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    path = tmp_path / "mixed.pt"
    tensors = {
        "large": torch.randn(90_000),
        "small.a": torch.randn(40, 3).T,
        "small.b": torch.arange(9, dtype=torch.int64),
        "small.h": torch.randn(64).to(torch.bfloat16),
        "small.expanded": torch.tensor([2.5]).expand(5, 4),
        "small.empty": torch.empty(0, 3),
        "meta": torch.empty(3, device="meta"),
    }
    torch.save(tensors, path)
    return path


def test_every_tensor_is_measured_or_has_a_reason(mixed: Path) -> None:
    checkpoint = open_checkpoint(mixed)
    done: list[tuple[int, int]] = []
    found = measure_tensors(checkpoint, range(len(checkpoint.tensors)), lambda at, of, _what: done.append((at, of)))
    saved = torch.load(mixed, weights_only=True)
    numbers = {tensor.key: tensor.number for tensor in checkpoint.tensors}
    assert set(found.statistics) | set(found.problems) == set(range(len(checkpoint.tensors)))
    assert "meta" in found.problems[numbers["meta"]]
    for key, tensor in saved.items():
        if key in ("meta", "small.empty"):
            continue
        statistics, values = found.statistics[numbers[key]], tensor.double().numpy()
        assert statistics.count == values.size
        assert statistics.mean == pytest.approx(values.mean(), rel=1e-12, abs=1e-15)
        assert statistics.std == pytest.approx(values.std(), rel=1e-9)
    assert done == sorted(done)
    assert done[-1][0] <= done[-1][1]


def test_a_layer_is_all_its_tensors_together(mixed: Path) -> None:
    checkpoint = open_checkpoint(mixed)
    root = Layer.root(checkpoint.tensors, range(len(checkpoint.tensors)), "mixed.pt")
    figures = layer_figures(checkpoint, root, {}, no_report)
    saved = torch.load(mixed, weights_only=True)
    values = np.concatenate([t.double().numpy().ravel() for key, t in saved.items() if key != "meta"])
    assert len(figures.readable) == len(root.numbers) - 1
    assert figures.whole is not None
    assert figures.whole.count == values.size
    assert figures.whole.mean == pytest.approx(values.mean(), rel=1e-12)
    edges = [Bins(Axis(), -2.0, 2.0, 50), Bins(Axis("symlog", 0.1), -2.0, 2.0, 50)]
    for bins in edges:
        counted = count_layer(checkpoint, figures.readable, no_report, bins)
        expected, _ = np.histogram(values, counted.edges)
        assert counted.counts.tolist() == expected.tolist()
        assert (counted.below, counted.above) == ((values < -2).sum(), (values > 2).sum())
        assert counted.total == values.size
