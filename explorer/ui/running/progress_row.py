"""How far a panel's own work is, with Cancel: a row that comes only when the work takes long."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QWidget

from explorer.tasks.jobs import Progress
from explorer.ui.running.busy import SLOW_MS
from explorer.ui.text import label


class ProgressRow(QWidget):
    """Hidden until the work has taken `SLOW_MS`.

    Signals:
        cancel_asked: The user wants the work to stop.
        appeared: The work takes so long that its progress is shown now.
    """

    cancel_asked = Signal()
    appeared = Signal()

    def __init__(self, kind: str, parent: QWidget | None = None, *, says: str = "") -> None:
        """Make it, hidden.

        Args:
            kind: Of work, as it stands after "Progress of", for screen readers.
            parent: What it stands in.
            says: What is done, in words; "" where that goes without saying.
        """
        super().__init__(parent)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(f"Progress of {kind}")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancel_asked)
        self._layout = layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(8)
        if says:
            layout.addWidget(label(says, muted=True))
        layout.addWidget(self._bar, 1)
        layout.addWidget(self.cancel)
        self._timer = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._timer.timeout.connect(self.show)
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Tell of it."""
        super().showEvent(event)
        self.appeared.emit()

    def begin(self) -> None:
        """Work has begun."""
        self._bar.setRange(0, 0)
        self._timer.start()

    def follow(self, progress: Progress) -> None:
        """Say how far it is."""
        # A bar counts in 32 bits, which large tensors do not fit in.
        self._bar.setRange(0, 1000 if progress.total else 0)
        self._bar.setValue(1000 * progress.done // max(progress.total, 1))

    def end(self) -> None:
        """Nothing runs any more."""
        self._timer.stop()
        self.hide()


def with_progress(body: QWidget, progress: ProgressRow) -> QWidget:
    """A widget with a progress row that comes over its lower edge, and so never changes its room.

    Args:
        body: What is drawn anew when its room changes: a row beside it would have it drawn without end.
        progress: How far that is.
    """
    both = QWidget()
    layout = QGridLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(body, 0, 0)
    layout.addWidget(progress, 0, 0, Qt.AlignmentFlag.AlignBottom)
    progress.setAutoFillBackground(True)
    progress.setBackgroundRole(QPalette.ColorRole.Base)
    progress.raise_()
    return both
