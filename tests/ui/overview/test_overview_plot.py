"""The overview's plot by itself: what is drawn, read and chosen."""

import math
from collections.abc import Callable
from itertools import groupby, pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.overview import Filled, Overview, State
from explorer.ui import theme
from explorer.ui.overview.names import fitting_name, fitting_names
from explorer.ui.overview.plot import OverviewPlot
from explorer.ui.overview.scene import Scene
from explorer.ui.plots.span_plot import Span
from tests.ui.overview.conftest import overview_like

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

Show = Callable[[Overview], OverviewPlot]

WIDTH, HEIGHT = 640, 360
NOTHING = [math.nan] * 7


@pytest.fixture
def show(qtbot: QtBot, qapp: QApplication) -> Show:
    theme.apply(qapp, "light")

    def shown(overview: Overview) -> OverviewPlot:
        plot = OverviewPlot()
        qtbot.addWidget(plot)
        plot.resize(WIDTH, HEIGHT)
        plot.show()
        qtbot.waitExposed(plot)
        plot.show_overview(overview)
        return plot

    return shown


def image(plot: OverviewPlot) -> QImage:
    return plot.grab().toImage()


def scene_of(plot: OverviewPlot) -> Scene:
    assert plot.scene is not None
    return plot.scene


def at(plot: OverviewPlot, row: float) -> QPoint:
    """The pixel of a row, in the middle of the plot's height."""
    scene = scene_of(plot)
    return QPointF(scene.x_of(row + 0.5), scene.room.center().y()).toPoint()


def colors_at(plot: OverviewPlot, row: float) -> list[str]:
    """The colours down the middle of a column, each once for a run of it, without the grid."""
    picture, middle = image(plot), at(plot, row).x()
    ours = {color.name() for color in palette()}
    runs = []
    # The thin line is one pixel wide, and may be beside the middle.
    for x in (middle - 1, middle, middle + 1):
        found = [picture.pixelColor(x, y).name() for y in range(picture.height())]
        runs.append([color for color, _run in groupby(color for color in found if color in ours)])
    return max(runs, key=len)


def palette() -> list[QColor]:
    light = theme.LIGHT
    return [QColor(color) for color in (light.faint, "#bdd2f6", light.bars, light.text)]


def labels(plot: OverviewPlot, name: str) -> list[str]:
    scene = scene_of(plot)
    return [text for _at, text in scene.ticks] if name == "left" else [name.text for name in scene.names]


def click(plot: OverviewPlot, row: float) -> None:
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(plot, row))


def turn(plot: OverviewPlot, place: QPointF, by: QPoint) -> None:
    """Turn the mouse's wheel."""
    none, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    phase = Qt.ScrollPhase.NoScrollPhase
    where = plot.mapToGlobal(place)
    QApplication.sendEvent(plot, QWheelEvent(place, where, QPoint(0, 0), by, none, no_key, phase, False))


def focus(qtbot: QtBot, plot: OverviewPlot) -> None:
    plot.activateWindow()
    plot.setFocus()
    qtbot.waitUntil(plot.hasFocus)


def test_bands_lie_in_one_another(show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(9)]))
    faint, outer, inner, median = (color.name() for color in palette())
    # The zero line has the colour of the thin lines.
    assert colors_at(plot, 4) == [faint, outer, inner, median, inner, outer, faint]


def test_round_numbers_and_layers_stand_along_the_axes(qtbot: QtBot, show: Show) -> None:
    keys = [f"encoder.{number}.w" for number in range(9)] + [f"decoder.{number}.w" for number in range(9)]
    plot = show(overview_like(keys, {0: (-100, -2, -1, 0, 1, 2, 100)}))
    assert {"-100", "0", "100"} <= set(labels(plot, "left"))
    assert labels(plot, "bottom") == ["encoder", "decoder"]
    focus(qtbot, plot)
    for _ in range(14):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    for _ in range(4):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert {"decoder.2", "decoder.3", "decoder.4"} <= set(labels(plot, "bottom"))


def test_a_tensor_without_finite_values_has_a_mark_of_its_own_shape(show: Show) -> None:
    overview = overview_like([f"w{number}" for number in range(9)], {2: NOTHING, 6: NOTHING})
    overview.states[2], overview.states[6] = State.NOT_FINITE, State.UNREADABLE
    plot = show(overview)
    picture = image(plot)
    marks = {}
    for row, color in ((2, theme.LIGHT.bad), (6, theme.LIGHT.bad)):
        x = at(plot, row).x()
        marks[row] = {
            (dx, y)
            for dx in range(-6, 7)
            for y in range(picture.height())
            if picture.pixelColor(x + dx, y).name() == color
        }
        assert len(marks[row]) > 10
    assert marks[2] != marks[6]
    _faint, outer, inner, _median = (color.name() for color in palette())
    assert not {outer, inner} & set(colors_at(plot, 2))


