"""What the marks mean: every mark, figure and column that is shown has its meaning, and nothing else has one."""

import ast
import html
import re
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.analysis import file_bytes, roles
from explorer.analysis.compare.difference import STATE_WORDS
from explorer.analysis.compare.moved_grid import KINDS
from explorer.analysis.compare.ranks import RANK_WORDS
from explorer.analysis.compare.whole_numbers import FAMILIES
from explorer.analysis.judge.channel_marks import ChannelMarks
from explorer.analysis.judge.problem_words import SHAPES, WORDS
from explorer.analysis.judge.problems import Kind
from explorer.analysis.judge.thresholds import DEFAULT, Thresholds
from explorer.analysis.layer_kinds import LayerKind
from explorer.analysis.run import words as run
from explorer.checkpoint.checksums import CHECK_WORDS
from explorer.commands import info
from explorer.devices import host_memory
from explorer.ui.channels import words as channels
from explorer.ui.checksums import model as checksums
from explorer.ui.compare import model as compare
from explorer.ui.compare import pair_words
from explorer.ui.compare.pair_view import View
from explorer.ui.contents import model as contents
from explorer.ui.devices import model as devices
from explorer.ui.help.list_window import ListWindow
from explorer.ui.help.meanings.all_meanings import groups
from explorer.ui.help.meanings.files import WORK
from explorer.ui.help.meanings.meaning import tip_of
from explorer.ui.help.meanings.optimizer import OPTIMIZER
from explorer.ui.help.meanings.problems import problems
from explorer.ui.help.meanings.space import SPACE
from explorer.ui.help.meanings.tree import COLUMNS
from explorer.ui.help.meanings.values import FIGURES
from explorer.ui.help.meanings_window import MeaningsWindow, show_meanings
from explorer.ui.histogram import facts
from explorer.ui.histogram.plot_actions import PlotActions
from explorer.ui.layer_table import families, table
from explorer.ui.layers import columns, marks
from explorer.ui.load_test import report_model
from explorer.ui.main_window import MainWindow
from explorer.ui.optimizer import line as optimizer
from explorer.ui.overview import words as overview
from explorer.ui.problems import model as problem_model
from explorer.ui.problems.words import SHORT
from explorer.ui.space import panel as space
from explorer.ui.space.words import TOP
from explorer.ui.spectrum import words as spectrum
from explorer.ui.tables.heads import Head, natural
from explorer.ui.tables.look import press_head
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, plain_text, save

UI = Path(marks.__file__).parents[1]
MADE_ELSEWHERE = {"mu_product", "ax", "eta", "variance", "prev", "step_size"}
"""States of torch.optim that are of no role in the program: see `test_word_lists`."""
MARKED = "✕✓◆▼●▲≠≈≥"
"""Signs that stand for words, wherever the window uses them."""
ELSEWHERE = {
    *(
        "Histogram",
        "Heat map",
        "Values",
        "Channels",
        "Spectrum",
        "Scatter",
        "Overview",
        "Robust",
        "Full range",
        "Density",
    ),
    *("Symmetric log x", "sym. log", "random matrix", "Where it moved", "largest", "sample", "dequantized", "of |z|"),
    *(
        "uses",
        "statistics",
        "all near",
        "not drawn",
        "outlier",
        "extreme outlier",
        "dead",
        "max |x|",
        "*",
        "=",
        "A",
        "B",
        "B − A",
        "|B − A|",
        "relative L2",
        "Optimizer state",
        "State of a parameter",
    ),
}
"""Words of which no list in the program tells that they are shown: each has to stand in its texts."""


def heads() -> list[Head]:
    """Of the columns of all tables."""
    return [
        *(*columns.HEADS, *families.HEADS, *compare.HEADS, *contents.HEADS, *report_model.HEADS, *space._HEADS),
        *(column.head for of_rows in (table, problem_model, devices, checksums) for column in of_rows._COLUMNS),
    ]


