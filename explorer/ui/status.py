"""The status bar: what is open, and what runs behind the window."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStatusBar, QWidget

from explorer import formatting
from explorer.analysis.holding import held_briefly, held_exactly, held_in, readable_in, unsized_in
from explorer.checkpoint.document import Checkpoint
from explorer.tasks.jobs import Progress
from explorer.ui.files.check import FileCheck
from explorer.ui.files.opening import Opening
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.measuring.pace import Measuring
from explorer.ui.running.work_row import WorkRow
from explorer.ui.session import Session
from explorer.ui.text import FACT, ElidedLabel, label, set_tooltip

SAID_MS: Final = 4000
"""How long something is said that was asked for."""


class Status(QStatusBar):
    """Follows a session and the work for it."""

    def __init__(
        self,
        session: Session,
        opening: Opening,
        measurements: Measurements,
        check: FileCheck,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(10, 0, 10, 0)
        self.summary = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.summary.setProperty("muted", True)
        # The label's own tool tip tells what was left out; under it lies the one with the exact figures.
        self.exact = QWidget()
        around = QHBoxLayout(self.exact)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.summary)
        self.opening = WorkRow("opening", "Opening", in_status=True)
        self.measuring = WorkRow("statistics", "Computing statistics", in_status=True, in_bytes=True)
        self.verifying = WorkRow("checksums", "Verifying checksums", in_status=True, in_bytes=True)
        self.addWidget(self.exact, 1)
        self.addPermanentWidget(self._make_held_back())
        for busy in (self.verifying, self.measuring, self.opening):
            self.add(busy)
        session.opened.connect(self._show_opened)
        opening.started.connect(self._show_started)
        opening.progressed.connect(self.opening.follow)
        opening.ended.connect(self.opening.end)
        self.opening.cancel_asked.connect(opening.cancel)
        measurements.began.connect(self.measuring.begin)
        measurements.progressed.connect(self._show_measured)
        measurements.ended.connect(self.measuring.end)
        self.measuring.cancel_asked.connect(measurements.cancel)
        check.began.connect(self.verifying.begin)
        check.progressed.connect(self.verifying.follow)
        check.ended.connect(self.verifying.end)
        self.verifying.cancel_asked.connect(check.cancel)
        self._measurements = measurements
        measurements.held_back_changed.connect(self._show_held_back)
        self.compute_all.clicked.connect(measurements.compute_all)
        self._show_held_back()

    def add(self, busy: WorkRow) -> None:
        """Give another kind of work its place, at the right."""
        self.addPermanentWidget(busy)
        # The status bar shows what it is given.
        busy.hide()

    def _make_held_back(self) -> QWidget:
        """Why columns are empty, and how to fill them."""
        self.held_back = QWidget()
        self.what = label(muted=True)
        self.compute_all = QPushButton("Compute all")
        self.compute_all.setProperty("flat", True)
        self.compute_all.setAccessibleName("Compute all statistics")
        layout = QHBoxLayout(self.held_back)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.what)
        layout.addWidget(self.compute_all)
        return self.held_back

    def say(self, sentence: str) -> None:
        """Say something for a few seconds."""
        self.showMessage(formatting.plain(sentence), SAID_MS)

    def _show_opened(self, checkpoint: Checkpoint) -> None:
        of_file = _told_of_bytes(checkpoint)
        told = [[*held_in(checkpoint), of_file], [*held_briefly(checkpoint), of_file], [of_file]]
        self.summary.setText(*map(FACT.join, told))
        which = "Shards" if checkpoint.shards else "File"
        tip = "\n".join(
            [
                *held_exactly(checkpoint),
                f"Tensors: {formatting.exact_bytes(checkpoint.sums.nbytes)}",
                f"{which}: {formatting.exact_bytes(checkpoint.nbytes)}",
                *filter(None, [unsized_in(checkpoint, None)]),
            ]
        )
        set_tooltip(self.exact, tip)

    def _show_held_back(self) -> None:
        held_back = self._measurements.held_back
        self.held_back.setVisible(held_back is not None)
        if held_back is not None:
            self.what.setText(held_back.what)
            set_tooltip(self.what, held_back.why)
            set_tooltip(self.compute_all, f"{held_back.why} Measure all values of all tensors now.")

    def _show_started(self, name: str) -> None:
        self.opening.begin(f"Opening {name}")

    def _show_measured(self, measuring: Measuring) -> None:
        self.measuring.follow(Progress(measuring.done, measuring.total, ""))


def _told_of_bytes(checkpoint: Checkpoint) -> str:
    """How large the tensors are, and how large what they lie in: ``131 kB of tensors in 2 of 3 shards, 136 kB``."""
    values, size = formatting.nbytes(checkpoint.sums.nbytes), formatting.nbytes(checkpoint.nbytes)
    readable = readable_in(checkpoint, None)
    tensors = f"{values} of tensors, {readable}," if readable else f"{values} of tensors"
    shards, missing = len(checkpoint.shards), len(checkpoint.missing)
    if not shards and not missing:
        return f"{tensors} in a {checkpoint.container} file of {size}"
    here = f"{formatting.exact(shards)} of " if missing else ""
    return f"{tensors} in {here}{formatting.plural(shards + missing, 'shard')} of {size}"