def test_what_is_not_known_yet_is_empty_and_is_drawn_when_it_is(show: Show) -> None:
    overview = overview_like([f"w{number}" for number in range(9)], {4: NOTHING})
    overview.states[4] = State.UNKNOWN
    plot = show(overview)
    inner = theme.LIGHT.bars
    assert inner not in colors_at(plot, 4)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    near = plot._shown_range()
    bands = np.array([[-2, -1, -0.5, 0, 0.5, 1, 2]])
    overview.take(Filled(np.array([4]), bands, np.ones(1), np.array([State.MEASURED], np.uint8)))
    plot.show_overview(overview)
    assert inner in colors_at(plot, 4)
    assert plot._shown_range() == near


def test_a_click_chooses_the_tensor(show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(30)]))
    chosen: list[int] = []
    plot.chosen.connect(chosen.append)
    click(plot, 17)
    click(plot, 0)
    assert chosen == [17, 0]


def test_dragging_moves_and_chooses_nothing(qtbot: QtBot, show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(30)]))
    chosen: list[int] = []
    plot.chosen.connect(chosen.append)
    focus(qtbot, plot)
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    left, right = plot._shown_range()
    start = at(plot, 15)
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(plot, start + QPoint(30, 0))
    QTest.mouseMove(plot, start + QPoint(60, 0))
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    assert chosen == []
    moved = 60 / scene_of(plot).room.width() * (right - left)
    assert plot._shown_range() == pytest.approx((left - moved, right - moved))
    QTest.mouseClick(plot, Qt.MouseButton.RightButton, pos=start)
    assert chosen == []


def test_more_tensors_than_pixels_are_put_together_until_one_zooms_in(show: Show) -> None:
    rows = 10_000
    outlier = 5_003
    plot = show(overview_like([f"w{number}" for number in range(rows)], {outlier: (-900, -2, -1, 0, 1, 2, 900)}))
    chosen: list[int] = []
    pointed: list[Span | None] = []
    plot.chosen.connect(chosen.append)
    plot.pointed.connect(pointed.append)
    together = plot.together
    assert together > 10
    # The outlier is seen, and read, in its column.
    plot._point(outlier)
    assert pointed[-1] == Span(outlier // together * together, outlier // together * together + together)
    click(plot, outlier)
    assert chosen == []
    assert plot.together == 1
    left, right = plot._shown_range()
    assert left < outlier < right
    click(plot, outlier)
    assert chosen == [outlier]
    plot.reset()
    assert plot.together == together


def test_a_column_that_is_shown_in_part_stands_for_all_of_its_tensors(show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(10_000)], {5_003: (-900, -2, -1, 0, 1, 2, 900)}))
    for _ in range(2):
        plot._show_range(1_003, 5_003 - 0.5)
    assert 5_003 % plot.together > 0
    heights = [bar.height() for bar in scene_of(plot).ends]
    assert heights[-1] == max(heights) > min(heights)


def test_a_double_click_shows_all_beside_the_columns_and_chooses_once_on_them(show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(10_000)]))
    click(plot, 5_000)
    near = plot._shown_range()
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=at(plot, 5_000))
    assert plot._shown_range() == near, "its first click has chosen"
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert plot._shown_range() == (0, 10_000)


def test_the_keyboard_reads_columns_and_chooses(qtbot: QtBot, show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(30)]))
    chosen: list[int] = []
    pointed: list[Span | None] = []
    plot.chosen.connect(chosen.append)
    plot.pointed.connect(pointed.append)
    focus(qtbot, plot)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    assert pointed == [(0, 1), (1, 2), (2, 3), (1, 2)]
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert chosen == [1]
    for _ in range(6):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    for _ in range(20):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    left, right = plot._shown_range()
    assert left <= 21 < 22 <= right
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot._shown_range() == (0, 30)
    for _ in range(20):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert pointed[-1] == (29, 30)
    plot.clearFocus()
    assert pointed[-1] is None


def test_the_keyboard_zooms_in_on_what_is_put_together(qtbot: QtBot, show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(10_000)]))
    chosen: list[int] = []
    plot.chosen.connect(chosen.append)
    focus(qtbot, plot)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    second = plot.together
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert plot.together == 1
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert chosen == [second]


