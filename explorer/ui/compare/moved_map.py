"""Where a network moved: a map of its layers by kinds, the words about a cell, and the ways to take both elsewhere."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from explorer import formatting
from explorer.analysis.compare.moved_layers import MovedLayer
from explorer.analysis.compare.ranks import RANK_WORDS
from explorer.ui import theme
from explorer.ui.compare.moved_plot import Cell, MovedPlot
from explorer.ui.compare.naming import both_sides
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import MakeTable, PlotView, Separator
from explorer.ui.settings import Settings
from explorer.ui.text import label

if TYPE_CHECKING:
    from explorer.analysis.compare.moved_grid import MovedGrid
    from explorer.ui.compare.model import Arranged

MOST: Final = 120
"""So many layers are drawn, each wide enough to be pointed at."""

_TITLE: Final = "Where it moved"
_COLUMNS: Final = ("layer", "kind", "tensors", "identical", "relative_l2", "from_zero", "relative_l2_of", "largest")


class MovedMap(PlotView):
    """A title, the cells, and a line that says what is under the mouse.

    Signals:
        chosen: The pair that tells of a cell was asked for (its place in `Pairing.pairs`).
    """

    chosen = Signal(int)

    def __init__(self, settings: Settings) -> None:
        """Make it, hidden.

        Args:
            settings: Remember the folder that was saved to.
        """
        actions = ExportActions("the cells", None, key=False)
        super().__init__("moved layers", actions, settings)
        self._grid: MovedGrid | None = None
        self._files = ""
        self.title = label(_TITLE, muted=True, wrap=True)
        self.plot = MovedPlot()
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(export_button(actions), 0, Qt.AlignmentFlag.AlignTop)
        for words in (self.readout, self.notes):
            words.setContentsMargins(0, 0, 0, 0)
        self.notes.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.plot)
        layout.addWidget(self.readout)
        layout.addWidget(self.notes)
        self.plot.pointed.connect(self._read_out)
        self.plot.chosen.connect(self.chosen)
        self.hide()

    def show_arranged(self, arranged: "Arranged | None") -> None:
        """Show the layers of other pairs; hidden where there are fewer than two layers."""
        grid = None if arranged is None else arranged.moved
        if grid is self._grid and grid is not None:
            return
        if grid is not None and arranged is not None and arranged.compared is not None:
            self._files = both_sides(arranged.compared.comparison.pairing)
            self.plot.show_grid(grid)
            self.title.setText(_title(grid, arranged.of_all))
        self._grid = grid
        self.begin_words()
        self.tell()
        self.setVisible(grid is not None and len(grid.layers) > 1)
        self._actions.allow_taking("" if grid is not None else "Compare with another checkpoint first.")
        self._read_out(None)

    def show_pair(self, place: int) -> None:
        """Mark the cell that a pair is in."""
        if self._grid is not None:
            self.plot.mark(self._grid.cell_of[place])
            self._read_out(None)

    def drawn(self) -> MovedPlot | None:
        """The plot, while there is something on it."""
        return None if self._grid is None else self.plot

    def name(self) -> str:
        """The names of both files."""
        return self._files

    def make_table(self) -> MakeTable | None:
        """A line for each cell, layer by layer, with every digit."""
        grid = self._grid
        return None if grid is None else lambda separator, _report: _table(grid, separator)

    def above(self) -> list[Line]:
        """Both files, and what the colours stand for."""
        return [
            self.headline(self._files),
            Line(self.title.text(), self.font(), theme.current(self).muted),
        ]

    def below(self) -> list[str]:
        """Nothing."""
        return []

    def facts(self) -> list[str]:
        """Nothing more."""
        return []

    def _read_out(self, cell: Cell | None) -> None:
        grid = self._grid
        at = self.plot.marked if cell is None else cell
        if grid is None or at is None:
            self.readout.setText("Click on a cell, or press ←, →, ↑ or ↓, to see its tensor that moved furthest.")
            return
        self.readout.setText(f"{grid.kinds[at[0]]} in {_words(grid.cells[at], grid.words_of(at))}")
        self.plot.setAccessibleDescription(self.readout.text())


def _title(grid: "MovedGrid", of_all: str) -> str:
    """What the map shows, which colours stand for what, and how many layers it leaves out."""
    which = f", {of_all}" if of_all else ""
    least, most = grid.reach
    colours = _scale(formatting.figure(least), formatting.figure(most)) if most else "none"
    if grid.beyond and grid.scaled is not None:
        others = " and ".join(RANK_WORDS[rank] for rank in grid.beyond)
        colours = f"{RANK_WORDS[grid.scaled]} {colours}, which some {others} exceed"
    of = f"; {len(grid.layers)} of {formatting.exact(grid.layers_in_all)} layers"
    left_out = of if len(grid.layers) < grid.layers_in_all else ""
    from_zero = "; dashed: +Inf, as some were all 0 in A" if any(cell.from_zero for cell in grid.cells.values()) else ""
    return f"{_TITLE}{which} (relative L2: {colours}; hatched: bit-identical{from_zero}{left_out})"


def _words(layer: MovedLayer, moved: str) -> str:
    of = f"{formatting.plural(layer.pairs, 'tensor')}, {formatting.exact(layer.identical)} identical"
    return f"{formatting.visible(layer.name) or '(top)'}: {moved} · {of}"


def _table(grid: "MovedGrid", separator: Separator) -> str:
    rows: list[list[object]] = []
    for (row, column), cell in sorted(grid.cells.items(), key=lambda item: item[0][::-1]):
        layer = formatting.visible(grid.layers[column], 10_000)
        of = None if cell.rank is None else RANK_WORDS[cell.rank]
        largest = max((change for change in cell.changes if change is not None), default=None)
        rows.append([layer, grid.kinds[row], cell.pairs, cell.identical, cell.change, cell.from_zero, of, largest])
    return formatting.delimited(_COLUMNS, rows, separator)


def _scale(least: str, most: str) -> str:
    return f"{most}, full" if least == most else f"from {least}, faint, to {most}, full"
