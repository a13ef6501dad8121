"""A theme that is changed under what is shown: no list keeps a colour of the one before."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import pytest
import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import ThemeChoice
from tests.ui.accessibility.states import Stage, in_state
from tests.ui.conftest import TIMEOUT_MS

COLUMNS: Final = 12
"""Of a row, that are looked at; it may have fewer."""


def rows(view: QAbstractItemView, above: QModelIndex | None = None) -> Iterator[QModelIndex]:
    model, above = view.model(), above or QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        yield index
        yield from rows(view, index)


def colours(top: QWidget) -> set[str]:
    """Those that cells of the lists that can be seen have of their own."""
    found = set()
    for view in top.findChildren(QAbstractItemView):
        for index in rows(view) if view.isVisible() else ():
            for column in range(COLUMNS):
                colour = index.siblingAtColumn(column).data(Qt.ItemDataRole.ForegroundRole)
                if colour is not None:
                    found.add((colour.color() if isinstance(colour, QBrush) else QColor(colour)).name())
    return found


def as_it_is(_stage: Stage) -> None:
    """Nothing more."""


def wrong_rule(stage: Stage) -> None:
    """A rule that makes no sense."""
    editor = stage.window.load_test.editor
    editor.rules.change([("(", "")], "write")
    stage.qtbot.waitUntil(lambda: bool(editor.rules.problem(0)), timeout=TIMEOUT_MS)


def damaged_file(stage: Stage) -> None:
    """A file of a run that cannot be read."""
    whole, damaged = stage.folder / "step_1.pt", stage.folder / "step_2.pt"
    torch.save({"a": torch.ones(4)}, whole)
    damaged.write_bytes(b"nothing")
    stage.window.full_views.compare_run([stage.folder / "step_0.pt", whole, damaged])
    stage.settle()


LOOKS: Final[dict[str, tuple[str, Callable[[Stage], None]]]] = {
    "report": ("load-test", as_it_is),
    "rules": ("rules", wrong_rule),
    "run": ("run", damaged_file),
}
"""What has colours of its own: the state of the window, and what else is done in it."""

CHOICES: Final[tuple[ThemeChoice, ...]] = ("dark", "light", "dark")


@pytest.mark.parametrize("look", LOOKS)
def test_every_colour_of_its_own_follows_the_theme(
    look: str, qapp: QApplication, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    theme.apply(qapp, "light")
    state, prepare = LOOKS[look]
    with in_state(state, qtbot, window, tmp_path) as top:
        prepare(Stage(qtbot, window, tmp_path))
        for choice in CHOICES:
            colors = theme.apply(qapp, choice)
            found = colours(top)
            assert colors.bad in found
            assert found <= set(asdict(colors).values())
