"""The files of a run side by side: a row for each layer, or for each tensor, and a column for each file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.run.comparing import Column, Mark, Run
from explorer.analysis.run.not_finite import not_finite_in
from explorer.formatting import visible
from explorer.progress import Report, asking

Level = Literal["blocks", "layers", "tensors"]
"""What a row is: as many outer layers as can be looked over, all layers, or all tensors."""

Measure = Literal["relative", "largest"]
"""What a cell is: the relative L2 change, or the largest absolute one; of a layer that of the tensor with the most."""

TOP: Final = "(top)"
"""What is not in any layer."""

BLOCKS: Final = 40
"""So many rows of `blocks` at most, unless there are more already of the outermost ones."""

SUDDEN: Final = 8.0
"""So many times the median of its row a step is one that stands out: training slows down by less than that."""

STEPS: Final = 4
"""Of fewer there is no usual one."""

_DEEPEST: Final = 8


class Order(NamedTuple):
    """In which order rows stand.

    Attributes:
        column: The file by whose figures; -1 for that of the keys in the files, -2 for what moved furthest.
        down: The largest, or the last, first.
    """

    column: int = -1
    down: bool = False


@dataclass(frozen=True, slots=True)
class RunTable:
    """What a table and lines are drawn from.

    Attributes:
        run: What was compared.
        level: What a row is.
        measure: What a cell is.
        names: Of the rows: those of layers without what tensors are called in them.
        parameters: Of the rows of an optimizer: the key of the parameter that all its tensors are kept for, else "".
        tensors: int64[rows], how many each stands for.
        values: float64[rows, files]; 0 for the first, where each is compared with it; NaN where there is none, or where
            something in the row is not finite.
        finite_parts: float64[rows, files], the same of what is finite, also where something else is not.
        marks: uint16[rows, files], of `Mark`, of all tensors of a row together.
        movers: Rows that have something not finite, those first that had it first; then those with figures, those that
            went furthest in any file first.
        order: Of the rows, as they are to be listed.
        left_out: How many counters a file has beside them.
        furthest: int64[rows, files], of each cell the tensor that tells its figure, as a place in the `keys` of its
            file's column; -1 where there is none. Of what is not finite the first.
        not_finite: The keys of the tensors that hold NaN or infinity, file by file, as of `not_finite_in`.
        row_of: Which row each key belongs to.
    """

    run: Run
    level: Level
    measure: Measure
    names: tuple[str, ...]
    parameters: tuple[str, ...]
    tensors: NDArray[np.int64]
    values: NDArray[np.float64]
    finite_parts: NDArray[np.float64]
    marks: NDArray[np.uint16]
    movers: NDArray[np.int64]
    order: NDArray[np.int64]
    left_out: int
    furthest: NDArray[np.int64]
    not_finite: tuple[tuple[str, ...], ...]
    row_of: Mapping[str, int]

    def title(self, row: int) -> str:
        """What a row is called, as it is shown: by its parameter too, as in the tree of layers."""
        name = visible(self.names[row]) or TOP
        return " · ".join(filter(None, (name, visible(self.parameters[row]))))

    @property
    def changed(self) -> int:
        """How many rows are not bit-identical in all files, of what two files have."""
        return self._marked(Mark.CHANGED)

    @property
    def unread(self) -> int:
        """How many rows have tensors that could not be compared in some file."""
        return self._marked(Mark.UNREAD)

    def is_odd(self, row: int) -> NDArray[np.bool_]:
        """bool[files]: whether something of a row is not finite."""
        found: NDArray[np.bool_] = (self.marks[row] & Mark.NOT_FINITE) != 0
        return found

    def not_finite_of(self, row: int, at: int) -> tuple[str, ...]:
        """The keys of the tensors of a cell that hold NaN or infinity."""
        return tuple(key for key in self.not_finite[at] if self.row_of[key] == row)

    def _marked(self, mark: Mark) -> int:
        return int(((self.marks & mark) != 0).any(axis=1).sum()) if self.marks.size else 0


def table_of(run: Run, level: Level, measure: Measure, order: Order, report: Report) -> RunTable:
    """Put the changes of tensors into rows.

    Args:
        run: As far as it was compared.
        level: What a row is.
        measure: What a cell is.
        order: Of the rows.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    columns = {at: step.column for at, step in enumerate(run.steps) if step.column is not None}
    keys = list(dict.fromkeys(key for column in _different(list(columns.values())) for key in column.keys))
    names, row_of = _rows(keys, level, report)
    rows, files = len(names), len(run.paths)
    parts = np.full((rows, files), np.nan)
    marks = np.zeros((rows, files), np.uint16)
    tell = np.full((rows, files), -1, np.int64)
    places: dict[int, NDArray[np.int64]] = {}
    not_finite = not_finite_in(run)
    for at, column in columns.items():
        report(at, files, "rows")
        if id(column.keys) not in places:
            places[id(column.keys)] = np.array([row_of[key] for key in column.keys], np.int64)
        where = places[id(column.keys)]
        figures = column.relative if measure == "relative" else column.largest
        np.fmax.at(parts[:, at], where, figures)
        # Of those that are assigned to one row, the last stays.
        upwards = _upwards(figures, column.keys, frozenset(not_finite[at]))
        tell[where[upwards], at] = upwards
        np.bitwise_or.at(marks[:, at], where, column.marks)
    if run.first is not None and run.against == "first" and columns:
        parts[~np.isnan(_furthest(parts)), run.first] = 0.0
    for at, odd in enumerate(not_finite):
        marks[[row_of[key] for key in odd], at] |= np.uint16(Mark.NOT_FINITE)
    is_odd = (marks & Mark.NOT_FINITE) != 0
    values = np.where(is_odd, np.nan, parts)
    tensors = np.bincount(np.fromiter((row_of[key] for key in keys), np.int64, len(keys)), minlength=rows)
    movers = _movers(_furthest(values), is_odd)
    left_out = max((column.left_out for column in columns.values()), default=0)
    # What is not finite is more than any figure.
    listed = _ordered(np.where(is_odd, np.inf, values), order, movers)
    parameters = _parameters(run, row_of, rows)
    figures_of = values, parts, marks
    return RunTable(
        run, level, measure, names, parameters, tensors, *figures_of, movers, listed, left_out, tell, not_finite, row_of
    )


