"""Words in as many lines as they need."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from explorer.ui import theme
from explorer.ui.text import NO_BREAK, Label, kept_together, set_tooltip

_LINE_GAP: Final = 2
_MORE: Final = 2
"""Lines that words may grow by."""


def wrapped(text: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Break a text where it has spaces, but for those before units, and inside of words that are too long for a line.

    Args:
        text: One line.
        metrics: Of its font.
        width: Pixels of a line; a single letter may be wider.

    Returns:
        Lines, at least one.
    """
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    lines, line = [], ""
    for word in kept_together(text).split(" "):
        longer = f"{line} {word}" if line else word
        if line and metrics.horizontalAdvance(longer) > width:
            lines.append(line)
            longer = word
        while len(longer) > 1 and metrics.horizontalAdvance(longer) > width:
            fits = next(end for end in range(len(longer) - 1, 0, -1) if end == 1 or _fits(longer[:end], metrics, width))
            lines.append(longer[:fits])
            longer = longer[fits:]
        line = longer
    return [each.replace(NO_BREAK, " ") for each in (*lines, line)]


def _fits(text: str, metrics: QFontMetrics, width: int) -> bool:
    return metrics.horizontalAdvance(text) <= width


def draw_lines(widget: QWidget, lines: Iterable[str], room: QRect, step: int) -> None:
    """Draw lines as the style draws labels, in a paint event.

    Args:
        widget: Which is painted.
        lines: From the top.
        room: That they have.
        step: From one to the next, in pixels.
    """
    painter = QPainter(widget)
    flags = QStyle.visualAlignment(widget.layoutDirection(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    at = QRect(room)
    for line in lines:
        widget.style().drawItemText(
            painter,
            at,
            int(flags | Qt.TextFlag.TextSingleLine),
            widget.palette(),
            widget.isEnabled(),
            line,
            widget.foregroundRole(),
        )
        at.setTop(at.top() + step)
    painter.end()


class WordsBelow(Label):
    """Small muted words below a plot, which keep the room of some lines, so that the plot keeps its own.

    What does not fit is left out at the end, and the tool tip has it all.
    """

    def __init__(self, lines: int, parent: QWidget | None = None, *, grows: bool = False) -> None:
        """Make it, empty.

        Args:
            lines: Whose room it keeps.
            parent: What it stands in.
            grows: Take more lines where they are needed, and keep them until `shrink`.
        """
        self._least = self._lines = lines
        self._most = lines + _MORE
        self._grows = grows
        super().__init__("", parent)
        self.setProperty("muted", True)
        self.setFont(theme.tabular(theme.small_font(self.font())))
        self.setContentsMargins(12, 2, 12, 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show a line, however long."""
        if text != self.text():
            super().setText(text.replace("\n", " ").replace("\t", " "))
        # The same text, after `shrink`, needs its lines as before.
        self._fit()

    def keep(self, lines: int) -> None:
        """Keep the room of so many lines."""
        self._least, self._most = lines, lines + _MORE
        self.shrink()

    def shrink(self) -> None:
        """Keep no more room than at first."""
        self._lines = self._least
        self.updateGeometry()

    def shown(self) -> list[str]:
        """The lines there is room for."""
        metrics, width = self.fontMetrics(), self.contentsRect().width()
        lines = wrapped(self.text(), metrics, width)
        if len(lines) > self._lines:
            rest = " ".join(lines[self._lines - 1 :])
            lines = [*lines[: self._lines - 1], metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
        return lines

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the lines."""
        margins = self.contentsMargins()
        high = self._lines * self.fontMetrics().height() + (self._lines - 1) * _LINE_GAP
        return QSize(80, high + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The same."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Break the words anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the lines as the style draws labels."""
        draw_lines(self, self.shown(), self.contentsRect(), self.fontMetrics().height() + _LINE_GAP)

    def _fit(self) -> None:
        needed = len(wrapped(self.text(), self.fontMetrics(), self.contentsRect().width()))
        if self._grows and min(needed, self._most) > self._lines:
            self._lines = min(needed, self._most)
            self.updateGeometry()
        set_tooltip(self, self.text() if needed > self._lines else "")
        self.update()
