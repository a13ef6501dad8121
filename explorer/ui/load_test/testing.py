"""Runs model files and loads into their models, behind the window: one thing at a time, cancellable."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.keys.leaving_out import naming_alone
from explorer.loading.as_python import as_python
from explorer.loading.causes import causes
from explorer.loading.load_lines import why_no_python
from explorer.loading.load_test import Handed, ModelChoice, handed, load_into
from explorer.loading.model_file import ModelFileError, ModelSource, Offer, offers_of, read_source
from explorer.loading.proposals import Proposal, Try, making_of, propose, propose_arguments
from explorer.loading.report import LoadReport, LoadState
from explorer.loading.trial_process import Stage, TrialError
from explorer.loading.values_step import Input, ValuesError, ValuesReport, load_values
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui.load_test.report_model import Group, Place, groups_of, places_of

_CHANGED: Final = "Read it again."
_UNREAD: Final = "Once that is mended, read it again; or choose another file."
_MEND: Final = "Mend the file and read it again."
_NO_PACKAGE: Final = "Choose a Python that has it; or install it, and read the file again."
_REMEDIES: Final[dict[Stage, str]] = {
    "import": _MEND,
    "construct": "Change the arguments; or mend the file and read it again.",
    "load": _MEND,
    "timeout": _MEND,
    "crash": "Choose another Python; or mend the file and read it again.",
}
"""What to do, by where it failed."""


@dataclass(frozen=True, slots=True)
class Test:
    """What is loaded into what.

    Attributes:
        checkpoint: That is open.
        entry: Of it.
        model: Of a file that may run.
        strict: As load_state_dict takes it.
        rules: For the entry's keys.
        values: They are loaded too, as a second step.
        inputs: Of a forward pass after that; None for none.
        offers: Of the model's file.
    """

    checkpoint: Checkpoint
    entry: Entry
    model: ModelChoice
    strict: bool
    rules: tuple[Rule, ...] = ()
    values: bool = False
    inputs: tuple[Input, ...] | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Tested:
    """A test and what came of it.

    Attributes:
        test: What was loaded into what.
        report: What came of it.
        groups: Its keys, sorted.
        causes: What shapes that differ have in common, as sentences.
        numbers: The tensors that were handed over, by the names under which they were.
        places: Where the keys stand in the groups.
        states: What becomes of the tensors, by their numbers.
        naming: Those of the rules that name keys, and do not leave them out.
        python: A program that does the same load; "" where `why_no_python` says why there is none.
        why_no_python: As a sentence, or "".
    """

    test: Test
    report: LoadReport
    groups: list[Group]
    causes: list[str]
    numbers: dict[str, int]
    places: dict[str, Place]
    states: dict[int, LoadState]
    naming: tuple[Rule, ...]
    python: str
    why_no_python: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer.

    Attributes:
        sentence: For people.
        details: Python's own words, or "".
        remedy: What to do, where reading the model file again helps; else "".
    """

    sentence: str
    details: str = ""
    remedy: str = ""


class _ChangedError(ModelFileError):
    """The model file is not the one any more that was read."""


