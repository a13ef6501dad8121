"""What ``info --check`` says: the problems of a checkpoint, in JSON and for people."""

from collections.abc import Sequence
from typing import Any

from explorer import formatting
from explorer.analysis.judge.health import Health, check
from explorer.analysis.judge.problems import Problem
from explorer.analysis.report.model_report import report_pieces
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.writing.new_file import NewFile
from explorer.commands.speaking import one_line
from explorer.progress import no_report

Told = list[dict[str, Any]]


def look(checkpoint: Checkpoint) -> Health:
    """Measure all values, and look for problems in them.

    Raises:
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    return check(checkpoint, no_report)


def problems_of(checkpoint: Checkpoint, health: Health, page: NewFile | None = None) -> tuple[Told, Told, str]:
    """Tell the problems.

    Args:
        checkpoint: Any.
        health: As of `look`.
        page: Takes a report for a browser, and gets its name; None for no report.

    Returns:
        The problems and the notes as they stand in JSON, and a sentence that says how many there are in how much.

    Raises:
        CheckpointError: The file is gone or no longer the one that was opened, or the report cannot be written.
    """
    if page is not None:
        for piece in report_pieces(checkpoint, health, no_report):
            page.write(piece.encode("utf-8", "backslashreplace"))
        page.finish(no_report)
        page.publish()
    return _told(checkpoint, health.problems), _told(checkpoint, health.notes), health.sentence


def _told(checkpoint: Checkpoint, problems: Sequence[Problem]) -> Told:
    tensors = checkpoint.tensors
    return [
        {
            "key": tensors.key(problem.number),
            "entry": tensors[problem.number].entry,
            "kind": problem.kind.value,
            "severity": problem.severity,
            "detail": problem.detail,
            # What is about a whole column has no row.
            "index": [None if place < 0 else place for place in problem.index],
        }
        for problem in problems
    ]


def problem_lines(problems: Sequence[dict[str, Any]], sentence: str, *, several_entries: bool) -> list[str]:
    """The same for people, behind the table.

    Args:
        problems: Problems and notes, as of `problems_of`.
        sentence: Likewise.
        several_entries: A key alone does not say which tensor it is.
    """
    lines = ["", sentence]
    for problem in problems:
        name = formatting.visible(problem["key"]) or formatting.UNNAMED
        if several_entries:
            name = f"{formatting.visible(problem['entry']) or '(top)'}: {name}"
        lines += [f"  {name}", f"    {one_line(problem['detail'])}"]
    return lines
