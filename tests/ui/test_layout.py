"""View > Reset layout, and windows that fit the screen."""

from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.layout import FRAME, USUAL_SIZE, first_size
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import HistogramChoices, Settings, TreeColumns
from explorer.ui.usual import controls_with_usual, state_of, usual_of
from tests.ui.conftest import TIMEOUT_MS, action, click

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows


@pytest.mark.parametrize("available", [QSize(1280, 800), QSize(1280, 752), QSize(1024, 700), QSize(640, 400)])
def test_a_first_window_and_its_frame_fit_the_screen(available: QSize) -> None:
    size = first_size(available) + FRAME
    assert size.width() <= available.width()
    assert size.height() <= available.height()


def test_on_a_large_screen_it_has_its_usual_size() -> None:
    assert first_size(QSize(2560, 1440)) == USUAL_SIZE


def settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.histogram.busy and not window.looks.busy, timeout=TIMEOUT_MS)


def differing(window: MainWindow) -> list[str]:
    """Controls that are not as usual, but for splitters, whose sizes depend on the window's."""
    return [
        type(control).__name__
        for control in controls_with_usual(window)
        if not isinstance(usual_of(control), list) and state_of(control) != usual_of(control)
    ]


def test_everything_comes_back_to_what_a_first_start_shows_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert example
    bar, tree = window.histogram.bar, window.layers.tree
    first = window.splitter.sizes()

    def rows() -> list[str]:
        of_file = tree.model().index(0, 0)
        return [str(tree.model().index(row, 0, of_file).data()) for row in range(tree.model().rowCount(of_file))]

    unsorted = rows()
    window.layers.select_key("stages.0.conv1.weight")
    settled(qtbot, window)
    assert differing(window) == []

    window.resize(1250, 760)
    window.splitter.setSizes([800, 300])
    window.problems.show()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.problems.dock)
    window.layers.columns.show({Column.STD, Column.BYTES})
    tree.header().resizeSection(Column.STD, 222)
    tree.header().moveSection(1, 5)
    window.layers.sort_by(Column.NAME)
    names = rows()
    bar.full.click()
    bar.log.click()
    bar.bins.setValue(64)
    window.histogram.plot_actions.axes["symlog"].trigger()
    window.histogram.plot_actions.density.trigger()
    window.overview.choices.menu().actions()[1].trigger()
    for view in ("heatmap", "channels", "spectrum"):
        window.histogram.looks.views.choose(view)
        settled(qtbot, window)
    next(button for button in window.findChildren(QPushButton) if button.accessibleName() == "Largest").click()
    order = next(box for box in window.findChildren(QComboBox) if box.accessibleName() == "Order of the channels")
    order.setCurrentIndex(1)
    order.activated.emit(1)
    settled(qtbot, window)
    moved = (window.size(), window.settings.columns, window.settings.histogram, window.settings.kept("channels/order"))
    shared = window.splitter.sizes()
    changed = differing(window)
    assert len(changed) >= 8

    action(window, "View", "Reset layout").trigger()
    settled(qtbot, window)
    assert "The layout is that of a first start" in window.messages.sentence
    assert differing(window) == []
    available = window.screen().availableGeometry().size()
    assert window.size() == first_size(available).expandedTo(window.minimumSizeHint())
    shares = [part / sum(sizes) for sizes in (first, window.splitter.sizes()) for part in sizes]
    assert shares[:2] == pytest.approx(shares[2:], abs=0.1)
    assert not window.problems.dock.isVisible()
    assert window.dockWidgetArea(window.problems.dock) == Qt.DockWidgetArea.BottomDockWidgetArea
    assert window.settings.columns == TreeColumns()
    assert window.settings.histogram == HistogramChoices()
    assert Column.STD not in window.layers.columns.shown
    assert tree.header().sortIndicatorSection() == -1
    assert rows() == unsorted != names

    click(window, "Undo")
    settled(qtbot, window)
    assert (
        *(window.size(), window.settings.columns, window.settings.histogram),
        window.settings.kept("channels/order"),
    ) == moved
    assert differing(window) == changed
    assert tree.header().sortIndicatorSection() == Column.NAME
    assert rows() == names
    assert window.problems.dock.isVisible()
    assert window.dockWidgetArea(window.problems.dock) == Qt.DockWidgetArea.RightDockWidgetArea
    shares = [part / sum(sizes) for sizes in (shared, window.splitter.sizes()) for part in sizes]
    assert shares[:2] == pytest.approx(shares[2:], abs=0.01)
    assert Column.STD in window.layers.columns.shown


def test_views_that_are_not_made_yet_begin_as_usual(window: MainWindow) -> None:
    for name, text in (("compare/rows", "list"), ("spectrum/log", "True"), ("heatmap/by", "magnitude")):
        window.settings.keep(name, text)
    action(window, "View", "Reset layout").trigger()
    assert [window.settings.kept(name) for name in ("compare/rows", "spectrum/log", "heatmap/by")] == ["", "", ""]
    click(window, "Undo")
    assert window.settings.kept("compare/rows") == "list"


def test_a_window_that_was_larger_than_the_screen_is_made_to_fit(qtbot: QtBot) -> None:
    first = MainWindow(Settings())
    first.show()
    qtbot.waitExposed(first)
    first.resize(5000, 4000)
    first.close()
    first.deleteLater()
    later = MainWindow(Settings())
    later.show()
    qtbot.waitExposed(later)
    available = later.screen().availableGeometry().size()
    needed = later.minimumSizeHint()
    assert later.width() <= max(available.width(), needed.width())
    assert later.height() <= max(available.height(), needed.height())
    later.close()
    later.deleteLater()
