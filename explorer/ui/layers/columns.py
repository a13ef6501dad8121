"""The columns of the tree: what stands in them, and how they are sorted."""

import math
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from explorer import formatting
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.sums import Sums
from explorer.checkpoint.tree import Layer
from explorer.ui.help.meanings import tree as meanings
from explorer.ui.help.meanings import values
from explorer.ui.help.meanings.meaning import explained
from explorer.ui.tables.heads import Head, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from explorer.analysis.measure.statistics import Statistics


class Column(IntEnum):
    """The columns, from the left."""

    NAME = 0
    DISTRIBUTION = 1
    SHAPE = 2
    TYPE = 3
    PARAMETERS = 4
    BYTES = 5
    SAVED_ON = 6
    IS_ON = 7
    MIN = 8
    MAX = 9
    MEAN = 10
    STD = 11
    L2 = 12
    ZEROS = 13
    NOT_FINITE = 14


HEADS: Final = explained(
    (
        Head("Name"),
        Head("Distribution", short="Bars"),
        Head("Shape", figures=True),
        Head("Type"),
        *(Head(title, figures=True) for title in ("Params", "Bytes")),
        *(Head(title) for title in ("Saved on", "Is on")),
        *(Head(title, figures=True) for title in ("Min", "Max", "Mean", "Std", "L2 norm", "Zeros", "NaN, Inf")),
    ),
    meanings.COLUMNS,
    values.FIGURES,
)
TITLES: Final = tuple(head.title for head in HEADS)
STATISTIC_COLUMNS: Final = tuple(Column)[Column.MIN :]
RIGHT_COLUMNS: Final = frozenset(column for column in Column if HEADS[column].figures)
_NEAR: Final = 0.05
"""Half of the middle 99 % is a smaller part of the values themselves where all are near each other."""


_natural_word: Final = lru_cache(256)(natural)
"""For the few words that stand in many rows."""


FIGURES: "Final[dict[int, Callable[[Statistics], float | int | None]]]" = {
    Column.MIN: attrgetter("min"),
    Column.MAX: attrgetter("max"),
    Column.MEAN: attrgetter("mean"),
    Column.STD: attrgetter("std"),
    Column.L2: lambda statistics: statistics.l2 if statistics.finite else None,
    Column.ZEROS: lambda statistics: statistics.zeros / statistics.count if statistics.count else None,
    Column.NOT_FINITE: lambda statistics: statistics.count - statistics.finite,
}
"""The number that a statistics column shows: a share for zeros, NaN and infinities together for the last."""

NEAR: Final = "all near "
NOT_DRAWN: Final = "not drawn"
"""They stand in the place of a small histogram; a figure follows the first."""


def layer_text(layer: Layer, column: int) -> str | None:
    """What stands in a layer's row.

    Args:
        layer: Any.
        column: Any.
    """
    match column:
        case Column.NAME:
            return formatting.visible(layer.name) or formatting.UNNAMED
        case Column.PARAMETERS:
            return formatting.count(layer.sums.parameters)
        case Column.BYTES:
            return formatting.nbytes(layer.sums.nbytes)
    return None


def layer_tip(layer: Layer, column: int) -> str | None:
    """The same with every digit, for the tool tip.

    Args:
        layer: Any.
        column: Any.
    """
    match column:
        case Column.NAME:
            full = formatting.visible(layer.prefix or layer.name, 1000) or formatting.UNNAMED
            return f"{full}\n{formatting.plural(layer.sums.tensors, 'tensor')}"
        case Column.PARAMETERS:
            return formatting.plural(layer.sums.parameters, "parameter")
        case Column.BYTES:
            return formatting.exact_bytes(layer.sums.nbytes)
    return None


def tensor_text(kind: TensorKind, statistics: "Statistics | None", column: int) -> str | None:
    """What stands in a tensor's row, but for its name.

    Args:
        kind: Of the tensor.
        statistics: Of the tensor; None while they are not known.
        column: Any but the first two.
    """
    match column:
        case Column.DISTRIBUTION:
            return _together_text(statistics)
        case Column.SHAPE:
            return formatting.shape(kind.shape) if kind.is_known else formatting.NOTHING
        case Column.TYPE:
            return kind.element.short
        case Column.PARAMETERS:
            return formatting.count(kind.numel) if kind.counts_as_parameters else formatting.NOTHING
        case Column.BYTES:
            return formatting.nbytes(kind.nbytes) if kind.is_known else formatting.NOTHING
        case Column.SAVED_ON:
            return formatting.NOTHING if kind.saved_device is None else formatting.visible(kind.saved_device)
    return None if statistics is None else figure_text(statistics, column)


def tensor_tip(kind: TensorKind, statistics: "Statistics | None", column: int) -> str | None:
    """The same with every digit, for the tool tip.

    Args:
        kind: Of the tensor.
        statistics: Of the tensor; None while they are not known.
        column: Any but the first.
    """
    if not kind.is_known:
        return kind.problem
    match column:
        case Column.DISTRIBUTION:
            together = None if kind.problem else _together_text(statistics)
            return None if together is None or statistics is None else _why_not_drawn(statistics)
        case Column.SHAPE:
            return formatting.shape(kind.shape, len(kind.shape) + 2)
        case Column.TYPE:
            return kind.dtype
        case Column.PARAMETERS:
            counted = formatting.plural(kind.numel, "parameter")
            not_counted = f"{formatting.plural(kind.numel, 'value')}, not counted as parameters"
            return counted if kind.counts_as_parameters else not_counted
        case Column.BYTES:
            return formatting.exact_bytes(kind.nbytes)
    return None if statistics is None or column < Column.MIN else figure_tip(statistics, column)


