"""What the filter understands: words in names, and terms about shapes, dtypes and figures. No Qt."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import count, nbytes, percent, visible
from explorer.formatting import figure as in_four_digits

if TYPE_CHECKING:
    from explorer.analysis.statistics import Statistics

Number = float | int

EXPLAINED: Final = """\
Show only tensors that fit all of the words (Ctrl+F):
conv bias – both are in the name; "a b" – with its space
dtype:bf16   dtype:float   shape:512x512   shape:*x*x3x3   device:cuda
params>1M   numel=960   bytes>=10MB
nan>0   inf>0   zeros>50%   min<-1   max>=10   mean   std<1e-6   l2
Signs: <  <=  >  >=  =  !=, where = is what the columns show; params:30 is params=30.
zeros is a share of the elements, in percent with or without %.
-word or !word – leaves out what fits, as in -dtype:f32"""

_EXPONENT_LIMIT: Final = 300
"""Larger powers of ten are no figures of any tensor, and may not become floats."""
_COUNT_UNITS: Final = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_BYTE_UNITS: Final = {
    "b": 1,
    **{f"{letter}{b}": 10**power for power, letter in ((3, "k"), (6, "m"), (9, "g"), (12, "t")) for b in ("", "b")},
}


class Figure(NamedTuple):
    """Something that is compared with a number.

    Attributes:
        of: Takes it from a `TensorKind`, or else from `Statistics`; None where there is none.
        example: A term about it.
        shown: How its column shows it.
        units: What may follow the number, and what that stands for.
        counted: It counts something: a number without a unit is meant to the last digit.
        of_kind: It is known without measuring.
    """

    of: Callable[[Any], Number | None]
    example: str
    shown: Callable[[Any], str] = in_four_digits
    units: Mapping[str, int] = {}
    counted: bool = False
    of_kind: bool = False


def _share(number: Number) -> str:
    return percent(number, 100)


def _zeros(known: "Statistics") -> Number | None:
    return 100 * known.zeros / known.count if known.count else None


def _parameters(kind: TensorKind) -> int | None:
    return kind.numel if kind.counts_as_parameters else None


_IN_FILE: Final = {"counted": True, "of_kind": True}
FIGURES: Final = {
    "nan": Figure(lambda known: known.nan, "nan>0", count, _COUNT_UNITS, counted=True),
    "inf": Figure(lambda known: known.posinf + known.neginf, "inf>0", count, _COUNT_UNITS, counted=True),
    "zeros": Figure(_zeros, "zeros>50%", _share, {"%": 1}),
    "min": Figure(attrgetter("min"), "min<-1"),
    "max": Figure(attrgetter("max"), "max>=10"),
    "mean": Figure(attrgetter("mean"), "mean>0.1"),
    "std": Figure(attrgetter("std"), "std<1e-6"),
    "l2": Figure(lambda known: known.l2 if known.finite else None, "l2>100"),
    "params": Figure(_parameters, "params>1M", count, _COUNT_UNITS, **_IN_FILE),
    "numel": Figure(attrgetter("numel"), "numel>1000", count, _COUNT_UNITS, **_IN_FILE),
    "bytes": Figure(attrgetter("nbytes"), "bytes>10MB", nbytes, _BYTE_UNITS, **_IN_FILE),
}


@dataclass(frozen=True, slots=True)
class Name:
    """A text in the key.

    Attributes:
        text: As it was written.
        excluded: What fits is left out; likewise below.
    """

    text: str
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Dtypes:
    """One of some dtypes."""

    names: frozenset[str]
    excluded: bool = False

    def fits(self, kind: TensorKind) -> bool:
        """Tell whether the term keeps tensors of a kind; likewise below."""
        return (kind.dtype in self.names) != self.excluded


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, with None for any size."""

    sizes: tuple[int | None, ...]
    excluded: bool = False

    def fits(self, kind: TensorKind) -> bool:  # noqa: D102 - as above
        pairs = zip(self.sizes, kind.shape, strict=False)
        alike = len(kind.shape) == len(self.sizes) and all(wanted in (None, size) for wanted, size in pairs)
        return alike != self.excluded


