"""The singular values of a matrix: one behind the other, or how many there are of which size."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.ui import theme
from explorer.ui.plots.span_plot import Span, SpanPlot

if TYPE_CHECKING:
    from explorer.ui.spectrum.scene import Form, Scene
    from explorer.ui.spectrum.work import Computed

_DOT: Final = 2.5
_APART: Final = 16
"""Pixels between names."""


class SpectrumPlot(SpanPlot):
    """Draws the values, those of a random matrix of the same size as a line, and where these end.

    Signals:
        pointed: The `Span` under the cursor: one value, or one bin; None when it left.
    """

    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Spectrum", parent)
        self._computed: Computed | None = None
        self._form: Form = "index"
        self._log = False
        self._scene: Scene | None = None

    @property
    def scene(self) -> "Scene | None":
        """What is drawn, and where; None before there is something to draw."""
        return self._scene

    @property
    def form(self) -> "Form":
        """What the places are: values, or bins."""
        return self._form

    @property
    def room(self) -> QRectF | None:
        """Of the values, in pixels."""
        return None if self._scene is None else self._scene.room

    def show_spectrum(self, computed: "Computed", form: "Form", *, log: bool) -> None:
        """Draw singular values, all of them, unless the same are drawn in the same form already.

        Args:
            computed: With a spectrum.
            form: How.
            log: Draw the vertical axis logarithmic.
        """
        same = computed is self._computed and form == self._form
        self._computed, self._form, self._log = computed, form, log
        if same:
            self._lay_out()
        elif computed.spectrum is not None:
            self.begin(computed.spectrum.values.size if form == "index" else computed.counts.size)

    def clear(self) -> None:
        """Draw nothing."""
        self._computed = self._scene = None
        self.begin(0)

    def _choose(self, span: Span) -> None:
        self._at = span.first
        self._read(span)

    def _read(self, span: Span | None) -> None:
        self.pointed.emit(span)
        self.setCursor(Qt.CursorShape.ArrowCursor if span is None else Qt.CursorShape.CrossCursor)

    def _lay_out(self) -> None:
        if self._computed is not None and self._computed.spectrum is not None:
            from explorer.ui.spectrum.scene import scene_of  # noqa: PLC0415 - brings NumPy

            metrics = QFontMetricsF(theme.small_font(self.font()))
            what = (self._computed, self._computed.spectrum, self._form, self._range, QSizeF(self.size()), metrics)
            self._scene = scene_of(*what, log=self._log)
        self.update()

    def _paint(self, painter: QPainter) -> None:
        scene, colors = self._scene, theme.current(self)
        if scene is None:
            return
        self._paint_axes(painter, scene, colors)
        painter.save()
        painter.setClipRect(scene.room.adjusted(-_DOT, -_DOT, _DOT, _DOT))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.bars))
        painter.drawRects(scene.bars)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colors.b_fill), 1.5))
        painter.drawPolyline(scene.random)
        if scene.edge is not None:
            painter.setPen(QPen(QColor(colors.b_fill), 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(scene.edge)
        painter.setPen(QPen(QColor(colors.accent), 1.5))
        painter.drawPolyline(scene.values)
        if scene.dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.accent))
            for point in scene.values:
                painter.drawEllipse(point, _DOT, _DOT)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self._paint_legend(painter, scene, colors)

    def _paint_axes(self, painter: QPainter, scene: "Scene", colors: theme.Theme) -> None:
        room = scene.room
        painter.setPen(QColor(colors.line))
        painter.drawLines([QLineF(room.left(), y, room.right(), y) for y, _text in scene.ticks])
        painter.drawLine(QLineF(room.left(), room.bottom(), room.right(), room.bottom()))
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setPen(QColor(colors.muted))
        height = painter.fontMetrics().height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        for y, text in scene.ticks:
            painter.drawText(QRectF(0, y - height / 2, room.left() - 8, height), right, text)
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine
        for x, text in scene.labels:
            painter.drawText(QRectF(x - 60, room.bottom() + 6, 120, height), middle, text)

    def _paint_legend(self, painter: QPainter, scene: "Scene", colors: theme.Theme) -> None:
        """Coloured names above the plot."""
        metrics = painter.fontMetrics()
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        left = scene.room.left()
        for color, name in (
            (colors.accent, "singular values"),
            (colors.b_text, "of a random matrix; dashed: their edge"),
        ):
            painter.setPen(QColor(color))
            painter.drawText(QRectF(left, 4, scene.room.width(), metrics.height()), flags, name)
            left += metrics.horizontalAdvance(name) + _APART
