"""The field for keys that a copy leaves out: a regular expression, and in how many keys it finds something."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import exact, plural, visible
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.keys.renaming import Renaming
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.text import label, set_tone, set_tooltip

_PAUSE_MS: Final = 120
"""After the last key that was typed."""
_ABOUT: Final = "Keys in which it finds something are not written. It looks at the names that the copy will have."


class _Subject(NamedTuple):
    """Whose keys are looked at.

    Attributes:
        entry: That.
        rules: That rename its keys; none where there are none.
        renamed: The copy has the new names.
    """

    entry: Entry
    rules: Sequence[Rule]
    renamed: bool


class _Counted(NamedTuple):
    """What was found.

    Attributes:
        found: Keys in which it finds something.
        total: All keys.
        problem: What is the matter where there are none, as a sentence; "" where there are some.
    """

    found: int
    total: int
    problem: str


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
        self._subject: _Subject | None = None
        self._job: Job | None = None
        self.problem = ""
        """Why it cannot be used, as a sentence; "" where it can, as far as that is known."""
        self.field = QLineEdit()
        self.field.setAccessibleName("Leave out keys that match")
        self.field.setPlaceholderText(r"a regular expression, such as ^head\.")
        set_tooltip(self.field, _ABOUT)
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

    def show_entry(self, entry: Entry | None, rules: Sequence[Rule] = (), *, renamed: bool = False) -> None:
        """Count among the keys of this entry from now on.

        Args:
            entry: Of the checkpoint; None where it has none, and nothing can be left out.
            rules: That can rename its keys.
            renamed: They do.
        """
        self._subject = None if entry is None else _Subject(entry, rules, renamed)
        self._ask()

    def drop(self) -> None:
        """Give up what was asked."""
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _ask(self) -> None:
        self.drop()
        if self.pattern is not None and self._subject is not None:
            self._timer.start()
        else:
            self._judge("", "")

    def _start(self) -> None:
        subject, pattern = self._subject, self.pattern
        if subject is None or pattern is None:
            return
        renaming = Renaming()
        work = partial(_counted, renaming, self._checkpoint, subject, pattern)
        job = self._job = Job(work, "keys to leave out", on_cancel=renaming.stop)
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)
        self._jobs.start(job)

    def _show(self, counted: _Counted) -> None:
        if self._is_last(self.sender()):
            tensors = plural(counted.total, "tensor")
            said = f"{exact(counted.found)} of {tensors}" if counted.found else f"none of {tensors}"
            self._judge(said, counted.problem, bad=not counted.found)

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

    def _judge(self, count: str, problem: str, *, bad: bool = False) -> None:
        self.count.setText(count)
        set_tone(self.count, "bad" if bad else None)
        self.count.setVisible(bool(count))
        self.problem = problem
        self.judged.emit()


def _counted(renaming: Renaming, checkpoint: Checkpoint, subject: _Subject, pattern: str, report: Report) -> _Counted:
    """On the worker: in how many keys of tensors it finds something, and of none what may be the reason."""
    keys = [checkpoint.tensors.key(number) for number in subject.entry.numbers]
    new = list(renaming.rename(keys, subject.rules, report).values()) if subject.rules else keys
    names, others = (new, keys) if subject.renamed else (keys, new)
    count = len(renaming.matching(names, pattern, report))
    if count:
        return _Counted(count, len(keys), "")
    problem = f"{visible(pattern)} is found in no key, and leaves nothing out."
    elsewhere = len(renaming.matching(others, pattern, report)) if subject.rules else 0
    if elsewhere:
        problem = (
            f"{visible(pattern)} is found in no key of the copy, whose keys are renamed; in {exact(elsewhere)} as the "
            "file calls them."
            if subject.renamed
            else f"{visible(pattern)} is found in no key of the copy; in {exact(elsewhere)} once they are renamed."
        )
    return _Counted(0, len(keys), problem)
