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
    # Single tensors are no sections, and neither are more than have room for their names.
    assert [section.name for section in sections([*(f"lstm.{part}" for part in range(9)), "out"])] == ["lstm", "out"]
    many = [f"layers.{layer}.{part}" for layer in range(100) for part in "ab"]
    assert sections(many) == [(0, "layers")]
    assert [section.name for section in sections([*many, "out"])] == ["layers", "out"]


@given(st.lists(st.text("ab.", max_size=6), max_size=60))
def test_sections_cover_everything_once(keys: list[str]) -> None:
    found = sections(keys)
    firsts = [section.first for section in found]
    assert firsts == sorted(set(firsts))
    assert firsts[:1] == ([0] if keys else [])
    for section, end in zip(found, [*firsts[1:], len(keys)], strict=bool(keys)):
        for key in keys[section.first : end]:
            assert f"{key}.".startswith(f"{section.name}.")
