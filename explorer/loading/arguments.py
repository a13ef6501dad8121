"""Finds numbers that a model should be made with: those that the checkpoint's shapes have where the model's differ."""

import ast
import copy
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Final, NamedTuple

from explorer.loading.model_file import Parameter
from explorer.loading.report import LoadReport
from explorer.loading.trial_process import TrialError

_MOST_TRIES: Final = 24
_MOST_OF_A_ROUND: Final = 6
_LARGEST_RATIO: Final = 64
"""A dimension is at most so many times the number that it is made from: 3 for query, key and value, 4 for an MLP."""
_NUMBERED: Final = re.compile(r"(.*?)([0-9]*)", re.DOTALL)
_MADE_UP: Final = (84, 132, 156, 204)
"""Numbers that nobody chooses, which 2, 3, 4, 6 and 12 heads or groups divide."""

Signatures = Mapping[str, Sequence[Parameter]]
"""What classes and factories take, by their names."""

Attempt = Callable[[str], LoadReport]
"""Makes the model by an expression, loads, and reports. Raises TrialError."""


class Slot(NamedTuple):
    """An integer that a model is made with.

    Attributes:
        name: Of the argument.
        value: What it is now.
        place: Which integer of the expression it is; -1 where it is a default that the expression leaves out.
    """

    name: str
    value: int
    place: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """Arguments that fit the checkpoint better.

    Attributes:
        expression: That makes the model with them.
        changes: Their names, values before (None where they had none) and values now.
        report: Of loading into it.
    """

    expression: str
    changes: tuple[tuple[str, int | None, int], ...]
    report: LoadReport

    @property
    def why(self) -> str:
        """What is the matter, as a clause."""
        return f"with {', '.join(starmap(_said, self.changes))} the checkpoint's shapes fit"


def _said(name: str, old: int | None, new: int) -> str:
    before = "" if old is None else f" in place of {old}"
    return f"{new}{before} for {name}" if " " in name else f"{name}={new}{before}"


def fit(
    expression: str,
    signatures: Signatures,
    keys: Sequence[str],
    report: LoadReport,
    attempt: Attempt,
) -> Fitted | None:
    """Change integers of a call, one after the other, as long as more of the shapes fit.

    Args:
        expression: That makes the model.
        signatures: Of the classes and factories of its file.
        keys: Of the checkpoint's tensors, rules applied.
        report: Of loading into the model as it is.
        attempt: Tries another expression. What it raises ends the search, unless the model cannot be made so.

    Returns:
        What loads more than `report`, or as much into a model that has less beside it; None where nothing does.
    """
    best, now = report, expression
    tried = {expression}
    while len(tried) <= _MOST_TRIES and _lacks(best):
        for slot, value in _candidates(slots_of(now, signatures), keys, best)[:_MOST_OF_A_ROUND]:
            option = with_value(now, slot, value)
            if option in tried or len(tried) > _MOST_TRIES:
                continue
            tried.add(option)
            try:
                made = attempt(option)
            except TrialError as error:
                if error.stage != "construct":
                    raise
                continue
            if _worth(made) > _worth(best):
                best, now = made, option
                break
        else:
            break
    before, after = slots_of(expression, signatures), slots_of(now, signatures)
    old = {slot.name: slot.value for slot in before}
    changes = tuple(
        (slot.name, old[slot.name], slot.value) for slot in after if old.get(slot.name, slot.value) != slot.value
    )
    if not changes or not best.loaded or _gain(best) <= _gain(report):
        return None
    return Fitted(now, changes, best)


def deduce(expression: str, signatures: Signatures, keys: Sequence[str], attempt: Attempt) -> Fitted | None:
    """Find the numbers that a call lacks: they are made up, and then fitted.

    Args:
        expression: A call of a class or factory without some of what it requires.
        signatures: As for `fit`.
        keys: Of the checkpoint's tensors.
        attempt: As for `fit`.

    Returns:
        A call with all of them; None where a number leaves no trace in the shapes, or something else is required.
    """
    tree = _parsed(expression)
    if not isinstance(tree, ast.Call):
        return None
    lacking = [each for each in _left_out(tree, signatures) if each.required]
    if not 0 < len(lacking) <= len(_MADE_UP) or any(each.annotation not in ("", "int") for each in lacking):
        return None
    tree.keywords += [
        ast.keyword(each.name, ast.Constant(value)) for each, value in zip(lacking, _MADE_UP, strict=False)
    ]
    start = ast.unparse(tree)
    try:
        made = fit(start, signatures, keys, attempt(start), attempt)
    except TrialError as error:
        if error.stage != "construct":
            raise
        return None
    own = {each.name for each in lacking}
    if made is None or not own <= {label for label, *_ in made.changes}:
        return None
    changes = tuple((label, None if label in own else old, new) for label, old, new in made.changes)
    return Fitted(made.expression, changes, made.report)


