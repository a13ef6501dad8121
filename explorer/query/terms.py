"""The terms of a query: each tells of a tensor whether it fits, and how it is written."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import figure as in_four_digits
from explorer.formatting import visible
from explorer.query.figures import FIGURES, About, Figure, Number, share

_EXPONENT_LIMIT: Final = 300
"""Larger powers of ten are no figures of any tensor, and may not become floats."""
_NEAR: Final = 0.01
"""Relative; four digits tell smaller differences."""
_NUMBER: Final = re.compile(
    r"([-+−]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.[0-9]*)?(?:e[-+−]?[0-9]+)?)([a-z%]*)", re.IGNORECASE
)
_SHAPE: Final = re.compile(r"(?:\*|[0-9]{1,18})(?:\s*[x×,]\s*(?:\*|[0-9]{1,18}))*", re.IGNORECASE)
_NO_SIZES: Final = re.compile(r"\[\s*\]|\(\s*\)")
_ROLES: Final = (
    *("linear weight", "convolution weight", "embedding", "bias", "norm weight", "norm bias", "scale", "running mean"),
    *("running variance", "counter", "position table", "LoRA A", "LoRA B", "first moment", "second moment", "step"),
    *("fixed table", "other"),
)
"""As `explorer.analysis.roles.Role` has them."""
LAYER_KINDS: Final = ("attention", "feed-forward", "convolution", "linear", "norm", "embedding", "optimizer", "other")
"""As `explorer.analysis.layer_kinds` tells them."""
_STATES: Final = {
    "identical": "identical",
    "close": "close",
    "differs": "differs",
    "not_finite": "not finite",
    "dtype": "dtype",
    "shape": "shape",
    "only_a": "only A",
    "only_b": "only B",
    "unread": "not compared",
}
"""As `explorer.analysis.compare.difference` has them, which would be imported at every start."""


_PROBLEMS: Final = (
    *("nan", "posinf", "neginf", "all zero", "constant", "dead rows", "dead channels", "duplicate rows"),
    *("duplicate channels", "dtype edge", "denormals", "negative variance", "vanishing variance", "outliers"),
    *("magnitude", "float16 overflow", "float16 vanish", "bfloat16 overflow", "bfloat16 vanish"),
    *("negative second moment", "negative counter", "steps disagree", "near singular", "rank collapsed"),
)
"""As `explorer.analysis.judge.problems.Kind` has them."""
ANY_PROBLEM: Final = "any"
UNREADABLE: Final = "unreadable"
"""The kind of what has no values that can be read: found with problems, and counted beside them."""


class NonsenseError(Exception):
    """A term makes no sense; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Name:
    """A text in the key, in capitals or not."""

    text: str

    def __str__(self) -> str:
        return _quoted(self.text)

    @property
    def about(self) -> About:
        """What it looks at; likewise below."""
        return "key"

    def fits(self, key: str) -> bool:
        """Tell whether a key, all of it in small letters, fits; likewise below of what each term is about."""
        return self.text.casefold() in key