def _upwards(figures: NDArray[np.float64], keys: Sequence[str], odd: frozenset[str]) -> NDArray[np.int64]:
    """The places of tensors: those without a figure first, then the furthest last, behind it what is not finite."""
    ranks = np.nan_to_num(figures, nan=-1.0)
    if odd:
        ranks[[key in odd for key in keys]] = np.inf
    # From the last on: of those alike the first stands behind the others.
    backwards: NDArray[np.int64] = np.argsort(ranks[::-1], kind="stable")
    upwards: NDArray[np.int64] = len(keys) - 1 - backwards
    return upwards


def _movers(furthest: NDArray[np.float64], is_odd: NDArray[np.bool_]) -> NDArray[np.int64]:
    """As of `RunTable`."""
    files = is_odd.shape[1]
    since = np.where(is_odd.any(axis=1), is_odd.argmax(axis=1), files) if files else np.zeros(len(furthest), np.int64)
    rows: NDArray[np.int64] = np.lexsort((-furthest, since))
    moved: NDArray[np.int64] = rows[(since < files)[rows] | ~np.isnan(furthest)[rows]]
    return moved


def _parameters(run: Run, row_of: Mapping[str, int], rows: int) -> tuple[str, ...]:
    """As of `RunTable`."""
    found: list[set[str]] = [set() for _row in range(rows)]
    told = {key: weight for step in run.steps for key, weight in step.parameters.items()}
    if told:
        for key, row in row_of.items():
            found[row].add(told.get(key, ""))
    return tuple(next(iter(some)) if len(some) == 1 else "" for some in found)


