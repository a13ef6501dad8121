"""Finds numbers that a model should be made with: those that the checkpoint's shapes have where the model's differ."""

import ast
import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from explorer.loading.model_file import Parameter
from explorer.loading.report import LoadReport
from explorer.loading.trial_process import TrialError

_MOST_TRIES: Final = 24
_MOST_OF_A_ROUND: Final = 6
_LARGEST_RATIO: Final = 64
"""A dimension is at most so many times the number that it is made from: 3 for query, key and value, 4 for an MLP."""
_MADE_UP: Final = (84, 132, 156, 204)
"""Numbers that nobody chooses, which 2, 3, 4, 6 and 12 heads or groups divide."""

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
        said = ", ".join(
            f"{name}={new}{'' if old is None else f' in place of {old}'}" for name, old, new in self.changes
        )
        return f"with {said} the checkpoint's shapes fit"


def fit(
    expression: str,
    name: str,
    parameters: Sequence[Parameter],
    keys: Sequence[str],
    report: LoadReport,
    attempt: Attempt,
) -> Fitted | None:
    """Change integers of a call, one after the other, as long as more of the shapes fit.

    Args:
        expression: That makes the model.
        name: Of its class or factory.
        parameters: Of that.
        keys: Of the checkpoint's tensors, rules applied.
        report: Of loading into the model as it is.
        attempt: Tries another expression. What it raises ends the search, unless the model cannot be made so.

    Returns:
        What loads more than `report`, or as much into a model that has less beside it; None where nothing does.
    """
    best, now = report, expression
    tried = {expression}
    while len(tried) <= _MOST_TRIES and _lacks(best):
        for slot, value in _candidates(slots_of(now, name, parameters), keys, best)[:_MOST_OF_A_ROUND]:
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
    before, after = slots_of(expression, name, parameters), slots_of(now, name, parameters)
    old = {slot.name: slot.value for slot in before}
    changes = tuple(
        (slot.name, old[slot.name], slot.value) for slot in after if old.get(slot.name, slot.value) != slot.value
    )
    if not changes or _gain(best) <= _gain(report):
        return None
    return Fitted(now, changes, best)


def deduce(
    expression: str, name: str, parameters: Sequence[Parameter], keys: Sequence[str], attempt: Attempt
) -> Fitted | None:
    """Find the numbers that a call lacks: they are made up, and then fitted.

    Args:
        expression: A call of a class or factory without some of what it requires.
        name: Of that.
        parameters: Of that.
        keys: Of the checkpoint's tensors.
        attempt: As for `fit`.

    Returns:
        A call with all of them; None where a number leaves no trace in the shapes, or something else is required.
    """
    tree = _parsed(expression)
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == name):
        return None
    given = {keyword.arg for keyword in tree.keywords} | {each.name for each in parameters[: len(tree.args)]}
    lacking = [each for each in parameters if each.required and not each.variable and each.name not in given]
    if not 0 < len(lacking) <= len(_MADE_UP) or any(each.annotation not in ("", "int") for each in lacking):
        return None
    tree.keywords += [
        ast.keyword(each.name, ast.Constant(value)) for each, value in zip(lacking, _MADE_UP, strict=False)
    ]
    start = ast.unparse(tree)
    try:
        made = fit(start, name, parameters, keys, attempt(start), attempt)
    except TrialError as error:
        if error.stage != "construct":
            raise
        return None
    if made is None or not {each.name for each in lacking} <= {label for label, *_ in made.changes}:
        return None
    own = {each.name for each in lacking}
    changes = tuple((label, None if label in own else old, new) for label, old, new in made.changes)
    return Fitted(made.expression, changes, made.report)


def slots_of(expression: str, name: str, parameters: Sequence[Parameter]) -> list[Slot]:
    """The integers of an expression, and the defaults of the call that it is.

    Args:
        expression: In Python.
        name: Of a class or factory.
        parameters: Of that; they count where the expression is a call of it.
    """
    tree = _parsed(expression)
    if tree is None:
        return []
    calls = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == name
    usable = [parameter for parameter in parameters if not parameter.variable] if calls else []
    slots = [
        Slot(label, value, place)
        for place, (label, value) in enumerate(
            (label, node.value) for label, node in _integers(tree, [parameter.name for parameter in usable])
        )
        if isinstance(value, int)
    ]
    if not isinstance(tree, ast.Call):
        return slots
    given = {keyword.arg for keyword in tree.keywords} | {parameter.name for parameter in usable[: len(tree.args)]}
    left_out = ((each.name, each.default) for each in usable if each.name not in given)
    return slots + [
        Slot(label, int(default), -1) for label, default in left_out if default and default.isdigit() and int(default)
    ]


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
        node = [node for _, node in _integers(tree, [])][slot.place]
        node.value = value
    elif isinstance(tree, ast.Call):
        tree.keywords.append(ast.keyword(slot.name, ast.Constant(value)))
    return ast.unparse(tree)


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None


def _integers(node: ast.expr, names: Sequence[str], label: str = "") -> Iterator[tuple[str, ast.Constant]]:
    """The integers in an expression with what they are called, outermost names first in their calls."""
    if isinstance(node, ast.Constant):
        if type(node.value) is int and node.value > 0:
            yield label, node
    elif isinstance(node, ast.List | ast.Tuple):
        for place, inside in enumerate(node.elts):
            yield from _integers(inside, (), f"{label}[{place}]")
    elif isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        for place, inside in enumerate(node.args):
            own = names[place] if place < len(names) else f"argument {place + 1} of {called}"
            yield from _integers(inside, (), own)
        for keyword in node.keywords:
            inner = f"{keyword.arg} of {called}" if label or not keyword.arg else keyword.arg
            yield from _integers(keyword.value, (), inner)


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
            if part.isascii() and part.isdigit():
                found[".".join(stem)].add(part)
                stem.append("#")
            else:
                stem.append(part)
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
