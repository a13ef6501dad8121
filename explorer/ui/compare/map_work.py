"""What is done for the heat maps of a pair in the worker."""

import math
from typing import TYPE_CHECKING, NamedTuple

from explorer.checkpoint.document import Located
from explorer.checkpoint.values.planes import Plane
from explorer.formatting import figure
from explorer.progress import Report
from explorer.ui.heatmap.work import Drawn, Subject, colour

if TYPE_CHECKING:
    from explorer.analysis.compare.pair_planes import PairMaps
    from explorer.analysis.draw.heatmap import By, Heatmap
    from explorer.ui.heatmap.layering import Part


class PairSubject(NamedTuple):
    """What the heat maps are of.

    Attributes:
        key: What the pair is called.
        a: The tensor of A.
        b: That of B.
        plane: The table of what both have.
        by: How several values become a cell.
        share: Of the cells that colours tell apart.
    """

    key: str
    a: Located
    b: Located
    plane: Plane
    by: "By"
    share: float


class PairDrawn(NamedTuple):
    """The same part of both, as colours.

    Attributes:
        subject: Of what.
        a: A's, with colours that end where B's do.
        b: B's.
        apart: The differences', with colours of their own.
    """

    subject: PairSubject
    a: Drawn
    b: Drawn
    apart: Drawn

    @property
    def found(self) -> "Heatmap":
        """Cells of A; those of the others lie alike."""
        return self.a.found


Limits = tuple[float, float]
"""Where colours end: of A and B, and of the differences."""


def draw_pair(subject: PairSubject, part: "Part", report: Report, limits: Limits | None = None) -> PairDrawn:
    """Read a part of both, and choose its colours.

    Args:
        subject: Of what.
        part: Of its table.
        report: Told the elements that were read; raises `Cancelled`.
        limits: Where colours end; None to take that from the cells.
    """
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.compare.pair_planes import pair_maps  # noqa: PLC0415
    from explorer.checkpoint.values.paired_values import open_sides  # noqa: PLC0415

    with open_sides(subject.a, subject.b) as sides:
        found = pair_maps(
            *sides,
            subject.plane,
            part.rows,
            part.columns,
            report,
            by=subject.by,
            most=part.most,
            sample=part.sample,
        )
    return _coloured(subject, found, limits)


def draw_pair_over(
    subject: PairSubject, part: "Part", whole: PairDrawn, kept: PairDrawn | None, report: Report
) -> tuple[PairDrawn, PairDrawn]:
    """Draw a part over the pictures of the whole; see `explorer.ui.heatmap.work.draw_over`."""
    from explorer.analysis.compare.pair_planes import PairMaps  # noqa: PLC0415 - as above

    drawn = draw_pair(subject, part, report, None if kept is None else (kept.a.limit, kept.apart.limit))
    maps = PairMaps(whole.a.found, whole.b.found, whole.apart.found)
    return _coloured(subject, maps, (drawn.a.limit, drawn.apart.limit)), drawn


def _coloured(subject: PairSubject, maps: "PairMaps", limits: Limits | None) -> PairDrawn:
    from dataclasses import replace  # noqa: PLC0415 - as above

    import numpy as np  # noqa: PLC0415 - as above

    from explorer.analysis.draw.heatmap import limit_of  # noqa: PLC0415 - as above

    if limits is None:
        both = replace(maps.a, cells=np.concatenate((maps.a.cells, maps.b.cells)))
        limits = limit_of(both, subject.share), limit_of(maps.apart, subject.share)
    of_a, of_b = (Subject(*side, subject.plane, subject.by, subject.share) for side in (subject.a, subject.b))
    return PairDrawn(
        subject,
        colour(of_a, maps.a, limits[0]),
        colour(of_b, maps.b, limits[0]),
        colour(of_a, maps.apart, limits[1]),
    )


def read_pair(subject: PairSubject, row: int, column: int, _report: Report) -> tuple[int, int, str]:
    """The exact values at a row and a column of the table, and their difference, as text."""
    from explorer.analysis.compare.pair_numbers import couple  # noqa: PLC0415 - as above
    from explorer.analysis.value_texts import texts_of  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.region_values import read_plane  # noqa: PLC0415 - as above

    numbers, texts = [], []
    for name, (checkpoint, tensor) in (("A", subject.a), ("B", subject.b)):
        with open_values(checkpoint) as values:
            number = read_plane(values, tensor, subject.plane, (row, row + 1), (column, column + 1))
        numbers.append(number)
        texts.append(f"{name} {texts_of(number, tensor.kind)[0]}")
    both = couple(numbers[0], numbers[1], (subject.a[1].kind.dtype, subject.b[1].kind.dtype))
    texts.append(f"{name_of_apart(subject)} {_plain(float(both.apart[0, 0]))}")
    return row, column, " · ".join(texts)


def name_of_apart(subject: PairSubject) -> str:
    """What the difference is called: of complex numbers it is a length."""
    lengths = any(side[1].kind.element.family == "complex" for side in (subject.a, subject.b))
    return "|B − A|" if lengths else "B − A"


def _plain(number: float) -> str:
    # As many digits as the difference of two float32 may need.
    return f"{number:.9g}" if math.isfinite(number) else figure(number)


def pair_table(drawn: PairDrawn, separator: str, report: Report) -> str:
    """The cells of all three for other programs, a line for each place.

    Args:
        drawn: What is shown.
        separator: Between the figures.
        report: Told the rows that are written; raises `Cancelled`.
    """
    found = drawn.found
    columns = range(found.columns[0], found.columns[1], found.step[1])
    lines = [separator.join(("row", "column", "A", "B", name_of_apart(drawn.subject)))]
    for at, row in enumerate(range(found.rows[0], found.rows[1], found.step[0])):
        report(at, found.cells.shape[0], "writing")
        cells = zip(columns, *(each.found.cells[at] for each in (drawn.a, drawn.b, drawn.apart)), strict=True)
        lines += [separator.join((str(row), *map(str, cell))) for cell in cells]
    return "\n".join(lines) + "\n"