def shown() -> set[str]:
    """All that has to be explained, as the program's own lists have it."""
    titles = [[head.title for head in heads()], [head.short for head in heads() if head.short]]
    words: list[Any] = [
        *(facts.CAPTIONS, channels.GRID, spectrum.GRID, overview.BANDS, overview.FIGURES.values()),
        *(overview._VERDICTS.values(), CHECK_WORDS.values(), STATE_WORDS.values(), run.MEASURES.values()),
        *(run._MARK_WORDS.values(), families._WORDS.values(), WORDS.values(), SHORT.values(), SHAPES.values()),
        *(formatting._COUNTS, formatting._BYTES, [formatting.NOTHING]),
        *(LayerKind, KINDS, roles.Role, RANK_WORDS.values(), roles._OF_OPTIMIZER, optimizer._FIRST, MADE_ELSEWHERE),
        *(file_bytes.REST_NAMES.values(), file_bytes._BETWEEN.values(), [TOP]),
        *([file_bytes._AROUND_CHUNKS], [file_bytes._BETWEEN_RECORDS]),
        *(called_with(space, "_group", "Part"), begun_in(info, "_space_lines"), begun_in(pair_words, "_figures")),
        [f"· {family}" for family in FAMILIES],
        [marks.UNREADABLE, marks.NO_VALUES, marks.WRONG_CHECKSUM, *marks.IN_SHORT.values()],
        [text for mark in marks._LOADED.values() for text in (mark.word, mark.short)],
    ]
    groups_of = re.findall(
        r'(?:Group\(|else )"([^"]+)"', Path(report_model.__file__).read_text("utf-8").partition("\ndef places_of")[0]
    )
    assert len(groups_of) == 9
    return {*groups_of, *MARKED, *(word for each in (*titles, *words) for word in each)} - {"Checkpoint"}


def tree_of(module: Any) -> ast.Module:
    return ast.parse(Path(module.__file__).read_text("utf-8"))


def called_with(module: Any, *names: str) -> set[str]:
    """Texts that functions of a module are called with first."""
    calls = [node for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call) and node.args]
    named = [call.args[0] for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in names]
    found = {text.value for text in named if isinstance(text, ast.Constant) and isinstance(text.value, str)}
    assert found
    return found


def begun_in(module: Any, function: str) -> set[str]:
    """What the texts of a function begin with before their first figure."""
    (inside,) = (node for node in tree_of(module).body if isinstance(node, ast.FunctionDef) and node.name == function)
    filled = [node.values[0] for node in ast.walk(inside) if isinstance(node, ast.JoinedStr)]
    begun = {text.value for text in filled if isinstance(text, ast.Constant) and isinstance(text.value, str)}
    # What is set around or behind another text is no word for a figure.
    found = {text.strip() for text in begun if text[0].isalpha() and text.endswith(" ")}
    assert found
    return found - {"Bytes of the file:"}


