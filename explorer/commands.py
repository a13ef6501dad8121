"""The same engine without a window: what ``checkpoint-explorer info`` prints."""

import argparse
import io
import json
import math
import os
import sys
from pathlib import Path
from typing import Any, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report

HISTOGRAM_BINS: Final = 64
"""Bins of a histogram in JSON."""

DONE, FOUND, NOT_DONE = 0, 1, 2
"""Exit statuses, as COMMANDS in the README lists them."""


def add_info_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``info`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser("info", help="list what a checkpoint holds")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--stats", action="store_true", help="statistics and a histogram of every tensor")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_info)


def run_info(arguments: argparse.Namespace) -> int:
    """List a checkpoint; returns the exit status."""
    path: Path = arguments.file
    _be_lenient(sys.stdout, sys.stderr)
    try:
        return _info_of(path, arguments)
    except BrokenPipeError:
        # Whoever read the answer has enough of it; Python must not complain of that at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _be_lenient(*streams: object) -> None:
    """Let a terminal that knows no "×" show an escape instead of a traceback."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _info_of(path: Path, arguments: argparse.Namespace) -> int:
    try:
        checkpoint = open_checkpoint(path)
    except CheckpointError as error:
        if arguments.json:
            _print_json(_refused(path, error))
        print(f"{formatting.visible(path.name or str(path))}: {error.sentence}", file=sys.stderr)  # noqa: T201 - a command speaks
        return NOT_DONE
    except KeyboardInterrupt:
        return NOT_DONE
    if arguments.json:
        _print_json(_info(checkpoint, stats=arguments.stats))
    else:
        _print_table(checkpoint, stats=arguments.stats)
    sys.stdout.flush()
    return DONE


def _print_json(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, allow_nan=False))  # noqa: T201 - a command speaks


def _refused(path: Path, error: CheckpointError) -> dict[str, Any]:
    try:
        nbytes = path.stat().st_size
    except OSError:
        nbytes = 0
    return {
        "file": str(path),
        "bytes": nbytes,
        "container": None,
        "verdict": error.verdict,
        "message": error.sentence,
        "code": list(error.code),
        "warnings": [],
        "entries": [],
        "tensors": [],
        "problems": None,
    }


def _info(checkpoint: Checkpoint, *, stats: bool) -> dict[str, Any]:
    return {
        "file": str(checkpoint.path),
        "bytes": checkpoint.nbytes,
        "container": checkpoint.container,
        "verdict": checkpoint.verdict,
        "message": checkpoint.message,
        "code": list(checkpoint.code),
        "warnings": list(checkpoint.warnings),
        "entries": [
            {
                "path": entry.path,
                "kind": entry.kind,
                "tensors": entry.tensors,
                "parameters": entry.parameters,
                "chosen": entry.chosen,
            }
            for entry in checkpoint.entries
        ],
        "tensors": [_tensor(checkpoint, tensor, stats=stats) for tensor in checkpoint.tensors],
        "problems": None,
    }


def _tensor(checkpoint: Checkpoint, tensor: TensorInfo, *, stats: bool) -> dict[str, Any]:
    kind = tensor.kind
    facts: dict[str, Any] = {
        "path": list(tensor.path),
        "entry": tensor.entry,
        "key": tensor.key,
        "dtype": kind.dtype,
        "shape": list(kind.shape),
        "numel": kind.numel,
        "nbytes": kind.nbytes,
        "saved_device": kind.saved_device,
        "storage": -1 if tensor.storage is None else tensor.storage.number,
        "offset": tensor.offset,
        "stride": list(kind.stride),
        "problem": kind.problem,
        "statistics": None,
        "histogram": None,
    }
    if stats and kind.problem is None:
        try:
            facts["statistics"], facts["histogram"] = _measured(checkpoint, tensor)
        except CheckpointError as error:
            facts["problem"] = error.sentence
    return facts


def _measured(checkpoint: Checkpoint, tensor: TensorInfo) -> tuple[dict[str, Any], dict[str, Any]]:
    # NumPy takes a tenth of a second to import, which plain listing need not wait for.
    from explorer.analysis.histogram import count_bins, preview  # noqa: PLC0415
    from explorer.analysis.statistics import measure  # noqa: PLC0415
    from explorer.checkpoint.values import prepare_walk  # noqa: PLC0415

    blocks, total, repeats = prepare_walk(checkpoint, tensor)
    measured = measure(blocks, total, no_report, repeats)
    names = ("min", "max", "mean", "std", "l2", "zeros", "nan", "posinf", "neginf")
    statistics = {name: _number(getattr(measured, name)) for name in names}
    if measured.min is None or measured.max is None:
        return statistics, {"edges": [], "counts": []}
    low, high = float(measured.min), float(measured.max)
    if measured.exact_values:
        histogram = preview(measured, low, high, HISTOGRAM_BINS)
    else:
        histogram = count_bins(blocks, total, no_report, low, high, HISTOGRAM_BINS, repeats)
    return statistics, {"edges": histogram.edges.tolist(), "counts": histogram.counts.tolist()}


def _number(value: float | None) -> float | int | str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def _print_table(checkpoint: Checkpoint, *, stats: bool) -> None:
    lines = list(_summary_lines(checkpoint))
    header = ["name", "shape", "dtype", "parameters", "bytes"]
    if stats:
        header += ["min", "max", "mean", "std", "zeros", "NaN", "Inf"]
    for entry in checkpoint.entries:
        if len(checkpoint.entries) > 1:
            mark = "  (shown first)" if entry.chosen else ""
            lines += ["", f"{formatting.visible(entry.path) or '(top)'}: {entry.kind}{mark}"]
        rows = [header]
        rows += [_table_row(checkpoint, checkpoint.tensors[number], stats=stats) for number in entry.numbers]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        for row in rows:
            name = row[0].ljust(widths[0])
            lines.append("  ".join([name, *(text.rjust(w) for text, w in zip(row[1:], widths[1:], strict=True))]))
    print("\n".join(lines))  # noqa: T201 - a command speaks


def _summary_lines(checkpoint: Checkpoint) -> list[str]:
    sums = checkpoint.sums
    tensors = formatting.plural(sums.tensors, "tensor")
    size = f"{formatting.count(sums.parameters)} parameters, {formatting.nbytes(checkpoint.nbytes)}"
    lines = [formatting.visible(checkpoint.path.name), f"{size}, {checkpoint.container}, {tensors}"]
    if checkpoint.message:
        lines.append(formatting.plain(checkpoint.message))
    return [*lines, *(formatting.plain(f"Warning: {warning}") for warning in checkpoint.warnings), ""]


def _table_row(checkpoint: Checkpoint, tensor: TensorInfo, *, stats: bool) -> list[str]:
    facts = _tensor(checkpoint, tensor, stats=stats)
    parameters = formatting.exact(tensor.kind.numel) if tensor.kind.counts_as_parameters else formatting.NOTHING
    row = [
        formatting.visible(tensor.key) or "(unnamed)",
        formatting.shape(tensor.kind.shape),
        tensor.kind.dtype,
        parameters,
        formatting.nbytes(tensor.kind.nbytes),
    ]
    if stats and facts["statistics"] is None:
        row += [formatting.NOTHING] * 7
    elif stats:
        measured = facts["statistics"]
        infinite = measured["posinf"] + measured["neginf"]
        row += [_figure(measured[name]) for name in ("min", "max", "mean", "std")]
        row += [formatting.exact(measured["zeros"]), formatting.exact(measured["nan"]), formatting.exact(infinite)]
    return row


def _figure(value: float | str | None) -> str:
    return formatting.figure(float(value)) if isinstance(value, str) else formatting.figure(value)
