"""Asks behind the window what rules make of the keys of an entry: the last question is answered, earlier ones end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.keys.placeholders import rule_of
from explorer.keys.renaming import Renamed, Renaming
from explorer.loading.load_test import handed
from explorer.loading.report import LoadReport
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.load_test.rules_model import Written

_NOTHING = r"(?!)"
"""Finds nothing in any key."""

_PAUSE_MS = 120
"""After the last key that was typed."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """What written rules are and do.

    Attributes:
        written: The rules as they are written.
        rules: The same for keys; only where `renamed` is fine.
        renamed: What they make of the keys.
    """

    written: tuple[Written, ...]
    rules: tuple[Rule, ...]
    renamed: Renamed


class Keys(NamedTuple):
    """What rules are for.

    Attributes:
        keys: That they rename, each once.
        shapes: Of those that are of tensors.
        wanted: Keys that they may become, with their shapes, None for any; None where these are not known.
    """

    keys: Sequence[str]
    shapes: Mapping[str, tuple[int, ...]]
    wanted: Mapping[str, tuple[int, ...] | None] | None


class RulesPreview(QObject):
    """Keeps a worker for itself.

    Signals:
        answered: A `Previewed`.
    """

    answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = Jobs("preview of rules")
        self._subject: Callable[[], Keys] | None = None
        self._written: tuple[Written, ...] = ()
        self._job: Job | None = None
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._start)

    @property
    def busy(self) -> bool:
        """An answer is to come."""
        return self._timer.isActive() or self._job is not None

    def begin(self, checkpoint: Checkpoint, entry: Entry, report: LoadReport | None) -> None:
        """Ask about the keys of this entry from now on.

        Args:
            checkpoint: That is open.
            entry: Of it.
            report: Of the last test, which tells what the model has; None where there is none.
        """
        self.begin_with(partial(_keys_of, checkpoint, entry, report))

    def begin_with(self, subject: Callable[[], Keys]) -> None:
        """Ask about other keys from now on; they are asked for on the worker."""
        self._subject = subject

    def ask(self, written: Sequence[Written]) -> None:
        """Ask what these rules do."""
        self.cancel()
        self._written = tuple(written)
        self._timer.start()

    def cancel(self) -> None:
        """Give up what was asked."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End the process and the worker."""
        self.cancel()
        self.jobs.close()

    def _start(self) -> None:
        if self._subject is None:
            return
        renaming, subject, written = Renaming(), self._subject, self._written
        job = Job(lambda report: _previewed(renaming, subject(), written, report), "rules", on_cancel=renaming.stop)
        job.succeeded.connect(self.answered)
        job.finished.connect(self._finish)
        self._job = job
        self.jobs.start(job)

    def _finish(self) -> None:
        if self.sender() is self._job:
            self._job = None


def _keys_of(checkpoint: Checkpoint, entry: Entry, known: LoadReport | None) -> Keys:
    given = handed(checkpoint, entry)
    keys = [*(tensor.key for tensor in given.tensors), *(key for key, _type in given.others)]
    shapes = {tensor.key: tensor.shape for tensor in given.tensors}
    model = None if known is None else {value.key: value.shape for value in known.values if value.dtype is not None}
    return Keys(keys, shapes, model)


def _previewed(renaming: Renaming, subject: Keys, written: tuple[Written, ...], report: Report) -> Previewed:
    """On the worker."""
    keys, shapes, wanted = subject
    rules, problems = [], []
    for find, replace in written:
        if not (find or replace):
            # It was added just now, and nothing is written yet.
            rules.append(Rule(_NOTHING, ""))
            problems.append("")
            continue
        try:
            rules.append(rule_of(find, replace))
            problems.append("")
        except KeyMappingError as error:
            problems.append(str(error))
    if any(problems):
        counts = (0,) * len(problems)
        return Previewed(written, (), Renamed(tuple(problems), counts, "", (), 0, len(keys), None))
    renamed = renaming.ask(keys, rules, report, shapes=shapes, model=wanted)
    return Previewed(written, tuple(rule for rule in rules if rule.pattern != _NOTHING), renamed)
