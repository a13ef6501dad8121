"""What is measured on a device is what the file's statistics say: every kind of number, and every way it lies."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.draw.axes import Axis, Bins
from explorer.analysis.draw.histogram_on_axis import count_on
from explorer.analysis.measure.elsewhere import Elsewhere
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.walks import Walk, prepare_walk
from explorer.devices.measure import DeviceValues
from explorer.devices.placement import Placement
from explorer.devices.torch_devices import TorchDevices
from explorer.progress import Cancelled, no_report
from tests.devices.stand_in import StandIn

_FLOATS = ("float16", "bfloat16", "float32", "float64")


def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    normal = torch.randn(60, 70, dtype=torch.float64)
    special = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1e-40, -1e-40, 5e-324, 3e38, -1e300]
    made = {name: (normal * 0.02).to(getattr(torch, name)) for name in _FLOATS}
    made |= {f"{name}.special": torch.tensor(special).double().to(getattr(torch, name)) for name in _FLOATS}
    made |= {"float32.nan": torch.full((3,), float("nan")), "same": torch.full((9,), 0.25), "zeros": torch.zeros(8)}
    made |= {"huge": torch.tensor([1e300, -2e305, 3e299]).double() * torch.tensor(1e3).double()}
    made |= {
        "narrow": 1e6 + normal.float() * 0.3,
        "transposed": normal.float().t()[3:, 2:],
        "scalar": torch.tensor(2.5),
    }
    made |= {"expanded": torch.arange(5.0).expand(4, 5), "steps": normal.float().flatten()[::3], "empty": torch.ones(0)}
    made |= {"overlap": torch.arange(50.0).as_strided((20, 9), (2, 1)), "neg": torch._neg_view(torch.arange(4.0))}
    made |= {name: torch.arange(-99, 155).to(getattr(torch, name)) for name in ("int8", "uint8", "int16", "int32")}
    made |= {
        "int64": torch.tensor([-(2**62) - 1, 2**62 + 3, 0, 7]),
        "bool": normal > 1,
        "bool.odd": torch.tensor([0, 1, 2, 255, 3] * 20, dtype=torch.uint8).view(torch.bool),
        "uint64": torch.arange(9).to(torch.uint64),
    }
    made |= {
        "float8": normal.float().to(torch.float8_e4m3fn),
        "complex64": torch.complex(normal, normal.flip(0)).to(torch.complex64),
    }
    made |= {"quantized": torch.quantize_per_tensor(normal.float(), 0.05, 3, torch.qint8)}
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    saved = tmp_path_factory.mktemp("measured") / "a.pt"
    with warnings.catch_warnings():
        # PyTorch means to give up quantized tensors; files of it stay.
        warnings.simplefilter("ignore", UserWarning)
        torch.save(tensors(), saved)
    return saved


class Placed:
    def __init__(self, path: Path, devices: TorchDevices, device: str) -> None:
        self.checkpoint: Checkpoint = open_checkpoint(path)
        self.placement = Placement(self.checkpoint)
        self.placement.move(
            self.placement.plan(range(len(self.checkpoint.tensors)), device, devices), devices, no_report
        )

    def walks(self) -> Iterator[tuple[TensorInfo, Walk, Walk]]:
        for tensor in self.checkpoint.tensors:
            yield tensor, prepare_walk(self.placement.checkpoint, tensor), prepare_walk(self.checkpoint, tensor)


def assert_same(here: Statistics, there: Statistics, key: str) -> None:
    for name in ("count", "min", "max", "zeros", "nan", "posinf", "neginf"):
        assert getattr(here, name) == getattr(there, name), (key, name)
        assert type(getattr(here, name)) is type(getattr(there, name)), (key, name)
    for ours, theirs in zip(here.buckets, there.buckets, strict=True):
        np.testing.assert_array_equal(ours, theirs, err_msg=key)
    # The order of a sum decides about its last digits, and in the mean of 2**62 and -2**62 about all that is left.
    rounded = 1e-14 * max(abs(there.min or 0), abs(there.max or 0))
    for name in ("mean", "std", "l2"):
        ours, theirs = getattr(here, name), getattr(there, name)
        close = ours == theirs if theirs is None else ours == pytest.approx(theirs, rel=1e-9, abs=rounded)
        assert close, (key, name)


def cancel_in_the_middle(done: int, total: int, _what: str) -> None:
    assert done <= 37 < total
    raise Cancelled


def measured(walk: Walk) -> Statistics:
    return measure(walk.blocks, walk.total, no_report, walk.multiplicity)


NOT_THERE = {"uint64", "complex64", "neg"}
"""What PyTorch does not compute with on a device is copied to this computer for it."""


def assert_measured_as_in_the_file(placed: Placed) -> set[str]:
    """Compare statistics and counts of every tensor; those that were measured on the device."""
    elsewhere = set()
    for tensor, here, there in placed.walks():
        statistics = measured(there)
        assert (here.total, here.multiplicity) == (there.total, there.multiplicity)
        assert_same(measured(here), statistics, tensor.key)
        low, high = float(statistics.min or 0), float(statistics.max or 0)
        edges = [low / 2, low / 3, low / 7, 0.0, high / 3, high / 2]
        for bins in (Bins(Axis(), low, high, 50), Bins(Axis(), min(edges), max(edges), 7)):
            ours, theirs = (
                count_on(walk.blocks, walk.total, no_report, bins, walk.multiplicity) for walk in (here, there)
            )
            np.testing.assert_array_equal(ours.counts, theirs.counts, err_msg=tensor.key)
            assert (ours.below, ours.above) == (theirs.below, theirs.above)
        if isinstance(here.blocks, Elsewhere):
            elsewhere.add(tensor.key)
    return elsewhere


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_statistics_and_counts_where_it_is_are_those_of_the_file(path: Path, device: str) -> None:
    placed = Placed(path, StandIn(10_000_000), device)
    elsewhere = assert_measured_as_in_the_file(placed)
    assert elsewhere == (set() if device == "cpu" else tensors().keys() - NOT_THERE)


@pytest.mark.cuda
def test_a_real_device_measures_as_in_the_file(path: Path) -> None:
    placed = Placed(path, TorchDevices(), "cuda:0")
    assert assert_measured_as_in_the_file(placed) == tensors().keys() - NOT_THERE


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda:0", marks=pytest.mark.cuda)])
def test_blocks_that_are_smaller_than_a_tensor_add_up(path: Path, device: str) -> None:
    placed = Placed(path, TorchDevices(), device)
    for tensor, here, there in placed.walks():
        if tensor.key not in ("float32", "float16", "transposed", "overlap", "narrow"):
            continue
        held = placed.placement.held(placed.checkpoint.tensors.storage_of[tensor.number])
        assert held is not None
        values = DeviceValues(held, tensor, here.blocks, block=37)
        assert_same(measured(here._replace(blocks=values)), measured(there), tensor.key)
        with pytest.raises(Cancelled):
            measure(values, here.total, cancel_in_the_middle)
