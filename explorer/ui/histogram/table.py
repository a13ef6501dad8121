"""The numbers of a histogram as text for other programs."""

from typing import Literal

from explorer.analysis.draw.histogram import Histogram
from explorer.formatting import delimited


def table(
    histogram: Histogram,
    pinned: Histogram | None,
    separator: Literal[",", "\t"],
    names: tuple[str, str] = ("count", "count pinned"),
) -> str:
    """Write a histogram with a line for each bin.

    Args:
        histogram: One with at least one bin.
        pinned: Another with the same edges.
        separator: Between the columns.
        names: Of their columns.

    Returns:
        A head and the lines: lower and upper edge with all their digits, and the counts. What lies outside the edges
        has lines of its own from and to infinity, where there is some, so that the counts add up to all finite values.
    """
    named = [(names[0], histogram), *([] if pinned is None else [(names[1], pinned)])]
    both = [shown for _name, shown in named]
    edges = [float(edge) for edge in histogram.edges]
    columns = [[shown.below, *map(int, shown.counts), shown.above] for shown in both]
    head = ["low", "high", *(name if shown.exact else f"{name} (estimated)" for name, shown in named)]
    lows, highs = [float("-inf"), *edges], [*edges, float("inf")]
    lines = list(zip(lows, highs, *columns, strict=True))
    if not any(shown.below for shown in both):
        lines.pop(0)
    if not any(shown.above for shown in both):
        lines.pop()
    return delimited(head, lines, separator)
