"""Names that lie: shown everywhere in the window as the characters they have, and never as anything else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QTableView, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action
from tests.ui.test_text import MAGENTA, open_tip, read

pytestmark = pytest.mark.qt_log_ignore("does not support raise")  # the offscreen platform, about tool tips

BAIT: Final = '<img src="bait">'
"""A picture in the current folder, all in magenta."""
LONG: Final = 100_000
NAMES: Final = [
    "plain",
    BAIT,
    f"<qt>{BAIT}</qt>",
    f"<b>{BAIT}",
    "<b>plain</b>",
    "&lt;b&gt;plain",
    "pl&ain",
    "plain ",
    " plain",
    "pla\u202ein",
    "pla\u200bin",
    "plain\n",
    "pla\nin",
    "pla\tin",
    "plain\x00",
    "pla\x1b[31min",
    "plain\ud800",
    "plain\udfff",
    "\ud800plain",
    f"{BAIT}{LONG * 'x'}1",
    f"{BAIT}{LONG * 'x'}2",
    f"{LONG * chr(0x202E)}",
    "",
]


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of such names, which has such a name, and the picture."""
    monkeypatch.chdir(tmp_path)
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(MAGENTA)
    assert image.save("bait", "PNG")  # type: ignore[call-overload]  # the format is text, whatever its types say
    path = tmp_path / f"{BAIT}\u202e&\x1b.pt"
    tensors = {name: torch.full((20,), float(number)) for number, name in enumerate(NAMES)}
    inside = {f"{BAIT}.{name}": torch.ones(2) for name in NAMES[1:4]}
    beside = {name: f"{BAIT} & {name}" for name in NAMES}
    torch.save({"model": tensors | inside, f"{BAIT}": {"weight": torch.ones(3)}, "beside": beside}, path)
    return path


@pytest.fixture
def shown(window: MainWindow, open_file: Callable[[Path], None], hostile: Path) -> MainWindow:
    open_file(hostile)
    return window


def shows_bait(drawn: QImage) -> bool:
    pixels = drawn.convertToFormat(QImage.Format.Format_RGB32)
    return bool((np.frombuffer(pixels.constBits(), np.uint32) == MAGENTA).any())


def seen(*widgets: QWidget) -> None:
    """Look at widgets as their user does."""
    for widget in widgets:
        assert not shows_bait(widget.grab().toImage()), f"{widget} shows a picture that a name asked for"


def tips(window: QWidget) -> Iterator[str]:
    """Every tool tip of the window: of widgets, actions, and the cells of every list."""
    for widget in (window, *window.findChildren(QWidget)):
        yield widget.toolTip()
    for entry in window.findChildren(QAction):
        yield entry.toolTip()
    for view in window.findChildren(QTreeView) + window.findChildren(QTableView):
        for cell in cells(view.model()):
            yield str(cell.data(Qt.ItemDataRole.ToolTipRole) or "")


