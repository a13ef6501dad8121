"""A sentence that is never cut: it is broken where it has to be."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.formatting import ELLIPSIS
from explorer.ui.plots.wrapping import draw_lines, wrapped
from explorer.ui.text import Label


class Sentence(Label):
    """Takes one line where there is room, else as many as it needs; also a name as long as a line is broken."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            text: In one line.
            parent: What it stands in.
        """
        super().__init__(text, parent)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show another one."""
        super().setText(text.replace("\n", " "))
        self.updateGeometry()

    def shown(self) -> list[str]:
        """Its lines."""
        return wrapped(self.text(), self.fontMetrics(), self.contentsRect().width())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All of it in one line."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 1, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a few letters, and for the lines that it has now."""
        few = self.fontMetrics().horizontalAdvance(f"mmm{ELLIPSIS}")
        return QSize(min(few, self.sizeHint().width()), self.heightForWidth(self.width()))

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """That of its lines."""
        return len(wrapped(self.text(), self.fontMetrics(), width)) * self.fontMetrics().height()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Have other lines in another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the lines as the style draws labels."""
        room, high, lines = self.contentsRect(), self.fontMetrics().height(), self.shown()
        room.setTop(room.top() + max(0, room.height() - len(lines) * high) // 2)
        draw_lines(self, lines, room, high)
