"""Whatever reads values reads them from where they are: layers, rows, comparisons; copies and checksums do not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.analysis.compare.comparing import Comparison, compare_entries
from explorer.analysis.compare.comparison import compare_tensors
from explorer.analysis.compare.difference import EXACT, Difference, Tolerance
from explorer.analysis.compare.difference_walk import difference_walk
from explorer.analysis.compare.pairing import choose, pair_up
from explorer.analysis.draw.axes import Axis, Bins
from explorer.analysis.judge.judging import Judge
from explorer.analysis.layer_figures import LayerFigures, count_layer, layer_figures
from explorer.analysis.measure.statistics import measure
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.checksums import verify
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.tree import Layer
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyOptions
from explorer.devices.differing import comparable
from explorer.devices.placement import Placement
from explorer.devices.torch_devices import TorchDevices
from explorer.progress import Cancelled, no_report
from tests.analysis.compare.tensor_pairs import some_pair
from tests.checkpoint.stored_bytes import stored_bytes
from tests.devices.stand_in import StandIn
from tests.devices.test_measure import assert_same

REAL = pytest.param("real", marks=pytest.mark.cuda)
"""`StandIn` has a cuda:0, too."""


def placed(checkpoint: Checkpoint, device: str, numbers: Sequence[int] | None = None) -> Placement:
    """Everything, or some of it, on a device."""
    devices = TorchDevices() if device == "real" else StandIn(1 << 30)
    placement = Placement(checkpoint)
    some = range(len(checkpoint.tensors)) if numbers is None else numbers
    placement.move(placement.plan(some, device.replace("real", "cuda:0"), devices), devices, no_report)
    return placement


@pytest.fixture
def network(tmp_path: Path) -> Checkpoint:
    """Large and small tensors in layers; some rows are dead, a value is NaN, and one repeats what it has."""
    torch.manual_seed(1)
    tensors: dict[str, torch.Tensor] = {}
    for layer in ("a", "b"):
        weight = torch.randn(300, 200) * 0.05
        weight[7] = 0
        tensors |= {f"{layer}.weight": weight, f"{layer}.bias": torch.randn(300) * 0.01}
        tensors |= {f"{layer}.half": torch.randn(400, 100).bfloat16(), f"{layer}.steps": torch.arange(9)}
    tensors["b.weight"][3, 5] = float("nan")
    tensors["b.expanded"] = torch.randn(1, 20_000).expand(5, 20_000)
    torch.save(tensors, tmp_path / "a.pt")
    return open_checkpoint(tmp_path / "a.pt")


def root(checkpoint: Checkpoint) -> Layer:
    return Layer.root(checkpoint.tensors, range(len(checkpoint.tensors)), "a.pt")


def assert_same_figures(here: LayerFigures, there: LayerFigures) -> None:
    assert here.readable == there.readable
    assert here.whole is not None
    assert there.whole is not None
    assert_same(here.whole, there.whole, "whole")
    for ours, theirs in zip(here.children, there.children, strict=True):
        assert ours.statistics is not None
        assert theirs.statistics is not None
        assert (ours.name, ours.tensors, ours.parameters) == (theirs.name, theirs.tensors, theirs.parameters)
        assert_same(ours.statistics, theirs.statistics, ours.name)


@pytest.mark.parametrize("device", ["cpu", "cuda:0", REAL])
@pytest.mark.parametrize("numbers", [None, [0, 1, 2, 8]], ids=["all", "some"])
def test_rows_layers_and_problems_are_those_of_the_file(
    network: Checkpoint, device: str, numbers: list[int] | None
) -> None:
    placement = placed(network, device, numbers)
    here = placement.checkpoint
    every = range(len(network.tensors))
    ours, theirs = (measure_tensors(each, every, no_report, Judge(each)) for each in (here, network))
    assert ours.statistics.keys() == theirs.statistics.keys() == set(every)
    for number, statistics in theirs.statistics.items():
        assert_same(ours.statistics[number], statistics, network.tensors.key(number))
    assert ours.found == theirs.found
    assert len(ours.found) >= 2
    assert_same_figures(*(layer_figures(each, root(each), {}, no_report) for each in (here, network)))
    for bins in (Bins(Axis(), -0.2, 0.2, 40), Bins(Axis(), -3.0, 9.0, 12)):
        mine, of_file = (count_layer(each, every, no_report, bins) for each in (here, network))
        np.testing.assert_array_equal(mine.counts, of_file.counts)
        assert (mine.below, mine.above) == (of_file.below, of_file.above)
    with open_values(here) as ours_open, open_values(network) as theirs_open:
        for tensor in network.tensors:
            np.testing.assert_array_equal(ours_open.sample(tensor, 8, 64), theirs_open.sample(tensor, 8, 64))
            np.testing.assert_array_equal(stored_bytes(ours_open, tensor), stored_bytes(theirs_open, tensor))
    placement.release()


def some_states(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    random = np.random.default_rng(11)
    pairs = [some_pair(random) for _ in range(count)]
    torch.manual_seed(2)
    long = torch.randn(700, 500)
    near = long + (torch.rand(700, 500) > 0.999) * 1e-4
    odd = near.clone()
    odd[600, 400] = float("inf")
    pairs += [(long, near), (long, near.t().contiguous().t()), (long, odd), (long.half(), near.half())]
    pairs += [(long > 0, near > 0.1), (long.to(torch.float8_e4m3fn), near.to(torch.float8_e4m3fn)), (long, near.half())]
    return tuple({str(number): pair[side] for number, pair in enumerate(pairs)} for side in (0, 1))  # type: ignore[return-value]


def compared(a: Checkpoint, b: Checkpoint, tolerance: Tolerance) -> Comparison:
    return compare_entries(pair_up(choose(a, None), choose(b, None)), no_report, tolerance)


def assert_same_difference(here: Difference, there: Difference, key: str) -> None:
    assert (here.state, here.equal_after_cast, here.problem) == (there.state, there.equal_after_cast, there.problem), (
        key
    )
    assert (here.judged is None) == (there.judged is None), key
    # Those that are small are judged together in the files, where nothing is said of what is not finite.
    if here.judged is not None and there.judged is not None and here.state in ("close", "differs"):
        assert here.judged.close == there.judged.close, key
        assert here.judged.excess == pytest.approx(there.judged.excess, rel=1e-12), key
    for ours, theirs in ((here.figures, there.figures), (here.overlap, there.overlap)):
        assert (ours is None) == (theirs is None), key
        if ours is not None and theirs is not None:
            for name in ("not_finite", "max_abs", "changed", "worst_index", "worst_a", "worst_b", "alike", "odd_index"):
                assert getattr(ours, name) == getattr(theirs, name), (key, name)
                assert type(getattr(ours, name)) is type(getattr(theirs, name)), (key, name)
            for name in ("mean_abs", "relative_l2", "cosine"):
                one, other = getattr(ours, name), getattr(theirs, name)
                assert (one is other) if other is None else one == pytest.approx(other, rel=1e-9, abs=1e-12), (
                    key,
                    name,
                )


@pytest.mark.parametrize("device", ["cuda:0", REAL])
@pytest.mark.parametrize("tolerance", [EXACT, Tolerance(1e-3, 1e-6)])
def test_comparisons_are_those_of_the_files(tmp_path: Path, device: str, tolerance: Tolerance) -> None:
    states = some_states(50)
    torch.save(states[0], tmp_path / "a.pt")
    torch.save(states[1], tmp_path / "b.pt")
    a, b = (open_checkpoint(tmp_path / name) for name in ("a.pt", "b.pt"))
    of_files = compared(a, b, tolerance)
    placements = [placed(a, device), placed(b, device)]
    there = [placement.checkpoint for placement in placements]
    for one, other in ((there[0], b), (a, there[1]), (there[0], there[1])):
        found = compared(one, other, tolerance)
        for ours, theirs, pair in zip(found.differences, of_files.differences, found.pairing.pairs, strict=True):
            assert_same_difference(ours, theirs, pair.key)
    for number in range(-7, 0):
        tensor, other_tensor = a.tensors[len(a.tensors) + number], b.tensors[len(b.tensors) + number]
        walks = [difference_walk((one, tensor), (b, other_tensor)) for one in (there[0], a)]
        here, of_file = (measure(walk.blocks, walk.total, no_report, walk.multiplicity) for walk in walks)
        assert_same(here, of_file, tensor.key)
    for placement in placements:
        placement.release()


def test_a_comparison_on_a_device_stops_when_it_is_told_to_and_is_done_there(tmp_path: Path) -> None:
    states = some_states(0)
    torch.save(states[0], tmp_path / "a.pt")
    torch.save(states[1], tmp_path / "b.pt")
    a, b = (open_checkpoint(tmp_path / name) for name in ("a.pt", "b.pt"))
    placement = placed(a, "cuda:0")
    kinds = [(a.tensors[number].kind, b.tensors[number].kind) for number in range(7)]
    # Of differing dtypes it is done here.
    assert [comparable(*pair, "cuda:0") for pair in kinds] == [True] * 6 + [False]
    assert not comparable(*kinds[0], "mps")

    def stop(done: int, total: int, _what: str) -> None:
        assert 0 < done < total
        raise Cancelled

    with open_values(placement.checkpoint) as here, open_values(b) as there, pytest.raises(Cancelled):
        compare_tensors(Side(here, a.tensors[0]), Side(there, b.tensors[0]), stop)


def highest(checkpoint: Checkpoint) -> float:
    """The largest value of the first tensor."""
    largest = measure_tensors(checkpoint, [0], no_report).statistics[0].max
    assert largest is not None
    return largest


def test_values_come_from_the_device_copies_and_checksums_from_the_file(network: Checkpoint, tmp_path: Path) -> None:
    placement = placed(network, "cuda:0")
    held = placement.held(network.tensors.storage_of[0])
    assert held is not None
    held.data.view(torch.float32)[0] = 1000.0
    assert highest(placement.checkpoint) == 1000.0
    assert highest(network) < 1
    checks = verify(placement.checkpoint, no_report)
    assert not checks.wrong_tensors
    made = write_copy(placement.checkpoint, tmp_path / "copy.pt", CopyOptions(device="cuda:0"), no_report)
    assert made.verified.same == made.tensors
    placement.release()
    assert highest(placement.checkpoint) < 1


def test_on_the_meta_device_the_values_are_those_of_the_file(network: Checkpoint) -> None:
    placement = placed(network, "meta")
    ours, theirs = (measure_tensors(each, [0, 1], no_report) for each in (placement.checkpoint, network))
    for number in (0, 1):
        assert_same(ours.statistics[number], theirs.statistics[number], str(number))
