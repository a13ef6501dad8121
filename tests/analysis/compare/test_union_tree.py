"""One tree of both files: every layer says what is true of all pairs below it, and rows are where sorting puts them."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.compare import union_rows
from explorer.analysis.compare.comparing import Comparison
from explorer.analysis.compare.difference import STATE_WORDS, Difference
from explorer.analysis.compare.pairing import Pair
from explorer.analysis.compare.union_rows import UnionRows
from explorer.analysis.compare.union_tree import STATES_BY_RANK, UnionTree
from explorer.progress import Cancelled, no_report
from tests.analysis.compare.test_comparing import compared, entries

State = dict[str, torch.Tensor]
FILE = ("file", False)


def some_states(seed: int) -> tuple[State, State]:
    """Nested keys, of which some are in one file only, and tensors in every state."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    names = ["a", "b", "0", "1", "attn", "w", ""]
    keys = {".".join(rng.choices(names, k=rng.randint(1, 5))) for _ in range(160)}
    a: State = {}
    b: State = {}
    for key in sorted(keys):
        tensor = torch.tensor([rng.choice([0.0, 1.0, -2.5, math.nan, 1e-3]) for _ in range(rng.randint(1, 6))])
        tensor = tensor.to(torch.int64) if rng.random() < 0.2 and not tensor.isnan().any() else tensor
        other = tensor.clone()
        if rng.random() < 0.5:
            other[0] += rng.choice([1, 3])
        if rng.random() < 0.1:
            other = torch.cat([other, other])
        where = rng.random()
        if where < 0.9:
            a[key] = tensor
        if where > 0.1:
            b[key] = other if rng.random() < 0.9 else other.double()
    return a, b


def figure_of(comparison: Comparison, place: int, name: str) -> float | None:
    difference: Difference = comparison.differences[place]
    figures = difference.figures or difference.overlap
    value: float | None = None if figures is None else getattr(figures, name)
    return value


def is_whole(comparison: Comparison, pair: Pair) -> bool:
    side, number = (comparison.pairing.b, pair.b) if pair.a is None else (comparison.pairing.a, pair.a)
    assert number is not None
    return side.checkpoint.tensors.kind(number).element.family in ("int", "bool")


def common(comparison: Comparison, pair: Pair) -> int:
    """Elements that both have, as torch counts them."""
    sides = (comparison.pairing.a, pair.a), (comparison.pairing.b, pair.b)
    sizes = [side.checkpoint.tensors.kind(number).shape for side, number in sides if number is not None]
    return min(math.prod(size) for size in sizes)


def finite(comparison: Comparison, place: int) -> int:
    """Elements of which both are finite."""
    pair, difference = comparison.pairing.pairs[place], comparison.differences[place]
    figures = difference.figures or difference.overlap
    assert figures is not None
    return common(comparison, pair) - figures.not_finite - figures.alike


def comparable(relative: list[float]) -> list[float]:
    """Relative changes without those from all 0, unless nothing else moved."""
    return [each for each in relative if each < math.inf] if any(0 < each < math.inf for each in relative) else relative


