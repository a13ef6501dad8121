"""Opens a second checkpoint and compares the shown entry with one of it, behind the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.progress import Report, asking
from explorer.tasks.jobs import Jobs
from explorer.ui.compare.moved_map import MOST
from explorer.ui.failures import why
from explorer.ui.files.opening import Opening
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.moved_grid import MovedGrid
    from explorer.analysis.compare.pairing import Pairing, RuleProposal

TRUSTED_FROM: int = 1_000_000_000
"""Bytes of both files. What can be read in a second or two is read: a checksum may be older than the bytes, as where
these were changed through a mapped file. Of more, equal checksums are trusted until the user wants them verified."""


class Limits(NamedTuple):
    """What is close, as of `explorer.analysis.compare.difference.Tolerance`, which would bring NumPy."""

    rtol: float = 0.0
    atol: float = 0.0


class _Asked(NamedTuple):
    """What was asked for as B: a file, the path of its entry, and rules for its keys."""

    path: Path
    entry: str | None
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, with what the window says of it.

    Attributes:
        comparison: Of the shown entries.
        sentence: What changed.
        proposals: Rules that would pair more, the best first.
        order: Places of its pairs, what differs first and what is identical last.
        moved: Where it moved.
        by_checksum: How many of its pairs are identical by checksum, without being read.
        place_of: Of each tensor of A, by its number, the place of its pair.
    """

    comparison: "Comparison"
    sentence: str
    proposals: "Sequence[RuleProposal]"
    order: list[int]
    moved: "MovedGrid"
    by_checksum: int
    place_of: dict[int, int]


class Comparing(QObject):
    """Compares A, which is what the window shows, with B.

    Signals:
        opened: B is open (`Checkpoint`), or none is any more (None).
        begun: Both are being compared.
        compared: Something new is known (`Compared`).
        failed: Why not, as a sentence; no comparison is left.
        not_opened: Why B was not opened, likewise; what was compared stays.
        stopped: The user cancelled, while B was opened or compared.
    """

    opened = Signal(object)
    begun = Signal()
    compared = Signal(object)
    failed = Signal(str)
    not_opened = Signal(str)
    stopped = Signal()

    def __init__(self, session: Session, progress: WorkRow) -> None:
        """Begin with nothing to compare with.

        Args:
            session: Tells what A is.
            progress: Shows how far the work is.
        """
        super().__init__(progress)
        self._session = session
        self._progress = progress
        self.other = Session(self)
        self.opening = Opening(self.other, self)
        self._jobs = Jobs("comparison")
        self._work = CurrentJob(self._jobs, progress)
        self._work.failed.connect(self._fail)
        self._work.stopped.connect(self.stopped)
        self.opening.succeeded.connect(self._on_opened)
        self.opening.failed.connect(self._on_not_opened)
        self.opening.started.connect(self._on_started)
        self.opening.ended.connect(self._on_ended)
        self.rules: tuple[Rule, ...] = ()
        self._asked: _Asked | None = None
        self._reads = False
        self.limits = Limits()
        self._last: Compared | None = None

    @property
    def last(self) -> Compared | None:
        """What is known of the entries that are compared; None where that is nothing."""
        return self._last

    @property
    def busy(self) -> bool:
        """B is read, or the comparison made."""
        return self.opening.busy or self._work.runs

    def open(self, path: Path, entry: str | None = None, rules: Sequence[Rule] = ()) -> None:
        """Open B; what was compared stays until it is read.

        Args:
            path: Of the file or folder.
            entry: The path of the entry to compare; None for the one that is shown first.
            rules: For its keys.
        """
        self._asked = _Asked(path, entry, tuple(rules))
        self.opening.open(path)

    def again(self) -> None:
        """Do again what was cancelled, or failed: open B, or compare it."""
        if self._asked is not None:
            self.open(*self._asked)
        else:
            self.compare()

    def let_go(self) -> None:
        """Have no B any more."""
        self._asked, self._reads = None, False
        self.cancel()
        self.rules = ()
        self.other.forget()
        self.opened.emit(None)

    def forget(self) -> None:
        """Have nothing that could be judged again."""
        self._last = None

    def cancel(self) -> None:
        """Give up what runs."""
        self.opening.cancel()
        self._work.cancel()

    def close(self) -> None:
        """End the reader and the worker."""
        self._reads = False
        self._work.drop()
        self.opening.close()
        self._jobs.close()

    def _on_started(self, name: str) -> None:
        self._reads = True
        self._progress.begin(f"Opening {name}")

    def _on_opened(self, _path: Path) -> None:
        self._reads = False
        asked = self._asked
        if asked is not None:
            self.rules = asked.rules
            if asked.entry is not None:
                self.other.show_entry(asked.entry)
        self.opened.emit(self.other.checkpoint)
        self.compare()

    def _on_not_opened(self, sentence: str) -> None:
        self._reads = False
        self.not_opened.emit(sentence)

    def _on_ended(self) -> None:
        if not self._work.runs:
            self._progress.end()
        if self._reads:
            # Nothing came of it, and nothing failed.
            self._reads = False
            self.stopped.emit()

    def compare(self) -> None:
        """Compare the shown entry of A with that of B."""
        self._last = self._asked = None
        a, b = self._session, self.other
        if a.checkpoint is None or b.checkpoint is None:
            return
        if a.entry is None or b.entry is None:
            which = "A" if a.entry is None else "B"
            self.failed.emit(f"{which} holds no tensors that could be compared.")
            return
        sides = (a.checkpoint, a.entry), (b.checkpoint, b.entry)
        rules, limits = self.rules, self.limits
        self.begun.emit()
        self._work.start(lambda report: _compare(*sides, rules, limits, report), "comparing", self._take)

    def judge_again(self, limits: Limits) -> None:
        """Judge what is close at another tolerance."""
        self.limits = limits
        last = self._last
        if last is None:
            self.compare()
            return
        self._work.start(lambda report: _judge_again(last, limits, report), "judging again", self._take)

    def verify(self) -> None:
        """Read what is identical by checksum."""
        last = self._last
        if last is not None:
            self._work.start(lambda report: _verify(last, report), "reading", self._take)

    def apply(self, rules: Sequence[Rule]) -> None:
        """Compare anew with the keys of B renamed."""
        self.rules = tuple(rules)
        self.compare()

    def _take(self, compared: Compared) -> None:
        self._last = compared
        self.compared.emit(compared)

    def _fail(self, error: Exception) -> None:
        sentence = str(error) if isinstance(error, KeyMappingError) else why(error)
        self._last = None
        self.failed.emit(f"The files were not compared. {sentence}")


