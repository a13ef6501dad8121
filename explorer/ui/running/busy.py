"""What the status bar says while something runs: what it is, how far it is, and Cancel."""

from typing import Final

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from explorer import formatting
from explorer.ui.text import label, set_tooltip

SLOW_MS: Final = 300
"""What is over sooner is not shown."""


class Busy(QWidget):
    """One kind of work in the status bar, hidden until it has taken `SLOW_MS`.

    Signals:
        cancel_asked: The user wants it to stop.
    """

    cancel_asked = Signal()

    def __init__(self, kind: str, parent: QWidget | None = None, *, timed: bool = False) -> None:
        """Make it, hidden.

        Args:
            kind: Of work, as it stands after "Cancel" and "Progress of", for tool tips and screen readers.
            timed: Say how many seconds it has taken, once it is one: of work that cannot tell how far it is.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.text = label(muted=True)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName(f"Progress of {kind}")
        self.cancel = QPushButton("Cancel")
        self.cancel.setProperty("flat", True)
        self.cancel.setAccessibleName(f"Cancel {kind}")
        set_tooltip(self.cancel, f"Cancel {kind} (Esc)")
        self.cancel.clicked.connect(self.cancel_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.elapsed = label(muted=True)
        self.elapsed.setVisible(timed)
        for part in (self.text, self.elapsed, self.bar, self.cancel):
            layout.addWidget(part)
        self._timer = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._timer.timeout.connect(self.show)
        self._clock = QElapsedTimer()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._tell_elapsed)
        self._timed = timed
        self.hide()

    def begin(self, text: str) -> None:
        """Work has begun; it is shown once it has taken long.

        Args:
            text: What is being done, as one or two words and a name.
        """
        self.text.setText(text)
        self.bar.setRange(0, 0)
        if self._timed:
            self.elapsed.setText("")
            self._clock.start()
            self._tick.start()
        if self.isHidden():
            self._timer.start()

    def tell(self, text: str, share: float) -> None:
        """Say how far the work is.

        Args:
            text: As in `begin`.
            share: What is done, from 0 to 1.
        """
        self.text.setText(text)
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * share))

    def end(self) -> None:
        """Nothing runs any more."""
        self._timer.stop()
        self._tick.stop()
        self.hide()

    def _tell_elapsed(self) -> None:
        seconds = self._clock.elapsed() // 1000
        shown = f"{seconds} s" if seconds < 60 else formatting.duration(seconds)
        self.elapsed.setText(shown if seconds else "")
