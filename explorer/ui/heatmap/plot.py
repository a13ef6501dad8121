"""A heat map with its axes, its norms and its colours."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QWidget

from explorer.ui import theme
from explorer.ui.heatmap.colors import table_of
from explorer.ui.heatmap.painting import Images, paint
from explorer.ui.heatmap.scene import scene_of
from explorer.ui.heatmap.table_plot import TablePlot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.ui.heatmap.work import Drawn


class HeatmapPlot(TablePlot["Drawn", Images]):
    """Draws a picture of a whole table, and over it a finer one of what is zoomed into."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Heat map", parent)

    def _images_of(self, drawn: "Drawn") -> Images:
        colors = theme.current(self)
        return Images(*(image_of(codes, colors) for codes in (drawn.codes, drawn.row_bars, drawn.column_bars)))

    def _lay_out(self) -> None:
        limit = self._pictures[-1][0].limit if self._pictures else None
        metrics = QFontMetricsF(theme.small_font(self.font()))
        norms = min(self._size) > 1
        self._scene = scene_of(QSizeF(self.size()), metrics, self._rows, self._columns, limit, norms=norms)
        self.update()

    def _paint(self, painter: QPainter, cursor: tuple[int, int] | None) -> None:
        if self._scene is not None and self._pictures:
            painter.setFont(theme.tabular(theme.small_font(self.font())))
            paint(painter, self._scene, self._pictures, theme.current(self), cursor)


def image_of(codes: "NDArray[np.uint8] | None", colors: theme.Theme) -> QImage:
    """The colours of codes as an image; null for None.

    Args:
        codes: uint8 [down, across], as of `explorer.analysis.draw.heatmap.codes_of`.
        colors: The theme.
    """
    if codes is None:
        return QImage()
    image = QImage(codes.data, codes.shape[1], codes.shape[0], codes.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(list(table_of(colors)))
    # A copy with room of its own, which is drawn faster.
    return image.convertToFormat(QImage.Format.Format_RGB32)
