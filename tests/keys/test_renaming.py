"""Rules of the user's: placeholders, what they make of keys, and an end to those that take for ever."""

import re
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.keys.key_mapping import KeyMappingError, Rule, rename
from explorer.keys.placeholders import rule_of
from explorer.keys.renaming import Change, Renaming
from explorer.progress import Cancelled, no_report


@pytest.mark.parametrize(
    ("find", "replace", "key", "name"),
    [
        ("blocks.{n}.attn", "layers.{n}.attention", "net.blocks.11.attn.w", "net.layers.11.attention.w"),
        ("blocks.{n}.attn", "layers.{n}.attention", "myblocks.1.attn", "myblocks.1.attn"),
        ("blocks.{n}.attn", "layers.{n}.attention", "blocks.1.attn2", "blocks.1.attn2"),
        ("blocks.{n}", "{n}", "blocks.x", "blocks.x"),
        ("{part}.{n}.w+", r"{n}.\1.{part}", "a.3.w+", r"3.\1.a"),
        ("{n}.{n}", "{n}", "4.4.w", "4.w"),
        ("{n}.{n}", "{n}", "4.5.w", "4.5.w"),
        (".{n}.", ".", "a.0.b", "a.b"),
        (r"^module\.(\d{1,2})", r"\1", "module.7", "7"),
    ],
)
def test_a_rule_finds_whole_parts(find: str, replace: str, key: str, name: str) -> None:
    assert rename([key], [rule_of(find, replace)]) == {key: name}


@given(st.text("ab.{}n1\\", max_size=8), st.text("ab.{}n1\\", max_size=8))
@settings(max_examples=50)
def test_a_placeholder_makes_no_regular_expression_invalid(find: str, replace: str) -> None:
    if re.search(r"\{[a-z]\w*\}", find) is None:
        return
    try:
        rule_of(find, replace).compiled()
    except KeyMappingError as error:
        assert "and not in what is to be found" in str(error)  # noqa: PT017 - or it makes sense


KEYS = [*(f"blocks.{n}.attn.{end}" for n in range(3) for end in ("weight", "bias")), "head.weight", "head.bias"]


def test_what_rules_make_of_keys_is_told_in_families() -> None:
    rules = [rule_of("blocks.{n}", "layers.{n}"), Rule("^head", "top"), Rule("nowhere", "")]
    model: dict[str, tuple[int, ...] | None] = {"layers.0.attn.bias": (2,), "top.bias": None, "top.weight": (1,)}
    shapes = dict.fromkeys(KEYS, (2,))
    renamed = Renaming().ask(KEYS, rules, no_report, shapes=shapes, model=model)
    assert renamed.fine
    assert (renamed.counts, renamed.changed, renamed.total, renamed.fitting) == ((6, 2, 0), 8, 8, 2)
    assert renamed.changes == (
        Change("blocks.{0–2}.attn.weight", "layers.{0–2}.attn.weight", 3),
        Change("blocks.{0–2}.attn.bias", "layers.{0–2}.attn.bias", 3),
        Change("head.weight", "top.weight", 1),
        Change("head.bias", "top.bias", 1),
    )
    wrong = Renaming().ask(KEYS, [Rule("^blocks.*weight", "w"), Rule("(", "")], no_report)
    assert (wrong.fine, wrong.problems[0], wrong.refused) == (False, "", "")
    assert "makes no sense" in wrong.problems[1]
    clash = Renaming().ask(KEYS, [Rule("^blocks.*weight", "w")], no_report)
    assert clash.refused == (
        "Two keys would be called w: blocks.0.attn.weight and blocks.1.attn.weight. It is so with 1 more key."
    )


def test_a_rule_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.keys.renaming.PATIENCE_S", 0.2)
    keys = ["a" * 60 + "!"]
    slow = Renaming().ask(keys, [Rule("b", "c"), Rule(r"(a+)+$", ""), Rule("d", "e")], no_report)
    assert [bool(problem) for problem in slow.problems] == [False, True, False]
    assert slow.problems[1].startswith("It takes too long")


def test_once_cancelled_nothing_reads_any_more() -> None:
    """What it reads is closed then."""

    def cancel(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        Renaming().matching([f"layers.{number}.weight" for number in range(20_000)], "weight", cancel)
    assert "answers of the renaming" not in {thread.name for thread in threading.enumerate()}
