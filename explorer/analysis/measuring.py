"""Measures and judges many tensors of an open file: small ones together, large ones each by itself."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from explorer.analysis.judge.judging import Judge, Problems
from explorer.analysis.measure.elsewhere import Elsewhere
from explorer.analysis.measure.small_statistics import measure_together
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.small_values import small_and_large
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import Report

_LOOKED_UP: Final = 1_024
"""Tensors between two questions whether to go on, before any is measured."""

_TOGETHER_BYTES: Final = 16_000_000
_TOGETHER_TENSORS: Final = 256
"""So much is measured between two looks at the clock."""


class Measured(NamedTuple):
    """Figures of tensors, and why others have none.

    Attributes:
        statistics: By the tensor's number.
        problems: Sentences, likewise.
        found: What is wrong with the values, where they were judged too; without those of which nothing is to be said.
    """

    statistics: dict[int, Statistics]
    problems: dict[int, str]
    found: dict[int, Problems]


def measure_for(
    seconds: float, checkpoint: Checkpoint, numbers: Sequence[int], report: Report, judge: Judge | None = None
) -> Measured:
    """Measure tensors, as `measure_tensors` does, until some time is over.

    Args:
        seconds: After so long no more are begun with; some are always measured.
        checkpoint: What they are in.
        numbers: Their rows in its table, the most urgent first.
        report: Called with the bytes done, and the bytes of all of them.
        judge: Finds their problems as well; None for none.

    Returns:
        Figures of the first of them, or of all.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    found = Measured({}, {}, {})
    end = monotonic() + seconds
    total = sum(map(checkpoint.tensors.walked_nbytes, numbers))
    done = 0
    for together in _batches(checkpoint, numbers):
        measured = measure_tensors(checkpoint, together, partial(_part, report, done, total), judge)
        found.statistics.update(measured.statistics)
        found.problems.update(measured.problems)
        found.found.update(measured.found)
        if monotonic() >= end:
            break
        done += sum(map(checkpoint.tensors.walked_nbytes, together))
    return found


def judge_for(
    seconds: float, checkpoint: Checkpoint, known: Mapping[int, Statistics], judge: Judge, report: Report
) -> dict[int, Problems]:
    """Find the problems of tensors whose statistics are known already, until some time is over.

    Args:
        seconds: After so long no more are begun with; some are always looked at.
        checkpoint: What they are in.
        known: Their statistics, by the tensor's number, the most urgent first.
        judge: Finds the problems.
        report: Asked whether to go on.

    Returns:
        Of the first of them, or of all: also of those of which nothing is to be said.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    found: dict[int, Problems] = {}
    end = monotonic() + seconds
    with open_values(checkpoint) as values:
        for together in _batches(checkpoint, list(known)):
            tensors = [checkpoint.tensors[number] for number in together]
            found.update((number, ()) for number in together)
            small, large = small_and_large(tensors)
            for read in values.together(small):
                figures = [known[number] for number in read.numbers]
                found.update(judge.of_small(read, figures, report) if figures else {})
            for tensor in large:
                try:
                    found[tensor.number] = judge.of_known(
                        tensor, prepare_walk(values, tensor), known[tensor.number], report
                    )
                except CheckpointError as error:
                    # Why it cannot be read any more is said where it is looked at.
                    if error.verdict == "unreadable":
                        raise
            if monotonic() >= end:
                break
    return found


def _batches(checkpoint: Checkpoint, numbers: Sequence[int]) -> Iterator[list[int]]:
    together: list[int] = []
    nbytes = 0
    for number in numbers:
        together.append(number)
        nbytes += checkpoint.tensors.walked_nbytes(number)
        if len(together) == _TOGETHER_TENSORS or nbytes >= _TOGETHER_BYTES:
            yield together
            together, nbytes = [], 0
    if together:
        yield together


def _part(report: Report, before: int, total: int, done: int, _of: int, what: str) -> None:
    report(before + done, total, what)


def measure_tensors(
    checkpoint: Checkpoint, numbers: Sequence[int], report: Report, judge: Judge | None = None
) -> Measured:
    """Measure all values of some tensors.

    Args:
        checkpoint: What they are in.
        numbers: Their rows in its table.
        report: Called with the bytes done, and the bytes of all of them.
        judge: Finds their problems as well; None for none.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    found = Measured({}, {}, {})
    readable = []
    for place, number in enumerate(numbers):
        if place % _LOOKED_UP == 0:
            report(0, 0, "statistics")
        tensor = checkpoint.tensors[number]
        if tensor.kind.problem is not None:
            found.problems[number] = tensor.kind.problem
        else:
            readable.append(tensor)
    total = sum(tensor.kind.walked_nbytes for tensor in readable)
    with open_values(checkpoint) as values:
        small, large = small_and_large(readable)
        done = _measure_small_ones(values, small, found, report, total, judge)
        for tensor in large:
            try:
                _measure_one(values, tensor, found, partial(_tell, report, done, total, tensor), judge)
            except CheckpointError as error:
                if error.verdict == "unreadable":
                    raise
                found.problems[tensor.number] = error.sentence
            done += tensor.kind.walked_nbytes
    return found


def _measure_small_ones(
    values: Values,
    tensors: Sequence[TensorInfo],
    found: Measured,
    report: Report,
    total: int,
    judge: Judge | None,
) -> int:
    done = 0
    for together in values.together(tensors):
        found.problems.update(together.failures)
        if together.numbers:
            figures = measure_together(together)
            found.statistics.update(zip(together.numbers, figures, strict=True))
            if judge is not None:
                found.found.update(judge.of_small(together, figures, report))
            done += len(together.values) * DTYPES[together.dtype].itemsize
        report(min(done, total), total, "statistics")
    return done


def _measure_one(values: Values, tensor: TensorInfo, found: Measured, tell: Report, judge: Judge | None) -> None:
    walk = prepare_walk(values, tensor)
    if judge is None:
        found.statistics[tensor.number] = measure(walk.blocks, walk.total, tell, walk.multiplicity)
        return
    if isinstance(walk.blocks, Elsewhere):
        figures = measure(walk.blocks, walk.total, tell, walk.multiplicity)
        problems = judge.of_known(tensor, walk, figures, tell)
    else:
        watched = judge.watch(tensor, walk)
        figures = measure(watched.walk.blocks, walk.total, tell, walk.multiplicity)
        problems = judge.of_watched(tensor, walk, watched.sums, figures, tell)
    found.statistics[tensor.number] = figures
    if problems:
        found.found[tensor.number] = problems


def _tell(report: Report, before: int, total: int, tensor: TensorInfo, done: int, of: int, what: str) -> None:
    """Report a part of a tensor as bytes of all."""
    report(min(before + tensor.kind.walked_nbytes * done // max(1, of), total), total, what)
