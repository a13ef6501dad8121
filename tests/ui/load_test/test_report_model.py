"""The report as rows: groups, families, keys."""

from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from explorer.loading.load_test import Handed
from explorer.loading.report import Offered, report_of
from explorer.ui.load_test.report_model import ReportModel, Role, groups_of, places_of

ROWS = [[f"blocks.{n}.weight", [2, 3], "float32", n] for n in range(3)] + [
    ["head.bias", [4], "float32", 3],
    ["neck.bias", [6], "float32", 4],
]


def model() -> ReportModel:
    answer = {
        "model": "Net",
        "device": "meta",
        "why_not_meta": "",
        "seconds": 0.1,
        "rows": ROWS,
        "raised": "Error(s) in loading state_dict for Net:",
        "unlisted": None,
        # A hook has added the last one, which nobody has.
        "missing": ["blocks.1.weight", "blocks.2.weight", "mine"],
        "unexpected": ["<b>extra</b>", "extra.kind"],
        "size_mismatch": [["head.bias", [5], [4]]],
        "lacking": "",
        "takes_strict": True,
        "arrived": ["blocks.0.weight", "neck.bias"],
        "unclear": [],
        "taken": ["blocks.0.weight", "neck.bias"],
    }
    offered = [
        Offered("blocks.0.weight", (2, 3), "float16"),
        Offered("head.bias", (5,), "float32"),
        Offered("neck.bias", (6,), "float32"),
        Offered("<b>extra</b>", (1,), "float32"),
    ]
    made = ReportModel()
    given = Handed(tuple(offered), (("extra.kind", "str"),), 0)
    groups = groups_of(report_of(answer, offered, strict=True), given, {"neck.bias": "module.neck.bias"})
    made.show_groups(groups)
    return made


def cells(made: ReportModel, parent: QModelIndex) -> list[list[str]]:
    return [
        [str(made.index(row, column, parent).data() or "") for column in range(3)]
        for row in range(made.rowCount(parent))
    ]


def test_it_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    made = model()
    qtmodeltester.check(made, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not


def test_groups_come_with_the_worst_first() -> None:
    titles = [row[0] for row in cells(model(), QModelIndex())]
    assert titles == [
        "Shape differs: cannot load",
        "Missing: stays as initialised",
        "Unexpected: no place in the model",
        "Dtype differs: is cast",
        "Renamed: loads by a rule",
        "Loads",
    ]


def test_both_shapes_stand_beside_a_key() -> None:
    made = model()
    assert cells(made, made.index(0, 0)) == [["head.bias", "5", "4"]]
    assert cells(made, made.index(2, 0)) == [["<b>extra</b>", "1", ""], ["extra.kind", "str", ""]]
    assert cells(made, made.index(4, 0)) == [["neck.bias  ←  module.neck.bias", "6", "6"]]


def test_a_family_opens_into_its_keys() -> None:
    made = model()
    missing = made.index(1, 0)
    assert missing.siblingAtColumn(1).data() is None, "the checkpoint has none of them"
    assert missing.siblingAtColumn(2).data() == "3 tensors"
    assert cells(made, missing) == [["blocks.{1–2}.weight", "", "2 tensors"], ["mine", "", ""]]
    family = made.index(0, 0, missing)
    assert family.data(Role.KEY) is None
    assert cells(made, family) == [["blocks.1.weight", "", "2×3"], ["blocks.2.weight", "", "2×3"]]
    assert made.index(1, 0, family).data(Role.KEY) == "blocks.2.weight"
    assert made.parent(made.index(1, 0, family)) == family


def test_a_key_is_found_in_the_worst_of_its_groups() -> None:
    made = model()
    places = places_of(made._groups)
    keys = {"head.bias", "blocks.1.weight", "blocks.2.weight", "<b>extra</b>", "blocks.0.weight"}
    assert places.keys() == keys | {"mine", "extra.kind", "neck.bias"}
    for key, place in places.items():
        assert made.index_of(place).data(Role.KEY) == key
    assert made.index_of(places["blocks.0.weight"]).parent().data() == "Dtype differs: is cast"


def test_names_are_plain_text_and_tips_are_escaped() -> None:
    made = model()
    key = made.index(0, 0, made.index(2, 0))
    assert key.data() == "<b>extra</b>"
    assert "&lt;b&gt;extra" in key.data(Qt.ItemDataRole.ToolTipRole)
    assert key.data(Role.KEY) == "<b>extra</b>"
