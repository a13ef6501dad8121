"""Whether what a program says of a file is true."""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, Final, NamedTuple

CLOSE: Final = 1e-6
"""So much a figure may be off, relative to itself; a mean, to the spread of its tensor."""


class Verdict(Enum):
    """What comes out for a fact."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "not told"


class Judged(NamedTuple):
    """A verdict on one fact.

    Attributes:
        fact: What it is about.
        verdict: On what was said of it.
        why: What was said instead, in few words; "" where that was right.
    """

    fact: str
    verdict: Verdict
    why: str = ""


def judge(truths: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Judged]:
    """Hold answers against the truth.

    Args:
        truths: By the name of the fact: a number, a set of names, or a figure for each name. Figures may be pairs: the
            value, and what its error is measured by.
        answers: Likewise; facts of which nothing is said are left out. Instead of a set, how many are in it will do.
    """
    return [_judged(fact, truth, answers.get(fact)) for fact, truth in truths.items()]


def _judged(fact: str, truth: Any, answer: Any) -> Judged:  # noqa: ANN401 - facts are of several kinds
    if answer is None:
        return Judged(fact, Verdict.SILENT)
    if isinstance(truth, Mapping):
        why = _of_figures(truth, answer)
    elif isinstance(truth, AbstractSet):
        why = _of_names(truth, answer)
    else:
        why = "" if _same(truth, answer) else f"{_short(answer)} for {_short(truth)}"
    return Judged(fact, Verdict.WRONG if why else Verdict.RIGHT, why)


def _of_figures(truth: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    missing, more = truth.keys() - answer.keys(), answer.keys() - truth.keys()
    wrong = [key for key in truth if key in answer and not _same(truth[key], answer[key])]
    told = [f"{len(wrong)} of {len(truth)} wrong"] * bool(wrong)
    if wrong:
        told.append(f"{_short(answer[wrong[0]])} for {_short(truth[wrong[0]])}")
    told += [f"{len(missing)} of {len(truth)} missing"] * bool(missing)
    told += [f"{len(more)} too many"] * bool(more)
    return ", ".join(told)


def _of_names(truth: AbstractSet[str], answer: Any) -> str:  # noqa: ANN401 - names, or how many
    if isinstance(answer, int):
        return "" if answer == len(truth) else f"{answer} for {len(truth)}"
    missing, more = len(truth - answer), len(answer - truth)
    told = [f"{missing} of {len(truth)} missing"] * bool(missing) + [f"{more} too many"] * bool(more)
    return ", ".join(told)


def _same(truth: Any, answer: Any) -> bool:  # noqa: ANN401 - as above
    scale = None
    if isinstance(truth, tuple) and len(truth) == 2 and all(isinstance(part, float) for part in truth):
        truth, scale = truth
    if isinstance(truth, float) and isinstance(answer, int | float):
        if not math.isfinite(truth) or not math.isfinite(answer):
            return truth == answer or (math.isnan(truth) and math.isnan(answer))
        return abs(truth - answer) <= CLOSE * max(abs(truth), scale or 0.0)
    return bool(truth == answer)


def _short(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, float) for part in value):
        value = value[0]
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
