"""Rules: read, applied in order, and never two keys onto one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.keys.key_mapping import KeyMappingError, Rule, rename


def test_rules_apply_in_order_as_re_sub_does() -> None:
    rules = [Rule.parse(r"^module\.="), Rule.parse(r"layer(\d)=stage\1"), Rule.parse("stage1=first")]
    keys = ["module.layer1.w", "layer2.layer3.w", "other"]
    assert rename(keys, rules) == {"module.layer1.w": "first.w", "layer2.layer3.w": "stage2.stage3.w", "other": "other"}


def test_a_rule_is_split_at_its_last_equals_sign() -> None:
    assert Rule.parse("a=b=c") == Rule("a=b", "c")
    assert Rule.parse("(?=x)=") == Rule("(?=x)", "")
    assert str(Rule("a=b", "c")) == "a=b=c"


@pytest.mark.parametrize("text", ["", "abc", "(=x", r"a=\2", "a=\\", "a{99999999999}=", "(?P<a>b)=\\g<c>"])
def test_what_is_no_rule_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(KeyMappingError) as caught:
        Rule.parse(text)
    assert str(caught.value).endswith((".", "REGEX=REPLACEMENT."))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (r"(?i)^MODULE\.=", "module.fc.w"),
        ("(?x)^ module\\.  # what DataParallel adds\n=", "module.fc.w"),
        (r"(?s)^(?P<first>.*?)\.fc=fc", "module.x.fc.w"),
        (r"(?ai)(?P<a>MODULE)\.(fc)=\2", "module.fc.w"),
    ],
)
def test_flags_stand_at_the_front_of_an_expression(text: str, key: str) -> None:
    assert rename([key], [Rule.parse(text)]) == {key: "fc.w"}
    with pytest.raises(KeyMappingError, match="invalid group reference"):
        Rule(text.rpartition("=")[0], r"\9").compiled()


def test_two_keys_onto_one_are_named() -> None:
    with pytest.raises(KeyMappingError, match=r"two keys onto 'x\.w': 'a\.w' and 'b\.w'"):
        rename(["a.w", "b.w"], [Rule("^[ab]", "x")])


def test_a_key_may_take_the_place_of_one_that_goes() -> None:
    assert rename(["b", "a"], [Rule("^b$", "c"), Rule("^a$", "b")]) == {"b": "c", "a": "b"}


@given(st.lists(st.text(max_size=8), unique=True))
def test_without_rules_all_keys_stay(keys: list[str]) -> None:
    assert rename(keys, []) == {key: key for key in keys}
