"""What ``checkpoint-explorer info`` does: lists a checkpoint; and measures, judges and verifies it if asked."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import formatting
from explorer.analysis.holding import held_in
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import SOUND, CheckpointError
from explorer.checkpoint.pickles.names import what_it_runs
from explorer.checkpoint.reader import NO_TENSORS, ONLY_IN_CONTENTS, open_checkpoint
from explorer.checkpoint.writing.new_file import NewFile
from explorer.commands.options import absolute
from explorer.commands.speaking import DONE, FOUND, NOT_DONE, WIDTH, about, be_lenient, complain, one_line, write
from explorer.progress import no_report

if TYPE_CHECKING:
    from explorer.analysis.judge.health import Health
    from explorer.analysis.measure.statistics import Statistics


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``info`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "info",
        help="list what a checkpoint holds, and on which device it was saved",
        description="Lists the tensors of a checkpoint with shape, dtype and size, says on which device it was saved, "
        "and runs nothing of it.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--stats", action="store_true", help="statistics and a histogram of every tensor")
    parser.add_argument("--check", action="store_true", help="look for problems in all values; exit status 1 if any")
    parser.add_argument(
        "--report", type=Path, metavar="OUT.html", help="--check, and write all of it as a page for a browser"
    )
    parser.add_argument("--verify", action="store_true", help="compare every stored checksum with the bytes")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_info)


def run_info(arguments: argparse.Namespace) -> int:
    """List a checkpoint; returns the exit status."""
    path: Path = arguments.file
    be_lenient(sys.stdout, sys.stderr)
    try:
        path = absolute(path)
        checkpoint = open_checkpoint(path)
        with nullcontext() if arguments.report is None else NewFile(absolute(arguments.report), path) as page:
            return list_checkpoint(
                checkpoint,
                stats=arguments.stats,
                verify=arguments.verify,
                check=arguments.check,
                as_json=arguments.json,
                page=page,
            )
    except CheckpointError as error:
        refusal = error
    except KeyboardInterrupt:
        refusal = CheckpointError("It was not read to its end", "you interrupted it", verdict="unreadable")
    if arguments.json:
        write(json.dumps(_refused(path, refusal)))
    elif refusal.code:
        write("\n".join(_code_lines(refusal.code)))
    complain(about(path, refusal.sentence))
    return NOT_DONE


def list_checkpoint(
    checkpoint: Checkpoint,
    *,
    stats: bool,
    as_json: bool,
    verify: bool = False,
    check: bool = False,
    page: NewFile | None = None,
) -> int:
    """Print what an open checkpoint holds.

    Args:
        checkpoint: Where its file changes meanwhile, that is said.
        stats: With statistics and a histogram of every tensor.
        as_json: As one JSON object; else as a table for people.
        verify: With what comes out for every stored checksum.
        check: With the problems of all values.
        page: Takes a report of it, for a browser, with these problems; None for no report.

    Returns:
        The exit status: `NOT_DONE` where the verdict says that not all of the file could be read, else `FOUND` where a
        checksum is wrong or there are problems.
    """
    health = _look(checkpoint) if check or page is not None else None
    known = None if health is None or isinstance(health, CheckpointError) else health.statistics
    answer = _info(checkpoint, stats=stats, histograms=as_json, known=known)
    if verify:
        _verify(checkpoint, answer)
    sentence = "" if health is None else _check(checkpoint, answer, health, page)
    if as_json:
        status = write(json.dumps(answer, allow_nan=False))
    else:
        status = write("\n".join(_table(checkpoint, answer, stats=stats) + _problem_lines(answer, sentence)))
    if answer["verdict"] in SOUND:
        wrong = verify and answer["checksums"]["wrong"] + len(answer["checksums"]["wrong_records"])
        return FOUND if (wrong or answer["problems"]) and status == DONE else status
    complain(about(checkpoint.path, answer["message"] or f"The file is {answer['verdict']}."))
    return NOT_DONE


def refused(sentence: str) -> dict[str, Any]:
    """What ``--json`` answers where the arguments are wrong."""
    return _refused(None, CheckpointError(sentence.rstrip("."))) | {"verdict": None}


def _refused(path: Path | None, error: CheckpointError) -> dict[str, Any]:
    try:
        nbytes = 0 if path is None or path.is_dir() else path.stat().st_size
    except (OSError, ValueError):
        nbytes = 0
    return {
        "file": None if path is None else str(path),
        "bytes": nbytes,
        "container": None,
        "verdict": error.verdict,
        "message": error.sentence,
        "code": list(error.code),
        "warnings": [],
        "entries": [],
        "tensors": [],
        "problems": None,
        "notes": None,
        "space": None,
        "checksums": None,
    }


def _info(
    checkpoint: Checkpoint, *, stats: bool, histograms: bool, known: "Mapping[int, Statistics] | None" = None
) -> dict[str, Any]:
    tensors = [_tensor(tensor) for tensor in checkpoint.tensors]
    if stats:
        _measure(checkpoint, tensors, known or {}, histograms=histograms)
    changed = _what_changed(checkpoint) if stats else None
    return {
        "file": str(checkpoint.path),
        "bytes": checkpoint.nbytes,
        "container": checkpoint.container,
        "verdict": "unreadable" if changed else checkpoint.verdict,
        "message": changed or checkpoint.message,
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
        "tensors": tensors,
        "problems": None,
        "notes": None,
        "space": _space(checkpoint),
        "checksums": None,
    }


def _space(checkpoint: Checkpoint) -> dict[str, Any]:
    from explorer.analysis.space import account  # noqa: PLC0415 - refusing a file need not wait for it

    space = account(checkpoint)
    return {
        "tensors": space.tensors,
        "unused": space.unused,
        "rest": space.rest,
        "unused_in": [{"key": amount.name, "bytes": amount.nbytes} for amount in space.wasteful],
        "rest_in": [{"what": amount.name, "bytes": amount.nbytes} for amount in space.rests],
    }


def _verify(checkpoint: Checkpoint, answer: dict[str, Any]) -> None:
    """Add to the answer what comes out for the checksums."""
    from explorer.checkpoint.checksums import CHECK_WORDS, Check, verify, why_no_checksums  # noqa: PLC0415 - as below

    why_not = why_no_checksums(checkpoint)
    counts, records, nbytes = dict.fromkeys(Check, 0), [], 0
    if why_not is None:
        try:
            found = verify(checkpoint, no_report)
        except CheckpointError as error:
            answer["verdict"], answer["message"] = "unreadable", error.sentence
            why_not = error.sentence
        else:
            counts, records, nbytes = found.tensors, found.wrong_records, found.nbytes
            for facts, came_out in zip(answer["tensors"], found.of_tensors, strict=True):
                facts["checksum"] = CHECK_WORDS[came_out]
    answer["checksums"] = {
        **{CHECK_WORDS[came_out].replace(" ", "_"): number for came_out, number in counts.items()},
        "wrong_records": records,
        "bytes": nbytes,
        "message": found.sentence if why_not is None else why_not,
    }


def _look(checkpoint: Checkpoint) -> "Health | CheckpointError":
    """What all values say, or why they do not."""
    from explorer.commands.checking import look  # noqa: PLC0415 - as below

    try:
        return look(checkpoint)
    except CheckpointError as error:
        return error


def _check(
    checkpoint: Checkpoint, answer: dict[str, Any], health: "Health | CheckpointError", page: NewFile | None
) -> str:
    """Add the problems to the answer; returns what is said of them in a line."""
    from explorer.commands.checking import problems_of  # noqa: PLC0415 - as below

    try:
        if isinstance(health, CheckpointError):
            raise health
        answer["problems"], answer["notes"], sentence = problems_of(checkpoint, health, page)
    except CheckpointError as error:
        answer["verdict"], answer["message"] = "unreadable", error.sentence
        return error.sentence
    return sentence


def _problem_lines(answer: dict[str, Any], sentence: str) -> list[str]:
    if not sentence:
        return []
    from explorer.commands.checking import problem_lines  # noqa: PLC0415 - as below

    found = [*(answer["problems"] or []), *(answer["notes"] or [])]
    return problem_lines(found, sentence, several_entries=len(answer["entries"]) > 1)


def _what_changed(checkpoint: Checkpoint) -> str | None:
    """Asked after all values were read: what changed before then may have spoilt any of them."""
    from explorer.checkpoint.values.open_files import check_unchanged  # noqa: PLC0415 - it brings NumPy, as below

    try:
        check_unchanged(checkpoint.files)
    except CheckpointError as error:
        return error.sentence
    return None


def _measure(
    checkpoint: Checkpoint, tensors: list[dict[str, Any]], known: "Mapping[int, Statistics]", *, histograms: bool
) -> None:
    """Add to each tensor's facts what its values say, or why they could not be read."""
    # NumPy takes a tenth of a second to import, which plain listing need not wait for.
    from explorer.commands.figures import figures_of  # noqa: PLC0415

    for number, found in figures_of(checkpoint, known, histograms=histograms).items():
        facts = tensors[number]
        if isinstance(found, str):
            facts["problem"] = found
        else:
            facts["statistics"], facts["histogram"] = found