@dataclass(frozen=True, slots=True)
class Device:
    """How the saved device begins, in small letters."""

    start: str
    excluded: bool = False

    def fits(self, kind: TensorKind) -> bool:  # noqa: D102 - as above
        return (kind.saved_device or "").casefold().startswith(self.start) != self.excluded


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure compared with a number. A tensor without the figure does not fit.

    Attributes:
        figure: In `FIGURES`.
        sign: ``<``, ``<=``, ``>``, ``>=``, ``=`` or ``!=``.
        number: What it is compared with.
        rough: Numbers that the column shows alike are equal.
        excluded: What fits is left out.
    """

    figure: str
    sign: str
    number: Number
    rough: bool
    excluded: bool = False

    def fits(self, subject: Any) -> bool:  # noqa: ANN401, D102 - a `TensorKind` or `Statistics`, as the figure wants it
        value = FIGURES[self.figure].of(subject)
        return (value is not None and self._holds(value)) != self.excluded

    def _holds(self, value: Number) -> bool:
        match self.sign:
            case "<":
                return value < self.number
            case ">":
                return value > self.number
            case "<=":
                return value <= self.number or self._equals(value)
            case ">=":
                return value >= self.number or self._equals(value)
            case "=":
                return self._equals(value)
        return not self._equals(value)

    def _equals(self, value: Number) -> bool:
        if value == self.number or not self.rough:
            return value == self.number
        shown = FIGURES[self.figure].shown
        return shown(value) == shown(self.number)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: a tensor is shown that fits all terms.

    Attributes:
        names: Of its key.
        kinds: Of its shape, dtype and the like.
        figures: Of its statistics.
        problem: What makes no sense, as a sentence; "" where all does.
    """

    names: tuple[Name, ...] = ()
    kinds: tuple[Dtypes | Shape | Device | Comparison, ...] = ()
    figures: tuple[Comparison, ...] = ()
    problem: str = ""

    @property
    def empty(self) -> bool:
        """Everything fits."""
        return not (self.names or self.kinds or self.figures or self.problem)


_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"?')
_COMPARED: Final = re.compile(r"([A-Za-z][A-Za-z0-9]*)\s*(<=|>=|!=|==|[<>=≤≥≠])\s*(\S*)")
_FIGURE_COLON: Final = re.compile(rf"({'|'.join(FIGURES)})\s?:\s*(<=|>=|!=|==|[<>=≤≥≠])?\s*(\S*)", re.IGNORECASE)
_ABOUT: Final = re.compile(r"(dtype|type|shape|device)(:)\s*(\S*)", re.IGNORECASE)
_WORD: Final = re.compile(r"\S+")
_SPACES: Final = re.compile(r"\s*")
_NUMBER: Final = re.compile(
    r"([-+−]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?(?:e[-+−]?[0-9]+)?)([a-z%]*)", re.IGNORECASE
)
_UNIT: Final = re.compile(r"\s+([a-z]{1,2}|%)(?!\S)", re.IGNORECASE)
_SHAPE: Final = re.compile(r"(?:\*|[0-9]{1,18})(?:[x×,](?:\*|[0-9]{1,18}))*", re.IGNORECASE)
_SIGNS: Final = {"==": "=", ":": "=", "≤": "<=", "≥": ">=", "≠": "!="}


class _NonsenseError(Exception):
    """A term makes no sense; the message is a sentence."""


