"""The field for keys that a copy leaves out: a regular expression, and in how many keys it finds something."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import exact, plural
from explorer.keys.key_mapping import KeyMappingError
from explorer.keys.renaming import Renaming
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.text import label, set_tooltip

_PAUSE_MS: Final = 120
"""After the last key that was typed."""


class LeavingOut(QWidget):
    """Asks for it, and has it tried on a worker: a regular expression may take for ever.

    Signals:
        judged: It is known what is found, or `problem` is another.
    """

    judged = Signal()

    def __init__(self, checkpoint: Checkpoint, jobs: Jobs, parent: QWidget | None = None) -> None:
        """Ask.

        Args:
            checkpoint: Whose keys they are.
            jobs: Try it.
            parent: Owner.
        """
        super().__init__(parent)
        self._checkpoint = checkpoint
        self._jobs = jobs
        self._entry: Entry | None = None
        self._job: Job | None = None
        self.problem = ""
        """Why it cannot be used, as a sentence; "" where it can, as far as that is known."""
        self.field = QLineEdit()
        self.field.setAccessibleName("Leave out keys that match")
        self.field.setPlaceholderText(r"a regular expression, such as ^head\.")
        set_tooltip(self.field, "Keys in which it finds something are not written.")
        self.count = label(muted=True)
        self.count.setAccessibleName("Keys that are left out")
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._start)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.count)
        self.count.hide()
        self.field.textChanged.connect(self._ask)

    @property
    def pattern(self) -> str | None:
        """What is typed; None for nothing."""
        return self.field.text() or None

    @property
    def busy(self) -> bool:
        """It is not known yet what it finds."""
        return self._timer.isActive() or self._job is not None

    def show_entry(self, entry: Entry | None) -> None:
        """Count among the keys of this entry from now on.

        Args:
            entry: Of the checkpoint; None where it has none, and nothing can be left out.
        """
        self._entry = entry
        self._ask()

    def drop(self) -> None:
        """Give up what was asked."""
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _ask(self) -> None:
        self.drop()
        if self.pattern is not None and self._entry is not None:
            self._timer.start()
        else:
            self._judge("", "")

    def _start(self) -> None:
        entry, pattern = self._entry, self.pattern
        if entry is None or pattern is None:
            return
        renaming = Renaming()
        work = partial(_counted, renaming, self._checkpoint, entry, pattern)
        job = self._job = Job(work, "keys to leave out", on_cancel=renaming.stop)
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)
        self._jobs.start(job)

    def _show(self, found: tuple[int, int]) -> None:
        if self._is_last(self.sender()):
            self._judge(f"{exact(found[0])} of {plural(found[1], 'tensor')}", "")

    def _fail(self, error: Exception) -> None:
        if not self._is_last(self.sender()):
            return
        if not isinstance(error, KeyMappingError):
            raise error
        self._judge("", str(error))

    def _is_last(self, job: QObject) -> bool:
        last = job is self._job
        if last:
            self._job = None
        return last

    def _judge(self, count: str, problem: str) -> None:
        self.count.setText(count)
        self.count.setVisible(bool(count))
        self.problem = problem
        self.judged.emit()


def _counted(renaming: Renaming, checkpoint: Checkpoint, entry: Entry, pattern: str, report: Report) -> tuple[int, int]:
    """On the worker: in how many keys of tensors it finds something, and how many there are."""
    keys = [checkpoint.tensors.key(number) for number in entry.numbers]
    return len(renaming.matching(keys, pattern, report)), len(keys)
