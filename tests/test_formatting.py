import csv
import io
import math
import unicodedata
import zlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import formatting
from explorer.formatting import (
    about,
    count,
    duration,
    exact,
    exact_bytes,
    figure,
    nbytes,
    percent,
    plain,
    plural,
    visible,
)


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0"),
        (993, "993"),
        (999, "999"),
        (1000, "1.00 k"),
        (5568, "5.57 k"),
        (9_994, "9.99 k"),
        (9_995, "10.0 k"),
        (99_949, "99.9 k"),
        (99_950, "100 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (11_689_512, "11.7 M"),
        (6_710_000_000, "6.71 B"),
        (1_200_000_000_000, "1.20 T"),
        (-5568, "-5.57 k"),
        (10**40, "> 999 T"),
    ],
)
def test_counts_have_three_digits_and_the_next_unit_in_time(n: int, said: str) -> None:
    assert count(n) == said


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (614_400, "614 kB"),
        (44_700_000, "44.7 MB"),
        (999_999_999, "1.00 GB"),
        (5_460_000_000, "5.46 GB"),
    ],
)
def test_sizes_are_decimal(n: int, said: str) -> None:
    assert nbytes(n) == said


@given(st.integers(min_value=0, max_value=999_499_999_999_999))
def test_a_count_is_right_to_half_a_unit_of_its_third_digit(n: int) -> None:
    number, _, unit = count(n).partition(" ")
    assert len(number.replace(".", "")) <= 3
    value = Fraction(number) * 1000 ** ["", "k", "M", "B", "T"].index(unit)
    assert abs(value - n) * 200 <= max(n, 100)


def test_exact_figures_are_grouped() -> None:
    assert exact(2_359_296) == "2,359,296"
    assert exact_bytes(2_359_296) == "2,359,296 bytes"
    assert exact_bytes(1) == "1 byte"
    assert exact(10**6000) == count(10**6000) == "> 999 T"  # Python refuses to print that many digits


def test_things_are_counted_by_name() -> None:
    assert plural(1, "tensor") == "1 tensor"
    assert plural(0, "tensor") == "0 tensors"
    assert plural(1340, "tensor") == "1,340 tensors"
    assert plural(2, "entry", "entries") == "2 entries"


def test_rounded_counts_have_names_too() -> None:
    assert about(1, "parameter") == "1 parameter"
    assert about(0, "parameter") == "0 parameters"
    assert about(11_689_512, "parameter") == "11.7 M parameters"


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (None, "–"),
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (-0.12654, "-0.1265"),
        (20.857, "20.86"),
        (0.05321, "0.05321"),
        (-0.0006455, "-0.0006455"),
        (1.2341e-7, "1.234e-07"),
        (1.0, "1"),
        (12_345.6, "12346"),
        (999_999.4, "999999"),
        (999_999.6, "1e+06"),
        (1_234_567.8, "1.235e+06"),
        (9_999_999, "9999999"),
        (-9_999_999, "-9999999"),
        (12_345_678, "1.235e+07"),
        (np.int64(1_234_567), "1234567"),
        (np.float32(0.5), "0.5"),
    ],
)
def test_statistics_have_four_digits(x: float | None, said: str) -> None:
    assert figure(x) == said


@pytest.mark.parametrize(
    ("x", "step", "said"),
    [
        (1.00002, 2e-5, "1.00002"),
        (1.00002, 1.0, "1"),
        (1_700_001_000.0, 1000.0, "1700001000"),
        (12_345.678, 0.01, "12345.678"),
        (0.1 + 0.2, 0.1, "0.3"),
        (1e308, math.inf, "1e+308"),
        (0.0, 1e-9, "0"),
    ],
)
def test_a_statistic_has_the_digits_that_tell_it_from_its_neighbours(x: float, step: float, said: str) -> None:
    assert figure(x, step) == said


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.floats(1e-300, 1e300))
def test_statistics_a_step_apart_look_different(x: float, step: float) -> None:
    assert x + step == x or figure(x, step) != figure(x + step, step)


