"""Overviews that are made up, and those of files in the window."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.overview import Overview, State
from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.kinds import TensorKind
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS

Open = Callable[[Path], None]

USUAL = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0)
PACKED = torch.zeros(2, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
"""Its values are not read."""


def table_of(keys: Sequence[str]) -> TensorTable:
    none = [0] * len(keys)
    return TensorTable(
        entries=[()],
        entry_paths=[""],
        kinds=[TensorKind("float32", (2, 3), (3, 1), (2, 3), None)],
        storages=[],
        tails=list(keys),
        entry_of=none,
        kind_of=none,
        storage_of=[-1] * len(keys),
        offset_of=none,
    )


def overview_like(keys: Sequence[str], bands: dict[int, Sequence[float]] | None = None) -> Overview:
    """An overview of tensors that are all alike, but for those whose figures are given."""
    made = Overview(table_of(keys), np.arange(len(keys)), 0)
    made.bands[:] = USUAL
    made.states[:] = State.MEASURED
    for row, band in (bands or {}).items():
        made.bands[row] = band
    return made


@pytest.fixture
def show(qtbot: QtBot, window: MainWindow, open_file: Open) -> Open:
    """Open a file, and wait until its overview is all there."""

    def shown(path: Path) -> None:
        open_file(path)
        qtbot.waitUntil(lambda: not window.measurements.busy and not window.overview.busy, timeout=TIMEOUT_MS)

    return shown


def columns(window: MainWindow) -> list[str]:
    """The keys of what is drawn."""
    overview = window.overview._overview
    assert overview is not None
    return overview.keys(0, len(overview))
