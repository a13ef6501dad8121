"""The line under a tensor's name says what its figures are about."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.analysis.measure.statistics import measure
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.kinds import Quantization, TensorKind
from explorer.progress import no_report
from explorer.ui.histogram.facts import QUANTILES, StatisticsGrid, exact_facts, facts

PER_TENSOR = Quantization("per_tensor_affine", (0.5,), (0,))
PER_CHANNEL = Quantization("per_channel_affine", (0.5, 0.25), (0, 1), 0)


def kind_of(dtype: str, **more: object) -> TensorKind:
    fields = {"shape": (2, 10), "stride": (10, 1), "stored_shape": (2, 10), "saved_device": None} | more
    return TensorKind(dtype, **fields)  # type: ignore[arg-type]  # each test gives what its field takes


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (kind_of("float32"), "float32 · 2×10 · 20 values · 80 B"),
        (kind_of("complex64"), "complex64 · 2×10 · 20 values · 160 B · statistics of |z|"),
        (kind_of("qint8", quantization=PER_TENSOR), "qint8 · 2×10 · 20 values · 20 B · dequantized"),
        (kind_of("qint8", quantization=PER_CHANNEL), "qint8 · 2×10 · 20 values · 20 B · dequantized"),
        (
            kind_of("float32", layout="sparse_coo", stored_shape=(7,), stride=(1,), saved_device="cpu"),
            "float32 · sparse coo · 2×10 · 20 values · 80 B · statistics of the 7 stored values · saved on cpu",
        ),
        (
            kind_of("complex64", layout="sparse_csr", stored_shape=(1,), stride=(1,)),
            "complex64 · sparse csr · 2×10 · 20 values · 160 B · statistics of |z| of the 1 stored value",
        ),
        (
            kind_of("complex64", layout="meta", problem="It was saved on the meta device, which holds no values."),
            "complex64 · meta · 2×10",
        ),
        (
            kind_of("float32", layout="nested", parts="2 tensors: 4×3, 4×2"),
            "float32 · nested · 2×10 · 20 values · 80 B · statistics of the 20 stored values · 2 tensors: 4×3, 4×2",
        ),
    ],
)
def test_the_line_says_what_the_figures_are_about(kind: TensorKind, said: str) -> None:
    tensor = TensorInfo(0, ("w",), "", "w", kind, None, 0)
    assert facts(tensor) == said
    assert exact_facts(tensor) == said.replace(" B", " bytes")


def test_minimum_mean_and_maximum_are_told_apart(qtbot: QtBot) -> None:
    grid = StatisticsGrid()
    qtbot.addWidget(grid)
    values = np.array([0.99996, 1.0, 1.00004])
    grid.show_statistics(measure(lambda: [values], values.size, no_report))
    assert [grid.text_of(caption) for caption in ("min", "mean", "max")] == ["0.99996", "1", "1.00004"]


def test_quantiles_are_exact_where_every_value_is_known(qtbot: QtBot) -> None:
    grid = StatisticsGrid()
    qtbot.addWidget(grid)
    values = np.arange(101, dtype=np.int16)
    grid.show_statistics(measure(lambda: [values], values.size, no_report))
    assert [grid.text_of(caption) for caption in QUANTILES] == ["1", "25", "50", "75", "99"]


def test_other_quantiles_say_that_they_are_not_exact_and_between_what_they_lie(qtbot: QtBot) -> None:
    grid = StatisticsGrid()
    qtbot.addWidget(grid)
    values = np.random.default_rng(0).normal(5, 1, 10_000).astype(np.float32)
    grid.show_statistics(measure(lambda: [values], values.size, no_report))
    for caption, share in QUANTILES.items():
        mark, number = grid.text_of(caption).split()
        true = float(np.quantile(values, share, method="inverted_cdf"))
        assert mark == "≈"
        assert float(number) == pytest.approx(true, rel=0.01)
        _, low, _, high = grid._values[caption].accessibleDescription().split()
        assert float(low) <= true <= float(high)
