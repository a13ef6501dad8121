from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.tree import Layer


def table_of(keys: list[str], *, shared: bool = False) -> TensorTable:
    kind = TensorKind("float32", (2, 3), (3, 1), (2, 3), "cpu")
    count = len(keys)
    return TensorTable(
        entries=[()],
        entry_paths=[""],
        kinds=[kind],
        storages=[Storage(0, 0, 24, 24, "raw")],
        tails=list(keys),
        entry_of=[0] * count,
        kind_of=[0] * count,
        storage_of=[0 if shared else -1] * count,
        offset_of=[0] * count,
    )


def root_of(keys: list[str]) -> Layer:
    return Layer.root(table_of(keys), range(len(keys)), "model.pt")


def outline(layer: Layer) -> list[object]:
    return [
        layer.leaf_name(child) if isinstance(child, int) else {child.name: outline(child)} for child in layer.children
    ]


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ([], []),
        (["conv1.weight", "fc.weight", "fc.bias"], ["conv1.weight", {"fc": ["weight", "bias"]}]),
        (["a.b.c.w", "a.b.c.v"], [{"a.b.c": ["w", "v"]}]),
        (["a.b.w", "a.b.v", "a.bc.w"], [{"a": [{"b": ["w", "v"]}, "bc.w"]}]),
        (["x.1.w", "y", "x.0.w"], [{"x": ["1.w", "0.w"]}, "y"]),
        (["a", "a.b"], ["a", "a.b"]),
        (["a", "a.b", "a.c"], ["a", {"a": ["b", "c"]}]),
        (["a.b", "a.b.c", "a.b.d"], [{"a": ["b", {"b": ["c", "d"]}]}]),
        (["a.b", "a.b"], [{"a": ["b", "b"]}]),
        (["", ".", "..", "..x"], ["", {"": ["", {"": ["", "x"]}]}]),
    ],
)
def test_names_nest_in_the_files_order_and_chains_fold(keys: list[str], shown: list[object]) -> None:
    assert outline(root_of(keys)) == shown


@given(st.lists(st.text("ab.", max_size=8), max_size=12))
def test_every_tensor_is_somewhere_once_and_its_key_can_be_put_together_again(keys: list[str]) -> None:
    found: list[int] = []
    waiting = [root_of(keys)]
    while waiting:
        layer = waiting.pop()
        for child in layer.children:
            if isinstance(child, int):
                found.append(child)
                head = keys[child].removesuffix(layer.leaf_name(child))
                assert head in {f"{layer.prefix}.", ""}
                assert layer.holds(keys[child])
            else:
                assert child.prefix.endswith(child.name)
                assert len(child.children) > 1
                waiting.append(child)
    assert sorted(found) == list(range(len(keys)))


def test_a_layer_sums_what_is_below_it() -> None:
    root = root_of(["a.x", "a.y", "b"])
    layer = root.children[0]
    assert isinstance(layer, Layer)
    assert tuple(layer.sums) == (2, 12, 48)
    assert tuple(root.sums) == (3, 18, 72)


def test_shared_bytes_count_once() -> None:
    root = Layer.root(table_of(["a", "b"], shared=True), range(2), "model.pt")
    assert tuple(root.sums) == (2, 6, 24)


def test_a_name_of_a_hundred_thousand_parts_is_no_trouble() -> None:
    deep = ".".join("a" * 100_000)
    assert outline(root_of([f"{deep}.x", f"{deep}.y"])) == [{deep: ["x", "y"]}]


@pytest.mark.parametrize("pattern", ["t{}", "t{}.w", "layer.t{}"])
def test_a_hundred_thousand_siblings_are_grouped_in_a_moment(pattern: str) -> None:
    root = root_of([pattern.format(number) for number in range(100_000)])
    start = process_time()
    children = root.children
    assert process_time() - start < 0.5  # ten times what it needs
    assert len(children) in {1, 100_000}
