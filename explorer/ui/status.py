"""The status bar: what is open, and what runs behind the window."""

from typing import Final

from PySide6.QtWidgets import QStatusBar, QWidget

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.ui.busy import Busy
from explorer.ui.measurements import Measurements, Measuring
from explorer.ui.opening import Opening
from explorer.ui.session import Session
from explorer.ui.text import label, set_tooltip

SAID_MS: Final = 4000
"""How long something is said that was asked for."""


class Status(QStatusBar):
    """Follows a session and the work for it."""

    def __init__(
        self, session: Session, opening: Opening, measurements: Measurements, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(10, 0, 10, 0)
        self.summary = label(muted=True)
        self.opening = Busy("opening")
        self.measuring = Busy("statistics")
        self.addWidget(self.summary, 1)
        for busy in (self.measuring, self.opening):
            self.addPermanentWidget(busy)
            # The status bar shows what it is given.
            busy.hide()
        session.opened.connect(self._show_opened)
        opening.started.connect(self._show_started)
        opening.ended.connect(self.opening.end)
        self.opening.cancel_asked.connect(opening.cancel)
        measurements.began.connect(self._show_measuring)
        measurements.progressed.connect(self._show_measured)
        measurements.ended.connect(self.measuring.end)
        self.measuring.cancel_asked.connect(measurements.cancel)

    def say(self, sentence: str) -> None:
        """Say something for a few seconds."""
        self.showMessage(sentence, SAID_MS)

    def _show_opened(self, checkpoint: Checkpoint) -> None:
        sums = checkpoint.sums
        self.summary.setText(
            f"{formatting.count(sums.parameters)} parameters · {formatting.nbytes(checkpoint.nbytes)} · "
            f"{checkpoint.container} · {formatting.plural(sums.tensors, 'tensor')}"
        )
        tip = f"{formatting.exact(sums.parameters)} parameters, {formatting.exact_bytes(checkpoint.nbytes)}"
        set_tooltip(self.summary, tip)

    def _show_started(self, name: str) -> None:
        self.opening.begin(f"Opening {name}")

    def _show_measuring(self) -> None:
        self.measuring.begin("statistics")

    def _show_measured(self, measuring: Measuring) -> None:
        share = measuring.done / max(1, measuring.total)
        parts = [f"statistics {share:.0%}".replace("%", " %")]
        if measuring.remaining_s is not None:
            rate = formatting.nbytes(round(measuring.rate))
            parts += [f"{rate}/s", f"{formatting.duration(measuring.remaining_s)} left"]
        self.measuring.tell(" · ".join(parts), share)
