"""Tensors that are no plain run of numbers: each is shown with the values that PyTorch has for it, or says why not."""

import json
import math
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.testing._internal.two_tensor import TwoTensor

from explorer.analysis.measure.statistics import Statistics, measure
from explorer.app import main
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import no_report
from tests.checkpoint.stored_bytes import stored_bytes

pytestmark = [
    pytest.mark.filterwarnings("ignore:Sparse"),  # PyTorch calls some layouts a beta
    pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors"),  # likewise
]

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
DENSE = torch.tensor([[0.0, 1.5, 0.0, -2.0], [0.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, 0.25], [0.0, -7.0, 0.0, 0.0]])
SPARSE: dict[str, Callable[[], torch.Tensor]] = {
    "sparse_coo": DENSE.to_sparse,
    "sparse_csr": DENSE.to_sparse_csr,
    "sparse_csc": DENSE.to_sparse_csc,
    "sparse_bsr": lambda: DENSE.to_sparse_bsr((2, 2)),
    "sparse_bsc": lambda: DENSE.to_sparse_bsc((2, 2)),
}


def saved(path: Path, tensor: object, *, zipped: bool = True) -> tuple[Checkpoint, TensorInfo]:
    torch.save({"weight": tensor}, path, _use_new_zipfile_serialization=zipped)
    checkpoint = open_checkpoint(path)
    (info,) = checkpoint.tensors
    return checkpoint, info


def numbers(checkpoint: Checkpoint, info: TensorInfo) -> NDArray[Any]:
    return np.sort(np.concatenate([np.empty(0, np.float32), *prepare_walk(checkpoint, info).blocks()]))


def measured(checkpoint: Checkpoint, info: TensorInfo) -> Statistics:
    blocks, total, multiplicity = prepare_walk(checkpoint, info)
    return measure(blocks, total, no_report, multiplicity)


def info_json(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, Any]:
    assert main(["info", str(path), "--json", "--stats"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)["tensors"]
    assert isinstance(facts, dict)
    return facts


def assert_statistics_are_of(found: dict[str, Any], values: torch.Tensor) -> None:
    wide = values.double()
    assert (found["min"], found["max"]) == (wide.min().item(), wide.max().item())
    assert found["mean"] == pytest.approx(wide.mean().item(), rel=1e-12)
    assert found["std"] == pytest.approx(wide.std(correction=0).item(), rel=1e-12)
    assert found["l2"] == pytest.approx(wide.norm().item(), rel=1e-12)
    assert found["zeros"] == int((wide == 0).sum())
    assert found["nan"] == found["posinf"] == found["neginf"] == 0


@LAYOUTS
@pytest.mark.parametrize("layout", SPARSE)
def test_a_sparse_tensor_shows_its_shape_and_its_stored_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str, *, zipped: bool
) -> None:
    tensor = SPARSE[layout]()
    values = tensor.coalesce().values() if layout == "sparse_coo" else tensor.values()
    checkpoint, info = saved(tmp_path / "sparse.pt", tensor, zipped=zipped)
    assert info.kind.problem is None
    assert (info.kind.layout, info.kind.shape) == (layout, (4, 4))
    assert (info.kind.numel, info.kind.stored_numel) == (16, values.numel())
    np.testing.assert_array_equal(numbers(checkpoint, info), np.sort(values.numpy(), axis=None))
    facts = info_json(capsys, tmp_path / "sparse.pt")
    assert (facts["shape"], facts["numel"], facts["nbytes"], facts["problem"]) == ([4, 4], 16, 64, None)
    assert_statistics_are_of(facts["statistics"], values)
    assert sum(facts["histogram"]["counts"]) == values.numel()


