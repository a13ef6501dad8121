"""Two groups of controls in a line, or below each other where the line is too short for both."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QWidget


class BreakingLine(QFrame):
    """Never asks for more width than the wider of the groups needs."""

    def __init__(self, left: QLayout, right: QLayout, margins: Sequence[int] = (0, 0, 0, 0)) -> None:
        """Lay the groups out.

        Args:
            left: Stands at the left, or above.
            right: Stands at the right, or below.
            margins: Around both, in pixels: left, top, right, bottom.
        """
        super().__init__()
        self._groups = left, right
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(*margins)
        self._row.setSpacing(4)
        for group in self._groups:
            # What room there is belongs to the second: where nothing of the first is shown, that begins at the left.
            self._row.addLayout(group, int(group is right))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the wider group, and as high as what is laid out now."""
        margins = self.contentsMargins() + self._row.contentsMargins()
        widest = max(group.minimumSize().width() for group in self._groups)
        return QSize(widest + margins.left() + margins.right(), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as both groups, and as high as what is laid out now."""
        return QSize(self._together(), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Break the line, or make it whole."""
        super().resizeEvent(event)
        self._break()

    def event(self, event: QEvent) -> bool:
        """Look again when a control comes or goes."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._break()
        return done

    def _together(self) -> int:
        margins = self.contentsMargins() + self._row.contentsMargins()
        wide = sum(group.sizeHint().width() for group in self._groups)
        return wide + self._row.spacing() + margins.left() + margins.right()

    def _break(self) -> None:
        fits = self._together() <= self.width()
        way = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if way != self._row.direction():
            self._row.setDirection(way)
            self.updateGeometry()


def group(controls: Sequence[QWidget], *, right: bool = False) -> QHBoxLayout:
    """Controls beside each other.

    Args:
        controls: From the left.
        right: They stand at the right of what room there is.
    """
    made = QHBoxLayout()
    made.setSpacing(4)
    if right:
        made.addStretch(1)
    for control in controls:
        made.addWidget(control)
    if not right:
        made.addStretch(1)
    return made
