"""Parts of tensors read back as torch has them, however they lie in the file."""

import os
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.planes import Plane, first_plane, tiled_plane
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.region_values import LONGEST, read_plane, read_plane_bits

BASE = torch.arange(2 * 3 * 4 * 5 * 6, dtype=torch.float32).reshape(2, 3, 4, 5, 6)

TENSORS = {
    "plain": BASE,
    "turned": BASE.permute(4, 1, 3, 0, 2),
    "part": BASE[:, 1:, ::2, :, 1:5],
    "repeated": BASE[0, :, :1, 0].expand(3, 4, 6),
    "row": BASE.reshape(-1)[7:200:3],
    "scalar": BASE[1, 1, 1, 1, 1],
    "bfloat16": BASE.to(torch.bfloat16),
    "float8": (BASE / 100).to(torch.float8_e4m3fn),
    "complex": torch.complex(BASE[0, 0], -BASE[1, 1]).conj(),
    "half complex": BASE[0, 0].to(torch.float16).view(torch.complex32),
    "bool": BASE[0, 0] > 17,
    "int64": BASE.to(torch.int64)[..., 3] - 2**60,
}


@cache
def expected_of(key: str) -> NDArray[np.generic]:
    return values_of((TENSORS | quantized())[key])


def values_of(tensor: torch.Tensor) -> NDArray[np.generic]:
    if tensor.is_quantized:
        return tensor.dequantize().numpy()
    if tensor.dtype == torch.complex32:
        return tensor.view(torch.float16).numpy().astype(np.float32).view(np.complex64)
    wide = {torch.bfloat16: torch.float32, torch.float8_e4m3fn: torch.float32}
    found: NDArray[np.generic] = tensor.to(wide.get(tensor.dtype, tensor.dtype)).resolve_conj().numpy()
    return found


def quantized() -> dict[str, torch.Tensor]:
    scales, zero_points = torch.linspace(0.1, 0.4, 5), torch.arange(5)
    with warnings.catch_warnings(action="ignore"):  # PyTorch is about to drop them
        return {
            "quantized": torch.quantize_per_tensor(BASE[0, 0] - 40, 0.25, 3, torch.qint8),
            "channels": torch.quantize_per_channel(BASE[0, 0] / 8, scales, zero_points, 1, torch.quint8),
        }


