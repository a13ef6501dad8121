"""Pairs of real checkpoints: every count and figure is the one that PyTorch and float64 give."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.analysis.compare.comparing import compare_entries
from explorer.analysis.compare.pairing import choose, pair_up
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "corpus" / "pairs.json").read_text("utf-8"))

pytestmark = pytest.mark.corpus


@pytest.mark.parametrize("expected", PAIRS, ids=[pair["name"] for pair in PAIRS])
def test_what_changed_between_real_checkpoints(expected: dict[str, Any], corpus: Path) -> None:
    a, b = (choose(open_checkpoint(corpus / expected[side]), None) for side in "ab")
    pairing = pair_up(a, b)
    comparison = compare_entries(pairing, no_report)
    counts = comparison.counts
    assert (counts["only_a"], counts["only_b"]) == (expected["only_a"], expected["only_b"])
    assert expected["keys_a"] == pairing.paired + counts["only_a"]
    assert expected["keys_b"] == pairing.paired + counts["only_b"]
    assert pairing.paired == expected["common"]
    assert counts["identical"] == expected["identical"]
    assert counts["differs"] == expected["different"]
    assert (counts["shape"], counts["dtype"]) == (expected["shape_differs"], expected["dtype_differs"])
    assert (counts["close"], counts["not_finite"], counts["unread"]) == (0, 0, 0)
    rows = dict(zip((pair.key for pair in pairing.pairs), comparison.differences, strict=True))
    for key, *_shapes in expected.get("sample_shape", ()):
        assert rows[key].state == "shape"
        assert rows[key].overlap is not None
    changed = {key: row.figures for key, row in rows.items() if row.state == "differs" and row.figures}
    if not changed:
        return
    key = max(changed, key=lambda key: changed[key].max_abs or 0)
    assert {"key": key, "value": changed[key].max_abs} == expected["largest_abs_diff"]
    sides = [torch.load(corpus / expected[side], map_location="cpu", weights_only=True) for side in "ab"]
    lengths = {key: [side[key].double().norm().item() for side in sides] for key in changed}
    apart = [(figures.relative_l2 or 0) * lengths[key][0] for key, figures in changed.items()]
    assert math.hypot(*apart) == pytest.approx(expected["changed_tensors_l2_diff"], rel=1e-6)
    dot = sum((figures.cosine or 0) * math.prod(lengths[key]) for key, figures in changed.items())
    both = math.prod(math.hypot(*(lengths[key][side] for key in changed)) for side in (0, 1))
    assert dot / both == pytest.approx(expected["changed_tensors_cosine"], rel=1e-6)
