"""What a query says where nothing but names is known."""

import pytest

from explorer.query.names import beyond_names, may_fit
from explorer.query.parsing import parse


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("", ["Conv.weight", "conv.bias", "head"]),
        ("CONV", ["Conv.weight", "conv.bias"]),
        ("conv -bias", ["Conv.weight"]),
        ("weight or head", ["Conv.weight", "head"]),
        ("conv nan>0", ["Conv.weight", "conv.bias"]),
        ("not (conv nan>0)", ["Conv.weight", "conv.bias", "head"]),
        ("conv or nan>0", ["Conv.weight", "conv.bias", "head"]),
        ("-dtype:f32 head", ["head"]),
        ("zzzz", []),
    ],
)
def test_names_are_judged_and_what_only_a_tensor_tells_leaves_nothing_out(text: str, fitting: list[str]) -> None:
    query = parse(text)
    assert query.wrong is None
    assert [name for name in ("Conv.weight", "conv.bias", "head") if may_fit(query, name)] == fitting


def test_terms_that_names_do_not_tell_of_are_said() -> None:
    assert beyond_names(parse("conv -bias")) == ""
    assert beyond_names(parse("conv nan>0 -dtype:bf16")) == "Here it looks for words alone, not at nan>0 dtype:bf16."