KEYS = sorted([*TENSORS, *("quantized", "channels")])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Checkpoint]:
    folder = tmp_path_factory.mktemp("regions")
    tensors = TENSORS | quantized()
    torch.save(tensors, folder / "zip.pt")
    torch.save(tensors, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    return [open_checkpoint(folder / name) for name in ("zip.pt", "legacy.pt")]


def by_key(checkpoint: Checkpoint, key: str) -> TensorInfo:
    return next(tensor for tensor in checkpoint.tensors if tensor.key == key)


@st.composite
def planes(draw: st.DrawFn, shape: tuple[int, ...]) -> Plane:
    axes = draw(st.permutations(range(len(shape))))
    ends = sorted(draw(st.lists(st.integers(0, len(shape)), min_size=2, max_size=2)))
    at = tuple(draw(st.integers(0, size - 1)) for size in shape)
    return Plane(shape, tuple(axes[: ends[0]]), tuple(axes[ends[0] : ends[1]]), at)


@st.composite
def bounds(draw: st.DrawFn, size: int) -> tuple[int, int]:
    first = draw(st.integers(0, size - 1))
    return first, draw(st.integers(first + 1, size))


@given(data=st.data(), key=st.sampled_from(KEYS), zipped=st.booleans())
def test_any_part_of_any_table_is_what_torch_has(
    files: list[Checkpoint], data: st.DataObject, key: str, *, zipped: bool
) -> None:
    checkpoint = files[zipped]
    whole, tensor = expected_of(key), by_key(checkpoint, key)
    plane = data.draw(planes(whole.shape))
    rows, columns = data.draw(bounds(plane.height)), data.draw(bounds(plane.width))
    with open_values(checkpoint) as values:
        found = read_plane(values, tensor, plane, rows, columns)
        bits = read_plane_bits(values, tensor, plane, rows, columns)
    for row in range(*rows):
        for column in range(*columns):
            index = plane.index(row, column)
            assert plane.place(index) == (row, column)
            expected = whole[index]
            assert found[row - rows[0], column - columns[0]] == expected
            if key in {"plain", "turned", "part", "int64"}:
                stored = expected.tobytes()[::-1]
                assert bits[row - rows[0], column - columns[0]].tobytes() == stored


def test_only_what_is_wanted_of_a_large_tensor_is_read(tmp_path: Path) -> None:
    rows, columns = 40, LONGEST // 4 // 8
    whole = torch.arange(rows * columns, dtype=torch.int32).reshape(rows, columns)
    torch.save({"w": whole, "t": whole.t()}, tmp_path / "large.pt")
    checkpoint = open_checkpoint(tmp_path / "large.pt")
    with open_values(checkpoint) as values:
        read: list[int] = []
        elements = values.elements

        def counted(tensor: TensorInfo, first: int, count: int) -> NDArray[np.uint8]:
            read.append(count)
            return elements(tensor, first, count)

        values.elements = counted  # type: ignore[method-assign]
        for key, turned in (("w", False), ("t", True)):
            tensor = by_key(checkpoint, key)
            plane = first_plane(tensor.kind.stored_shape)
            few, many = (5, 25), (1000, 1100)
            found = read_plane(values, tensor, plane, *((many, few) if turned else (few, many)))
            assert np.array_equal(found, whole[5:25, 1000:1100].numpy().T if turned else whole[5:25, 1000:1100])
            assert sum(read) == 20 * 100
            read.clear()
        everything = read_plane(values, by_key(checkpoint, "w"), first_plane((rows, columns)), (0, rows), (0, columns))
        assert np.array_equal(everything, whole)
        assert max(read) * 4 <= LONGEST


def test_filters_are_a_gallery() -> None:
    plane = first_plane((8, 4, 3, 5))
    assert plane == tiled_plane((8, 4, 3, 5)) == Plane((8, 4, 3, 5), (0, 2), (1, 3), (0, 0, 0, 0))
    assert (plane.height, plane.width, plane.tile) == (24, 20, (3, 5))
    assert plane.index(7, 11) == (2, 2, 1, 1)
    assert first_plane((8, 4, 9)).tile == (1, 9)
    assert first_plane((8, 4, 1, 1)) == Plane((8, 4, 1, 1), (0,), (1,), (0, 0, 0, 0))
    assert first_plane((8, 4, 100, 100)).fixed == (2, 3)
    assert (first_plane((7,)).height, first_plane((7,)).width) == (1, 7)
    assert (first_plane(()).height, first_plane(()).width) == (1, 1)


def test_what_lies_outside_or_has_changed_is_refused(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(2, 3)}, tmp_path / "w.pt")
    checkpoint = open_checkpoint(tmp_path / "w.pt")
    tensor, plane = by_key(checkpoint, "w"), first_plane((2, 3))
    with open_values(checkpoint) as values:
        with pytest.raises(IndexError):
            read_plane(values, tensor, plane, (0, 3), (0, 1))
        os.utime(checkpoint.path, ns=(0, 0))
        with pytest.raises(CheckpointError, match="changed"):
            read_plane(values, tensor, plane, (0, 1), (0, 1))


def test_an_axis_chosen_for_one_way_gives_the_other_its_own() -> None:
    plane = Plane((8, 4, 3, 5), (0,), (1,), (0, 0, 2, 1))
    assert plane.with_down(1) == plane.with_across(0) == Plane((8, 4, 3, 5), (1,), (0,), (0, 0, 2, 1))
    assert plane.with_across(3).fixed == (1, 2)
    gallery = first_plane((8, 4, 3, 5))
    assert gallery.with_down(1).across == (0,)
    assert gallery.with_across(1).down == (0, 2)
