"""What is done for the scatter of a pair in the worker: all its pairs of numbers, counted in cells."""

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.checkpoint.document import Located
from explorer.checkpoint.values.planes import Bounds
from explorer.progress import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.compare.pair_density import PairDensity, Span
    from explorer.ui.heatmap.layering import Part

UNITS: Final = 1 << 20
"""Rows, and columns, of the table that stands for the range of values: cells begin and end at them."""
_FAINTEST: Final = 0.25
"""Of the strongest colour, that a cell with a single pair has."""


class ScatterSubject(NamedTuple):
    """What the scatter is of.

    Attributes:
        key: What the pair is called.
        a: The tensor of A.
        b: That of B.
        robust: Without the outermost values.
    """

    key: str
    a: Located
    b: Located
    robust: bool


class Grid(NamedTuple):
    """Where the cells are in the table of `UNITS`: rows from the largest of B down, columns from the least of A on."""

    rows: Bounds
    columns: Bounds
    step: tuple[int, int]
    sampled: bool = False


class ScatterDrawn(NamedTuple):
    """A part of the scatter as colours.

    Attributes:
        subject: Of what.
        span: The range of values on both sides; None where no pair is finite.
        found: Where the cells are.
        density: What was counted; None where nothing was.
        codes: uint8 [down, across], as of `explorer.analysis.draw.heatmap.codes_of`: the more pairs, the farther
            below 0.
    """

    subject: ScatterSubject
    span: "Span | None"
    found: Grid
    density: "PairDensity | None"
    codes: "NDArray[np.uint8] | None"

    @property
    def most(self) -> int:
        """Pairs in the fullest cell."""
        return 0 if self.density is None else int(self.density.counts.max())


def value_at(span: "Span", place: float) -> float:
    """The value at a place from 0 to `UNITS`."""
    share = place / UNITS
    # Each for itself: the whole way may be more than float64 holds.
    return span[0] * (1 - share) + span[1] * share


def draw_scatter(subject: ScatterSubject, part: "Part", report: Report) -> ScatterDrawn:
    """Find out the range of the values, and count in all of it.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read.
    """
    span = _span_of(subject, report)
    if span is None:
        return ScatterDrawn(subject, None, Grid(part.rows, part.columns, (UNITS, UNITS)), None, None)
    return _count(subject, span, part, report)


def draw_scatter_over(
    subject: ScatterSubject, part: "Part", whole: ScatterDrawn, _kept: ScatterDrawn | None, report: Report
) -> tuple[ScatterDrawn, ScatterDrawn]:
    """Count a part in smaller cells."""
    if whole.span is None:
        return whole, whole
    drawn = _count(subject, whole.span, part, report)
    density = drawn.density
    if density is None or density.edges_a[0] != value_at(whole.span, part.columns[0]):
        # Float64 has no numbers for cells so small.
        return whole, whole
    return whole, drawn


def _span_of(subject: ScatterSubject, report: Report) -> "Span | None":
    from explorer.analysis.compare.pair_density import both_walk  # noqa: PLC0415 - as above
    from explorer.analysis.draw.equal_bins import equal_edges  # noqa: PLC0415 - NumPy is imported on the worker
    from explorer.ui.histogram.drawing import Subject, Wanted, draw  # noqa: PLC0415 - as above
    from explorer.ui.settings import HistogramChoices  # noqa: PLC0415 - as above

    both = Subject("A and B", "tensor", 0, open=partial(both_walk, subject.a, subject.b))
    shown = draw(Wanted(both, None, HistogramChoices(robust=subject.robust)), report).shown
    if not shown.statistics.finite:
        return None
    low, high = shown.bins.low, shown.bins.high
    edges = equal_edges(low, high, 1 << 12)
    return float(edges[0]), float(edges[-1])


def _count(subject: ScatterSubject, span: "Span", part: "Part", report: Report) -> ScatterDrawn:
    from explorer.analysis.compare.pair_density import pair_density  # noqa: PLC0415 - as above

    sides = []
    for (first, end), most in zip((part.rows, part.columns), part.most, strict=True):
        step = -(-(end - first) // most)
        cells = -(-(end - first) // step)
        sides.append((first, first + cells * step, step, cells))
    (top, bottom, down, high), (left, right, across, wide) = sides
    spans = (
        (value_at(span, left), value_at(span, right)),
        (value_at(span, UNITS - bottom), value_at(span, UNITS - top)),
    )
    density = pair_density(subject.a, subject.b, spans, (wide, high), report)
    grid = Grid((top, bottom), (left, right), (down, across))
    return ScatterDrawn(subject, span, grid, density, _codes(density))


def _codes(density: "PairDensity") -> "NDArray[np.uint8]":
    """Colours by the logarithm of the counts, the largest numbers of B first."""
    import numpy as np  # noqa: PLC0415 - as above

    from explorer.analysis.draw.heatmap import CODES  # noqa: PLC0415 - as above

    zero = CODES // 2
    counts = density.counts[::-1].astype(np.float64)
    most = float(counts.max(initial=1.0))
    with np.errstate(divide="ignore"):
        share = np.log(counts) / np.log(most) if most > 1 else np.zeros_like(counts)
    strength = np.where(counts > 0, _FAINTEST + (1 - _FAINTEST) * np.maximum(share, 0), 0)
    codes: NDArray[np.uint8] = np.ascontiguousarray(np.rint(zero - strength * zero).astype(np.uint8))
    return codes


def scatter_table(drawn: ScatterDrawn, separator: str, report: Report) -> str:
    """The cells that hold a pair, for other programs, with all digits of their edges.

    Args:
        drawn: What is shown.
        separator: Between the figures.
        report: Told the rows that are written; raises `Cancelled`.
    """
    import numpy as np  # noqa: PLC0415 - as above

    lines = [separator.join(("A from", "A to", "B from", "B to", "pairs"))]
    density = drawn.density
    if density is None:
        return lines[0] + "\n"
    edges_a, edges_b = density.edges_a.tolist(), density.edges_b.tolist()
    for at, row in enumerate(density.counts):
        report(at, len(density.counts), "writing")
        for column in np.flatnonzero(row).tolist():
            ends = (edges_a[column], edges_a[column + 1], edges_b[at], edges_b[at + 1])
            lines.append(separator.join((*map(repr, ends), str(int(row[column])))))
    return "\n".join(lines) + "\n"
