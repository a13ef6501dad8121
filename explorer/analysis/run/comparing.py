"""The files of one training run, each compared with the first of them or with the one before."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import IntFlag
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.comparing import Comparison, compare_entries
from explorer.analysis.compare.difference import Difference, State
from explorer.analysis.compare.pairing import Chosen, Pair, Pairing, choose, pair_up
from explorer.analysis.optimizer_states import map_states
from explorer.analysis.run.finiteness import not_finite_sides
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import SOUND, CheckpointError
from explorer.formatting import visible
from explorer.progress import Report

Against = Literal["first", "before"]
"""What each file is compared with: the first that could be read, or the last one before it."""

OpenFile = Callable[[Path, Report], Checkpoint]

_WHOLE: Final = ("int", "bool")


class Mark(IntFlag):
    """What there is to say of a tensor, or of a layer of them, beside how far it went.

    ``FROM_ZERO``: it was all 0, so there is no relative change. ``KNOWN``: it is in either file. ``CHANGED``: it is in
    both, and not every bit is the same. ``NOT_FINITE``: it holds NaN or infinity; ``WAS_NOT_FINITE``: it does so in the
    file that this one is compared with.
    """

    KNOWN = 1
    CHANGED = 2
    ADDED = 4
    REMOVED = 8
    SHAPE = 16
    DTYPE = 32
    NOT_FINITE = 64
    FROM_ZERO = 128
    UNREAD = 256
    WAS_NOT_FINITE = 512


_MARKS: Final[dict[State, Mark]] = {
    "identical": Mark.KNOWN,
    "close": Mark.KNOWN | Mark.CHANGED,
    "differs": Mark.KNOWN | Mark.CHANGED,
    "not_finite": Mark.KNOWN | Mark.CHANGED,
    "dtype": Mark.KNOWN | Mark.CHANGED | Mark.DTYPE,
    "shape": Mark.KNOWN | Mark.CHANGED | Mark.SHAPE,
    "only_a": Mark.KNOWN | Mark.REMOVED,
    "only_b": Mark.KNOWN | Mark.ADDED,
    "unread": Mark.KNOWN | Mark.UNREAD,
}


@dataclass(frozen=True, slots=True)
class Column:
    """How far each tensor went from one file to another. Counters are left out: they would drown the rest.

    Attributes:
        keys: Of the tensors.
        relative: float64[n], `Figures.relative_l2`; NaN where there is none, or where it was all 0 before.
        largest: float64[n], `Figures.max_abs`; NaN where there is none.
        marks: uint16[n], of `Mark`.
        left_out: How many counters there are beside them: tensors of whole numbers, and an optimizer's steps.
    """

    keys: tuple[str, ...]
    relative: NDArray[np.float64]
    largest: NDArray[np.float64]
    marks: NDArray[np.uint16]
    left_out: int


@dataclass(frozen=True, slots=True)
class Step:
    """One file of a run.

    Attributes:
        path: Of the file.
        entry: The path of the entry that was compared; None where the file was not read.
        entries: Paths and names of all it has.
        against: The place in the run of what it was compared with; None where it was not compared.
        column: How far it went; None likewise.
        parameters: Of the tensors of an optimizer, by their keys, the key of the parameter that each is kept for.
        problem: Why it was not compared, or not all of it was, as a sentence; "" where it was, or is the first.
    """

    path: Path
    entry: str | None = None
    entries: tuple[tuple[str, str], ...] = ()
    against: int | None = None
    column: Column | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """Others may be compared with it."""
        return self.entry is not None and not self.problem


@dataclass(frozen=True, slots=True)
class Run:
    """A run, compared as far as `steps` goes.

    Attributes:
        paths: Of all its files, in order.
        against: What each is compared with.
        steps: Of the first files.
    """

    paths: tuple[Path, ...]
    against: Against
    steps: tuple[Step, ...] = ()

    @property
    def first(self) -> int | None:
        """The place of the first file that is whole; None before there is one."""
        return next((at for at, step in enumerate(self.steps) if step.is_whole), None)


class _Stamp(NamedTuple):
    """Which bytes a file has: as far as the file system tells."""

    path: Path
    device: int
    number: int
    nbytes: int
    changed_ns: int


class Known:
    """What came of files and comparisons before, so that another order of the same files costs nothing."""

    def __init__(self) -> None:
        self._steps: dict[tuple[_Stamp | None, _Stamp, str | None], Step] = {}

    def get(self, a: _Stamp | None, b: _Stamp | None, entry: str | None) -> Step | None:
        """What came of a file, B, compared with another or, where A is None, by itself; None where nothing is known."""
        return None if b is None else self._steps.get((a, b, entry))

    def keep(self, a: _Stamp | None, b: _Stamp | None, entry: str | None, step: Step) -> None:
        """Keep it, where the file can be told from what it may be later."""
        if b is not None:
            self._steps[a, b, entry] = step

    def forget_others(self, paths: Sequence[Path]) -> None:
        """Keep only what is about these files."""
        here = set(paths)
        self._steps = {
            key: step for key, step in self._steps.items() if {each.path for each in key[:2] if each} <= here
        }


def compare_run(
    paths: Sequence[Path],
    against: Against,
    open_file: OpenFile,
    report: Report,
    *,
    entry: str | None = None,
    known: Known | None = None,
    tell: Callable[[Run], None] = lambda _run: None,
) -> Run:
    """Compare each file of a run with the first, or with the one before. Two at most are open at once.

    Args:
        paths: Absolute ones, each once, in order.
        against: Which.
        open_file: Reads the structure of a file.
        report: Called with the bytes done, of those of all files, and the name of the file that is read.
        entry: The path of the entry to compare; a file that has none such gives the one that is shown first.
        known: What was compared before.
        tell: Called with what is known after each file.

    Returns:
        All of it. A file that cannot be read has a problem, and the next ones are compared all the same.

    Raises:
        Cancelled: By `report`.
    """
    running = _Running(tuple(paths), against, open_file, report, entry, known or Known())
    steps: list[Step] = []
    for at in range(len(paths)):
        steps.append(running.step(at, steps))
        tell(Run(tuple(paths), against, tuple(steps)))
    return Run(tuple(paths), against, tuple(steps))


class _Running:
    """Holds what is open: what is compared with, and nothing else between two files."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        against: Against,
        open_file: OpenFile,
        report: Report,
        entry: str | None,
        known: Known,
    ) -> None:
        self._paths = paths
        self._against = against
        self._open_file = open_file
        self._report = report
        self._entry = entry
        self._known = known
        self._nbytes = [_size(path) for path in paths]
        self._stamps = [_stamp(path) for path in paths]
        self._held: tuple[int, Chosen] | None = None
        self._held_not_finite: dict[int, bool] = {}
        self._keys: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._said = 0, 0, ""

    def step(self, at: int, before: Sequence[Step]) -> Step:
        """Compare one file with what is before it."""
        other, stamp = self._other(before), self._stamps[at]
        self._tell(at, 0, 0, "")
        alone = self._known.get(None, stamp, self._entry)
        if alone is not None and (other is None or alone.entry is None):
            return alone
        with_which = None if other is None else self._stamps[other]
        known = self._known.get(with_which, stamp, self._entry) if with_which is not None else None
        if known is not None:
            return replace(known, against=other)
        try:
            chosen = self._opened(at)
            alone = self._described(chosen)
            self._known.keep(None, stamp, self._entry, alone)
            if other is None:
                self._held = (at, chosen) if alone.is_whole else None
                self._held_not_finite = {}
                return alone
            step = replace(alone, against=other, column=self._compared(at, other, chosen))
        except CheckpointError as error:
            step = Step(self._paths[at], problem=error.sentence)
            if error.verdict != "unreadable":
                self._known.keep(None, stamp, self._entry, step)
            return step
        if with_which is not None:
            self._known.keep(with_which, stamp, self._entry, step)
        return step

    def _other(self, before: Sequence[Step]) -> int | None:
        # What is lost of a damaged file would look as if it had changed in all others.
        whole = [at for at, step in enumerate(before) if step.is_whole]
        if not whole:
            return None
        return whole[0] if self._against == "first" else whole[-1]

    def _compared(self, at: int, other: int, chosen: Chosen) -> Column:
        if self._held is None or self._held[0] != other:
            self._held = None
            self._held_not_finite = {}
            try:
                self._held = other, self._opened(other, while_at=at)
            except CheckpointError as error:
                # It could be read before: nothing is wrong with the other file.
                what = f"It was not compared with {visible(self._paths[other].name)}"
                raise CheckpointError(what, error.sentence.rstrip("."), verdict="unreadable") from None
        pairing = pair_up(self._held[1], chosen)

        def tell(done: int, total: int, what: str) -> None:
            self._tell(at, done, total, what)

        comparison = compare_entries(pairing, tell)
        sides = not_finite_sides(comparison, self._held_not_finite, self._report_nothing)
        column = column_of(comparison, *sides)
        # Most files of a run have the same keys, which need not be kept for each.
        column = replace(column, keys=self._keys.setdefault(column.keys, column.keys))
        if self._against == "before" and chosen.checkpoint.verdict in SOUND:
            self._held = at, chosen
            self._held_not_finite = {}
        return column

    def _described(self, chosen: Chosen) -> Step:
        checkpoint, entry = chosen
        entries = tuple((each.path, each.name) for each in checkpoint.entries)
        problem = "" if checkpoint.verdict in SOUND else checkpoint.message or f"The file is {checkpoint.verdict}."
        return Step(checkpoint.path, entry.path, entries, parameters=self._parameters(chosen), problem=problem)

    def _parameters(self, chosen: Chosen) -> dict[str, str]:
        """As of `Step`."""
        if chosen.entry.kind != "optimizer":
            return {}
        table, weights = chosen.checkpoint.tensors, map_states(chosen.checkpoint, self._report_nothing).weights
        return {table.key(number): table.key(weights[number]) for number in chosen.entry.numbers if number in weights}

    def _report_nothing(self, _done: int, _total: int, _what: str) -> None:
        """Ask whether to go on, and leave the progress as it is."""
        self._report(*self._said)

    def _opened(self, at: int, *, while_at: int | None = None) -> Chosen:
        def tell(_done: int, _total: int, what: str) -> None:
            self._tell(at if while_at is None else while_at, 0, 0, what)

        checkpoint = self._open_file(self._paths[at], tell)
        wanted = None if self._entry is None or checkpoint.entry(self._entry) is None else self._entry
        return choose(checkpoint, wanted)

    def _tell(self, at: int, done: int, total: int, _what: str) -> None:
        nbytes = self._nbytes[at]
        here = nbytes * done // total if total else 0
        name = f"{visible(self._paths[at].name)}, {at + 1} of {len(self._paths)}"
        self._said = sum(self._nbytes[:at]) + min(here, nbytes), sum(self._nbytes), name
        self._report(*self._said)


