"""The tree of a report: a row for each layer and tensor, with its figures and its small histogram."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.report.html_page import as_html, named
from explorer.analysis.report.model_plots import small_histogram
from explorer.checkpoint.tree import Layer
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.judge.health import Health
    from explorer.checkpoint.document import Checkpoint, Entry

LISTED: Final = 20_000
"""Tensors at most: a browser shows so many rows."""
_DRAWN: Final = 5_000
"""Small histograms, likewise."""
_ASKED: Final = 256
"""Rows between two questions whether to go on."""
_TITLES: Final = ("Shape", "Type", "Params", "Min", "Max", "Mean", "Std", "Zeros", "NaN, ±Inf")


def rows_of(checkpoint: "Checkpoint", entry: "Entry", health: "Health", report: Report) -> Iterator[str]:
    """The table, piece by piece.

    Args:
        checkpoint: What it is about.
        entry: Whose tensors.
        health: Figures and problems.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    troubled = {problem.number: problem.severity for problem in reversed(health.problems)}
    titles = "".join(f'<th class="n">{title}</th>' for title in _TITLES)
    yield f"<table>\n<tr><th>Tensor</th><th>Distribution</th>{titles}</tr>\n"
    root = Layer.root(checkpoint.tensors, entry.numbers, checkpoint.path.name)
    left: list[tuple[Layer | int, Layer, int]] = [(child, root, 0) for child in reversed(root.children)]
    tensors = 0
    while left and tensors < LISTED:
        item, owner, depth = left.pop()
        if isinstance(item, Layer):
            yield _layer(item, depth)
            left += [(child, item, depth + 1) for child in reversed(item.children)]
            continue
        if tensors % _ASKED == 0:
            report(tensors, len(entry.numbers), "rows")
        yield _tensor(checkpoint, owner, item, depth, health, troubled.get(item, ""), drawn=tensors < _DRAWN)
        tensors += 1
    yield "</table>\n"
    if tensors < len(entry.numbers):
        yield f'<p class="muted">The first {formatting.exact(tensors)} tensors are listed.</p>\n'
    elif tensors > _DRAWN:
        yield f'<p class="muted">Of the first {formatting.exact(_DRAWN)} tensors the distribution is drawn.</p>\n'


def _indent(depth: int) -> str:
    return f' style="padding-left: {8 + 16 * min(depth, 20)}px"'


def _layer(layer: Layer, depth: int) -> str:
    sums = layer.sums
    said = f"{formatting.plural(sums.tensors, 'tensor')}, {formatting.nbytes(sums.nbytes)}"
    return (
        f'<tr class="layer"><td class="k"{_indent(depth)} title="{named(layer.prefix)}">{named(layer.name)}</td>'
        f'<td class="s muted">{said}</td><td></td><td></td><td class="n">{formatting.count(sums.parameters)}</td>'
        f'<td colspan="6"></td></tr>\n'
    )


def _tensor(
    checkpoint: "Checkpoint", owner: Layer, number: int, depth: int, health: "Health", tone: str, *, drawn: bool
) -> str:
    kind, known = checkpoint.tensors.kind(number), health.statistics.get(number)
    name = f'<td class="k {tone}"{_indent(depth)} title="{named(checkpoint.tensors.key(number))}">'
    name += f"{named(owner.leaf_name(number))}{' ▲' if tone == 'caution' else ' ●' if tone else ''}</td>"
    if known is None:
        why = as_html(kind.problem or "It cannot be read.")
        figures = f'<td class="unread" colspan="6">{why}</td>'
        picture = ""
    else:
        picture = small_histogram(known) if drawn else ""
        span = 0.0 if known.min is None or known.max is None else float(known.max) / 100 - float(known.min) / 100
        cells = [formatting.figure(number, span) for number in (known.min, known.max, known.mean)]
        cells += [formatting.figure(known.std), formatting.percent(known.zeros, known.count)]
        cells.append(formatting.count(known.count - known.finite))
        figures = "".join(f'<td class="n">{cell}</td>' for cell in cells)
    parameters = formatting.count(kind.numel) if kind.counts_as_parameters else formatting.NOTHING
    return (
        f"<tr>{name}<td>{picture}</td>"
        f'<td class="n">{formatting.shape(kind.shape) or "scalar"}</td><td class="n">{as_html(kind.element.short)}</td>'
        f'<td class="n">{parameters}</td>{figures}</tr>\n'
    )