def _tensor(tensor: TensorInfo) -> dict[str, Any]:
    kind = tensor.kind
    return {
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
        "checksum": None,
    }


def _table(checkpoint: Checkpoint, answer: dict[str, Any], *, stats: bool) -> list[str]:
    lines = _summary_lines(checkpoint, answer)
    header = ["name", "shape", "dtype", "parameters", "bytes"]
    devices = len(checkpoint.saved_devices) > 1
    header += ["saved on"] if devices else []
    if stats:
        header += ["min", "max", "mean", "std", "zeros", "NaN", "Inf"]
    for entry in checkpoint.entries:
        if len(checkpoint.entries) > 1:
            mark = "  (shown first)" if entry.chosen else ""
            lines += ["", f"{formatting.visible(entry.name) or '(top)'}: {entry.kind}{mark}"]
        rows, problems = [header], [""]
        for number in entry.numbers:
            facts = answer["tensors"][number]
            rows.append(_table_row(checkpoint.tensors[number], facts, devices=devices, stats=stats))
            wrong = "Its checksum is wrong." if facts["checksum"] == "wrong" else ""
            problems.append(facts["problem"] or wrong)
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        for row, problem in zip(rows, problems, strict=True):
            name = row[0].ljust(widths[0])
            lines.append("  ".join([name, *(text.rjust(w) for text, w in zip(row[1:], widths[1:], strict=True))]))
            if problem:
                lines.append(f"    {one_line(problem)}")
    return lines


