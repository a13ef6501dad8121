"""Entries are compared tensor by tensor: many small ones together say what each says by itself."""

import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.compare.comparing import Comparison, compare_entries
from explorer.analysis.compare.comparison import compare_tensors
from explorer.analysis.compare.difference import EXACT, Tolerance
from explorer.analysis.compare.pairing import choose, pair_up, propose_rules
from explorer.analysis.compare.words import incomplete, summary
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.decode import Decoder
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.reading import Values, open_values
from explorer.keys.key_mapping import KeyMappingError, Rule
from explorer.progress import Cancelled, no_report
from tests.analysis.compare.tensor_pairs import some_pair

State = dict[str, torch.Tensor]


def entries(folder: Path, a: State, b: State) -> tuple[Path, Path]:
    torch.save(a, folder / "a.pt")
    torch.save(b, folder / "b.pt")
    return folder / "a.pt", folder / "b.pt"


def compared(a: Path, b: Path, tolerance: Tolerance = EXACT, *, trust_checksums: bool = False) -> Comparison:
    one, other = (choose(open_checkpoint(path), None) for path in (a, b))
    return compare_entries(pair_up(one, other), no_report, tolerance, trust_checksums=trust_checksums)


CAST = (torch.bfloat16, torch.float32, torch.int64)


