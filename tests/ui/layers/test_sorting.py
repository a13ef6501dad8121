"""Sorting a tree that is open, and how long it takes."""

from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from pytestqt.qtbot import QtBot

from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.tree import Layer
from explorer.progress import no_report
from explorer.ui.layers.columns import Column
from explorer.ui.layers.model import LayerModel
from explorer.ui.layers.tree import LayerTree
from tests.ui.layers.conftest import checkpoint_of, names

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
SIBLINGS = 70_000


def figures(value: float) -> Statistics:
    return measure(partial(list, [np.array([value, value], np.float32)]), 2, no_report)


def tree_of(qtbot: QtBot, keys: list[str], known: dict[int, Statistics]) -> LayerTree:
    model = LayerModel(None, known.get)
    tree = LayerTree(model)
    qtbot.addWidget(tree)
    # The model's owner is what shows it.
    model.setParent(tree)
    model.set_layers(Layer.root(checkpoint_of(keys).tensors, range(len(keys)), "net.pt"))
    tree.resize(600, 400)
    tree.show()
    qtbot.waitExposed(tree)
    return tree


def drawn(tree: LayerTree) -> list[str]:
    return [str(index.data()) for index in tree.rows_on_screen()]


def test_open_rows_are_where_they_are_drawn(qtbot: QtBot) -> None:
    tree = tree_of(qtbot, ["a", "b", "c"], {0: figures(2), 1: figures(3), 2: figures(1)})
    tree.expandAll()
    top = tree.model().index(0, 0)
    tree.setCurrentIndex(tree.model().index(1, 0, top))
    tree.sortByColumn(Column.MEAN, UP)
    assert drawn(tree) == ["net.pt", "c", "a", "b"]
    assert tree.currentIndex().data() == "b"
    assert [index.data() for index in tree.selectionModel().selectedRows()] == ["b"]
    middle = tree.visualRect(tree.currentIndex()).center()
    assert tree.indexAt(QPoint(middle)).data() == "b"
    tree.sortByColumn(Column.MEAN, DOWN)
    assert drawn(tree) == ["net.pt", "b", "a", "c"]


def test_an_open_layer_stays_open_where_it_moves_to(qtbot: QtBot) -> None:
    tree = tree_of(qtbot, ["b.x", "b.y", "c", "a"], {0: figures(2), 1: figures(1)})
    tree.expandAll()
    tree.sortByColumn(Column.NAME, UP)
    assert drawn(tree) == ["net.pt", "a", "b", "x", "y", "c"]
    tree.sortByColumn(Column.MEAN, UP)
    assert drawn(tree) == ["net.pt", "b", "y", "x", "c", "a"]
    tree.sortByColumn(-1, UP)
    assert drawn(tree) == ["net.pt", "b", "x", "y", "c", "a"]


def test_what_is_not_known_comes_before_everything(qtbot: QtBot) -> None:
    tree = tree_of(qtbot, ["known", "unknown", "l.x", "l.y"], {0: figures(-5)})
    tree.sortByColumn(Column.MIN, UP)
    model = tree.model()
    assert isinstance(model, LayerModel)
    assert names(model, model.index(0, 0)) == ["unknown", "l", "known"]
    tree.sortByColumn(Column.MIN, DOWN)
    assert names(model, model.index(0, 0)) == ["known", "unknown", "l"]


@pytest.mark.parametrize("column", [Column.SHAPE, Column.MEAN])
def test_seventy_thousand_open_siblings_are_sorted_where_they_stand(qtbot: QtBot, column: Column) -> None:
    few = [figures(value) for value in (3, 1, 2)]
    known = {number: few[number % 3] for number in range(SIBLINGS)}
    tree = tree_of(qtbot, [f"t{number}" for number in range(SIBLINGS)], known)
    tree.expand(tree.model().index(0, 0))
    before: QModelIndex = tree.indexAt(QPoint(5, 50))
    assert before.isValid()
    tree.sortByColumn(column, UP)
    qtbot.wait(1)
    assert len(tree.rows_on_screen()) > 5
