"""What the marks mean: colours are shown, as the theme has them, beside words for them."""

from dataclasses import fields
from typing import get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.heatmap import colors as heat
from explorer.ui.help.meanings.colours import COLOURS
from explorer.ui.help.meanings_window import MeaningsWindow, show_meanings
from explorer.ui.help.swatch import SIDE
from explorer.ui.main_window import MainWindow
from explorer.ui.text import Tone
from tests.ui.conftest import activate

INTERNAL = {*get_args(Tone), *heat.HeatColors.__slots__, *(field.name for field in fields(theme.Theme))}


def swatches(shown: MeaningsWindow) -> dict[str, list[str]]:
    """By the word beside it, the colours of each picture from the left, as its row shows it."""
    found = {}
    for place, row in enumerate(shown.model.rows):
        icon = shown.model.index(place, 1).data(Qt.ItemDataRole.DecorationRole)
        if icon is not None:
            assert isinstance(icon, QIcon)
            image = icon.pixmap(SIDE, SIDE, QIcon.Mode.Selected).toImage()
            assert image == icon.pixmap(SIDE, SIDE).toImage(), "tinted in a selected row"
            row_of = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
            found[row.texts[0]] = list(dict.fromkeys(color.name() for color in row_of if color.alpha() == 255))
    return found


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow) -> MeaningsWindow:
    show_meanings(window, (COLOURS.title, ""))
    (found,) = window.findChildren(MeaningsWindow)
    activate(qtbot, found)
    return found


def test_every_colour_has_a_word_that_people_use() -> None:
    named = [color for meaning in COLOURS.meanings for color in meaning.colors]
    assert {*get_args(Tone), *heat.HeatColors.__slots__} - {"b"} <= set(named)
    assert {"b_fill", "b_text"} <= set(named)
    words = {name for meaning in COLOURS.meanings for name in meaning.names}
    assert words & INTERNAL == set()
    assert all(meaning.colors for meaning in COLOURS.meanings)


def test_colours_are_shown_as_the_theme_has_them(qapp: QApplication, shown: MeaningsWindow) -> None:
    assert len(shown.rows()[COLOURS.title]) == len(swatches(shown)) == len(COLOURS.meanings)
    for name, look, of_heat in (("light", theme.LIGHT, heat.LIGHT), ("dark", theme.DARK, heat.DARK)):
        theme.apply(qapp, name)  # type: ignore[arg-type] # one of them
        drawn = swatches(shown)
        assert drawn["blue: A"] == [look.accent]
        assert drawn["orange: B"] == [look.b_fill, look.b_text]
        assert (drawn["green"], drawn["ochre"], drawn["red"]) == ([look.good], [look.caution], [look.bad])
        assert drawn["red in a heat map"] == list(of_heat.above)
        assert drawn["NaN in a heat map"] == [of_heat.nan]
        # They are on the screen, too, and have the words beside them, not over them.
        place = next(at for at, row in enumerate(shown.model.rows) if row.texts[0] == "NaN in a heat map")
        shown.list.scrollTo(shown.model.index(place, 1))
        cell = shown.list.visualRect(shown.model.index(place, 1))
        image = shown.list.viewport().grab(cell).toImage()
        assert QColor(of_heat.nan).name() in {
            image.pixelColor(x, y).name() for x in range(SIDE + 12) for y in range(min(image.height(), 24))
        }


def test_other_rows_have_no_colour(shown: MeaningsWindow) -> None:
    QTest.keyClicks(shown.filter, "negative variance")
    assert shown.rows()
    assert swatches(shown) == {}