def tensor_exact(kind: TensorKind, statistics: "Statistics | None", column: int) -> str | float | None:
    """What is copied of a tensor, but for its name and for where it is; "" where there is nothing.

    Args:
        kind: Of the tensor.
        statistics: Of the tensor; None while they are not known.
        column: Any but the first two.
    """
    match column:
        case Column.SHAPE:
            return "×".join(map(str, kind.shape)) if kind.is_known else ""
        case Column.TYPE:
            return kind.dtype
        case Column.PARAMETERS:
            return kind.numel if kind.counts_as_parameters else ""
        case Column.BYTES:
            return kind.nbytes if kind.is_known else ""
        case Column.SAVED_ON:
            return formatting.visible(kind.saved_device or "", 1000)
    number = None if statistics is None or column < Column.MIN else FIGURES[column](statistics)
    return "" if number is None else number


def figure_text(statistics: "Statistics", column: int) -> str:
    """What stands in a statistics column.

    Args:
        statistics: Of a tensor or a layer.
        column: One of `STATISTIC_COLUMNS`.
    """
    if column == Column.ZEROS:
        return formatting.percent(statistics.zeros, statistics.count)
    if column == Column.NOT_FINITE:
        return formatting.count(statistics.count - statistics.finite)
    return formatting.figure(FIGURES[column](statistics))


def figure_tip(statistics: "Statistics", column: int) -> str | None:
    """The same with every digit; None where there is no figure.

    Args:
        statistics: Of a tensor or a layer.
        column: One of `STATISTIC_COLUMNS`.
    """
    if column == Column.ZEROS:
        return f"{formatting.exact(statistics.zeros)} of {formatting.plural(statistics.count, 'value')}"
    if column == Column.NOT_FINITE:
        return (
            f"{formatting.exact(statistics.nan)} NaN, {formatting.exact(statistics.posinf)} +Inf, "
            f"{formatting.exact(statistics.neginf)} −Inf"
        )
    number = FIGURES[column](statistics)
    return None if number is None else repr(number)


def figure_sort_keys(statistics: "Iterable[Statistics | None]", column: int) -> list[float]:
    """What rows are sorted by in a statistics column; what is not known comes before everything.

    Args:
        statistics: Of each row; None for what has none.
        column: One of `STATISTIC_COLUMNS`.
    """
    figure = FIGURES[column]
    # Comparing floats takes a third of the time that tuples of them take. No figure is minus infinity.
    return [-math.inf if known is None or (number := figure(known)) is None else number for known in statistics]


def kind_sort_key(kind: TensorKind, column: int) -> tuple[Any, ...]:
    """What a tensor's row is sorted by in the other columns, but for the name.

    Args:
        kind: Of the tensor.
        column: Any between the name and `STATISTIC_COLUMNS`.
    """
    match column:
        case Column.SHAPE:
            return (kind.numel, kind.shape)
        case Column.TYPE:
            return (_natural_word(kind.element.short),)
        case Column.PARAMETERS:
            return (kind.numel if kind.counts_as_parameters else 0,)
        case Column.BYTES:
            return (kind.nbytes,)
        case Column.SAVED_ON:
            return (_natural_word(kind.saved_device or ""),)
    return ()


def layer_sort_key(sums: Sums, column: int) -> tuple[int, ...]:
    """What a layer's row is sorted by beside them: nothing, where it shows nothing.

    Args:
        sums: Of the layer.
        column: As for `kind_sort_key`.
    """
    return (sums.parameters,) if column == Column.PARAMETERS else (sums.nbytes,) if column == Column.BYTES else ()


def bars(statistics: "Statistics") -> tuple[float, ...]:
    """As `explorer.analysis.draw.row_bars.bars`."""
    from explorer.analysis.draw import row_bars  # noqa: PLC0415 - statistics brought NumPy already

    return row_bars.bars(statistics)


def _together_text(statistics: "Statistics | None") -> str | None:
    """What stands in the place of a small histogram that cannot be drawn truly; None where one can, or nothing is."""
    if statistics is None or statistics.min is None or bars(statistics):
        return None
    low, high = _middle(statistics)
    near = high / 2 - low / 2 < _NEAR * max(abs(low), abs(high))
    return f"{NEAR}{formatting.figure(statistics.mean)}" if near else NOT_DRAWN


def _why_not_drawn(statistics: "Statistics") -> str:
    low, high = _middle(statistics)
    return (
        "The statistics do not tell these values apart well enough for a small drawing: "
        f"the middle 99 % lie between {low!r} and {high!r}. Select the tensor to see them."
    )


def _middle(statistics: "Statistics") -> tuple[float, float]:
    from explorer.analysis.draw.histogram import robust_range  # noqa: PLC0415 - statistics brought NumPy already

    return robust_range(statistics)
