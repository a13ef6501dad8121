"""The distributions of all channels of a tensor, side by side, with their norms below."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.ui import theme
from explorer.ui.plots.bands import cross, diamond, paint_bands, pale, triangle
from explorer.ui.plots.span_plot import Span, SpanPlot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.channels import Channels
    from explorer.analysis.judge.channel_marks import ChannelMarks
    from explorer.ui.channels.scene import Frame, Scene


class ChannelsPlot(SpanPlot):
    """Draws a column for each channel: a pale band from 5 to 95 %, a strong one from 25 to 75 %, the median, the ends.

    Where there are more channels than pixels, a column stands for neighbours: its bands reach around all of theirs.
    A click selects a channel: of several, the one with the value farthest from 0. Left and Right select the next.

    Signals:
        pointed: The `Span` under the mouse; None when it left.
        selected: The place of a channel in the order in which they stand.
        zoomed_in: Columns stand for more channels, or for fewer, than before.
    """

    pointed = Signal(object)
    selected = Signal(int)
    zoomed_in = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Channels", parent)
        self._found: Channels | None = None
        self._frame: Frame | None = None
        self._marks: ChannelMarks | None = None
        self._scene: Scene | None = None

    @property
    def scene(self) -> "Scene | None":
        """What is drawn, and where; None before there is something to draw."""
        return self._scene

    @property
    def room(self) -> QRectF | None:
        """Of the columns, in pixels."""
        return None if self._scene is None else self._scene.upper.united(self._scene.lower)

    @property
    def together(self) -> int:
        """How many channels each column stands for."""
        return 1 if self._scene is None else self._scene.together

    def show_channels(self, found: "Channels", order: "NDArray[np.int64]", marks: "ChannelMarks") -> None:
        """Draw channels, all of them, unless as many were drawn before: what is zoomed into stays.

        Args:
            found: At least one.
            order: In which they stand.
            marks: Those that deserve a look.
        """
        from explorer.ui.channels.scene import frame_of  # noqa: PLC0415 - brings NumPy

        same = self._found is not None and len(self._found) == len(found)
        self._found, self._frame, self._marks = found, frame_of(found, order), marks
        if same:
            self._lay_out()
        else:
            self.begin(len(found))

    def clear(self) -> None:
        """Draw nothing."""
        self._found = self._scene = None
        self.begin(0)

    def select(self, place: int | None) -> None:
        """Mark the channel at a place, and bring it into view; None for none."""
        self._at = place
        if place is not None:
            self._bring_into_view(place, place + 1)
        self.update()

    def _choose(self, span: Span) -> None:
        if self._found is None or self._frame is None:
            return
        place = span.first
        if span.end - span.first > 1:
            from explorer.ui.channels.work import farthest  # noqa: PLC0415 - brings NumPy

            place = farthest(self._found, self._frame.order, span)
        self.select(place)
        self.selected.emit(place)

    def _step(self, by: int) -> None:
        if self._found is None:
            return
        # One channel, also where a column stands for several.
        at = int(self._range[0]) if self._at is None else self._at + by
        self._hovered = None
        self.select(min(max(at, 0), self._length - 1))
        self.selected.emit(self._at)

    def _read(self, span: Span | None) -> None:
        self.pointed.emit(span if self._hovered is not None else None)
        self.setCursor(Qt.CursorShape.ArrowCursor if self._hovered is None else Qt.CursorShape.PointingHandCursor)

    def _lay_out(self) -> None:
        if self._found is None or self._frame is None or self._marks is None:
            self.update()
            return
        from explorer.ui.channels.scene import scene_of  # noqa: PLC0415 - brings NumPy

        before = self.together
        metrics = QFontMetricsF(theme.small_font(self.font()))
        self._scene = scene_of(self._frame, self._marks, self._range, QSizeF(self.size()), metrics)
        self.update()
        if self.together != before:
            self.zoomed_in.emit()

    def _paint(self, painter: QPainter) -> None:
        scene, colors = self._scene, theme.current(self)
        if scene is None:
            return
        self._paint_lines(painter, scene, colors)
        paint_bands(painter, scene, colors)
        for bars, color in ((scene.largest, pale(colors)), (scene.smallest, QColor(colors.bars))):
            painter.setBrush(color)
            painter.drawRects(bars)
        self._paint_selected(painter, colors)
        self._paint_marks(painter, scene, colors)

    def _paint_lines(self, painter: QPainter, scene: "Scene", colors: theme.Theme) -> None:
        upper, lower = scene.upper, scene.lower
        painter.setPen(QColor(colors.line))
        painter.drawLines([QLineF(upper.left(), y, upper.right(), y) for y, _text in scene.ticks])
        painter.drawLines([QLineF(lower.left(), y, lower.right(), y) for y, _text in scene.norm_ticks])
        if scene.zero is not None:
            painter.setPen(QColor(colors.faint))
            painter.drawLine(QLineF(upper.left(), scene.zero, upper.right(), scene.zero))
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setPen(QColor(colors.muted))
        height = painter.fontMetrics().height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        for y, text in (*scene.ticks, *scene.norm_ticks):
            painter.drawText(QRectF(0, y - height / 2, upper.left() - 8, height), right, text)
        if lower.height() > 2.5 * height:
            painter.drawText(QRectF(0, lower.center().y() - height / 2, upper.left() - 8, height), right, "norm")
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine
        for x, text in scene.indices:
            painter.drawText(QRectF(x - 60, lower.bottom() + 6, 120, height), middle, text)

    def _paint_selected(self, painter: QPainter, colors: theme.Theme) -> None:
        span, room = self.span_at(self._at), self.room
        if span is not None and room is not None:
            column = self._column(span).adjusted(-1, 0, 1, 0).intersected(room)
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if not column.isEmpty():
                painter.drawRect(column)

    def _paint_marks(self, painter: QPainter, scene: "Scene", colors: theme.Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.caution), 2))
        for x in scene.dead:
            painter.drawLines(cross(x, scene.marks))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.caution))
        for x in scene.outliers:
            painter.drawPolygon(diamond(x, scene.marks))
        painter.setBrush(QColor(colors.bad))
        for x in scene.not_finite:
            painter.drawPolygon(triangle(x, scene.marks))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
