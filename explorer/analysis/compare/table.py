"""The compared tensors as a table for other programs, and for people who read Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS, Difference
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.pairing import Chosen

_TITLES: Final = (
    *("key_a", "key_b", "state", "dtype_a", "dtype_b", "shape_a", "shape_b"),
    *("max_abs", "mean_abs", "relative_l2", "cosine", "changed", "worst_index", "worst_a", "worst_b", "not_finite"),
    *("equal_after_cast", "by_checksum", "figures_of", "problem"),
)
_FIGURES: Final = tuple("share_changed" if title == "changed" else title for title in _TITLES[7:16])
"""As in the window: also what is NaN or infinite on one side has changed, unlike in the JSON."""

_NAME: Final = 10_000
"""Characters that are kept of a key."""

_ASKED: Final = 1_024
"""Rows between two questions whether to go on."""

_BREAKS_TABLES: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#!|~&$:@"})


def as_text(comparison: "Comparison", places: Sequence[int], separator: Literal[",", "\t"], report: Report) -> str:
    """Write pairs with every digit, and nothing where there is no figure.

    Args:
        comparison: Whose pairs.
        places: Which, in `Pairing.pairs`, in the order of the rows.
        separator: Between the columns.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    rows = (_row(comparison, place) for place in _asking(places, report))
    return formatting.delimited(_TITLES, rows, separator)


def as_markdown(comparison: "Comparison", places: Sequence[int], sentence: str, report: Report) -> str:
    """Write a sentence and a table, in digits for people; arguments as for `as_text`."""
    titles = ("Tensor", "State", r"max \|Δ\|", r"mean \|Δ\|", "rel. L2", "cosine", "changed")
    pairing = comparison.pairing
    sides = [f"{letter}: {_side(chosen)}" for letter, chosen in (("A", pairing.a), ("B", pairing.b))]
    lines = [
        _escaped(f"{'; '.join(sides)}. {_close(comparison)}".strip()),
        "",
        _escaped(sentence),
        "",
        f"| {' | '.join(titles)} |",
        f"| --- | ---{' | ---:' * len(titles[2:])} |",
    ]
    for place in _asking(places, report):
        pair, difference = comparison.pairing.pairs[place], comparison.differences[place]
        name = _escaped(formatting.visible(pair.key, _NAME) or formatting.UNNAMED)
        lines.append(f"| {' | '.join([name, *figure_cells(difference)])} |")
    return "\n".join([*lines, ""])


def _side(chosen: "Chosen") -> str:
    entry = f", entry {formatting.visible(chosen.entry.name)}" if chosen.entry.path else ""
    return f"{formatting.visible(chosen.checkpoint.path.name)}{entry}"


def _close(comparison: "Comparison") -> str:
    rtol, atol = comparison.tolerance
    return f"Close is |a − b| ≤ {formatting.figure(atol)} + {formatting.figure(rtol)} · |b|." if rtol or atol else ""


def figure_cells(difference: Difference) -> list[str]:
    """State, largest and mean difference, relative L2, cosine, share changed; of differing shapes of what both have."""
    state = STATE_WORDS[difference.state] + (" (by checksum)" if difference.by_checksum else "")
    figures = difference.figures or difference.overlap
    if figures is None:
        return [state, *[formatting.NOTHING] * 5]
    changed = figures.share_changed
    share = formatting.NOTHING if changed is None else formatting.percent(changed, 1)
    # Only a cosine that is 1 is shown as 1.
    cosine = formatting.figure(figures.cosine, 1 - abs(figures.cosine or 0))
    numbers = map(formatting.figure, (figures.max_abs, figures.mean_abs, figures.relative_l2))
    return [state, *numbers, cosine, share]


def _row(comparison: "Comparison", place: int) -> list[Any]:
    pairing, difference = comparison.pairing, comparison.differences[place]
    pair = pairing.pairs[place]
    keys = [
        None if key is None else formatting.visible(key, _NAME) for key in (pairing.key_a(pair), pairing.key_b(pair))
    ]
    kinds = [
        None if number is None else side.checkpoint.tensors.kind(number)
        for side, number in ((pairing.a, pair.a), (pairing.b, pair.b))
    ]
    figures = difference.figures or difference.overlap
    return [
        *(None if key is None else formatting.visible(key, _NAME) for key in keys),
        difference.state,
        *(None if kind is None else kind.dtype for kind in kinds),
        *(None if kind is None else _sizes(kind.shape) for kind in kinds),
        *(None if figures is None else _cell(getattr(figures, name)) for name in _FIGURES),
        difference.equal_after_cast,
        difference.by_checksum,
        None if figures is None else "all" if difference.figures else "overlap",
        difference.problem or None,
    ]


def _cell(value: object) -> object:
    return _sizes(value) if isinstance(value, tuple) else value


def _sizes(sizes: Iterable[int]) -> str:
    return f"[{' '.join(map(str, sizes))}]"


def _escaped(text: str) -> str:
    """As Markdown that shows the characters, in one line."""
    return text.translate(_BREAKS_TABLES).replace("\n", " ")


def _asking(places: Sequence[int], report: Report) -> Iterator[int]:
    for count, place in enumerate(places):
        if count % _ASKED == 0:
            report(count, len(places), "rows")
        yield place
