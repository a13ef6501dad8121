import math

import pytest

from benchmarks.peers.judging import Judged, Verdict, judge


def verdict(truth: object, answer: object) -> Judged:
    (judged,) = judge({"fact": truth}, {"fact": answer})
    return judged


@pytest.mark.parametrize(
    ("truth", "answer"),
    [
        (219, 219),
        (True, True),
        (0.5, 0.5 + 4e-7),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        # A mean is next to zero: its error is measured by the spread of its tensor.
        ((1e-9, 1.0), 5e-7),
        ({"a", "b"}, {"b", "a"}),
        ({"a", "b"}, 2),
        (set(), set()),
        ({"a": (0.25, 1.0), "b": 3}, {"a": 0.25, "b": 3}),
        ({"a": ("float32", (2, 3))}, {"a": ("float32", (2, 3))}),
        ({}, {}),
    ],
)
def test_what_is_true_is_right(truth: object, answer: object) -> None:
    assert verdict(truth, answer) == Judged("fact", Verdict.RIGHT)


@pytest.mark.parametrize(
    ("truth", "answer", "why"),
    [
        (219, 218, "218 for 219"),
        (True, False, "False for True"),
        (0.5, 0.500001, "0.500001 for 0.5"),
        (0.5, math.nan, "nan for 0.5"),
        (math.inf, -math.inf, "-inf for inf"),
        ((1e-9, 1.0), 2e-6, "2e-06 for 1e-09"),
        ({"a", "b"}, {"b"}, "1 of 2 missing"),
        ({"a", "b"}, {"a", "b", "c"}, "1 too many"),
        ({"a", "b"}, 3, "3 for 2"),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.5}, "1 of 2 wrong, 2.5 for 2"),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}, "1 of 2 missing"),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}, "1 too many"),
        (
            {"a": ("float32", (2, 3))},
            {"a": ("float16", (2, 3))},
            "1 of 1 wrong, ('float16', (2, 3)) for ('float32', (2, 3))",
        ),
    ],
)
def test_what_is_not_true_is_wrong_and_said(truth: object, answer: object, why: str) -> None:
    assert verdict(truth, answer) == Judged("fact", Verdict.WRONG, why)


def test_of_what_nothing_is_said_no_judgement_is_made() -> None:
    assert judge({"tensors": 3, "NaN": {"a"}}, {"tensors": 3}) == [
        Judged("tensors", Verdict.RIGHT),
        Judged("NaN", Verdict.SILENT),
    ]


def test_an_empty_answer_is_an_answer() -> None:
    assert verdict({"a"}, set()).verdict is Verdict.WRONG
    assert verdict(0, 0).verdict is Verdict.RIGHT
