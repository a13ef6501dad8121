"""A plot that is painted by hand."""

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent

from explorer.ui import theme
from explorer.ui.plots.plot import Plot


class PaintedPlot(Plot):
    """Lays itself out anew for another room or font; what is painted is for those that derive from it."""

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
        self._paint_all(painter, cursor=False)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw all of it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current(self).panel))
        self._paint_all(painter, cursor=True)
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

    def _draw_cursor(self) -> None:
        self.update()

    def _recolour(self) -> None:
        self.update()

    def _lay_out(self) -> None:
        """Work out where everything stands, and have it drawn."""
        raise NotImplementedError

    def _paint_all(self, painter: QPainter, *, cursor: bool) -> None:
        """Paint everything, with what is read or without."""
        raise NotImplementedError
