"""Few rules say what many pairs have in common."""

import re

from hypothesis import given
from hypothesis import strategies as st

from explorer.keys.key_mapping import Rule, rename
from explorer.keys.rule_making import MOST_RULES, rules_for

KEYS = [
    *("stem.weight", "stem.bias", "head.weight", "head.bias"),
    *(f"layers.{number}.{part}.weight" for number in range(20) for part in ("attention", "up", "down")),
]


def renamed_by(pairs: dict[str, str]) -> tuple[list[Rule], dict[str, str]]:
    rules = rules_for(pairs, list(pairs))
    return rules, rename(pairs, rules)


def test_a_prefix_is_one_rule() -> None:
    pairs = {f"module.{key}": key for key in KEYS}
    assert renamed_by(pairs) == ([Rule(r"^module\.", "")], pairs)
    pairs = {key: f"model.net.{key}" for key in KEYS}
    assert renamed_by(pairs) == ([Rule("^", "model.net.")], pairs)


def test_a_segment_is_one_rule() -> None:
    pairs = {key: key.replace("attention", "attn") for key in KEYS}
    rules, names = renamed_by(pairs)
    assert (len(rules), names) == (1, pairs)


def test_a_segment_between_numbers_is_one_rule() -> None:
    pairs = {key: re.sub(r"layers\.(\d+)\.attention", r"blocks.\1.self.attn", key) for key in KEYS}
    rules, names = renamed_by(pairs)
    assert names == pairs
    assert len(rules) <= 3


def test_keys_without_a_pair_are_in_nobody_s_way() -> None:
    pairs = {"a.weight": "b.weight"}
    rules = rules_for(pairs, ["a.weight", "b.weight"])
    assert rules == []


def test_nothing_to_do_is_no_rule() -> None:
    assert rules_for({key: key for key in KEYS}, KEYS) == []


words = st.sampled_from(["a", "b", "layers", "0", "1", "12", "w.x", "é", "a+b", "\\", "weight"])
names = st.lists(words, min_size=1, max_size=4).map(".".join)


@given(st.dictionaries(names, names, max_size=12))
def test_rules_only_ever_bring_keys_to_their_names_or_leave_them(pairs: dict[str, str]) -> None:
    wanted: dict[str, str] = {}
    for key, name in pairs.items():
        if name not in wanted.values():
            wanted[key] = name
    rules = rules_for(wanted, list(pairs))
    assert len(rules) <= MOST_RULES
    names = rename(pairs, rules)  # raises where two keys come onto one
    before = sum(key == name for key, name in wanted.items())
    assert sum(names[key] == name for key, name in wanted.items()) >= before
