"""A sample holds values of its tensor and no others, from all over it, and is not led astray by what repeats."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.last_inflated import MAX_INFLATED
from explorer.checkpoint.values.reading import open_values

BLOCKS, ELEMENTS = 16, 100


def saved(path: Path, tensor: torch.Tensor) -> tuple[Checkpoint, TensorInfo]:
    torch.save({"tensor": tensor}, path)
    checkpoint = open_checkpoint(path)
    return checkpoint, checkpoint.tensors[0]


def sample(path: Path, tensor: torch.Tensor) -> NDArray[np.float32]:
    checkpoint, info = saved(path, tensor)
    with open_values(checkpoint) as values:
        found = values.sample(info, BLOCKS, ELEMENTS)
        np.testing.assert_array_equal(values.sample(info, BLOCKS, ELEMENTS), found)
    return found


def test_a_small_tensor_comes_whole(tmp_path: Path) -> None:
    tensor = torch.arange(BLOCKS * ELEMENTS)
    assert sorted(sample(tmp_path / "a.pt", tensor)) == tensor.tolist()
    assert sample(tmp_path / "a.pt", tensor[7]).tolist() == [7]
    assert sample(tmp_path / "a.pt", tensor[:0]).size == 0


def test_a_large_tensor_gives_stretches_from_all_over(tmp_path: Path) -> None:
    found = sample(tmp_path / "a.pt", torch.arange(1_000_000))
    assert found.size == BLOCKS * ELEMENTS
    stretches = found.reshape(BLOCKS, ELEMENTS)
    assert (np.diff(stretches, axis=1) == 1).all()
    assert (stretches[:, 0] * BLOCKS // 1_000_000 == range(BLOCKS)).all()


def test_what_repeats_with_the_parts_does_not_look_constant(tmp_path: Path) -> None:
    part = 65_536
    tensor = (torch.arange(BLOCKS * part) % part < part // 2).float()
    assert 0.2 < sample(tmp_path / "a.pt", tensor).mean() < 0.8


@settings(max_examples=12)
@given(
    shape=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    steps=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    order=st.permutations(range(3)),
)
def test_a_view_gives_only_its_own_elements(
    tmp_path_factory: pytest.TempPathFactory, shape: list[int], steps: list[int], order: list[int]
) -> None:
    tensor = torch.arange(int(np.prod(shape))).reshape(shape)
    view = tensor[tuple(slice(None, None, step) for step in steps[: len(shape)])]
    view = view.permute([axis for axis in order if axis < len(shape)])
    found = sample(tmp_path_factory.getbasetemp() / "view.pt", view)
    assert np.isin(found, view.numpy()).all()
    assert np.unique(found).size == found.size
    assert found.size == view.numel() if view.numel() <= BLOCKS * ELEMENTS else found.size == BLOCKS * ELEMENTS


def test_elements_that_lie_far_apart_give_fewer(tmp_path: Path) -> None:
    tensor = torch.arange(3_000_000).reshape(300, 10_000)
    found = sample(tmp_path / "a.pt", tensor[:, 5])
    assert np.isin(found, tensor[:, 5].numpy()).all()
    assert found.size >= BLOCKS


def test_values_that_a_view_repeats_come_once(tmp_path: Path) -> None:
    assert sorted(sample(tmp_path / "a.pt", torch.arange(50).expand(100_000, 50))) == list(range(50))


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
@pytest.mark.parametrize("axis", [0, 1])
def test_quantized_values_have_the_scales_of_their_channels(tmp_path: Path, axis: int) -> None:
    numbers = torch.arange(40_000, dtype=torch.float64).reshape(200, 200).float() / 40_000
    channels = 2.0 ** torch.arange(-20, -12, 8 / 200, dtype=torch.float64)[:200]
    per_channel = torch.quantize_per_channel(numbers, channels, torch.zeros(200, dtype=torch.int64), axis, torch.qint32)
    found = sample(tmp_path / "a.pt", per_channel)
    assert found.size == BLOCKS * ELEMENTS
    assert np.isin(found, per_channel.dequantize().numpy()).all()
    per_tensor = torch.quantize_per_tensor(numbers, 2.0**-10, 5, torch.qint32)
    assert np.isin(sample(tmp_path / "a.pt", per_tensor), per_tensor.dequantize().numpy()).all()


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e5m2", "complex64", "bool", "float64"])
def test_values_are_decoded(tmp_path: Path, dtype: str) -> None:
    tensor = (torch.arange(90_000) % 64).to(getattr(torch, dtype))
    wide = tensor.float() if tensor.is_floating_point() and tensor.element_size() < 4 else tensor
    found = sample(tmp_path / "a.pt", tensor)
    assert found.dtype == wide.numpy().dtype
    assert np.unique(found).tolist() == np.unique(wide.numpy()).tolist()


def test_a_compressed_storage_is_sampled_as_a_whole(tmp_path: Path) -> None:
    torch.save({"tensor": torch.arange(1_000_000)}, tmp_path / "stored.pt")
    with (
        zipfile.ZipFile(tmp_path / "stored.pt") as stored,
        zipfile.ZipFile(tmp_path / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for record in stored.namelist():
            deflated.writestr(record, stored.read(record))
    checkpoint = open_checkpoint(tmp_path / "deflated.pt")
    storage = checkpoint.tensors[0].storage
    assert storage is not None
    assert storage.framing == "zip-deflated"
    assert storage.nbytes < MAX_INFLATED
    with open_values(checkpoint) as values:
        found = values.sample(checkpoint.tensors[0], BLOCKS, ELEMENTS)
    assert (found.reshape(BLOCKS, ELEMENTS)[:, 0] * BLOCKS // 1_000_000 == range(BLOCKS)).all()
