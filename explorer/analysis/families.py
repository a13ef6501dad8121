"""Tensors whose keys differ in numbers only: how far their figures are apart, and which are far from the others."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import Final, Literal, NamedTuple

from explorer.analysis.measure.statistics import Statistics
from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.tree import Layer
from explorer.formatting import delimited, visible
from explorer.keys.families import fold
from explorer.progress import Report

FIGURES: Final = ("min", "max", "mean", "std", "zeros", "not finite")
"""Of a tensor; the last two are shares of its elements, from 0 to 1."""

_JUDGED: Final = ("std", "largest", "mean", "zeros")
_FEWEST: Final = 5
"""Members from which on a median says what is usual."""
_FAR: Final = 3.5
"""B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993: a modified z-score beyond it is an outlier."""
_NORMAL: Final = 0.6745
"""The median absolute deviation of a normal distribution, in standard deviations."""
_MEAN_NORMAL: Final = 1.253314
"""The standard deviation of a normal distribution, in mean absolute deviations."""
_NOTABLE: Final = 0.5
"""What is nearer than this part of the median, or for means of a usual deviation, is not odd."""
_NOTABLE_SHARE: Final = 0.05
_ASKED: Final = 256


class Spread(NamedTuple):
    """A figure over the members of a family that have it."""

    low: float
    high: float


class Odd(NamedTuple):
    """A member that is far from the others.

    Attributes:
        number: Its row in the table.
        figure: In which figure it is farthest: ``std``, ``largest`` (magnitude), ``mean``, ``zeros`` or ``not finite``.
        value: What that is.
        usual: The median of the family.
        score: The modified z-score; infinite where only it has values that are not finite.
    """

    number: int
    figure: str
    value: float
    usual: float
    score: float


class FamilyFigures(NamedTuple):
    """A row of the table.

    Attributes:
        name: What the keys have in common inside the layer, with ranges for numbers: ``{0–11}.attn.weight``.
        numbers: Of its members, in the file's order.
        known: How many have been measured.
        spreads: Of each of `FIGURES`; None where no member has it.
        odds: The odd ones out, the farthest first.
    """

    name: str
    numbers: tuple[int, ...]
    known: int
    spreads: tuple[Spread | None, ...]
    odds: tuple[Odd, ...]


def figures_of(statistics: Statistics) -> tuple[float | None, ...]:
    """Those of `FIGURES` of one tensor; None where no value is finite."""
    of_all = statistics.count or 1
    return (
        *(None if figure is None else float(figure) for figure in (statistics.min, statistics.max)),
        statistics.mean,
        statistics.std,
        statistics.zeros / of_all,
        (statistics.count - statistics.finite) / of_all,
    )


def families_of(layer: Layer, known: Mapping[int, Statistics], report: Report) -> list[FamilyFigures]:
    """Fold the tensors of a layer into families of one shape and dtype.

    Those with an odd one out come first, the farthest before the others; the rest is in the file's order.

    Args:
        layer: Any.
        known: Statistics by the tensor's number.
        report: Called with the families done.

    Raises:
        Cancelled: By `report`.
    """
    begin = len(layer.stem) if not layer.is_root else 0
    by_key = {layer.table.key(number)[begin:]: number for number in layer.numbers}
    # What differs in shape or dtype as well is no sibling: a convolution and the norm behind it in a Sequential.
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for key, number in by_key.items():
        kind = layer.table.kind(number)
        alike[kind.shape, kind.dtype].append(key)
    report(0, 0, "families")
    folded = sorted((each for keys in alike.values() for each in fold(keys)), key=lambda each: by_key[each.keys[0]])
    found = []
    for place, family in enumerate(folded):
        if place % _ASKED == 0:
            report(place, len(folded), "families")
        found.append(_family(family.name, tuple(by_key[key] for key in family.keys), known))
    return sorted(found, key=lambda family: -abs(family.odds[0].score) if family.odds else 0.0)


def _family(name: str, numbers: tuple[int, ...], known: Mapping[int, Statistics]) -> FamilyFigures:
    members = [(number, known[number]) for number in numbers if number in known]
    figures = [figures_of(statistics) for _number, statistics in members]
    spreads = []
    for place in range(len(FIGURES)):
        there = [value for each in figures if (value := each[place]) is not None]
        spreads.append(Spread(min(there), max(there)) if there else None)
    return FamilyFigures(name, numbers, len(members), tuple(spreads), _odds(members))


def _odds(members: Sequence[tuple[int, Statistics]]) -> tuple[Odd, ...]:
    if len(members) < _FEWEST:
        return ()
    found = _lost(members)
    spread = median(one.std or 0.0 for _number, one in members)
    for figure in _JUDGED:
        values = [(number, value) for number, one in members if (value := _value(one, figure)) is not None]
        if len(values) >= _FEWEST:
            found += _far(figure, values, spread)
    farthest: dict[int, Odd] = {}
    for odd in sorted(found, key=lambda each: (-abs(each.score), -each.value)):
        farthest.setdefault(odd.number, odd)
    return tuple(farthest.values())


def _lost(members: Sequence[tuple[int, Statistics]]) -> list[Odd]:
    """Members with values that are not finite, where most have none."""
    lost = [(number, (one.count - one.finite) / (one.count or 1)) for number, one in members]
    usual = median(share for _number, share in lost)
    return [Odd(number, "not finite", share, usual, math.inf) for number, share in lost if share > 0 == usual]


def _value(one: Statistics, figure: str) -> float | None:
    match figure:
        case "std":
            return one.std
        case "mean":
            return one.mean
        case "zeros":
            return one.zeros / one.count if one.count else None
    return None if one.min is None or one.max is None else max(abs(float(one.min)), abs(float(one.max)))


def _far(figure: str, values: Sequence[tuple[int, float]], spread: float) -> list[Odd]:
    """Members with a large modified z-score, that are notably far from the median at all."""
    usual = median(value for _number, value in values)
    apart = [abs(value - usual) for _number, value in values]
    unit = median(apart) / _NORMAL or fmean(apart) * _MEAN_NORMAL
    least = _NOTABLE_SHARE if figure == "zeros" else _NOTABLE * (spread if figure == "mean" else abs(usual))
    if not unit or not math.isfinite(unit):
        return []
    return [
        Odd(number, figure, value, usual, (value - usual) / unit)
        for (number, value), distance in zip(values, apart, strict=True)
        if distance > least and distance > _FAR * unit
    ]


def as_text(families: Sequence[FamilyFigures], table: TensorTable, separator: Literal[",", "\t"]) -> str:
    """Write families for other programs: every digit, and nothing where there is no figure.

    Args:
        families: The rows.
        table: That their members are in.
        separator: Between the columns.
    """
    ends = [f"{end} {figure}" for figure in FIGURES for end in ("lowest", "highest")]
    titles = [
        "family",
        "tensors",
        "measured",
        *ends,
        "odd tensor",
        "odd figure",
        "its value",
        "median",
        "score",
        "other odd tensors",
    ]
    return delimited(titles, _rows(families, table), separator)


def _rows(families: Sequence[FamilyFigures], table: TensorTable) -> Iterator[list[object]]:
    for family in families:
        row: list[object] = [visible(family.name, 10_000), len(family.numbers), family.known]
        for spread in family.spreads:
            row += ["", ""] if spread is None else [spread.low, spread.high]
        if family.odds:
            number, *odd = family.odds[0]
            others = " ".join(visible(table.key(other.number), 10_000) for other in family.odds[1:])
            row += [visible(table.key(number), 10_000), *odd, others]
        else:
            row += [""] * 6
        yield row