@given(st.floats(-1e308, 1e308, allow_subnormal=False))
def test_a_statistic_can_be_read_back(x: float) -> None:
    assert float(figure(x)) == pytest.approx(x, rel=5.001e-4, abs=0)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 100, "0.0 %"),
        (0, 0, "–"),
        (1, 10**9, "<0.01 %"),
        (1, 10_000, "0.01 %"),
        (7, 1000, "0.70 %"),
        (1, 100, "1.0 %"),
        (1, 8, "12.5 %"),
        (0.29, 1, "29.0 %"),
        (41, 58, "70.6 %"),
        (9_899, 10_000, "98.9 %"),
        (99, 100, "99.00 %"),
        (10**9 - 1, 10**9, "99.99 %"),
        (1 - 1e-15, 1, "99.99 %"),
        (58, 58, "100 %"),
    ],
)
def test_percentages(part: float, whole: float, said: str) -> None:
    assert percent(part, whole) == said


@given(st.integers(min_value=1, max_value=10**13).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_percentage_claims_no_more_than_the_number(share: tuple[int, int]) -> None:
    part, whole = share
    said = percent(part, whole)
    assert (said == "100 %") == (part == whole)
    if said.startswith("<"):
        assert 0 < Fraction(part, whole) < Fraction(1, 10_000)
    else:
        true = Fraction(100 * part, whole)
        assert 0 <= true - Fraction(said.removesuffix(" %")) < Fraction(1, 10)


def test_shapes() -> None:
    assert formatting.shape((64, 3, 7, 7)) == "64×3×7×7"
    assert formatting.shape((960,)) == "960"
    assert formatting.shape(()) == "scalar"
    assert formatting.shape((0, 4)) == "0×4"
    assert formatting.shape(range(1, 9)) == "1×2×3×4×5×6×7×8"
    assert formatting.shape(range(1, 65)) == "1×2×3×4×…×61×62×63×64"
    assert formatting.shape((2, 10**6000)) == "2×> 999 T"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.035, "35 ms"),
        (0.0999, "0.1 s"),
        (3.21, "3.2 s"),
        (9.96, "10 s"),
        (42.4, "42 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (3599.8, "1 h"),
        (7390, "2 h 3 min"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


ORDINARY = st.text(
    st.sampled_from("abcXYZ019._-/[]<>& äñЖ层αé") | st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x17F)
)


@given(ORDINARY.map(str.strip))
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert visible(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("we\u202eight", "we‹U+202E›ight"),
        ("a\nb\tc\x7f\x85\x00", "a‹U+000A›b‹U+0009›c‹U+007F›‹U+0085›‹U+0000›"),
        ("weight\u200b", "weight‹U+200B›"),
        ("\ufeffweight", "‹U+FEFF›weight"),
        ("a\u00a0b\u3000", "a‹U+00A0›b‹U+3000›"),
        ("a\u2028b\u2029", "a‹U+2028›b‹U+2029›"),
        ("a\ud800b", "a‹U+D800›b"),
        ("a\ue000\U000e0041", "a‹U+E000›‹U+E0041›"),
        ("a\u3164\ufe0f\u034f", "a‹U+3164›‹U+FE0F›‹U+034F›"),
        ("e\u0301", "e\u0301"),
        ("\u0301e", "‹U+0301›e"),
        ("e" + 5 * "\u0301", "e\u0301\u0301\u0301‹U+0301›‹U+0301›"),
        (" weight ", "‹U+0020›weight‹U+0020›"),
        (" ", "‹U+0020›"),
        ("‹U+202E›", "‹U+2039›U+202E›"),
        ("<b>x</b>", "<b>x</b>"),
        ("", ""),
    ],
)
def test_what_is_unseen_is_spelled_out(name: str, shown: str) -> None:
    assert visible(name) == shown