def texts_of_the_window() -> set[str]:
    """Every text in the sources of the window, but for those of Help, and of what it says with the engine's words."""
    engine = [*UI.parent.joinpath("analysis").rglob("*.py")]
    sources = [path for path in (*UI.rglob("*.py"), *engine) if UI / "help" not in path.parents]
    return {
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def explained() -> set[str]:
    """All but words for colours, which are shown beside them."""
    return {name for group in groups() for meaning in group.meanings if not meaning.colors for name in meaning.names}


def test_all_that_is_shown_is_explained_and_nothing_else() -> None:
    assert shown() - explained() == set(), "shown, and not explained"
    assert explained() - shown() - ELSEWHERE == set(), "explained, and not shown"


def test_what_no_list_has_stands_in_the_texts() -> None:
    # Letters of menus are marked.
    texts = "\n".join(texts_of_the_window()).replace("&", "")
    assert {name for name in ELSEWHERE if name not in texts} == set()
    assert {sign for sign in MARKED if sign not in texts} == set()
    assert set(ChannelMarks().words(0)) == set()
    assert set(get_args(View)) == {"histogram", "heatmap", "scatter"}
    assert {text for text in ELSEWHERE if text not in explained()} == set()


def test_nothing_is_explained_twice_in_one_place() -> None:
    for group in groups():
        named = Counter(name for meaning in group.meanings for name in meaning.names)
        short = set(SHORT.values()) if group.title == "Problems" else set()
        assert {name for name, times in named.items() if times > 1} <= short


def test_meanings_are_sentences() -> None:
    for group in groups():
        for meaning in group.meanings:
            assert meaning.what.endswith("."), meaning
            assert not meaning.source.endswith("."), meaning
            assert "{" not in meaning.what.replace("{0–11}", ""), meaning


def test_every_kind_of_problem_and_every_threshold_is_explained() -> None:
    changed = Thresholds(**{name: 1234.5 + place for place, name in enumerate(asdict(DEFAULT))})
    group = problems(changed)
    assert len(group.meanings) == 1 + len(Kind)
    said = " ".join(meaning.what for meaning in group.meanings)
    assert [name for name, number in asdict(changed).items() if f"{number:g}" not in said] == []
    assert {meaning.names[0] for meaning in group.meanings[1:]} == {WORDS[kind] for kind in Kind}


def test_memory_of_the_cpu_has_its_own_source() -> None:
    (meaning,) = (each for each in WORK.meanings if "Free" in each.names)
    assert "torch.cuda.mem_get_info" in meaning.source
    of_cpu = meaning.source.partition("of cpu ")[2]
    assert str(host_memory._MEMINFO) in of_cpu
    assert "memory.max of the cgroup" in of_cpu


def test_columns_and_captions_tell_their_meaning(window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    for column, title in enumerate(columns.TITLES):
        tip = window.layers.model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert tip_of(title, COLUMNS, FIGURES)
        assert html.escape(tip_of(title, COLUMNS, FIGURES)) in tip
    captions = {label.text(): label.accessibleDescription() for label in window.histogram.grid._captions}
    assert captions["std"] == tip_of("std", FIGURES)
    assert all(captions.values())


def shown_window(window: MainWindow) -> MeaningsWindow:
    (found,) = window.findChildren(MeaningsWindow)
    return found


def current(window: MeaningsWindow) -> str:
    """What the current row is called; its group, where that is its first."""
    place = window.list.currentIndex().row()
    row = window.model.row(place)
    first = place == 0 or window.model.row(place - 1).group != row.group
    return row.group if first else row.texts[0]


def test_the_key_opens_them_where_the_keyboard_is(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    activate(qtbot, window)
    window.layers.tree.setFocus()
    QTest.keyClick(window.layers.tree, Qt.Key.Key_F1)
    shown = shown_window(window)
    assert current(shown) == COLUMNS.title
    for view, wanted in (("heatmap", "Heat map"), ("channels", "Channels"), ("spectrum", "Singular values")):
        window.layers.select_key("stages.0.conv1.weight")
        window.histogram.looks.views.choose(view)  # type: ignore[arg-type] # one of them
        qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
        activate(qtbot, window)
        window.histogram.looks.views.setFocus()
        action(window, "Help", "What the marks mean").trigger()
        assert shown_window(window) is shown
        assert current(shown) == wanted
    window.layers.select_key("stages.0.conv1.weight")
    qtbot.waitUntil(window.optimizer.line.go.isVisible, timeout=TIMEOUT_MS)
    places = ((window.optimizer.line.go, OPTIMIZER.title), (window.space.tree, SPACE.title))
    for widget, wanted in places:
        if wanted == SPACE.title:
            window.show_space()
        activate(qtbot, window)
        widget.setFocus()
        action(window, "Help", "What the marks mean").trigger()
        assert current(shown) == wanted
    action(window, "View", "Columns", "What the columns mean").trigger()
    assert current(shown) == COLUMNS.title


def test_a_problem_is_explained_where_it_is_listed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, open_file: Any
) -> None:
    import torch  # noqa: PLC0415 - as the fixtures do

    open_file(save(tmp_path / "x.pt", a=torch.tensor([1.0, float("nan")])))
    window.problems.show()
    activate(qtbot, window)
    table = window.problems.panel.table
    qtbot.waitUntil(lambda: table.model().rowCount() > 0, timeout=TIMEOUT_MS)
    table.setCurrentIndex(table.model().index(0, 0))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_F1)
    assert current(shown_window(window)).split(", ")[0] == "NaN"


def test_the_field_keeps_what_has_its_words(qtbot: QtBot, window: MainWindow) -> None:
    window.settings.thresholds = replace(DEFAULT, gain=321.0)
    show_meanings(window)
    shown = shown_window(window)
    activate(qtbot, shown)
    every = shown.as_text()
    assert "321" in every
    QTest.keyClicks(shown.filter, "PASTUR edge")
    kept = shown.rows()
    assert list(kept) == ["Singular values"]
    ((names, what, source),) = kept["Singular values"]
    assert names.startswith("above edge")
    assert "1967" in source
    assert shown.said.text().startswith("1 of ")
    click(shown, "Copy")
    assert QGuiApplication.clipboard().text() == f"Singular values\t{names}\t{what}\t{source}"
    QTest.keyClicks(shown.filter, " zzz")
    assert shown.rows() == {}
    assert shown.page.message.text() == "No row has all of these words."
    assert not shown.list.isVisible()
    shown.filter.clear()
    assert shown.as_text() == every


def test_long_rows_are_as_high_as_their_words(qtbot: QtBot, window: MainWindow) -> None:
    show_meanings(window)
    shown = shown_window(window)
    qtbot.waitExposed(shown)
    shown.resize(800, 640)
    columns = [shown.list.columnWidth(column) for column in range(shown.model.columnCount())]
    assert max(columns) == columns[2], "most room is for what it means"
    qtbot.waitUntil(lambda: not shown._higher.isActive())
    for place, row in enumerate(shown.model.rows):
        needed = shown.fontMetrics().boundingRect(
            0, 0, shown.list.columnWidth(2) - 10, 9999, Qt.TextFlag.TextWordWrap.value, row.texts[1]
        )
        assert shown.list.rowHeight(place) >= needed.height()


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts"])
def test_the_key_copies_the_selected_row_of_a_list(qtbot: QtBot, window: MainWindow, text: str) -> None:
    action(window, "Help", text).trigger()
    (shown,) = window.findChildren(ListWindow)
    activate(qtbot, shown)
    shown.list.setFocus()
    shown.list.selectRow(1)
    QTest.keySequence(shown.list, QKeySequence(QKeySequence.StandardKey.Copy))
    row = shown.model.row(1)
    assert QGuiApplication.clipboard().text() == "\t".join([row.group, *row.texts])


def test_sorted_rows_stay_so_when_others_are_kept(qtbot: QtBot, window: MainWindow) -> None:
    show_meanings(window)
    shown = shown_window(window)
    activate(qtbot, shown)
    press_head(shown.list, 1)
    QTest.keyClicks(shown.filter, "norm")
    names = [row.texts[0] for row in shown.model.rows]
    assert len(names) > 1
    assert names == sorted(names, key=natural)


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts"])
def test_the_window_of_a_list_is_made_once(window: MainWindow, text: str) -> None:
    for _ in range(2):
        action(window, "Help", text).trigger()
    lists = [each for each in window.findChildren(MeaningsWindow) if each.isVisible()]
    assert len(lists) == (text == "What the marks mean")


def test_actions_of_plots_are_explained(window: MainWindow) -> None:
    actions = window.histogram.plot_actions
    assert isinstance(actions, PlotActions)
    assert plain_text(actions.density) in explained()
    assert plain_text(actions.axes["symlog"]) in explained()
