"""Of a report, the tensors that moved furthest: both histograms on the same bins, as SVG, and the worst place."""

import math
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer import formatting
from explorer.analysis.compare.ranks import RANK_WORDS, Rank, rank_of
from explorer.analysis.draw.histogram import Histogram, count_bins
from explorer.analysis.measure.numbers import finite_with_ends, real_numbers
from explorer.analysis.report.html_page import as_html, named
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.values.walks import walk_here
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Figures
    from explorer.analysis.compare.pairing import Chosen
    from explorer.checkpoint.values.walks import Walk

DRAWN: Final = 12
"""So many tensors are drawn: each is read twice for it."""

_BINS: Final = 64
_WIDTH, _HEIGHT, _BELOW = 512, 110, 18
_NAMED: Final = 6
"""So many of what is not drawn are named."""


class _Drawn(NamedTuple):
    """Both histograms, on the same edges."""

    a: Histogram
    b: Histogram


class Furthest(NamedTuple):
    """Pairs that moved, the furthest first: by `Rank`, then by `Figures.relative_l2`, what was all 0 before the others.

    Attributes:
        drawn: Places in `Pairing.pairs` of at most `DRAWN`: running statistics only where nothing else moved.
        others: Likewise of biases and running statistics that are not drawn, those of each alone.
        moved: How many pairs moved.
    """

    drawn: list[int]
    others: dict[Rank, list[int]]
    moved: int


def furthest_pairs(comparison: "Comparison") -> Furthest:
    """Find those that moved furthest."""
    by_rank: dict[Rank, list[tuple[float, int]]] = {rank: [] for rank in Rank}
    for place, (pair, difference) in enumerate(zip(comparison.pairing.pairs, comparison.differences, strict=True)):
        figures = difference.figures
        if pair.a is None or figures is None or not figures.max_abs or figures.relative_l2 is None:
            continue
        by_rank[rank_of(comparison.pairing, pair)].append((-figures.relative_l2, place))
    ranked = {rank: [place for _, place in sorted(found)] for rank, found in by_rank.items()}
    trained = [place for rank in (Rank.WEIGHT, Rank.BIAS, Rank.COUNTER) for place in ranked[rank]]
    drawn = (trained or ranked[Rank.STATISTICS])[:DRAWN]
    shown = set(drawn)
    others = {rank: [place for place in ranked[rank] if place not in shown] for rank in (Rank.BIAS, Rank.STATISTICS)}
    return Furthest(drawn, others, sum(map(len, ranked.values())))


def plots_of_pairs(comparison: "Comparison", report: Report) -> Iterator[str]:
    """A section with a row for each of these, piece by piece; nothing where none moved.

    Args:
        comparison: Whose pairs.
        report: Told how much was read; raises `Cancelled`.
    """
    found = furthest_pairs(comparison)
    places = found.drawn
    if not places:
        return
    which = formatting.plural(len(places), "tensor")
    of = f" of {formatting.exact(found.moved)} that moved furthest, weights first"
    note = f"The {which}{of if found.moved > len(places) else ''}"
    yield (
        "<section>\n<h2>What moved furthest</h2>\n"
        f'<p class="muted">{note}, by relative L2 change. Values of A filled, of B as an outline, in {_BINS} equal '
        "bins from the lowest of both to the highest; all finite values are counted, of complex ones the lengths.</p>\n"
        "<table>\n"
    )
    for count, place in enumerate(places):
        yield _row(comparison, place, partial(_tell, report, count, len(places)))
    yield "</table>\n"
    yield from (_named(comparison, rank, others) for rank, others in found.others.items() if others)
    yield "</section>\n"


def _named(comparison: "Comparison", rank: Rank, places: list[int]) -> str:
    """What moved and is not drawn: by names and figures alone."""
    why = {
        Rank.BIAS: " Many begin at 0, so that a small step is a large relative change.",
        Rank.STATISTICS: " They follow the data, and are not trained.",
    }[rank]
    few = places[:_NAMED]
    which = ", the furthest of them" if len(few) < len(places) else ""
    said = ", ".join(
        f"{named(comparison.pairing.pairs[place].key)} {_relative(comparison.differences[place].figures)}"
        for place in few
    )
    moved = f"{formatting.exact(len(places))} {RANK_WORDS[rank]} moved as well" if len(places) > 1 else "Also moved"
    return f'<p>{moved}, by relative L2 change{which}: {said}.<span class="muted">{why}</span></p>\n'


def _relative(figures: "Figures | None") -> str:
    return "from all 0" if figures is None or figures.from_zero else formatting.figure(figures.relative_l2)


