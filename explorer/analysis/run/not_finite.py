"""Follows NaN and infinity through the files of a run."""

import numpy as np

from explorer.analysis.run.comparing import Column, Mark, Run

_NOT_SAME = Mark.CHANGED | Mark.ADDED | Mark.REMOVED | Mark.UNREAD


def not_finite_in(run: Run) -> tuple[tuple[str, ...], ...]:
    """The keys of the tensors that hold NaN or infinity, file by file, in the order in which they stand there.

    A comparison that finds a tensor identical says nothing of it: then it is as in the file that it is compared with.
    """
    found: list[set[str]] = [set() for _path in run.paths]
    compared = [
        (at, step.against, step.column)
        for at, step in enumerate(run.steps)
        if step.column is not None and step.against is not None
    ]
    for at, against, column in compared:
        found[at].update(_marked(column, Mark.NOT_FINITE))
        found[against].update(_marked(column, Mark.WAS_NOT_FINITE))
    if any(found):
        for at, against, column in reversed(compared):
            found[against].update(_same(column, found[at]))
        for at, against, column in compared:
            found[at].update(_same(column, found[against]))
    columns = {id(column.keys): column for _at, _against, column in compared}
    places = dict.fromkeys(key for column in columns.values() for key in column.keys) if any(found) else {}
    return tuple(tuple(key for key in places if key in keys) if keys else () for keys in found)


def _marked(column: Column, mark: Mark) -> list[str]:
    return [column.keys[place] for place in np.flatnonzero(column.marks & mark).tolist()]


def _same(column: Column, keys: set[str]) -> list[str]:
    """Those of some keys whose tensors have the same bits in both files."""
    if not keys:
        return []
    return [
        key
        for key, marks in zip(column.keys, column.marks.tolist(), strict=True)
        if key in keys and not marks & _NOT_SAME
    ]
