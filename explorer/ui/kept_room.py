"""What keeps its room while there is nothing to see in it, so that nothing around it jumps."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.text import Label


def keep_room(widget: QWidget) -> None:
    """Have a widget keep its room while it is hidden.

    Args:
        widget: In a layout.
    """
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)


class KeptLines(Label):
    """Sentences that come and go, and are broken where they have to be: once they took a line they keep its room."""

    def __init__(self, *, muted: bool = False) -> None:
        """Make it, empty, with the room of one line.

        Args:
            muted: Secondary text.
        """
        self._kept = 0
        super().__init__()
        self.setWordWrap(True)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags)
        if muted:
            self.setProperty("muted", True)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show sentences, or none."""
        super().setText(text)
        self._keep()

    def shrink(self) -> None:
        """Keep no more room than what is shown needs, and that of one line."""
        self._kept = 0
        self._keep()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Measure anew: in another width there are other lines."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.shrink()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """No lower than what is kept."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), max(hint.height(), self._kept))

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Likewise."""
        return max(super().heightForWidth(width), self._kept)

    def _keep(self) -> None:
        margins = self.contentsMargins()
        line = self.fontMetrics().height() + margins.top() + margins.bottom()
        self._kept = max(self._kept, line, super().heightForWidth(self.width()))
        self.updateGeometry()
