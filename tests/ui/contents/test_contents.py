"""What stands beside the tensors, as rows."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from explorer.checkpoint.document import Checkpoint, ContentRow
from explorer.query.parsing import parse
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.contents.panel import ContentsPanel
from explorer.ui.session import Session
from tests.checkpoint.made_up import made_up
from tests.ui.conftest import TIMEOUT_MS

MANY = 5_000


def checkpoint(*rows: ContentRow, code: tuple[str, ...] = ()) -> Checkpoint:
    return made_up(contents=rows, code=code)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> Iterator[ContentsPanel]:
    jobs = Jobs("contents")
    made = ContentsPanel(session, jobs)
    qtbot.addWidget(made)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    yield made
    jobs.close()


def shown(panel: ContentsPanel, parent: QModelIndex | None = None, depth: int = 0) -> list[str]:
    """Every row as text, indented by its depth."""
    found = []
    above = QModelIndex() if parent is None else parent
    for row in range(panel.model.rowCount(above)):
        cells = [str(panel.model.index(row, column, above).data()) for column in range(3)]
        found.append("  " * depth + " | ".join(cells))
        found += shown(panel, panel.model.index(row, 0, above), depth + 1)
    return found


ROWS = (
    ContentRow(-1, "epoch", "int", "3"),
    ContentRow(-1, "args", "dict", ""),
    ContentRow(1, "lr", "float", "0.1"),
    ContentRow(1, "", "str", "\u202ex"),
    ContentRow(-1, "seed", "int", "1"),
)


def test_rows_stand_below_what_they_belong_to(session: Session, panel: ContentsPanel) -> None:
    session.show_checkpoint(checkpoint(*ROWS))
    assert shown(panel) == [
        "epoch | int | 3",
        "args | dict | ",
        "  lr | float | 0.1",
        "  (unnamed) | str | ‹U+202E›x",
        "seed | int | 1",
    ]


def test_every_name_of_code_is_listed_first(session: Session, panel: ContentsPanel) -> None:
    code = ("a.A", "b.B", "c.C", "d.D", "e.E", "os.system")
    session.show_checkpoint(checkpoint(*ROWS, code=code))
    rows = shown(panel)
    assert rows[0] == "code the file names |  | 6 names; none was imported or run"
    assert rows[1:7] == [f"  {name} | code | " for name in code]
    assert rows[7:10] == ["epoch | int | 3", "args | dict | ", "  lr | float | 0.1"]


def test_the_next_file_takes_the_rows_away(session: Session, panel: ContentsPanel) -> None:
    session.show_checkpoint(checkpoint(*ROWS, code=("a.A",)))
    session.show_checkpoint(checkpoint())
    assert shown(panel) == []
    assert not panel.tree.isVisibleTo(panel)


def test_rows_that_claim_an_impossible_place_stand_at_the_top(session: Session, panel: ContentsPanel) -> None:
    session.show_checkpoint(checkpoint(ContentRow(5, "a", "int", "1"), ContentRow(1, "b", "int", "2")))
    assert shown(panel) == ["a | int | 1", "b | int | 2"]


def test_a_long_value_is_seen_whole_under_the_cursor(session: Session, panel: ContentsPanel) -> None:
    session.show_checkpoint(checkpoint(ContentRow(-1, "note", "str", "<b>" + "y" * 500)))
    cell = panel.model.index(0, 2)
    assert len(cell.data()) == 200
    tip = str(cell.data(Qt.ItemDataRole.ToolTipRole)).replace("\u200b", "")
    assert "&lt;b&gt;" in tip
    assert "y" * 500 in tip


def test_many_rows_are_there(session: Session, panel: ContentsPanel) -> None:
    session.show_checkpoint(checkpoint(*(ContentRow(-1, f"key{number}", "int", "1") for number in range(MANY))))
    assert panel.model.rowCount() == MANY
    assert panel.model.index(MANY - 1, 0).data() == f"key{MANY - 1}"


def test_a_loss_that_is_no_number_is_told(session: Session, panel: ContentsPanel) -> None:
    told: list[str] = []
    panel.told.connect(told.append)
    session.show_checkpoint(checkpoint(ContentRow(-1, "loss", "float", "nan"), ContentRow(-1, "note", "str", "nan")))
    assert told == ["In Contents, loss is NaN."]
    color = Qt.ItemDataRole.ForegroundRole
    assert panel.model.index(0, 2).data(color) == QColor(theme.current(panel).bad)
    assert panel.model.index(1, 2).data(color) is None
    session.show_checkpoint(checkpoint(ContentRow(-1, "loss", "float", "0.3")))
    assert told[-1] == ""
    session.show_checkpoint(checkpoint(*(ContentRow(-1, f"loss{place}", "float", "nan") for place in range(3))))
    assert told[-1] == "In Contents, 3 values are NaN."


def test_many_rows_are_searched_behind_the_window_for_the_last_that_was_typed(
    qtbot: QtBot, panel: ContentsPanel, session: Session
) -> None:
    rows = [ContentRow(place // 20 * 20 if place % 20 else -1, f"name_{place}", "int", "7") for place in range(4_000)]
    session.show_checkpoint(checkpoint(*rows))
    for typed in ("n", "na", "name_3777"):
        panel.keep(parse(typed))
        assert len(shown(panel)) == 4_000, "the keys after it wait for nothing"
    qtbot.waitUntil(lambda: len(shown(panel)) < 4_000, timeout=TIMEOUT_MS)
    assert shown(panel) == ["name_3760 | int | 7", "  name_3777 | int | 7"]
    assert panel.filtered.text() == "1 of 4,000 rows fits the filter."
    # Another file is not searched for what was typed for this one.
    panel.keep(parse("zzz"))
    session.show_checkpoint(checkpoint(*ROWS))
    panel.keep(parse("seed"))
    assert shown(panel) == ["seed | int | 1"]
