"""Why shapes differ, in a sentence."""

from dataclasses import replace

import pytest

from explorer.loading.causes import causes
from explorer.loading.report import Differing, LoadReport, ModelValue

REPORT = LoadReport(
    model="Net",
    strict=True,
    values=(),
    loads=False,
    message="",
    unlisted=None,
    loaded=frozenset(),
    missing=(),
    unexpected=(),
    size_mismatch=(),
    dtype_differs=(),
    device="meta",
    why_not_meta="",
    takes_strict=True,
    lacking="",
    remark="",
    seconds=0.0,
)
ORDER = "has the same sizes in another order"
Shape = tuple[int, ...]


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        (
            {"head.weight": ((1000, 64), (10, 64)), "head.bias": ((1000,), (10,))},
            ["2 tensors (head.weight, head.bias) have 1,000 in the checkpoint where the model has 10."],
        ),
        (
            {"a": ((3, 4), (4, 3))},
            ["1 tensor (a) has its shape the other way round: transposed."],
        ),
        (
            {"a": ((8,), (9,)), "b": ((8, 8), (9, 9)), "c": ((8,), (9,)), "x": ((1, 2), (2, 1)), "y": ((2,), (2, 1))},
            [
                "3 tensors (a, b, …) have 8 in the checkpoint where the model has 9.",
                "1 tensor (x) has its shape the other way round: transposed.",
            ],
        ),
        (
            {"c": ((3, 4, 8), (8, 4, 3)), "d": ((3, 5, 5, 7), (7, 3, 5, 5))},
            [
                f"1 tensor (c) {ORDER}: permute(2, 1, 0) brings the checkpoint's shape onto the model's.",
                f"1 tensor (d) {ORDER}: permuted.",
            ],
        ),
        ({"a": ((3, 4), (5, 6))}, []),
        ({}, []),
    ],
)
def test_what_many_have_in_common_is_said(differing: dict[str, tuple[Shape, Shape]], said: list[str]) -> None:
    mismatch = tuple(Differing(key, have, want) for key, (have, want) in differing.items())
    assert causes(replace(REPORT, size_mismatch=mismatch)) == said


def test_what_a_failed_load_has_copied_is_said() -> None:
    report = replace(REPORT, loaded=frozenset(["a", "b"]))
    assert causes(report) == ["PyTorch copied 2 tensors into the model before it refused."]
    assert causes(replace(report, loads=True)) == []
    assert causes(replace(report, unlisted="It raised for a reason of its own.")) == [], "nobody knows"


def test_factors_of_weight_norm_are_no_weights() -> None:
    new = "b.parametrizations.weight.original"
    stored = replace(REPORT, missing=("a.weight", "b.weight"))
    stored = replace(stored, unexpected=("a.weight_g", "a.weight_v", f"{new}0", f"{new}1"))
    (said,) = causes(stored)
    factors = "2 tensors (a.weight, b.weight) are stored as the two factors each of weight_norm, weight = g · v / ‖v‖: "
    assert said == f"{factors}neither is the weight. Make the model with weight_norm, load, and remove it then."
    assert causes(replace(REPORT, missing=("a.weight",), unexpected=("a.weight_v",))) == [], "it lacks the other factor"
    (said,) = causes(replace(REPORT, missing=("a.weight_g", "a.weight_v"), unexpected=("a.weight",)))
    factors = "1 tensor (a.weight) is a whole weight where the model has the factors of weight_norm, "
    assert said == f"{factors}weight = g · v / ‖v‖: load before weight_norm is applied."


def test_adapters_are_said_to_be_some() -> None:
    parts = [f"net.{layer}.lora_{part}.weight" for layer in "qv" for part in "AB"]
    weights = tuple(ModelValue(f"net.{layer}.weight", (4, 4), "float32", place) for place, layer in enumerate("qv"))
    alone = replace(REPORT, values=weights, unexpected=tuple(f"base_model.model.{key}" for key in parts))
    (said,) = causes(alone)
    assert said.startswith("All 4 keys are LoRA adapters: they go onto a base model, to 2 weights")
    beside = replace(alone, loaded=frozenset(value.key for value in weights), unexpected=tuple(parts))
    said = causes(beside)[-1]
    assert said.startswith("4 tensors (net.q.lora_A.weight, net.q.lora_B.weight, …) are parts of LoRA adapters")
    assert "without them 2 weights stay" in said
    # A model that has adapters itself expects them: only names are wrong.
    own = (ModelValue("net.k.lora_A.default.weight", (4, 4), "float32", 5),)
    assert not causes(replace(alone, values=own))
    for others in ("laura.lora", "flora_A.weight", "explora.down", "lora_alpha"):
        assert not causes(replace(alone, unexpected=(others,))), others