def _summary_lines(checkpoint: Checkpoint, answer: dict[str, Any]) -> list[str]:
    sums = checkpoint.sums
    container = formatting.container(checkpoint.container, len(checkpoint.shards), len(checkpoint.missing))
    size = f"{container}, {formatting.nbytes(checkpoint.nbytes)}"
    lines = [formatting.visible(checkpoint.path.name), "; ".join([*held_in(checkpoint), size])]
    saved = formatting.devices(checkpoint.saved_devices)
    if sums.tensors:
        lines.append(f"Saved on {saved}" if saved else "The file does not say on which device it was saved")
    # What else the message says of a sound file is a short form of the list of code; a bad verdict's goes to stderr.
    if answer["verdict"] in SOUND and not sums.tensors:
        only_there = any(row.type == "tensor" for row in checkpoint.contents)
        lines.append(ONLY_IN_CONTENTS if only_there else NO_TENSORS)
    lines += _space_lines(answer["space"], checkpoint.nbytes)
    if answer["checksums"] is not None:
        lines.append(one_line(answer["checksums"]["message"]))
    lines += _code_lines(checkpoint.code)
    return [*lines, *(one_line(f"Warning: {warning}") for warning in checkpoint.warnings), ""]


def _space_lines(space: dict[str, Any], total: int) -> list[str]:
    """Where the file's bytes are, in a line; and what of them no tensor uses."""
    rest = ", ".join(f"{part['what'].lower()} {formatting.nbytes(part['bytes'])}" for part in space["rest_in"][:3])
    parts = [f"tensors {formatting.nbytes(space['tensors'])} ({formatting.percent(space['tensors'], total)})"]
    if space["unused"]:
        parts.append(f"unused parts of storages {formatting.nbytes(space['unused'])}")
    parts.append(f"rest {formatting.nbytes(space['rest'])}{f' ({rest})' if rest else ''}")
    return [f"Bytes of the file: {', '.join(parts)}"]


def _code_lines(code: Sequence[str]) -> list[str]:
    """Every name of code, as many to a line as fit."""
    if not code:
        return []
    lines = [""]
    for name in map(formatting.visible, code):
        if lines[-1] and len(lines[-1]) + len(name) + 2 > WIDTH:
            lines.append("")
        lines[-1] += f"{name}, " if lines[-1] else f"    {name}, "
    lines[-1] = lines[-1].removesuffix(", ")
    runs = [f"    {formatting.visible(clause)}" for name in code if (clause := what_it_runs(name))]
    return ["This file names code, which was not run:", *(line.rstrip() for line in lines), *runs]


def _table_row(tensor: TensorInfo, facts: dict[str, Any], *, devices: bool, stats: bool) -> list[str]:
    parameters = formatting.exact(tensor.kind.numel) if tensor.kind.counts_as_parameters else formatting.NOTHING
    known = tensor.kind.is_known
    row = [
        formatting.visible(tensor.key) or formatting.UNNAMED,
        formatting.shape(tensor.kind.shape) if known else formatting.NOTHING,
        tensor.kind.dtype,
        parameters,
        formatting.nbytes(tensor.kind.nbytes) if known else formatting.NOTHING,
    ]
    if devices:
        row.append(formatting.visible(tensor.kind.saved_device or formatting.NOTHING))
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
