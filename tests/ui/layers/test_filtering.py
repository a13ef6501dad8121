"""What the filter finds, while figures arrive too, and how long it keeps the window from answering."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.progress import no_report
from explorer.query.parsing import parse
from explorer.query.searching import Known, search
from explorer.ui.layers.columns import Column
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.layers.tree import WIDE_ROWS
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from tests.ui.layers.conftest import F32, KEYS, checkpoint_of, panel_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

MANY = 100_000
NOTHING_KNOWN = Known({}, ())
WORDS = st.sampled_from(["a", "b", "A.b", "weight", "-b", "!ß", "SS", '"a b"', "dtype:f32", "-dtype:f32", "shape:2"])


def figures(*values: float) -> Statistics:
    return measure(partial(list, [np.array(values, np.float32)]), len(values), no_report)


def found(text: str, checkpoint: Checkpoint, known: Known = NOTHING_KNOWN) -> tuple[list[str], int]:
    """Keys of what fits, and how many may fit."""
    query = parse(text)
    assert query.problem == ""
    numbers = checkpoint.entries[0].numbers
    hits = search(query.tree, checkpoint.tensors, numbers, known, no_report)
    return [checkpoint.tensors.key(number) for number in hits.numbers], hits.pending


@given(st.lists(st.text("abAB. ßS", max_size=6), max_size=10), st.text("abAB.ßS", max_size=3))
def test_a_word_is_found_wherever_it_stands_in_capitals_or_not(keys: list[str], word: str) -> None:
    there = [key for key in keys if word.casefold() in key.casefold()]
    assert found(word, checkpoint_of(keys)) == (there, 0)
    assert found(f"-{word}" if word else "", checkpoint_of(keys))[0] == [
        key for key in keys if not word or key not in there
    ]


@given(st.lists(st.text("abB. ßS", max_size=6), max_size=10), st.lists(WORDS, max_size=4))
def test_all_words_fit(keys: list[str], words: list[str]) -> None:
    kinds = [F32, TensorKind("int64", (2,), (1,), (2,), None)]
    checkpoint = checkpoint_of(keys, kinds=[kinds[place % 2] for place in range(len(keys))])
    numbers = list(range(len(keys)))
    for word in words:
        numbers = list(search(parse(word).tree, checkpoint.tensors, numbers, NOTHING_KNOWN, no_report).numbers)
    assert found(" ".join(words), checkpoint)[0] == [keys[number] for number in numbers]


def test_only_what_was_measured_fits_a_term_about_figures() -> None:
    broken = TensorKind("float32", (1,), (1,), (1,), None, problem="The record is missing.")
    checkpoint = checkpoint_of(["good", "bad", "broken", "failed", "unknown"], kinds=[F32, F32, broken, F32, F32])
    known = Known({0: figures(1, 2), 1: figures(1, np.nan)}, {3})
    assert found("nan>0", checkpoint, known) == (["bad"], 1)
    assert found("-nan>0", checkpoint, known) == (["good"], 1)
    assert found("nan>=0 max<2", checkpoint, known) == (["bad"], 1)
    assert found("nan>0 good", checkpoint, known) == ([], 0)
    assert found("nan>0 -unknown", checkpoint, known) == (["bad"], 0)


TERMS = st.sampled_from(["a", "nan>0", "max>1", "dtype:f32", "-a", "-nan>0", "not max>1"])
QUESTIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" ", " or ", " and "]), inner).map(lambda three: f"({''.join(three)})")
        | inner.map("not {}".format)
    ),
    max_leaves=6,
)


@given(QUESTIONS)
def test_what_is_not_known_is_pending_only_where_it_matters(text: str) -> None:
    checkpoint = checkpoint_of(["a0", "b0", "a1", "b1", "a?", "b?"])
    known = {0: figures(0), 1: figures(0), 2: figures(2, np.nan), 3: figures(2, np.nan)}
    # What an unknown one would give, whichever way it turns out.
    ways: list[dict[int, Statistics]] = [
        known | {4: figures(*one), 5: figures(*one)} for one in ([0], [2], [np.nan, 0], [np.nan, 2])
    ]
    answers = [set(found(text, checkpoint, Known(way))[0]) for way in ways]
    keys, pending = found(text, checkpoint, Known(known))
    always, ever = answers[0].intersection(*answers), answers[0].union(*answers)
    assert set(keys) <= always
    assert {key for key in keys if "?" not in key} == {key for key in answers[0] if "?" not in key}
    assert len(ever - always) <= pending <= 2


@pytest.fixture
def measurements(qapp: object, tmp_path: Path) -> Iterator[Measurements]:  # noqa: ARG001 - timers need an application
    """Of a file that is not there: only what a test tells it is known."""
    made = Measurements(Session(), Settings(tmp_path / "settings.ini"))
    yield made
    made.close()


@pytest.fixture
def panel(qtbot: QtBot, measurements: Measurements) -> LayersPanel:
    """Ten layers of ten tensors, of which nothing is known."""
    session = measurements._session
    session.setParent(measurements)
    made = LayersPanel(session, measurements)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    session.show_checkpoint(checkpoint_of([f"layer.{layer}.t{tensor}" for layer in range(10) for tensor in range(10)]))
    # The file is not there, so nothing more is measured.
    qtbot.waitUntil(lambda: not measurements.busy)
    return made


def shown(panel: LayersPanel) -> list[str]:
    return [str(index.data()) for index in panel.tree.rows_on_screen()]


def test_figures_that_arrive_add_what_fits(qtbot: QtBot, panel: LayersPanel, measurements: Measurements) -> None:
    panel.set_filter("max>1")
    assert panel.count.text() == "0 of 100, 100 not measured yet"
    assert panel.message.text() == "No tensor that is measured fits ‘max>1’."
    assert panel.message.isVisible()
    measurements.keep({0: figures(1), 1: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text() == "1 of 100, 98 not measured yet")
    assert shown(panel) == ["net.pt", "layer.0.t1"]
    measurements.keep({number: figures(number) for number in range(2, 100)})
    qtbot.waitUntil(lambda: panel.count.text() == "99 of 100 tensors")
    assert panel.model.index(0, Column.PARAMETERS).data() == "297 k"


def test_whoever_looks_at_the_tree_is_not_disturbed(
    qtbot: QtBot, panel: LayersPanel, measurements: Measurements
) -> None:
    measurements.keep({number: figures(2) for number in (*range(20, 100, 2), 21)})
    panel.set_filter("max>1")
    tree, model = panel.tree, panel.model
    closed, current = model.index_of_layer("layer.3"), model.index_of_key("layer.5.t4")
    tree.collapse(closed)
    tree.setCurrentIndex(current)
    tree.selectionModel().select(
        model.index_of_key("layer.5.t6"),
        tree.selectionModel().SelectionFlag.Select | tree.selectionModel().SelectionFlag.Rows,
    )
    tree.scrollTo(model.index_of_key("layer.4.t4"), tree.ScrollHint.PositionAtTop)
    before = shown(panel)
    assert before[0] == "t4"
    measurements.keep({number: figures(2) for number in range(1, 100, 2)})
    qtbot.waitUntil(lambda: panel.count.text() == "90 of 100, 10 not measured yet")
    assert shown(panel)[:3] == ["t4", "t5", "t6"]
    assert not tree.isExpanded(model.index_of_layer("layer.3"))
    assert tree.isExpanded(model.index_of_layer("layer.0"))
    assert tree.currentIndex() == model.index_of_key("layer.5.t4")
    chosen = {str(index.data()) for index in tree.selectionModel().selectedRows()}
    assert chosen == {"t4", "t6"}
    assert panel._session.tensor is not None
    assert panel._session.tensor.key == "layer.5.t4"


def test_a_folded_row_that_unfolds_stays_open(qtbot: QtBot, measurements: Measurements) -> None:
    session = measurements._session
    panel = LayersPanel(session, measurements)
    qtbot.addWidget(panel)
    panel.resize(600, 400)
    panel.show()
    # More hits than are opened without being asked for.
    keys = [f"a.b.t{number}" for number in range(1_500)] + ["a.c"]
    session.show_checkpoint(checkpoint_of(keys))
    qtbot.waitUntil(lambda: not measurements.busy)
    measurements.keep({number: figures(2) for number in range(1_500)})
    panel.set_filter("max>1")
    panel.tree.expand(panel.model.index_of_layer("a.b"))
    assert shown(panel)[:3] == ["net.pt", "a.b", "t0"]
    measurements.keep({1_500: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text() == "1,501 of 1,501 tensors")
    assert shown(panel)[:4] == ["net.pt", "a", "b", "t0"]


def test_the_tree_is_not_built_for_every_figure(qtbot: QtBot, panel: LayersPanel, measurements: Measurements) -> None:
    panel.set_filter("max>1")
    resets: list[None] = []
    panel.model.modelReset.connect(lambda: resets.append(None))
    for number in range(100):
        measurements.keep({number: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text() == "100 of 100 tensors")
    assert len(resets) == 1


def test_a_figure_that_does_not_fit_is_only_counted(
    qtbot: QtBot, panel: LayersPanel, measurements: Measurements
) -> None:
    measurements.keep({0: figures(2)})
    panel.set_filter("max>1")
    resets: list[None] = []
    panel.model.modelReset.connect(lambda: resets.append(None))
    measurements.keep({1: figures(0)})
    qtbot.waitUntil(lambda: panel.count.text() == "1 of 100, 98 not measured yet")
    assert resets == []


def test_a_selected_layer_that_gains_tensors_is_shown_with_them(
    qtbot: QtBot, panel: LayersPanel, measurements: Measurements
) -> None:
    measurements.keep({0: figures(2), 1: figures(2), 10: figures(2), 11: figures(2)})
    panel.set_filter("max>1")
    session = panel._session
    told: list[object] = []
    session.selection_changed.connect(told.append)
    assert panel.select_key("layer.1")
    assert len(told) == 1
    measurements.keep({2: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text().startswith("5 of"))
    assert len(told) == 1
    measurements.keep({12: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text().startswith("6 of"))
    assert isinstance(session.selected, Layer)
    assert list(session.selected.numbers) == [10, 11, 12]


def test_a_shown_tensor_is_marked_when_it_turns_out_to_fit(
    qtbot: QtBot, panel: LayersPanel, measurements: Measurements
) -> None:
    measurements.keep({1: figures(2)})
    assert panel.select_key("layer.2.t3")
    panel.set_filter("max>1")
    assert not panel.tree.selectionModel().hasSelection()
    measurements.keep({23: figures(2)})
    qtbot.waitUntil(lambda: panel.count.text().startswith("2 of"))
    assert panel.tree.currentIndex().data() == "2.t3"


def test_roles_and_kinds_of_layers_are_known_by_names_and_shapes(qtbot: QtBot) -> None:
    vector = TensorKind("float32", (8,), (1,), (8,), None)
    keys = ["h.0.attn.qkv.weight", "h.0.attn.qkv.bias", "h.0.norm1.weight", "h.0.norm1.bias", "h.0.mlp.fc1.weight"]
    checkpoint = checkpoint_of(
        keys, kinds=[F32, TensorKind("float32", (1000,), (1,), (1000,), None), vector, vector, F32]
    )
    panel, session = panel_of(qtbot, KEYS)
    session.show_checkpoint(checkpoint)
    for text, numbers in (
        ("role:norm", [2, 3]),
        ("role:norm-weight or role:bias", [1, 2, 3]),
        ("kind:attention", [0, 1]),
        ("not (kind:attention or kind:norm)", [4]),
    ):
        panel.set_filter(text)
        root = panel.model.layer(panel.model.index(0, 0))
        assert root is not None
        wanted = [number for number in numbers if text != "role:norm-weight or role:bias" or number != 3]
        assert list(root.numbers) == wanted


def test_another_entry_is_filtered_too(qtbot: QtBot) -> None:
    panel, session = panel_of(qtbot, KEYS, ["ema.weight", "ema.bias"])
    panel.set_filter("bias")
    assert panel.count.text() == "1 of 8 tensors"
    session.show_entry("ema")
    assert panel.count.text() == "1 of 2 tensors"
    session.show_checkpoint(checkpoint_of(["a"]))
    assert panel.count.text() == "1 tensor"


def test_what_does_not_fit_is_said_in_the_words_that_were_written(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, KEYS)
    for text, said in (
        ("zzz", "No tensor's name contains ‘zzz’."),
        ('"zzz y"', "No tensor's name contains ‘zzz y’."),
        ("zzz y", "No tensor fits ‘zzz y’."),
        ("-e -b", "No tensor fits ‘-e -b’."),
        ("dtype:bf16", "No tensor fits ‘dtype:bf16’."),
    ):
        panel.set_filter(text)
        assert panel.message.isVisible()
        assert panel.message.text() == said


def answer(qtbot: QtBot, panel: LayersPanel, text: str) -> None:
    """Ask and wait for the answer and its picture."""
    with qtbot.waitSignal(panel.counts_changed, timeout=30_000):
        panel.set_filter(text)
    panel.grab()


@pytest.mark.parametrize("pattern", ["layers.{}.block.{}.weight", "t{}{}"])
def test_a_hundred_thousand_tensors_are_filtered_behind_the_window(qtbot: QtBot, pattern: str) -> None:
    panel, session = panel_of(qtbot, [pattern.format(number // 100, number % 100) for number in range(MANY)])
    assert session.checkpoint is not None
    session.select(session.checkpoint.tensors[MANY // 2])
    try:
        for text in ("t", "99", "zzz", "-1 -2", "t shape:1000x3 -dtype:bf16", ""):
            answer(qtbot, panel, text)
            wanted = len(found(text, session.checkpoint)[0])
            assert panel.count.text() == (f"{wanted:,} of 100,000 tensors" if text else "100,000 tensors")
    finally:
        panel.filtering.close()


def test_the_last_word_wins(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, [f"layers.{number}.weight" for number in range(20_000)])
    for text in ("l", "la", "lay", "99"):
        panel.set_filter(text)
    assert panel.count.text() == "searching…"
    qtbot.waitUntil(lambda: panel.count.text() != "searching…")
    assert panel.count.text() == f"{sum('99' in str(number) for number in range(20_000))} of 20,000 tensors"
    with qtbot.waitSignal(panel.filter_judged) as judged:
        panel.set_filter("std>")
    assert judged.args == [panel.filtering.wrong]
    assert panel.filtering.words == "99"
    assert panel.count.text().endswith(" of 20,000 tensors")
    assert panel.tree.isVisible()
    panel.filtering.close()


def test_a_wide_layer_is_not_opened_without_being_asked_for(qtbot: QtBot) -> None:
    panel, _ = panel_of(qtbot, [f"t{number}" for number in range(WIDE_ROWS + 1)])
    assert shown(panel) == ["net.pt"]
    answer(qtbot, panel, "t1")
    assert len(shown(panel)) > 1
    panel.set_filter("")
    assert shown(panel) == ["net.pt"]
    panel.tree.expand(panel.model.index(0, 0))
    assert shown(panel)[:3] == ["net.pt", "t0", "t1"]
    panel.filtering.close()
