"""Heat maps of A, of B and of their difference that move together, or A and B as one behind a curtain."""

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.formatting import figure
from explorer.ui import theme
from explorer.ui.compare.map_scene import MapScene, map_scene_of
from explorer.ui.compare.map_work import PairDrawn, name_of_apart
from explorer.ui.heatmap.colors import SHOWN_CODES, of, table_of
from explorer.ui.heatmap.painting import (
    paint_cells,
    paint_column_labels,
    paint_cursor,
    paint_row_labels,
    paint_tiles,
)
from explorer.ui.heatmap.plot import image_of
from explorer.ui.heatmap.scene import Scene
from explorer.ui.heatmap.table_plot import TablePlot

_GRIP: Final = 6.0
"""Pixels from the curtain at which the mouse still takes it."""
_CURTAIN_STEP: Final = 0.02
_MARK: Final = 7.0
"""Pixels from the marked place to the ring around it, at least."""
_CENTRED: Final = 10.0
"""Pixels of a cell that is brought into the middle."""


class MapPlot(TablePlot[PairDrawn, tuple[QImage, ...]]):
    """Draws what it is given three times side by side, or A to the left of a line and B to its right.

    The line is dragged, or moved with Shift and an arrow key.

    Signals:
        curtain_moved: The line is at another share of the width, from 0 to 1.
    """

    curtain_moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Heat maps of A, B and their difference", parent)
        self._maps: MapScene | None = None
        self._has_curtain = False
        self._curtain = 0.5
        self._draws_curtain = False
        self._mark: tuple[int, int] | None = None

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Where each of the maps stands, from left to right."""
        return () if self._maps is None else self._maps.maps

    @property
    def curtain(self) -> float | None:
        """At which share of the width the line is; None where there is none."""
        return self._curtain if self._has_curtain else None

    @property
    def mark(self) -> tuple[int, int] | None:
        """The row and the column that have a ring around them."""
        return self._mark

    def show_table(self, height: int, width: int) -> None:
        """Begin with another table, of which nothing is drawn yet."""
        self._mark = None
        super().show_table(height, width)

    def show_curtain(self, *, on: bool) -> None:
        """Draw A and B as one, or all three."""
        self._has_curtain = on
        self._lay_out()
        self.moved.emit()

    def move_curtain(self, share: float) -> None:
        """Draw A so far from the left, from 0 to 1, and B beyond."""
        share = min(max(share, 0.0), 1.0)
        if share != self._curtain:
            self._curtain = share
            self.update()
            self.curtain_moved.emit(share)

    def mark_place(self, row: int, column: int) -> None:
        """Bring a place into the middle, large enough to be seen, and draw a ring around it."""
        self._mark = row, column
        if self._scene is None:
            return
        room = self._scene.room
        ranges = []
        for place, (low, high), pixels in ((row, self._rows, room.height()), (column, self._columns, room.width())):
            half = min(high - low, pixels / _CENTRED) / 2
            ranges.append((place + 0.5 - half, place + 0.5 + half))
        self._show(*ranges)
        self.go_to(row, column)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the curtain, or begin to drag the maps."""
        if event.button() == Qt.MouseButton.LeftButton and self._is_at_curtain(event.position()):
            self._draws_curtain = True
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the curtain, drag the maps, or read out."""
        if self._draws_curtain and self._scene is not None:
            room = self._scene.room
            self.move_curtain((event.position().x() - room.left()) / room.width())
            return
        super().mouseMoveEvent(event)
        if self._pressed is None and self._is_at_curtain(event.position()):
            self.setCursor(Qt.CursorShape.SplitHCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the curtain, or end a drag."""
        if self._draws_curtain and event.button() == Qt.MouseButton.LeftButton:
            self._draws_curtain = False
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move the curtain, or do what every table does."""
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if self._has_curtain and shifted and event.key() in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            by = _CURTAIN_STEP if event.key() == Qt.Key.Key_Right else -_CURTAIN_STEP
            self.move_curtain(self._curtain + by)
        else:
            super().keyPressEvent(event)

    def _in_scene(self, position: QPointF) -> QPointF:
        for scene in self.scenes:
            if scene.room.contains(position):
                return position - scene.room.topLeft() + self.scenes[0].room.topLeft()
        return position

    def _is_at_curtain(self, position: QPointF) -> bool:
        line = self._line_of_curtain()
        if line is None or self._scene is None or not self._scene.room.adjusted(-_GRIP, 0, _GRIP, 0).contains(position):
            return False
        return abs(position.x() - line) <= _GRIP

    def _line_of_curtain(self) -> float | None:
        if self._scene is None or not self._has_curtain:
            return None
        return self._scene.room.left() + self._curtain * self._scene.room.width()

    def _images_of(self, drawn: PairDrawn) -> tuple[QImage, ...]:
        colors = theme.current(self)
        return tuple(image_of(each.codes, colors) for each in (drawn.a, drawn.b, drawn.apart))

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(theme.small_font(self.font()))
        size = QSizeF(self.size())
        odd = bool(self._pictures) and any(map(any, _odd_in(self._pictures[-1][0])))
        self._maps = map_scene_of(size, metrics, self._rows, self._columns, curtain=self._has_curtain, odd=odd)
        self._scene = self._maps.maps[0]
        self.update()

    def _paint(self, painter: QPainter, cursor: tuple[int, int] | None) -> None:
        if self._maps is None or not self._pictures:
            return
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        colors, finest = theme.current(self), self._pictures[-1][0]
        line = self._line_of_curtain()
        for at, scene in enumerate(self._maps.maps):
            if line is None:
                self._paint_map(painter, scene, at, scene.room, cursor)
            else:
                left, right = QRectF(scene.room), QRectF(scene.room)
                left.setRight(line)
                right.setLeft(line)
                self._paint_map(painter, scene, 0, left, cursor)
                self._paint_map(painter, scene, 1, right, cursor)
            painter.setPen(QColor(colors.line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(scene.room)
            paint_column_labels(painter, scene, finest.subject.plane, colors)
        paint_row_labels(painter, self._maps.maps[0], finest.subject.plane, colors)
        self._paint_captions(painter, colors)
        for bar, drawn in zip(self._maps.bars, (finest.a, finest.apart), strict=False):
            _paint_bar(painter, bar, drawn.limit, colors)
        _paint_odd(painter, self._maps, finest, colors)
        if line is not None:
            room = self._maps.maps[0].room
            painter.setPen(QPen(QColor(colors.panel), 4))
            painter.drawLine(QLineF(line, room.top(), line, room.bottom()))
            painter.setPen(QPen(QColor(colors.text), 2))
            painter.drawLine(QLineF(line, room.top() - 4, line, room.bottom() + 4))

    def _paint_map(
        self, painter: QPainter, scene: Scene, which: int, clip: QRectF, cursor: tuple[int, int] | None
    ) -> None:
        colors, finest = theme.current(self), self._pictures[-1][0]
        painter.save()
        painter.setClipRect(clip)
        for drawn, images in self._pictures:
            paint_cells(painter, scene, drawn.found, images[which])
        paint_tiles(painter, scene, finest.a, colors)
        if cursor is not None:
            paint_cursor(painter, scene, finest.found.step, cursor, colors)
        if self._mark is not None:
            _paint_mark(painter, scene, self._mark, colors)
        painter.restore()

    def _paint_captions(self, painter: QPainter, colors: theme.Theme) -> None:
        if self._maps is None:
            return
        named = (
            ("A", colors.accent),
            ("B", colors.b_text),
            (name_of_apart(self._pictures[-1][0].subject), colors.text),
        )
        rooms = [scene.room for scene in self._maps.maps]
        for at, (name, color) in enumerate(named[: 2 if self._has_curtain else 3]):
            room = rooms[min(at, len(rooms) - 1)]
            side = Qt.AlignmentFlag.AlignRight if self._has_curtain and at else Qt.AlignmentFlag.AlignLeft
            painter.setPen(QColor(color))
            above = QRectF(room.left(), 4, room.width(), self._maps.captions)
            painter.drawText(above, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, name)


def _paint_mark(painter: QPainter, scene: Scene, at: tuple[int, int], colors: theme.Theme) -> None:
    """A ring around a place, which is seen on every colour."""
    middle = QPointF(scene.x_of(at[1] + 0.5), scene.y_of(at[0] + 0.5))
    wide, high = scene.x_of(at[1] + 1) - scene.x_of(at[1]), scene.y_of(at[0] + 1) - scene.y_of(at[0])
    far = max(_MARK, min(max(wide, high), 4 * _MARK) * 0.75)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((colors.panel, 4.0), (colors.text, 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawEllipse(middle, far, far)
    painter.restore()


def _paint_bar(painter: QPainter, bar: QRectF, limit: float, colors: theme.Theme) -> None:
    """The colours from left to right with their figures."""
    table = QImage(SHOWN_CODES, 1, QImage.Format.Format_RGB32)
    for code, color in enumerate(table_of(colors)[:SHOWN_CODES]):
        table.setPixel(code, 0, color)
    painter.drawImage(bar, table, QRectF(0, 0, SHOWN_CODES, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(colors.line))
    painter.drawRect(bar)
    painter.setPen(QColor(colors.muted))
    metrics = painter.fontMetrics()
    below = QRectF(bar.left(), bar.bottom() + 2, bar.width(), metrics.height())
    for side, text in figures_below(limit, bar.width(), metrics):
        painter.drawText(below, side | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine, text)


def figures_below(limit: float, room: float, metrics: QFontMetrics) -> list[tuple[Qt.AlignmentFlag, str]]:
    """What stands below colours, and at which side.

    Args:
        limit: Where they end, to both sides of 0.
        room: Their width in pixels.
        metrics: Of the figures.
    """
    ends = figure(-limit), figure(limit)
    left, middle, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
    wide = sum(map(metrics.horizontalAdvance, ends))
    if wide + metrics.horizontalAdvance("  0  ") < room:
        return [(left, ends[0]), (middle, "0"), (right, ends[1])]
    if wide + metrics.horizontalAdvance("  ") < room:
        return [(left, ends[0]), (right, ends[1])]
    # They would run into each other.
    return [(middle, f"±{ends[1]}")]


def _odd_in(drawn: PairDrawn) -> list[tuple[int, ...]]:
    """Cells with NaN, with +Inf and with -Inf, in each of the maps."""
    return list(zip(*(each.odd for each in (drawn.a, drawn.b, drawn.apart)), strict=True))


def _paint_odd(painter: QPainter, maps: MapScene, drawn: PairDrawn, colors: theme.Theme) -> None:
    """The colours of what is not finite, where there is some, beside those of A and B."""
    heat, bar = of(colors), maps.bars[0]
    x, size, height = bar.right() + 12, bar.height(), painter.fontMetrics().height()
    three = _odd_in(drawn)
    for name, mark, cells in zip(("NaN", "+Inf", "-Inf"), (heat.nan, heat.posinf, heat.neginf), three, strict=True):
        if not any(cells):
            continue
        painter.fillRect(QRectF(x, bar.top(), size, size), QColor(mark))
        painter.setPen(QColor(colors.text))
        wide = painter.fontMetrics().horizontalAdvance(name)
        room = QRectF(x + size + 4, bar.center().y() - height / 2, wide + 2, height)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        x = room.right() + 8
