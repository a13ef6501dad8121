"""Quantile bands of all tensors, side by side.

They are drawn here and not by pyqtgraph, which takes a while to import: this is the first thing to be seen of a file.
"""

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from explorer.analysis.draw.axes import Axis
from explorer.ui import theme
from explorer.ui.plots.plot import ZOOM, Plot

if TYPE_CHECKING:
    from explorer.analysis.draw.overview import Overview
    from explorer.ui.overview.scene import Scene

_WHEEL_STEP: Final = 120
_MOVED_BY_WHEEL: Final = 0.1
"""A step of a wheel to the side moves by this part of what is shown."""
_NEAR: Final = 8
"""Pixels for each tensor after a click that zooms in."""
_LEAST_SHOWN: Final = 4
_LEAST_CURSOR: Final = 4.0
"""Pixels of the cursor, on columns that are narrower."""
_MARK: Final = 4.5
"""Pixels from the middle of a mark to its end."""


class Column(NamedTuple):
    """Rows that are drawn as one: from `first` to the one before `end`."""

    first: int
    end: int


class OverviewPlot(Plot):
    """Draws a column for each tensor: a pale band from 5 to 95 %, a strong one from 25 to 75 %, the median, the ends.

    Where there are more tensors than pixels, a column stands for neighbours: its bands reach around all of theirs.
    A click on a column, or Enter, chooses its tensor; where it stands for several, it zooms in on them. The wheel and
    dragging zoom and move.

    Signals:
        pointed: The `Column` under the cursor; None when it left.
        chosen: The number of a tensor.
        zoomed: Columns stand for more tensors, or for fewer, than before.
    """

    pointed = Signal(object)
    chosen = Signal(int)
    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Overview", parent)
        self._overview: Overview | None = None
        self._scene: Scene | None = None
        self._axis = Axis("symlog")
        self._range = (0.0, 1.0)
        self._at: int | None = None
        self._hovered: int | None = None
        self._pressed: QPointF | None = None
        self._dragged: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(160, 80)

    @property
    def scene(self) -> "Scene | None":
        """What is drawn, and where; None before there is something to draw."""
        return self._scene

    @property
    def together(self) -> int:
        """How many tensors each column stands for."""
        return 1 if self._scene is None else self._scene.together

    @property
    def crowded(self) -> bool:
        """Columns are so narrow that what is thin elsewhere fills them."""
        return self._scene is not None and self._scene.crowded

    @property
    def pointed_at(self) -> Column | None:
        """The column that is read out."""
        return self._column_at(self._at if self._hovered is None and self.hasFocus() else self._hovered)

    @property
    def axis(self) -> Axis:
        """The vertical axis."""
        return self._axis

    def show_overview(self, overview: "Overview") -> None:
        """Draw an overview: all of it, unless it is the one that is drawn already, with more rows filled.

        Args:
            overview: One with at least one row.
        """
        from explorer.analysis.draw.overview import fitting_axis  # noqa: PLC0415 - brings NumPy

        if overview is not self._overview:
            self._overview = overview
            self._at = self._hovered = self._pressed = None
            self._range = (0.0, float(len(overview)))
        self._axis = fitting_axis(overview.bands)
        self._lay_out()

    def reset(self) -> None:
        """Show all columns."""
        if self._overview is not None:
            self._show_range(0, len(self._overview))

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        painter.save()
        painter.translate(target.topLeft())
        painter.scale(target.width() / self.width(), target.height() / self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self._paint(painter)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw all of it."""
        painter = QPainter(self)
        colors = theme.current(self)
        painter.fillRect(self.rect(), QColor(colors.panel))
        column, scene = self.pointed_at, self._scene
        if column is not None and scene is not None:
            left, right = scene.x_of(column.first), scene.x_of(column.end)
            more = max(0.0, _LEAST_CURSOR - (right - left)) / 2
            cursor = QRectF(left - more, scene.room.top(), right - left + 2 * more, scene.room.height())
            painter.fillRect(cursor.intersected(scene.room), QColor(colors.selection))
        self._paint(painter)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the room there is."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Use the font there is."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom at the mouse, or move."""
        if self._scene is None:
            return
        across, steps = event.angleDelta().x() / _WHEEL_STEP, event.angleDelta().y() / _WHEEL_STEP
        if abs(across) > abs(steps):
            left, right = self._range
            moved = -across * _MOVED_BY_WHEEL * (right - left)
            self._show_range(left + moved, right + moved)
        else:
            self._zoom(ZOOM**steps, self._scene.row_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a click, or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Do nothing: its first click has chosen."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag, or read out."""
        if self._pressed is None or self._scene is None:
            self._point(self._under(event.position()))
            return
        moved = event.position() - self._pressed
        if self._dragged is None and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = self._range
        if self._dragged is not None:
            left, right = self._dragged
            rows = moved.x() / self._scene.room.width() * (right - left)
            self._show_range(left - rows, right - rows)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose what is clicked."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        dragged, self._pressed, self._dragged = self._dragged, None, None
        if dragged is None:
            self._choose(self._column_at(self._under(event.position())))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Read out no more."""
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose with Enter; the rest as every plot."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._at is not None:
            self._choose(self._column_at(self._at))
        else:
            super().keyPressEvent(event)

    def _under(self, position: QPointF) -> float | None:
        if self._scene is None or not self._scene.room.contains(position):
            return None
        return self._scene.row_at(position.x())

    def _column_at(self, row: float | None) -> Column | None:
        if self._overview is None or row is None or not 0 <= row < len(self._overview):
            return None
        first = int(row) // self.together * self.together
        return Column(first, min(first + self.together, len(self._overview)))

    def _choose(self, column: Column | None) -> None:
        if column is None or self._overview is None or self._scene is None:
            return
        if column.end - column.first == 1:
            self.chosen.emit(int(self._overview.numbers[column.first]))
            return
        middle = (column.first + column.end) / 2
        half = max(self._scene.room.width() / _NEAR, column.end - column.first) / 2
        self._show_range(middle - half, middle + half)

    def _point(self, x: float | None) -> None:
        column = self._column_at(x)
        hovered = None if column is None else column.first
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()
        self.pointed.emit(column)
        self.setCursor(Qt.CursorShape.ArrowCursor if column is None else Qt.CursorShape.PointingHandCursor)

    def _step(self, by: int) -> None:
        if self._overview is None:
            return
        left, _right = self._range
        self._at = max(0, math.ceil(left)) if self._at is None else self._at + by * self.together
        self._at = min(max(self._at, 0), len(self._overview) - 1)
        column = self._column_at(self._at)
        if column is not None:
            self._bring_into_view(column.first, column.end)
        self._point(self._at)

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at + 0.5

    def _shown_range(self) -> tuple[float, float]:
        return self._range

    def _show_range(self, left: float, right: float) -> None:
        if self._overview is None:
            return
        rows = len(self._overview)
        wide = min(max(right - left, _LEAST_SHOWN), rows)
        first = min(max((left + right - wide) / 2, 0.0), rows - wide)
        self._range = (first, first + wide)
        self._lay_out()

    def _lay_out(self) -> None:
        from explorer.ui.overview.scene import scene_of  # noqa: PLC0415 - brings NumPy

        if self._overview is None:
            return
        before = self.together, self.crowded
        metrics = QFontMetricsF(theme.small_font(self.font()))
        self._scene = scene_of(self._overview, self._axis, *self._range, QSizeF(self.size()), metrics)
        self.update()
        if (self.together, self.crowded) != before:
            self.zoomed.emit()

    def _draw_cursor(self) -> None:
        self.update()

    def _recolour(self) -> None:
        self.update()

    def _paint(self, painter: QPainter) -> None:
        scene, colors = self._scene, theme.current(self)
        if scene is None:
            return
        room = scene.room
        painter.setPen(QColor(colors.line))
        painter.drawLines([QLineF(room.left(), y, room.right(), y) for y, _text in scene.ticks])
        painter.drawLines([QLineF(x, room.top(), x, room.bottom()) for x in scene.cuts])
        painter.drawLine(QLineF(room.left(), room.bottom(), room.right(), room.bottom()))
        if scene.zero is not None:
            painter.setPen(QColor(colors.faint))
            painter.drawLine(QLineF(room.left(), scene.zero, room.right(), scene.zero))
        self._label(painter, scene, colors)
        painter.setPen(Qt.PenStyle.NoPen)
        # From the smallest median of several tensors to the largest can be far.
        medians = QColor(colors.text) if scene.together == 1 else _mixed(colors.text, colors.bars, 0.35)
        for bars, color in (
            (scene.ends, _mixed(colors.bars, colors.panel, 0.2) if scene.crowded else QColor(colors.faint)),
            (scene.outer, _mixed(colors.bars, colors.panel, 0.4)),
            (scene.inner, QColor(colors.bars)),
            (scene.medians, medians),
        ):
            painter.setBrush(color)
            painter.drawRects(bars)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(colors.bad))
        for x in scene.not_finite:
            painter.drawPolygon(_triangle(x, scene.marks))
        painter.setPen(QPen(QColor(colors.caution), 2))
        for x in scene.unreadable:
            painter.drawLines(_cross(x, scene.marks))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _label(self, painter: QPainter, scene: "Scene", colors: theme.Theme) -> None:
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setPen(QColor(colors.muted))
        height, room = painter.fontMetrics().height(), scene.room
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        for y, text in scene.ticks:
            painter.drawText(QRectF(0, y - height / 2, room.left() - 8, height), right, text)
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine
        for name in scene.names:
            painter.drawText(QRectF(name.left, room.bottom() + 6, name.right - name.left, height), middle, name.text)


def _triangle(x: float, y: float) -> QPolygonF:
    return QPolygonF([QPointF(x - _MARK, y - _MARK), QPointF(x + _MARK, y - _MARK), QPointF(x, y + _MARK)])


def _cross(x: float, y: float) -> list[QLineF]:
    reach = _MARK * 0.8
    return [QLineF(x - reach, y - reach, x + reach, y + reach), QLineF(x - reach, y + reach, x + reach, y - reach)]


def _mixed(color: str, ground: str, share: float) -> QColor:
    """A colour as if it were drawn translucent, which takes ten times as long to draw."""
    over, under = QColor(color), QColor(ground)
    parts = ((over.red(), under.red()), (over.green(), under.green()), (over.blue(), under.blue()))
    return QColor(*(round(share * above + (1 - share) * below) for above, below in parts))
