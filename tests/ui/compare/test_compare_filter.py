"""One filter for the tree, the problems and the comparison, in the real window."""

from collections.abc import Callable
from pathlib import Path

import torch
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS
from tests.ui.filter.test_field import clear_where_none_fits, shown_keys, write


def test_the_same_words_filter_the_tree_the_problems_and_the_comparison(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    a = {
        "attn.weight": torch.randn(8, 8),
        "mlp.weight": torch.randn(8, 8),
        "norm.weight": torch.ones(8),
        "norm.bias": torch.zeros(8),
        "old.weight": torch.full((4, 4), float("nan")),
    }
    b = {key: value.clone() for key, value in a.items() if key != "old.weight"} | {"new.weight": torch.ones(2, 2)}
    b["attn.weight"][0, 0] += 1
    b["mlp.weight"] += 1
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    qtbot.waitUntil(lambda: window.measurements.complete and not window.problems.finding.busy, timeout=TIMEOUT_MS)
    write(window, "changed>0")
    assert "‘changed’ is known once this checkpoint is compared" in window.filter.accessibleDescription()
    assert len(shown_keys(window)) == 5
    panel = window.compare
    panel.compare_with(tmp_path / "b.pt")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    # What was written is known now.
    assert shown_keys(window) == ["attn.weight", "mlp.weight"]
    assert not window.filter.actions()[0].isVisible()
    for text, in_tree, in_comparison, problems in (
        ("changed>50%", ["mlp.weight"], {"mlp.weight"}, 0),
        ("rel_l2<0.5 changed>0", ["attn.weight"], {"attn.weight"}, 0),
        ("state:identical", ["norm.weight", "norm.bias"], {"norm.weight", "norm.bias"}, 0),
        ("state:only-b or nan>0", ["old.weight"], {"old.weight", "new.weight"}, 1),
        ("problem:nan", ["old.weight"], {"old.weight"}, 1),
        ("not problem:any kind:attention", ["attn.weight"], {"attn.weight"}, 0),
        ("role:norm -bias", ["norm.weight"], {"norm.weight"}, 0),
        ("(kind:attention or kind:feed-forward) not attn", ["mlp.weight"], {"mlp.weight"}, 0),
    ):
        write(window, text)
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
        assert shown_keys(window) == in_tree, text
        model = panel.model
        assert {str(model.index(row, 0).data()) for row in range(model.rowCount())} == in_comparison, text
        assert window.problems.panel.model.rowCount() == problems, text
    rows = panel.model.rowCount()
    write(window, "changed>")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert (panel.model.rowCount(), shown_keys(window)) == (rows, ["mlp.weight"])


def test_where_no_pair_fits_a_page_says_so_and_clears_the_filter(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    a = {f"net.{at}": torch.full((2,), float(at)) for at in range(4)}
    torch.save(a, tmp_path / "a.pt")
    torch.save({**a, "net.3": torch.zeros(2)}, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    window.full_views.bring_compare()
    panel = window.compare
    rows = panel.rows

    def wait() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    panel.compare_with(tmp_path / "b.pt")
    wait()
    for form, view in (("tree", rows.tree), ("list", rows.table)):
        write(window, "zzzz")
        wait()
        rows.switch.setCurrentIndex(("tree", "list").index(form))
        wait()
        assert rows.page.message.text() == "None of 4 tensors fits the filter."
        assert not rows.said.isVisible(), "it is said once"
        clear_where_none_fits(qtbot, window, rows.page, view)
        wait()
        assert rows.model.rowCount() == 4
    panel.states.setCurrentIndex(panel.states.findData("differs"))
    panel.states.activated.emit(panel.states.currentIndex())
    write(window, "net.1 nan=0")
    wait()
    said = "None of 1 tensor in the state ‘differs’ fits the filter. Figures such as nan>0"
    assert rows.page.message.text().startswith(said)
    write(window, "net.3")
    wait()
    assert (rows.page.isVisible(), rows.table.isVisible(), rows.said.text()) == (
        False,
        True,
        "1 of 4 tensors are listed.",
    )
    write(window, "zzzz")
    wait()
    panel.compare_with(tmp_path / "a.pt")
    qtbot.waitUntil(lambda: not panel.busy and "bit-identical" in panel.sentence.text(), timeout=TIMEOUT_MS)
    assert rows.page.isVisible(), "the filter stands"
    clear_where_none_fits(qtbot, window, rows.page, rows.table)