def _tell(report: Report, count: int, of: int, done: int, total: int, what: str) -> None:
    report(int(100 * (count + done / max(1, total))), 100 * of, what)


def _row(comparison: "Comparison", place: int, report: Report) -> str:
    pair, figures = comparison.pairing.pairs[place], comparison.differences[place].figures
    said = "" if figures is None else "".join(f"<br><small>{escape(line)}</small>" for line in _lines(figures))
    try:
        drawn = _count(comparison, place, report)
    except CheckpointError as error:
        plot = f'<span class="unread">{as_html(error.sentence)}</span>'
    else:
        plot = '<span class="muted">No value is finite.</span>' if drawn is None else _svg(drawn, pair.key)
    return f'<tr><td class="k">{named(pair.key)}{said}</td><td class="n">{plot}</td></tr>\n'


def _lines(figures: "Figures") -> Iterator[str]:
    yield f"relative L2 {_relative(figures)} · mean |Δ| {formatting.figure(figures.mean_abs)}"
    if figures.worst_index is not None:
        at = f" at [{', '.join(map(str, figures.worst_index))}]" if figures.worst_index else ""
        yield f"max |Δ| {formatting.figure(figures.max_abs)}{at}: {_both(figures)}"


def _both(figures: "Figures") -> str:
    """Both values at the worst place, in as many digits as tell them apart."""
    both = figures.worst_a, figures.worst_b
    said = [formatting.figure(value) for value in both]
    return " → ".join(map(repr, both) if said[0] == said[1] else said)


def _count(comparison: "Comparison", place: int, report: Report) -> _Drawn | None:
    """Read both twice: for their ends, and to count them."""
    pair, pairing = comparison.pairing.pairs[place], comparison.pairing
    walks = [_walk(side, number) for side, number in ((pairing.a, pair.a), (pairing.b, pair.b)) if number is not None]
    steps = 2 * sum(walk.total for walk in walks)
    lowest, highest, done = math.inf, -math.inf, 0
    for walk in walks:
        for block in walk.blocks():
            numbers, low, high = finite_with_ends(real_numbers(block))
            if numbers.size:
                lowest, highest = min(lowest, low), max(highest, high)
            done += block.size
            report(done, steps, "histograms")
    if lowest > highest:
        return None
    counted = []
    for walk in walks:
        tell = partial(_go_on, report, done, steps)
        counted.append(count_bins(walk.blocks, walk.total, tell, lowest, highest, _BINS, walk.multiplicity))
        done += walk.total
    return _Drawn(*counted)


def _walk(side: "Chosen", number: int) -> "Walk":
    return walk_here(side.checkpoint, side.checkpoint.tensors[number])


def _go_on(report: Report, before: int, steps: int, done: int, _total: int, _what: str) -> None:
    report(before + done, steps, "histograms")


def _svg(drawn: _Drawn, key: str) -> str:
    most = max(1, int(drawn.a.counts.max()), int(drawn.b.counts.max()))
    edges, step = drawn.a.edges, _WIDTH / _BINS
    heights = [_heights(histogram.counts, most) for histogram in drawn]
    filled = "".join(
        f"M{at * step:.0f} {_HEIGHT}v-{height}h{step:.0f}V{_HEIGHT}z" for at, height in enumerate(heights[0]) if height
    )
    outline = f"M0 {_HEIGHT}" + "".join(f"V{_HEIGHT - height}h{step:.0f}" for height in heights[1]) + f"V{_HEIGHT}"
    low, high = (escape(formatting.figure(float(edge))) for edge in (edges[0], edges[-1]))
    tall = f"highest bin: {formatting.exact(most)}"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT + _BELOW}" viewBox="0 -1 {_WIDTH} {_HEIGHT + _BELOW + 1}" role="img" '
        f'aria-label="Histograms of {named(key)}"><path class="bar" d="{filled}"/><path class="other" d="{outline}"/>'
        f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{_HEIGHT}" y2="{_HEIGHT}"/>'
        f'<text class="q" x="0" y="{_HEIGHT + 14}">{low}</text>'
        f'<text class="q" x="{_WIDTH // 2}" y="{_HEIGHT + 14}" text-anchor="middle">{tall}</text>'
        f'<text class="q" x="{_WIDTH}" y="{_HEIGHT + 14}" text-anchor="end">{high}</text></svg>'
    )


def _heights(counts: NDArray[np.int64], most: int) -> list[int]:
    """Pixels; what has any is seen."""
    return [math.ceil(_HEIGHT * count / most) for count in counts.tolist()]
