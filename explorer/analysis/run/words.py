"""Says what became of a run, and writes it as a table for other programs."""

import math
import os
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np

from explorer.analysis.run.comparing import Mark, Step
from explorer.analysis.run.table import TOP, Level, Measure, RunTable, sudden_step
from explorer.formatting import delimited, exact, figure, plural, visible
from explorer.progress import Report

MEASURES: Final[dict[Measure, str]] = {"relative": "relative L2 change", "largest": "largest |Δ|"}
LEVELS: Final[dict[Level, tuple[str, str]]] = {
    "blocks": ("block", "blocks"),
    "layers": ("layer", "layers"),
    "tensors": ("tensor", "tensors"),
}
_NOTES: Final = 6
_ASKED: Final = 512
_MARK_WORDS: Final = {
    Mark.NOT_FINITE: "not finite",
    Mark.WAS_NOT_FINITE: "not finite before",
    Mark.ADDED: "added",
    Mark.REMOVED: "removed",
    Mark.SHAPE: "shape",
    Mark.DTYPE: "dtype",
    Mark.FROM_ZERO: "from all 0",
    Mark.UNREAD: "not compared",
}


def run_summary(table: RunTable) -> str:
    """The sentence on top: "3 files against step_100.pth: 58 of 62 layers changed, the furthest layer4.1.conv2 …"."""
    run = table.run
    compared = [at for at, step in enumerate(run.steps) if step.column is not None]
    if not compared or run.first is None:
        return "There are no two files that could be compared."
    one, many = LEVELS[table.level]
    first = visible(run.paths[run.first].name)
    how = f"with {first}" if run.against == "first" else "each with the one before"
    said = f"{plural(len(compared), 'file')} compared {how}"
    rows = len(table.names)
    unread = table.unread
    rest = f"; {plural(unread, one, many)} could not be compared, or not in all files" if unread else ""
    if not table.changed:
        if unread:
            return f"{said}: no change in what could be compared{rest}."
        return f"{said}: nothing changed, {'the' if rows == 1 else 'all'} {plural(rows, one, many)} bit-identical."
    said += f": {exact(table.changed)} of {plural(rows, one, many)} changed"
    if not np.isnan(table.values).all():
        row, at = np.unravel_index(np.nanargmax(table.values), table.values.shape)
        much = figure(float(f"{table.values[row, at]:.2g}"))
        said += f", furthest {table.title(int(row))} ({much} in {visible(run.paths[at].name)})"
        said += _sudden(table)
    return f"{said}{rest}."


def _sudden(table: RunTable) -> str:
    """The rows that took a step that stands out of the others of their row, and the one in which most; "" for none."""
    found = sudden_step(table)
    if found is None:
        return ""
    row, at, usual, rows, _size = found
    run = table.run
    name, to = table.title(row), visible(run.paths[at].name)
    value = figure(float(f"{table.values[row, at]:.2g}"))
    if run.against == "before":
        much = f"{value}, its median {figure(float(f'{usual:.2g}'))}"
    else:
        known = [other for other in range(at) if not math.isnan(table.values[row, other])]
        much = f"from {figure(float(f'{table.values[row, known[-1]]:.2g}'))} to {value}"
    if rows == 1:
        return f"; a sudden step of {name} to {to} ({much})"
    one, many = LEVELS[table.level]
    of = f"all {plural(rows, one, many)}" if rows == len(table.names) else f"{exact(rows)} {many}"
    # The layer that is named need not have gone furthest: others may take large steps all the time.
    times = figure(float(f"{found.size / usual:.2g}"))
    return f"; a sudden step of {of} to {to}, up to {times} times the usual one: {name} ({much})"


def run_not_finite(table: RunTable) -> str:
    """What comes before all else: "Not finite from epoch7.pt on: body.1.0.weight and 2 more."; "" for nothing."""
    having = [at for at, keys in enumerate(table.not_finite) if keys]
    if not having:
        return ""
    first = having[0]
    later = [at for at, step in enumerate(table.run.steps) if at > first and step.is_whole]
    file = visible(table.run.paths[first].name)
    where = f"in {file}" if len(having) == 1 else f"from {file} on" if set(later) <= set(having) else f"first in {file}"
    return f"Not finite {where}: {_named(table.not_finite[first], len(set().union(*table.not_finite)))}."


def _named(keys: Sequence[str], count: int) -> str:
    """The first of some tensors, and how many others there are."""
    return f"{visible(keys[0])} and {exact(count - 1)} more" if count > 1 else visible(keys[0])


def run_notes(table: RunTable) -> list[str]:
    """What else is to be known: files that were not read, what was added or removed, what has no figure."""
    steps, told = table.run.steps, table.not_finite
    unread_first = sorted(range(len(steps)), key=lambda at: not steps[at].problem)
    # Of files with the same tensors not finite the first is enough.
    news = [keys if at == 0 or keys != told[at - 1] else () for at, keys in enumerate(told)]
    notes = [note for at in unread_first for note in _about_file(steps[at], news[at])]
    if len(notes) > _NOTES:
        notes[_NOTES:] = [f"There is more to say of {plural(len(notes) - _NOTES, 'file')}: see the heads of the table."]
    if table.left_out:
        are = "is" if table.left_out == 1 else "are"
        notes.append(f"{plural(table.left_out, 'counter')} {are} left out: tensors that hold whole numbers, or steps.")
    starred = _starred(table)
    if starred:
        notes.append(f"* has more to say than its figure, in its tool tip: {starred}.")
    return notes