def near(a: float | None, b: float | None) -> bool:
    return a == b if a is None or b is None else a == pytest.approx(b, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("tolerance", [EXACT, Tolerance(1e-3, 1e-6)])
def test_small_tensors_together_are_what_each_is_by_itself(tolerance: Tolerance, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    pairs = [some_pair(random) for _ in range(200)]
    pairs += [(a, b.to(CAST[random.integers(3)])) for a, b in pairs[:60] if not a.is_complex()]
    a, b = ({str(number): pair[side] for number, pair in enumerate(pairs)} for side in (0, 1))
    comparison = compared(*entries(tmp_path, a, dict(reversed(b.items()))), tolerance)
    pairing = comparison.pairing
    with open_values(pairing.a.checkpoint) as values_a, open_values(pairing.b.checkpoint) as values_b:
        for pair, together in zip(pairing.pairs, comparison.differences, strict=True):
            assert pair.a is not None
            assert pair.b is not None
            one = Side(values_a, pairing.a.checkpoint.tensors[pair.a])
            alone = compare_tensors(one, Side(values_b, pairing.b.checkpoint.tensors[pair.b]), no_report, tolerance)
            assert (together.state, together.equal_after_cast) == (alone.state, alone.equal_after_cast)
            assert together.figures is not None
            assert alone.figures is not None
            for name in (
                "not_finite",
                "max_abs",
                "changed",
                "worst_index",
                "worst_a",
                "worst_b",
                "finite",
                "alike",
                "odd_index",
            ):
                assert getattr(together.figures, name) == getattr(alone.figures, name), name
            for name in ("mean_abs", "relative_l2", "cosine"):
                assert near(getattr(together.figures, name), getattr(alone.figures, name)), name


def test_a_checksum_of_0_proves_nothing(tmp_path: Path) -> None:
    state = {"same": torch.ones(3), "moved": torch.arange(4.0), "part": torch.arange(6.0)[:3]}
    other = {"same": torch.ones(3), "moved": torch.arange(4.0) + 1, "part": torch.arange(6.0)[3:]}
    comparison = compared(*entries(tmp_path, state, other), trust_checksums=True)
    assert [each.by_checksum for each in comparison.differences] == [True, False, False]
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        comparison = compared(*entries(tmp_path, state, other), trust_checksums=True)
    finally:
        torch.serialization.set_crc32_options(before)
    assert [each.by_checksum for each in comparison.differences] == [False, False, False]
    assert comparison.counts["identical"] == 1


class _Failing(Values):
    """Values of which some have a fault that nobody foresaw."""

    def decoder(self, tensor: TensorInfo) -> Decoder:
        if tensor.key.startswith("bad"):
            raise ValueError("operands could not be broadcast together")
        return super().decoder(tensor)


class _Memory:
    def values(self, checkpoint: Checkpoint) -> Values:
        return _Failing(checkpoint)

    def walk(self, _checkpoint: Checkpoint, _tensor: TensorInfo) -> None:
        return None


def test_a_fault_in_one_pair_costs_no_other(tmp_path: Path) -> None:
    state = {"bad.small": torch.ones(3), "good.small": torch.ones(3), "bad.large": torch.ones(70_000)}
    state["good"] = torch.ones(70_000)
    one, other = (open_checkpoint(path) for path in entries(tmp_path, state, state))
    pairing = pair_up(choose(replace(one, memory=_Memory()), None), choose(other, None))
    comparison = compare_entries(pairing, no_report)
    assert [each.state for each in comparison.differences] == ["unread", "identical", "unread", "identical"]
    problem = "Comparing them failed: ValueError: operands could not be broadcast together."
    assert [each.problem for each in comparison.differences] == [problem, "", problem, ""]
    assert incomplete(comparison) == f"2 tensors could not be compared; the first: {problem}"


def test_keys_are_paired_in_order_and_by_rules(tmp_path: Path) -> None:
    zero = torch.zeros(1)
    a, b = entries(
        tmp_path, {"x": zero, "y": zero, "z": zero}, {"m.new": zero, "m.y": zero, "m.more": zero, "m.x": zero}
    )
    one, other = choose(open_checkpoint(a), None), choose(open_checkpoint(b), None)
    pairing = pair_up(one, other, [Rule(r"^m\.", "")])
    assert [pair.key for pair in pairing.pairs] == ["new", "x", "y", "more", "z"]
    assert [pairing.key_b(pair) for pair in pairing.pairs] == ["m.new", "m.x", "m.y", "m.more", None]
    assert (pairing.paired, propose_rules(pairing)) == (2, [])
    proposal, *_ = propose_rules(pair_up(one, other, [Rule(r"^m\.y$", "y")]))
    assert (proposal.why, proposal.paired, proposal.more) == ("3 of 4 keys start with ‘m.’", 2, 1)
    assert list(map(str, proposal.rules)) == [r"^m\.y$=y", r"^m\.="], "what is applied comes first"

    left_out = pair_up(one, other, [Rule(r"^m\.", ""), Rule("^(x|more)$", "")])
    assert [pair.key for pair in left_out.pairs] == ["new", "x", "y", "m.more", "m.x", "z"], (
        "no counterpart, and their own names"
    )
    assert propose_rules(left_out) == []

    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        propose_rules(pair_up(one, other), stop)
    with pytest.raises(KeyMappingError, match="two keys onto 'w'"):
        pair_up(one, other, [Rule("^.*$", "w")])


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []

    def stop(done: int, total: int, _what: str) -> None:
        reported.append((done, total))
        if done:
            raise Cancelled

    a = entries(
        tmp_path, {"x": torch.zeros(300_000), "y": torch.zeros(3)}, {"x": torch.ones(300_000), "y": torch.zeros(3)}
    )
    one, other = (choose(open_checkpoint(path), None) for path in a)
    with pytest.raises(Cancelled):
        compare_entries(pair_up(one, other), stop)
    assert reported[-1] == (24, 2_400_024)
    assert gc.isenabled()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            (),
            "among them all of model.layers.0.*, model.layers.1.*, model.layers.2.* and 2 more layers; 1 is only in B",
        ),
        (("head.weight",), "6 are bit-identical, among them all outside model.layers;"),
    ],
)
def test_only_what_there_is_outside_of_a_layer_is_told_of(others: tuple[str, ...], said: str, tmp_path: Path) -> None:
    keys = [*(f"model.layers.{at}.weight" for at in range(6)), *others]
    a = {key: torch.ones(2) for key in keys}
    b = {**a, "model.layers.5.weight": torch.zeros(2), "model.layers.new": torch.ones(2)}
    assert said in summary(compared(*entries(tmp_path, a, b)))


def test_where_nothing_else_stayed_it_is_all_outside(tmp_path: Path) -> None:
    a = {f"{name}.weight": torch.ones(2) for name in ("a", "b", "c", "d", "moved.x", "moved.y")}
    b = {**a, "moved.x.weight": torch.zeros(2), "moved.y.weight": torch.zeros(2)}
    assert "4 are bit-identical: all outside moved;" in summary(compared(*entries(tmp_path, a, b)))
