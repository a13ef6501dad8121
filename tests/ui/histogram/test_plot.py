"""What a histogram looks like, and what it says under the cursor."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.histogram import Histogram
from explorer.ui import theme
from explorer.ui.histogram.plot import HistogramPlot

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

Show = Callable[..., HistogramPlot]


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Show:
    theme.apply(qapp, "light")

    def shown(
        counts: list[int] | NDArray[np.int64],
        *,
        below: int = 0,
        above: int = 0,
        pinned: list[int] | None = None,
        edges: NDArray[np.float64] | None = None,
        axis: Axis | None = None,
    ) -> HistogramPlot:
        plot = HistogramPlot()
        qtbot.addWidget(plot)
        plot.resize(500, 300)
        where = np.linspace(0, len(counts), len(counts) + 1) if edges is None else edges
        other = None if pinned is None else Histogram(where, np.array(pinned), 0, 0, exact=True)
        plot.show_histogram(Histogram(where, np.array(counts), below, above, exact=True), axis, other)
        plot.show()
        qtbot.waitExposed(plot)
        return plot

    return shown


def image(plot: HistogramPlot) -> QImage:
    return plot.grab().toImage()


def places(picture: QImage, color: str) -> list[QPoint]:
    return [
        QPoint(x, y)
        for x in range(picture.width())
        for y in range(picture.height())
        if picture.pixelColor(x, y).name() == color
    ]


def labels(plot: HistogramPlot, name: str) -> list[str]:
    """What pyqtgraph writes along an axis: it leaves out some of what it is told to."""
    axis = plot._plot.getAxis(name)
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    specs = axis.generateDrawSpecs(painter)
    painter.end()
    return [text for _rect, _flags, text in specs[2]]


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 1.0), (-1.7e308, 1.7e308), (5e-324, 1e-322), (1e15, 1e15 + 2), (-3e-5, 2e-5)]
)
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("densities", [False, True])
def test_any_range_can_be_drawn_and_read(show: Show, low: float, high: float, *, log: bool, densities: bool) -> None:
    edges = np.array([low, low / 2 + high / 2, high])
    plot = show([0, 3], below=1204, above=1, edges=edges, pinned=[2, 0])
    plot.set_looks(densities=densities, log=log)
    image(plot)
    assert plot.describe(-1).startswith("1,204 values below ")
    assert plot.describe(5).startswith("1 value above ")
    assert "] · 3 values · 0.24 %" in plot.describe(1.5)
    assert "0 values" in plot.describe(0.5)


def test_the_axes_begin_with_their_0(show: Show) -> None:
    plot = show([1, 200, 30])
    assert labels(plot, "left")[0] == "0"
    assert labels(plot, "bottom")[0] == "0"
    plot.set_looks(log=True)
    assert labels(plot, "left") == ["1", "10", "100"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("densities", [False, True])
@pytest.mark.parametrize("height", [300, 120, 80])
def test_labels_above_each_other_do_not_touch(show: Show, height: int, *, log: bool, densities: bool) -> None:
    plot = show([1, 200, 30_000])
    plot.set_looks(densities=densities, log=log)
    plot.resize(500, height)
    image(plot)
    axis = plot._plot.getAxis("left")
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    rooms = sorted((rect.top(), rect.bottom()) for rect, _flags, _text in axis.generateDrawSpecs(painter)[2])
    painter.end()
    assert rooms
    assert all(above <= below for (_, above), (below, _) in pairwise(rooms))


def test_round_numbers_stand_along_every_axis(show: Show) -> None:
    edges = np.geomspace(1e-3, 10, 41)
    assert labels(show(np.ones(40, np.int64), edges=edges, axis=Axis("log")), "bottom") == [
        "0.001",
        "0.01",
        "0.1",
        "1",
        "10",
    ]
    axis = Axis("symlog", 0.1)
    edges = np.array([axis.value(place) for place in np.linspace(-2, 2, 41)])
    assert labels(show(np.ones(40, np.int64), edges=edges, axis=axis), "bottom") == ["-1", "-0.1", "0", "0.1", "1"]


def test_the_ends_are_drawn_only_where_something_is_outside(show: Show) -> None:
    counts = list(range(60))
    faint = theme.LIGHT.faint
    assert len(places(image(show(counts)), faint)) == 0
    assert len(places(image(show(counts, below=50)), faint)) > 100


def test_the_pinned_histogram_is_an_outline(show: Show) -> None:
    plot = show([0, 0, 10, 10], pinned=[10, 10, 0, 0])
    orange, blue = (places(image(plot), color) for color in (theme.LIGHT.b_fill, theme.LIGHT.bars))
    assert max(place.x() for place in orange if place.y() < 100) < min(place.x() for place in blue)
    # It is hollow: few of the pixels that it encloses are its own.
    assert 100 < len(orange) < len(blue) / 4
    assert plot.describe(0.5) == "[0, 1) · 0 values · 0.0 % · pinned: 10 values · 50.0 %"


def test_a_density_is_read_with_its_bin(show: Show) -> None:
    plot = show([30, 10], edges=np.array([0.0, 1.0, 3.0]))
    plot.set_looks(densities=True)
    assert plot.describe(0.5) == "[0, 1) · 30 values · 75.0 % · density 0.75"
    assert plot.describe(1.5) == "[1, 3] · 10 values · 25.0 % · density 0.125"
    assert labels(plot, "left") == ["0", "0.2", "0.4", "0.6"]


def test_frozen_axes_keep_their_height_and_say_so(show: Show) -> None:
    plot = show([100, 50])
    before = labels(plot, "left")
    plot.set_looks(frozen=True)
    edges = np.array([0.0, 1.0, 2.0])
    plot.show_histogram(Histogram(edges, np.array([7, 900]), 0, 0, exact=True))
    assert labels(plot, "left") == before
    assert plot.beyond == "900"
    caution = places(image(plot), theme.LIGHT.caution)
    assert caution
    plot.set_looks(frozen=False)
    assert labels(plot, "left")[-1] == "800"
    assert plot.beyond == ""
    assert not places(image(plot), theme.LIGHT.caution)


def test_frozen_axes_keep_what_is_zoomed_in_on(show: Show) -> None:
    plot = show([1, 2, 3, 4])
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    near = labels(plot, "bottom")
    plot.set_looks(frozen=True)
    again = Histogram(np.linspace(0, 4, 5), np.array([4, 3, 2, 1]), 0, 0, exact=True)
    plot.show_histogram(again)
    assert labels(plot, "bottom") == near
    plot.set_looks(frozen=False)
    plot.show_histogram(again)
    assert labels(plot, "bottom") == ["0", "1", "2", "3", "4"]


def test_the_keyboard_reads_one_bin_after_the_other(qtbot: QtBot, show: Show) -> None:
    plot = show([10, 20, 30, 40, 50], below=3)
    said: list[str] = []
    plot.pointed.connect(said.append)
    plot.activateWindow()
    plot.setFocus()
    qtbot.waitUntil(plot.hasFocus)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    assert [words.split(" ·")[0] for words in said] == ["[1, 2)", "[2, 3)", "[1, 2)"]
    assert plot.accessibleDescription() == said[-1]
    assert places(image(plot), theme.LIGHT.selection)
    for _ in range(9):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert said[-1] == "[4, 5] · 50 values · 32.6 %"
    for _ in range(9):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    assert said[-1] == "3 values below 0 · 1.9 %"
    plot.clearFocus()
    assert said[-1] == ""
    assert not places(image(plot), theme.LIGHT.selection)


def test_the_keyboard_zooms_to_the_bin_that_is_read(show: Show) -> None:
    plot = show(list(range(1, 101)))
    plot.setFocus()
    whole = labels(plot, "bottom")
    for _ in range(60):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    for _ in range(12):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    low, high = (float(labels(plot, "bottom")[end]) for end in (0, -1))
    assert 90 < low < high <= 100
    QTest.keyClick(plot, Qt.Key.Key_Minus)
    assert float(labels(plot, "bottom")[0]) <= low
    # The cursor stays in sight.
    for _ in range(30):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    low, high = (float(labels(plot, "bottom")[end]) for end in (0, -1))
    assert 60 < low < high < 80
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert labels(plot, "bottom") == whole


def test_the_mouse_reads_what_it_is_over(qtbot: QtBot, show: Show) -> None:
    plot = show([10, 20])
    said: list[str] = []
    plot.pointed.connect(said.append)
    viewport = plot._view.viewport()
    QTest.mouseMove(viewport, QPoint(150, 150))
    qtbot.waitUntil(lambda: bool(said))
    assert said[-1] == "[0, 1) · 10 values · 33.3 %"
    QTest.mouseMove(viewport, QPoint(400, 150))
    qtbot.waitUntil(lambda: said[-1] == "[1, 2] · 20 values · 66.6 %")


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.99996, 1.00004),
        (1.6999e9, 1.7001e9),
        (1.7e9, 1.7e9 + 1e-4),
        (-1.7e308, 1.7e308),
        (5e-324, 1e-320),
        (1e15, 1e15 + 20),
        (-1 - 1e-13, -1),
    ],
)
def test_labels_of_any_range_are_there_and_differ(show: Show, low: float, high: float) -> None:
    plot = show(np.ones(8, np.int64), edges=np.linspace(low / 8, high / 8, 9) * 8)
    image(plot)
    seen = labels(plot, "bottom")
    assert len(seen) >= 2
    assert len(set(seen)) == len(seen)
    assert [float(text) for text in seen] == sorted(float(text) for text in seen)
    image(plot)
    assert labels(plot, "bottom") == seen


def test_a_narrow_bin_has_two_edges_in_words(show: Show) -> None:
    plot = show([603, 1], edges=np.array([0.99996, 0.99998, 1.0]), above=2)
    assert plot.describe(0.5) == "[0.99996, 0.99998) · 603 values · 99.50 %"
    assert plot.describe(2) == "2 values above 1 · 0.33 %"
