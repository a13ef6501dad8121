"""A checkpoint as one page of HTML: what is in it, what is wrong with it, and how its values are spread."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.draw.overview import fill, overview_of
from explorer.analysis.judge.problem_words import SHAPES, WORDS
from explorer.analysis.report.html_page import END, as_html, head_of, named
from explorer.analysis.report.model_plots import bands_plot, sizes_plot
from explorer.analysis.report.model_tree import LISTED, rows_of
from explorer.checkpoint.document import is_nan
from explorer.checkpoint.errors import SOUND
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.judge.health import Health
    from explorer.analysis.judge.problems import Problem
    from explorer.checkpoint.document import Checkpoint, Entry

_PROBLEMS: Final = 5_000
_CONTENTS: Final = 1_000
_NAMES: Final = 500
_ENTRIES: Final = 50
"""Rows at most."""
_BANDS: Final = (
    "A column for each tensor, in the file's order: line, the median; inner band, 25 to 75 % of the values; outer, "
    "5 to 95 %; thin, smallest to largest. The axis is linear around 0 and, unless all are alike, logarithmic beyond."
)
_SIZES: Final = "Standard deviation (blue) and largest magnitude (orange) of each tensor, on a logarithmic axis."


def report_pieces(checkpoint: "Checkpoint", health: "Health", report: Report) -> Iterator[str]:
    """The page, piece by piece. All text of the file is escaped, and what cannot be seen is made visible.

    Args:
        checkpoint: What it is about.
        health: Figures and problems of all tensors that can be read.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    name = formatting.visible(checkpoint.path.name)
    yield head_of(name)
    yield f"<h1>{named(checkpoint.path.name)}</h1>\n<section>\n{_facts(checkpoint)}</section>\n"
    yield from _banner(checkpoint)
    yield from _problems(checkpoint, health)
    for entry in checkpoint.entries[:_ENTRIES]:
        yield from _entry(checkpoint, entry, health, report)
    yield _more(checkpoint.entries, _ENTRIES)
    yield from _contents(checkpoint)
    yield f'<p class="muted">Made by Checkpoint Explorer.</p>\n{END}'


def _facts(checkpoint: "Checkpoint") -> str:
    sums, chosen = checkpoint.sums, checkpoint.chosen
    said = [
        formatting.plural(sums.tensors, "tensor"),
        *([formatting.plural(chosen.parameters, chosen.counted_as)] if chosen is not None else []),
        f"{formatting.exact_bytes(sums.nbytes)} of values",
        f"{formatting.exact_bytes(checkpoint.nbytes)} of file",
        formatting.container(checkpoint.container, len(checkpoint.shards), len(checkpoint.missing)),
    ]
    return f"<p>{named(str(checkpoint.path))}</p>\n<p>{as_html(' · '.join(said))}</p>\n"


def _banner(checkpoint: "Checkpoint") -> Iterator[str]:
    """What the file would do to who loads it, and what of it could not be read."""
    tone = "good" if checkpoint.verdict == "data-only" else "caution" if checkpoint.verdict in SOUND else "bad"
    said = [text for text in (checkpoint.message, *checkpoint.warnings) if text]
    if checkpoint.verdict == "data-only":
        said.insert(0, "This file holds data only: there is no code in it that loading could run.")
    elif checkpoint.code:
        said.insert(0, "This file names code, which loading it without weights_only=True would run. None was run here.")
    elif checkpoint.verdict not in SOUND:
        said.insert(0, "What was read of this file names no code that loading could run; the rest is not known.")
    yield "<section>\n<h2>Is it safe</h2>\n"
    yield "".join(f'<p class="{tone}">{as_html(text)}</p>\n' for text in said)
    if checkpoint.code:
        names = "".join(f"<li><code>{named(code)}</code></li>\n" for code in checkpoint.code[:_NAMES])
        of = formatting.plural(len(checkpoint.code), "name")
        yield f"<details><summary>{of} of code</summary>\n<ul>\n{names}</ul>\n"
        yield f"{_more(checkpoint.code, _NAMES)}</details>\n"
    yield "</section>\n"


