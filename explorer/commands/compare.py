"""What ``checkpoint-explorer compare`` does: says of every tensor of two checkpoints whether and how it changed."""

import argparse
import json
import math
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer import formatting
from explorer.analysis.compare.as_json import as_json
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writing.new_file import NewFile
from explorer.commands.options import absolute, rule
from explorer.commands.speaking import DONE, FOUND, NOT_DONE, about, be_lenient, complain, one_line, write
from explorer.keys.key_mapping import KeyMappingError
from explorer.progress import no_report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Pair, RuleProposal


@dataclass(frozen=True)
class _Answered:
    """What came of a comparison.

    Attributes:
        comparison: None where it was not made.
        proposals: Rules that would pair more.
        error: What is wrong with the whole, as a sentence; None where nothing is.
    """

    comparison: "Comparison | None" = None
    proposals: "Sequence[RuleProposal]" = ()
    error: str | None = None


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
    """Add ``compare`` and its options to the program's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser("compare", help="say what changed between two checkpoints")
    parser.add_argument("a", type=Path, metavar="A")
    parser.add_argument("b", type=Path, metavar="B", help="may be the same file")
    for side in "ab":
        parser.add_argument(f"--entry-{side}", metavar="PATH", help=f"of the state_dict in {side.upper()}")
    parser.add_argument(
        "--rtol", type=_tolerance, default=0.0, metavar="R", help="|a - b| <= atol + rtol * |b| is close"
    )
    parser.add_argument("--atol", type=_tolerance, default=0.0, metavar="A")
    parser.add_argument(
        "--map", type=rule, action="append", default=[], metavar="REGEX=REPLACEMENT", dest="rules", help="for B's keys"
    )
    parser.add_argument(
        "--checksums", action="store_true", help="trust equal stored checksums instead of reading the tensors"
    )
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write it as a page for a browser too")
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.set_defaults(run=run_compare)


def _tolerance(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no tolerance: give a number from 0 on")
    return number


def run_compare(arguments: argparse.Namespace) -> int:
    """Compare two checkpoints; returns the exit status."""
    be_lenient(sys.stdout, sys.stderr)
    paths: list[Path] = [arguments.a, arguments.b]
    try:
        # What cannot be written is refused before anything is read.
        with nullcontext() if arguments.report is None else NewFile(absolute(arguments.report), paths[0]) as page:
            answered = _compare(paths, arguments)
            if page is not None:
                _write_report(page, answered)
    except CheckpointError as error:
        answered = _Answered(error=error.sentence)
    except KeyboardInterrupt:
        answered = _Answered(error="The files were not compared to their end: you interrupted it.")
    return _answer(answered, paths, arguments)


def _compare(paths: list[Path], arguments: argparse.Namespace) -> _Answered:
    at = 0
    try:
        opened = []
        for at, path in enumerate(paths):
            paths[at] = absolute(path)
            opened.append(open_checkpoint(paths[at]))
        from explorer.analysis.compare.comparing import compare_entries  # noqa: PLC0415 - refusing a file need not wait for it
        from explorer.analysis.compare.difference import Tolerance  # noqa: PLC0415 - as above
        from explorer.analysis.compare.pairing import choose, pair_up, propose_rules  # noqa: PLC0415 - as above
        from explorer.analysis.compare.words import incomplete  # noqa: PLC0415 - as above

        chosen = []
        for at, entry in enumerate((arguments.entry_a, arguments.entry_b)):
            chosen.append(choose(opened[at], entry))
        pairing = pair_up(chosen[0], chosen[1], arguments.rules)
        tolerance = Tolerance(arguments.rtol, arguments.atol)
        comparison = compare_entries(pairing, no_report, tolerance, trust_checksums=arguments.checksums)
        return _Answered(comparison, propose_rules(pairing) if not arguments.rules else (), incomplete(comparison))
    except CheckpointError as error:
        return _Answered(error=about(paths[at], error.sentence))
    except KeyMappingError as error:
        return _Answered(error=about(paths[1], str(error)))


def _write_report(page: NewFile, answered: _Answered) -> None:
    from explorer.analysis.report.comparison_report import report_pieces  # noqa: PLC0415 - as above

    if answered.comparison is not None:
        for piece in report_pieces(answered.comparison, answered.proposals, answered.error, no_report):
            page.write(piece.encode())
        page.finish(no_report)
        page.publish()


def _answer(answered: _Answered, paths: Sequence[Path], arguments: argparse.Namespace) -> int:
    comparison = answered.comparison
    status = DONE
    if arguments.json:
        asked = {"a": str(paths[0]), "b": str(paths[1]), "rtol": arguments.rtol, "atol": arguments.atol}
        said = as_json(comparison, answered.proposals, arguments.rules, answered.error)
        status = write(json.dumps(asked | said, allow_nan=False))
    elif comparison is not None:
        status = write("\n".join(_text(comparison, answered.proposals)))
    if answered.error is not None or comparison is None:
        complain(answered.error or "")
        return NOT_DONE
    return status if status != DONE or comparison.same else FOUND


def refused(sentence: str) -> dict[str, Any]:
    """What ``--json`` answers where the arguments are wrong."""
    asked: dict[str, Any] = {"a": None, "b": None, "rtol": None, "atol": None}
    return asked | as_json(None, (), (), sentence)


def _text(comparison: "Comparison", proposals: "Sequence[RuleProposal]") -> Iterator[str]:
    from explorer.analysis.compare.words import summary  # noqa: PLC0415 - as above

    pairing = comparison.pairing
    for name, side in (("A", pairing.a), ("B", pairing.b)):
        entry = f", {formatting.visible(side.entry.name)}" if side.entry.path else ""
        yield f"{name}: {formatting.visible(str(side.checkpoint.path))}{entry}"
    yield ""
    yield one_line(summary(comparison))
    for proposal in proposals:
        options = " ".join(f"--map {shlex.quote(str(each))}" for each in proposal.rules)
        why = one_line(proposal.why)
        paired = f"{formatting.plural(proposal.paired, 'tensor')} would have a counterpart"
        yield f"{why[:1].upper()}{why[1:]}: {paired} with {one_line(options)}"
        if proposal.ambiguous:
            yield f"    Ambiguous: {one_line(proposal.ambiguous)}."
    rows = [
        _cells(comparison, pair, difference)
        for pair, difference in zip(pairing.pairs, comparison.differences, strict=True)
        if difference.state != "identical"
    ]
    if rows:
        yield ""
        yield from _aligned([("state", "max |d|", "rel. L2", "cosine", "changed", "tensor"), *rows])


def _cells(comparison: "Comparison", pair: "Pair", difference: "Difference") -> tuple[str, ...]:
    figures = difference.figures or difference.overlap
    name = formatting.visible(pair.key) or formatting.UNNAMED
    key_b = comparison.pairing.key_b(pair)
    if pair.a is not None and key_b not in (None, pair.key):
        name = f"{name} = {formatting.visible(key_b or '')}"
    name += _remark(comparison, pair, difference)
    if figures is None:
        return difference.state.replace("_", " "), "", "", "", "", name
    changed = figures.share_changed
    share = formatting.NOTHING if changed is None else formatting.percent(changed, 1)
    return (
        difference.state.replace("_", " "),
        formatting.figure(figures.max_abs),
        formatting.figure(figures.relative_l2),
        # Only what is 1 is shown as 1.
        formatting.figure(figures.cosine, 1 - abs(figures.cosine or 0)),
        share,
        name,
    )


def _remark(comparison: "Comparison", pair: "Pair", difference: "Difference") -> str:
    """What else there is to say of a tensor, behind its name."""
    from explorer.analysis.compare.remarks import remarks  # noqa: PLC0415 - as above

    said = "; ".join(map(one_line, remarks(comparison, pair, difference)))
    return f"  ({said})" if said else ""


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table: words to the left, figures to the right, names last."""
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for state, *figures, name in rows:
        cells = [state.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=True))]
        yield f"{'  '.join(cells)}  {name}"
