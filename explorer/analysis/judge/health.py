"""All problems of a checkpoint, and how much of it was looked at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from explorer.analysis.judge.judging import Judge
from explorer.analysis.judge.notes import fold_notes, found_in_words
from explorer.analysis.judge.problems import Problem
from explorer.analysis.judge.thresholds import DEFAULT, Thresholds
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.document import Checkpoint
from explorer.formatting import plural
from explorer.progress import Report


@dataclass(frozen=True, slots=True, eq=False)  # eq would compare arrays with ==, which has no single answer
class Health:
    """What was found.

    Attributes:
        problems: In the order of the tensors.
        notes: What is no problem by itself, likewise: of an entry and a kind in one.
        statistics: Of every tensor that could be read, by its number.
        unread: Numbers of those that could not.
    """

    problems: Sequence[Problem]
    notes: Sequence[Problem]
    statistics: dict[int, Statistics]
    unread: Sequence[int]

    @property
    def sentence(self) -> str:
        """In a line: how many problems, in how much."""
        return said(len(self.problems), len(self.statistics), len(self.unread), len(self.notes))


def said(problems: int, tensors: int, unread: int = 0, notes: int = 0) -> str:
    """Say how many problems were found in how much.

    Args:
        problems: How many.
        tensors: In all values of how many tensors.
        unread: Tensors that could not be read.
        notes: What was found that is no problem.
    """
    looked = f"in all values of {plural(tensors, 'tensor')}"
    rest = f"; {plural(unread, 'tensor')} {'has' if unread == 1 else 'have'} none that can be read" if unread else ""
    return f"{found_in_words(problems, notes)} {looked}{rest}."


def check(checkpoint: Checkpoint, report: Report, thresholds: Thresholds = DEFAULT) -> Health:
    """Measure and judge every tensor of a checkpoint.

    Args:
        checkpoint: Any.
        report: Called with the bytes done.
        thresholds: From where on something is a problem.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    judge = Judge(checkpoint, thresholds)
    measured = measure_tensors(checkpoint, range(len(checkpoint.tensors)), report, judge)
    problems = [problem for found in measured.found.values() for problem in found]
    problems += judge.across(measured.statistics, report)
    return _health(checkpoint, problems, measured.statistics, sorted(measured.problems))


def check_rest(
    checkpoint: Checkpoint,
    known: Mapping[int, Statistics],
    looked: Collection[int],
    found: Sequence[Problem],
    thresholds: Thresholds,
    report: Report,
) -> Health:
    """Measure and judge the tensors of a checkpoint that were not looked at yet.

    Args:
        checkpoint: Any.
        known: Statistics by the tensor's number.
        looked: Numbers of the tensors whose problems are known.
        found: Those problems.
        thresholds: From where on something is a problem.
        report: Called with the bytes done.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    judge = Judge(checkpoint, thresholds)
    missing = [number for number in range(len(checkpoint.tensors)) if number not in looked or number not in known]
    measured = measure_tensors(checkpoint, missing, report, judge)
    again = frozenset(missing)
    problems = [problem for problem in found if problem.number not in again]
    problems += [problem for some in measured.found.values() for problem in some]
    statistics = {**known, **measured.statistics}
    problems += judge.across(statistics, report)
    return _health(checkpoint, problems, statistics, sorted(measured.problems))


def _health(
    checkpoint: Checkpoint, found: Sequence[Problem], statistics: dict[int, Statistics], unread: Sequence[int]
) -> Health:
    told = fold_notes(in_order(found), checkpoint.tensors)
    problems = [one for one in told if not one.note]
    return Health(problems, [one for one in told if one.note], statistics, unread)


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Problems by their tensors, in the file's order."""
    return sorted(problems, key=lambda problem: problem.number)
