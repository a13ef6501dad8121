"""What the filter understands, without a window."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.statistics import Statistics, measure
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind
from explorer.progress import no_report
from explorer.ui.layers.query import EXPLAINED, FIGURES, Comparison, Dtypes, Name, Query, Shape, parse

TEXTS = st.text(max_size=30) | st.text('"-!<>=:×x*%.,kMB0123456789eE nanstdshapedtypezeros', max_size=30)
NUMBERS = st.integers(-(10**12), 10**12) | st.floats(-1e290, 1e290).filter(lambda x: x == 0 or abs(x) > 1e-290)
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
UNREADABLE = TensorKind("float32", (2,), (1,), (2,), None, problem="The record is missing.")


def kind(dtype: str = "float32", *shape: int, device: str | None = None, counts: bool = True) -> TensorKind:
    return TensorKind(dtype, shape, (1,) * len(shape), shape, device, counts_as_parameters=counts)


def measured(*values: float) -> Statistics:
    return measure(partial(list, [np.array(values, np.float64)]), len(values), no_report)


def keeps(text: str, subject: TensorKind | Statistics) -> bool:
    """Whether the only term of a text keeps a tensor."""
    query = parse(text)
    assert query.problem == ""
    if isinstance(subject, TensorKind):
        (term,) = query.kinds
        return term.fits(subject)
    (comparison,) = query.figures
    return comparison.fits(subject)


@given(TEXTS)
def test_whatever_is_written_is_understood_or_said_to_make_no_sense(text: str) -> None:
    query = parse(text)
    if query.problem:
        assert query == Query(problem=query.problem)
        assert query.problem.endswith(".")
        assert query.problem.isprintable()
    else:
        assert all(term.fits(kind("float32", 2)) in (True, False) for term in query.kinds)
        assert all(term.fits(measured(1.0)) in (True, False) for term in query.figures)


@given(st.text(min_size=1, max_size=20).filter(lambda text: not any(map(str.isspace, text))))
def test_a_text_without_spaces_is_a_part_of_the_name(text: str) -> None:
    if text[0] not in '-!"' and not any(sign in text for sign in "<>=≤≥≠:"):
        assert parse(text) == Query((Name(text),))


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.booleans()), max_size=4))
def test_in_quotes_every_text_is_a_part_of_the_name(names: list[tuple[str, bool]]) -> None:
    written = " ".join(("-" if excluded else "") + '"' + name.replace('"', '""') + '"' for name, excluded in names)
    assert parse(written) == Query(tuple(Name(name, excluded) for name, excluded in names))


@given(st.sampled_from(sorted(FIGURES.keys() - {"zeros"})), SIGNS, NUMBERS, st.booleans(), st.sampled_from(["", " "]))
def test_comparisons_are_read_as_they_are_written(
    figure: str, sign: str, number: float, excluded: bool, space: str
) -> None:
    query = parse(f"{'!' if excluded else ''}{figure.upper()}{space}{sign}{space}{number!r}")
    ((term,),) = [terms for terms in (query.kinds, query.figures) if terms]
    assert isinstance(term, Comparison)
    assert (term.figure, term.sign, term.excluded) == (figure, sign, excluded)
    assert float(term.number) == float(number)


@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=6), st.sampled_from("xX×,"))
def test_shapes_are_read_as_they_are_written(sizes: list[int | None], between: str) -> None:
    written = between.join("*" if size is None else str(size) for size in sizes)
    assert parse(f"shape:{written}") == Query(kinds=(Shape(tuple(sizes)),))
    assert parse(f"shape:[{written}]") == parse(f"shape:{written}")


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_every_dtype_is_meant_by_both_of_its_names(name: str) -> None:
    exactly = Query(kinds=(Dtypes(frozenset({name})),))
    for written in (name, name.upper(), f"torch.{name}", DTYPES[name].short):
        assert parse(f"dtype:{written}") == exactly
    assert parse(f"type = {name}") == exactly


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("   ", []),
        ('""', []),
        ("conv  bias", ["conv", "bias"]),
        ('"a b" c', ["a b", "c"]),
        ('"unfinished b', ["unfinished b"]),
        ('a"b', ['a"b']),
        ("-", ["-"]),
        ("- a", ["-", "a"]),
        ("<b>bold", ["<b>bold"]),
        ("layer.1>3", ["layer.1>3"]),
        ("cuda:0 foo:bar", ["cuda:0", "foo:bar"]),
        ("10M", ["10M"]),
        ("/conv.*/", ["/conv.*/"]),
    ],
)
def test_words_are_parts_of_the_name(text: str, names: list[str]) -> None:
    assert parse(text) == Query(tuple(map(Name, names)))
    assert parse(text).empty == (not names)


@pytest.mark.parametrize(
    ("text", "number", "rough"),
    [
        ("params>1M", 10**6, True),
        ("params>1m", 10**6, True),
        ("params > 1.5 k", 1500, True),
        ("params>2B", 2 * 10**9, True),
        ("params=2,359,296", 2_359_296, False),
        ("numel>=0.5", 0.5, False),
        ("nan>1k", 1000, True),
        ("bytes<10MB", 10**7, True),
        ("bytes = 44.7 MB", 44_700_000, True),
        ("bytes>10B", 10, True),
        ("bytes>2G", 2 * 10**9, True),
        ("min<-1", -1, True),
        ("min>−1e-3", -0.001, True),
        ("std<1e-6", 1e-6, True),
        ("zeros>50%", 50, True),
        ("zeros>50 %", 50, True),
        ("zeros>.5", 0.5, True),
    ],
)
def test_numbers_have_units(text: str, number: float, rough: bool) -> None:
    query = parse(text)
    ((term,),) = [terms for terms in (query.kinds, query.figures) if terms]
    assert isinstance(term, Comparison)
    assert (term.number, term.rough) == (number, rough)


def test_a_unit_after_a_space_is_one_only_where_it_can_be() -> None:
    assert parse("params>1 M").names == ()
    assert parse("min>1 M").names == (Name("M"),)
    assert parse("params>1 Mx").names == (Name("Mx"),)
    assert parse("params>1k M").names == (Name("M"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("std>abc", "‘abc’ is no number for std: write std<1e-6, for example."),
        ("std>", "After ‘std>’ comes a number, as in std<1e-6."),
        ("std>1e", "‘1e’ is no number"),
        ("std>1M", "‘1M’ is no number"),
        ("std>.", "‘.’ is no number"),
        ("max>1e999999999999999999999", "is no number"),
        ("bytes>10XB", "‘10XB’ is no number"),
        ("zeros>101", "‘101’ is no share"),
        ("zeros=-1%", "‘-1%’ is no share"),
        ("foo>3", "‘foo’ is no figure: there are nan, inf, zeros"),
        ("conv foo=3 bias", 'In quotes, ‘"foo=3"’, it is looked for in names.'),
        ("dtype:nonsense", "‘nonsense’ is no dtype"),
        ("dtype:", "After ‘dtype:’ comes a dtype"),
        ("dtype>f32", "‘dtype>f32’ compares no number: write dtype:bf16, for example."),
        ("shape:5y5", "‘5y5’ is no shape"),
        ("shape:512x", "‘512x’ is no shape"),
        ("shape:", "After ‘shape:’ comes a shape"),
        ("device:", "After ‘device:’ comes the device"),
        ("std>\u202e", "‘‹U+202E›’ is no number"),
    ],
)
def test_what_makes_no_sense_is_said_in_words(text: str, said: str) -> None:
    assert said in parse(text).problem


def test_long_nonsense_takes_no_time() -> None:
    for text in ("1," * 10_000, "9" * 10_000, '"' * 10_001, "9x" * 10_000, "a " * 10_000):
        for term in (text, f"std>{text}", f"shape:{text}", f"params>{text}"):
            parse(term)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("dtype:bf16", False),
        ("dtype:f32", True),
        ("dtype:float", True),
        ("dtype:f", True),
        ("dtype:int", False),
        ("-dtype:int", True),
        ("dtype!=f32", False),
        ("-dtype!=f32", True),
        ("shape:512x3x3", True),
        ("shape:*x3x3", True),
        ("shape:3x3", False),
        ("shape:*x3x4", False),
        ("shape!=*×*", True),
        ("shape:scalar", False),
        ("device:cuda", True),
        ("device:CUDA:1", False),
        ("params>4k", True),
        ("params=4.61k", True),
        ("params=4610", False),
        ("params=4608", True),
        ("params!=4608", False),
        ("numel<=4608", True),
        ("numel<4608", False),
        ("bytes=18432", True),
        ("bytes=18.4kB", True),
        ("bytes>=18.5kB", False),
        ("!bytes>1MB", True),
    ],
)
def test_terms_about_what_the_file_says(text: str, kept: bool) -> None:
    assert keeps(text, kind("float32", 512, 3, 3, device="cuda:0")) == kept


def test_a_buffer_has_no_parameters_to_compare() -> None:
    buffer = kind("float32", 5, counts=False)
    assert not keeps("params<10", buffer)
    assert not keeps("params!=10", buffer)
    assert keeps("-params>0", buffer)
    assert keeps("numel<10", buffer)


def test_a_scalar_and_a_tensor_without_a_device() -> None:
    assert keeps("shape:scalar", kind("int64"))
    assert not keeps("device:cpu", kind("int64"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nan>0", True),
        ("nan=2", True),
        ("nan>2", False),
        ("-nan>0", False),
        ("inf>=3", True),
        ("inf>3", False),
        ("zeros>0", True),
        ("zeros=10%", True),
        ("zeros>=10", True),
        ("zeros>10%", False),
        ("zeros<0.5%", False),
        ("min<-1", True),
        ("min=-2", True),
        ("max>=10", False),
        ("max<10", True),
        ("mean=0.2", True),
        ("mean>0", True),
        ("std<1e-6", False),
        ("std=1.721", False),
        ("std=1.720", True),
        ("std!=1.72", False),
        ("std>1.71", True),
        ("l2=3.873", True),
        ("l2=3.872983346207417", True),
        ("l2>3.88", False),
    ],
)
def test_terms_about_what_was_measured(text: str, kept: bool) -> None:
    values = measured(np.nan, np.nan, np.inf, np.inf, -np.inf, 0.0, -2.0, 1.0, -1.0, 3.0)
    assert keeps(text, values) == kept


def test_equal_is_what_the_column_shows_and_less_is_less() -> None:
    # As a float32, 0.1 is a little more.
    tenth = measured(float(np.float32(0.1)))
    assert keeps("max=0.1", tenth)
    assert keeps("max<=0.1", tenth)
    assert keeps("max>0.1", tenth)
    assert not keeps("max!=0.1", tenth)
    assert not keeps("max=0.1001", tenth)


def test_tensors_without_a_finite_value_have_no_extremes() -> None:
    nothing = measured(np.nan, np.inf)
    for text in ("min<0", "min>=0", "max!=0", "mean=0", "std<1", "l2>=0"):
        assert not keeps(text, nothing)
    assert keeps("nan=1", nothing)
    assert keeps("inf=1", nothing)
    assert not keeps("zeros=0", measured())


def test_the_explanation_names_every_term_and_its_own_examples_make_sense() -> None:
    for word in (*FIGURES, "dtype", "shape", "device"):
        assert word in EXPLAINED
    examples = [figure.example for figure in FIGURES.values()]
    examples += [word.strip(",") for word in EXPLAINED.split() if word[0].isalpha() and any(s in word for s in "<>=:")]
    assert [example for example in examples if example != "(Ctrl+F):" and parse(example).problem] == []


@pytest.mark.parametrize(
    ("colon", "signs"),
    [("numel:3", "numel=3"), ("params:30", "params=30"), ("zeros:>50%", "zeros>50%"), ("-l2:1", "-l2=1")],
)
def test_a_colon_after_a_figure_is_an_equals_sign(colon: str, signs: str) -> None:
    assert parse(colon) == parse(signs)
    assert not parse(colon).names


def test_a_colon_after_another_word_is_text() -> None:
    assert [name.text for name in parse("weight:0").names] == ["weight:0"]