def parse(text: str) -> Query:
    """Understand what stands in the filter; never raises.

    Args:
        text: Words and terms with spaces between them; see `EXPLAINED`.
    """
    names: list[Name] = []
    kinds: list[Dtypes | Shape | Device | Comparison] = []
    figures: list[Comparison] = []
    at = 0
    try:
        while (at := _end_of(_SPACES, text, at)) < len(text):
            excluded = text[at] in "-!" and bool(text[at + 1 : at + 2].strip())
            at += excluded
            term, at = _term(text, at, excluded=excluded)
            if isinstance(term, Name):
                if term.text:
                    names.append(term)
            elif isinstance(term, Comparison) and not FIGURES[term.figure].of_kind:
                figures.append(term)
            else:
                kinds.append(term)
    except _NonsenseError as nonsense:
        return Query(problem=str(nonsense))
    return Query(tuple(names), tuple(kinds), tuple(figures))


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _term(text: str, at: int, *, excluded: bool) -> tuple[Name | Dtypes | Shape | Device | Comparison, int]:
    """The term that begins at a place, and where it ends."""
    if match := _QUOTED.match(text, at):
        return Name(match[1].replace('""', '"'), excluded), match.end()
    match = _COMPARED.match(text, at) or _FIGURE_COLON.match(text, at) or _ABOUT.match(text, at)
    if match is None:
        match = _WORD.match(text, at)
        return (Name("", excluded), len(text)) if match is None else (Name(match[0], excluded), match.end())
    word, sign, value = match[1].casefold(), _SIGNS.get(match[2] or ":", match[2]), match[3]
    end = match.end()
    if word in _ABOUTS:
        if sign not in ("=", "!="):
            raise _NonsenseError(f"‘{visible(match[0])}’ compares no number: write {_ABOUTS[word][1]}, for example.")
        return _ABOUTS[word][0](value, excluded != (sign == "!=")), end
    figure = FIGURES.get(word)
    if figure is None:
        raise _NonsenseError(
            f"‘{visible(match[1])}’ is no figure: there are {', '.join(FIGURES)}. "
            f'In quotes, ‘"{visible(match[0])}"’, it is looked for in names.'
        )
    # The columns show a space before the unit: 44.7 MB.
    if value[-1:].isdigit() and (spaced := _UNIT.match(text, end)) and spaced[1].casefold() in figure.units:
        value, end = value + spaced[1], spaced.end()
    return _comparison(word, figure, sign, value, excluded=excluded), end


def _comparison(word: str, figure: Figure, sign: str, written: str, *, excluded: bool) -> Comparison:
    if not written:
        raise _NonsenseError(f"After ‘{word}{sign}’ comes a number, as in {figure.example}.")
    nonsense = _NonsenseError(f"‘{visible(written)}’ is no number for {word}: write {figure.example}, for example.")
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise nonsense
    unit = match[2].casefold()
    try:
        exact = Decimal(match[1].replace(",", "").replace("−", "-"))
    except InvalidOperation:
        raise nonsense from None
    if (unit and unit not in figure.units) or abs(exact.adjusted()) > _EXPONENT_LIMIT:
        raise nonsense
    exact *= figure.units.get(unit, 1)
    number = int(exact) if exact == exact.to_integral_value() else float(exact)
    if figure.shown is _share and not 0 <= number <= 100:
        raise _NonsenseError(f"‘{visible(written)}’ is no share: {word} are from 0 % to 100 % of the elements.")
    return Comparison(word, sign, number, bool(unit) or not figure.counted, excluded)


def _dtypes(written: str, excluded: bool) -> Dtypes:
    wanted = written.casefold().removeprefix("torch.")
    named = frozenset(name for name, dtype in DTYPES.items() if wanted in (name, dtype.short))
    begun = frozenset(
        name for name, dtype in DTYPES.items() if name.startswith(wanted) or dtype.short.startswith(wanted)
    )
    if not wanted or not begun:
        what = f"‘{visible(written)}’ is no dtype" if wanted else "After ‘dtype:’ comes a dtype"
        raise _NonsenseError(f"{what}: write dtype:bf16 or dtype:float32, for example.")
    return Dtypes(named or begun, excluded)


def _shape(written: str, excluded: bool) -> Shape:
    bare = written.strip("[]()").casefold()
    if bare == "scalar":
        return Shape((), excluded)
    if not _SHAPE.fullmatch(bare):
        what = f"‘{visible(written)}’ is no shape" if written else "After ‘shape:’ comes a shape"
        raise _NonsenseError(f"{what}: write shape:512x512, with * for any size, or shape:scalar.")
    return Shape(tuple(None if size == "*" else int(size) for size in re.split("[x×,]", bare)), excluded)


def _device(written: str, excluded: bool) -> Device:
    if not written:
        raise _NonsenseError("After ‘device:’ comes the device that a tensor was saved on, as in device:cuda.")
    return Device(written.casefold(), excluded)


_ABOUTS: Final[Mapping[str, tuple[Callable[[str, bool], Dtypes | Shape | Device], str]]] = {
    "dtype": (_dtypes, "dtype:bf16"),
    "type": (_dtypes, "dtype:bf16"),
    "shape": (_shape, "shape:512x512"),
    "device": (_device, "device:cuda"),
}
