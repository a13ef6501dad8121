"""Work that runs, in a row: what is being done, how far it is, and Cancel; in the status bar and in panels alike."""

from typing import Final

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QProgressBar, QPushButton, QWidget

from explorer import formatting
from explorer.tasks.jobs import Progress
from explorer.ui.measuring.pace import Pace
from explorer.ui.text import ElidedLabel, set_tooltip

SLOW_MS: Final = 300
"""What is over sooner is not shown."""
_BAR: Final = 120
"""Pixels of the bar in the status bar."""
_LEAST_BAR: Final = 48
"""Pixels that it has in a panel at least."""


class WorkRow(QWidget):
    """Hidden until the work has taken `SLOW_MS`.

    Signals:
        cancel_asked: The user wants the work to stop.
        followed: It is farther than it was.
        appeared: The work takes so long that it is shown now.

    Attributes:
        text: What is being done, with how much of it, how fast and for how long still, as far as that is known.
        bar: How far it is.
        cancel: Asks for its end.
    """

    cancel_asked = Signal()
    followed = Signal()
    appeared = Signal()

    def __init__(
        self, kind: str, says: str, parent: QWidget | None = None, *, in_status: bool = False, in_bytes: bool = False
    ) -> None:
        """Make it, hidden.

        Args:
            kind: Of work, as it stands after "Cancel" and "Progress of", for tool tips and screen readers.
            says: What is being done, as it stands before "…".
            parent: What it stands in.
            in_status: It stands in the status bar, and takes no more room than it needs.
            in_bytes: The work counts bytes: say how fast it is.
        """
        super().__init__(parent)
        self._usual = self._says = says
        self._in_bytes = in_bytes
        self._runs = False
        self._progress = Progress(0, 0, "")
        self._pace = Pace()
        self.text = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.text.setProperty("muted", True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(f"Progress of {kind}")
        self.cancel = QPushButton("Cancel")
        self.cancel.setProperty("flat", True)
        self.cancel.setAccessibleName(f"Cancel {kind}")
        set_tooltip(self.cancel, f"Cancel {kind} (Esc)")
        self.cancel.clicked.connect(self.cancel_asked)
        if in_status:
            self.bar.setFixedWidth(_BAR)
        else:
            self.bar.setMinimumWidth(_LEAST_BAR)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*((0, 0, 0, 0) if in_status else (12, 4, 12, 4)))
        layout.setSpacing(8)
        layout.addWidget(self.text)
        layout.addWidget(self.bar, 1)
        layout.addWidget(self.cancel)
        self._timer = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._timer.timeout.connect(self.show)
        self._clock = QElapsedTimer()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._write)
        self.hide()

    @property
    def runs(self) -> bool:
        """Work has begun, and not ended."""
        return self._runs

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Tell of it."""
        super().showEvent(event)
        self.appeared.emit()

    def begin(self, says: str = "") -> None:
        """Work has begun; it is shown once it has taken long.

        Args:
            says: What is being done; "" for what was said when this was made.
        """
        self._says = says or self._usual
        self._runs = True
        self._clock.start()
        self._tick.start()
        self._pace = Pace()
        self._show(Progress(0, 0, ""))
        if self.isHidden():
            self._timer.start()

    def follow(self, progress: Progress, says: str = "") -> None:
        """Say how far the work is.

        Args:
            progress: That.
            says: What is being done now; "" where that is what was said before.
        """
        self._says = says or self._says
        self._show(progress)
        self.followed.emit()

    def end(self) -> None:
        """Nothing runs any more."""
        self._runs = False
        self._timer.stop()
        self._tick.stop()
        self.hide()

    def _show(self, progress: Progress) -> None:
        if progress.total != self._progress.total:
            # Another step of the work counts something else.
            self._pace = Pace()
        self._progress = progress
        # A bar counts in 32 bits, which large tensors do not fit in.
        self.bar.setRange(0, 1000 if progress.total else 0)
        self.bar.setValue(1000 * progress.done // max(progress.total, 1))
        self._write()

    def _write(self) -> None:
        done, total, what = self._progress
        if not total:
            seconds = self._clock.elapsed() // 1000
            self.text.setText(f"{self._says} · {formatting.duration(seconds)}" if seconds else f"{self._says}…")
            return
        pace = self._pace.at(done, total)
        parts = [self._says, formatting.percent(pace.done, total)]
        if pace.remaining_s is not None:
            if self._in_bytes or what.startswith("bytes"):
                parts.append(f"{formatting.nbytes(round(pace.rate))}/s")
            parts.append(f"{formatting.duration(pace.remaining_s)} left")
        self.text.setText(" · ".join(parts))


def cancel_in(part: QWidget) -> bool:
    """Cancel the work that a part of a window waits for.

    Args:
        part: With the rows that show it.

    Returns:
        Whether there was any.
    """
    running = [row for row in part.findChildren(WorkRow) if row.runs]
    for row in running:
        row.cancel_asked.emit()
    return bool(running)


def with_work_row(body: QWidget, row: WorkRow) -> QWidget:
    """A widget with a row of work that comes over its lower edge, and so never changes its room.

    Args:
        body: What is drawn anew when its room changes: a row beside it would have it drawn without end.
        row: How far that is.
    """
    both = QWidget()
    layout = QGridLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(body, 0, 0)
    layout.addWidget(row, 0, 0, Qt.AlignmentFlag.AlignBottom)
    row.setAutoFillBackground(True)
    row.setBackgroundRole(QPalette.ColorRole.Base)
    row.raise_()
    return both
