"""What ``checkpoint-explorer load-test`` does: loads a checkpoint into a model of the user's, and says what fits."""

import argparse
import contextlib
import json
import math
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.commands.model_options import add_test_options, model
from explorer.commands.options import absolute, device
from explorer.commands.speaking import DONE, FOUND, NOT_DONE, about, be_lenient, complain, one_line, write
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.loading.as_json import Answered, as_json
from explorer.loading.causes import causes
from explorer.loading.load_test import Handed, ModelChoice, handed, load_into, whole_top
from explorer.loading.model_file import offers_of
from explorer.loading.proposals import Making, Proposal, making_of, propose, propose_arguments
from explorer.loading.report import LoadReport
from explorer.loading.trial_process import TIMEOUT_S, TrialError
from explorer.loading.values_step import ValuesError, ValuesReport, load_values
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import no_report

_SHOWN: Final = 20
"""Keys of a list in the text for people; --json has all."""


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``load-test`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "load-test", help="load a checkpoint into a model, and say what fits"
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("model", type=model, metavar="MODEL.py:NAME", help="a class, factory or instance in that file")
    add_test_options(parser)
    parser.add_argument("--device", type=device, help="load the values for real on this one: cpu, cuda:0 ...")
    parser.add_argument("--timeout", type=_seconds, default=TIMEOUT_S, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_load_test)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no time to wait")
    return seconds


def run_load_test(arguments: argparse.Namespace) -> int:
    """Test whether a checkpoint loads into a model; returns the exit status."""
    be_lenient(sys.stdout, sys.stderr)
    path: Path = arguments.file
    file, name = arguments.model
    answered = Answered(arguments.entry)
    try:
        path = absolute(path)
        _check(file, trusted=arguments.trust)
        checkpoint = open_checkpoint(path)
        entry, given = _chosen(checkpoint, arguments.entry, arguments.rules)
        choice = ModelChoice(file.resolve(), name, arguments.args, arguments.build, arguments.device or "cpu")
        answered = _tested(checkpoint, entry, given, choice, arguments)
    except TrialError as error:
        answered = Answered(answered.entry, error=error)
    except (CheckpointError, KeyMappingError) as error:
        sentence = error.sentence if isinstance(error, CheckpointError) else str(error)
        answered = Answered(answered.entry, error=TrialError("load", sentence))
    except KeyboardInterrupt:
        answered = Answered(answered.entry, error=TrialError("load", "It was interrupted."))
    if arguments.json:
        write(json.dumps(as_json(path, f"{file}:{name}", arguments.strict, answered)))
    else:
        lines = _text(answered)
        if lines:
            write("\n".join(lines))
    if answered.error is not None:
        complain(about(path, answered.error.message))
        return NOT_DONE
    loads = answered.report is not None and answered.report.loads
    return FOUND if not loads or (answered.values is not None and answered.values.wrong) else DONE


def _check(file: Path, *, trusted: bool) -> None:
    if not trusted:
        raise TrialError(
            "import", f"{file} was not run: it is code, and may do whatever you may; add --trust to run it."
        )
    if not file.is_file():
        raise TrialError("import", f"There is no file {file}.")


def _chosen(checkpoint: Checkpoint, path: str | None, rules: Sequence[Rule]) -> tuple[Entry | None, Handed]:
    """The entry of that path, or the chosen one, and what it hands over; no entry where the top has no tensors."""
    if path == "":
        return checkpoint.entry(""), whole_top(checkpoint, rules)
    entry = checkpoint.chosen if path is None else checkpoint.entry(path)
    if entry is None and path is None:
        raise CheckpointError("There is nothing to load", "the file holds no tensors")
    if entry is None:
        known = ", ".join(repr(other.path) for other in checkpoint.entries) or "none"
        raise CheckpointError(f"The file has no entry {path!r}", f"its entries are {known}")
    return entry, handed(checkpoint, entry, rules)


def _tested(
    checkpoint: Checkpoint, entry: Entry | None, given: Handed, model: ModelChoice, arguments: argparse.Namespace
) -> Answered:
    trial = WarmTrial(arguments.python)

    def load(given: Handed, build: str | None = None, strict: bool | None = None) -> LoadReport:
        made = model if build is None else replace(model, build=build)
        strict = arguments.strict if strict is None else strict
        return load_into(trial, made, given, no_report, strict=strict, seconds=arguments.timeout)

    def attempt(entry: Entry, rules: Sequence[Rule], build: str | None, *, strict: bool | None = None) -> LoadReport:
        return load(handed(checkpoint, entry, rules), build, strict)

    def making() -> Making:
        return making_of(model, offers_of(trial, model.file, no_report, arguments.timeout))

    report: LoadReport | None = None
    proposals: Sequence[Proposal] = ()
    values: ValuesReport | None = None
    failure: TrialError | None = None
    try:
        report = load(given)
        if arguments.values or arguments.forward is not None or arguments.device is not None:
            values, failure = _values(trial, checkpoint, given, model, arguments)
        if not report.complete and not arguments.rules:
            proposals = propose(checkpoint, entry, report, attempt, making())
    except TrialError as error:
        # Where only a proposal could not be tried, the answer stands without proposals.
        failure = error if report is None else failure
        if report is None and error.stage == "construct" and entry is not None:
            with contextlib.suppress(TrialError):
                proposals = propose_arguments(checkpoint, entry, making(), attempt)
    finally:
        trial.close()
    return Answered("" if entry is None else entry.path, report, proposals, values, trial.output, failure)


def _values(
    trial: WarmTrial, checkpoint: Checkpoint, given: Handed, model: ModelChoice, arguments: argparse.Namespace
) -> tuple[ValuesReport | None, TrialError | None]:
    """What came of loading the values, or why that was not possible."""
    own = None if arguments.timeout == TIMEOUT_S else arguments.timeout
    try:
        report = load_values(
            trial, model, checkpoint, given, arguments.forward, no_report, strict=arguments.strict, seconds=own
        )
    except TrialError as error:
        return None, error
    except ValuesError as error:
        return None, TrialError("load", str(error))
    except CheckpointError as error:
        return None, TrialError("load", error.sentence)
    return report, None


def refused(sentence: str) -> dict[str, Any]:
    """What ``--json`` answers where the arguments are wrong."""
    return as_json(None, None, None, Answered(None, error=TrialError("load", sentence)))


def _text(answered: Answered) -> list[str]:
    report, error = answered.report, answered.error
    traceback = [] if error is None or not error.traceback else [formatting.plain(error.traceback)]
    if report is None:
        return [*traceback, *_proposed(answered)]
    lines = [report.summary, *map(one_line, causes(report)), *map(one_line, _said_of(answered.values))]
    lines += [f"Note: {one_line(report.remark)}"] if report.remark else []
    sizes = [
        f"{each.key}: {_shape(each.checkpoint)}, in the model {_shape(each.model)}" for each in report.size_mismatch
    ]
    dtypes = [f"{each.key}: {each.checkpoint}, in the model {each.model}" for each in report.dtype_differs]
    lines += _proposed(answered)
    lines += _listed("Cannot be read, the file is damaged", sorted(report.lost))
    lines += _listed("Missing, stay as initialised", report.missing)
    lines += _listed("Unexpected, no place in the model", report.unexpected)
    lines += _listed("Shape differs", sizes)
    lines += _listed("Dtype differs, is cast", dtypes)
    return lines + traceback


def _proposed(answered: Answered) -> list[str]:
    """What would make more load, and with which options."""
    lines = []
    for proposal in answered.proposals:
        tensors = formatting.plural(proposal.report.tensors, "tensor")
        options = [f"--entry {shlex.quote(proposal.entry)}"] if proposal.entry != answered.entry else []
        options += [f"--build {shlex.quote(proposal.expression)}"] if proposal.expression is not None else []
        options += [f"--map {shlex.quote(str(rule))}" for rule in proposal.rules]
        options += ["--no-strict"] if proposal.strict is False else []
        why, how = one_line(proposal.why), one_line(" ".join(options))
        loads = f"{formatting.exact(len(proposal.report.loaded))} of {tensors} would load with {how}"
        lines.append(f"{why[:1].upper()}{why[1:]}: {loads}")
        lines += [f"    Ambiguous: {proposal.ambiguous}."] if proposal.ambiguous else []
    return lines


def _said_of(values: ValuesReport | None) -> list[str]:
    """What came of the values: a sentence each, and the outputs."""
    if values is None:
        return []
    lines = [values.summary]
    if values.forward is not None:
        outputs = values.forward.outputs
        lines += [values.forward.summary, *(f"    {output}" for output in outputs[:_SHOWN])]
        lines += [f"    and {formatting.exact(len(outputs) - _SHOWN)} more"] if len(outputs) > _SHOWN else []
    return lines


def _shape(shape: Iterable[int]) -> str:
    return formatting.shape(tuple(shape))


def _listed(title: str, keys: Sequence[str]) -> list[str]:
    if not keys:
        return []
    rest = [f"    and {formatting.exact(len(keys) - _SHOWN)} more"] if len(keys) > _SHOWN else []
    return [
        "",
        f"{title} ({formatting.exact(len(keys))}):",
        *(f"    {formatting.visible(key)}" for key in keys[:_SHOWN]),
        *rest,
    ]