def test_the_wheel_zooms_and_moves(show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(100)]))
    place = QPointF(at(plot, 50))
    turn(plot, place, QPoint(0, 240))
    left, right = plot._shown_range()
    assert right - left < 60
    # What is under the mouse stays there.
    assert abs(at(plot, 50).x() - place.x()) <= 1
    turn(plot, place, QPoint(-120, 0))
    assert plot._shown_range()[0] > left
    turn(plot, place, QPoint(0, -1200))
    assert plot._shown_range() == (0, 100)


@pytest.mark.parametrize(
    "band",
    [
        [0.0] * 7,
        [1.0] * 7,
        [-1.7e308, -1e300, -1.0, 0.0, 1.0, 1e300, 1.7e308],
        [5e-324, 5e-324, 1e-323, 1e-322, 1e-320, 1e-320, 1e-310],
        [0.99996, 0.99997, 0.99998, 1.0, 1.00001, 1.00002, 1.00004],
        NOTHING,
    ],
)
@pytest.mark.parametrize("rows", [1, 3, 2_000])
def test_any_values_can_be_drawn(show: Show, band: list[float], rows: int) -> None:
    plot = show(overview_like([f"w{number}" for number in range(rows)], dict.fromkeys(range(rows), band)))
    image(plot)
    seen = labels(plot, "left")
    assert seen
    assert len(set(seen)) == len(seen)


def test_many_tensors_share_columns_of_a_pixel(show: Show) -> None:
    rows = 100_000
    overview = overview_like([f"layers.{number // 10}.w{number % 10}" for number in range(rows)])
    overview.bands[:] = np.sort(np.random.default_rng(0).standard_normal((rows, 7)), axis=1)
    overview.states[::97] = State.NOT_FINITE
    plot = show(overview)
    plot.resize(1600, 700)
    image(plot)
    # No more columns than pixels, so that many tensors take no longer to draw than few.
    assert plot.together > 1
    assert rows / plot.together <= plot.width()


def test_names_give_way_to_their_last_parts(qapp: QApplication) -> None:
    assert qapp is not None
    metrics = QFontMetricsF(QFont())
    width = metrics.horizontalAdvance
    name = "model.encoder.layers"
    assert fitting_name(name, width(name), metrics) == name
    assert fitting_name(name, width(name) - 1, metrics) == "encoder.layers"
    assert fitting_name(name, width("layers"), metrics) == "layers"
    assert fitting_name(name, width("lay…"), metrics).endswith("…")
    assert fitting_name(name, 2, metrics) == ""
    assert "\u202e" not in fitting_name("a\u202eb", 500, metrics)


def test_another_theme_is_taken_on(qapp: QApplication, show: Show) -> None:
    plot = show(overview_like([f"w{number}" for number in range(9)]))
    theme.apply(qapp, "dark")
    picture = image(plot)
    assert picture.pixelColor(2, 2).name() == theme.DARK.panel
    x = at(plot, 4).x()
    assert theme.DARK.text in {picture.pixelColor(x, y).name() for y in range(picture.height())}


def test_a_short_name_at_an_edge_stands_beside_its_section_and_is_not_cut(qapp: QApplication) -> None:
    metrics = QFontMetricsF(qapp.font())
    wide = metrics.horizontalAdvance("head")
    whole = QRectF(0, 0, 500, 20)
    rooms = [(0.0, wide * 0.6, "stem"), (100.0, 400.0, "body"), (500 - wide * 0.6, 500.0, "head")]
    first, middle, last = fitting_names(rooms, whole, metrics)
    assert [first.text, middle.text, last.text] == ["stem", "body", "head"]
    assert first.left == 0
    assert last.right == 500


def test_as_many_names_as_fit_are_drawn_without_touching(qapp: QApplication) -> None:
    metrics = QFontMetricsF(qapp.font())
    rooms = [(20.0 * place, 20.0 * place + 20, f"block{place}") for place in range(30)]
    names = fitting_names(rooms, QRectF(0, 0, 600, 100), metrics)
    assert len(names) >= 6
    assert all(name.text.startswith("block") for name in names)
    assert all(after.left >= before.right for before, after in pairwise(names))
    assert names[0].left >= 0
    assert names[-1].right <= 600


def test_a_name_at_the_edge_moves_inwards_rather_than_to_be_cut(qapp: QApplication) -> None:
    metrics = QFontMetricsF(qapp.font())
    room = metrics.horizontalAdvance("head") * 0.8
    rooms = [(0.0, 300.0, "body"), (300.0, 300.0 + room, "head")]
    names = fitting_names(rooms, QRectF(0, 0, 300 + room, 100), metrics)
    assert [name.text for name in names] == ["body", "head"]
    assert names[-1].right <= 300 + room
