"""Differences as values: those that float64 gives, however both tensors lie and whatever their dtypes are."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.compare.difference_walk import difference_walk
from explorer.checkpoint.reader import open_checkpoint

PAIRS = {
    "plain": (torch.arange(6.0).reshape(2, 3), torch.arange(6.0).reshape(2, 3) ** 2),
    "transposed": (torch.arange(6.0).reshape(2, 3).t(), torch.ones(3, 2)),
    "cast": (torch.tensor([0.1, 2.5]), torch.tensor([0.1, 2.5], dtype=torch.float16)),
    "large": (torch.tensor([2**62, 5]), torch.tensor([-(2**62), 7])),
    "flags": (torch.tensor([True, False]), torch.tensor([False, False])),
    "complex": (torch.tensor([0j, 1 + 1j]), torch.tensor([3 + 4j, 1 + 1j])),
    "nan": (torch.tensor([1.0, torch.nan, torch.inf]), torch.tensor([1.5, 1.0, torch.inf])),
    "corner": (torch.ones(2, 3), torch.full((4, 3), 3.0)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pairs")
    for side, name in enumerate(("a.pt", "b.pt")):
        torch.save({key: pair[side] for key, pair in PAIRS.items()}, made / name)
    return made


def test_differences_are_those_of_float64(folder: Path) -> None:
    a, b = (open_checkpoint(folder / name) for name in ("a.pt", "b.pt"))
    for number, (key, (left, right)) in enumerate(PAIRS.items()):
        walk = difference_walk((a, a.tensors[number]), (b, b.tensors[number]))
        found = np.concatenate([np.array(block) for block in walk.blocks()])
        corner = tuple(slice(min(sizes)) for sizes in zip(left.shape, right.shape, strict=True))
        wide = torch.complex128 if left.is_complex() else torch.float64
        expected = right[corner].to(wide) - left[corner].to(wide)
        expected = expected.abs() if left.is_complex() else expected
        assert walk.total == found.size == expected.numel(), key
        np.testing.assert_array_equal(np.sort(found), np.sort(expected.numpy().ravel()), err_msg=key)
