"""How a heat map is painted."""

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.checkpoint.values.planes import Bounds, Plane
from explorer.formatting import figure
from explorer.ui import theme
from explorer.ui.heatmap.colors import SHOWN_CODES, of, table_of
from explorer.ui.heatmap.scene import Scene
from explorer.ui.plots.ticks import index_ticks

if TYPE_CHECKING:
    from explorer.ui.heatmap.picture import Extent
    from explorer.ui.heatmap.work import Drawn

_TILE_GAP: Final = 6.0
"""Pixels of a filter from which on lines stand between filters."""


class Images(NamedTuple):
    """The pictures of a `Drawn`: its cells, and the bars of its norms, which are null where there are none."""

    cells: QImage
    row_bars: QImage
    column_bars: QImage


def paint(
    painter: QPainter,
    scene: Scene,
    pictures: "list[tuple[Drawn, Images]]",
    colors: theme.Theme,
    cursor: tuple[int, int] | None,
) -> None:
    """Paint all of it.

    Args:
        painter: Anywhere, with the font of the labels.
        scene: Where everything stands.
        pictures: That of the whole, and one of a part over it.
        colors: The theme.
        cursor: Row and column of the cell that the keyboard reads; None for none.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
    painter.save()
    painter.setClipRect(scene.room)
    for drawn, images in pictures:
        paint_cells(painter, scene, drawn.found, images.cells)
    finest, finest_images = pictures[-1]
    paint_tiles(painter, scene, finest, colors)
    if cursor is not None:
        paint_cursor(painter, scene, finest.found.step, cursor, colors)
    painter.restore()
    painter.setPen(QColor(colors.line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(scene.room)
    paint_row_labels(painter, scene, finest.subject.plane, colors)
    paint_column_labels(painter, scene, finest.subject.plane, colors)
    _paint_norms(painter, scene, finest, finest_images, colors)
    _paint_bar(painter, scene, finest, colors)


def paint_cells(painter: QPainter, scene: Scene, found: "Extent", image: QImage) -> None:
    """Draw the cells that are seen: none is drawn far outside, where a painter's numbers are too small."""
    across = _seen(found.columns, found.step[1], scene.columns, image.width())
    down = _seen(found.rows, found.step[0], scene.rows, image.height())
    if across is None or down is None:
        return
    left, right = scene.x_of(across.first), scene.x_of(across.end)
    top, bottom = scene.y_of(down.first), scene.y_of(down.end)
    source = QRectF(across.cell, down.cell, across.cells, down.cells)
    painter.drawImage(QRectF(left, top, right - left, bottom - top), image, source)


class _Seen(NamedTuple):
    """The cells along a side that are seen: where the first begins and the last ends, which it is, and how many."""

    first: float
    end: float
    cell: int
    cells: int


def _seen(part: Bounds, step: int, shown: tuple[float, float], cells: int) -> _Seen | None:
    low = max(0, math.floor((shown[0] - part[0]) / step))
    high = min(cells, math.ceil((shown[1] - part[0]) / step))
    if low >= high:
        return None
    return _Seen(part[0] + low * step, min(part[0] + high * step, part[1]), low, high - low)


def paint_tiles(painter: QPainter, scene: Scene, drawn: "Drawn", colors: theme.Theme) -> None:
    """Lines between filters, where these are large enough."""
    down, across = drawn.subject.plane.tile
    painter.setPen(QColor(colors.panel))
    if down > 1:
        tall = scene.y_of(down) - scene.y_of(0)
        if tall >= _TILE_GAP:
            first = math.ceil(scene.rows[0] / down)
            lines = range(first, math.floor(scene.rows[1] / down) + 1)
            ys = [scene.y_of(line * down) for line in lines]
            painter.drawLines([QLineF(scene.room.left(), y, scene.room.right(), y) for y in ys])
    if across > 1:
        wide = scene.x_of(across) - scene.x_of(0)
        if wide >= _TILE_GAP:
            first = math.ceil(scene.columns[0] / across)
            lines = range(first, math.floor(scene.columns[1] / across) + 1)
            xs = [scene.x_of(line * across) for line in lines]
            painter.drawLines([QLineF(x, scene.room.top(), x, scene.room.bottom()) for x in xs])


def paint_cursor(
    painter: QPainter, scene: Scene, step: tuple[int, int], at: tuple[int, int], colors: theme.Theme
) -> None:
    """A frame around the cell that has a row and a column.

    Args:
        painter: With the room of the picture as its clip.
        scene: Where everything stands.
        step: Rows and columns of a cell.
        at: Row and column of the table.
        colors: The theme.
    """
    row, column = at[0] // step[0] * step[0], at[1] // step[1] * step[1]
    left, top = scene.x_of(column), scene.y_of(row)
    cell = QRectF(left, top, scene.x_of(column + step[1]) - left, scene.y_of(row + step[0]) - top)
    more = max(0.0, 6 - min(cell.width(), cell.height())) / 2
    painter.setPen(QPen(QColor(colors.text), 2))
    painter.drawRect(cell.adjusted(-more, -more, more, more))


