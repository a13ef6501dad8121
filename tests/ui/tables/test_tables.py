"""Every table of the program: each sorts, is copied and exported, has the same menu, and a name for screen readers."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QStandardItemModel
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QTableView, QTreeView, QTreeWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.layers.cells import Role
from explorer.ui.main_window import MainWindow
from explorer.ui.tables.columns import EXACT
from explorer.ui.tables.look import View, go_to_row, header_of, press_head, shown_columns
from explorer.ui.tables.taking import Taking, taking_of
from tests.ui.conftest import TIMEOUT_MS, activate, click, plain_text
from tests.ui.tables.all_tables import TABLES, children, contents, devices, pairs, pairs_listed, problems, settle

UNSORTED = {"rules", "values"}
"""What these hold has an order that means something."""
NAMED = {"layers", "report"}
"""Of these the key that copies takes names."""
WITHOUT_ROWS_TO_COPY = {"values", "meanings", "shortcuts"}
"""In these one cell is selected, or the whole entry."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = {f"net.{place}.{name}": torch.randn(4 + place, 6) for place in range(4) for name in ("weight", "bias")}
    net["net.2.weight"][0, 0] = torch.nan
    net["net.3.bias"][1, 1] = torch.inf
    for step, name in enumerate(("a.pt", "b.pt", "c.pt")):
        state = {key: value + step * 0.01 * (1 + at) for at, (key, value) in enumerate(net.items())}
        torch.save({"model": state, "epoch": 3, "args": {"lr": 0.1, "seed": 7, "b": "x"}}, tmp_path / name)
    return tmp_path


def filled(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path, name: str) -> View:
    """The table of that name, with rows in it, and the keyboard."""
    open_file(folder / "a.pt")
    settle(qtbot, window)
    made = TABLES[name](qtbot, window, folder)
    # That of a QTreeWidget is Qt's own, and fails.
    if not isinstance(made, QTreeWidget):
        QAbstractItemModelTester(made.model(), QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    activate(qtbot, window)
    made.setFocus()
    assert made.isVisible()
    return made


def taking(view: View) -> Taking:
    found = taking_of(view)
    assert found is not None
    return found


def above(view: View) -> QModelIndex:
    """What has several rows in it, which can be told apart."""
    model, index = view.model(), QModelIndex()
    if view.accessibleName() in {"Bytes of the file", "What loads and what does not"}:
        # Groups stay where they are.
        index = next(group for row in range(model.rowCount()) if model.rowCount(group := model.index(row, 0)) > 1)
    while model.rowCount(index) == 1 and model.rowCount(model.index(0, 0, index)):
        index = model.index(0, 0, index)
    return index


def column_of(view: View, column: int) -> list[object]:
    model, index = view.model(), above(view)
    found = []
    for row in range(model.rowCount(index)):
        cell = model.index(row, column, index)
        exact = model.data(cell, EXACT)
        found.append(model.data(cell) if exact is None else exact)
    return found


def sorts_both_ways_and_not_at_all(qtbot: QtBot, window: MainWindow, view: View) -> None:
    model = view.model()
    for column in (0, shown_columns(view)[-1]):
        before = column_of(view, column)
        figures = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.InitialSortOrderRole)
        orders = []
        for _ in range(3):
            press_head(view, column)
            settle(qtbot, window)
            orders.append(column_of(view, column))
        assert orders[2] == before, "the third time they stand as they did"
        assert sorted(map(str, orders[0])) == sorted(map(str, orders[1])) == sorted(map(str, before))
        known = [[each for each in order if isinstance(each, float | int)] for order in orders[:2]]
        if known[0] and len(known[0]) == len(before):
            assert known == [sorted(known[0], reverse=bool(figures)), sorted(known[0], reverse=not figures)]


def selected_rows_are_copied_with_every_digit(window: MainWindow, view: View) -> None:
    index = view.model().index(0, 0, above(view))
    view.setCurrentIndex(index)
    if isinstance(view, QTableView):
        view.selectRow(0)
    window.copy()
    (line,) = list(csv.reader(QGuiApplication.clipboard().text().splitlines(), delimiter="\t"))
    named = isinstance(view.model().headerData(0, Qt.Orientation.Vertical), str)
    assert len(line) == len(shown_columns(view)) + named
    taking(view).copy.trigger()
    assert next(csv.reader(QGuiApplication.clipboard().text().splitlines(), delimiter="\t")) == line


def the_key_copies_keys(window: MainWindow, view: View) -> None:
    index = view.model().index(0, 0, above(view))
    if view.model().rowCount(index):
        index = view.model().index(0, 0, index)
    if view.model().rowCount(index):
        index = view.model().index(0, 0, index)
    view.setCurrentIndex(index)
    window.copy()
    assert QGuiApplication.clipboard().text() == index.data(Role.KEY)
    taking(view).copy.trigger()
    assert len(QGuiApplication.clipboard().text().split("\t")) == len(shown_columns(view))


