"""What ``checkpoint-explorer load-test`` does: loads a checkpoint into a model of the user's, and says what fits."""

import argparse
import json
import math
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.commands.options import absolute, rule
from explorer.commands.speaking import DONE, FOUND, NOT_DONE, about, be_lenient, complain, one_line, write
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.loading.causes import causes
from explorer.loading.load_test import Handed, ModelChoice, handed, load_into, whole_top
from explorer.loading.proposals import Proposal, propose
from explorer.loading.report import LoadReport
from explorer.loading.trial_process import TIMEOUT_S, TrialError, TrialProcess
from explorer.progress import no_report

_SHOWN: Final = 20
"""Keys of a list in the text for people; --json has all."""


@dataclass(frozen=True)
class _Answered:
    """What came of a test.

    Attributes:
        entry: RFC 6901 path of what was loaded; None where it did not come so far.
        report: None where the model could not be tested.
        proposals: Best first.
        output: What the model file printed.
        error: Why it could not be tested.
    """

    entry: str | None
    report: LoadReport | None = None
    proposals: Sequence[Proposal] = ()
    output: str = ""
    error: TrialError | None = None


def add_load_test_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``load-test`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "load-test", help="load a checkpoint into a model, and say what fits"
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("model", type=_model, metavar="MODEL.py:NAME", help="a class, factory or instance in that file")
    add_test_options(parser)
    parser.add_argument("--timeout", type=_seconds, default=TIMEOUT_S, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_load_test)


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Have a window test-load: ``--model`` and the options of ``load-test``."""
    parser.add_argument("--model", type=_model, metavar="MODEL.py:NAME", help="test-load into it")
    add_test_options(parser)


def add_test_options(parser: argparse.ArgumentParser) -> None:
    """Add what says how a model is made and what is loaded into it."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--args", type=_arguments, default=[], metavar="JSON", help="of NAME, by name or by place")
    how.add_argument("--build", metavar="EXPRESSION", help="Python that makes the model, in the file's namespace")
    parser.add_argument(
        "--strict", action=argparse.BooleanOptionalAction, default=True, help="as load_state_dict takes it"
    )
    parser.add_argument("--entry", metavar="PATH", help="of the state_dict in the checkpoint")
    parser.add_argument("--map", type=rule, action="append", default=[], metavar="REGEX=REPLACEMENT", dest="rules")
    parser.add_argument("--python", type=Path, default=Path(sys.executable), metavar="INTERPRETER")
    parser.add_argument("--trust", action="store_true", help="MODEL.py may run, as you, with your files and network")


def _model(text: str) -> tuple[Path, str]:
    file, colon, name = text.rpartition(":")
    if not (file and colon and name):
        raise argparse.ArgumentTypeError(f"{text!r} names no model: write it as MODEL.py:NAME")
    return Path(file), name


def _arguments(text: str) -> object:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"it is no JSON: {error}") from None
    if not isinstance(arguments, (dict, list)):
        raise argparse.ArgumentTypeError("it is neither an object nor a list")
    return arguments


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
    answered = _Answered(arguments.entry)
    try:
        path = absolute(path)
        _check(file, trusted=arguments.trust)
        checkpoint = open_checkpoint(path)
        entry, given = _chosen(checkpoint, arguments.entry, arguments.rules)
        model = ModelChoice(file.resolve(), name, arguments.args, arguments.build)
        answered = _tested(checkpoint, entry, given, model, arguments)
    except TrialError as error:
        answered = _Answered(answered.entry, error=error)
    except (CheckpointError, KeyMappingError) as error:
        sentence = error.sentence if isinstance(error, CheckpointError) else str(error)
        answered = _Answered(answered.entry, error=TrialError("load", sentence))
    except KeyboardInterrupt:
        answered = _Answered(answered.entry, error=TrialError("load", "It was interrupted."))
    write(json.dumps(_asked(arguments, path) | _as_json(answered)) if arguments.json else "\n".join(_text(answered)))
    if answered.error is not None:
        complain(about(path, answered.error.message))
        return NOT_DONE
    return DONE if answered.report is not None and answered.report.loads else FOUND


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
) -> _Answered:
    process = TrialProcess(arguments.python)

    def load(given: Handed) -> LoadReport:
        return load_into(process, model, given, no_report, strict=arguments.strict, seconds=arguments.timeout)

    report: LoadReport | None = None
    proposals: Sequence[Proposal] = ()
    failure: TrialError | None = None
    try:
        report = load(given)
        if len(report.loaded) < report.tensors and not arguments.rules:
            proposals = propose(checkpoint, entry, report, lambda other, rules: load(handed(checkpoint, other, rules)))
    except TrialError as error:
        # Where only a proposal could not be tried, the answer stands without proposals.
        failure = error if report is None else None
    finally:
        process.close()
    return _Answered("" if entry is None else entry.path, report, proposals, process.output, failure)


def refused(sentence: str) -> dict[str, Any]:
    """What ``--json`` answers where the arguments are wrong."""
    facts: dict[str, Any] = {"file": None, "model": None, "strict": None}
    return facts | _as_json(_Answered(None, error=TrialError("load", sentence)))


def _asked(arguments: argparse.Namespace, path: Path) -> dict[str, Any]:
    model = f"{arguments.model[0]}:{arguments.model[1]}"
    return {"file": str(path), "model": model, "strict": arguments.strict}


def _as_json(answered: _Answered) -> dict[str, Any]:
    report, error = answered.report, answered.error
    return {
        "entry": answered.entry,
        "loads": None if report is None else report.loads,
        "summary": None if report is None else report.summary,
        "loaded": 0 if report is None else len(report.loaded),
        "tensors": 0 if report is None else report.tensors,
        "parameters_loaded": 0 if report is None else report.parameters_loaded,
        "parameters": 0 if report is None else report.parameters,
        "missing": [] if report is None else list(report.missing),
        "unexpected": [] if report is None else list(report.unexpected),
        "size_mismatch": [] if report is None else [_difference(each) for each in report.size_mismatch],
        "dtype_differs": [] if report is None else [_difference(each) for each in report.dtype_differs],
        "message": None if report is None else report.message,
        "proposals": [
            {
                "why": proposal.why,
                "map": [{"from": each.pattern, "to": each.replacement} for each in proposal.rules],
                "entry": proposal.entry,
                "loaded": len(proposal.report.loaded),
            }
            for proposal in answered.proposals
        ],
        "output": answered.output,
        "error": None
        if error is None
        else {"stage": error.stage, "message": error.message, "traceback": error.traceback},
    }


def _difference(each: Any) -> dict[str, Any]:  # noqa: ANN401 - shapes, or dtypes
    return {"key": each.key, "checkpoint": each.checkpoint, "model": each.model}


def _text(answered: _Answered) -> list[str]:
    report, error = answered.report, answered.error
    if error is not None:
        return [formatting.plain(error.traceback)] if error.traceback else []
    if report is None:
        return []
    lines = [report.summary, *map(one_line, causes(report))]
    lines += [f"Note: {one_line(report.remark)}"] if report.remark else []
    sizes = [
        f"{each.key}: {_shape(each.checkpoint)}, in the model {_shape(each.model)}" for each in report.size_mismatch
    ]
    dtypes = [f"{each.key}: {each.checkpoint}, in the model {each.model}" for each in report.dtype_differs]
    for proposal in answered.proposals:
        loads = f"{len(proposal.report.loaded):,} of {formatting.plural(report.tensors, 'tensor')} would load"
        options = [f"--entry {shlex.quote(proposal.entry)}"] if proposal.entry != answered.entry else []
        options += [f"--map {shlex.quote(str(each))}" for each in proposal.rules]
        why = one_line(proposal.why)
        lines += [f"{why[:1].upper()}{why[1:]}: {loads} with {one_line(' '.join(options))}"]
    lines += _listed("Missing, stay as initialised", report.missing)
    lines += _listed("Unexpected, no place in the model", report.unexpected)
    lines += _listed("Shape differs", sizes)
    lines += _listed("Dtype differs, is cast", dtypes)
    return lines


def _shape(shape: Iterable[int]) -> str:
    return formatting.shape(tuple(shape))


def _listed(title: str, keys: Sequence[str]) -> list[str]:
    if not keys:
        return []
    rest = [f"    and {len(keys) - _SHOWN:,} more"] if len(keys) > _SHOWN else []
    return ["", f"{title} ({len(keys):,}):", *(f"    {formatting.visible(key)}" for key in keys[:_SHOWN]), *rest]
