"""Rules that leave keys out: few, and never one that takes others with it."""

import pytest

from explorer.keys.key_mapping import Rule, left_in, rename, rename_matching
from explorer.keys.leaving_out import leaving_out, naming_alone

KEYS = ["head.weight", "head.bias", "head.scale", "blocks.0.a.w", "blocks.1.a.w", "blocks.2.a.w", "blocks.1.b.w", "w"]


@pytest.mark.parametrize(
    ("unwanted", "patterns"),
    [
        (["head.weight", "head.bias"], [r"^head\.(weight|bias)$"]),
        (["w"], ["^w$"]),
        (["blocks.0.a.w", "blocks.1.a.w", "blocks.2.a.w"], [r"^blocks\.\d+\.a\.w$"]),
        (["blocks.0.a.w", "blocks.2.a.w"], [r"^blocks\.0\.a\.w$", r"^blocks\.2\.a\.w$"]),
        ([], []),
    ],
)
def test_they_leave_out_what_they_are_to_and_nothing_else(unwanted: list[str], patterns: list[str]) -> None:
    rules = leaving_out(unwanted, KEYS)
    assert [rule.pattern for rule in rules] == patterns
    assert list(left_in(rename(KEYS, rules))) == [key for key in KEYS if key not in unwanted]


def test_names_with_other_signs_are_left_out_as_they_are() -> None:
    keys = ["a+b.(c)", "aab.(c)", "a+b.d|e", "d"]
    assert list(left_in(rename(keys, leaving_out(["a+b.(c)", "a+b.d|e"], keys)))) == ["aab.(c)", "d"]


def test_a_key_of_which_rules_leave_nothing_is_left_out_and_an_empty_one_stays() -> None:
    rules = [Rule("^module.", ""), Rule(r"^head\..*", "")]
    assert rename_matching(["", "module.a", "module.head.w", "module.head.b"], None, rules) == {"": "", "module.a": "a"}


def test_those_that_name_keys_are_told_apart() -> None:
    name, leave = Rule(r"^module\.", ""), Rule(r"^head\.", "")
    keys = ["module.a", "module.head."]
    assert naming_alone([name, leave], keys) == (name,)
    assert naming_alone([name], keys) == (name,)
    # What was left out comes back with a name: then all of them are needed.
    again = [Rule("^a$", ""), Rule("^$", "b")]
    assert naming_alone(again, ["a"]) == tuple(again)
