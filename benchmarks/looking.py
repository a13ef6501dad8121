"""How long the user waits for a heat map, and for each step of moving in it."""

import statistics
import time
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from benchmarks.interaction import alone, wait
from benchmarks.measures import make_window, turn
from benchmarks.rows import ROUNDS, Row

SHAPE = (4096, 11008)
STEPS = 60


def heat_map(path: Path) -> list[Row]:
    """From the click on the tab to the picture, the file warm, and each redraw while the picture is dragged.

    Args:
        path: Where a tensor of `SHAPE` may be written.
    """
    import torch  # noqa: PLC0415 - not in the process that is measured

    torch.save({"weight": torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))}, path)
    click, drag, longest = (float(word) for word in alone(__name__, "looks", path).split())
    size = "heat map of 4096×11008 float32"
    return [
        Row(f"{size}: from click to picture", f"{click:.0f} ms", "–", "", "<= 150 ms"),
        Row(f"{size}: redraw while dragging", f"{drag:.1f} ms", f"longest {longest:.1f} ms", "", "<= 20 ms"),
    ]


def looks(path: Path) -> None:
    """Print medians of the click and of the redraws, and the longest redraw, in milliseconds."""
    _app, window = make_window()
    window.warm()
    turn(1500)
    window.open_file(path)
    wait(lambda: not window.opening.busy)
    window.layers.select_key("weight")
    window.measurements.cancel()
    views, plot = window.histogram.looks.views, window.looks.heatmap.view.plot
    clicks, drags = [], []
    for _ in range(ROUNDS):
        views.choose("histogram")
        wait(lambda: not window.histogram.busy)
        turn(200)
        begin = time.perf_counter()
        QTest.mouseClick(views, Qt.MouseButton.LeftButton, pos=views.tabRect(1).center())
        wait(lambda: bool(plot.pictures))
        plot.repaint()
        clicks.append(1e3 * (time.perf_counter() - begin))
        wait(lambda: not window.looks.busy)
        for _step in range(4):
            QTest.keyClick(plot, Qt.Key.Key_Plus)
        wait(lambda: not window.looks.busy)
        assert plot.scene is not None
        at = plot.scene.room.center()
        QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
        for step in range(STEPS):
            begin = time.perf_counter()
            QTest.mouseMove(plot, (at + QPointF(step % 40 * 5 - 100, step * 2 - 60)).toPoint())
            plot.repaint()
            drags.append(1e3 * (time.perf_counter() - begin))
            turn(16)
        QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at.toPoint())
        wait(lambda: not window.looks.busy)
    print(statistics.median(clicks), statistics.median(drags), max(drags))
    window.close()