ANYTHING = st.text(st.characters(categories=None) | st.sampled_from("\u202e\u200f\u200b\ud800\u0301\u0300 ‹\n\ufe0f"))


@given(ANYTHING, st.integers(min_value=1, max_value=60))
def test_a_shown_name_is_printable_and_bounded(name: str, limit: int) -> None:
    shown = visible(name, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert not any(unicodedata.category(character).startswith("C") for character in shown)


@given(ANYTHING.filter(lambda name: len(name) < 25), ANYTHING.filter(lambda name: len(name) < 25))
def test_different_short_names_look_different(one: str, other: str) -> None:
    assert (visible(one) == visible(other)) == (one == other)


def test_long_names_lose_their_middle_and_keep_both_ends() -> None:
    name = "model." + 100_000 * "x" + ".weight"
    shown = visible(name, 40)
    assert shown == "model.xxxxxxxxxxxxxx…xxxxxxxxxxxx.weight"
    assert len(shown) == 40
    assert visible(10**6 * "\u0301", 20) == "‹U+0301›…‹U+0301›"


def test_long_names_that_differ_in_their_middle_do_not_look_the_same() -> None:
    names = [f"model.{50_000 * 'x'}{middle}{50_000 * 'x'}.weight" for middle in "ab"]
    one, other = (visible(name) for name in names)
    assert one != other
    assert one[:-10] == other[:-10]
    # Behind all that is a name's own: a window that cuts the middle of it again leaves it, and no name has its "‹".
    assert one.endswith(f".weight‹#{zlib.crc32(names[0].encode()):08x}›")
    assert max(len(one), len(other)) == 200


@pytest.mark.timeout(20)
def test_a_long_name_costs_no_more_than_what_is_shown_of_it() -> None:
    # To look at each of its characters once would take seconds, a thousand times longer than the test may.
    name = 20_000_000 * "\u202e"
    for _ in range(1_000):
        assert len(visible(name)) <= 200
    assert len(plain(name)) <= 20_000


@given(ANYTHING, st.integers(min_value=1, max_value=300))
def test_a_message_keeps_its_lines_and_nothing_unseen(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert shown.replace("\n", "").replace("\t", "").isprintable()
    assert plain(shown, limit) == shown


@given(ANYTHING)
def test_a_shown_name_stays_the_same_inside_a_message(name: str) -> None:
    assert plain(f"{visible(name)}: 3 NaN.") == f"{visible(name)}: 3 NaN."


def test_messages_keep_indentation() -> None:
    assert plain("Traceback:\n    x = \u202e1\n") == "Traceback:\n    x = ‹U+202E›1\n"


@pytest.mark.parametrize(
    ("x", "low", "high", "step", "said"),
    [
        (1.004, 1.0, 1.008, 0.0, "1"),
        (0.02349, 0.02344, 0.02356, 0.0, "0.0235"),
        (9.9, 9.875, 9.9375, 0.0, "9.9"),
        (1.00000676, 1.00000672, 1.00000684, 5e-7, "1.0000068"),
        (123456.7, 123400.0, 123500.0, 0.0, "123500"),
        (-2.3e300, -4.6e300, -3.4e38, 0.0, "-5e+300 to -3e+38"),
        (0.5, 0.5, 0.5, 0.0, "0.5"),
        (1.4e308, 3.4e38, 1.7e308, 1e306, "1e+308"),
    ],
)
def test_a_rough_figure_has_no_more_digits_than_are_certain(
    x: float, low: float, high: float, step: float, said: str
) -> None:
    assert formatting.rough_figure(x, low, high, step) == said


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0")), min_size=2, max_size=2)))
def test_a_table_for_other_programs_is_read_back_as_it_was(rows: list[list[str]]) -> None:
    for separator in (",", "\t"):
        text = formatting.delimited(["a", None], rows, separator)
        assert list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) == [["a", ""], *rows]
    assert formatting.delimited(None, [[1, 0.5, None]], "\t") == "1\t0.5\t\n"