def paint_row_labels(painter: QPainter, scene: Scene, plane: Plane, colors: theme.Theme) -> None:
    """Indices to the left of the picture: of channels, where filters stand side by side."""
    room, down = scene.room, plane.tile[0]
    painter.setPen(QColor(colors.muted))
    height = painter.fontMetrics().height()
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    low, high = (end / down for end in scene.rows)
    for index in index_ticks(low, high, room.height(), plane.height // down):
        y = scene.y_of((index + 0.5) * down)
        painter.drawText(QRectF(0, y - height / 2, room.left() - 8, height), right, str(index))


def paint_column_labels(painter: QPainter, scene: Scene, plane: Plane, colors: theme.Theme) -> None:
    """Indices below the picture, likewise; none reaches beyond it, where another picture may be."""
    room, across = scene.room, plane.tile[1]
    painter.setPen(QColor(colors.muted))
    metrics = painter.fontMetrics()
    middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextSingleLine
    low, high = (end / across for end in scene.columns)
    for index in index_ticks(low, high, room.width(), plane.width // across):
        text = str(index)
        half = metrics.horizontalAdvance(text) / 2 + 1
        x = max(min(scene.x_of((index + 0.5) * across), room.right() - half), room.left() + half)
        painter.drawText(QRectF(x - half, room.bottom() + 4, 2 * half, metrics.height()), middle, text)


def _paint_norms(painter: QPainter, scene: Scene, drawn: "Drawn", images: Images, colors: theme.Theme) -> None:
    found = drawn.found
    rows = _seen(found.rows, found.step[0], scene.rows, images.row_bars.height())
    columns = _seen(found.columns, found.step[1], scene.columns, images.column_bars.width())
    painter.save()
    painter.setClipRect(scene.row_strip.united(scene.room))
    if rows is not None:
        strip, top = scene.row_strip, scene.y_of(rows.first)
        target = QRectF(strip.left(), top, strip.width(), scene.y_of(rows.end) - top)
        painter.drawImage(target, images.row_bars, QRectF(0, rows.cell, images.row_bars.width(), rows.cells))
    painter.setClipRect(scene.column_strip.united(scene.room))
    if columns is not None:
        strip, left = scene.column_strip, scene.x_of(columns.first)
        target = QRectF(left, strip.top(), scene.x_of(columns.end) - left, strip.height())
        source = QRectF(columns.cell, 0, columns.cells, images.column_bars.height())
        painter.drawImage(target, images.column_bars, source)
    painter.restore()
    if rows is None and columns is None:
        return
    painter.setPen(QColor(colors.muted))
    corner = QRectF(scene.row_strip.left(), scene.column_strip.top(), 80, scene.column_strip.height())
    painter.drawText(corner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, "norms")


def _paint_bar(painter: QPainter, scene: Scene, drawn: "Drawn", colors: theme.Theme) -> None:
    """The colours with their figures, and those of what is not finite, where there is some."""
    heat, bar = of(colors), scene.bar
    height = painter.fontMetrics().height()
    left = bar.right() + 8
    words = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    marks = zip(("NaN", "+Inf", "-Inf"), (heat.nan, heat.posinf, heat.neginf), drawn.odd, strict=True)
    odd = [(name, color) for name, color, cells in marks if cells]
    below = len(odd) * (height + 6.0)
    scale = bar.adjusted(0, 0, 0, -below - (8 if odd else 0))
    table = QImage(1, SHOWN_CODES, QImage.Format.Format_RGB32)
    for code, color in enumerate(table_of(colors)[:SHOWN_CODES]):
        table.setPixel(0, SHOWN_CODES - 1 - code, color)
    painter.drawImage(scale, table, QRectF(0, 0, 1, SHOWN_CODES))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(colors.line))
    painter.drawRect(scale)
    painter.setPen(QColor(colors.muted))
    places = ((scale.top() + height / 2 - 2, drawn.limit), (scale.center().y(), 0.0))
    for y, number in (*places, (scale.bottom() - height / 2 + 2, -drawn.limit)):
        painter.drawText(QRectF(left, y - height / 2, 200, height), words, figure(number))
    y = scale.bottom() + 8
    for name, mark in odd:
        painter.fillRect(QRectF(bar.left(), y, bar.width(), height), QColor(mark))
        painter.setPen(QColor(colors.text))
        painter.drawText(QRectF(left, y, 200, height), words, name)
        y += height + 6
