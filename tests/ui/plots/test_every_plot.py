"""Everything that can be done with a plot is done in the same way with each of them."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.compare.histograms import PairHistograms
from explorer.ui.main_window import MainWindow
from explorer.ui.plots.plot import Plot
from explorer.ui.plots.plot_body import PlotBody
from explorer.ui.plots.plot_view import PlotView
from explorer.ui.running.work_row import WorkRow
from tests.ui.conftest import TIMEOUT_MS, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

Open = Callable[[Path], None]
RANDOM: Final = torch.Generator().manual_seed(3)
OF_A_TENSOR: Final = ("histogram", "heatmap", "channels", "spectrum")
OF_A_PAIR: Final = ("both", "apart", "maps", "scatter", "moved")
PLOTS: Final = ("overview", *OF_A_TENSOR, *OF_A_PAIR, "run")
MENU: Final = [
    "Show the whole range",
    "Copy picture",
    "Copy numbers",
    "Export as PNG…",
    "Export as SVG…",
    "Export as CSV…",
]


class Shown(NamedTuple):
    """A plot in its window.

    Attributes:
        window: The window.
        view: Has the plot.
        plot: The plot.
        progress: How far its work is; None where that is not its own.
    """

    window: MainWindow
    view: PlotView
    plot: Plot
    progress: WorkRow | None


def write(folder: Path) -> list[Path]:
    """Three files of a run, of eight layers each."""
    weights = [torch.randn(60, 50, generator=RANDOM) for _layer in range(8)]
    paths = []
    for step in range(3):
        moved = {f"blocks.{at}.linear.weight": weight + step * (at + 1) / 8 for at, weight in enumerate(weights)}
        for weight in moved.values():
            weight[0, 0] += step
        paths.append(folder / f"step_{step + 1}.pt")
        torch.save(moved, paths[-1])
    return paths


@pytest.fixture(params=PLOTS)
def shown(request: pytest.FixtureRequest, window: MainWindow, open_file: Open, qtbot: QtBot, tmp_path: Path) -> Shown:
    name: str = request.param
    paths = write(tmp_path)
    activate(qtbot, window)
    open_file(paths[0])
    if name == "overview":
        view: PlotView = window.overview.view
        qtbot.waitUntil(lambda: not window.measurements.busy and not window.overview.busy, timeout=TIMEOUT_MS)
    elif name in OF_A_TENSOR:
        view = tensor_view(window, name, qtbot)
    elif name in OF_A_PAIR:
        view = pair_view(window, name, paths[1], qtbot)
    else:
        window.full_views.run.compare(paths)
        window.full_views.show_run()
        qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
        view = window.full_views.run.view
    plot = view.drawn()
    assert plot is not None
    qtbot.waitUntil(plot.isVisible, timeout=TIMEOUT_MS)
    return Shown(window, view, plot, progress_of(view))


def tensor_view(window: MainWindow, name: str, qtbot: QtBot) -> PlotView:
    window.layers.select_key("blocks.3.linear.weight")
    panel = window.histogram
    if name == "spectrum":
        panel.looks.views.choose("spectrum")
        window.looks.compute_spectrum()
    elif name == "channels":
        panel.looks.views.choose("channels")
    elif name == "heatmap":
        panel.looks.views.choose("heatmap")
    busy = window.measurements, panel, window.looks
    qtbot.waitUntil(lambda: not any(each.busy for each in busy), timeout=TIMEOUT_MS)
    view = panel.view if panel.looks.shown is None else panel.looks.shown.findChild(PlotView)
    assert isinstance(view, PlotView)
    return view


def pair_view(window: MainWindow, name: str, other: Path, qtbot: QtBot) -> PlotView:
    window.pages.setCurrentWidget(window.compare)
    panel = window.compare
    panel.compare_with(other)
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    panel.pair.show_as("heatmap" if name == "maps" else "scatter" if name == "scatter" else "histogram")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    if name == "moved":
        return panel.moved
    if name in {"both", "apart"}:
        return panel.pair.histograms.both if name == "both" else panel.pair.histograms.apart
    view = panel.pair.look.findChild(PlotView)
    assert isinstance(view, PlotView)
    return view


def progress_of(view: PlotView) -> WorkRow | None:
    above: QWidget | None = view
    while above is not None and not isinstance(above, PlotBody | PairHistograms):
        above = above.parentWidget()
    return None if above is None else above.progress


def mouse_of(plot: Plot) -> QWidget:
    """What takes the mouse: pyqtgraph's drawing, or the plot itself."""
    return plot.childAt(middle(plot)) or plot


def middle(plot: Plot) -> QPoint:
    assert plot.room is not None
    return plot.room.center().toPoint() + QPoint(3, 3)


def turn(plot: Plot, steps: int) -> None:
    none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    at, by = QPointF(middle(plot)), QPoint(0, 120 * steps)
    turned = QWheelEvent(at, at, QPoint(), by, Qt.MouseButton.NoButton, none, phase, False)
    QApplication.sendEvent(mouse_of(plot), turned)


def corner(plot: Plot) -> QPoint:
    """A place beside what can be chosen."""
    assert plot.room is not None
    return QPoint(2, int(plot.room.bottom()) + 3)


def range_of(plot: Plot) -> tuple[float, float]:
    return plot._shown_range()


