"""Pairs of tensors, what is said of them, and whether that is right."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from explorer.analysis.compare.comparing import compare_entries
from explorer.analysis.compare.comparison import compare_tensors
from explorer.analysis.compare.difference import EXACT, Difference, Figures, Tolerance
from explorer.analysis.compare.pairing import choose, pair_up
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.reading import open_values
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
