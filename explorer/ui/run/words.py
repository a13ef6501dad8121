"""What the page of a run says of its files and its lines."""

from typing import TYPE_CHECKING, Final

from explorer import formatting

if TYPE_CHECKING:
    from explorer.analysis.run.table import RunTable
    from explorer.ui.run.comparing import Shown

ODD: Final = "✕"
"""Stands in the plot where a layer has something that is not finite, for which there is no height."""


def wrong_with(table: "RunTable", at: int) -> str:
    """What is wrong with a file of a run, in a word; "" for nothing, or where it was not asked for yet."""
    steps = table.run.steps
    step = steps[at] if at < len(steps) else None
    if step is not None and not step.is_whole:
        return "not read" if step.entry is None else "damaged"
    return "not finite" if table.not_finite[at] else ""


def cancelled(done: int, count: int) -> str:
    """How far it came, of so many files."""
    return f"Cancelled: {done} of {formatting.plural(count, 'file')} read."


def lines_drawn(top: int, more: int, shown: "Shown") -> str:
    """How many lines are drawn of how many, and what they are.

    Args:
        top: So many are drawn because they went furthest.
        more: So many others because they are selected.
        shown: The table that they are lines of.
    """
    from explorer.analysis.run.words import LEVELS, MEASURES  # noqa: PLC0415 - brings numpy

    table = shown.table
    _one, many = LEVELS[table.level]
    drawn = f"{top} of {formatting.exact(len(table.names))} {many} drawn, those that went furthest"
    if any(table.not_finite):
        drawn = (
            f"{top} of {formatting.exact(len(table.names))} {many} drawn, those not finite and those that went furthest"
        )
    if top == len(table.names):
        drawn = f"all {many} drawn"
    also = f", and {formatting.exact(more)} more selected" if more else ""
    how = "with the first" if table.run.against == "first" else "with the one before"
    odd = f" {ODD}: NaN or infinity in that file." if any(table.not_finite) else ""
    return f"{MEASURES[table.measure][:1].upper()}{MEASURES[table.measure][1:]}, each {how}: {drawn}{also}.{odd}"
