"""What is done for a heat map in the worker."""

from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.values.planes import Plane
from explorer.progress import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.heatmap import By, Heatmap
    from explorer.ui.heatmap.layering import Part

BAR: Final = 72
"""Pixels of the longest bar of a norm: twice as many as on most screens."""

FAST: Final = 1 << 24
"""Of more values than this some make a first picture."""


class Subject(NamedTuple):
    """What a heat map is of.

    Attributes:
        checkpoint: That is open.
        tensor: Of it.
        plane: The table of it.
        by: How several values become a cell.
        share: Of the cells that colours tell apart.
    """

    checkpoint: Checkpoint
    tensor: TensorInfo
    plane: Plane
    by: "By"
    share: float


class Drawn(NamedTuple):
    """A part as colours.

    Attributes:
        subject: Of what.
        found: Its cells.
        codes: uint8 [down, across], as of `codes_of`.
        limit: Where colours end.
        within: How many cells are within it, of how many that are finite.
        odd: How many cells hold a NaN, +Inf, and -Inf.
        row_bars: uint8 [down, length], norms as of `bars_of`; None where there are none.
        column_bars: uint8 [length, across], standing upright, likewise.
    """

    subject: Subject
    found: "Heatmap"
    codes: "NDArray[np.uint8]"
    limit: float
    within: tuple[int, int]
    odd: tuple[int, int, int]
    row_bars: "NDArray[np.uint8] | None"
    column_bars: "NDArray[np.uint8] | None"


def draw(subject: Subject, part: "Part", report: Report, limit: float | None = None) -> Drawn:
    """Read a part, and choose its colours.

    Args:
        subject: Of what.
        part: Of its table.
        report: Told the values that were read; raises `Cancelled`.
        limit: Where colours end; None to take it from the cells.
    """
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.draw.heatmap import heatmap  # noqa: PLC0415
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415

    with open_values(subject.checkpoint) as values:
        found = heatmap(
            values,
            subject.tensor,
            subject.plane,
            part.rows,
            part.columns,
            report,
            by=subject.by,
            most=part.most,
            sample=part.sample,
        )
    return colour(subject, found, limit)


def colour(subject: Subject, found: "Heatmap", limit: float | None) -> Drawn:
    """Choose the colours of cells."""
    import numpy as np  # noqa: PLC0415 - as above

    from explorer.analysis.draw.heatmap import NAN, NEGINF, POSINF, bars_of, codes_of, limit_of  # noqa: PLC0415 - as above

    ends = limit_of(found, subject.share) if limit is None else limit
    codes = codes_of(found, ends)
    odd = (0, 0, 0)
    if codes.max() >= NEGINF:
        odd = tuple(int(np.count_nonzero(codes == code)) for code in (NAN, POSINF, NEGINF))  # type: ignore[assignment]
    finite = found.cells.size - sum(odd)
    # NaN is not, and infinities are beyond any limit.
    within = int(np.count_nonzero(np.abs(found.cells) <= ends))
    rows = None if found.row_norms is None else bars_of(found.row_norms, BAR)
    upright = None
    if found.column_norms is not None:
        upright = np.ascontiguousarray(bars_of(found.column_norms, BAR).T[::-1])
    return Drawn(subject, found, codes, ends, (within, finite), odd, rows, upright)


def draw_over(subject: Subject, part: "Part", whole: Drawn, kept: Drawn | None, report: Report) -> tuple[Drawn, Drawn]:
    """Draw a part over the picture of the whole, which takes on its colours: those of another part, or its own."""
    drawn = draw(subject, part, report, None if kept is None else kept.limit)
    return colour(subject, whole.found, drawn.limit), drawn


def read_one(subject: Subject, row: int, column: int, _report: Report) -> tuple[int, int, str]:
    """The exact value at a row and a column of the table, as text."""
    from explorer.analysis.value_texts import texts_of  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.region_values import read_plane  # noqa: PLC0415 - as above

    with open_values(subject.checkpoint) as values:
        number = read_plane(values, subject.tensor, subject.plane, (row, row + 1), (column, column + 1))
    return row, column, texts_of(number, subject.tensor.kind)[0]


def table(drawn: Drawn, separator: str, _report: Report) -> str:
    """The cells for other programs, with the first row and column of each.

    Args:
        drawn: What is shown.
        separator: Between the figures.
    """
    found = drawn.found
    down, across = found.step
    columns = range(found.columns[0], found.columns[1], across)
    lines = [separator.join(["row \\ column", *map(str, columns)])]
    for row, cells in zip(range(found.rows[0], found.rows[1], down), found.cells, strict=True):
        lines.append(separator.join([str(row), *(str(cell) for cell in cells)]))
    return "\n".join(lines) + "\n"
