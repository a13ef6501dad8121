"""The tensors of a tree of layers for other programs, a row for each."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from explorer import formatting
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.ui.layers.columns import TITLES, Column, tensor_exact
from explorer.ui.tables.columns import Separator, Writer, written

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics

_COLUMNS = tuple(column for column in Column if column not in (Column.NAME, Column.DISTRIBUTION, Column.IS_ON))


def layer_writer(layer: Layer, known: "Mapping[int, Statistics]", place_of: Callable[[int], str]) -> Writer:
    """What writes the tensors below a layer, in the file's order.

    Args:
        layer: With all that is to be written.
        known: Statistics by the tensor's number.
        place_of: Where a tensor is, by its number.
    """
    return partial(_write, layer, known, place_of)


def _write(
    layer: Layer,
    known: "Mapping[int, Statistics]",
    place_of: Callable[[int], str],
    separator: Separator,
    report: Report,
) -> str:
    table = layer.table

    def rows() -> Iterator[list[object]]:
        for number in layer.numbers:
            kind, statistics = table.kind(number), known.get(number)
            name = formatting.visible(table.key(number), 10_000) or formatting.UNNAMED
            yield [name, *(tensor_exact(kind, statistics, column) for column in _COLUMNS), place_of(number)]

    titles = [TITLES[column] for column in (Column.NAME, *_COLUMNS, Column.IS_ON)]
    return written(titles, rows(), separator, report)