def _more(rows: Sequence[object], most: int) -> str:
    return f'<p class="muted">The first {formatting.exact(most)} are listed.</p>\n' if len(rows) > most else ""


def _problems(checkpoint: "Checkpoint", health: "Health") -> Iterator[str]:
    yield f"<section>\n<h2>Is it healthy</h2>\n<p>{as_html(health.sentence)}</p>\n"
    found = [*health.problems, *health.notes]
    if found:
        yield "<table>\n<tr><th>Problem</th><th>Tensor</th><th>What was found</th></tr>\n"
        for problem in found[:_PROBLEMS]:
            yield _problem(checkpoint, problem)
        yield f"</table>\n{_more(found, _PROBLEMS)}"
    yield "</section>\n"


def _problem(checkpoint: "Checkpoint", problem: "Problem") -> str:
    tensor = checkpoint.tensors[problem.number]
    entry = f"<br><small>{named(tensor.entry)}</small>" if len(checkpoint.entries) > 1 and tensor.entry else ""
    what = f"{SHAPES[problem.severity]} {WORDS[problem.kind]}"
    return (
        f'<tr><td class="s {problem.severity}">{as_html(what)}</td><td class="k">{named(tensor.key)}{entry}</td>'
        f"<td>{as_html(problem.detail)}</td></tr>\n"
    )


def _entry(checkpoint: "Checkpoint", entry: "Entry", health: "Health", report: Report) -> Iterator[str]:
    title = named(entry.name) if entry.path else "Tensors"
    yield f"<section>\n<h2>{title}</h2>\n"
    sums = checkpoint.tensors.sums(entry.numbers)
    said = [formatting.plural(sums.tensors, "tensor"), formatting.plural(sums.parameters, entry.counted_as)]
    yield f"<p>{' · '.join([*said, formatting.nbytes(sums.nbytes)])}</p>\n"
    yield f'<p class="muted">{as_html(_how(entry, health))}</p>\n'
    overview = overview_of(checkpoint.tensors, entry.numbers)
    if len(overview):
        overview.take(fill(overview.numbers, entry.numbers, health.statistics, health.unread, report))
        for plot, legend in ((bands_plot(overview), _BANDS), (sizes_plot(overview), _SIZES)):
            if plot:
                yield f'{plot}<p class="muted">{legend}</p>\n'
    shut = "" if len(entry.numbers) > LISTED // 10 else " open"
    yield f"<details{shut}><summary>All tensors</summary>\n"
    yield from rows_of(checkpoint, entry, health, report)
    yield "</details>\n</section>\n"


def _how(entry: "Entry", health: "Health") -> str:
    missing = sum(number not in health.statistics for number in entry.numbers)
    said = ["Minimum, maximum, mean and standard deviation are over all finite values; nothing was sampled."]
    said.append("Quantiles and small distributions of elements of more than 16 bits are known to about 0.8 %.")
    if missing:
        said.append(
            f"{formatting.plural(missing, 'tensor')} cannot be read and {'has' if missing == 1 else 'have'} none."
        )
    return " ".join(said)


def _contents(checkpoint: "Checkpoint") -> Iterator[str]:
    """What is in the file beside tensors."""
    rows = checkpoint.contents
    if not rows:
        return
    yield "<section>\n<h2>What else is in it</h2>\n<details><summary>"
    yield f"{formatting.plural(len(rows), 'value')}</summary>\n<table>\n"
    yield "<tr><th>Name</th><th>Type</th><th>Value</th></tr>\n"
    depths: list[int] = []
    for row in rows[:_CONTENTS]:
        depth = 0 if row.parent < 0 or row.parent >= len(depths) else depths[row.parent] + 1
        depths.append(depth)
        indent = f' style="padding-left: {8 + 16 * min(depth, 20)}px"'
        yield (
            f'<tr><td class="k"{indent}>{named(row.name)}</td><td class="k">{as_html(row.type)}</td>'
            f'<td class="k{" bad" if is_nan(row) else ""}">{as_html(row.text)}</td></tr>\n'
        )
    yield f"</table>\n{_more(rows, _CONTENTS)}</details>\n</section>\n"
