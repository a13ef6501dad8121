"""View > Columns and Sort by, in the real window, by keyboard as well as by mouse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings, TreeColumns
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, save

LAST = [Column.DISTRIBUTION, Column.PARAMETERS]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def action(window: MainWindow, menu: str, title: str) -> QAction:
    found = next(each for each in window.findChildren(QMenu) if each.title().replace("&", "") == menu)
    found.aboutToShow.emit()
    return next(each for each in found.actions() if each.text().replace("&", "") == title)


def names(window: MainWindow) -> list[str]:
    model = window.layers.model
    top = model.index(0, 0)
    return [model.index(row, 0, top).data() for row in range(model.rowCount(top))]


def test_the_tree_is_sorted_by_what_was_measured(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tensors = {"a": torch.full((3,), 3.0), "b": torch.full((3,), -5.0), "c": torch.full((3,), 0.5)}
    open_file(save(tmp_path / "a.pt", **tensors))
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    action(window, "Sort by", "Mean").trigger()
    action(window, "Sort by", "Ascending").trigger()
    assert names(window) == ["b", "c", "a"]
    assert action(window, "Sort by", "Mean").isChecked()
    assert action(window, "Sort by", "Ascending").isChecked()
    action(window, "Sort by", "Descending").trigger()
    assert names(window) == ["a", "c", "b"]
    action(window, "Sort by", "The file's order").trigger()
    assert names(window) == ["a", "b", "c"]


def test_columns_are_chosen(window: MainWindow, open_file: Callable[[Path], None]) -> None:
    open_file(EXAMPLE)
    assert window.layers.tree.isColumnHidden(Column.STD)
    action(window, "Columns", "Std").trigger()
    assert not window.layers.tree.isColumnHidden(Column.STD)
    assert action(window, "Columns", "Std").isChecked()
    action(window, "Columns", "As the width allows").trigger()
    assert window.layers.tree.isColumnHidden(Column.STD)


def drag_edge(window: MainWindow, column: Column, by: int) -> None:
    """Make a column wider or narrower with the mouse, at the right edge of its title."""
    header = window.layers.tree.header()
    edge = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) - 2, header.height() // 2)
    QTest.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(header.viewport(), edge + QPoint(by // 2, 0))
    QTest.mouseMove(header.viewport(), edge + QPoint(by, 0))
    QTest.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))


def shown(window: MainWindow) -> list[tuple[Column, int]]:
    """The columns beside the name with their widths, from the left."""
    tree = window.layers.tree
    return [(column, tree.columnWidth(column)) for column in tree.order[1:] if not tree.isColumnHidden(column)]


@pytest.fixture
def later(qtbot: QtBot, window: MainWindow) -> Iterator[Callable[[], MainWindow]]:
    """Close the window, begin anew as the next start of the program does, and open the example again."""
    made: list[MainWindow] = []

    def started() -> MainWindow:
        window.close()
        made.append(MainWindow(Settings()))
        made[0].show()
        # The screen of the tests is so small that it is not opened as large as it was.
        made[0].resize(window.size())
        made[0].open_file(EXAMPLE)
        qtbot.waitUntil(lambda: not made[0].opening.busy, timeout=TIMEOUT_MS)
        return made[0]

    yield started
    for each in made:
        each.close()
        each.deleteLater()


def test_columns_are_remembered(
    window: MainWindow, open_file: Callable[[Path], None], later: Callable[[], MainWindow]
) -> None:
    open_file(EXAMPLE)
    action(window, "Columns", "Std").trigger()
    action(window, "Columns", "Shape").trigger()
    usual = dict(shown(window))
    drag_edge(window, Column.DISTRIBUTION, 40)
    window.layers.tree.header().moveSection(window.layers.tree.header().visualIndex(Column.STD), 1)
    action(window, "Sort by", "Params").trigger()
    before = shown(window)
    assert [column for column, _ in before] == [Column.STD, Column.DISTRIBUTION, Column.TYPE, Column.PARAMETERS]
    assert dict(before) == usual | {Column.DISTRIBUTION: usual[Column.DISTRIBUTION] + 40}
    again = later()
    assert shown(again) == before
    # What it is sorted by is about a file.
    assert again.layers.tree.header().sortIndicatorSection() == -1
    action(again, "Columns", "Usual widths and order").trigger()
    assert dict(shown(again)) == usual
    assert again.layers.tree.order == tuple(Column)
    action(again, "Columns", "As the width allows").trigger()
    assert not again.layers.tree.isColumnHidden(Column.SHAPE)
    assert Settings().columns == TreeColumns()


def test_a_width_is_remembered_while_its_column_is_hidden(
    window: MainWindow, open_file: Callable[[Path], None], later: Callable[[], MainWindow]
) -> None:
    open_file(EXAMPLE)
    before = dict(shown(window))
    drag_edge(window, Column.SHAPE, -20)
    action(window, "Columns", "Shape").trigger()
    assert Column.SHAPE not in dict(shown(window))
    again = later()
    assert Column.SHAPE not in dict(shown(again))
    action(again, "Columns", "Shape").trigger()
    assert dict(shown(again))[Column.SHAPE] == before[Column.SHAPE] - 20


def test_the_next_window_has_the_columns_of_the_last(window: MainWindow, open_file: Callable[[Path], None]) -> None:
    open_file(EXAMPLE)
    action(window, "Columns", "Mean").trigger()
    other = window.new_window()
    assert not other.layers.tree.isColumnHidden(Column.MEAN)
    other.close()


def test_names_have_room_in_a_narrow_window(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    window.resize(1024, 700)
    tree = window.layers.tree
    model = window.layers.model

    def needed(parent: QModelIndex, depth: int) -> Iterator[int]:
        for row in range(model.rowCount(parent)):
            index = model.index(row, Column.NAME, parent)
            weight = model.weight(index)
            font = tree.font()
            font.setWeight(QFont.Weight.Normal if weight is None else weight)
            words = QFontMetrics(font).horizontalAdvance(index.data()) + 16
            yield tree.indentation() * (depth + 1) + words
            yield from needed(index, depth + 1)

    widest = max(needed(QModelIndex(), 0))
    # The longest is num_batches_tracked, four layers deep.
    assert widest > 200
    qtbot.waitUntil(lambda: tree.columnWidth(Column.NAME) >= widest, timeout=TIMEOUT_MS)
    assert {column for column, _width in shown(window)} >= {Column.DISTRIBUTION, Column.SHAPE, Column.PARAMETERS}
    others = shown(window)
    window.filter.setText("stem")
    qtbot.waitUntil(lambda: window.layers.count.text().startswith("7 of"), timeout=TIMEOUT_MS)
    assert shown(window) == others, "nothing jumps while one filters"
    assert tree.columnWidth(Column.NAME) >= widest, "though they have what the bar that scrolls may take"
    window.filter.clear()


def test_shapes_are_shown_whole_where_names_leave_room(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tree = window.layers.tree
    usual = tree.columnWidth(Column.SHAPE)
    window.resize(1280, 800)
    open_file(save(tmp_path / "long.pt", weight=torch.zeros(1024, 1, 1536, 1), bias=torch.zeros(4)))
    needed = tree.fontMetrics().horizontalAdvance("1024×1×1536×1") + 16
    assert needed > usual
    qtbot.waitUntil(lambda: tree.columnWidth(Column.SHAPE) >= needed, timeout=TIMEOUT_MS)
    assert tree.header().length() <= tree.viewport().width()
    drag_edge(window, Column.SHAPE, -30)
    drawn = tree.columnWidth(Column.SHAPE)
    window.resize(1300, 800)
    assert tree.columnWidth(Column.SHAPE) == drawn < needed, "the user's own width is kept"
    action(window, "Columns", "Usual widths and order").trigger()
    assert tree.columnWidth(Column.SHAPE) >= needed
    open_file(save(tmp_path / "short.pt", weight=torch.zeros(4, 4)))
    assert tree.columnWidth(Column.SHAPE) == usual


def test_names_of_any_length_leave_room_for_figures(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    saved = {f"{'a' * 70}.{at}.{'b' * 70}": torch.zeros(2, 2) for at in range(3)}
    torch.save(saved, tmp_path / "long.pt")
    window.resize(1024, 700)
    open_file(tmp_path / "long.pt")
    qtbot.waitUntil(lambda: [column for column, _width in shown(window)] == LAST, timeout=TIMEOUT_MS)
    tree = window.layers.tree
    assert tree.header().length() <= tree.viewport().width()
    first = tree.model().index(0, 0)
    name = tree.model().index(0, 0, first)
    assert "a" * 70 in name.data(Qt.ItemDataRole.ToolTipRole).replace("\u200b", "")


def test_a_click_on_the_first_row_shows_the_file(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    tree = window.layers.tree
    for from_nothing in (True, False):
        assert (window.session.selected is None) == from_nothing
        first = tree.visualRect(tree.model().index(0, 0)).center()
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=first)
        assert window.session.selected is not None
        assert window.details.currentWidget() is window.overview
        assert window.layers.select_key("stem.conv.weight")
        assert window.details.currentWidget() is window.histogram
        tree.scrollToTop()
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_the_selected_row_stays_in_view_where_rows_are_sorted(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.save({f"w{at:03}": torch.ones(1 + (at * 37) % 400) for at in range(400)}, tmp_path / "many.pt")
    open_file(tmp_path / "many.pt")
    tree = window.layers.tree
    row = window.layers.model.index_of(3)
    tree.setCurrentIndex(row)
    assert tree.viewport().rect().contains(tree.visualRect(tree.currentIndex()))
    for way in ("Descending", "Ascending"):
        action(window, "Sort by", "Params").trigger()
        action(window, "Sort by", way).trigger()
        assert tree.currentIndex().data() == "w003"
        assert tree.viewport().rect().contains(tree.visualRect(tree.currentIndex())), way


def test_a_column_that_is_asked_for_is_seen_also_where_names_need_the_room(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{f"encoder.layers.{at}.num_batches_tracked": torch.ones(9) for at in range(9)}))
    tree = window.layers.tree
    action(window, "Columns", "Min").trigger()
    assert not tree.isColumnHidden(Column.MIN)
    right = tree.header().sectionViewportPosition(Column.MIN) + tree.columnWidth(Column.MIN)
    assert right <= tree.viewport().width()
