"""What finds the problems of a checkpoint, brought by the worker: it needs NumPy, and the role of every tensor."""

from typing import TYPE_CHECKING

from explorer.analysis.judge.thresholds import Thresholds
from explorer.checkpoint.document import Checkpoint
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.judge.judging import Judge


class LazyJudge:
    """Handed by the window to the one worker that measures, which makes the `Judge`."""

    def __init__(self, checkpoint: Checkpoint, thresholds: Thresholds) -> None:
        """Make nothing yet.

        Args:
            checkpoint: Whose tensors are judged.
            thresholds: From where on something is a problem.
        """
        self.thresholds = thresholds
        self._checkpoint = checkpoint
        self._judge: Judge | None = None

    def ready(self, report: Report) -> "Judge":
        """The judge; for the worker.

        Raises:
            Cancelled: By `report`.
        """
        from explorer.analysis.judge.judging import Judge  # noqa: PLC0415 - brings NumPy

        if self._judge is None:
            self._judge = Judge(self._checkpoint, self.thresholds)
        self._judge.prepare(report)
        return self._judge