@pytest.mark.parametrize("seed", [1, 2])
def test_layers_tell_of_all_that_is_below_them(seed: int, tmp_path: Path) -> None:
    comparison = compared(*entries(tmp_path, *some_states(seed)))
    tree = UnionTree(comparison, no_report)
    pairs = comparison.pairing.pairs
    assert len({pair.key for pair in pairs}) > 100
    prefixes = {pair.key[: at + 1] for pair in pairs for at, letter in enumerate(pair.key) if letter == "."}
    layers = range(tree.root, tree.nodes)
    shown = {tree.prefix(layer) for layer in layers}
    assert shown <= prefixes | {""}
    for layer in layers:
        prefix = tree.prefix(layer)
        below = [place for place, pair in enumerate(pairs) if pair.key.startswith(prefix)]
        assert len(below) > 1, "a layer with one pair is that pair"
        said = tree.of(layer)
        states = [comparison.differences[place].state for place in below]
        assert dict(zip(STATE_WORDS, said.counts, strict=True)) == {state: states.count(state) for state in STATE_WORDS}
        known = [place for place in below if figure_of(comparison, place, "share_changed") is not None]
        floats = [place for place in known if not is_whole(comparison, pairs[place])]
        counted = floats or known
        for name, best in (("max_abs", max), ("relative_l2", max), ("cosine", min)):
            found = (figure_of(comparison, place, name) for place in counted)
            values = [value for value in found if value is not None]
            values = comparable(values) if name == "relative_l2" else values
            assert getattr(said, name) == best(values, default=None), name
        means = [(figure_of(comparison, place, "mean_abs"), finite(comparison, place)) for place in counted]
        known_means = [(mean, count) for mean, count in means if mean is not None and count]
        if known_means:
            each, weights = np.array(known_means, np.float64).T
            assert said.mean_abs == pytest.approx(np.average(each, weights=weights), rel=1e-12)
        else:
            assert said.mean_abs is None
        elements = [common(comparison, pairs[place]) for place in counted]
        shares = [figure_of(comparison, place, "share_changed") or 0.0 for place in counted]
        if counted:
            assert said.changed == pytest.approx(np.average(np.array(shares, np.float64), weights=elements), rel=1e-12)
        else:
            assert said.changed is None
        assert said.place in below
        moved = [figure_of(comparison, place, "relative_l2") or 0.0 for place in floats]
        if any(moved):
            assert figure_of(comparison, said.place, "relative_l2") == max(comparable(moved))


@pytest.mark.parametrize("by", ["max_abs", "state"])
def test_rows_are_filtered_and_sorted_within_their_layers(by: str, tmp_path: Path) -> None:
    comparison = compared(*entries(tmp_path, *some_states(3)))
    tree = UnionTree(comparison, no_report)
    pairs = comparison.pairing.pairs
    everything = UnionRows(tree, [True] * len(pairs), FILE, no_report)
    assert sorted(everything.places) == list(range(len(pairs)))
    listed = [difference.state == "differs" for difference in comparison.differences]
    rows = UnionRows(tree, listed, (by, True), no_report)
    assert {place for place, is_listed in enumerate(listed) if is_listed} == set(rows.places)
    for layer in range(tree.root, tree.nodes):
        inside = rows.inside(layer)
        assert [rows.row(node) for node in inside] == list(range(len(inside)))
        assert all(rows.above(node) == layer for node in inside)
        largest = [rows.rolled(node).max_abs for node in inside]
        keys = (
            rows.tree.ranks[list(inside)].tolist() if by == "state" else [-1 if key is None else key for key in largest]
        )
        assert keys == sorted(keys, reverse=True)
        counts = dict(zip(STATES_BY_RANK, rows.rolled(layer).counts, strict=True))
        all_counts = dict(zip(STATES_BY_RANK, everything.rolled(layer).counts, strict=True))
        assert counts == dict.fromkeys(counts, 0) | {"differs": all_counts["differs"]}, "layers tell of what is listed"
        names = [rows.name(node, pairs[node].key if node < tree.pairs else "") for node in inside]
        whole = [pairs[node].key if node < tree.pairs else tree.prefix(node)[:-1] for node in inside]
        assert [f"{tree.prefix(layer)}{name}" for name in names] == whole


def test_wide_layers_come_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(union_rows, "PIECE", 10)
    count = 24
    values = torch.zeros(count)
    a = {f"w{at}": values[at] for at in range(count)}
    values = values.clone()
    values[13] = 2
    comparison = compared(*entries(tmp_path, a, {f"w{at}": values[at] for at in range(count)}))
    tree = UnionTree(comparison, no_report)
    rows = UnionRows(tree, [True] * count, FILE, no_report)
    pieces = rows.inside(tree.root)
    assert [rows.name(piece) for piece in pieces] == ["1 – 10", "11 – 20", "21 – 24"]
    assert [rows.rolled(piece).same for piece in pieces] == [True, False, True]
    assert rows.rolled(pieces[1]).place == 13
    assert rows.before(pieces[1]) == 10
    assert rows.places == list(range(count))
    assert rows.opened == [tree.root, pieces[1]]

    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        UnionTree(comparison, stop)