Side = tuple[Checkpoint, Entry]


def _compare(a: Side, b: Side, rules: Sequence[Rule], limits: Limits, report: Report) -> Compared:
    from explorer.analysis.compare.comparing import compare_entries  # noqa: PLC0415 - brings numpy
    from explorer.analysis.compare.difference import Tolerance  # noqa: PLC0415 - as above
    from explorer.analysis.compare.pairing import Chosen, pair_up, propose_rules  # noqa: PLC0415 - as above

    pairing = pair_up(Chosen(*a), Chosen(*b), rules, report)
    trust = _nbytes(pairing, report) > TRUSTED_FROM
    comparison = compare_entries(pairing, report, Tolerance(*limits), trust_checksums=trust)
    return _told(comparison, propose_rules(pairing, report), report)


def _judge_again(last: Compared, limits: Limits, report: Report) -> Compared:
    from explorer.analysis.compare.comparing import judge_again  # noqa: PLC0415 - brings numpy
    from explorer.analysis.compare.difference import Tolerance  # noqa: PLC0415 - as above

    return _told(judge_again(last.comparison, report, Tolerance(*limits)), last.proposals, report)


def _verify(last: Compared, report: Report) -> Compared:
    from explorer.analysis.compare.comparing import verified  # noqa: PLC0415 - brings numpy

    return _told(verified(last.comparison, report), last.proposals, report)


def _nbytes(pairing: "Pairing", report: Report) -> int:
    """Bytes of the values of all pairs, in both files."""
    a, b = pairing.a.checkpoint.tensors, pairing.b.checkpoint.tensors
    return sum(
        a.walked_nbytes(pair.a) + b.walked_nbytes(pair.b)
        for pair in asking(pairing.pairs, report, "pairs")
        if pair.a is not None and pair.b is not None
    )


def _told(comparison: "Comparison", proposals: "Sequence[RuleProposal]", report: Report) -> Compared:
    from explorer.analysis.compare.moved_grid import moved_grid  # noqa: PLC0415 - as above
    from explorer.analysis.compare.words import summary  # noqa: PLC0415 - brings numpy

    identical = [difference.state == "identical" for difference in comparison.differences]
    order = sorted(range(len(identical)), key=lambda place: identical[place])
    moved = moved_grid(comparison, MOST, report)
    by_checksum = sum(difference.by_checksum for difference in comparison.differences)
    place_of = {pair.a: place for place, pair in enumerate(comparison.pairing.pairs) if pair.a is not None}
    return Compared(comparison, summary(comparison, report), proposals, order, moved, by_checksum, place_of)