@dataclass(frozen=True, slots=True)
class Dtypes:
    """One of some dtypes.

    Attributes:
        names: In full.
        written: As in ``dtype:bf``.
    """

    names: frozenset[str]
    written: str = field(compare=False)

    def __str__(self) -> str:
        return f"dtype:{self.written}"

    @property
    def about(self) -> About:  # noqa: D102 - as above
        return "kind"

    def fits(self, kind: TensorKind) -> bool:  # noqa: D102 - as above
        return kind.dtype in self.names


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, with None for any size."""

    sizes: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"shape:{','.join('*' if size is None else str(size) for size in self.sizes) or 'scalar'}"

    @property
    def about(self) -> About:  # noqa: D102 - as above
        return "kind"

    def fits(self, kind: TensorKind) -> bool:  # noqa: D102 - as above
        pairs = zip(self.sizes, kind.shape, strict=False)
        return len(kind.shape) == len(self.sizes) and all(wanted in (None, size) for wanted, size in pairs)


@dataclass(frozen=True, slots=True)
class Device:
    """How the saved device begins, in small letters."""

    start: str

    def __str__(self) -> str:
        return f"device:{_quoted(self.start)}"

    @property
    def about(self) -> About:  # noqa: D102 - as above
        return "kind"

    def fits(self, kind: TensorKind) -> bool:  # noqa: D102 - as above
        return (kind.saved_device or "").casefold().startswith(self.start)


_ABOUT_TOLD: Final[Mapping[str, About]] = {
    "role": "role",
    "kind": "role",
    "state": "difference",
    "problem": "problem",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a tensor is for, the kind of its layer, its state in a comparison, or what is wrong with it.

    Attributes:
        word: ``role``, ``kind``, ``state`` or ``problem``.
        values: Those that fit.
        written: What stands behind the colon.
    """

    word: str
    values: frozenset[str]
    written: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.word}:{self.written}"

    @property
    def about(self) -> About:  # noqa: D102 - as above
        return _ABOUT_TOLD[self.word]

    def fits(self, subject: Any) -> bool:  # noqa: ANN401, D102 - a `Difference`, kinds of problems, or the value itself
        if self.word == "problem":
            return not self.values.isdisjoint(subject)
        return (subject.state if self.word == "state" else subject) in self.values


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure compared with a number. A tensor without the figure does not fit.

    Attributes:
        figure: In `FIGURES`.
        sign: ``<``, ``<=``, ``>``, ``>=``, ``=`` or ``!=``.
        number: What it is compared with.
        rough: Numbers that the column shows alike are equal.
        written: The number as it was written.
        share: A figure that counts otherwise is compared as a share of the elements.
    """

    figure: str
    sign: str
    number: Number
    rough: bool
    written: str = field(compare=False)
    share: bool = False

    def __str__(self) -> str:
        return f"{self.figure}{self.sign}{self.written}"

    @property
    def about(self) -> About:  # noqa: D102 - as above
        return FIGURES[self.figure].about

    def fits(self, subject: Any) -> bool:  # noqa: ANN401, D102 - as the figure wants it
        value = self.of(subject)
        return value is not None and self.holds(value)

    @property
    def of(self) -> Callable[[Any], Number | None]:
        """What takes the figure from what it is about; None where there is none."""
        return self._compared.of

    @property
    def holds(self) -> Callable[[Number], bool]:
        """What tells of one number whether it fits; made once for many."""
        number = self.number
        match self.sign:
            case "<":
                return lambda value: value < number
            case ">":
                return lambda value: value > number
        equals = self._equals
        match self.sign:
            case "<=":
                return lambda value: value <= number or equals(value)
            case ">=":
                return lambda value: value >= number or equals(value)
            case "=":
                return equals
        return lambda value: not equals(value)

    @property
    def _compared(self) -> Figure:
        figure = FIGURES[self.figure]
        return figure.as_share if self.share and figure.as_share is not None else figure

    @property
    def _equals(self) -> Callable[[Number], bool]:
        number, shown = self.number, self._compared.shown
        if not self.rough:
            return lambda value: value == number
        text = shown(number)
        if shown is not in_four_digits:
            return lambda value: value == number or shown(value) == text
        # Writing takes long: what is farther away than that is written in other digits.
        near = _NEAR * abs(number)
        return lambda value: abs(value - number) <= near and (value == number or shown(value) == text)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


Term = Name | Dtypes | Shape | Device | Told | Comparison


def comparison(word: str, sign: str, written: str) -> Comparison:
    """Compare a figure with a number.

    Args:
        word: A key of `FIGURES`.
        sign: As in `Comparison`.
        written: The number, with a unit or without.

    Raises:
        NonsenseError: It is no number of that figure.
    """
    figure = FIGURES[word]
    examples = " or ".join(each.example for each in (figure, figure.as_share) if each is not None)
    if not written:
        raise NonsenseError(f"After ‘{word}{sign}’ comes a number, as in {examples}.")
    nonsense = NonsenseError(f"‘{visible(written)}’ is no number for {word}: write {examples}, for example.")
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
    as_share = figure.as_share if unit == "%" else None
    if (as_share or figure).shown is share and not 0 <= number <= 100:
        raise NonsenseError(f"‘{visible(written)}’ is no share: {word} are from 0 % to 100 % of the elements.")
    return Comparison(word, sign, number, bool(unit) or not figure.counted, written, share=as_share is not None)


def _name(written: str) -> Name:
    if not written:
        raise NonsenseError("After ‘name:’ comes a part of the name, as in name:attn.")
    return Name(written)


def _dtypes(written: str) -> Dtypes:
    wanted = written.casefold().removeprefix("torch.")
    named = frozenset(name for name, dtype in DTYPES.items() if wanted in (name, dtype.short))
    begun = frozenset(
        name for name, dtype in DTYPES.items() if name.startswith(wanted) or dtype.short.startswith(wanted)
    )
    if not wanted or not begun:
        what = f"‘{visible(written)}’ is no dtype" if wanted else "After ‘dtype:’ comes a dtype"
        raise NonsenseError(f"{what}: write dtype:bf16 or dtype:float32, for example.")
    return Dtypes(named or begun, wanted)


def _shape(written: str) -> Shape:
    bare = written.strip("[]()").strip().casefold()
    if written.endswith(")"):
        # Python writes (64,) for one dimension.
        bare = re.sub(r"(?<=[0-9*])\s*,$", "", bare)
    if bare == "scalar" or _NO_SIZES.fullmatch(written):
        return Shape(())
    if not _SHAPE.fullmatch(bare):
        what = f"‘{visible(written)}’ is no shape" if written else "After ‘shape:’ comes a shape"
        raise NonsenseError(f"{what}: write shape:512x512, with * for any size, or shape:scalar.")
    return Shape(tuple(None if size == "*" else int(size) for size in re.split(r"\s*[x×,]\s*", bare)))


def _device(written: str) -> Device:
    if not written:
        raise NonsenseError("After ‘device:’ comes the device that a tensor was saved on, as in device:cuda.")
    return Device(written.casefold())


def _told(word: str, values: Mapping[str, str], example: str) -> Callable[[str], Told]:
    """Read a word that some values contain.

    Args:
        word: ``role`` and the like.
        values: What is compared -> how it is called.
        example: A term about it.
    """

    def read(written: str) -> Told:
        wanted = _plain(written)
        found = frozenset(value for value, called in values.items() if wanted in _plain(called))
        if not wanted or not found:
            what = f"‘{visible(written)}’ is no {word}" if wanted else f"After ‘{word}:’ comes one of these"
            names = ", ".join(called.replace(" ", "-") for called in values.values())
            raise NonsenseError(f"{what}: there are {names}. Write {example}, for example.")
        # Where one is called so to the letter, those that contain it are not meant: step, not first-step.
        exactly = frozenset(value for value, called in values.items() if wanted == _plain(called))
        return Told(word, exactly or found, wanted)

    return read


def _problem(written: str) -> Told:
    kinds = {kind.replace(" ", "_"): kind for kind in _PROBLEMS}
    if _plain(written) == ANY_PROBLEM:
        return Told("problem", frozenset(kinds), ANY_PROBLEM)
    return _told("problem", {**kinds, UNREADABLE: UNREADABLE}, "problem:nan")(written)


def _plain(words: str) -> str:
    return words.casefold().replace(" ", "-").replace("_", "-")


ABOUTS: Final[Mapping[str, tuple[Callable[[str], Term], str]]] = {
    "name": (_name, "name:attn"),
    "dtype": (_dtypes, "dtype:bf16"),
    "type": (_dtypes, "dtype:bf16"),
    "shape": (_shape, "shape:512x512"),
    "device": (_device, "device:cuda"),
    "role": (_told("role", {role: role for role in _ROLES}, "role:norm"), "role:norm"),
    "kind": (_told("kind", {kind: kind for kind in LAYER_KINDS}, "kind:attention"), "kind:attention"),
    "state": (_told("state", _STATES, "state:differs"), "state:differs"),
    "problem": (_problem, "problem:nan"),
}
"""Words before a colon -> what reads the word behind it, and an example."""

ROLE_WORDS: Final = tuple(_plain(role) for role in _ROLES)
PROBLEM_WORDS: Final = (ANY_PROBLEM, *map(_plain, _PROBLEMS), UNREADABLE)
STATE_WORDS: Final = tuple(_plain(state) for state in _STATES.values())
