"""Values of 8 and 16 bits are measured by these bits, and come out as their numbers would."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.measure.statistics import measure
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.codes import CodedBlocks
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import no_report

pytestmark = pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors

FLOATS = [name for name in dir(torch) if name.startswith("float8_")] + ["bfloat16", "float16"]


def made() -> dict[str, torch.Tensor]:
    values = torch.randn(40, 30, generator=torch.Generator().manual_seed(0))
    tensors = {name: values.abs().add(0.1).to(getattr(torch, name)) for name in FLOATS}
    bits = torch.arange(65536).to(torch.uint16)
    return tensors | {
        "every bfloat16": bits.view(torch.bfloat16),
        "every float16": bits.clone().view(torch.float16),
        "columns": values.to(torch.float16)[:, 3:9],
        "expanded": values.to(torch.bfloat16)[:1].expand(7, 30),
        "negative view": torch._neg_view(values.to(torch.bfloat16)),
        "quantized": torch.quantize_per_tensor(values, 0.03, 7, torch.qint8),
        "quantized, unsigned": torch.quantize_per_tensor(values, 0.03, 7, torch.quint8),
    }


def assert_measured_as_numbers(checkpoint: Checkpoint, info: TensorInfo) -> None:
    blocks, total, multiplicity = prepare_walk(checkpoint, info)
    assert isinstance(blocks, CodedBlocks), info.key
    numbers = np.repeat(np.concatenate(list(blocks())), multiplicity)
    finite = numbers[np.isfinite(numbers)].astype(np.float64)
    got = measure(blocks, total, no_report, multiplicity)

    distinct, counts = np.unique(finite + 0.0, return_counts=True)
    assert got.exact_values, info.key
    assert got.buckets.lows.tolist() == distinct.tolist(), info.key
    assert got.buckets.counts.tolist() == counts.tolist()
    assert (got.count, got.nan, got.zeros) == (numbers.size, np.isnan(numbers).sum(), (numbers == 0).sum())
    assert (got.posinf, got.neginf) == (np.isposinf(numbers).sum(), np.isneginf(numbers).sum())
    assert (got.min, got.max) == (finite.min(), finite.max())
    assert got.mean == pytest.approx(finite.mean(), rel=1e-12, abs=1e-15 * np.abs(finite).max())
    assert got.std == pytest.approx(finite.std(), rel=1e-12)


def test_bits_are_measured_as_the_numbers_they_stand_for(tmp_path: Path) -> None:
    torch.save(made(), tmp_path / "some.pt")
    checkpoint = open_checkpoint(tmp_path / "some.pt")

    assert [tensor.key for tensor in checkpoint.tensors] == list(made())
    for tensor in checkpoint.tensors:
        assert_measured_as_numbers(checkpoint, tensor)


def test_bits_that_were_saved_the_other_way_round_are_turned(tmp_path: Path) -> None:
    values = torch.linspace(-3, 5, 1000).to(torch.bfloat16)
    torch.save({"a": values}, tmp_path / "little.pt")
    with zipfile.ZipFile(tmp_path / "little.pt") as old, zipfile.ZipFile(tmp_path / "big.pt", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("/byteorder"):
                data = b"big"
            elif "/data/" in name:
                data = np.frombuffer(data, np.uint16).byteswap().tobytes()
            new.writestr(name, data)
    checkpoint = open_checkpoint(tmp_path / "big.pt")
    blocks, total, _ = prepare_walk(checkpoint, checkpoint.tensors[0])

    assert_measured_as_numbers(checkpoint, checkpoint.tensors[0])
    assert measure(blocks, total, no_report).max == 5


def test_an_open_file_is_walked_over_as_one_that_is_opened_for_it(tmp_path: Path) -> None:
    torch.save({"a": torch.linspace(-3, 5, 1000).to(torch.float16)}, tmp_path / "some.pt")
    checkpoint = open_checkpoint(tmp_path / "some.pt")
    tensor = checkpoint.tensors[0]
    closed = prepare_walk(checkpoint, tensor)
    with open_values(checkpoint) as values:
        opened = prepare_walk(values, tensor)
        one, other = (measure(*walk[:2], no_report) for walk in (closed, opened))

    assert one.buckets.lows.tolist() == other.buckets.lows.tolist()


def test_what_depends_on_the_channel_or_is_wider_has_no_code(tmp_path: Path) -> None:
    scales, zero_points = torch.tensor([0.1, 0.2]), torch.tensor([0, 1])
    tensors = {
        "channels": torch.quantize_per_channel(torch.randn(2, 3), scales, zero_points, 0, torch.qint8),
        "float32": torch.randn(3),
        "complex64": torch.randn(3).to(torch.complex64),
        "int8": torch.ones(3, dtype=torch.int8),
    }
    torch.save(tensors, tmp_path / "some.pt")
    checkpoint = open_checkpoint(tmp_path / "some.pt")

    for tensor in checkpoint.tensors:
        assert not isinstance(prepare_walk(checkpoint, tensor).blocks, CodedBlocks), tensor.key
