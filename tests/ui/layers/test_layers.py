from functools import partial

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.progress import no_report
from explorer.ui.layers.cells import Role
from explorer.ui.layers.columns import Column
from explorer.ui.layers.model import LayerModel
from explorer.ui.session import Session
from explorer.ui.tables.heads import natural
from tests.ui.layers.conftest import KEYS, checkpoint_of, model_of, names, panel_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def shown_keys(model: LayerModel, parent: QModelIndex | None = None) -> list[str]:
    """The keys of all tensors, from the top down."""
    at = QModelIndex() if parent is None else parent
    keys: list[str] = []
    for row in range(model.rowCount(at)):
        index = model.index(row, 0, at)
        keys += shown_keys(model, index) if model.hasChildren(index) else [index.data(Role.KEY)]
    return keys


def selected(session: Session) -> str | None:
    return None if session.tensor is None else session.tensor.key


@pytest.mark.parametrize("column", [-1, 0, 4])
def test_it_is_a_proper_model(qtmodeltester: ModelTester, column: int) -> None:
    model = model_of([*KEYS, "", "..", "layer.9.w"])
    model.sort(column)
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not


def test_rows_tell_shapes_types_and_sums(qapp: object) -> None:  # noqa: ARG001 - fonts need an application
    model = model_of(KEYS)
    top = model.index(0, 0)
    assert names(model, top) == ["conv1.weight", "layer", "layer", "fc"]
    row = [model.index(0, column, top).data() for column in tuple(Column)[: Column.IS_ON]]
    assert row == ["conv1.weight", None, "1000×3", "f32", "3.00 k", "12.0 kB", "cuda:0"]
    assert model.index(0, Column.PARAMETERS).data() == "24.0 k"
    assert "24,000 parameters" in model.index(0, Column.PARAMETERS).data(Qt.ItemDataRole.ToolTipRole)


def test_numbers_sort_as_numbers_and_back_to_the_files_order() -> None:
    model = model_of(KEYS)
    top = model.index(0, 0)

    def parts() -> list[str]:
        return names(model, model.index_of_key("layer.9.w").parent().parent())

    assert parts() == ["10", "9"]
    model.sort(Column.NAME)
    assert parts() == ["9", "10"]
    assert names(model, top)[0] == "conv1.weight"
    model.sort(Column.NAME, Qt.SortOrder.DescendingOrder)
    assert parts() == ["10", "9"]
    model.sort(-1)
    assert names(model, top) == ["conv1.weight", "layer", "layer", "fc"]


@given(st.lists(st.text("ab01.²_", min_size=1, max_size=6), min_size=1, max_size=12, unique=True))
@example(["conv", "conv1", "conv1b", "1", "a", ""])
def test_names_of_any_kind_sort(keys: list[str]) -> None:
    by_name = sorted(keys, key=natural)
    assert sorted(by_name) == sorted(keys)
    model = model_of(keys)
    model.sort(Column.NAME)
    assert sorted(shown_keys(model)) == sorted(keys)


def test_a_name_comes_before_the_same_with_a_number() -> None:
    model = model_of(["conv10", "conv2", "conv", "conv2.a", "conv1b"])
    model.sort(Column.NAME)
    assert names(model, model.index(0, 0)) == ["conv", "conv1b", "conv2", "conv2.a", "conv10"]


def test_a_number_of_ten_thousand_digits_sorts() -> None:
    model = model_of(["9" * 10_000, "10"])
    model.sort(Column.NAME)
    assert names(model, model.index(0, 0))[0] == "10"


def test_every_tensor_is_found_by_number_and_key() -> None:
    model = model_of(KEYS)
    for number, key in enumerate(KEYS):
        assert model.tensor_number(model.index_of(number)) == number
        assert model.index_of_key(key).data(Role.KEY) == key
    assert not model.index_of_key("nothing").isValid()


def test_hostile_names_are_made_visible_and_copied_as_they_are() -> None:
    key = "<b>x</b>\u202eevil\n"
    model = model_of(["", key])
    top = model.index(0, 0)
    assert names(model, top) == ["(unnamed)", "<b>x</b>‹U+202E›evil‹U+000A›"]
    index = model.index(1, 0, top)
    assert index.data(Role.KEY) == key
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)


def test_what_cannot_be_read_says_so() -> None:
    broken = TensorKind("float32", (1,), (1,), (1,), None, problem="The record is missing.")
    model = model_of(["a"], [broken])
    index = model.index(0, Column.DISTRIBUTION, model.index(0, 0))
    assert index.data() == "unreadable"
    assert "The record is missing." in index.data(Qt.ItemDataRole.ToolTipRole)


