"""The table of what is directly in a layer."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QTableView

from explorer import formatting
from explorer.progress import Report
from explorer.ui.help.meanings import tree as meanings
from explorer.ui.help.meanings import values
from explorer.ui.help.meanings.meaning import explained
from explorer.ui.layers.columns import FIGURES, TITLES, figure_text, figure_tip
from explorer.ui.layers.columns import Column as Figure
from explorer.ui.tables.columns import Column, Separator, Writer, written
from explorer.ui.tables.heads import Head
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.tables.model import TableModel

if TYPE_CHECKING:
    from explorer.analysis.layer_figures import Child

_WIDE: Final = "-4.444e+20"
_ROOM_FOR_NAME: Final = 110
"""Pixels."""
_NUMBERS: Final = ("min", "max", "mean", "std")


def _figure(figure: Figure, sample: str, goes: int = 0) -> "Column[None, Child]":
    def shown(_of: None, child: "Child") -> str:
        return formatting.NOTHING if child.statistics is None else figure_text(child.statistics, figure)

    def exact(_of: None, child: "Child") -> float | None:
        return None if child.statistics is None else FIGURES[figure](child.statistics)

    def tip(_of: None, child: "Child") -> str:
        said = None if child.statistics is None else figure_tip(child.statistics, figure)
        return "" if said is None else f"{TITLES[figure]}: {said}"

    return Column(Head(TITLES[figure], figures=True, sample=sample, goes=goes), shown, exact=exact, tip=tip)


def _name(child: "Child", limit: int) -> str:
    return formatting.visible(child.name, limit) or formatting.UNNAMED


# Numbers of tensors and of parameters, and the share of zeros, go first: the tree and the figures above say them too;
# then what is not finite, which is marked in the tree.
_PLAIN: "Final[tuple[Column[None, Child], ...]]" = (
    Column(
        Head("Name"),
        lambda _of, child: _name(child, 200),
        exact=lambda _of, child: _name(child, 10_000),
    ),
    Column(
        Head("Tensors", figures=True, sample="1.00 k", goes=1),
        lambda _of, child: formatting.count(child.tensors),
        exact=lambda _of, child: child.tensors,
        tip=lambda _of, child: formatting.plural(child.tensors, "tensor"),
    ),
    Column(
        Head("Params", figures=True, sample="11.7 M", goes=2),
        lambda _of, child: formatting.count(child.parameters),
        exact=lambda _of, child: child.parameters,
        tip=lambda _of, child: formatting.plural(child.parameters, "parameter"),
    ),
    *(_figure(figure, _WIDE) for figure in (Figure.MIN, Figure.MAX, Figure.MEAN, Figure.STD)),
    _figure(Figure.ZEROS, "99.60 %", goes=3),
    _figure(Figure.NOT_FINITE, "11.7 M", goes=4),
)
_COLUMNS: Final = tuple(
    replace(column, head=head)
    for column, head in zip(
        _PLAIN, explained((column.head for column in _PLAIN), meanings.COLUMNS, values.FIGURES), strict=True
    )
)


class ChildrenModel(TableModel[None, "Child"]):
    """A row for each layer or tensor that is directly in a layer."""

    def __init__(self) -> None:
        super().__init__(_COLUMNS)

    def show_children(self, children: "list[Child]") -> None:
        """Show other rows.

        Args:
            children: In the file's order.
        """
        self.show_rows(None, children)

    def number(self, row: int) -> int:
        """The place of a row's child in the file's order."""
        child = self.row(row)
        return next(place for place, each in enumerate(self._natural) if each is child)

    def writer(self) -> Writer:
        """What writes all that is known of the rows."""
        return partial(as_text, self.rows)


class ChildrenTable(QTableView):
    """Shows `ChildrenModel`, without the least needed columns where there is no room for all of them.

    Signals:
        chosen: A row is to be looked at (its number): by double click or Enter.
    """

    chosen = Signal(int)

    def __init__(self, model: ChildrenModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        dress(self, "What is in the layer")
        Fitting(self, model.heads, _ROOM_FOR_NAME)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.activated.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.number(index.row()))


def as_text(children: "list[Child]", separator: Separator, report: Report) -> str:
    """Write the table for other programs: every digit, and nothing where there is no figure.

    Args:
        children: The rows.
        separator: Between the columns.
        report: As of `written`.
    """
    titles = ("name", "tensors", "parameters", "values", *_NUMBERS, "zeros", "NaN", "+Inf", "-Inf")
    return written(titles, map(_all_figures, children), separator, report)


def _all_figures(child: "Child") -> list[object]:
    known = child.statistics
    figures: list[object] = [""] * 9
    if known is not None:
        numbers = (getattr(known, name) for name in _NUMBERS)
        figures = [known.count, *numbers, known.zeros, known.nan, known.posinf, known.neginf]
    return [formatting.visible(child.name, 10_000), child.tensors, child.parameters, *figures]
