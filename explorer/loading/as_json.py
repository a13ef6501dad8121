"""Writes down what came of a test for other programs: the fields of ``load-test --json``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.loading.proposals import Proposal
from explorer.loading.report import Differing, LoadReport
from explorer.loading.trial_process import TrialError
from explorer.loading.values_step import Forward, ValuesReport


@dataclass(frozen=True)
class Answered:
    """What came of a test.

    Attributes:
        entry: RFC 6901 path of what was loaded; None where it did not come so far.
        report: None where the model could not be tested.
        proposals: Best first.
        values: What came of loading the values; None where that was not asked for, or not possible.
        output: What the model file printed.
        error: Why it could not be tested.
    """

    entry: str | None
    report: LoadReport | None = None
    proposals: Sequence[Proposal] = ()
    values: ValuesReport | None = None
    output: str = ""
    error: TrialError | None = None


def as_json(file: Path | None, model: str | None, strict: bool | None, answered: Answered) -> dict[str, Any]:
    """Make the object; every field stands, null where it does not apply.

    Args:
        file: The checkpoint.
        model: As ``MODEL.py:NAME``.
        strict: As load_state_dict took it.
        answered: What came of it.
    """
    report, error, values = answered.report, answered.error, answered.values
    return {
        "file": None if file is None else str(file),
        "model": model,
        "strict": strict,
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
        "message": None if report is None else report.message or report.damage or None,
        "proposals": [_proposal(proposal) for proposal in answered.proposals],
        "values": None if values is None else _values(values),
        "forward": None if values is None or values.forward is None else _forward(values.forward),
        "output": answered.output,
        "error": None
        if error is None
        else {"stage": error.stage, "message": error.message, "traceback": error.traceback},
    }


def _difference(each: Differing) -> dict[str, Any]:
    return {"key": each.key, "checkpoint": each.checkpoint, "model": each.model}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "why": proposal.why,
        "map": [{"from": rule.pattern, "to": rule.replacement} for rule in proposal.rules],
        "entry": proposal.entry,
        "build": proposal.expression,
        "strict": proposal.strict,
        "loaded": len(proposal.report.loaded),
        "ambiguous": proposal.ambiguous or None,
    }


def _values(values: ValuesReport) -> dict[str, Any]:
    return {
        "tensors": values.tensors,
        "bytes": values.nbytes,
        "seconds": values.seconds,
        "peak_memory": values.peak,
        "message": values.message,
    }


def _forward(forward: Forward) -> dict[str, Any]:
    return {
        "inputs": [{"name": each.name, "shape": each.shape, "dtype": each.dtype} for each in forward.inputs],
        "seconds": forward.seconds,
        "outputs": [
            {"path": each.path, "shape": each.shape, "dtype": each.dtype, "nan": each.nan, "inf": each.inf}
            for each in forward.outputs
        ],
        "others": [{"path": path, "type": name} for path, name in forward.others],
        "left_out": forward.left_out,
        "message": forward.message,
        "traceback": forward.traceback,
    }
