"""What the table of values reads, in the worker."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.values.planes import Bounds, Plane
from explorer.progress import Report
from explorer.ui.export import write_whole


class Source(NamedTuple):
    """Where values come from.

    Attributes:
        checkpoint: That is open.
        tensor: Of it.
        plane: The table of it.
        as_bits: Give the stored bits, in hexadecimal figures, and no numbers.
    """

    checkpoint: Checkpoint
    tensor: TensorInfo
    plane: Plane
    as_bits: bool


class Block(NamedTuple):
    """A part of a table as texts.

    Attributes:
        rows: Of the table.
        columns: Of the table.
        texts: Row by row.
    """

    rows: Bounds
    columns: Bounds
    texts: list[str]

    def text(self, row: int, column: int) -> str:
        """What stands at a row and a column of the table, which are in the block."""
        wide = self.columns[1] - self.columns[0]
        return self.texts[(row - self.rows[0]) * wide + column - self.columns[0]]


def read_block(source: Source, rows: Bounds, columns: Bounds, _report: Report) -> Block:
    """Read a part of a table."""
    # NumPy is imported on the worker, behind the window.
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415

    with open_values(source.checkpoint) as values:
        return Block(rows, columns, _texts(values, source, rows, columns))


def write_table(source: Source, rows: Bounds, columns: Bounds, separator: str, report: Report, *, titled: bool) -> str:
    """A part of a table for other programs: a line for each row.

    Args:
        source: Where values come from.
        rows: Of the table.
        columns: Of the table.
        separator: Between values.
        report: Told the rows that were written; raises `Cancelled`.
        titled: Put the numbers of columns above, and those of rows before each line.
    """
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above

    lines = [separator.join(["", *map(str, range(*columns))])] if titled else []
    wide = columns[1] - columns[0]
    together = max(1, 16_384 // wide)
    with open_values(source.checkpoint) as values:
        for first in range(rows[0], rows[1], together):
            report(first - rows[0], rows[1] - rows[0], "writing values")
            part = (first, min(first + together, rows[1]))
            texts = _texts(values, source, part, columns)
            for place in range(part[1] - part[0]):
                line = texts[place * wide : (place + 1) * wide]
                lines.append(separator.join([str(first + place), *line] if titled else line))
    return "\n".join(lines) + "\n" * titled


def exact_facts(source: Source, row: int, column: int, _report: Report) -> tuple[int, int, str]:
    """All that is known of one value: its place, its number with every digit, and its bits."""
    from explorer.analysis.value_texts import exactly, texts_of  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.region_values import read_plane, read_plane_bits  # noqa: PLC0415 - as above

    tensor, at = source.tensor, ((row, row + 1), (column, column + 1))
    with open_values(source.checkpoint) as values:
        number = read_plane(values, tensor, source.plane, *at)
        bits = read_plane_bits(values, tensor, source.plane, *at)
    index = ", ".join(map(str, source.plane.index(row, column)))
    said = [f"[{index}] = {texts_of(number, tensor.kind)[0]}"]
    every_digit = exactly(number[0, 0])
    if every_digit and every_digit != texts_of(number, tensor.kind)[0]:
        said.append(f"exactly {every_digit}")
    said.append(f"bits 0x{bits.tobytes().hex()}")
    return row, column, " · ".join(said)


def _texts(values: object, source: Source, rows: Bounds, columns: Bounds) -> list[str]:
    from explorer.analysis.value_texts import texts_of  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import Values  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.region_values import read_plane, read_plane_bits  # noqa: PLC0415 - as above

    assert isinstance(values, Values)  # noqa: S101 - its callers have opened them
    if not source.as_bits:
        return texts_of(read_plane(values, source.tensor, source.plane, rows, columns), source.tensor.kind)
    bits = read_plane_bits(values, source.tensor, source.plane, rows, columns)
    figures, digits = bits.tobytes().hex(), 2 * bits.shape[-1]
    return [figures[at : at + digits] for at in range(0, len(figures), digits)]


def written(make: Callable[[Report], str], path: Path, report: Report) -> OSError | None:
    """Write a table to a file; why that could not be done, if so."""
    try:
        write_whole(path, make(report).encode())
    except OSError as error:
        return error
    return None
