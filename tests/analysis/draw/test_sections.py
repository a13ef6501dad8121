from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.draw.sections import sections


def test_sections_are_the_layers() -> None:
    keys = ["m.encoder.a", "m.encoder.b", "m.encoder.c.w", "m.decoder.a", "m.decoder.b", "m.head"]
    assert sections(keys) == [(0, "m.encoder"), (3, "m.decoder"), (5, "m.head")]
    assert sections([]) == []
    assert sections(["w"]) == [(0, "w")]
    assert sections(["a", "a.b", "a.c"]) == [(0, "a")]


def test_a_section_that_is_most_of_all_is_divided() -> None:
    keys = ["bert.word", *(f"bert.encoder.{layer}.{part}" for layer in range(4) for part in "abc"), "cls.w"]
    assert [section.name for section in sections(keys)] == [
        "bert.word",
        *(f"bert.encoder.{layer}" for layer in range(4)),
        "cls",
    ]
    # Single tensors are no sections.
    assert [section.name for section in sections([*(f"lstm.{part}" for part in range(9)), "out"])] == ["lstm", "out"]


def test_more_layers_than_have_room_for_their_names_are_put_together_in_rounds() -> None:
    many = [f"layers.{layer}.{part}" for layer in range(100) for part in "ab"]
    rounds = [(40 * place, f"layers.{{{20 * place}–{20 * place + 19}}}") for place in range(5)]
    assert sections(many) == rounds
    assert sections([*many, "out"]) == [*rounds, (200, "out")]
    some = [f"layers.{layer}.{part}" for layer in range(1_005, 3_000, 7) for part in "ab"]
    assert [section.name for section in sections(some)] == [
        *("layers.{1005–1495}", "layers.{1502–1999}", "layers.{2006–2496}", "layers.{2503–2993}"),
    ]
    # What has no numbers, or no order of them, has no rounds.
    assert sections([f"layers.x{layer}.{part}" for layer in range(100) for part in "ab"]) == [(0, "layers")]
    assert sections([f"layers.{layer}.w" for layer in [*range(60), *range(60)]]) == [(0, "layers")]


@given(st.lists(st.text("ab.", max_size=6), max_size=60))
def test_sections_cover_everything_once(keys: list[str]) -> None:
    found = sections(keys)
    firsts = [section.first for section in found]
    assert firsts == sorted(set(firsts))
    assert firsts[:1] == ([0] if keys else [])
    for section, end in zip(found, [*firsts[1:], len(keys)], strict=bool(keys)):
        for key in keys[section.first : end]:
            assert f"{key}.".startswith(f"{section.name}.")
