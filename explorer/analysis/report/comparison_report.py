"""A comparison as one page of HTML that needs nothing else: no script, no picture, no other file."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.compare.command import command_line
from explorer.analysis.compare.difference import STATE_WORDS, STATES
from explorer.analysis.compare.remarks import remarks
from explorer.analysis.compare.table import figure_cells
from explorer.analysis.compare.words import summary
from explorer.analysis.report.comparison_bars import plot_of_layers
from explorer.analysis.report.comparison_histograms import plots_of_pairs
from explorer.analysis.report.comparison_map import map_of_layers
from explorer.analysis.report.html_page import END, NAME, as_html, head_of, made_by
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Chosen, Pair, RuleProposal

_ASKED: Final = 512
"""Rows between two questions whether to go on."""


def report_pieces(
    comparison: "Comparison",
    proposals: "Sequence[RuleProposal]",
    incomplete: str | None,
    report: Report,
    scope: str = "",
) -> Iterator[str]:
    """The page, piece by piece. All text of the files is escaped, and what cannot be seen is made visible.

    Args:
        comparison: What it is about.
        proposals: Rules that would pair more, which it mentions.
        incomplete: Why not everything could be compared, as a sentence; None where it could.
        report: Asked now and then whether to go on.
        scope: Of which part of all tensors the comparison is, as a sentence; "" where it is of all.

    Raises:
        Cancelled: By `report`, which is also told how much was read for the plots.
    """
    pairing = comparison.pairing
    names = [formatting.visible(side.checkpoint.path.name) for side in (pairing.a, pairing.b)]
    yield head_of(" | ".join(names))
    yield f"<h1>What changed</h1>\n<section>\n{_side('A', pairing.a)}{_side('B', pairing.b)}</section>\n<section>\n"
    yield f'<p class="caution">{as_html(scope)}</p>\n' if scope else ""
    yield f"<p>{as_html(summary(comparison))}</p>\n"
    yield f'<p class="unread">{as_html(incomplete)}</p>\n' if incomplete else ""
    yield from (f"<p>{_proposed(proposal)}</p>\n" for proposal in proposals)
    yield f'{_counts(comparison)}\n<p class="muted">{as_html(_how(comparison))}</p>\n</section>\n'
    yield plot_of_layers(comparison, report)
    yield map_of_layers(comparison, report)
    yield from plots_of_pairs(comparison, report)
    yield from _table(comparison, report)
    again_of = "Of all tensors again" if scope else "The same again"
    again = escape(formatting.visible(command_line(pairing, comparison.tolerance), 20_000))
    yield f'<p class="muted">{as_html(made_by())} {again_of}: <code>{again}</code></p>\n{END}'


def _side(letter: str, side: "Chosen") -> str:
    checkpoint, entry = side
    said = [formatting.plural(len(entry.numbers), "tensor"), formatting.nbytes(checkpoint.nbytes), checkpoint.container]
    said += [f"entry {formatting.visible(entry.name)}"] if entry.path else []
    path = escape(formatting.visible(str(checkpoint.path.absolute()), NAME))
    return f'<p><span class="{letter.lower()}">{letter}</span> {path} <small>{escape(" · ".join(said))}</small></p>\n'


def _proposed(proposal: "RuleProposal") -> str:
    rules = ", ".join(rule.in_words for rule in proposal.rules)
    paired = f"{formatting.plural(proposal.paired, 'tensor')} would have a counterpart"
    ambiguous = f" Ambiguous: {proposal.ambiguous}." if proposal.ambiguous else ""
    return as_html(f"{proposal.why[:1].upper()}{proposal.why[1:]}: {paired} with {rules} for the keys of B.{ambiguous}")


def _counts(comparison: "Comparison") -> str:
    """How many there are in each state; states of none are left out."""
    counts = comparison.counts
    said = (f'<span class="{state}">{formatting.exact(counts[state])} {STATE_WORDS[state]}</span>' for state in STATES)
    return f"<p>{' · '.join(text for text, state in zip(said, STATES, strict=True) if counts[state])}</p>"


def _how(comparison: "Comparison") -> str:
    unread = sum(difference.by_checksum for difference in comparison.differences)
    said = ["Figures are over all values of both tensors; nothing was sampled."]
    if unread:
        which = f"Of {formatting.plural(unread, 'tensor')} only the stored checksums were compared"
        said = [f"{which}; figures of the others are over all of their values."]
    rtol, atol = comparison.tolerance
    if rtol or atol:
        said.append(f"Close is |a − b| ≤ {formatting.figure(atol)} + {formatting.figure(rtol)} · |b|.")
    if comparison.pairing.rules:
        said.append(f"The keys of B were changed by {', '.join(rule.in_words for rule in comparison.pairing.rules)}.")
    return " ".join(said)


def _table(comparison: "Comparison", report: Report) -> Iterator[str]:
    rows = list(zip(comparison.pairing.pairs, comparison.differences, strict=True))
    changed = [row for row in rows if row[1].state != "identical"]
    same = [row for row in rows if row[1].state == "identical"]
    if changed:
        yield f"<section>\n<h2>{formatting.plural(len(changed), 'tensor')} not identical</h2>\n"
        yield from _rows(comparison, changed, report)
        yield "</section>\n"
    if same:
        of = formatting.plural(len(same), "identical tensor")
        yield f"<section>\n<details><summary>{of}</summary>\n"
        yield from _rows(comparison, same, report)
        yield "</details>\n</section>\n"


def _rows(comparison: "Comparison", rows: "Sequence[tuple[Pair, Difference]]", report: Report) -> Iterator[str]:
    titles = "".join(f'<th class="n">{title}</th>' for title in ("max |Δ|", "mean |Δ|", "rel. L2", "cosine", "changed"))
    yield f"<table>\n<tr><th>Tensor</th><th>State</th>{titles}</tr>\n"
    for count, (pair, difference) in enumerate(rows):
        if count % _ASKED == 0:
            report(count, len(rows), "rows")
        state, *figures = figure_cells(difference)
        cells = "".join(f'<td class="n">{escape(figure)}</td>' for figure in figures)
        name = escape(formatting.visible(pair.key, NAME) or formatting.UNNAMED)
        remark = "".join(f"<br><small>{as_html(each)}</small>" for each in _remarks(comparison, pair, difference))
        yield (
            f'<tr><td class="k">{name}{remark}</td><td class="s {difference.state}">{escape(state)}</td>{cells}</tr>\n'
        )
    yield "</table>\n"


def _remarks(comparison: "Comparison", pair: "Pair", difference: "Difference") -> Iterator[str]:
    """What else there is to say of a pair."""
    pairing = comparison.pairing
    side, number = (pairing.b, pair.b) if pair.a is None else (pairing.a, pair.a)
    if number is not None:
        kind = side.checkpoint.tensors.kind(number)
        yield f"{formatting.shape(kind.shape)} {kind.element.short}"
    if pair.a is None or pair.b is None:
        return
    key_b = pairing.key_b(pair)
    if key_b != pair.key:
        yield f"in B {formatting.visible(key_b or '', NAME)}"
    yield from remarks(comparison, pair, difference)
