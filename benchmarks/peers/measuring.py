"""Asks one program one question, cold and warm, and judges its answer."""

import statistics
from collections.abc import Sequence
from typing import Final, NamedTuple

from benchmarks.peers.asking import Asked, Cannot, Step
from benchmarks.peers.cases import Case
from benchmarks.peers.files import MARK
from benchmarks.peers.judging import Judged, judge
from benchmarks.peers.running import PATIENCE_S, Run, evict, run

_ROUNDS: Final = 3
_LONG_S: Final = 6
"""What takes so long is asked once more, warm, and no oftener."""


class Outcome(NamedTuple):
    """What came of a question.

    Attributes:
        how: It was asked, in words; or why it cannot be.
        cold: Seconds with the files evicted; None where it cannot be asked.
        warm: Seconds with all of it read before, the median.
        before: Of these, what it took to make the file one that the program reads.
        peak: MiB, the most.
        judged: Every fact.
        failure: The end of what a step complained that failed; "" for none.
    """

    how: str
    cold: float | None
    warm: float
    before: float
    peak: float
    judged: list[Judged]
    failure: str


def measure(asked: Asked | Cannot, case: Case) -> Outcome:
    """Ask, again and again.

    Args:
        asked: How.
        case: What.
    """
    if isinstance(asked, Cannot):
        return Outcome(asked.why, None, 0, 0, 0, [], "")
    for path in case.files:
        evict(path)
    cold = _all_steps(asked)
    rounds = [cold]
    for _ in range(1 if _seconds(cold) > _LONG_S else _ROUNDS):
        if cold[-1][1].status is None:
            break
        rounds.append(_all_steps(asked))
    warm = rounds[1:] or rounds
    runs = [ended for _, ended in rounds[-1]]
    failed = [ended for ended in runs if ended.status != 0]
    try:
        answers = asked.read(runs)
    except (ValueError, KeyError, TypeError, IndexError):
        answers = {}
    if MARK in str(sorted(case.files[0].parent.iterdir())):
        answers["ran nothing"] = False
    elif case.question == "untrusted":
        answers["ran nothing"] = True
    return Outcome(
        asked.how,
        _seconds(cold),
        statistics.median(map(_seconds, warm)),
        statistics.median(sum(ended.seconds for step, ended in steps if step.before) for steps in warm),
        max(ended.peak for steps in rounds for _, ended in steps),
        judge(case.truths, answers),
        _complaint(failed[0]) if failed and not answers else "",
    )


def _all_steps(asked: Asked) -> list[tuple[Step, Run]]:
    done: list[tuple[Step, Run]] = []
    for step in asked.steps:
        if not isinstance(step, Step):
            step = step([ended for _, ended in done])  # noqa: PLW2901 - what it says is the step
        done.append((step, run(step.command)))
        if step.before and done[-1][1].status != 0:
            break
    return done


def _seconds(steps: Sequence[tuple[Step, Run]]) -> float:
    return sum(ended.seconds for _, ended in steps)


def _complaint(ended: Run) -> str:
    if ended.status is None:
        return f"given up after {PATIENCE_S} s"
    lines = [line.strip() for line in (ended.complaint or ended.output).splitlines() if line.strip()]
    return lines[-1][:120] if lines else f"exit status {ended.status}"
