"""Tensors whose keys differ in numbers only: how far their figures are apart, and which one is far from the others."""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Final, Literal, NamedTuple

from explorer.analysis.statistics import Statistics
from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.tree import Layer
from explorer.formatting import visible
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
    """The member that is farthest from the others.

    Attributes:
        number: Its row in the table.
        figure: In which figure: ``std``, ``largest`` (magnitude), ``mean``, ``zeros`` or ``not finite``.
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
        odd: The odd one out; None where none is.
    """

    name: str
    numbers: tuple[int, ...]
    known: int
    spreads: tuple[Spread | None, ...]
    odd: Odd | None


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
    return sorted(found, key=lambda family: -abs(family.odd.score) if family.odd else 0.0)


def _family(name: str, numbers: tuple[int, ...], known: Mapping[int, Statistics]) -> FamilyFigures:
    members = [(number, known[number]) for number in numbers if number in known]
    figures = [figures_of(statistics) for _number, statistics in members]
    spreads = []
    for place in range(len(FIGURES)):
        there = [value for each in figures if (value := each[place]) is not None]
        spreads.append(Spread(min(there), max(there)) if there else None)
    return FamilyFigures(name, numbers, len(members), tuple(spreads), _odd(members))


def _odd(members: Sequence[tuple[int, Statistics]]) -> Odd | None:
    if len(members) < _FEWEST:
        return None
    lost = [(number, (one.count - one.finite) / (one.count or 1)) for number, one in members]
    usual = median(share for _number, share in lost)
    worst = max(lost, key=lambda each: each[1])
    if worst[1] > 0 and usual == 0:
        return Odd(worst[0], "not finite", worst[1], usual, math.inf)
    candidates = []
    spread = median(one.std or 0.0 for _number, one in members)
    for figure in _JUDGED:
        values = [(number, value) for number, one in members if (value := _value(one, figure)) is not None]
        if len(values) >= _FEWEST:
            candidates.append(_farthest(figure, values, spread))
    odd = max((each for each in candidates if each is not None), key=lambda each: abs(each.score), default=None)
    return odd if odd is not None and abs(odd.score) > _FAR else None


def _value(one: Statistics, figure: str) -> float | None:
    match figure:
        case "std":
            return one.std
        case "mean":
            return one.mean
        case "zeros":
            return one.zeros / one.count if one.count else None
    return None if one.min is None or one.max is None else max(abs(float(one.min)), abs(float(one.max)))


def _farthest(figure: str, values: Sequence[tuple[int, float]], spread: float) -> Odd | None:
    """The member with the largest modified z-score, if it is notably far from the median at all."""
    usual = median(value for _number, value in values)
    apart = [abs(value - usual) for _number, value in values]
    unit = median(apart) / _NORMAL or fmean(apart) * _MEAN_NORMAL
    number, value = max(values, key=lambda each: abs(each[1] - usual))
    least = _NOTABLE_SHARE if figure == "zeros" else _NOTABLE * (spread if figure == "mean" else abs(usual))
    if not unit or not math.isfinite(unit) or abs(value - usual) <= least:
        return None
    return Odd(number, figure, value, usual, (value - usual) / unit)


def as_text(families: Sequence[FamilyFigures], table: TensorTable, separator: Literal[",", "\t"]) -> str:
    """Write families for other programs: every digit, and nothing where there is no figure.

    Args:
        families: The rows.
        table: That their members are in.
        separator: Between the columns.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    ends = [f"{end} {figure}" for figure in FIGURES for end in ("lowest", "highest")]
    writer.writerow(
        ["family", "tensors", "measured", *ends, "odd tensor", "odd figure", "its value", "median", "score"]
    )
    for family in families:
        row: list[object] = [visible(family.name, 10_000), len(family.numbers), family.known]
        for spread in family.spreads:
            row += ["", ""] if spread is None else [spread.low, spread.high]
        if family.odd is not None:
            number, *odd = family.odd
            row += [visible(table.key(number), 10_000), *odd]
        writer.writerow(row)
    return text.getvalue()