class ModelTesting(QObject):
    """Keeps one process warm for the chosen file and interpreter; anything else takes a fresh one.

    Signals:
        began: Something is being done (what, for people).
        progressed: A `Progress` of it.
        ended: Nothing is being done any more.
        source_read: A file was read, none of it run (`ModelSource`).
        offered: What a file offers (a list of `Offer`).
        tested: A `Tested`.
        valued: What came of loading the values of the tested (a `ValuesReport`, or a `Failure`).
        proposed: What would make more of the tested load (a list of `Proposal`).
        failed: A `Failure`.
    """

    began = Signal(str)
    progressed = Signal(object)
    ended = Signal()
    source_read = Signal(object)
    offered = Signal(object)
    tested = Signal(object)
    valued = Signal(object)
    proposed = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.interpreter = Path(sys.executable)
        self.jobs = Jobs("load test")
        self._job: Job | None = None
        self._trial: WarmTrial | None = None
        self._source: ModelSource | None = None
        self._tried: Test | None = None

    @property
    def busy(self) -> bool:
        """Something is being done."""
        return self._job is not None

    @property
    def output(self) -> str:
        """What the model file printed."""
        return "" if self._trial is None else self._trial.output

    def read(self, path: Path) -> None:
        """Read a model file; nothing of it runs."""
        self._run(lambda _report: read_source(path), f"reading {path.name}", self.source_read.emit)

    def list_offers(self, source: ModelSource) -> None:
        """Run a model file, which the user has agreed to, and list what it offers."""
        self._run(partial(self._offers, source), f"importing {source.path.name}", self.offered.emit)

    def test(self, test: Test) -> None:
        """Load, and look for what would make more load where not everything does."""
        self._run(partial(self._test, test), "loading", self._take_tested)
        self._tried = test

    def cancel(self) -> None:
        """Stop what is being done, and end the process and whatever it started."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End the process and the worker."""
        self.cancel()
        self.jobs.close()
        self._end()

    def _run(self, work: Callable[[Report], Any], what: str, then: Callable[[Any], object]) -> None:
        self.cancel()
        self._tried = None
        self._job = Job(work, what, on_cancel=self._stop)
        self._job.progressed.connect(self._follow)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._fail)
        self._job.finished.connect(self._finish)
        self.began.emit(what)
        self.jobs.start(self._job)

    def _stop(self) -> None:
        if self._trial is not None:
            self._trial.stop()

    def _follow(self, progress: Progress) -> None:
        self.progressed.emit(progress)

    def _finish(self) -> None:
        if self.sender() is self._job:
            self._job = None
            self.ended.emit()

    def _fail(self, error: Exception) -> None:
        tried = self._tried
        self.failed.emit(_failure(error))
        if tried is not None and isinstance(error, TrialError) and error.stage == "construct":
            self._run(partial(self._propose_arguments, tried), "looking for arguments", self.proposed.emit)

    def _take_tested(self, tested: Tested) -> None:
        self.tested.emit(tested)
        if tested.test.values:
            self._run(partial(self._values, tested), "loading the values", self._take_values)
        else:
            self._look_for_help(tested)

    def _take_values(self, answer: tuple[Tested, ValuesReport | Failure]) -> None:
        tested, values = answer
        self.valued.emit(values)
        self._look_for_help(tested)

    def _look_for_help(self, tested: Tested) -> None:
        test, report = tested.test, tested.report
        if not report.complete:
            self._run(partial(self._propose, test, report), "looking for what would help", self.proposed.emit)
        else:
            self.proposed.emit([])

    # --- On the worker

    def _offers(self, source: ModelSource, report: Report) -> list[Offer]:
        self._end()
        self._check(source)
        return offers_of(self._warm(), source.path, report)

    def _test(self, test: Test, report: Report) -> Tested:
        self._warm().keep_for(replace(test.model, device="cpu"))
        given = handed(test.checkpoint, test.entry, test.rules)
        said = self._load(test, given, report)
        numbers = {tensor.key: number for tensor, number in zip(given.tensors, given.numbers, strict=True)}
        keys = {key: test.checkpoint.tensors.key(number) for key, number in numbers.items()} if test.rules else {}
        groups = groups_of(said, given, keys)
        states = {numbers[key]: state for key, state in said.states(numbers).items()}
        why_not = why_no_python(test.checkpoint)
        program = ""
        if not why_not:
            strict = test.strict if said.takes_strict or not test.strict else None
            raises = "" if said.loads else said.message or said.damage
            program = as_python(
                test.checkpoint,
                test.entry,
                test.model,
                test.rules,
                strict=strict,
                lacking=said.lacking,
                raises=raises,
            )
        naming = test.rules
        if given.left_out:
            naming = naming_alone(naming, [*keys.values(), *(tensor.key for tensor in given.left_out)])
        places = places_of(groups)
        return Tested(test, said, groups, causes(said), numbers, places, states, naming, program, why_not)

    def _load(self, test: Test, given: Handed, report: Report) -> LoadReport:
        if self._source is not None:
            self._check(self._source)
        return load_into(self._warm(), test.model, given, report, strict=test.strict)

    def _values(self, tested: Tested, report: Report) -> tuple[Tested, ValuesReport | Failure]:
        test = tested.test
        given = handed(test.checkpoint, test.entry, test.rules)
        try:
            if self._source is not None:
                self._check(self._source)
            values = load_values(
                self._warm(), test.model, test.checkpoint, given, test.inputs, report, strict=test.strict
            )
        except (TrialError, ValuesError, CheckpointError) as error:
            # What the test itself said stands.
            return tested, _failure(error)
        return tested, values

    def _propose(self, test: Test, so_far: LoadReport, report: Report) -> list[Proposal]:
        making = making_of(test.model, test.offers)
        try:
            return propose(test.checkpoint, test.entry, so_far, self._attempt(test, report), making, test.rules, report)
        except TrialError:
            # What the test itself said stands.
            return []

    def _propose_arguments(self, test: Test, report: Report) -> list[Proposal]:
        making = making_of(test.model, test.offers)
        try:
            return propose_arguments(test.checkpoint, test.entry, making, self._attempt(test, report))
        except TrialError:
            return []

    def _attempt(self, test: Test, report: Report) -> Try:
        def attempt(
            entry: Entry, rules: Sequence[Rule], build: str | None, *, strict: bool | None = None
        ) -> LoadReport:
            made = test if build is None else replace(test, model=replace(test.model, build=build))
            made = made if strict is None else replace(made, strict=strict)
            return self._load(made, handed(test.checkpoint, entry, rules), report)

        return attempt

    def _check(self, source: ModelSource) -> None:
        """Refuse to run a file that is not the one that the user has agreed to."""
        now = read_source(source.path)
        if now.sha256 != source.sha256:
            self._end()
            raise _ChangedError(f"{source.path.name} has changed since it was read.")
        self._source = source

    def _warm(self) -> WarmTrial:
        if self._trial is None or self._trial.interpreter != self.interpreter:
            self._end()
            self._trial = WarmTrial(self.interpreter)
        return self._trial

    def _end(self) -> None:
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.close()


def _failure(error: Exception) -> Failure:
    if isinstance(error, TrialError):
        return Failure(error.message, error.traceback, _NO_PACKAGE if error.package else _REMEDIES[error.stage])
    if isinstance(error, CheckpointError):
        return Failure(error.sentence)
    if isinstance(error, ModelFileError):
        return Failure(str(error), remedy=_CHANGED if isinstance(error, _ChangedError) else _UNREAD)
    if isinstance(error, (KeyMappingError, ValuesError)):
        return Failure(str(error))
    return Failure(f"{type(error).__name__}: {error}.")
