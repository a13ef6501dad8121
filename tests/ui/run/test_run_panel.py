"""Compares the files of a run, as its user does."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.devices.panel import HEIGHT
from explorer.ui.main_window import MainWindow
from explorer.ui.run.panel import RunPanel
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, drop, files
from tests.ui.run.pointing import drawing_of, position_of

STEPS = (100, 900, 1000, 2000)


@pytest.fixture
def run_files(tmp_path: Path) -> list[Path]:
    """Four steps, of which the second is no checkpoint; their names are not in the order of their numbers."""
    for at, step in enumerate(STEPS):
        saved = {f"layer{place:02}.weight": torch.full((4,), 1 + at * place / 10) for place in range(12)}
        if step == 2000:
            saved["<b>new.weight"] = torch.ones(2)
        torch.save({"model": saved, "ema": {"only.weight": torch.full((3,), float(at + 1))}}, tmp_path / f"s_{step}.pt")
    (tmp_path / "s_900.pt").write_bytes(b"no checkpoint")
    return sorted(tmp_path.glob("*.pt"))


def cells(panel: RunPanel, row: int) -> list[str]:
    """A row, as it is shown, behind its name."""
    model = panel.model
    name = model.headerData(row, Qt.Orientation.Vertical)
    return [str(name), *(str(model.index(row, column).data()) for column in range(model.columnCount()))]


def choose(panel: RunPanel, box: str, value: str) -> None:
    combo = getattr(panel.tools, box)
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def framed(panel: RunPanel) -> list[int]:
    """The columns whose cell in the current row has a frame."""
    picture = panel.table.viewport().grab().toImage()
    found = []
    for column in range(panel.model.columnCount()):
        cell = panel.table.visualRect(panel.model.index(panel.table.currentIndex().row(), column))
        edge, inside = (picture.pixelColor(cell.left() + at, cell.center().y()) for at in (0, 2))
        found += [column] if edge != inside else []
    return found


def test_three_files_and_more_are_compared_as_a_run(
    window: MainWindow, run_files: list[Path], qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.full_views.busy, timeout=TIMEOUT_MS)

    assert drop(window, files(*run_files))
    qtbot.waitUntil(lambda: bool(window.messages.sentence), timeout=TIMEOUT_MS)
    assert window.messages.sentence == "s_100.pt is open. 3 files came with it."
    click(window, "Compare them as a run")
    panel = window.full_views.run
    wait()
    qtmodeltester.check(panel.model)  # type: ignore[no-untyped-call] # pytest-qt has no types here
    assert panel.sentence.text() == (
        "2 files compared with s_100.pt: 11 of 13 layers changed, furthest layer11 (3.3 in s_2000.pt)."
    )
    assert panel.notes.text().startswith("s_900.pt was not read. This is not a checkpoint")
    assert "s_2000.pt: 1 tensor added." in panel.notes.text()
    heads = [str(panel.model.headerData(at, Qt.Orientation.Horizontal)) for at in range(4)]
    assert heads == ["100", "900", "1000", "2000"]
    assert cells(panel, 0) == ["layer00", "0", "", "=", "="]
    assert cells(panel, 3) == ["layer03", "0", "", "0.6", "0.9"]
    assert cells(panel, 12) == ["<b>new", "", "", "", "added"]
    widest = panel.table.fontMetrics().horizontalAdvance("not compared")
    assert all(panel.table.columnWidth(at) > widest + 8 for at in range(4))
    assert panel.table.columnWidth(0) * 4 > panel.table.viewport().width() * 0.8, "they get the room that there is"
    plot = panel.view.plot
    assert plot is not None
    assert [line.name for line in plot.lines] == [f"layer{place:02}" for place in range(11, 3, -1)]
    assert "8 of 13 layers drawn, those that went furthest." in panel.view.readout.text()
    plot.setFixedHeight(90)
    qtbot.waitUntil(lambda: "no room for the names of ▼ layer" in panel.view.readout.text())
    plot.setFixedHeight(400)
    qtbot.waitUntil(lambda: panel.view.readout.text().endswith("went furthest."))
    plot.setMinimumHeight(0)
    panel.table.selectRow(3)
    panel.table.setFocus()
    assert window.copyable() == "layer03\t0.0\t\t0.6000000238418579\t0.8999999761581421"
    look_around(panel, wait)
    change_the_order(panel, wait)
    choose(panel, "entries", "ema")
    wait()
    assert (
        panel.sentence.text() == "2 files compared with s_100.pt: 1 of 1 layer changed, furthest only (3 in s_2000.pt)."
    )
    window.escape()
    assert window.pages.currentWidget() is window.splitter


def look_around(panel: RunPanel, wait: Callable[[], None]) -> None:
    """Sort, select, point at lines, and see other rows and figures."""
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    wait()
    assert cells(panel, 0)[0] == "layer11"
    assert cells(panel, 12)[0] == "<b>new", "what has no figure comes last"
    panel.table.selectRow(10)
    plot = panel.view.plot
    assert plot is not None
    assert [line.name for line in plot.lines if line.selected] == ["layer01"]
    assert panel.view.readout.text().endswith("8 of 13 layers drawn, those that went furthest, and 1 more selected.")
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert panel.view.readout.text() == "layer01, 100: 0"
    place = point_of(panel, 3, 3.3)
    QTest.mouseMove(drawing_of(plot), place.toPoint())
    QTest.mouseClick(drawing_of(plot), Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert panel.view.readout.text() == "layer11, 2000: 3.3000001907348633"
    assert [line.name for line in plot.lines if line.selected] == ["layer11"]
    panel.tools.log.click()
    choose(panel, "against", "before")
    choose(panel, "level", "tensors")
    choose(panel, "measure", "largest")
    wait()
    row = next(row for row in range(13) if cells(panel, row)[0] == "layer11.weight")
    assert cells(panel, row) == ["layer11.weight", "", "", "2.2", "1.1"]
    choose(panel, "level", "layers")
    choose(panel, "measure", "relative")
    choose(panel, "against", "first")
    wait()
    assert [line.name for line in plot.lines if line.selected] == ["layer11"], "the same row is selected still"


def point_of(panel: RunPanel, at: int, value: float) -> QPointF:
    plot = panel.view.plot
    assert plot is not None
    return position_of(plot, at, value)


def change_the_order(panel: RunPanel, wait: Callable[[], None]) -> None:
    """Take the file that cannot be read out, and compare with another one; export what is shown."""
    listed = panel.files.list
    assert listed.item(1).text() == "900 – not read"
    listed.setCurrentRow(1)
    panel.files.remove.click()
    wait()
    assert [path.name for path in panel.files.paths] == ["s_100.pt", "s_1000.pt", "s_2000.pt"]
    panel.files.list.setFocus()
    QTest.keySequence(panel.files.list, QKeySequence.StandardKey.Undo)
    wait()
    assert [path.name for path in panel.files.paths] == ["s_100.pt", "s_900.pt", "s_1000.pt", "s_2000.pt"]
    assert not panel.files.undo.isEnabled()
    listed.setCurrentRow(1)
    panel.files.remove.click()
    wait()
    # As if it had been dragged.
    listed.model().moveRow(QModelIndex(), 0, QModelIndex(), 2)
    wait()
    assert [path.name for path in panel.files.paths] == ["s_1000.pt", "s_100.pt", "s_2000.pt"]
    assert panel.sentence.text().startswith("2 files compared with s_1000.pt: ")
    listed.setCurrentRow(1)
    panel.files.up.click()
    wait()
    actions = panel.actions_of_plot
    actions.copy_numbers.trigger()
    wait()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == [
        *("layer", "tensors", "relative L2 change: s_100.pt", "relative L2 change: s_1000.pt against s_100.pt"),
        "relative L2 change: s_2000.pt against s_100.pt",
    ]
    folder = panel.files.paths[0].parent
    for kind in ("csv", "svg", "png"):
        actions.export[kind].trigger()
        dialog = panel.view.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(folder / f"out.{kind}"))
        dialog.close()
        wait()
    assert (folder / "out.csv").read_text().replace(",", "\t").splitlines() == lines
    assert "layer11" in (folder / "out.svg").read_text()
    assert panel.view.confirmation.text().startswith("Saved as out.png")


def test_a_folder_is_a_run_and_what_is_none_is_said(
    window: MainWindow, run_files: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    action(window, "Compare", "Compare a run…").trigger()
    panel = window.full_views.run
    (dialog,) = panel.findChildren(QFileDialog)
    dialog.close()
    assert window.pages.currentWidget() is panel, "also where nothing is open"
    assert panel.page.message.text().startswith("Choose the files of a run")
    panel.compare([tmp_path])
    panel.cancel()
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text().startswith("Cancelled: 0 of ")
    click(panel, "Go on")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.model.columnCount() == 4
    (tmp_path / "empty").mkdir()
    panel.compare([tmp_path / "empty"])
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text().startswith("The run was not compared. No checkpoints are in the folder")
    panel.compare([run_files[0]])
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text() == "There are no two files that could be compared."
    click(panel, "‹ Layers")
    assert window.pages.currentWidget() is window.welcome


def test_a_damaged_file_that_is_added_goes_where_its_order_says(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    for at in (1, 2, 10):
        torch.save({"a.weight": torch.ones(400), "b.weight": torch.full((400,), float(at))}, tmp_path / f"s_{at}.pt")
    torch.save({"a.weight": torch.ones(400), "b.weight": torch.ones(400)}, tmp_path / "s_3.pt")
    data = (tmp_path / "s_3.pt").read_bytes()
    (tmp_path / "s_3.pt").write_bytes(data[: data.index(b"data/1") + 80])
    (tmp_path / "broken.pt").write_bytes(b"no checkpoint")
    panel = window.full_views.run
    window.full_views.compare_run([tmp_path / f"s_{at}.pt" for at in (1, 2, 10)])
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    for name in ("broken.pt", "s_3.pt"):
        click(panel, "Add…")
        dialog = panel.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(tmp_path / name))
        dialog.close()
        qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    shown = [panel.files.list.item(row).text() for row in range(panel.files.list.count())]
    assert [path.name for path in panel.files.paths] == ["s_1.pt", "s_2.pt", "s_3.pt", "s_10.pt", "broken.pt"]
    assert [text.partition(" – ")[2] for text in shown] == ["", "", "damaged", "", "not read"]


def test_the_menu_offers_no_order_of_a_tree_that_is_hidden(
    window: MainWindow, run_files: list[Path], qtbot: QtBot
) -> None:
    view = next(entry.menu() for entry in window.menuBar().actions() if entry.text() == "&View")
    assert isinstance(view, QMenu)

    def offered() -> bool:
        view.aboutToShow.emit()
        return all(action(window, "View", title).isEnabled() for title in ("Sort by", "Columns"))

    window.open_file(run_files[0])
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert offered()
    window.full_views.compare_run(run_files)
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    assert not offered()
    click(window.full_views.run, "‹ Layers")
    assert offered()


@pytest.mark.thorough
def test_three_files_on_the_command_line_are_a_run(run_files: list[Path], tmp_path: Path) -> None:
    pictures = [tmp_path / "run.png", tmp_path / "pair.png"]
    for picture, some in zip(pictures, (run_files, run_files[:2]), strict=True):
        done = subprocess.run(
            [sys.executable, "-m", "explorer", *map(str, some), "--screenshot", str(picture), "--theme", "light"],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert (done.returncode, done.stderr) == (0, "")
    run, pair = (QImage(str(picture)) for picture in pictures)
    assert run != pair


def test_what_is_done_with_the_files_is_in_sight_above_a_dock(
    window: MainWindow, run_files: list[Path], qapp: QApplication, qtbot: QtBot
) -> None:
    theme.apply(qapp, "light")
    window.resize(1024, 700)
    window.devices_dock.bring(HEIGHT)
    window.full_views.compare_run(run_files)
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    files = window.full_views.run.files
    buttons = (files.up, files.down, files.remove, files.add)

    def seen() -> bool:
        return all(button.visibleRegion().boundingRect() == button.rect() for button in buttons)

    qtbot.waitUntil(seen, timeout=TIMEOUT_MS)


def test_of_a_cut_file_it_is_not_said_that_it_is_the_same(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    state = {"a.weight": torch.ones(4), "b.weight": torch.arange(3.0), "c.weight": torch.ones(5)}
    for name in ("s_1.pt", "s_2.pt", "s_3.pt"):
        torch.save(state, tmp_path / name)
    data = (tmp_path / "s_3.pt").read_bytes()
    (tmp_path / "s_3.pt").write_bytes(data[: data.index(b"data/2") + 80])
    panel = window.full_views.run
    window.full_views.compare_run(sorted(tmp_path.glob("*.pt")))
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text() == (
        "2 files compared with s_1.pt: no change in what could be compared; "
        "1 layer could not be compared, or not in all files."
    )
    assert panel.notes.text().startswith("s_3.pt: The file is cut at byte")


def test_nothing_jumps_when_there_is_less_to_say(window: MainWindow, run_files: list[Path], qtbot: QtBot) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.full_views.busy, timeout=TIMEOUT_MS)

    def places() -> list[int]:
        QApplication.processEvents()
        shown = (window.pages, panel.back, panel.tools, panel.files, panel.view, panel.table)
        return [each.mapTo(window, QPoint()).y() for each in shown]

    run_files = [path for path in run_files if path.name != "s_900.pt"]
    window.open_file(run_files[0])
    wait()
    top = window.pages.mapTo(window, QPoint()).y()
    panel = window.full_views.run
    window.full_views.compare_run(run_files)
    wait()
    before = places()
    assert before[0] == top
    assert panel.notes.text()
    choose(panel, "entries", "ema")
    wait()
    assert not panel.notes.text()
    assert places() == before
    choose(panel, "entries", "model")
    wait()
    assert panel.notes.text()
    assert places() == before
    # Half done: there is a button beside what is said.
    panel.go_on.show()
    assert places() == before


def test_two_files_of_a_run_are_compared_by_themselves_and_the_run_is_had_back(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.full_views.busy, timeout=TIMEOUT_MS)

    paths = [tmp_path / f"epoch_{at}.pth" for at in range(4)]
    for at, path in enumerate(paths):
        torch.save({f"layer{place}.weight": torch.full((9,), 1.0 + at * place) for place in range(3)}, path)
    window.full_views.compare_run(paths)
    panel = window.full_views.run
    wait()
    choose(panel, "against", "before")
    choose(panel, "level", "tensors")
    wait()
    assert not panel.tools.pair.isEnabled()
    assert "Choose a cell first" in panel.tools.pair.toolTip()
    panel.table.setCurrentIndex(panel.model.index(2, 0))
    assert not panel.tools.pair.isEnabled(), "there is none before the first"
    panel.table.setCurrentIndex(panel.model.index(2, 2))
    assert "Compare epoch_1.pth with epoch_2.pth" in panel.tools.pair.toolTip()
    assert framed(panel) == [2], "it is seen which pair that is"
    QTest.keyClick(panel.table, Qt.Key.Key_Right)
    assert framed(panel) == [3]
    QTest.keyClick(panel.table, Qt.Key.Key_Left)
    assert framed(panel) == [2]
    click(panel, "Compare the pair")
    wait()
    compare = window.compare
    assert window.pages.currentWidget() is compare
    assert compare.selected_key == "layer2.weight"
    assert window.session.checkpoint is not None
    assert window.session.checkpoint.path == paths[1]
    assert compare.comparing.other.checkpoint is not None
    assert compare.comparing.other.checkpoint.path == paths[2]
    assert window.windowTitle().startswith("epoch_1.pth ↔ epoch_2.pth")
    click(compare, "‹ Run")
    assert window.windowTitle().startswith(f"Run in folder {tmp_path.name} ")
    assert window.pages.currentWidget() is panel
    taken = {text: action(window, "Compare", text) for text in ("Copy table", "Export as CSV…")}
    for entry in taken.values():
        assert not entry.isEnabled(), "nothing hidden is copied"
        assert entry.statusTip().startswith("A run is shown")
    activate(qtbot, window)
    panel.table.setFocus()
    choose(panel, "level", "layers")
    wait()
    panel.table.setCurrentIndex(panel.model.index(1, 3))
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    wait()
    assert window.session.checkpoint.path == paths[2]
    assert compare.selected_key == "layer1.weight", "of a layer the tensor that tells its figure"
    assert all(entry.isEnabled() for entry in taken.values())
    click(compare, "‹ Run")
    panel.files.list.setCurrentRow(1)
    panel.files.list.setFocus()
    QTest.keyClick(panel.files.list, Qt.Key.Key_Delete)
    wait()
    assert panel.files.paths == (paths[0], paths[2], paths[3])


def test_a_run_has_a_filter_also_where_no_file_is_open(window: MainWindow, run_files: list[Path], qtbot: QtBot) -> None:
    find, panel = action(window, "Edit", "Find"), window.full_views.run
    assert not window.filter.isEnabled()
    window.full_views.compare_run(run_files)
    qtbot.waitUntil(lambda: not window.full_views.busy and panel.model.rowCount() > 0, timeout=TIMEOUT_MS)
    activate(qtbot, window)
    find.trigger()
    assert window.filter.hasFocus()
    total = panel.model.rowCount()
    QTest.keyClicks(window.filter, "layer1")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2, timeout=TIMEOUT_MS)
    QTest.keySequence(window.filter, QKeySequence("Esc"))
    qtbot.waitUntil(lambda: panel.model.rowCount() == total, timeout=TIMEOUT_MS)
    # On the welcome there is nothing to be filtered.
    window.filter.setText("layer1")
    window.show_layers()
    assert (window.filter.isEnabled(), window.filter.text(), find.isEnabled()) == (False, "", False)
    assert "Open a checkpoint first" in window.filter.toolTip()