def test_a_hybrid_sparse_tensor_shows_rows_of_values(tmp_path: Path) -> None:
    tensor = torch.sparse_coo_tensor(torch.tensor([[0, 3]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), (5, 2))
    checkpoint, info = saved(tmp_path / "hybrid.pt", tensor)
    assert (info.kind.shape, info.kind.stored_shape) == ((5, 2), (2, 2))
    assert numbers(checkpoint, info).tolist() == [1, 2, 3, 4]


def test_a_sparse_tensor_that_stores_nothing_has_no_statistics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint, info = saved(tmp_path / "empty.pt", torch.zeros(3, 4).to_sparse())
    assert (info.kind.numel, info.kind.stored_numel) == (12, 0)
    assert numbers(checkpoint, info).size == 0
    facts = info_json(capsys, tmp_path / "empty.pt")
    assert facts["problem"] is None
    assert [facts["statistics"][name] for name in ("min", "max", "mean", "std", "l2")] == [None] * 4 + [0]
    assert facts["histogram"] == {"edges": [], "counts": []}


@LAYOUTS
def test_a_nested_tensor_shows_the_values_of_all_its_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, zipped: bool
) -> None:
    parts = [torch.arange(6.0).reshape(2, 3), torch.arange(12.0).reshape(4, 3) - 20]
    tensor = torch.nested.nested_tensor(parts)
    checkpoint, info = saved(tmp_path / "nested.pt", tensor, zipped=zipped)
    assert (info.kind.layout, info.kind.problem) == ("nested", None)
    assert info.kind.parts == "2 tensors: 2×3, 4×3"
    together = torch.cat([part.flatten() for part in parts])
    np.testing.assert_array_equal(numbers(checkpoint, info), np.sort(together.numpy()))
    assert_statistics_are_of(info_json(capsys, tmp_path / "nested.pt")["statistics"], together)


@LAYOUTS
def test_a_meta_tensor_says_that_it_has_no_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, zipped: bool
) -> None:
    tensor = torch.empty(3, 5, dtype=torch.bfloat16, device="meta")
    _, info = saved(tmp_path / "meta.pt", tensor, zipped=zipped)
    assert (info.kind.dtype, info.kind.shape, info.storage) == ("bfloat16", (3, 5), None)
    facts = info_json(capsys, tmp_path / "meta.pt")
    assert facts["problem"] == "It was saved on the meta device, which holds no values."
    assert (facts["statistics"], facts["histogram"], facts["storage"]) == (None, None, -1)
    assert (facts["shape"], facts["numel"], facts["nbytes"]) == ([3, 5], 15, 30)


@LAYOUTS
def test_statistics_of_a_conjugated_view_are_of_its_lengths(tmp_path: Path, *, zipped: bool) -> None:
    tensor = torch.tensor([3 + 4j, -5 + 12j, 0j]).conj()
    checkpoint, info = saved(tmp_path / "conj.pt", tensor, zipped=zipped)
    assert info.kind.conj
    np.testing.assert_array_equal(numbers(checkpoint, info), np.sort(tensor.resolve_conj().numpy()))
    found = measured(checkpoint, info)
    assert (found.min, found.max, found.mean, found.zeros) == (0, 13, 6, 1)


@LAYOUTS
def test_a_negated_view_shows_what_it_stands_for(tmp_path: Path, *, zipped: bool) -> None:
    tensor = torch._neg_view(torch.tensor([1.0, 2.5, -4.0]))
    checkpoint, info = saved(tmp_path / "neg.pt", tensor, zipped=zipped)
    assert info.kind.neg
    assert numbers(checkpoint, info).tolist() == [-2.5, -1, 4]
    assert (measured(checkpoint, info).min, measured(checkpoint, info).max) == (-2.5, 4)


def test_negated_booleans_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "neg.pt", torch._neg_view(torch.tensor([True, False])))
    assert "negatives of booleans" in info_json(capsys, tmp_path / "neg.pt")["problem"]


@LAYOUTS
def test_a_tensor_of_no_dimensions_has_one_value(tmp_path: Path, *, zipped: bool) -> None:
    checkpoint, info = saved(tmp_path / "scalar.pt", torch.arange(5.0)[3], zipped=zipped)
    assert (info.kind.shape, info.kind.stride, info.offset) == ((), (), 3)
    assert numbers(checkpoint, info).tolist() == [3]
    assert measured(checkpoint, info).std == 0


@LAYOUTS
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 1 << 40)])
def test_an_empty_tensor_has_no_values(tmp_path: Path, shape: tuple[int, ...], *, zipped: bool) -> None:
    checkpoint, info = saved(tmp_path / "empty.pt", torch.empty(shape), zipped=zipped)
    assert (info.kind.shape, info.kind.problem) == (shape, None)
    assert numbers(checkpoint, info).size == 0
    assert measured(checkpoint, info).count == 0


@LAYOUTS
def test_an_expanded_tensor_is_measured_as_if_it_were_whole(tmp_path: Path, *, zipped: bool) -> None:
    tensor = torch.tensor([[1.0], [-3.0]]).expand(2, 1_000_000_000)
    checkpoint, info = saved(tmp_path / "expanded.pt", tensor, zipped=zipped)
    assert numbers(checkpoint, info).tolist() == [-3, 1]
    found = measured(checkpoint, info)
    assert (found.count, found.min, found.max, found.mean, found.std) == (2_000_000_000, -3, 1, -1, 2)
    assert found.l2 == pytest.approx(math.sqrt(1e9 * (1 + 9)), rel=1e-12)


