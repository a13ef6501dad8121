"""What the filter does beside the tree: in Checksums, Bytes, Contents, the report of Test-load and a run."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.tables.taking import taking_of
from tests.ui.checksums.test_checksum_panel import verify
from tests.ui.conftest import TIMEOUT_MS, action, activate, click
from tests.ui.filter.test_field import clear_where_none_fits, write
from tests.ui.load_test.test_panel import MODEL, TORCH_MS
from tests.ui.load_test.test_panel import choose as choose_model
from tests.ui.space.test_space_panel import groups, rows

STATE = {
    "first.weight": torch.zeros(5, 4),
    "first.bias": torch.zeros(5, dtype=torch.float16),
    "head.weight": torch.zeros(3, 5),
    "other.bias": torch.zeros(2),
}


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> MainWindow:
    """A window with `STATE` and something beside it."""
    path = tmp_path / "net.pt"
    config = {"width": 5, "optimizer": {"name": "AdamW", "lr": 0.5}}
    torch.save({"model": STATE, "config": config, "epoch": 3, "note": "of the head"}, path)
    open_file(path)
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    return window


def shown(model: QAbstractItemModel, parent: QModelIndex | None = None) -> list[str]:
    """The first cell of each row, with dots before what is further down."""
    found: list[str] = []
    above = QModelIndex() if parent is None else parent
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        found += [str(index.data()), *(f".{name}" for name in shown(model, index))]
    return found


def test_checksums_are_of_the_tensors_that_fit(qtbot: QtBot, opened: MainWindow) -> None:
    window = opened
    verify(qtbot, window)
    model, sentence = window.checksums.model, window.checksums.sentence
    whole = sentence.text()
    assert shown(model) == list(STATE)
    write(window, "bias")
    assert shown(model) == ["first.bias", "other.bias"]
    assert sentence.text() == f"{whole} 2 of 4 fit the filter."
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert shown(model) == ["other.bias", "first.bias"]
    taking = taking_of(window.checksums.table)
    assert taking is not None
    with qtbot.waitSignal(QGuiApplication.clipboard().dataChanged, timeout=TIMEOUT_MS):
        taking.copy_table.trigger()
    assert [line.split("\t")[0] for line in QGuiApplication.clipboard().text().splitlines()] == [
        "Tensor",
        "other.bias",
        "first.bias",
    ]
    write(window, "dtype:f16")
    assert shown(model) == ["first.bias"]
    write(window, "zzzz")
    assert shown(model) == []
    page = window.checksums.page
    assert page.message.text() == f"{whole} None of 4 fits the filter."
    write(window, "shape:")
    assert shown(model) == [], "what makes no sense changes nothing"
    clear_where_none_fits(qtbot, window, page, window.checksums.table)
    qtbot.waitUntil(lambda: model.rowCount() == len(STATE), timeout=TIMEOUT_MS)
    assert sentence.text() == whole
    assert sentence.isVisible()


def test_before_checksums_are_verified_the_page_offers_that_whatever_the_filter(
    qtbot: QtBot, opened: MainWindow
) -> None:
    window = opened
    write(window, "zzzz")
    window.checksum_dock.show()
    assert window.checksums.page.button.text() == "Verify checksums"
    click(window.checksums, "Verify checksums")
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: window.checksums.page.button.text() == "Clear the filter", timeout=TIMEOUT_MS)
    clear_where_none_fits(qtbot, window, window.checksums.page, window.checksums.table)
    assert shown(window.checksums.model) == list(STATE)


def test_checksums_that_come_while_a_filter_stands_are_filtered(qtbot: QtBot, opened: MainWindow) -> None:
    write(opened, "head")
    verify(qtbot, opened)
    qtbot.waitUntil(lambda: shown(opened.checksums.model) == ["head.weight"], timeout=TIMEOUT_MS)
    assert opened.checksums.sentence.text().endswith(" 1 of 4 fits the filter.")


def test_of_the_largest_tensors_in_bytes_those_are_listed_that_fit(qtbot: QtBot, opened: MainWindow) -> None:
    window = opened
    action(window, "File", "Why is this file so big?").trigger()
    before = groups(window)
    assert list(rows(before["Largest tensors"])) == ["first.weight", "head.weight", "first.bias", "other.bias"]
    others = {name: rows(group) for name, group in before.items() if name != "Largest tensors"}
    write(window, "weight")
    after = groups(window)
    assert list(rows(after["Largest tensors"])) == ["first.weight", "head.weight"]
    assert {name: rows(group) for name, group in after.items() if name != "Largest tensors"} == others
    assert window.space.filtered.text() == "2 of the 4 largest tensors fit the filter."
    write(window, "zzzz")
    assert "Largest tensors" not in groups(window)
    page = window.space.none_fits
    assert page.message.text() == "None of the 4 largest tensors fits the filter."
    assert (page.isVisible(), page.button.text()) == (True, "Clear the filter")
    assert not window.space.filtered.isVisible(), "it is said once"
    assert {name: rows(group) for name, group in groups(window).items()} == others, "they do not depend on it"
    activate(qtbot, window)
    page.button.setFocus()
    QTest.keyClick(page.button, Qt.Key.Key_Space)
    assert window.filter.text() == ""
    qtbot.waitUntil(lambda: "Largest tensors" in groups(window), timeout=TIMEOUT_MS)
    assert not window.space.filtered.isVisible()
    assert not page.isVisible()
    qtbot.waitUntil(window.space.tree.hasFocus, timeout=TIMEOUT_MS)


def test_contents_are_found_by_their_names_and_values(qtbot: QtBot, opened: MainWindow) -> None:
    window = opened
    window.tabs.setCurrentWidget(window.contents)
    model, said = window.contents.model, window.contents.filtered
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    whole = shown(model)
    assert not said.isVisible()
    write(window, "adamw")
    assert shown(model) == ["config", ".optimizer", "..name"], "with what it stands in"
    assert window.contents.tree.isExpanded(model.index(0, 0)), "and it is seen"
    assert said.isVisible()
    assert said.text() == f"1 of {len(whole)} rows fits the filter."
    write(window, "OPTIMIZER")
    assert shown(model) == ["config", ".optimizer", "..name", "..lr"], "with what stands in it"
    write(window, "head nan>0")
    assert shown(model) == ["note"]
    assert said.text().endswith("Here it looks for words alone, not at nan>0.")
    model.sort(0, Qt.SortOrder.DescendingOrder)
    write(window, "zzzz")
    assert shown(model) == []
    assert window.contents.page.message.text() == f"None of {len(whole)} rows fits the filter."
    assert not said.isVisible()
    model.sort(-1)
    clear_where_none_fits(qtbot, window, window.contents.page, window.contents.tree)
    qtbot.waitUntil(lambda: shown(model) == whole, timeout=TIMEOUT_MS)
    assert not said.isVisible()


def test_the_report_of_test_load_lists_keys_that_fit(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    window, file = opened, tmp_path / "net.py"
    file.write_text(MODEL)
    choose_model(window, file)
    view = window.load_test
    qtbot.waitUntil(view.question.isVisible, timeout=TORCH_MS)
    click(window, "Run")
    qtbot.waitUntil(lambda: view.form.chosen is not None, timeout=TORCH_MS)
    write(window, "bias dtype:f16")
    QTest.mouseClick(view.form.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.report.isVisible() and not view.testing.busy, timeout=TORCH_MS)
    model, said = view.report.model, view.report.filtered
    qtbot.waitUntil(said.isVisible, timeout=TIMEOUT_MS)
    titles = ("Missing: stays as initialised", "Unexpected: no place in the model", "Dtype differs: is cast")
    missing, unexpected, cast = titles
    listed = [name for name in shown(model) if name != "Loads"]
    assert [missing, ".head.bias", unexpected, ".other.bias", cast, ".first.bias"] == listed[:6]
    assert "weight" not in " ".join(listed)
    assert said.text().endswith("fit the filter. Here it looks for words alone, not at dtype:f16.")
    write(window, "head")
    assert shown(model)[:2] == [missing, ".head.bias"]
    assert view.report.sentence.text(), "what the test said stands as it was"
    assert window.session.checkpoint is not None
    tensors = window.session.checkpoint.tensors
    window.session.select(tensors[list(STATE).index("head.weight")])
    assert view.report.tree.currentIndex().data() == "head.weight", "it is found among those that are listed"
    write(window, "zzzz")
    assert shown(model) == []
    page = view.report.none_fits
    assert page.message.text().startswith("None of ")
    assert not said.isVisible(), "it is said once"
    clear_where_none_fits(qtbot, window, page, view.report.tree)
    assert not said.isVisible()
    assert ".first.weight" in shown(model)


def test_the_rows_of_a_run_are_those_whose_names_fit(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    window = opened
    paths = [tmp_path / f"step_{at}.pt" for at in range(3)]
    for at, path in enumerate(paths):
        torch.save({key: value + at for key, value in STATE.items()}, path)
    window.full_views.compare_run(paths)
    panel = window.full_views.run

    def names() -> list[str]:
        qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
        titles = (panel.model.headerData(row, Qt.Orientation.Vertical) for row in range(panel.model.rowCount()))
        return [str(title) for title in titles]

    assert sorted(names()) == ["first", "head", "other"]
    assert window.filter.isVisible()
    QTest.keyClicks(window.filter, "first")
    QTest.keyClick(window.filter, Qt.Key.Key_Return)
    assert names() == ["first"]
    assert panel.sentence.text().endswith("1 of 3 rows fits the filter.")
    write(window, "zzzz")
    assert names() == []
    assert panel.none_fits.message.text() == "None of 3 rows fits the filter."
    assert "filter" not in panel.sentence.text(), "it is said once"
    clear_where_none_fits(qtbot, window, panel.none_fits, panel.table)
    qtbot.waitUntil(lambda: len(names()) == len(paths), timeout=TIMEOUT_MS)
    assert "filter" not in panel.sentence.text()
