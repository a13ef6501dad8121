"""What tensors hold together is what a person would count: shared bytes once, and never more than there are."""

import random
from typing import NamedTuple

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.sums import Sums, add_up

STORED = 64
"""Bytes of each storage."""


class View(NamedTuple):
    storage: int
    dtype: str
    first: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    counted: bool = True
    problem: str | None = None

    @property
    def kind(self) -> TensorKind:
        counts = self.counted and DTYPES[self.dtype].family == "float"
        return TensorKind(
            self.dtype, self.shape, self.stride, self.shape, "cpu", counts_as_parameters=counts, problem=self.problem
        )

    def elements(self) -> set[tuple[int, int]]:
        """Which elements of which storage it stands for."""
        places = torch.arange(STORED).as_strided(self.shape, self.stride, self.first)
        return {(self.storage, place) for place in places.flatten().tolist()}


def table_of(views: list[View]) -> TensorTable:
    kinds = list(dict.fromkeys(view.kind for view in views))
    return TensorTable(
        entries=[()],
        entry_paths=[""],
        kinds=kinds,
        storages=[Storage(number, 0, STORED, STORED, "raw") for number in range(4)],
        tails=[str(number) for number in range(len(views))],
        entry_of=[0] * len(views),
        kind_of=[kinds.index(view.kind) for view in views],
        storage_of=[view.storage for view in views],
        offset_of=[view.first for view in views],
    )


def sums_of(views: list[View]) -> Sums:
    return table_of(views).sums(range(len(views)))


def whole(storage: int, dtype: str = "float32") -> View:
    return View(storage, dtype, 0, (STORED // DTYPES[dtype].itemsize,), (1,))


@st.composite
def some_view(draw: st.DrawFn, dtypes: tuple[str, ...] = ("float64", "float32", "uint8")) -> View:
    """A view that lies inside its storage, possibly overlapping itself."""
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(st.lists(st.integers(1, 3), max_size=2))
    stride = draw(st.lists(st.integers(0, 2), min_size=len(shape), max_size=len(shape)))
    extent = 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    last = STORED // DTYPES[dtype].itemsize - extent
    first = draw(st.integers(0, max(last, 0)))
    if last < 0:
        shape, stride = [], []
    return View(draw(st.integers(0, 3)), dtype, first, tuple(shape), tuple(stride), draw(st.booleans()))


views_of_storages = st.lists(some_view(), max_size=8)


@given(views=views_of_storages, shuffled=st.randoms(use_true_random=False))
def test_the_order_does_not_matter(views: list[View], shuffled: random.Random) -> None:
    other = list(views)
    shuffled.shuffle(other)
    assert sums_of(other) == sums_of(views)


@given(views=views_of_storages)
def test_what_is_there_twice_counts_once(views: list[View]) -> None:
    tensors, parameters, nbytes = sums_of(views)
    assert sums_of([*views, *views]) == (2 * tensors, parameters, nbytes)


@given(views=views_of_storages)
def test_a_storage_never_counts_for_more_than_it_holds(views: list[View]) -> None:
    _, parameters, nbytes = sums_of(views)
    storages = {view.storage for view in views}
    assert nbytes <= STORED * len(storages)
    counted = {(view.storage, view.dtype) for view in views if view.kind.counts_as_parameters}
    assert parameters <= sum(STORED // DTYPES[dtype].itemsize for _, dtype in counted)


@given(views=st.lists(some_view(("float32",)), max_size=8))
def test_nothing_that_is_there_is_left_out(views: list[View]) -> None:
    elements: set[tuple[int, int]] = set().union(*(view.elements() for view in views))
    assert sums_of(views).nbytes >= 4 * len(elements)


@given(views=views_of_storages)
def test_parts_that_share_nothing_add_up(views: list[View]) -> None:
    low = [number for number, view in enumerate(views) if view.storage < 2]
    high = [number for number, view in enumerate(views) if view.storage >= 2]
    table = table_of(views)
    parts = zip(add_up(table, low), add_up(table, high), strict=True)
    assert add_up(table, range(len(views))) == tuple(a + b for a, b in parts)


@given(view=some_view(), others=views_of_storages)
def test_more_tensors_never_hold_less(view: View, others: list[View]) -> None:
    before, after = sums_of(others), sums_of([*others, view])
    assert after.nbytes >= before.nbytes
    assert after.parameters >= before.parameters


def test_two_halves_of_a_storage_are_the_whole() -> None:
    halves = [View(0, "float32", first, (8,), (1,)) for first in (0, 8)]
    assert sums_of(halves) == (2, 16, STORED)
    assert sums_of([*halves, whole(0)]) == (3, 16, STORED)


@pytest.mark.parametrize("order", [1, -1])
def test_a_running_mean_that_is_also_a_weight_counts_once(order: int) -> None:
    weight = View(0, "float32", 0, (4,), (1,))
    views = [weight, weight._replace(counted=False)]
    assert sums_of(views[::order]) == (2, 4, 16)


@pytest.mark.parametrize("order", [1, -1])
def test_a_storage_seen_with_two_dtypes_counts_once(order: int) -> None:
    views = [whole(0, "float64"), whole(0, "float32")]
    assert sums_of(views[::order]) == (2, 16, STORED)


def test_an_expanded_view_counts_what_is_stored() -> None:
    expanded = View(0, "float32", 0, (1_000_000, 16), (0, 1))
    assert sums_of([expanded]) == (1, 16, STORED)
    assert sums_of([expanded, whole(1)]) == (2, 32, 2 * STORED)


def test_a_tensor_that_claims_more_than_its_storage_counts_as_that() -> None:
    claims = View(0, "float32", 0, (2**40,), (1,), problem="It would end behind its storage.")
    assert sums_of([claims]).nbytes == STORED


def test_a_sparse_tensor_has_the_parameters_of_its_shape_and_the_bytes_of_its_values() -> None:
    kind = TensorKind("float32", (100, 100), (1,), (16,), "cpu", layout="sparse_coo")
    table = table_of([whole(0)])
    table.kinds = [kind]
    assert table.sums([0]) == (1, 10_000, STORED)
    assert table.sums([0, 0]) == (2, 10_000, STORED)
