"""What the rows of a layer are sorted by."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from explorer.checkpoint.tree import Layer
from explorer.ui.layers.columns import (
    STATISTIC_COLUMNS,
    Column,
    figure_sort_keys,
    kind_sort_key,
    layer_sort_key,
)
from explorer.ui.tables.heads import natural

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics


def sort_keys(
    owner: Layer,
    rows: Sequence[int | Layer],
    column: int,
    statistics_of: "Callable[[int], Statistics | None]",
    place_of: Callable[[int], str],
) -> list[Any]:
    """Keys for all rows of a layer, which can be compared with each other.

    Args:
        owner: The layer.
        rows: What is directly in it: numbers of tensors, and layers.
        column: The one that is sorted by.
        statistics_of: Looks up what is known of a tensor.
        place_of: Looks up where it is now.
    """
    if column == Column.NAME:
        return [natural(owner.leaf_name(row) if isinstance(row, int) else row.name) for row in rows]
    if column == Column.IS_ON:
        places = [place_of(row) if isinstance(row, int) else "" for row in rows]
        in_order = {place: natural(place) for place in set(places)}
        return [in_order[place] for place in places]
    if column in STATISTIC_COLUMNS:
        return figure_sort_keys([statistics_of(row) if isinstance(row, int) else None for row in rows], column)
    table = owner.table
    kind_of = table.kind_of
    kinds = {kind_of[row] for row in rows if isinstance(row, int)}
    of_kind = {kind: kind_sort_key(table.kinds[kind], column) for kind in kinds}
    return [of_kind[kind_of[row]] if isinstance(row, int) else layer_sort_key(row.sums, column) for row in rows]
