"""Two dtypes are compared as the one that both have in common."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.compare.float32_sums import CHUNK
from tests.analysis.compare.tensor_pairs import (
    FLOATS,
    WHOLE,
    assert_figures,
    compared,
    compared_together,
    some_numbers,
    wide,
)

CASTS = [
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.int64, torch.int16, torch.uint8, torch.bool),
]


def test_dtypes_are_compared_after_the_cast(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    wild = random.normal(size=4000) * 10.0 ** random.integers(-9, 6, 4000)
    tame = torch.from_numpy(random.integers(0, 2, 4000).astype(np.float64))
    floats = torch.cat([torch.from_numpy(wild), torch.tensor([0.0, -0.0, 464, 465, 480, 61440, 248, 1e9, math.inf])])
    pairs, casts = [], []
    for one, other in ((one, other) for one in CASTS for other in CASTS if one.itemsize > other.itemsize):
        # Of numbers that a dtype does not hold a cast to whole ones means nothing.
        numbers = floats if other.is_floating_point else tame
        large = numbers.to(one)
        spoilt = torch.cat([1 - tame[:1], numbers[1:]]).to(one)
        pairs += [(large, large.to(other)), (spoilt.to(other), large)]
        casts += [True, False]
    found = compared(tmp_path / "casts.pt", pairs)
    assert {each.state for each in found} == {"dtype"}
    wrong = [
        (a.dtype, b.dtype)
        for (a, b), each, cast in zip(pairs, found, casts, strict=True)
        if each.equal_after_cast != cast
    ]
    assert wrong == []


def test_a_cast_that_loses_more_than_digits_leaves_nothing_equal(tmp_path: Path) -> None:
    whole = torch.tensor([2**40, -1, 0])
    ends = torch.tensor([2.0**63, -(2.0**63)], dtype=torch.float64)
    broken = torch.tensor([1 + 2j, 3])
    pairs = [
        (whole, whole.int()),
        (whole.to(torch.uint8), whole),
        (whole[1:], whole[1:].int()),
        (torch.tensor([300.0, -0.5]), torch.tensor([44, 0], dtype=torch.uint8)),
        (torch.tensor([255.9, -0.5]), torch.tensor([255, 0], dtype=torch.uint8)),
        (ends[1:], ends[1:].long()),
        (ends, torch.tensor([2**63 - 1, -(2**63)])),
        (broken, broken.real.half()),
        (broken[1:], broken[1:].real.half()),
    ]
    found = [each.equal_after_cast for each in compared(tmp_path / "lossy.pt", pairs)]
    assert found == [False, False, True, False, True, True, False, False, True]
    together = compared_together(tmp_path, pairs)
    assert [each.equal_after_cast for each in together] == found


@pytest.mark.filterwarnings("ignore:.*ComplexHalf.*")
def test_real_numbers_become_the_complex_ones_that_both_have_in_common(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    dtypes = (*FLOATS[:5], torch.int64, torch.int8, torch.bool)
    pairs = []
    for real, broken in product(dtypes, (torch.complex64, torch.complex128)):
        a, b = some_numbers(random, real, (3, 5)), some_numbers(random, broken, (3, 5))
        pairs += [(a, b), (b, a), (a, a.to(broken))]
    pairs.append((torch.tensor([0.5, 1]), torch.tensor([0.5 + 1j, 1]).to(torch.complex32)))
    long = torch.from_numpy(random.normal(size=CHUNK + 9)).float()
    pairs.append((long, torch.complex(long, long.flip(0)).to(torch.complex128)))
    found = compared(tmp_path / "complex.pt", pairs)
    assert {(each.state, each.problem) for each in found} == {("dtype", "")}
    for (a, b), each in zip(pairs, found, strict=True):
        assert each.figures is not None
        wide_a, wide_b = (
            wide(side.to(next(one.dtype for one in (a, b) if one.is_complex())) if side.dtype in WHOLE else side)
            for side in (a, b)
        )
        assert_figures(each.figures, wide_a.astype(np.complex128), wide_b.astype(np.complex128))


def test_whole_numbers_become_the_float_that_both_have_in_common(tmp_path: Path) -> None:
    whole = torch.tensor([2**24 + 1, -3])
    pairs = [(whole, whole.float()), (whole.float(), whole), (whole, whole.double() + 1), (whole == 0, whole.half())]
    found = compared(tmp_path / "whole.pt", pairs)
    assert [each.figures and each.figures.max_abs for each in found] == [0.0, 0.0, 1.0, 3.0]
    assert [each.equal_after_cast for each in found] == [True, True, False, False]