def _starred(table: RunTable) -> str:
    """What the marks of cells say that have a figure beside them."""
    marks = table.marks[~np.isnan(table.values)]
    return mark_words(int(np.bitwise_or.reduce(marks))) if marks.size else ""


def about_step(table: RunTable, at: int) -> str:
    """A file of a run: its path, what it was compared with, and what there is to say of it; in lines."""
    run = table.run
    if at >= len(run.steps):
        return f"{visible(str(run.paths[at]), 1000)}\nNot compared yet."
    step = run.steps[at]
    lines = [visible(str(step.path), 1000)]
    if step.entry:
        lines.append(f"Entry: {visible(step.entry)}")
    if step.against is not None:
        lines.append(f"Compared with {visible(run.paths[step.against].name)}.")
    elif not step.problem:
        lines.append("The others are compared with it." if run.against == "first" else "There is none before it.")
    return "\n".join([*lines, *_about_file(step, table.not_finite[at])])


def _about_file(step: Step, not_finite: Sequence[str]) -> Iterator[str]:
    name = visible(step.path.name)
    if step.column is None and step.problem:
        yield f"{name} was not {'read' if step.entry is None else 'compared'}. {step.problem}"
        return
    if step.problem:
        yield f"{name}: {step.problem}"
    said = [f"not finite: {_named(not_finite, len(not_finite))}"] if not_finite else []
    if step.column is not None:
        said += [
            f"{plural(count, 'tensor')} {words}"
            for mark, words in (
                (Mark.ADDED, "added"),
                (Mark.REMOVED, "removed"),
                (Mark.SHAPE, "of another shape"),
                (Mark.UNREAD, "not compared"),
            )
            if (count := int(np.count_nonzero(step.column.marks & mark)))
        ]
    if said:
        yield f"{name}: {', '.join(said)}."


def mark_words(marks: int) -> str:
    """What marks say, as a few words; "" where they say nothing that a figure does not."""
    if marks & Mark.NOT_FINITE:
        marks &= ~Mark.WAS_NOT_FINITE
    return ", ".join(words for mark, words in _MARK_WORDS.items() if marks & mark)


def cell_words(table: RunTable, row: int, at: int) -> str:
    """What a cell shows: its figure, or what there is instead, or ``=`` where every bit is the same."""
    value, marks = float(table.values[row, at]), int(table.marks[row, at])
    words = mark_words(marks)
    if marks & Mark.NOT_FINITE:
        return mark_words(Mark.NOT_FINITE)
    if math.isnan(value):
        return words
    if not marks & Mark.CHANGED and marks & Mark.KNOWN and not words:
        return "="
    return f"{figure(value)} *" if words else figure(value)


def about_cell(table: RunTable, row: int, at: int) -> list[str]:
    """What a cell says with every digit, in lines: what is not finite by its names."""
    value, marks = float(table.values[row, at]), int(table.marks[row, at])
    if marks & Mark.NOT_FINITE:
        keys = table.not_finite_of(row, at)
        part = float(table.finite_parts[row, at])
        finite = "nothing of it is finite" if math.isnan(part) else f"{part!r} of what is finite"
        rest = mark_words(marks & ~(Mark.NOT_FINITE | Mark.WAS_NOT_FINITE))
        return [f"Not finite: {_named(keys, len(keys))}", " · ".join(filter(None, [finite, rest]))]
    same = "Every bit is the same." if cell_words(table, row, at) == "=" else ""
    figure_of = "" if math.isnan(value) else f"{value!r}"
    said = " · ".join(filter(None, [figure_of, mark_words(marks), same]))
    return [said] if said else []


def column_words(table: RunTable, at: int) -> str:
    """What the figures of a file are: "relative L2 change: step_2000.pth against step_1000.pth"."""
    paths, steps = table.run.paths, table.run.steps
    folder = os.path.commonpath([path.parent for path in paths])

    def name(file: int) -> str:
        return visible(os.path.relpath(paths[file], folder), 1000)

    against = steps[at].against if at < len(steps) else None
    reference = "" if against is None else f" against {name(against)}"
    return f"{MEASURES[table.measure]}: {name(at)}{reference}"


def run_text(table: RunTable, separator: Literal[",", "\t"], report: Report) -> str:
    """Write the table, with every digit; where there is no figure, what there is instead.

    Args:
        table: What is to be written, in its order.
        separator: Between the columns.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    one, _many = LEVELS[table.level]
    titles = [one, "tensors", *(column_words(table, at) for at in range(len(table.run.paths)))]
    return delimited(titles, _rows(table, report), separator)


def _rows(table: RunTable, report: Report) -> Iterator[list[object]]:
    for count, row in enumerate(table.order.tolist()):
        if count % _ASKED == 0:
            report(count, len(table.names), "rows")
        name = visible(table.names[row], 10_000) or TOP
        yield [name, int(table.tensors[row]), *_cells(table, row)]


def _cells(table: RunTable, row: int) -> list[object]:
    marks = table.marks[row].tolist()
    return [
        mark_words(marks[at]) if math.isnan(value) else value for at, value in enumerate(table.values[row].tolist())
    ]