def cells(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[QModelIndex]:
    above = parent or QModelIndex()
    for row in range(model.rowCount(above)):
        for column in range(model.columnCount(above)):
            yield model.index(row, column, above)
        yield from cells(model, model.index(row, 0, above))


def names(model: QAbstractItemModel) -> list[str]:
    return [str(cell.data()) for cell in cells(model) if cell.column() == 0]


def settle(qtbot: QtBot, window: MainWindow) -> None:
    panels = (window.histogram, window.overview, window.measurements)
    qtbot.waitUntil(lambda: not any(panel.busy for panel in panels), timeout=TIMEOUT_MS)


def test_the_bait_would_be_seen(qtbot: QtBot, hostile: Path) -> None:  # noqa: ARG001 - it wrote the picture
    from PySide6.QtWidgets import QLabel  # noqa: PLC0415 - what nothing else here may have

    careless = QLabel(BAIT)
    qtbot.addWidget(careless)
    assert shows_bait(careless.grab().toImage())


def test_every_name_is_there_and_none_looks_like_another(shown: MainWindow) -> None:
    model = shown.layers.model
    listed = names(model)
    assert len(listed) == 1 + len(NAMES) + 1 + 3
    top = model.index(0, 0)
    siblings = [cell for cell in cells(model) if cell.column() == 0 and cell.parent() == top]
    assert len({cell.data() for cell in siblings if model.tensor_number(cell) is not None}) == len(NAMES)
    contents = names(shown.contents.model)
    beside = contents[contents.index("beside") + 1 :][: len(NAMES)]
    assert len(set(beside)) == len(NAMES)
    for name in (*listed, *contents):
        assert name.isprintable()
        assert len(name) <= 200
    assert all(each.isprintable() for each in (shown.windowTitle(), shown.layers.entries.itemText(1)))
    assert shown.windowTitle().startswith(f"{BAIT}‹U+202E›&‹U+001B›.pt")


def test_each_is_selected_and_none_is_drawn_as_a_picture(qtbot: QtBot, shown: MainWindow) -> None:
    settle(qtbot, shown)
    seen(shown)
    titles = set()
    for name in NAMES:
        assert shown.layers.select_key(name), ascii(name[:40])
        settle(qtbot, shown)
        assert shown.session.tensor is not None
        assert shown.session.tensor.key == name
        titles.add(shown.histogram.head.name.text())
        seen(shown)
    assert len(titles) == len(NAMES)


def test_pinned_and_taken_elsewhere(qtbot: QtBot, shown: MainWindow) -> None:
    for name in (BAIT, NAMES[2]):
        assert shown.layers.select_key(name)
        settle(qtbot, shown)
        shown.histogram.plot_actions.pin.trigger()
    seen(shown)
    shown.histogram.plot_actions.copy_picture.trigger()
    picture = QGuiApplication.clipboard().image()
    assert not picture.isNull()
    assert not shows_bait(picture)


def test_a_layer_its_table_and_the_other_views(qtbot: QtBot, shown: MainWindow) -> None:
    assert shown.layers.select_key(BAIT), "the tensor of that name"
    layer = next(
        cell for cell in cells(shown.layers.model) if shown.layers.model.layer(cell) and cell.parent().isValid()
    )
    shown.layers.tree.setCurrentIndex(layer)
    settle(qtbot, shown)
    qtbot.waitUntil(lambda: shown.histogram.children_table.model.rowCount() == 3, timeout=TIMEOUT_MS)
    table = names(shown.histogram.children_table.model)
    assert len(set(table)) == 3
    seen(shown)
    shown.layers.select_file()
    shown.details.show_file_as("histogram")
    settle(qtbot, shown)
    seen(shown)
    shown.tabs.setCurrentWidget(shown.contents)
    shown.contents.tree.expandAll()
    seen(shown)
    shown.layers.entries.showPopup()
    seen(shown, shown.layers.entries.view())
    shown.layers.entries.hidePopup()
    shown.session.show_entry(shown.session.checkpoint.entries[1].path)  # type: ignore[union-attr]  # it is open
    settle(qtbot, shown)
    seen(shown)


def test_no_tool_tip_draws_a_picture(qtbot: QtBot, shown: MainWindow) -> None:
    shown.layers.select_key(BAIT)
    settle(qtbot, shown)
    told = set(tips(shown)) - {""}
    assert any(BAIT in read(tip) for tip in told)
    for tip in told:
        seen(open_tip(tip))


def test_filtered(qtbot: QtBot, shown: MainWindow) -> None:
    for words, fits in (('"<img"', 8), ('"<b>"', 3), ("plain", 10)):
        shown.filter.setText(words)
        qtbot.waitUntil(lambda fits=fits: shown.layers.count.text().startswith(f"{fits} of "), timeout=TIMEOUT_MS)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        seen(shown)


def test_recent_files_and_errors(
    qtbot: QtBot, shown: MainWindow, open_file: Callable[[Path], None], hostile: Path
) -> None:
    other = shown.new_window()
    qtbot.waitExposed(other)
    seen(other)
    action(shown, "File", "Open recent", f"{BAIT}‹U+202E›‹U+001B›.pt")
    menus = [menu for menu in shown.findChildren(QMenu) if any(BAIT in entry.text() for entry in menu.actions())]
    seen(*menus)
    for tip in {*tips(other), *tips(shown)} - {""}:
        seen(open_tip(tip))
    shown.status.say(f"{BAIT}\u202e")
    seen(shown)
    assert shown.statusBar().currentMessage() == f"{BAIT}‹U+202E›"
    open_file(hostile.with_name(f"missing{hostile.name}"))
    assert shown.messages.sentence.startswith(f"missing{BAIT}‹U+202E›&‹U+001B›.pt was not opened.")
    seen(shown)
    hostile.rename("elsewhere")
    qtbot.waitUntil(lambda: "is not there any more" in shown.messages.sentence, timeout=TIMEOUT_MS)
    seen(shown)
    other.close()


def test_copy_gives_the_name_itself(shown: MainWindow) -> None:
    for name in NAMES:
        assert shown.layers.select_key(name)
        shown.layers.tree.setFocus()
        shown.copy()
        copied = QGuiApplication.clipboard().text()
        if "\ud800" in name or "\udfff" in name:
            # No clipboard can hold half of a character: it is what Python reads between quotes.
            assert copied.encode("ascii").decode("unicode_escape") == name
            assert "Halves of characters" in shown.statusBar().currentMessage()
        elif name:
            assert copied == name


@pytest.mark.parametrize("text", ["a\x00b", "<b>", "a\u202eb", "\U0001f600", "\\ud800"])
@pytest.mark.usefixtures("qapp")
def test_the_clipboard_holds_every_character(text: str) -> None:
    assert put_on_clipboard(text)
    assert QGuiApplication.clipboard().text() == text