def zooms_moves_and_shows_all_again(shown: Shown) -> None:
    plot, whole = shown.plot, range_of(shown.plot)
    turn(plot, 2)
    near = range_of(plot)
    assert plot.zoomed
    assert whole[0] <= near[0] < near[1] <= whole[1]
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) * 0.49, rel=0.15)
    mouse, start = mouse_of(plot), middle(plot)
    QTest.mousePress(mouse, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(mouse, start + QPoint(40, 0))
    QTest.mouseRelease(mouse, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 0))
    assert range_of(plot)[0] < near[0], "what is dragged to the right shows what is to the left"
    assert range_of(plot)[1] - range_of(plot)[0] == pytest.approx(near[1] - near[0])
    QTest.mouseDClick(mouse, Qt.MouseButton.LeftButton, pos=corner(plot))
    assert range_of(plot) == pytest.approx(whole)
    plot.setFocus()
    for key in (Qt.Key.Key_0, Qt.Key.Key_Home, Qt.Key.Key_Escape):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
        assert plot.zoomed
        QTest.keyClick(plot, key)
        assert range_of(plot) == pytest.approx(whole), key
        assert plot.isVisible(), "Escape gave up no more than the zoom"
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    shown.view._actions.reset.trigger()
    assert not plot.zoomed


def the_mouse_and_the_keyboard_read_places_out(shown: Shown, qtbot: QtBot) -> None:
    plot, readout = shown.plot, shown.view.readout
    assert plot._ring.isHidden()
    room, idle = plot.geometry(), readout.text()
    QTest.mouseMove(mouse_of(plot), middle(plot))
    qtbot.waitUntil(lambda: readout.text() != idle, timeout=TIMEOUT_MS)
    QApplication.sendEvent(mouse_of(plot), QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: readout.text() == idle, timeout=TIMEOUT_MS)
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(plot.hasFocus, timeout=TIMEOUT_MS)
    assert plot._ring.isVisible(), "where the keys go is seen"
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(plot, key)
    assert plot.reads
    qtbot.waitUntil(lambda: readout.text() != idle, timeout=TIMEOUT_MS)
    assert shown.window.copyable() == plot.accessibleDescription() != ""
    assert plot.geometry() == room, "whatever is said, nothing moves"


def the_menu_has_the_same_entries_first(shown: Shown) -> None:
    at = QPoint(20, 20)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shown.view.mapToGlobal(at))
    QApplication.sendEvent(shown.view, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entries = [entry for entry in menu.actions() if not entry.isSeparator()]
    assert [entry.text().replace("&", "") for entry in entries[:6]] == MENU
    assert all(entry.isEnabled() for entry in entries[:6])
    menu.close()


def is_copied_and_saved_and_nothing_moves(
    shown: Shown, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, actions, confirmation = shown.view, shown.view._actions, shown.view.confirmation
    room = QRect(shown.plot.mapTo(shown.window, QPoint()), shown.plot.size())
    actions.copy_picture.trigger()
    assert confirmation.text() == "The picture was copied."
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2 * (shown.plot.width() + 2 * shown.plot.inset)
    actions.copy_numbers.trigger()
    qtbot.waitUntil(lambda: confirmation.text() == "The numbers were copied.", timeout=TIMEOUT_MS)
    assert not confirmation.folder.isVisible()
    table = QGuiApplication.clipboard().text()
    assert table.count("\n") > 1
    for suffix in ("png", "svg", "csv"):
        path = tmp_path / f"x.{suffix}"
        monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(path)))  # noqa: B023
        actions.export[suffix].trigger()
        said = f"Saved as {path.name} in {tmp_path}."
        qtbot.waitUntil(lambda: confirmation.text() == said, timeout=TIMEOUT_MS)  # noqa: B023
        assert path.stat().st_size > 100
    assert (tmp_path / "x.csv").read_text().replace(",", "\t") == table
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    confirmation.folder.click()
    assert [url.toLocalFile() for url in opened] == [str(tmp_path)]
    assert QRect(shown.plot.mapTo(shown.window, QPoint()), shown.plot.size()) == room
    texts = [text.text or "" for text in ET.parse(tmp_path / "x.svg").iter() if text.tag.endswith("text")]  # noqa: S314
    assert texts
    assert not [text for text in texts if "…" in text], "a picture says all of it"
    words = " ".join(texts)
    assert all(word in words for line in (*view.above(),) for word in line.text.split())
    view.begin_words()
    assert confirmation.text() == ""


def what_runs_is_told_with_cancel_where_nothing_moves(shown: Shown) -> None:
    if shown.progress is None:
        return
    row, room = shown.progress, shown.plot.geometry()
    assert row.isHidden()
    row.show()
    QApplication.sendPostedEvents()
    assert [label.text()[:14] for label in row.findChildren(QWidget) if hasattr(label, "text")] == [
        "Computing the ",
        row.bar.text(),
        "Cancel",
    ]
    assert shown.plot.geometry() == room
    row.hide()


def where_there_is_nothing_the_entries_say_so(shown: Shown) -> None:
    above: QWidget | None = shown.view
    while above is not None and not isinstance(above, PlotBody):
        above = above.parentWidget()
    if above is None:
        return
    above.say("The file is gone.", offer=True, failed=True)
    assert above.page.isVisible()
    assert not shown.plot.isVisible()
    assert above.page.message.property("tone") == "bad"
    assert above.page.button.isVisible()
    actions = shown.view._actions
    for action in (actions.reset, actions.copy_picture, actions.copy_numbers, *actions.export.values()):
        assert not action.isEnabled()
        assert action.statusTip().endswith(".")


def test_each_does_what_every_plot_does(
    shown: Shown, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it in one window: to make one for each, with something to draw, takes far longer than to look at it."""
    what_runs_is_told_with_cancel_where_nothing_moves(shown)
    the_mouse_and_the_keyboard_read_places_out(shown, qtbot)
    zooms_moves_and_shows_all_again(shown)
    the_menu_has_the_same_entries_first(shown)
    is_copied_and_saved_and_nothing_moves(shown, qtbot, tmp_path, monkeypatch)
    where_there_is_nothing_the_entries_say_so(shown)
