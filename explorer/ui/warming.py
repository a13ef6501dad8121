"""What the first file and its first picture need, each brought as early as nobody waits for it."""

from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from explorer.tasks.jobs import Job, Jobs
from explorer.ui.files.opening import Opening
from explorer.ui.histogram.drawing import bring_numbers
from explorer.ui.histogram.view import HistogramView
from explorer.ui.measuring.measurements import Measurements

PAINTED_MS: Final = 50
"""So long after a tree was asked for it is painted."""


class Warming(QObject):
    """Brings a reader process to the new window, NumPy while it reads the first file, and pyqtgraph after that.

    pyqtgraph comes on the GUI thread, for a fifth of a second: on a worker it looks through Qt beside the window, and
    crashes. The file is painted first. Measured is nothing before: each thread that computes would make it take twice
    as long. A window without a file has neither, which would be half of its memory.
    """

    def __init__(self, opening: Opening, measurements: Measurements, jobs: Jobs, view: HistogramView) -> None:
        """Prepare; nothing is brought yet.

        Args:
            opening: Reads files; keeps a process ready for the next.
            measurements: Held back until pyqtgraph is there.
            jobs: Where NumPy is imported.
            view: Makes the first plot.
        """
        super().__init__(view)
        self._opening = opening
        self._measurements = measurements
        self._jobs = jobs
        self._view = view
        self._timer = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._timer.timeout.connect(self._make_plot)

    def begin(self) -> None:
        """Begin, once the window is shown."""
        self._opening.warm()
        self._measurements.hold()
        self._opening.started.connect(self._bring_numbers, Qt.ConnectionType.SingleShotConnection)

    def close(self) -> None:
        """Bring nothing more."""
        self._timer.stop()

    @Slot()
    def _bring_numbers(self) -> None:
        job = Job(lambda _report: bring_numbers(), "warming the plot", priority=1)
        job.finished.connect(self._timer.start)
        self._jobs.start(job)

    def _make_plot(self) -> None:
        if self._opening.busy:
            self._opening.ended.connect(self._timer.start, Qt.ConnectionType.SingleShotConnection)
        else:
            self._view.make_plot()
            self._measurements.release()
