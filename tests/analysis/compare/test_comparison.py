"""Two tensors are told apart as float64 tells them apart, whatever their dtypes and however they lie in their files."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.compare.difference import EXACT, Figures, Tolerance, is_close
from explorer.analysis.compare.float32_sums import CHUNK
from explorer.checkpoint.values.reading import BLOCK
from tests.analysis.compare.tensor_pairs import (
    assert_figures,
    compared,
    compared_together,
    some_numbers,
    some_pair,
    wide,
)


def bits_of(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.clone(memory_format=torch.contiguous_format).untyped_storage())


@settings(max_examples=2)
@given(seed=st.integers(0, 2**32))
def test_figures_are_those_of_float64(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert_right(seed, tmp_path_factory.getbasetemp() / "pairs.pt")


def assert_right(seed: int, file: Path) -> None:
    random = np.random.default_rng(seed)
    pairs = [some_pair(random) for _ in range(150)]
    for (a, b), found in zip(pairs, compared(file, pairs), strict=True):
        assert found.figures is not None
        assert_figures(found.figures, wide(a), wide(b))
        if bits_of(a) == bits_of(b):
            assert found.state == "identical"
        elif found.figures.not_finite:
            assert found.state == "not_finite"
        else:
            assert found.state == ("differs" if found.figures.max_abs else "close")


def test_blocks_are_the_same_elements_however_both_lie(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    square = torch.from_numpy(random.normal(1000, 1e-2, (700, BLOCK // 500)).astype(np.float32))
    moved = square + torch.from_numpy(random.normal(0, 1e-5, square.shape).astype(np.float32))
    moved[699, 3] = math.nan
    moved[CHUNK // square.shape[1], 7] += 1
    rare = square.clone()
    rare[690, 5] += 0.25
    four = torch.from_numpy(random.normal(size=(40, 20, 30, 30)).astype(np.float32))
    last = four.to(memory_format=torch.channels_last)
    pairs = [
        (square, moved),
        (square, moved.t().contiguous().t()),
        (square, rare),
        (square, square.t().contiguous().t()),
    ]
    pairs += [(last, four), (last, last * 2), (four, four.double())]
    found = compared(tmp_path / "large.pt", pairs)
    states = ["not_finite", "not_finite", "differs", "identical", "identical", "differs", "dtype"]
    assert [each.state for each in found] == states
    for (a, b), each in zip(pairs, found, strict=True):
        assert each.figures is not None
        assert_figures(each.figures, wide(a), wide(b))
    assert found[2].figures is not None
    assert found[2].figures.worst_index == (690, 5)


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
def test_what_is_no_plain_tensor(tmp_path: Path) -> None:
    numbers = torch.tensor([0.5, -1.0, 1.5])
    quantized = torch.quantize_per_tensor(numbers, 0.5, 0, torch.qint8)
    finer = torch.quantize_per_tensor(numbers, 0.25, 0, torch.qint8)
    rows = torch.stack([numbers, numbers + 1])
    scales, zeros = torch.tensor([0.5, 0.25]), torch.tensor([0, 0])
    by_row = torch.quantize_per_channel(rows, scales, zeros, 0, torch.qint8)
    coded = torch.tensor([1, 2, 3], dtype=torch.uint8)
    conjugate = torch.tensor([1 + 2j, 3.0])
    pairs = [
        (quantized, finer),
        (by_row, torch.quantize_per_channel(rows, scales.flip(0), zeros, 0, torch.qint8)),
        (coded.view(torch.float4_e2m1fn_x2), torch.tensor([1, 2, 4], dtype=torch.uint8).view(torch.float4_e2m1fn_x2)),
        (coded.view(torch.float4_e2m1fn_x2), coded.view(torch.float4_e2m1fn_x2)),
        (conjugate.conj(), conjugate.conj().resolve_conj()),
        (rows.to_sparse(), rows.to_sparse()),
        (torch.empty(2, device="meta"), torch.empty(2, device="meta")),
        (rows, numbers),
        (rows.short(), rows[:, :2].half()),
    ]
    found = compared(tmp_path / "odd.pt", pairs)
    states = ["close", "close", "differs", "identical", "identical", "identical", "unread", "shape", "shape"]
    assert [each.state for each in found] == states
    assert found[1].figures is not None
    assert found[1].figures.max_abs == 0
    assert found[2].figures == Figures(changed=1 / 3)
    assert found[7].overlap is None
    assert found[8].overlap is not None
    assert_figures(found[8].overlap, rows[:, :2].short().double().numpy(), rows[:, :2].half().double().numpy())


@pytest.mark.filterwarnings("ignore:.*(nested|Sparse).*")
def test_sparse_and_nested_tensors_are_identical_where_all_their_parts_are(tmp_path: Path) -> None:
    dense = torch.tensor([[0.0, 2, 0, 3], [4, 0, 0, 0]])
    moved = torch.tensor([[2.0, 0, 0, 3], [4, 0, 0, 0]])
    row, other = torch.ones(3, 2), torch.ones(1, 2)
    # The same bytes in another order of steps are other indices.
    indices = torch.tensor([[0, 1, 1], [1, 0, 1]])
    turned = torch.sparse_coo_tensor(indices.reshape(3, 2).t(), torch.ones(3), (2, 4))
    pairs = [
        (dense.to_sparse(), dense.to_sparse()),
        (dense.to_sparse_csr(), dense.to_sparse_csr()),
        (dense.to_sparse_csc(), dense.to_sparse_csc()),
        (torch.nested.nested_tensor([row, other]), torch.nested.nested_tensor([row, other])),
        (dense.to_sparse(), moved.to_sparse()),
        (dense.to_sparse_csr(), moved.to_sparse_csr()),
        (dense.to_sparse_csr(), (2 * dense).to_sparse_csr()),
        (torch.nested.nested_tensor([row, other]), torch.nested.nested_tensor([other, row])),
        (torch.sparse_coo_tensor(indices, torch.ones(3), (2, 4)), turned),
        (dense.to_sparse(), dense),
    ]
    found = compared(tmp_path / "parts.pt", pairs)
    assert [each.state for each in found] == ["identical"] * 4 + ["unread"] * 6
    assert not any(each.problem for each in found[:4])
    assert found[5].problem == "Both are sparse csr, of different bits: the values of such tensors are not compared."
    assert found[9].problem == "In A it is sparse coo: where its values belong is not compared."
    assert found[:9] == list(compared_together(tmp_path, pairs))[:9], "the parts of two files lie elsewhere"


def test_conjugates_and_negatives_have_the_bits_that_pytorch_gives_them(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pairs = []
    for dtype in (torch.complex64, torch.complex128):
        numbers = some_numbers(random, dtype, (300,))
        numbers[:3] = torch.tensor([complex(0.0, -0.0), complex(math.nan, 1), complex(1, -math.nan)])
        conjugate, negative = numbers.conj(), numbers.clone().conj().imag
        pairs += [(conjugate, conjugate.resolve_conj().clone()), (negative.resolve_neg().clone(), negative)]
        spoilt = conjugate.resolve_conj().clone()
        spoilt[7] += 1
        pairs += [(conjugate, spoilt), (conjugate, numbers)]
    file = tmp_path / "views.pt"
    found = compared(file, pairs)
    loaded = list(torch.load(file).values())
    assert bits_of(loaded[0].resolve_conj()) == bits_of(loaded[1])
    assert bits_of(loaded[2]) == bits_of(loaded[3].resolve_neg())
    assert [each.state == "identical" for each in found] == [True, True, False, False] * 2
    for (a, b), each in zip(pairs[2:4], found[2:4], strict=True):
        assert each.figures is not None
        assert_figures(each.figures, wide(a.resolve_conj()), wide(b))


@pytest.mark.filterwarnings("ignore:.*quantize.*")
def test_each_part_of_a_block_has_the_scales_of_its_channels(tmp_path: Path) -> None:
    rows = torch.linspace(-3, 3, 5 * (CHUNK // 3)).reshape(5, -1)
    scales, zeros = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5]), torch.tensor([0, 1, 2, 3, 4])
    a, b = (torch.quantize_per_channel(rows, each, zeros, 0, torch.qint8) for each in (scales, scales.flip(0)))
    (found,) = compared(tmp_path / "rows.pt", [(a, b)])
    assert found.figures is not None
    assert_figures(found.figures, wide(a.dequantize()), wide(b.dequantize()))


def test_what_is_farther_apart_than_float64_holds_has_true_ratios(tmp_path: Path) -> None:
    huge = torch.full((CHUNK + 5,), 1.7e308, dtype=torch.float64)
    few = torch.zeros(1000, dtype=torch.float64)
    few[:4] = 1.7e308
    parts = torch.complex(huge[:3], huge[:3])
    tiny = torch.tensor([1e-300], dtype=torch.float64)
    found = compared(
        tmp_path / "far.pt", [(huge, -huge), (few, -few), (parts, -parts), (huge, huge / 2), (tiny, 1 / tiny)]
    )
    figures = [each.figures for each in found if each.figures is not None]
    assert [each.max_abs for each in figures] == pytest.approx([math.inf, math.inf, math.inf, 1.7e308 / 2, 1e300])
    assert [each.relative_l2 for each in figures] == pytest.approx([2, 2, 2, 0.5, math.inf])
    assert [each.cosine for each in figures] == pytest.approx([-1, -1, -1, 1, 1])
    assert [each.mean_abs for each in figures] == pytest.approx([math.inf, 1.36e306, math.inf, 1.7e308 / 2, 1e300])
    assert not any(each.from_zero for each in figures)


def test_a_new_tolerance_needs_no_reading_where_the_figures_tell(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    a = torch.from_numpy(random.normal(size=(60, 5)))
    b = a + torch.from_numpy(random.normal(size=(60, 5)) * 10.0 ** random.integers(-9, 0, (60, 1)))
    tolerances = [Tolerance(*pair) for pair in 10.0 ** random.integers(-8, 1, (12, 2))] + [EXACT, Tolerance(0, 1e-3)]
    told = 0
    for first in tolerances[::5]:
        found = compared(tmp_path / "close.pt", list(zip(a, b, strict=True)), first)
        for x, y, difference in zip(a.numpy(), b.numpy(), found, strict=True):
            for rtol, atol in tolerances:
                truth = bool((np.abs(x - y) <= atol + rtol * np.abs(y)).all())
                if first == (rtol, atol):
                    assert difference.state == ("close" if truth else "differs")
                answer = is_close(difference, Tolerance(rtol, atol))
                assert answer in (truth, None)
                told += answer is not None
    assert told > 0.75 * 60 * len(tolerances) * len(tolerances[::5])
