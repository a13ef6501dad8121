"""No list of words that the program shows is forgotten where Help says what the marks mean."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.analysis import roles
from explorer.ui.help.meanings.all_meanings import groups
from explorer.ui.help.meanings.meaning import tip_of
from explorer.ui.help.meanings.optimizer import OPTIMIZER
from explorer.ui.layers import marks
from explorer.ui.optimizer import line as optimizer
from tests.ui.help.test_meanings import MADE_ELSEWHERE, heads

ROOT = Path(marks.__file__).parents[2]
NO_MARKS = {
    # Fields and columns of what is written for other programs.
    *(
        "analysis/compare/as_json: FIGURES",
        "analysis/compare/table: _TITLES",
        "analysis/compare/union_figures: FIGURES",
    ),
    # Shown by other words, which are explained.
    *("analysis/compare/difference: STATES", "analysis/judge/problems: Kind", "query/terms: _PROBLEMS"),
    *("analysis/report/model_tree: _TITLES", "analysis/value_texts: _ODD", "ui/layers/marks: _IN_LAYERS"),
    # Sentences.
    "ui/overview/words: _CONTAINERS",
    # What is looked for in files and in queries.
    *("analysis/compare/ranks: _STATISTICS", "analysis/counters: NAMES", "analysis/optimizer_states: _PREFIXES"),
    *("analysis/roles: _LORA_A", "analysis/roles: _LORA_B", "analysis/run/files: _SUFFIXES"),
    *("analysis/run/files: _MODELS", "query/parsing: _SIGNS"),
    # What only the code asks for.
    *("analysis/compare/whole_numbers: FAMILIES", "analysis/compare/words: _WHOLE", "analysis/run/comparing: _WHOLE"),
    *("analysis/run/finiteness: _NOT_COMPARED", "analysis/run/finiteness: _WITH_NAN", "query/terms: _ABOUT_TOLD"),
}
"""Lists whose words nobody asks Help about. A new list that this test finds belongs into the meanings, or here."""


def of_words(node: ast.stmt) -> tuple[str, list[str]] | None:
    """The name of a list of words at the top of a module, and its words; None for what is none."""
    if isinstance(node, ast.ClassDef) and any(
        isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases
    ):
        name, values = node.name, [line.value for line in node.body if isinstance(line, ast.Assign)]
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        name, given = node.target.id, node.value
        inside = given.values if isinstance(given, ast.Dict) else given.elts if isinstance(given, ast.Tuple) else []
        values = [each for one in inside for each in unpacked(one)]
    else:
        return None
    words = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
    return (name, words) if len(words) > 1 else None


def unpacked(node: ast.expr) -> list[ast.expr]:
    """What is in a tuple that stands with a star in another; else the expression itself."""
    return node.value.elts if isinstance(node, ast.Starred) and isinstance(node.value, ast.Tuple) else [node]


def lists() -> Iterator[tuple[str, list[str]]]:
    """Where each is, and what is in it."""
    said = {"words.py", "marks.py", "facts.py", "ranks.py"}
    paths = [*ROOT.joinpath("analysis").rglob("*.py"), *ROOT.joinpath("query").rglob("*.py")]
    paths += [path for path in ROOT.joinpath("ui").rglob("*.py") if path.name in said]
    for path in sorted(paths):
        for node in ast.parse(path.read_text("utf-8")).body:
            found = of_words(node)
            if found is not None:
                yield f"{path.relative_to(ROOT).with_suffix('').as_posix()}: {found[0]}", found[1]


def test_every_list_of_words_is_explained_or_known_to_be_none() -> None:
    explained = {name for group in groups() for meaning in group.meanings for name in meaning.names}
    found = dict(lists())
    assert {"analysis/roles: Role", "analysis/compare/ranks: RANK_WORDS", "analysis/file_bytes: _BETWEEN"} < set(found)
    missing = {where: set(words) - explained for where, words in found.items() if set(words) - explained}
    assert {where: words for where, words in missing.items() if where not in NO_MARKS} == {}
    assert NO_MARKS - set(missing) == set(), "listed here, and not needed any more"


def test_a_title_in_short_is_nothing_else() -> None:
    names = [meaning.names for group in groups() for meaning in group.meanings]
    shortened = {head.short: head.title for head in heads() if head.short}
    assert shortened
    for short, title in shortened.items():
        (of_it,) = [each for each in names if short in each]
        assert title in of_it


def test_every_state_of_torch_is_explained() -> None:
    import torch  # noqa: PLC0415 - as the fixtures do

    kept = set()
    for made in vars(torch.optim).values():
        if not isinstance(made, type) or not issubclass(made, torch.optim.Optimizer):
            continue
        # The state of LBFGS is of all parameters together.
        if made in (torch.optim.Optimizer, torch.optim.LBFGS):
            continue
        settings: dict[str, Any] = {"lr": 0.1, "momentum": 0.9, "centered": True, "amsgrad": True}
        known = {name: value for name, value in settings.items() if name in inspect.signature(made).parameters}
        shapes = [(3, 4)] if made.__name__ == "Muon" else [(3, 4), (3,)]
        parameters = [torch.nn.Parameter(torch.ones(shape)) for shape in shapes]
        for each in parameters:
            each.grad = torch.ones_like(each).to_sparse() if made is torch.optim.SparseAdam else torch.ones_like(each)
        acting = made(parameters, **known)
        acting.step()
        kept |= {name for state in acting.state_dict()["state"].values() for name in state}
    assert {"exp_avg", "momentum_buffer", "grad_avg", "col_var"} < kept
    assert {name for name in kept if not tip_of(name, OPTIMIZER)} == set()
    assert kept - set(roles._OF_OPTIMIZER) - set(optimizer._FIRST) == MADE_ELSEWHERE
