"""Figures with their captions: never half a figure."""

import pytest
from pytestqt.qtbot import QtBot

from explorer.ui.figures_grid import FiguresGrid

CAPTIONS = ("min", "max", "mean", "std", "l2 norm", "zeros", "1 %", "median", "99 %")


@pytest.mark.parametrize(("width", "lines"), [(900, 2), (500, 3), (260, 5)])
def test_figures_are_whole_at_any_width(qtbot: QtBot, width: int, lines: int) -> None:
    grid = FiguresGrid(CAPTIONS, 6)
    qtbot.addWidget(grid)
    for caption in CAPTIONS:
        grid.say(caption, "≈ -0.0004444", "")
    grid.resize(width, 300)
    grid.show()
    qtbot.waitExposed(grid)
    values = list(grid._values.values())
    qtbot.waitUntil(lambda: len({value.y() for value in values}) == lines)
    for value in values:
        assert value.width() >= value.fontMetrics().horizontalAdvance(value.text())
        assert value.x() + value.width() <= grid.width()
