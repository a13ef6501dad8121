"""A comparison as one page of HTML that needs nothing else: no script, no picture, no other file."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.comparison_command import command_line
from explorer.analysis.comparison_plot import plot_of_layers
from explorer.analysis.comparison_table import figure_cells
from explorer.analysis.comparison_words import summary
from explorer.analysis.difference import STATE_WORDS, STATES
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.comparing import Comparison
    from explorer.analysis.difference import Difference
    from explorer.analysis.pairing import Chosen, Pair, RuleProposal

_ASKED: Final = 512
"""Rows between two questions whether to go on."""

_NAME: Final = 1_000

_STYLE: Final = """
:root { color-scheme: light dark; --window: #f5f6f8; --panel: #fff; --line: #e1e4e8; --text: #1f2328; --muted: #5c656e;
  --accent: #2360c4; --bars: #5a8fe8; --b: #a0520a; --good: #27704a; --caution: #8a5600; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --window: #1a1d21; --panel: #22262b; --line: #353b43; --text: #e4e7eb;
  --muted: #9da7b1; --accent: #6ea4ff; --bars: #5b8fe6; --b: #f0a35e; --good: #6cc58f; --caution: #e0b052;
  --bad: #ff7b72; } }
body { margin: 24px auto; max-width: 1100px; padding: 0 16px; background: var(--window); color: var(--text);
  font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5em; margin: 0 0 8px; } h2 { font-size: 1.1em; margin: 24px 0 8px; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px;
  margin: 12px 0; overflow-x: auto; }
p { margin: 4px 0; overflow-wrap: anywhere; } .muted, small { color: var(--muted); } code { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--muted); font-weight: 600; } td, th { padding: 4px 8px; vertical-align: top;
  border-bottom: 1px solid var(--line); } .n { text-align: right; white-space: nowrap; } .k { overflow-wrap: anywhere; }
.s { white-space: nowrap; } .a { color: var(--accent); font-weight: 600; } .b { color: var(--b); font-weight: 600; }
.identical { color: var(--good); } .differs { color: var(--b); } .not_finite, .unread { color: var(--bad); }
.dtype, .shape, .only_a, .only_b { color: var(--caution); } .close { color: var(--muted); }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); } svg .q { fill: var(--muted); }
svg .bar { fill: var(--bars); } svg .same { fill: none; stroke: var(--good); } svg .hatch { stroke: var(--good); }
summary { cursor: pointer; }
"""


def report_pieces(
    comparison: "Comparison", proposals: "Sequence[RuleProposal]", incomplete: str | None, report: Report
) -> Iterator[str]:
    """The page, piece by piece. All text of the files is escaped, and what cannot be seen is made visible.

    Args:
        comparison: What it is about.
        proposals: Rules that would pair more, which it mentions.
        incomplete: Why not everything could be compared, as a sentence; None where it could.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    pairing = comparison.pairing
    names = [formatting.visible(side.checkpoint.path.name) for side in (pairing.a, pairing.b)]
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Even if something in it could ask for anything, it would get nothing.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(' | '.join(names))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )
    yield f"<h1>What changed</h1>\n<section>\n{_side('A', pairing.a)}{_side('B', pairing.b)}</section>\n<section>\n"
    yield f"<p>{_text(summary(comparison))}</p>\n"
    yield f'<p class="unread">{_text(incomplete)}</p>\n' if incomplete else ""
    yield from (f"<p>{_proposed(proposal)}</p>\n" for proposal in proposals)
    yield f'{_counts(comparison)}\n<p class="muted">{_text(_how(comparison))}</p>\n</section>\n'
    yield plot_of_layers(comparison, report)
    yield from _table(comparison, report)
    again = escape(formatting.visible(command_line(pairing, comparison.tolerance), 20_000))
    yield f'<p class="muted">Made by Checkpoint Explorer. The same again: <code>{again}</code></p>\n</body>\n</html>\n'


def _side(letter: str, side: "Chosen") -> str:
    checkpoint, entry = side
    said = [formatting.plural(len(entry.numbers), "tensor"), formatting.nbytes(checkpoint.nbytes), checkpoint.container]
    said += [f"entry {formatting.visible(entry.name)}"] if entry.path else []
    path = escape(formatting.visible(str(checkpoint.path.absolute()), _NAME))
    return f'<p><span class="{letter.lower()}">{letter}</span> {path} <small>{escape(" · ".join(said))}</small></p>\n'


def _proposed(proposal: "RuleProposal") -> str:
    rules = ", ".join(map(str, proposal.rules))
    paired = f"{formatting.plural(proposal.paired, 'tensor')} would have a counterpart"
    ambiguous = f" Ambiguous: {proposal.ambiguous}." if proposal.ambiguous else ""
    return _text(f"{proposal.why[:1].upper()}{proposal.why[1:]}: {paired} with {rules} for the keys of B.{ambiguous}")


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
        said.append(f"The keys of B were changed by {', '.join(map(str, comparison.pairing.rules))}.")
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
    titles = "".join(f'<th class="n">{title}</th>' for title in ("max |Δ|", "rel. L2", "cosine", "changed"))
    yield f"<table>\n<tr><th>Tensor</th><th>State</th>{titles}</tr>\n"
    for count, (pair, difference) in enumerate(rows):
        if count % _ASKED == 0:
            report(count, len(rows), "rows")
        state, *figures = figure_cells(difference)
        cells = "".join(f'<td class="n">{escape(figure)}</td>' for figure in figures)
        name = escape(formatting.visible(pair.key, _NAME) or formatting.UNNAMED)
        remark = "".join(f"<br><small>{_text(each)}</small>" for each in _remarks(comparison, pair, difference))
        yield (
            f'<tr><td class="k">{name}{remark}</td><td class="s {difference.state}">{escape(state)}</td>{cells}</tr>\n'
        )
    yield "</table>\n"


def _remarks(comparison: "Comparison", pair: "Pair", difference: "Difference") -> Iterator[str]:
    """What else there is to say of a pair."""
    pairing = comparison.pairing
    if pair.a is None or pair.b is None:
        return
    key_b = pairing.key_b(pair)
    if key_b != pair.key:
        yield f"in B {formatting.visible(key_b or '', _NAME)}"
    a, b = pairing.a.checkpoint.tensors.kind(pair.a), pairing.b.checkpoint.tensors.kind(pair.b)
    if a.shape != b.shape:
        part = "; figures of what both have" if difference.overlap else ""
        yield f"{formatting.shape(a.shape)}, in B {formatting.shape(b.shape)}{part}"
    if a.dtype != b.dtype:
        cast = {True: "; equal after the cast", False: "; not equal after the cast", None: ""}
        yield f"{a.dtype}, in B {b.dtype}{cast[difference.equal_after_cast]}"
    if difference.figures is not None and difference.figures.not_finite:
        yield f"{formatting.plural(difference.figures.not_finite, 'place')} with NaN or infinity on one side"
    if difference.problem:
        yield difference.problem


def _text(text: str) -> str:
    return escape(formatting.plain(text))
