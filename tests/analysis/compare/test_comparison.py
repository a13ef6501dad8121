"""Two tensors are told apart as float64 tells them apart, whatever their dtypes and however they lie in their files."""

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.compare.comparing import compare_entries
from explorer.analysis.compare.comparison import compare_tensors
from explorer.analysis.compare.difference import EXACT, Difference, Figures, Tolerance, is_close
from explorer.analysis.compare.float32_sums import CHUNK
from explorer.analysis.compare.pairing import choose, pair_up
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.reading import BLOCK, open_values
from explorer.progress import no_report

Pair = tuple[torch.Tensor, torch.Tensor]
Random = np.random.Generator

FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)
WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)
DTYPES = (*FLOATS, *WHOLE, torch.complex64, torch.complex128)
ODD = [0.0, -0.0, 1.0, 1e-3, math.inf, -math.inf, math.nan, 1e-45, 3e38, 1e300, -1e-300]


def compared(file: Path, pairs: Sequence[Pair], tolerance: Tolerance = EXACT) -> list[Difference]:
    """What is said of pairs of tensors, all saved in one file: to open one takes longer than all else."""
    torch.save({f"{number}.{side}": pair[side] for number, pair in enumerate(pairs) for side in (0, 1)}, file)
    checkpoint = open_checkpoint(file)
    with open_values(checkpoint) as values:
        sides = [Side(values, tensor) for tensor in checkpoint.tensors]
        return [compare_tensors(a, b, no_report, tolerance) for a, b in zip(sides[::2], sides[1::2], strict=True)]


def compared_together(folder: Path, pairs: Sequence[Pair]) -> Sequence[Difference]:
    """The same of two files, as whole entries are compared."""
    for side, name in enumerate(("a.pt", "b.pt")):
        torch.save({str(number): pair[side] for number, pair in enumerate(pairs)}, folder / name)
    a, b = (choose(open_checkpoint(folder / name), None) for name in ("a.pt", "b.pt"))
    return compare_entries(pair_up(a, b), no_report).differences


def wide(tensor: torch.Tensor) -> NDArray[Any]:
    """Its values, without rounding: of whole numbers Python's own."""
    if tensor.is_complex():
        return tensor.to(torch.complex128).numpy()
    if tensor.is_floating_point():
        return tensor.to(torch.float64).numpy()
    return tensor.numpy().astype(np.int64).astype(object)


def same_numbers(x: NDArray[Any], y: NDArray[Any]) -> NDArray[np.bool_]:
    if x.dtype.kind == "c":
        return same_numbers(x.real, y.real) & same_numbers(x.imag, y.imag)
    return np.asarray((x == y) | (np.isnan(x) & np.isnan(y)))


def assert_figures(found: Figures, x: NDArray[Any], y: NDArray[Any]) -> None:
    """Hold figures against those of NumPy and Python over everything at once."""
    finite = np.ones(x.shape, bool)
    with np.errstate(all="ignore"):
        if x.dtype != object:
            finite = np.isfinite(x) & np.isfinite(y)
            odd = ~finite & ~same_numbers(x, y)
            assert found.not_finite == np.count_nonzero(odd)
            assert found.alike == np.count_nonzero(~finite & ~odd) or not (found.max_abs or found.not_finite)
            assert odd[found.odd_index] if found.odd_index is not None else not odd.any()
        apart = np.asarray(np.abs(y - x)).astype(np.float64)
    if not finite.any():
        assert found == Figures(not_finite=found.not_finite, alike=found.alike, odd_index=found.odd_index)
        return
    # Of what is the same, no more is taken in than it takes.
    assert found.finite == np.count_nonzero(finite) or not (found.max_abs or found.not_finite)
    d, p, q = apart[finite], *(np.abs(numbers[finite]).astype(np.float64) for numbers in (x, y))
    assert found.max_abs == pytest.approx(d.max(), rel=1e-14)
    assert found.mean_abs == pytest.approx(d.mean(), rel=1e-11)
    assert found.changed == np.count_nonzero(d) / d.size
    changed = np.count_nonzero(d) + found.not_finite
    assert found.share_changed == pytest.approx(changed / (d.size + found.not_finite + found.alike))
    p_length, q_length = math.hypot(*p.tolist()), math.hypot(*q.tolist())
    if d.any():
        relative = math.hypot(*d.tolist()) / p_length if p_length else math.inf
        assert found.relative_l2 == pytest.approx(relative, rel=1e-11)
    else:
        assert found.relative_l2 == 0
    if p_length and q_length:
        units = x[finite].astype(np.complex128) / p_length, y[finite].astype(np.complex128) / q_length
        assert found.cosine == pytest.approx(np.vdot(*units).real, abs=1e-12)
    else:
        assert found.cosine is None
    assert found.worst_index is not None
    at = found.worst_index
    assert apart[at] == d.max()
    values = (abs(x[at]), abs(y[at])) if x.dtype.kind == "c" else (x[at], y[at])
    assert (found.worst_a, found.worst_b) == pytest.approx(values, rel=1e-15)


def some_numbers(random: Random, dtype: torch.dtype, shape: Sequence[int]) -> torch.Tensor:
    """Of any values that the dtype has."""
    if dtype in WHOLE:
        low, high = (0, 1) if dtype == torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
        whole = random.integers(low, high, shape, endpoint=True)
        return torch.from_numpy(np.where(random.random(shape) < 0.3, random.choice([low, high], shape), whole)).to(
            dtype
        )
    parts = random.normal(random.choice([0, 100]), 1e-2, (*shape, 2)) * random.choice([1e-200, 1, 1, 1, 1e200])
    parts = np.where(random.random(parts.shape) < random.choice([0, 0, 0.3]), random.choice(ODD, parts.shape), parts)
    numbers = torch.from_numpy(parts)
    return torch.complex(numbers[..., 0], numbers[..., 1]).to(dtype) if dtype.is_complex else numbers[..., 0].to(dtype)


def lying(random: Random, tensor: torch.Tensor) -> torch.Tensor:
    """The same values, perhaps in another order in memory, or apart, or one of them repeated."""
    way = random.integers(5)
    order = list(range(tensor.dim()))[::-1]
    if way == 0:
        return tensor.permute(order).contiguous().permute(order)
    if way == 1:
        return torch.stack([tensor, tensor], dim=-1)[..., 0]
    return tensor[:1].expand(tensor.shape) if way == 2 and tensor.dim() and tensor.shape[0] else tensor


def some_pair(random: Random) -> Pair:
    dtype = DTYPES[random.integers(len(DTYPES))]
    shape = random.integers(0, 5, random.integers(4)).tolist()
    a = some_numbers(random, dtype, shape)
    way = random.integers(4)
    b = some_numbers(random, dtype, shape) if way == 0 else a.clone()
    if way == 1 and b.numel():
        b.view(-1)[random.integers(b.numel())] = some_numbers(random, dtype, (1,))[0]
    if way == 2 and dtype in FLOATS:
        b = (b.double() * 1.01).to(dtype)
    return lying(random, a), lying(random, b)


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
