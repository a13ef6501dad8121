"""Singular values and what is said about them, against NumPy in float64."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.draw import spectrum as module
from explorer.analysis.draw.marchenko_pastur import between, edges, expected
from explorer.analysis.draw.singular_values import LARGEST
from explorer.analysis.draw.spectrum import NotFiniteError, Spectrum, matrix_plane, spectrum_of
from explorer.analysis.judge.problems import Kind
from explorer.analysis.judge.spectrum_problems import judge_spectrum
from explorer.analysis.judge.thresholds import DEFAULT
from explorer.analysis.roles import Role, Roles
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.progress import Cancelled, Report, no_report
from tests.analysis.fresh_networks import KINDS, trained

RANDOM = torch.Generator().manual_seed(4)


def saved(folder: Path, **tensors: torch.Tensor) -> Checkpoint:
    torch.save(tensors, folder / "matrices.pt")
    return open_checkpoint(folder / "matrices.pt")


def compute(checkpoint: Checkpoint, key: str, report: Report = no_report) -> Spectrum:
    tensor = next(tensor for tensor in checkpoint.tensors if tensor.key == key)
    plane = matrix_plane(tensor.kind)
    assert plane is not None
    with open_values(checkpoint) as values:
        return spectrum_of(values, tensor, plane, report)


def reference(tensor: torch.Tensor) -> NDArray[np.float64]:
    wide = tensor.to(torch.complex128 if tensor.is_complex() else torch.float64).numpy()
    found: NDArray[np.float64] = np.linalg.svd(wide.reshape(len(wide), -1), compute_uv=False)
    return found


TENSORS = {
    "square": torch.randn(40, 40, generator=RANDOM),
    "tall": torch.randn(300, 12, generator=RANDOM) + 1,
    "wide": torch.randn(9, 200, generator=RANDOM).double(),
    "turned": torch.randn(30, 50, generator=RANDOM).t(),
    "filters": torch.randn(16, 3, 3, 3, generator=RANDOM).bfloat16(),
    "complex": torch.randn(20, 7, generator=RANDOM, dtype=torch.complex64),
    "whole": torch.arange(60).reshape(6, 10),
    "zeros": torch.zeros(5, 4),
    "huge": torch.randn(8, 6, generator=RANDOM).double() * 1e200,
}


@pytest.mark.parametrize("block", [50, 1 << 20])
def test_all_singular_values_are_those_of_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    checkpoint = saved(tmp_path, **TENSORS)
    for key, tensor in TENSORS.items():
        found, true = compute(checkpoint, key), reference(tensor)
        assert found.exact
        assert found.side == true.size
        np.testing.assert_allclose(found.values, true, atol=1e-13 * max(true[0], 1e-300))
        if key == "huge":
            continue
        numbers = tensor.to(torch.complex128 if tensor.is_complex() else torch.float64).numpy()
        assert found.std == pytest.approx(numbers.std())
        assert found.mean == pytest.approx(abs(numbers.mean()))
        # The sum of the squares is that of the numbers.
        assert found.frobenius == pytest.approx(np.linalg.norm(numbers))
        assert found.frobenius == pytest.approx(math.sqrt(np.sum(found.values**2)))


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=12), st.integers(0, 30))
def test_figures_follow_their_definitions(values: list[float], more: int) -> None:
    falling = np.sort(np.array(values))[::-1]
    rows, columns = falling.size, falling.size + more
    # Of squares of the smallest numbers nothing would be left.
    size = falling[0] or 1.0
    frobenius = float(size * np.sqrt(np.sum((falling / size) ** 2)))
    found = Spectrum(rows, columns, falling, frobenius, 0.0, 0.1, 2.0**-23)
    effective = found.effective_rank
    assert effective is not None
    if falling[0] == 0:
        assert (effective, found.stable_rank, found.rank, found.condition) == (0, 0, 0, math.inf)
        return
    assert 1 - 1e-9 <= effective <= np.count_nonzero(falling) + 1e-9
    assert 1 - 1e-9 <= found.stable_rank <= np.count_nonzero(falling) + 1e-9
    assert found.rank == np.count_nonzero(falling > columns * 2.0**-23 * falling[0])
    assert found.condition == (float(falling[0]) / float(falling[-1]) if falling[-1] else math.inf)
    equal = Spectrum(rows, columns, np.ones(rows), math.sqrt(rows), 0.0, 0.1, 2.0**-23)
    assert equal.effective_rank == pytest.approx(rows)
    assert equal.stable_rank == pytest.approx(rows)


def test_of_a_large_matrix_the_largest_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_SIDE", 90)
    monkeypatch.setattr(module, "_WIDEST", 500)
    noise = torch.randn(300, 400, generator=RANDOM) * 0.1
    left, right = (torch.linalg.qr(torch.randn(size, 20, generator=RANDOM))[0] for size in (300, 400))
    low = left @ torch.diag(torch.linspace(90, 40, 20)) @ right.t()
    tensors = {"noise": noise, "learned": noise + low, "low": low, "wider": noise[:150].reshape(100, 600)}
    checkpoint = saved(tmp_path, **tensors)
    for key, tensor in tensors.items():
        found, true = compute(checkpoint, key), reference(tensor)
        assert not found.exact
        assert found.values.size == LARGEST
        assert (found.values <= true[:LARGEST] + 1e-6 * true[0]).all()
        assert found.norm == pytest.approx(true[0], rel=1e-3)
        np.testing.assert_allclose(found.values, true[:LARGEST], rtol=0.02, atol=1e-5 * true[0])
        assert found.frobenius == pytest.approx(np.linalg.norm(tensor.double().numpy()))
        assert (found.effective_rank, found.condition) == (None, None)
    # What was learned stands out of the noise.
    assert compute(checkpoint, "learned").beyond_random == 20


def test_a_random_matrix_is_as_it_is_expected(tmp_path: Path) -> None:
    for rows, columns in ((200, 300), (250, 250)):
        matrix = torch.randn(rows, columns, generator=RANDOM) * 0.02
        found = compute(saved(tmp_path, matrix=matrix), "matrix")
        side = min(rows, columns)
        average = expected(rows, columns, found.std, side)
        np.testing.assert_allclose(found.values, average, atol=0.03 * found.norm)
        low, high = edges(rows, columns, found.std)
        assert low <= average[-1] < average[0] <= high == found.random_edge
        # Their squares add up to those of the numbers.
        assert np.sum(average**2) == pytest.approx(rows * columns * found.std**2, rel=1e-3)
        counts = between(rows, columns, found.std, np.linspace(0, high, 11))
        assert counts.sum() == pytest.approx(side)
        np.testing.assert_allclose(
            np.cumsum(np.histogram(found.values, np.linspace(0, high, 11))[0]), np.cumsum(counts), atol=4
        )
    assert between(3, 4, 0.0, np.array([0.0, 1.0])).tolist() == [3.0]


def test_what_has_no_spectrum(tmp_path: Path) -> None:
    nan = torch.randn(20, 20, generator=RANDOM)
    nan[3, 5] = float("nan")
    checkpoint = saved(tmp_path, nan=nan, row=torch.ones(1, 5), flat=torch.ones(4), scalar=torch.tensor(1.0))
    assert [matrix_plane(tensor.kind) is None for tensor in checkpoint.tensors] == [False, True, True, True]
    with pytest.raises(NotFiniteError):
        compute(checkpoint, "nan")

    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        compute(checkpoint, "nan", stop)


def alarms(checkpoint: Checkpoint) -> list[str]:
    """Problems of all spectra that are known whole."""
    roles = Roles(checkpoint)
    found = []
    with open_values(checkpoint) as values:
        for tensor in checkpoint.tensors:
            plane = matrix_plane(tensor.kind)
            readable = tensor.kind.problem is None and tensor.kind.stored_numel
            if plane is None or not readable or roles[tensor.number] not in (Role.LINEAR, Role.CONVOLUTION):
                continue
            if min(plane.height, plane.width) <= module.EXACT_SIDE:
                spectrum = spectrum_of(values, tensor, plane, no_report)
                found += [
                    f"{tensor.key}: {one.kind}"
                    for one in judge_spectrum(tensor.number, roles[tensor.number], spectrum, DEFAULT)
                ]
    return found


def test_fresh_networks_and_those_after_their_first_steps_raise_no_alarm(tmp_path: Path) -> None:
    networks = {f"{kind} {rule}": trained(kind, rule) for kind in KINDS for rule in ("", "sgd")}
    torch.save(networks, tmp_path / "networks.pt")
    assert alarms(open_checkpoint(tmp_path / "networks.pt")) == []


@pytest.mark.corpus
@pytest.mark.thorough
def test_real_checkpoints_raise_no_alarm(corpus: Path) -> None:
    # The lowest effective rank is 3 of 128, in the decoder of a classifier that gives four tokens.
    for path in sorted(corpus.rglob("*")):
        if path.suffix in {".pt", ".pth", ".bin", ".safetensors"} and path.is_file():
            assert alarms(open_checkpoint(path)) == []


def test_collapsed_weights_are_found_and_healthy_ones_are_not(tmp_path: Path) -> None:
    collapsed = torch.randn(100, 1, generator=RANDOM) @ torch.randn(1, 80, generator=RANDOM)
    copied = torch.randn(60, 60, generator=RANDOM)
    copied[9] = copied[41]
    checkpoint = saved(tmp_path, collapsed=collapsed, copied=copied, healthy=torch.randn(60, 60, generator=RANDOM))
    for key, number, kinds in (
        ("collapsed", 0, [Kind.NEAR_SINGULAR, Kind.RANK_COLLAPSED]),
        ("copied", 1, [Kind.NEAR_SINGULAR]),
        ("healthy", 2, []),
    ):
        spectrum = compute(checkpoint, key)
        found = list(judge_spectrum(number, Role.LINEAR, spectrum, DEFAULT))
        assert [problem.kind for problem in found] == kinds
        for role in (Role.EMBEDDING, Role.LORA_A, Role.POSITIONS, Role.FIRST_MOMENT, Role.OTHER):
            assert not list(judge_spectrum(number, role, spectrum, DEFAULT))
        if kinds == [Kind.NEAR_SINGULAR]:
            assert found[0].detail.startswith("1 of 60 singular values is below 1e-09 of the largest, ")
    zeros = Spectrum(4, 4, np.zeros(4), 0.0, 0.0, 0.0, 2.0**-23)
    assert not list(judge_spectrum(0, Role.LINEAR, zeros, DEFAULT))


def test_of_a_large_weight_the_largest_values_show_that_its_rank_has_collapsed(tmp_path: Path) -> None:
    low = torch.randn(1300, 3, generator=RANDOM) @ torch.randn(3, 1400, generator=RANDOM)
    checkpoint = saved(tmp_path, low=low)
    (one,) = judge_spectrum(0, Role.LINEAR, compute(checkpoint, "low"), DEFAULT)
    assert one.kind == Kind.RANK_COLLAPSED
    assert one.detail.startswith("The rank is 3 of 1,300: all other singular values are below ")
    healthy = Spectrum(1300, 1400, np.linspace(2, 1, 64), 40.0, 0.0, 0.03, 2.0**-23)
    assert not list(judge_spectrum(1, Role.LINEAR, healthy, DEFAULT))
