"""The cells of the map of moved layers: the stronger their colour the further, hatched where nothing changed."""

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QKeyEvent, QPainter, QPen

from explorer import formatting
from explorer.ui import theme
from explorer.ui.plots.span_plot import Span, SpanPlot

if TYPE_CHECKING:
    from explorer.analysis.compare.moved_grid import MovedGrid, Reach
    from explorer.analysis.compare.moved_layers import MovedLayer

Cell = tuple[int, int]
"""A row and a column."""

_GAP: Final = 8
_WITHIN: Final = 3.0
_STEPS: Final = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class MovedPlot(SpanPlot):
    """A row for each kind and a column for each layer; clicks and all arrow keys choose a cell.

    Signals:
        pointed: The `Cell` under the mouse; None when it left.
        chosen: A cell was asked for (the place of its pair in `Pairing.pairs`).
    """

    pointed = Signal(object)
    chosen = Signal(int)

    inset = 12
    least_shown = 2.0

    def __init__(self) -> None:
        super().__init__("Where it moved, by kinds and layers")
        self._grid: MovedGrid | None = None
        self._marked: Cell | None = None
        self.setMinimumSize(0, 0)

    @property
    def room(self) -> QRectF | None:
        """Of the cells, in pixels."""
        return None if self._grid is None else self._room()

    @property
    def marked(self) -> Cell | None:
        """The cell of the pair that is selected."""
        return self._marked

    def show_grid(self, grid: "MovedGrid") -> None:
        """Draw other cells, all of them, with none marked.

        Args:
            grid: With at least one layer.
        """
        self._grid, self._marked = grid, None
        self.setFixedHeight(math.ceil(len(grid.kinds) * self._row_height() + self._metrics().height() + 4))
        self.begin(len(grid.layers))

    def mark(self, cell: Cell | None) -> None:
        """Mark a cell, and bring it into view."""
        self._marked = cell
        if cell is not None:
            self._bring_into_view(cell[1], cell[1] + 1)
        self.update()

    def room_of(self, cell: Cell) -> QRectF:
        """Where a cell is, in pixels."""
        row, column = cell
        room, height = self._room(), self._row_height()
        left, right = (self.x_of(edge) for edge in (column, column + 1))
        return QRectF(left, room.top() + row * height, right - left, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose the next cell in a direction; the rest as every plot."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or self._grid is None:
            super().keyPressEvent(event)
            return
        self._ring.appear()
        if self._marked is None:
            self._choose_cell(min(self._grid.cells))
            return
        row, column = self._marked
        while 0 <= (row := row + step[0]) < len(self._grid.kinds) and 0 <= (column := column + step[1]) < len(
            self._grid.layers
        ):
            if (row, column) in self._grid.cells:
                self._choose_cell((row, column))
                return

    def _hover(self, position: QPointF | None) -> None:
        cell = None if position is None else self._cell_at(position)
        self.setCursor(Qt.CursorShape.ArrowCursor if cell is None else Qt.CursorShape.PointingHandCursor)
        self.pointed.emit(cell)

    def _click(self, position: QPointF) -> None:
        cell = self._cell_at(position)
        if cell is not None:
            self._choose_cell(cell)

    def _choose(self, span: Span) -> None:
        """Single cells are chosen here, not columns."""

    def _read(self, span: Span | None) -> None:
        """Likewise."""

    def _choose_cell(self, cell: Cell) -> None:
        if self._grid is not None:
            self.chosen.emit(self._grid.cells[cell].place)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme.small_font(self.font()))

    def _row_height(self) -> float:
        return math.ceil(self._metrics().height()) + 2.0

    def _room(self) -> QRectF:
        """Where cells are."""
        kinds = () if self._grid is None else self._grid.kinds
        left = max((self._metrics().horizontalAdvance(kind) for kind in kinds), default=0.0) + _GAP
        return QRectF(left, 0, max(1.0, self.width() - left), len(kinds) * self._row_height())

    def _cell_at(self, point: QPointF) -> Cell | None:
        room = self._room()
        if self._grid is None or not room.contains(point):
            return None
        cell = int((point.y() - room.top()) / self._row_height()), int(self.place_at(point.x()))
        return cell if cell in self._grid.cells else None

    def _fixed_place(self) -> float | None:
        return None if self._marked is None else self._marked[1] + 0.5

    def _lay_out(self) -> None:
        self.update()

    def _paint_all(self, painter: QPainter, *, cursor: bool) -> None:
        self._paint(painter)
        if cursor and self._marked is not None:
            painter.setClipRect(self._room())
            painter.setPen(QPen(QColor(theme.current(self).accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.room_of(self._marked).adjusted(1, 1, -1, -1))

    def _paint(self, painter: QPainter) -> None:
        grid, colors = self._grid, theme.current(self)
        if grid is None:
            return
        room, height = self._room(), self._row_height()
        painter.setFont(theme.small_font(self.font()))
        painter.setPen(QColor(colors.muted))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        for row, kind in enumerate(grid.kinds):
            painter.drawText(QRectF(0, row * height, room.left() - _GAP, height), flags, kind)
        painter.save()
        painter.setClipRect(room.adjusted(0, 0, 0, self._metrics().height() + 4))
        self._name_layers(painter, grid, room)
        painter.setClipRect(room)
        reach = grid.reach
        for cell, layer in grid.cells.items():
            rect = self.room_of(cell)
            if rect.right() > room.left() and rect.left() < room.right():
                self._draw_cell(painter, rect.adjusted(0.5, 1.5, -0.5, -0.5), layer, reach, colors)
        painter.restore()

    def _name_layers(self, painter: QPainter, grid: "MovedGrid", room: QRectF) -> None:
        """Name as many as there is room for: the first of each row of numbers in full.

        Of the others the number alone is told where no more fits into their columns.
        """
        free = room.left()
        before = ""
        for column, layer in enumerate(grid.layers):
            stem, dot, number = layer.rpartition(".")
            numbered = number.isdigit() and bool(dot)
            left = self.x_of(column)
            text = formatting.visible(layer, 40) or "(top)"
            if numbered and stem == before:
                own = self.x_of(column + 1) - left - _GAP
                shorter = text, f"{formatting.visible(stem.rpartition('.')[2])}.{number}", number
                text = next((name for name in shorter if self._metrics().horizontalAdvance(name) <= own), number)
            before = stem if numbered else ""
            wide = self._metrics().horizontalAdvance(text)
            if free <= left < room.right() and left + wide <= room.right():
                painter.drawText(QPointF(left, room.bottom() + self._metrics().ascent() + 2), text)
                free = left + wide + _GAP

    def _draw_cell(
        self, painter: QPainter, rect: QRectF, layer: "MovedLayer", reach: "Reach", colors: theme.Theme
    ) -> None:
        if layer.unmoved:
            painter.setPen(QPen(QColor(colors.line)))
            painter.setBrush(QBrush(QColor(colors.good), Qt.BrushStyle.BDiagPattern))
        elif layer.change is None and not layer.from_zero:
            painter.setPen(QPen(QColor(colors.caution), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            # From all 0 is no part of the scale: it is farther than all that is.
            strength = 1.0 if layer.from_zero else reach.strength(layer.change or 0.0)
            painter.setPen(QColor(colors.line))
            painter.setBrush(_between(QColor(colors.panel), QColor(colors.b_fill), strength))
        painter.drawRect(rect)
        if layer.from_zero:
            # Within the frame of the cell that is selected.
            within = min(_WITHIN, rect.width() / 4)
            painter.setPen(QPen(QColor(colors.panel), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(within, _WITHIN, -within, -_WITHIN))


def _between(faint: QColor, full: QColor, strength: float) -> QColor:
    red, green, blue = (
        low + (high - low) * strength
        for low, high in (
            (faint.redF(), full.redF()),
            (faint.greenF(), full.greenF()),
            (faint.blueF(), full.blueF()),
        )
    )
    return QColor.fromRgbF(red, green, blue)