def test_what_was_saved_without_values_is_not_called_unreadable() -> None:
    bare = TensorKind("float32", (1,), (1,), (1,), None, layout="meta", problem="It was saved on the meta device.")
    model = model_of(["a"], [bare])
    index = model.index(0, Column.DISTRIBUTION, model.index(0, 0))
    assert index.data() == "no values"
    assert "meta device" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_figures_are_drawn_and_sorted_by_when_they_are_known(qtbot: QtBot) -> None:
    known: dict[int, Statistics] = {}
    model = LayerModel(None, known.get)
    table = checkpoint_of(["a", "b", "c"]).tensors
    model.set_layers(Layer.root(table, range(3), "file"))
    top = model.index(0, 0)
    assert model.index(0, Column.MEAN, top).data() is None
    for number, value in enumerate((3.0, 1.0, 2.0)):
        values = np.array([value, value + 1], np.float32)
        known[number] = measure(partial(list, [values]), 2, no_report)
    with qtbot.waitSignal(model.dataChanged):
        model.show_measured(known)
    assert [model.index(row, Column.MEAN, top).data() for row in range(3)] == ["3.5", "1.5", "2.5"]
    assert max(model.index(0, Column.DISTRIBUTION, top).data(Role.PREVIEW)) == 1.0
    model.sort(Column.MEAN)
    assert [model.index(row, 0, top).data() for row in range(3)] == ["b", "c", "a"]


def test_values_too_near_to_each_other_to_be_drawn_are_told_in_words() -> None:
    values = np.float32(1) + np.float32(0.003) * np.random.default_rng(0).standard_normal(768, np.float32)
    known = {0: measure(partial(list, [values]), 768, no_report)}
    model = LayerModel(None, known.get)
    model.set_layers(Layer.root(checkpoint_of(["norm.weight", "b"]).tensors, range(2), "file"))
    index = model.index_of(0).siblingAtColumn(Column.DISTRIBUTION)
    assert index.data() == f"all near {formatting.figure(known[0].mean)}"
    assert model.cells(index, [Column.DISTRIBUTION]) == [index.data()]
    assert "Select the tensor to see them" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert model.index_of(1).siblingAtColumn(Column.DISTRIBUTION).data() is None, "not measured yet"


def test_selecting_tells_the_session_the_tensor_or_the_layer(qtbot: QtBot) -> None:
    panel, session = panel_of(qtbot, KEYS)
    assert panel.select_key("layer.9.b")
    assert selected(session) == "layer.9.b"
    panel.tree.setCurrentIndex(panel.model.index(0, 0))
    assert selected(session) is None
    assert isinstance(session.selected, Layer)
    assert not panel.select_key("nothing")
    session.select(session.checkpoint.tensors[0] if session.checkpoint else None)
    assert panel.tree.currentIndex().data() == "conv1.weight"


def test_the_filter_counts_expands_and_says_when_nothing_is_left(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, KEYS)
    assert panel.count.text() == "8 tensors"
    with qtbot.waitSignal(panel.counts_changed) as signal:
        panel.set_filter("LAYER.9")
    assert signal.args == [2, 8]
    assert panel.count.text() == "2 of 8 tensors"
    assert panel.tree.isExpanded(panel.model.index_of_key("layer.9.b").parent())
    panel.set_filter("zzz")
    assert panel.message.isVisible()
    assert panel.message.text() == "No tensor's name contains ‘zzz’."
    panel.set_filter("nan>")
    assert panel.filtering.wrong is not None
    assert panel.message.text() == panel.filtering.wrong.sentence
    panel.set_filter("zzz")
    assert panel.message.text() == "No tensor's name contains ‘zzz’."
    panel.set_filter("")
    assert panel.tree.isVisible()
    assert panel.tree.isExpanded(panel.model.index(0, 0))


def test_entries_are_offered_when_there_are_several(qtbot: QtBot) -> None:
    panel, session = panel_of(qtbot, ["a", "b"], ["c"])
    assert panel.entries.isVisible()
    assert [panel.entries.itemText(row) for row in range(2)] == ["model – 2 tensors", "ema – 1 tensor"]
    panel.entries.setFocus()
    QTest.keyClick(panel.entries, Qt.Key.Key_Down)
    assert session.entry is not None
    assert session.entry.path == "ema"
    assert names(panel.model, panel.model.index(0, 0)) == ["c"]
    session.show_checkpoint(checkpoint_of(["a"]))
    assert not panel.entries.isVisible()


def test_a_key_is_found_in_whichever_entry_has_it(qtbot: QtBot) -> None:
    panel, session = panel_of(qtbot, ["a", "b"], ["shadow.a"])
    assert panel.select_anywhere("shadow.a")
    assert session.entry is not None
    assert (session.entry.path, selected(session)) == ("ema", "shadow.a")
    assert panel.select_anywhere("b")
    assert (session.entry.path, selected(session)) == ("model", "b")
    assert not panel.select_anywhere("c")
    assert session.entry.path == "model"


def test_enter_closes_an_open_layer(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, KEYS)
    layer = panel.model.index_of_key("fc.bias").parent()
    panel.tree.setCurrentIndex(layer)
    assert panel.tree.isExpanded(layer)
    QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert not panel.tree.isExpanded(layer)


def test_bytes_and_device_are_shown_in_a_wide_window(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, KEYS)
    assert panel.tree.isColumnHidden(Column.BYTES)
    panel.resize(1500, 600)
    assert not panel.tree.isColumnHidden(Column.BYTES)
    assert not panel.tree.isColumnHidden(Column.SAVED_ON)


def test_the_third_click_on_a_title_goes_back_to_the_files_order(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, ["b10", "b9"])
    header = panel.tree.header()
    seen = []
    for _ in range(3):
        middle = header.viewport().rect().center()
        middle.setX(20)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        seen.append(names(panel.model, panel.model.index(0, 0)))
    assert seen == [["b9", "b10"], ["b10", "b9"], ["b10", "b9"]]
    assert header.sortIndicatorSection() == -1
