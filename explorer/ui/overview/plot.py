"""Quantile bands of all tensors, side by side.

They are drawn here and not by pyqtgraph, which takes a while to import: this is the first thing to be seen of a file.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.analysis.draw.axes import Axis
from explorer.ui import theme
from explorer.ui.plots.bands import cross, paint_bands, triangle
from explorer.ui.plots.span_plot import Span, SpanPlot

if TYPE_CHECKING:
    from explorer.analysis.draw.overview import Overview
    from explorer.ui.overview.scene import Scene

_NEAR: Final = 8
"""Pixels for each tensor after a click that zooms in."""


class OverviewPlot(SpanPlot):
    """Draws a column for each tensor: a pale band from 5 to 95 %, a strong one from 25 to 75 %, the median, the ends.

    Where there are more tensors than pixels, a column stands for neighbours: its bands reach around all of theirs.
    A click on a column chooses its tensor; where it stands for several, it zooms in on them.

    Signals:
        pointed: The `Span` under the cursor; None when it left.
        chosen: The number of a tensor.
        zoomed_in: Columns stand for more tensors, or for fewer, than before.
    """

    pointed = Signal(object)
    chosen = Signal(int)
    zoomed_in = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Overview", parent)
        self._overview: Overview | None = None
        self._scene: Scene | None = None
        self._axis = Axis("symlog")
        self.setMinimumSize(160, 80)

    @property
    def scene(self) -> "Scene | None":
        """What is drawn, and where; None before there is something to draw."""
        return self._scene

    @property
    def room(self) -> QRectF | None:
        """Of the columns, in pixels."""
        return None if self._scene is None else self._scene.room

    @property
    def together(self) -> int:
        """How many tensors each column stands for."""
        return 1 if self._scene is None else self._scene.together

    @property
    def crowded(self) -> bool:
        """Columns are so narrow that what is thin elsewhere fills them."""
        return self._scene is not None and self._scene.crowded

    @property
    def axis(self) -> Axis:
        """The vertical axis."""
        return self._axis

    def show_overview(self, overview: "Overview") -> None:
        """Draw an overview: all of it, unless it is the one that is drawn already, with more rows filled.

        Args:
            overview: One with at least one row.
        """
        self._axis = overview.axis
        if overview is self._overview:
            self._lay_out()
        else:
            self._overview = overview
            self.begin(len(overview))

    def clear(self) -> None:
        """Forget what is drawn, or it would be laid out again for every room that the plot gets."""
        self._overview = self._scene = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show all, unless the first click has chosen a column."""
        if self.room is not None and not self.room.contains(event.position()):
            super().mouseDoubleClickEvent(event)

    def _choose(self, span: Span) -> None:
        if self._overview is None or self._scene is None:
            return
        if span.end - span.first == 1:
            self.chosen.emit(int(self._overview.numbers[span.first]))
            return
        middle = (span.first + span.end) / 2
        half = max(self._scene.room.width() / _NEAR, span.end - span.first) / 2
        self._show_range(middle - half, middle + half)

    def _read(self, span: Span | None) -> None:
        self.pointed.emit(span)
        self.setCursor(Qt.CursorShape.ArrowCursor if self._hovered is None else Qt.CursorShape.PointingHandCursor)

    def _lay_out(self) -> None:
        from explorer.ui.overview.scene import scene_of  # noqa: PLC0415 - brings NumPy

        if self._overview is None:
            return
        before = self.together, self.crowded
        metrics = QFontMetricsF(theme.small_font(self.font()))
        self._scene = scene_of(self._overview, self._axis, *self._range, QSizeF(self.size()), metrics)
        self.update()
        if (self.together, self.crowded) != before:
            self.zoomed_in.emit()

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
        paint_bands(painter, scene, colors)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.bad))
        for x in scene.not_finite:
            painter.drawPolygon(triangle(x, scene.marks))
        painter.setPen(QPen(QColor(colors.bad), 2))
        for x in scene.unreadable:
            painter.drawLines(cross(x, scene.marks))
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
