"""The problems of the open file for Qt: a row for each, in the file's order until they are sorted."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from explorer import formatting
from explorer.analysis.judge.notes import fold_notes
from explorer.analysis.judge.problem_words import SHAPES, WORDS
from explorer.checkpoint.document import Checkpoint
from explorer.ui.tables.columns import Column
from explorer.ui.tables.heads import Head
from explorer.ui.tables.model import TableModel

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem

PROBLEM, TENSOR, ENTRY, DETAIL = range(4)

MOST: Final = 10_000
"""Rows at most; all are counted."""


def _key(checkpoint: Checkpoint, problem: "Problem") -> str:
    return formatting.visible(checkpoint.tensors.key(problem.number), 10_000) or formatting.UNNAMED


def _short_key(checkpoint: Checkpoint, problem: "Problem") -> str:
    return formatting.visible(checkpoint.tensors.key(problem.number)) or formatting.UNNAMED


def _entry(checkpoint: Checkpoint, problem: "Problem") -> str:
    return formatting.visible(checkpoint.tensors[problem.number].entry) or "(top)"


def _detail(_checkpoint: Checkpoint, problem: "Problem") -> str:
    return problem.detail


_COLUMNS: "Final[tuple[Column[Checkpoint, Problem], ...]]" = (
    Column(
        Head("Problem", sample="● negative variance m"),
        lambda _of, one: f"{SHAPES[one.severity]} {WORDS[one.kind]}",
        exact=lambda _of, one: WORDS[one.kind],
        tip=_detail,
        tone=lambda _of, one: "muted" if one.note else one.severity,
        key=lambda _of, one: (one.severity, WORDS[one.kind]),
    ),
    Column(Head("Tensor", sample="encoder.layers.10.attention.weight"), _short_key, exact=_key),
    Column(Head("Entry", sample="model_state_dict"), _entry, tip=_detail),
    Column(Head("What was found"), _detail),
)


class ProblemModel(TableModel[Checkpoint, "Problem"]):
    """What is wrong, where, and the number that makes it so: of all tensors, or of those that a filter keeps.

    Attributes:
        count: How many problems there are, of all tensors; notes are none.
        notes: Rows of notes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_COLUMNS, parent)
        self._all: list[Problem] = []
        self._kept_numbers: frozenset[int] | None = None
        self._beside: list[Problem] = []
        self.count = self.notes = 0

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Show those of another file: none yet."""
        self._all, self._beside, self._kept_numbers, self.count, self.notes = [], [], None, 0, 0
        self.show_rows(checkpoint, [])

    def add(self, problems: "list[Problem]") -> None:
        """Show more."""
        if not problems:
            return
        self.count += sum(not problem.note for problem in problems)
        self._all += problems[: MOST - len(self._all)]
        # They are found in whatever order figures come.
        self._all.sort(key=lambda problem: problem.number)
        self._show()

    def set_beside(self, problems: "list[Problem]") -> None:
        """Show these in the place of those that were last told so."""
        if self._beside:
            gone = set(map(id, self._beside))
            self._all = [row for row in self._all if id(row) not in gone]
            self.count -= len(self._beside)
            self._show()
        self._beside = problems
        self.add(problems)

    def keep(self, numbers: frozenset[int] | None) -> None:
        """Show those of some tensors only, by their numbers; None for those of all."""
        if numbers != self._kept_numbers:
            self._kept_numbers = numbers
            self._show()

    @property
    def filtered(self) -> bool:
        """Those of some tensors only are shown."""
        return self._kept_numbers is not None

    @property
    def all(self) -> "list[Problem]":
        """Those that have rows, or would have without the filter: `MOST` at most."""
        return list(self._all)

    @property
    def any_bad(self) -> bool:
        """One of them is more than a caution."""
        return any(problem.severity == "bad" for problem in self._all)

    def numbers(self) -> list[int]:
        """Tensors that have problems, each once."""
        return list(dict.fromkeys(row.number for row in self._all))

    def _keeps(self, problem: "Problem") -> bool:
        return self._kept_numbers is None or problem.number in self._kept_numbers

    def rows_of(self, number: int) -> list[int]:
        """The rows of a tensor, by its number."""
        return [place for place, row in enumerate(self._rows) if number == row.number or number in row.also]

    def _show(self) -> None:
        if self._of is None:
            return
        rows = fold_notes([row for row in self._all if self._keeps(row)], self._of.tensors)
        self.notes = sum(row.note for row in rows)
        self.show_rows(self._of, rows)
