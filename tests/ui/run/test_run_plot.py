"""The lines of a run: told apart by colour and shape, each of them named, and none of them drawn from nothing."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.run.lines import RunLine
from explorer.ui.run.plot import RunPlot
from explorer.ui.settings import ThemeChoice
from tests.ui.run.pointing import drawing_of, position_of

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

FILES = ("00", "01", "02")
Show = Callable[..., RunPlot]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def shown(lines: Sequence[RunLine], *, first: int = 0, height: int = 400) -> RunPlot:
        plot = RunPlot()
        qtbot.addWidget(plot)
        plot.resize(700, height)
        plot.show_lines(lines, FILES, frozenset(), log=False, first=first)
        plot.show()
        qtbot.waitExposed(plot)
        plot.grab()
        return plot

    return shown


def lines(many: int, selected: int = -1) -> list[RunLine]:
    """Lines that end at nearly the same place."""
    values = np.array([0.0, 1.0, 2.0])
    return [RunLine(at, f"layer{at}", values + at / 1000, selected=at == selected) for at in range(many)]


def names(plot: RunPlot) -> list[str]:
    return [name.text() for name in plot._names]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_every_line_has_a_colour_and_a_name_of_its_own(qapp: QApplication, show: Show, choice: ThemeChoice) -> None:
    theme.apply(qapp, choice)
    plot = show(lines(8))
    assert sorted(names(plot)) == [f"layer{at}" for at in range(8)]
    assert plot.unnamed() == []
    colors = {name.brush().color().name() for name in plot._names}
    assert len(colors) == 8
    tops = sorted(name.pos().y() for name in plot._names)
    assert all(below - above >= 8 for above, below in itertools.pairwise(tops)), "none lies on another"


def test_a_picture_names_the_lines_that_have_no_room(show: Show) -> None:
    plot = show(lines(20, selected=17), height=160)
    named, rest = names(plot), plot.unnamed()
    assert "layer17" in named
    assert len(named) + len(rest) == 20
    assert rest
    assert all(words.split()[1] not in named and color.startswith("#") for words, color in rest)


def test_the_line_that_is_pointed_at_stands_out(show: Show) -> None:
    plot = show(lines(3))
    apart = [line._replace(values=line.values * (line.row + 1)) for line in lines(3)]
    plot.show_lines(apart, FILES, frozenset(), log=False)
    said: list[str] = []
    plot.pointed.connect(said.append)
    place = position_of(plot, 2, 2.002 * 2).toPoint()
    QTest.mouseMove(drawing_of(plot), place)
    assert said[-1] == "layer1, 02: 4.002"
    bold = [name.text() for name in plot._names if name.font().bold()]
    assert bold == ["layer1"]
    widths = [item.opts["pen"].widthF() for item in plot._drawn]
    assert widths[1] > widths[0] == widths[2]


@pytest.mark.filterwarnings("error")
def test_lines_without_figures_are_drawn_without_a_warning(show: Show) -> None:
    nothing = RunLine(0, "nothing", np.full(3, np.nan), selected=False)
    plot = show([nothing, *lines(2)[1:]])
    assert names(plot) == ["layer1"]
    plot = show([nothing])
    assert names(plot) == []


def test_what_each_has_with_the_one_before_begins_at_the_second(show: Show) -> None:
    plot = show(lines(2), first=1)
    assert plot._shown_range()[0] > 0.5
    (ticks,) = plot._plot.getAxis("bottom")._tickLevels
    assert [text for _at, text in ticks] == ["01", "02"]
    plot.setFocus()
    said: list[str] = []
    plot.pointed.connect(said.append)
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    assert said[-1] == "layer0, 01: 1"


def test_a_line_keeps_its_colour_while_others_come_before_it(show: Show) -> None:
    def looks(plot: RunPlot) -> dict[str, str]:
        return {name.text(): name.brush().color().name() for name in plot._names}

    first, second, third, *_ = lines(8)
    plot = show([first, second])
    before = looks(plot)
    shapes = [item.opts["symbol"] for item in plot._drawn]
    plot.show_lines([third, second, first], FILES, frozenset(), log=False)
    after = looks(plot)
    assert {name: after[name] for name in before} == before
    assert [item.opts["symbol"] for item in plot._drawn[:0:-1]] == shapes
    assert len(set(after.values())) == 3
    # One that was out of sight for a while finds its colour free.
    plot.show_lines([third, second], FILES, frozenset(), log=False)
    plot.show_lines(lines(8)[1:6], FILES, frozenset(), log=False)
    plot.show_lines(lines(8)[:6], FILES, frozenset(), log=False)
    assert looks(plot)["layer0"] == before["layer0"]
    assert len(set(looks(plot).values())) == 6


def test_what_is_not_finite_stands_above_all_lines(show: Show) -> None:
    lost = RunLine(5, "lost", np.array([0.0, 0.1, np.nan]), selected=False, odd=frozenset({2}))
    plot = show([*lines(2), lost])
    tops = {name.text(): name.pos().y() for name in plot._names}
    assert tops["lost"] < min(tops["layer0"], tops["layer1"])
    said: list[str] = []
    plot.pointed.connect(said.append)
    QTest.mouseMove(drawing_of(plot), position_of(plot, 2, plot._odd_place).toPoint())
    assert said[-1] == "lost, 02: not finite"