class Named(torch.Tensor):
    """A subclass that has the values of a plain tensor."""


@LAYOUTS
def test_a_subclass_shows_its_values(tmp_path: Path, *, zipped: bool) -> None:
    tensor = torch.arange(4.0).as_subclass(Named)
    checkpoint, info = saved(tmp_path / "subclass.pt", tensor, zipped=zipped)
    assert info.kind.problem is None
    assert numbers(checkpoint, info).tolist() == [0, 1, 2, 3]
    assert any(name.endswith(".Named") for name in checkpoint.code)


@LAYOUTS
def test_a_parameter_with_attributes_shows_its_values(tmp_path: Path, *, zipped: bool) -> None:
    parameter = torch.nn.Parameter(torch.tensor([2.0, 4.0]))
    parameter.note = "mine"  # type: ignore[attr-defined]  # any attribute may be set, and is then saved
    checkpoint, info = saved(tmp_path / "parameter.pt", parameter, zipped=zipped)
    assert numbers(checkpoint, info).tolist() == [2, 4]
    assert info.kind.counts_as_parameters


@LAYOUTS
@pytest.mark.parametrize("wrap", [lambda two: two, torch.nn.Parameter], ids=["tensor", "parameter"])
def test_a_wrapper_subclass_is_shown_with_the_parts_that_have_its_values(
    tmp_path: Path, wrap: Callable[[torch.Tensor], torch.Tensor], *, zipped: bool
) -> None:
    inner = TwoTensor(torch.ones(2, 3), torch.zeros(2, 3))  # type: ignore[no-untyped-call]  # PyTorch's own example
    two = TwoTensor(torch.full((2, 3), 5.0), inner)  # type: ignore[no-untyped-call]  # as above
    torch.save({"weight": wrap(two)}, tmp_path / "two.pt", _use_new_zipfile_serialization=zipped)
    checkpoint = open_checkpoint(tmp_path / "two.pt")

    whole, first, second, *deeper = checkpoint.tensors
    assert (whole.kind.shape, whole.kind.dtype, whole.kind.valueless) == ((2, 3), "float32", True)
    assert whole.kind.problem is not None
    assert whole.kind.problem.endswith("TwoTensor: its values are those of its parts, a, b.")
    assert (first.path, first.key) == (("weight", "a"), "weight.a")
    assert numbers(checkpoint, first).tolist() == [5] * 6
    assert second.kind.valueless
    assert {part.key: numbers(checkpoint, part).tolist() for part in deeper} == {
        "weight.b.a": [1] * 6,
        "weight.b.b": [0] * 6,
    }
    # What is stored counts, and counts once.
    assert (checkpoint.sums.parameters, checkpoint.sums.nbytes) == (18, 72)


def test_a_subclass_made_of_itself_ends(tmp_path: Path) -> None:
    state: dict[str, object] = {}
    wrapper = torch._utils._rebuild_wrapper_subclass
    size = (torch.Tensor, torch.float32, (2,), (1,), 0, torch.strided, torch.device("cpu"), False)
    call = Call(torch._tensor._rebuild_from_type_v2, wrapper, torch.Tensor, size, state)
    state.update(one=call, two=call)
    torch.save({"weight": call}, tmp_path / "itself.pt")
    checkpoint = open_checkpoint(tmp_path / "itself.pt")
    assert checkpoint.tensors[0].kind.valueless
    assert len(checkpoint.tensors) == 1


def test_tensors_without_values_hold_no_bytes(tmp_path: Path) -> None:
    checkpoint, _ = saved(tmp_path / "meta.pt", torch.empty(3, 5, device="meta"))
    assert (checkpoint.sums.parameters, checkpoint.sums.nbytes) == (15, 0)


