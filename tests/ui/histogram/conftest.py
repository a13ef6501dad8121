"""A panel over tensors that are made up, and the values they have."""

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from explorer.analysis.measure.statistics import Blocks
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.kinds import TensorKind
from explorer.tasks.jobs import Jobs
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from tests.checkpoint.made_up import made_up

Values = NDArray[Any]

NORMAL = np.random.default_rng(0).normal(0, 0.1, 100_000).astype(np.float32)


def tensor_of(key: str, shape: tuple[int, ...], problem: str | None = None) -> TensorInfo:
    kind = TensorKind("float32", shape, (1,) * len(shape), shape, "cuda:0", problem=problem)
    return TensorInfo(0, (key,), "", key, kind, None, 0)


class Bench:
    """A panel, and what it is given to show."""

    def __init__(self, settings: Settings) -> None:
        self.values: dict[str, Values] = {}
        self.opened: list[str] = []
        self.walks: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.multiplicity = 1
        self.error: Exception | None = None
        self.session = Session()
        self.jobs = Jobs("histogram")
        self.settings = settings
        self.session.show_checkpoint(made_up())
        self.panel = HistogramPanel(self.session, self.jobs, self.open_blocks, self.read_sample, settings)
        self.session.selection_changed.connect(self.panel.show_values)

    def open_blocks(self, _checkpoint: Checkpoint, tensor: TensorInfo) -> tuple[Blocks, int, int]:
        assert threading.current_thread() is not threading.main_thread()
        self.opened.append(tensor.key)
        if self.error is not None:
            raise self.error
        values = self.values[tensor.key]

        def blocks() -> Iterable[Values]:
            self.walks.append(tensor.key)
            for block in np.array_split(values, 4):
                assert self.gate.wait(60)
                yield block

        return blocks, values.size, self.multiplicity

    def read_sample(self, _checkpoint: Checkpoint, tensor: TensorInfo) -> Values:
        assert threading.current_thread() is not threading.main_thread()
        if self.error is not None:
            raise self.error
        return self.values[tensor.key][::100]

    def select(self, key: str, values: Values, shape: tuple[int, ...] | None = None) -> None:
        self.values[key] = values
        self.session.select(tensor_of(key, values.shape if shape is None else shape))

    def readout(self) -> str:
        return self.panel.view.readout.text()

    def notes(self) -> str:
        return self.panel.view.notes.text() if self.panel.view.notes.isVisible() else ""

    def message(self) -> str:
        return self.panel.body.page.message.text() if self.panel.body.page.message.isVisible() else ""


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(made.panel)
    made.panel.resize(700, 600)
    made.panel.show()
    yield made
    made.gate.set()
    assert made.jobs.close()


@pytest.fixture
def settle(qtbot: QtBot, bench: Bench) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: not bench.panel.busy, timeout=30_000)