def slots_of(expression: str, signatures: Signatures) -> list[Slot]:
    """The integers of an expression, and the defaults that it leaves out where it is a call.

    Args:
        expression: In Python.
        signatures: Of what it may call.
    """
    tree = _parsed(expression)
    if tree is None:
        return []
    slots: list[Slot] = []
    seen: Counter[str] = Counter()
    for place, (label, node) in enumerate(_integers(tree, signatures)):
        seen[label] += 1
        name = label if seen[label] == 1 else f"{label} ({seen[label]})"
        if isinstance(node.value, int):
            slots.append(Slot(name, node.value, place))
    left_out = _left_out(tree, signatures) if isinstance(tree, ast.Call) else []
    defaults = ((each.name, each.default) for each in left_out if each.default and each.default.isdigit())
    return slots + [Slot(label, int(default), -1) for label, default in defaults if int(default)]


def _left_out(call: ast.Call, signatures: Signatures) -> list[Parameter]:
    """What a call could be given, and is not."""
    parameters = _parameters(call, signatures)
    given = {keyword.arg for keyword in call.keywords} | {each.name for each in parameters[: len(call.args)]}
    return [each for each in parameters if each.name not in given]


def _parameters(call: ast.Call, signatures: Signatures) -> list[Parameter]:
    """What is called takes, as far as that is known."""
    known = signatures.get(call.func.id, ()) if isinstance(call.func, ast.Name) else ()
    return [each for each in known if not each.variable]


def with_value(expression: str, slot: Slot, value: int) -> str:
    """Write an expression with another integer.

    Args:
        expression: In Python.
        slot: One of its `slots_of`.
        value: In its place.
    """
    tree = copy.deepcopy(_parsed(expression))
    if tree is None:
        return expression
    if slot.place >= 0:
        node = [node for _, node in _integers(tree, {})][slot.place]
        node.value = value
    elif isinstance(tree, ast.Call):
        tree.keywords.append(ast.keyword(slot.name, ast.Constant(value)))
    return ast.unparse(tree)


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _integers(node: ast.expr, signatures: Signatures, label: str = "") -> Iterator[tuple[str, ast.Constant]]:
    """The integers in an expression, with what they are called: ``width``, or ``width of Encoder`` further inside."""
    if isinstance(node, ast.Constant):
        if type(node.value) is int and node.value > 0:
            yield label, node
    elif isinstance(node, ast.List | ast.Tuple):
        for place, inside in enumerate(node.elts):
            yield from _integers(inside, signatures, f"{label}[{place}]")
    elif isinstance(node, ast.Call):
        of = f" of {ast.unparse(node.func)}" if label else ""
        parameters = _parameters(node, signatures)
        for place, inside in enumerate(node.args):
            own = parameters[place].name if place < len(parameters) else f"argument {place + 1}"
            yield from _integers(inside, signatures, own + of)
        for keyword in node.keywords:
            yield from _integers(keyword.value, signatures, (keyword.arg or "further arguments") + of)


def _candidates(slots: Sequence[Slot], keys: Sequence[str], report: LoadReport) -> list[tuple[Slot, int]]:
    """Other values for integers, those that explain most of what differs first."""
    votes: Counter[tuple[Slot, int]] = Counter()
    sizes = [
        (have, want)
        for each in report.size_mismatch
        if len(each.checkpoint) == len(each.model)
        for have, want in zip(each.checkpoint, each.model, strict=True)
        if have != want
    ]
    for (have, want), count in Counter(sizes).items():
        for slot in slots:
            ratio, rest = divmod(want, slot.value)
            if rest or ratio > _LARGEST_RATIO or have % ratio or not have:
                continue
            # What is the number itself says more than what is a multiple of it.
            votes[slot, have // ratio] += 2 * count if ratio == 1 else count
    lengths = [(have, want) for have, want in _lengths(keys, [value.key for value in report.values]) if have != want]
    for (have, want), count in Counter(lengths).items():
        for slot in slots:
            if slot.value == want:
                votes[slot, have] += 2 * count
    return [choice for choice, _ in votes.most_common()]


def _lengths(keys: Sequence[str], model: Sequence[str]) -> list[tuple[int, int]]:
    """How many numbered parts the checkpoint and the model have, wherever both have some."""
    ours, theirs = _numbered(keys), _numbered(model)
    return [(len(ours[stem]), len(theirs[stem])) for stem in ours if stem in theirs]


def _numbered(keys: Sequence[str]) -> dict[str, set[str]]:
    """The numbers that stand behind each stem, in which other numbers are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        stem: list[str] = []
        for part in key.split("."):
            # Also of weight_ih_l1: torch.nn.LSTM numbers its layers so.
            word, number = _NUMBERED.fullmatch(part).groups()  # type: ignore[union-attr]  # it fits everything
            if number:
                found[".".join([*stem, word])].add(number)
            stem.append(f"{word}#" if number else part)
    return found


def _lacks(report: LoadReport) -> bool:
    return bool(report.size_mismatch or report.missing or report.unexpected)


def _gain(report: LoadReport) -> tuple[int, int]:
    """What counts in the end: what loads, and that little stays as it was initialised."""
    return len(report.loaded), len(report.loaded) - report.tensors


def _worth(report: LoadReport) -> tuple[int, int]:
    """What counts on the way: also that less differs, since of two wrong numbers none alone makes anything load."""
    dimensions = sum(
        sum(have != want for have, want in zip(each.checkpoint, each.model, strict=False))
        for each in report.size_mismatch
    )
    return len(report.loaded), -dimensions - len(report.missing) - len(report.unexpected)