@pytest.mark.parametrize(("shape", "stride"), [((4, 0), (1, 0)), ((0, 3), (0, 0)), ((2, 0, 3), (0, 1, 0))])
def test_an_empty_view_that_repeats_has_no_values(
    tmp_path: Path, shape: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    checkpoint, info = saved(tmp_path / "empty.pt", torch.ones(3).as_strided(shape, stride))
    assert numbers(checkpoint, info).size == 0
    assert measured(checkpoint, info).count == 0
    with open_values(checkpoint) as values:
        assert values.sample(info).size == 0


@pytest.mark.parametrize("layout", SPARSE)
def test_what_a_sparse_tensor_is_made_of_is_told(tmp_path: Path, layout: str) -> None:
    _, info = saved(tmp_path / "sparse.pt", SPARSE[layout]())
    assert "indices int64 [" in info.kind.parts
    assert "values float32 [" in info.kind.parts


def test_a_shape_and_stride_of_different_lengths_are_told(tmp_path: Path) -> None:
    storage = torch.ones(6)._typed_storage()  # type: ignore[no-untyped-call]  # PyTorch has no types for it
    call = Call(torch._utils._rebuild_tensor_v2, storage, 0, (2, 3), (1,), False, OrderedDict())
    checkpoint, info = saved(tmp_path / "rank.pt", call)
    assert info.kind.problem == "Its shape has 2 dimensions and its stride 1."
    with open_values(checkpoint) as values:
        for read in (values.blocks, values.sample, partial(stored_bytes, values)):
            with pytest.raises(CheckpointError):
                list(read(info))


def test_a_jagged_tensor_has_the_rows_of_all_its_parts(tmp_path: Path) -> None:
    tensor = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(4, 3)], layout=torch.jagged)
    _, info = saved(tmp_path / "jagged.pt", tensor)
    assert info.kind.problem is None
    assert (info.kind.dtype, info.kind.shape, info.kind.layout) == ("float32", (6, 3), "nested")
    assert info.kind.parts == "2 tensors"


class Call:
    """Pickles as a call of one of PyTorch's functions."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        Call(torch._utils._rebuild_sparse_tensor, torch.sparse_coo, {}),
        Call(torch._utils._rebuild_sparse_tensor, torch.sparse_csr, ()),
        Call(torch._utils._rebuild_sparse_tensor, 5, (1, 2, 3)),
        Call(torch._utils._rebuild_nested_tensor, "values"),
        Call(torch._utils._rebuild_meta_tensor_no_storage, torch.float32, (1 << 70,), (1,), False),
        Call(torch._utils._rebuild_parameter),
        Call(torch._utils._rebuild_tensor_v2, 1, 2, 3, 4, 5, 6),
    ],
)
def test_a_call_that_makes_no_sense_is_one_tensors_problem(tmp_path: Path, call: Call) -> None:
    torch.save(OrderedDict(bad=call, good=torch.ones(3)), tmp_path / "bad.pt")
    checkpoint = open_checkpoint(tmp_path / "bad.pt")
    bad, good = checkpoint.tensors
    assert bad.kind.problem is not None
    assert bad.kind.problem.startswith("The file does not describe a tensor: ")
    assert numbers(checkpoint, good).tolist() == [1, 1, 1]


def test_a_storage_that_is_a_view_of_another_begins_where_it_says(tmp_path: Path) -> None:
    """The legacy layout has a place for such views; PyTorch stopped writing them, but reads them."""
    path = tmp_path / "view.pt"
    torch.save({"weight": torch.arange(10.0)}, path, _use_new_zipfile_serialization=False)
    written = path.read_bytes()
    # The id ends with the number of elements and None: instead of None a view of 4 elements from the third on.
    view = b"(X\x01\x00\x00\x00vK\x03K\x04t"
    end = written.index(b"Nt", written.index(b"storage"))
    tensor = b"K\x00K\x0a\x85"
    assert written.count(tensor) == 1
    changed = (written[:end] + view + written[end + 1 :]).replace(tensor, b"K\x01K\x03\x85")
    path.write_bytes(changed)
    loaded = torch.load(path, weights_only=True)["weight"]
    checkpoint = open_checkpoint(path)
    (info,) = checkpoint.tensors
    assert loaded.tolist() == [4, 5, 6]
    assert (info.kind.problem, info.offset) == (None, 4)
    assert numbers(checkpoint, info).tolist() == [4, 5, 6]


def test_an_open_file_and_a_closed_one_give_the_same_walk(tmp_path: Path) -> None:
    checkpoint, info = saved(tmp_path / "expanded.pt", torch.tensor([1.0, 2.0]).expand(3, 2))
    closed = prepare_walk(checkpoint, info)
    with open_values(checkpoint) as values:
        opened = prepare_walk(values, info)
        assert opened[1:] == closed[1:] == (2, 3)
        assert [next(walk.blocks()).tolist() for walk in (opened, closed, opened)] == [[1, 2]] * 3