class SuddenStep(NamedTuple):
    """A step that stands out.

    Attributes:
        row: Of the table, in which it stands out the most.
        at: The file that the step leads to.
        usual: The median of the row's steps.
        rows: How many rows have a step there that stands out, this one among them.
        size: Of the step.
    """

    row: int
    at: int
    usual: float
    rows: int
    size: float


def sudden_step(table: RunTable) -> SuddenStep | None:
    """The step that is the most times as large as the median of all steps of its row, and `SUDDEN` times at least.

    A step is how far a file is from the one before it; where each is compared with the first, how much further or less
    far it is from that.

    Args:
        table: With at least `STEPS` steps of a row.

    Returns:
        None where nothing stands out.
    """
    values = table.values
    steps = values if table.run.against == "before" else _growth(values)
    enough = np.count_nonzero(~np.isnan(steps), axis=1) >= STEPS
    found = np.where(enough[:, None] & ~np.isnan(steps), steps, -np.inf)
    if not found.size:
        return None
    largest, at = found.max(axis=1), found.argmax(axis=1)
    usual = np.full(len(found), np.inf)
    usual[enough] = np.nanmedian(steps[enough], axis=1)
    stands_out = (largest >= SUDDEN * usual) & (usual > 0)
    if not stands_out.any():
        return None
    # What follows from a sudden step, such as the running statistics of a norm, may go further; it stands out less.
    times = np.divide(largest, usual, out=np.zeros(len(found)), where=stands_out)
    row = int(times.argmax())
    # A step to the same file, which need not be the largest of its row.
    there = found[:, at[row]]
    rows = int(np.count_nonzero((there >= SUDDEN * usual) & (usual > 0)))
    return SuddenStep(row, int(at[row]), float(usual[row]), rows, float(largest[row]))


def _growth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[rows, files]: how far each is from the last known one before it; NaN where there is none."""
    steps = np.full(values.shape, np.nan)
    last = np.full(len(values), np.nan)
    for at in range(values.shape[1]):
        here = values[:, at]
        steps[:, at] = np.abs(here - last)
        last = np.where(np.isnan(here), last, here)
    return steps


def _ordered(values: NDArray[np.float64], order: Order, movers: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = np.arange(values.shape[0])
    if order.column == -1 or order.column >= values.shape[1]:
        return rows[::-1] if order.down else rows
    if order.column < 0:
        return np.concatenate((movers, np.setdiff1d(rows, movers)))
    figures = values[:, order.column]
    return np.argsort(-figures if order.down else figures, kind="stable")


def _furthest(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[rows]: the largest of each row; NaN where there is none."""
    found: NDArray[np.float64] = np.fmax.reduce(values, axis=1, initial=np.nan)
    return found


def _different(columns: Sequence[Column]) -> list[Column]:
    """One column for each list of keys."""
    return list({id(column.keys): column for column in columns}.values())


def _rows(keys: Sequence[str], level: Level, report: Report) -> tuple[tuple[str, ...], dict[str, int]]:
    """Names of the rows, and which of them each key belongs to."""
    if level == "tensors":
        return tuple(keys), {key: at for at, key in enumerate(keys)}
    depth: int | None = None
    if level == "blocks":
        depth = 1
        for deeper in range(2, _DEEPEST + 1):
            report(0, 0, "rows")
            if len({_layer(key, deeper) for key in keys}) > BLOCKS:
                break
            depth = deeper
    names: dict[str, int] = {}
    row_of: dict[str, int] = {}
    for key in asking(keys, report, "rows"):
        row_of[key] = names.setdefault(_layer(key, depth), len(names))
    return tuple(names), row_of


def _layer(key: str, depth: int | None) -> str:
    """What a tensor is in, up to so many dots deep."""
    if depth is None:
        return key.rpartition(".")[0]
    return ".".join(key.split(".", depth)[:depth]) if key.count(".") >= depth else key.rpartition(".")[0]
