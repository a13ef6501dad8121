"""What makes no sense in the filter: a wavy line below it, and the sentence under the field."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from explorer.ui.text import label

if TYPE_CHECKING:
    from explorer.query.parsing import Wrong

_WAVE: Final = 2.0
"""Half a wave, and how high it is, in pixels."""
_GAP: Final = 4


class FilterError(QFrame):
    """A sentence that hangs below a field, over what is there; it takes no click and no key."""

    def __init__(self, field: QLineEdit) -> None:
        """Make it; it is not shown.

        Args:
            field: Below which it hangs.
        """
        super().__init__(field.window())
        self._field = field
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = label(tone="bad", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.addWidget(self.sentence)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self.sentence.setText(sentence)
        width = self._field.width()
        self.setFixedWidth(width)
        self.setFixedHeight(self.heightForWidth(width))
        below = self._field.mapTo(self._field.window(), QPoint(0, self._field.height() + _GAP))
        self.move(below)
        self.show()
        self.raise_()


def underline(field: QLineEdit, cursor: QRectF, wrong: "Wrong", color: str) -> None:
    """Draw a wavy line below a part of a field's text.

    Args:
        field: The field, while it is painted.
        cursor: Where its cursor stands, which tells how far the text is scrolled.
        wrong: Which part.
        color: Of the line, as ``#rrggbb``.
    """
    metrics = QFontMetricsF(field.font())
    text = field.text()
    origin = cursor.center().x() - metrics.horizontalAdvance(text[: field.cursorPosition()])
    begin = origin + metrics.horizontalAdvance(text[: wrong.begin])
    # Behind the text, where something is missing, there is room for a letter.
    end = max(origin + metrics.horizontalAdvance(text[: wrong.end]), begin + metrics.horizontalAdvance("x"))
    margins = field.textMargins()
    inside = QRectF(field.rect()).adjusted(6 + margins.left(), 0, -6 - margins.right(), 0)
    bottom = cursor.center().y() + metrics.height() / 2
    wave = QPolygonF()
    x, up = begin, False
    while x <= end:
        wave.append(QPointF(x, bottom + (0 if up else _WAVE)))
        x, up = x + _WAVE, not up
    painter = QPainter(field)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(inside)
    painter.setPen(QPen(QColor(color), 1.2))
    painter.drawPolyline(wave)
    painter.end()
