"""What the filter understands, without a window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.compare.difference import STATES
from explorer.analysis.judge.problems import Kind
from explorer.analysis.layer_kinds import LayerKind
from explorer.analysis.roles import Role
from explorer.checkpoint.dtypes import DTYPES
from explorer.query.completing import suggestions
from explorer.query.figures import FIGURES
from explorer.query.nodes import And, Node, Not, Or, all_of, any_of, not_of, terms_of, written
from explorer.query.parsing import EXPLAINED, parse
from explorer.query.terms import (
    ABOUTS,
    PROBLEM_WORDS,
    ROLE_WORDS,
    STATE_WORDS,
    Comparison,
    Dtypes,
    Name,
    Shape,
    Told,
)

TEXTS = st.text(max_size=30) | st.text('"-!<>=:×x*%.,kMB0123456789eE nanstdshapedtypezeros', max_size=30)
NUMBERS = st.integers(-(10**12), 10**12) | st.floats(-1e290, 1e290).filter(lambda x: x == 0 or abs(x) > 1e-290)
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])


def names_in(text: str) -> list[str]:
    """The words of the name that a text asks for, of which it asks for all."""
    query = parse(text)
    assert query.wrong is None
    return [term.text for term in terms_of(query.tree) if isinstance(term, Name)]


TERMS = st.sampled_from(
    [
        *("a", "layer.1", '"or"', '"a ""b"" ("', "dtype:f", "dtype:bf16", "shape:2,*", "shape:scalar", "device:CUDA:0"),
        *("role:norm", "kind:attention", "state:only-a"),
        *("params>1.5k", "numel=3", "std<=1e-6", "zeros!=50%", "changed>0"),
    ]
)


def tree_of(text: str) -> Node:
    tree = parse(text).tree
    assert tree is not None
    return tree


TREES = st.recursive(
    TERMS.map(tree_of),
    lambda inner: (
        inner.map(not_of)
        | st.lists(inner, min_size=1, max_size=3).map(all_of).filter(lambda tree: tree is not None)
        | st.lists(inner, min_size=1, max_size=3).map(any_of).filter(lambda tree: tree is not None)
    ),
    max_leaves=12,
)


@given(TREES)
def test_what_is_written_down_reads_as_the_same(tree: Node) -> None:
    assert parse(written(tree)).tree == tree
    assert parse(f"not not ({written(tree)})").tree == tree
    assert parse(f"not ({written(tree)})").tree == not_of(tree)


@given(TEXTS)
def test_whatever_is_written_is_understood_or_said_to_make_no_sense(text: str) -> None:
    query = parse(text)
    if query.wrong is not None:
        assert query.tree is None
        assert query.problem.endswith(".")
        assert query.problem.isprintable()
        assert 0 <= query.wrong.begin < query.wrong.end
        assert query.wrong.begin < len(text)
    else:
        assert len(query.places) == len(list(terms_of(query.tree)))
        assert parse(written(query.tree)).tree == query.tree


@given(st.text("ab.ß,*_/1", min_size=1, max_size=20))
def test_a_text_without_spaces_is_a_part_of_the_name(text: str) -> None:
    assert parse(text).tree == Name(text)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.booleans()), max_size=4))
def test_in_quotes_every_text_is_a_part_of_the_name(names: list[tuple[str, bool]]) -> None:
    text = " ".join(("-" if excluded else "") + '"' + name.replace('"', '""') + '"' for name, excluded in names)
    assert parse(text).tree == all_of(Not(Name(name)) if excluded else Name(name) for name, excluded in names)


@given(
    st.sampled_from(sorted(FIGURES.keys() - {"zeros", "changed"})),
    SIGNS,
    NUMBERS,
    st.booleans(),
    st.sampled_from(["", " "]),
)
def test_comparisons_are_read_as_they_are_written(
    figure: str, sign: str, number: float, excluded: bool, space: str
) -> None:
    tree = parse(f"{'!' if excluded else ''}{figure.upper()}{space}{sign}{space}{number!r}").tree
    (term,) = terms_of(tree)
    assert isinstance(term, Comparison)
    assert (term.figure, term.sign, isinstance(tree, Not)) == (figure, sign, excluded)
    assert float(term.number) == float(number)


@given(st.lists(st.none() | st.integers(0, 10**9), min_size=1, max_size=6), st.sampled_from("xX×,"))
def test_shapes_are_read_as_they_are_written(sizes: list[int | None], between: str) -> None:
    text = between.join("*" if size is None else str(size) for size in sizes)
    assert parse(f"shape:{text}").tree == Shape(tuple(sizes))
    assert parse(f"shape:[{text}]").tree == parse(f"(shape:({text}))").tree == Shape(tuple(sizes))


@pytest.mark.parametrize("written", ["[64, 256]", "( 64 ×256 )", "(64, 256,)", '"64, 256"', "[64,256]"])
def test_shapes_are_read_with_spaces_between_brackets(written: str) -> None:
    sizes = Shape((64, 256))
    assert parse(f"shape:{written}").tree == parse(f"SHAPE = {written}").tree == sizes
    assert parse(f"-shape:{written}norm").tree == parse("-shape:64x256 norm").tree
    assert parse(f"(shape!={written}) conv").tree == parse("shape!=64x256 conv").tree
    assert (parse("shape:(7,)").tree, parse("shape:[ ]").tree, parse("shape:()").tree) == (
        Shape((7,)),
        *2 * [Shape(())],
    )
    assert all(parse(text).problem for text in ("shape:[6 4]", "shape:(64 or 3)", "shape:(6, 4"))


@pytest.mark.parametrize("name", sorted(DTYPES))
def test_every_dtype_is_meant_by_both_of_its_names(name: str) -> None:
    for text in (name, name.upper(), f"torch.{name}", DTYPES[name].short):
        term = parse(f"dtype:{text}").tree
        assert isinstance(term, Dtypes)
        assert term.names == {name}
    assert parse(f"type = {name}").tree == parse(f"dtype:{name}").tree


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
    assert parse(text).tree == all_of(map(Name, names))
    assert parse(text).empty == (not names)


A, B, C = map(Name, "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", And((A, B))),
        ("a and b AND c", And((A, B, C))),
        ("a or b c", Or((A, And((B, C))))),
        ("(a or b) c", And((Or((A, B)), C))),
        ("a (b (c))", And((A, B, C))),
        ("not a b", And((Not(A), B))),
        ("not not a", A),
        ("not -a", A),
        ("-(a or b)", Not(Or((A, B)))),
        ("!a", Not(A)),
        ("-or", Not(Name("or"))),
        ('"or" and "and"', And((Name("or"), Name("and")))),
        ("order android", And((Name("order"), Name("android")))),
        ("name:attn", Name("attn")),
        ('name:"a b"', Name("a b")),
        ("name!=a", Not(A)),
        ("f(x) (g(y))", And((Name("f(x)"), Name("g(y)")))),
        ('"" or a', A),
    ],
)
def test_words_are_joined(text: str, tree: Node) -> None:
    assert parse(text).tree == tree


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        ("a or", "After ‘or’ comes something to look for.", "or"),
        ("a not ", "After ‘not’ comes something to look for.", "not"),
        ("or a", "Before ‘or’ comes something to look for.", "or"),
        ("a and and b", "Before ‘and’ comes something to look for.", "and"),
        ("(a or b", "This ‘(’ is not closed by a ‘)’.", "(a or b"),
        ("a (", "After ‘(’ comes something to look for.", "("),
        ("a )b", "There is no ‘(’ for this ‘)’.", ")"),
        ("a ()", "Between ‘(’ and ‘)’ comes something to look for.", ")"),
        ("x std>abc y", "‘abc’ is no number for std", "abc"),
        ("x foo>3", "‘foo’ is no figure", "foo"),
        ("x dtype:zz", "‘zz’ is no dtype", "zz"),
        ("role:zz", "‘zz’ is no role: there are linear-weight, ", "zz"),
        ("kind:", "After ‘kind:’ comes one of these: there are attention, ", "kind:"),
        ("state:zz", "‘zz’ is no state: there are identical, ", "zz"),
        ("changed>200%", "‘200%’ is no share", "200%"),
        ("(" * 60 + "a" + ")" * 60, "No more than 50 parentheses fit into one another.", "("),
    ],
)
def test_what_makes_no_sense_has_a_place(text: str, said: str, marked: str) -> None:
    wrong = parse(text).wrong
    assert wrong is not None
    assert wrong.sentence.startswith(said)
    assert text[wrong.begin : wrong.end] == marked


def test_what_a_comparison_tells_is_not_asked_without_one() -> None:
    query = parse("conv changed>0")
    assert query.needs("difference")
    wrong = query.without_comparison().wrong
    assert wrong is not None
    assert "changed" in wrong.sentence
    assert "conv changed>0"[wrong.begin : wrong.end] == "changed>0"
    assert parse("conv nan>0").without_comparison() == parse("conv nan>0")


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
        ("nan>10%", 10, True),
        ("nan>10 %", 10, True),
        ("nan>10k", 10_000, True),
        ("nan>10", 10, False),
    ],
)
def test_numbers_have_units(text: str, number: float, rough: bool) -> None:
    (term,) = terms_of(parse(text).tree)
    assert isinstance(term, Comparison)
    assert (term.number, term.rough) == (number, rough)


def test_a_unit_after_a_space_is_one_only_where_it_can_be() -> None:
    assert names_in("params>1 M") == []
    assert names_in("min>1 M") == ["M"]
    assert names_in("params>1 Mx") == ["Mx"]
    assert names_in("params>1k M") == ["M"]


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
        ("nan>101%", "‘101%’ is no share: nan are from 0 % to 100 % of the elements."),
        ("inf=-1%", "‘-1%’ is no share"),
        ("nan>many", "‘many’ is no number for nan: write nan>0 or nan>10%, for example."),
        ("inf>", "After ‘inf>’ comes a number, as in inf>0 or inf>1%."),
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


def test_the_explanation_names_every_term_and_its_own_examples_make_sense() -> None:
    for word in (*FIGURES, *ABOUTS.keys() - {"type"}):
        assert word in EXPLAINED
    examples = [term for term in suggestions() if not term.endswith(":")]
    assert {"nan>0", "nan>10%", "inf>1%", "zeros>50%"} <= {*examples}
    examples += [word.strip(",") for word in EXPLAINED.split() if word[0].isalpha() and any(s in word for s in "<>=:")]
    assert [example for example in examples if example != "(Ctrl+F):" and parse(example).problem] == []


@pytest.mark.parametrize(
    ("colon", "signs"),
    [("numel:3", "numel=3"), ("params:30", "params=30"), ("zeros:>50%", "zeros>50%"), ("-l2:1", "-l2=1")],
)
def test_a_colon_after_a_figure_is_an_equals_sign(colon: str, signs: str) -> None:
    assert parse(colon).tree == parse(signs).tree
    assert names_in(colon) == []


def test_a_colon_after_another_word_is_text() -> None:
    assert names_in("weight:0") == ["weight:0"]


def test_the_words_are_those_of_the_engine() -> None:
    """They stand in the language once more, so that a start does not bring what tells them."""
    for field, values in (("role", Role), ("kind", LayerKind), ("problem", Kind)):
        for value in values:
            term = parse(f'{field}:"{value.value}"').tree
            assert isinstance(term, Told)
            assert value.value in term.values
    told = {value for word in PROBLEM_WORDS for value in _told(f"problem:{word}")}
    assert told == {*(kind.value for kind in Kind), "unreadable"}
    assert {value for word in STATE_WORDS for value in _told(f"state:{word}")} == set(STATES)
    assert {value for word in ROLE_WORDS for value in _told(f"role:{word}")} == {role.value for role in Role}


def _told(text: str) -> frozenset[str]:
    term = parse(text).tree
    assert isinstance(term, Told)
    return term.values