def is_copied_and_exported_whole(qtbot: QtBot, window: MainWindow, view: View, tmp_path: Path) -> None:
    QGuiApplication.clipboard().clear()
    taking(view).copy_table.trigger()
    qtbot.waitUntil(lambda: bool(QGuiApplication.clipboard().text()), timeout=TIMEOUT_MS)
    copied = list(csv.reader(QGuiApplication.clipboard().text().splitlines(), delimiter="\t"))
    assert len(copied) > 1
    assert {len(line) for line in copied} == {len(copied[0])}
    taking(view).export.trigger()
    (dialog,) = (each for each in window.findChildren(QFileDialog) if each.isVisible())
    assert dialog.selectedFiles()[0].endswith(".csv")
    dialog.fileSelected.emit(str(tmp_path / "out.csv"))
    dialog.close()
    qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=TIMEOUT_MS)
    settle(qtbot, window)
    exported = list(csv.reader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
    comparing = window.full_views.comparing
    if comparing is not None and view in (comparing.rows.table, comparing.rows.tree):
        # Of a comparison all that is known is exported, and what is shown copied.
        assert len(copied[0]) == len(shown_columns(view))
        assert exported[0][:2] == ["key_a", "key_b"]
        assert [line[0] or line[1] for line in exported[1:]] == [line[0] for line in copied[1:]]
    else:
        assert exported == copied


def has_a_name_and_the_same_menu(qtbot: QtBot, window: MainWindow, view: View) -> None:
    assert view.accessibleName()
    menu = taking(view).menu()
    texts = [entry.text() for entry in menu.actions() if not entry.isSeparator()]
    # The same letters too, wherever one is.
    common = ["C&opy rows", "Copy ta&ble", "E&xport as CSV…", "So&rt by"]
    assert [text for text in texts if text in common] == common
    menu.deleteLater()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(QMenu)), timeout=TIMEOUT_MS)
    (orders,) = (each for each in window.findChildren(QMenu) if each.isVisible())
    usual = "The file's order" if view is window.layers.tree else "Usual order"
    assert plain_text(orders.actions()[0]) == usual
    orders.close()


@pytest.mark.parametrize("name", TABLES)
def test_each_does_what_every_table_does(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path, name: str
) -> None:
    """All of it in one window: to make one for each takes far longer than to look at it."""
    view = filled(qtbot, window, open_file, folder, name)
    if name in NAMED:
        the_key_copies_keys(window, view)
    elif name not in WITHOUT_ROWS_TO_COPY:
        selected_rows_are_copied_with_every_digit(window, view)
    has_a_name_and_the_same_menu(qtbot, window, view)
    is_copied_and_exported_whole(qtbot, window, view, folder)
    if name not in UNSORTED:
        sorts_both_ways_and_not_at_all(qtbot, window, view)


def test_no_table_is_left_out(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path
) -> None:
    open_file(folder / "a.pt")
    settle(qtbot, window)
    prepared = {prepare(qtbot, window, folder) for prepare in TABLES.values()}
    views = {each for kind in (QTableView, QTreeView) for each in window.findChildren(kind)}
    assert {each.accessibleName() for each in views if taking_of(each) is None} == set()
    assert {each.accessibleName() for each in prepared} == {each.accessibleName() for each in views}


def test_a_row_is_marked_at_its_beginning_and_its_head_stays_as_it_is(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path
) -> None:
    open_file(folder / "a.pt")
    settle(qtbot, window)
    table = devices(qtbot, window, folder)
    activate(qtbot, window)
    table.setFocus()
    before = header_of(table).grab().toImage()
    table.setCurrentIndex(table.model().index(0, 4))
    assert header_of(table).grab().toImage() == before, "it is not bold"
    row = table.visualRect(table.model().index(0, 0))
    picture = table.viewport().grab().toImage()
    accent = picture.pixelColor(row.left(), row.center().y())
    assert picture.pixelColor(row.left() + 5, row.center().y()) != accent
    middle = table.visualRect(table.model().index(0, 4))
    assert picture.pixelColor(middle.left(), middle.center().y()) != accent


def _apart(one: QColor, other: QColor) -> int:
    return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())


@pytest.mark.parametrize(("prepare", "column"), [(problems, 0), (pairs, 1), (pairs_listed, 1)])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_keep_their_colour_where_their_row_is_selected(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Callable[[Path], None],
    folder: Path,
    name: Literal["light", "dark"],
    prepare: Callable[[QtBot, MainWindow, Path], View],
    column: int,
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, name)
    open_file(folder / "a.pt")
    settle(qtbot, window)
    table = prepare(qtbot, window, folder)
    row = table.model().index(0, 0)
    cell = table.model().index(0, column)
    colour = QColor(cell.data(Qt.ItemDataRole.ForegroundRole).color())
    table.setCurrentIndex(row)
    table.clearFocus()
    picture = table.viewport().grab(table.visualRect(cell).adjusted(4, 2, -2, -2)).toImage()
    seen = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]
    ground = QColor(theme.current(table).selection)
    assert ground in seen, "it is selected"
    word = max(seen, key=lambda each: _apart(each, ground))
    assert _apart(word, colour) < _apart(word, QColor(theme.current(table).text))


def test_going_to_a_row_does_not_move_a_wide_table(qtbot: QtBot) -> None:
    table = QTableView()
    qtbot.addWidget(table)
    table.setModel(QStandardItemModel(40, 30, table))
    table.resize(400, 200)
    table.show()
    table.horizontalScrollBar().setValue(3)
    go_to_row(table, 30)
    assert (table.currentIndex().row(), table.horizontalScrollBar().value()) == (30, 3)


def test_home_and_end_go_to_the_first_and_the_last_row(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path
) -> None:
    open_file(folder / "a.pt")
    settle(qtbot, window)
    table = children(qtbot, window, folder)
    activate(qtbot, window)
    table.setFocus()
    for key, row in ((Qt.Key.Key_End, table.model().rowCount() - 1), (Qt.Key.Key_Home, 0)):
        QTest.keyClick(table, key)
        assert table.currentIndex().row() == row
        assert [index.row() for index in table.selectionModel().selectedRows()] == [row]


def test_a_failed_export_is_said(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], folder: Path
) -> None:
    open_file(folder / "a.pt")
    settle(qtbot, window)
    view = contents(qtbot, window, folder)
    taking(view).export.trigger()
    (dialog,) = view.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(folder / "none" / "out.csv"))
    dialog.close()
    settle(qtbot, window)
    assert window.messages.sentence.startswith("out.csv could not be written: ")
    click(window, "Close")
