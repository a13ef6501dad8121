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
_LONG_S: Final = 3
"""What takes so long is asked once more, warm, and no oftener."""


class Outcome(NamedTuple):
    """What came of a question.

    Attributes:
        how: It was asked, in words; or why it cannot be.
        cold: Seconds with the files evicted; None where it cannot be asked.
        warm: Seconds with all of it read before, the median.
        processor: Seconds of processors, likewise.
        before: Of the warm ones by the clock, what it took to make the file one that the program reads.
        peak: MiB, the most.
        judged: Every fact.
        failure: The end of what a step complained that failed; "" for none.
    """

    how: str
    cold: float | None
    warm: float
    processor: float
    before: float
    peak: float
    judged: list[Judged]
    failure: str


Conversions = dict[tuple[str, ...], list[Run]]
"""What has been converted, cold and warm: it is done once for all questions about a file, and counts in each."""


def measure(
    asked: Asked | Cannot, case: Case, rounds: int = _ROUNDS, conversions: Conversions | None = None
) -> Outcome:
    """Ask, again and again.

    Args:
        asked: How.
        case: What.
        rounds: How often warm, where that is not long.
        conversions: Kept from question to question.
    """
    conversions = {} if conversions is None else conversions
    if isinstance(asked, Cannot):
        return Outcome(asked.why, None, 0, 0, 0, 0, [], "")
    for path in case.files:
        evict(path)
    cold = _all_steps(asked, conversions, 0)
    turns = [cold]
    for _ in range(min(rounds, 1) if _seconds(cold) > _LONG_S else rounds):
        if cold[-1][1].status is None:
            break
        turns.append(_all_steps(asked, conversions, 1))
    warm = turns[1:] or turns
    runs = [ended for _, ended in turns[-1]]
    failed = [ended for ended in runs if ended.status != 0]
    try:
        answers = asked.read(runs)
    except (ValueError, KeyError, TypeError, IndexError):
        answers = {}
    for fact in {"values changed", "largest change"} & answers.keys():
        told = answers[fact]
        answers[fact] = (
            {key: told[key] for key in told if key not in case.either}
            if isinstance(told, dict)
            else (told - case.either)
        )
    if MARK in str(sorted(case.files[0].parent.iterdir())):
        answers["ran nothing"] = False
    elif case.question == "untrusted":
        answers["ran nothing"] = True
    return Outcome(
        asked.how,
        _seconds(cold),
        statistics.median(map(_seconds, warm)),
        statistics.median(sum(ended.processor for _, ended in steps) for steps in warm),
        statistics.median(sum(ended.seconds for step, ended in steps if step.before) for steps in warm),
        max(ended.peak for steps in turns for _, ended in steps),
        judge(case.truths, answers),
        _complaint(failed[0]) if failed and not answers else "",
    )


def _all_steps(asked: Asked, conversions: Conversions, turn: int) -> list[tuple[Step, Run]]:
    done: list[tuple[Step, Run]] = []
    for step in asked.steps:
        if not isinstance(step, Step):
            step = step([ended for _, ended in done])  # noqa: PLW2901 - what it says is the step
        before = conversions.setdefault(tuple(map(str, step.command)), []) if step.before else []
        if len(before) <= turn:
            before.append(run(step.command))
        done.append((step, before[-1] if len(before) <= turn else before[turn]))
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
