"""Families of tensors: what is folded, the spread of figures, and the odd one out, against NumPy."""

import csv
import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.families import FIGURES, as_text, families_of, figures_of
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.progress import no_report
from tests.ui.layers.conftest import checkpoint_of

VECTOR = TensorKind("float32", (64,), (1,), (64,), None)
TABLE = TensorKind("float32", (8, 8), (8, 1), (8, 8), None)


def measured(values: Array) -> Statistics:
    return measure(lambda: [values.ravel()], values.size, no_report)


def network() -> tuple[Layer, dict[int, Statistics], list[Array]]:
    random = np.random.default_rng(3)
    keys, kinds, values = [], [], []
    for block in range(12):
        for name, kind in (
            ("attn.weight", TABLE),
            ("attn.bias", VECTOR),
            (f"{('even', 'odd')[block % 2]}.weight", VECTOR),
        ):
            keys.append(f"net.blocks.{block}.{name}")
            kinds.append(kind)
            values.append((random.standard_normal(64) * 0.02).astype(np.float32))
    values[3 * 2] *= 5
    values[3 * 7] *= 20
    values[3 * 4 + 1][5] = np.nan
    keys.append("net.head")
    kinds.append(VECTOR)
    values.append(np.ones(64, np.float32))
    table = checkpoint_of(keys, kinds=kinds).tensors
    root = Layer.root(table, range(len(keys)), "net.pt")
    net = root.children[0]
    assert isinstance(net, Layer)
    return net, {number: measured(each) for number, each in enumerate(values)}, values


def test_the_odd_one_is_named_with_its_distance() -> None:
    layer, known, values = network()
    families = families_of(layer, known, no_report)
    by_name = {family.name: family for family in families}
    assert set(by_name) == {
        "blocks.{0–11}.attn.weight",
        "blocks.{0–11}.attn.bias",
        "blocks.{0, 2, 4, 6, 8, 10}.even.weight",
        "blocks.{1, 3, 5, 7, 9, 11}.odd.weight",
        "head",
    }
    # Those with an odd one come first.
    assert [family.name for family in families[:2]] == ["blocks.{0–11}.attn.bias", "blocks.{0–11}.attn.weight"]
    assert not any(family.odds for family in families[2:])
    (lost,), (far, second) = by_name["blocks.{0–11}.attn.bias"].odds, by_name["blocks.{0–11}.attn.weight"].odds
    assert second.number == 3 * 2
    assert abs(second.score) < abs(far.score)
    assert (lost.number, lost.figure, lost.value) == (13, "not finite", 1 / 64)
    assert far.number == 21
    assert far.figure in ("std", "largest")
    members = [values[3 * block].astype(np.float64) for block in range(12)]
    figures = [each.std() if far.figure == "std" else np.abs(each).max() for each in members]
    usual = np.median(figures)
    deviation = np.median(np.abs(np.array(figures) - usual))
    np.testing.assert_allclose([far.value, far.usual], [figures[7], usual], rtol=1e-9)
    np.testing.assert_allclose(far.score, 0.6745 * (figures[7] - usual) / deviation, rtol=1e-9)
    spreads = dict(zip(FIGURES, by_name["blocks.{0–11}.attn.weight"].spreads, strict=True))
    for name, of in (("min", np.min), ("max", np.max), ("mean", np.mean), ("std", np.std)):
        each, spread = [float(of(one)) for one in members], spreads[name]
        assert spread is not None
        np.testing.assert_allclose([spread.low, spread.high], [min(each), max(each)], rtol=1e-9)
    rows = list(csv.DictReader(io.StringIO(as_text(families, layer.table, ","))))
    assert rows[1]["odd tensor"] == "net.blocks.7.attn.weight"
    assert float(rows[1]["score"]) == far.score
    assert [row["other odd tensors"] for row in rows[:2]] == ["", "net.blocks.2.attn.weight"]
    assert len(rows) == len(families)


LAYER, KNOWN, _ = network()


@given(st.sets(st.integers(0, 36)))
def test_what_is_not_measured_is_counted_and_never_odd(missing: set[int]) -> None:
    some = {number: one for number, one in KNOWN.items() if number not in missing}
    families = families_of(LAYER, some, no_report)
    assert sorted(number for family in families for number in family.numbers) == list(range(37))
    for family in families:
        assert family.known == sum(number in some for number in family.numbers)
        odd = [each.number for each in family.odds]
        assert set(odd) <= some.keys() & set(family.numbers)
        assert len(set(odd)) == len(odd) < max(1, family.known)
        if not family.known:
            assert family.spreads == (None,) * len(FIGURES)
        for spread, place in zip(family.spreads, range(len(FIGURES)), strict=True):
            values = [figures_of(some[number])[place] for number in family.numbers if number in some]
            assert spread is None or (min(values), max(values)) == spread  # type: ignore[type-var]  # none is None