def column_of(comparison: Comparison, in_a: NDArray[np.bool_], in_b: NDArray[np.bool_]) -> Column:
    """What a comparison says of each tensor of a run.

    Args:
        comparison: Of two of its files.
        in_a: bool[pairs], which hold NaN or infinity in A, as of `not_finite_sides`.
        in_b: Likewise in B.
    """
    pairing = comparison.pairing
    places = [place for place, pair in enumerate(pairing.pairs) if not _is_counter(pairing, pair)]
    differences = [comparison.differences[place] for place in places]
    relative = np.array([_number(difference, "relative_l2") for difference in differences], np.float64)
    largest = np.array([_number(difference, "max_abs") for difference in differences], np.float64)
    marks = np.array([_MARKS[difference.state] for difference in differences], np.uint16)
    from_zero = np.isinf(relative)
    marks[from_zero] |= np.uint16(Mark.FROM_ZERO)
    relative[from_zero] = np.nan
    marks[in_b[places]] |= np.uint16(Mark.NOT_FINITE)
    marks[in_a[places]] |= np.uint16(Mark.WAS_NOT_FINITE)
    keys = tuple(pairing.pairs[place].key for place in places)
    return Column(keys, relative, largest, marks, len(pairing.pairs) - len(places))


def _number(difference: Difference, name: str) -> float:
    value: float | None = None if difference.figures is None else getattr(difference.figures, name)
    return np.nan if value is None else value


def _is_counter(pairing: Pairing, pair: Pair) -> bool:
    """Whole numbers, and the steps that an optimizer keeps as a float."""
    sides = (pairing.a.checkpoint, pair.a), (pairing.b.checkpoint, pair.b)
    kinds = [checkpoint.tensors.kind(number) for checkpoint, number in sides if number is not None]
    if pair.key.rpartition(".")[2] == "step":
        return all(kind.shape == () for kind in kinds)
    return all(kind.element.family in _WHOLE for kind in kinds)


def _size(path: Path) -> int:
    """The bytes of a file, or of the files in a folder: how much of the work it is; 1 where that is not known."""
    with suppress(OSError):
        if path.is_dir():
            return max(1, sum(entry.stat().st_size for entry in os.scandir(path) if entry.is_file()))
        return max(1, path.stat().st_size)
    return 1


def _stamp(path: Path) -> _Stamp | None:
    """Which bytes are there; None for a folder, of which the file system does not tell."""
    try:
        facts = path.stat()
    except OSError:
        return None
    if path.is_dir() or path.name.endswith(".json"):
        return None
    return _Stamp(path, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
