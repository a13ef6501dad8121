"""Figures that a query compares with a number: what the file says, what was measured, what a comparison found."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import count, nbytes, percent
from explorer.formatting import figure as in_four_digits

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.measure.statistics import Statistics

Number = float | int
About = Literal["key", "kind", "role", "difference", "problem", "statistics"]
"""What has to be known of a tensor to tell whether a term fits, cheapest first."""

_COUNT_UNITS: Final = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_PERCENT: Final = {"%": 1}
_BYTE_UNITS: Final = {
    "b": 1,
    **{f"{letter}{b}": 10**power for power, letter in ((3, "k"), (6, "m"), (9, "g"), (12, "t")) for b in ("", "b")},
}


class Figure(NamedTuple):
    """Something that is compared with a number.

    Attributes:
        of: Takes it from what it is about; None where there is none.
        example: A term about it.
        shown: How its column shows it.
        units: What may follow the number, and what that stands for.
        counted: It counts something: a number without a unit is meant to the last digit.
        about: A `TensorKind`, `Statistics` or a `Difference`.
        as_share: What a number of percent is compared with instead; None where it is the same.
    """

    of: Callable[[Any], Number | None]
    example: str
    shown: Callable[[Any], str] = in_four_digits
    units: Mapping[str, int] = {}
    counted: bool = False
    about: About = "statistics"
    as_share: "Figure | None" = None


def share(number: Number) -> str:
    """A number of percent as columns show it."""
    return percent(number, 100)


def _inf(known: "Statistics") -> int:
    return known.posinf + known.neginf


def _counted(of: "Callable[[Statistics], int]", example: str, share_example: str) -> Figure:
    """Elements of a kind: how many they are, or which share of all."""
    units = {**_COUNT_UNITS, **_PERCENT}
    return Figure(of, example, count, units, counted=True, as_share=_share_of(of, share_example))


def _share_of(of: "Callable[[Statistics], int]", example: str) -> Figure:
    def in_percent(known: "Statistics") -> Number | None:
        return 100 * of(known) / known.count if known.count else None

    return Figure(in_percent, example, share, _PERCENT)


def _parameters(kind: TensorKind) -> int | None:
    return kind.numel if kind.counts_as_parameters else None


def _changed(difference: "Difference") -> Number | None:
    found = _compared("share_changed")(difference)
    return None if found is None else 100 * found


def _compared(name: str) -> "Callable[[Difference], Number | None]":
    def of(difference: "Difference") -> Number | None:
        # Of differing shapes, what both have.
        figures = difference.figures or difference.overlap
        found: Number | None = None if figures is None else getattr(figures, name)
        return found

    return of


FIGURES: Final = {
    "nan": _counted(attrgetter("nan"), "nan>0", "nan>10%"),
    "inf": _counted(_inf, "inf>0", "inf>1%"),
    "zeros": _share_of(attrgetter("zeros"), "zeros>50%"),
    "min": Figure(attrgetter("min"), "min<-1"),
    "max": Figure(attrgetter("max"), "max>=10"),
    "mean": Figure(attrgetter("mean"), "mean>0.1"),
    "std": Figure(attrgetter("std"), "std<1e-6"),
    "l2": Figure(lambda known: known.l2 if known.finite else None, "l2>100"),
    "params": Figure(_parameters, "params>1M", count, _COUNT_UNITS, counted=True, about="kind"),
    "numel": Figure(attrgetter("numel"), "numel>1000", count, _COUNT_UNITS, counted=True, about="kind"),
    "bytes": Figure(attrgetter("nbytes"), "bytes>10MB", nbytes, _BYTE_UNITS, counted=True, about="kind"),
    "changed": Figure(_changed, "changed>0", share, _PERCENT, about="difference"),
    "max_diff": Figure(_compared("max_abs"), "max_diff>1e-3", about="difference"),
    "mean_diff": Figure(_compared("mean_abs"), "mean_diff>1e-4", about="difference"),
    "rel_l2": Figure(_compared("relative_l2"), "rel_l2>0.01", about="difference"),
    "cosine": Figure(_compared("cosine"), "cosine<0.99", about="difference"),
}
