"""What is said of the selected pair, and where its buttons lead: also where a number became none."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.app import main
from explorer.ui.asked import show_asked
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, click
from tests.ui.filter.test_field import write


def test_what_is_not_finite_on_one_side_changed_and_is_found(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    a = {"same": torch.ones(4), "odd": torch.ones(3, 4), "both": torch.full((8,), torch.nan)}
    a |= {"near": torch.tensor([999.75, 0]), "scalar": torch.tensor(1.0), "large": torch.tensor([2**60, 1])}
    b = {key: value.clone() for key, value in a.items()}
    b["odd"][1, 2] = torch.nan
    b["both"][5] = torch.inf
    b["near"][0] += 2**-14
    b["scalar"] += 0.5
    b["large"][0] += 1
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    window.measurements.hold()
    open_file(tmp_path / "a.pt")
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    panel.compare_with(tmp_path / "b.pt")

    def settle() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    def listed(text: str) -> set[str]:
        write(window, text)
        settle()
        return {str(panel.model.index(row, 0).data()) for row in range(panel.model.rowCount())}

    def facts(key: str) -> str:
        compared = panel.model.compared
        assert compared is not None
        panel.rows.select([pair.key for pair in compared.comparison.pairing.pairs].index(key))
        settle()
        return panel.pair.facts.text().splitlines()[-1]

    settle()
    assert listed("changed>0") == {"odd", "both", "near", "scalar", "large"}
    assert listed("changed=0") == {"same"}
    assert listed("mean_diff>0.1") == {"scalar", "large"}
    assert listed("") == set(a)
    assert facts("odd") == "8.3 % of the values changed · among them 1 place with NaN or infinity on one side at [1, 2]"
    assert facts("both").startswith("12.5 % of the values changed · among them 1 place")
    assert facts("near") == (
        "50.0 % of the values changed · largest difference 6.104e-05 at [0]: 999.75 → 999.75006"
        " · mean |B − A| 3.052e-05"
    )
    assert facts("large").endswith("at [0]: 1152921504606846976 → 1152921504606846977 · mean |B − A| 0.5")
    assert facts("scalar") == "100 % of the values changed · largest difference 0.5: 1 → 1.5 · mean |B − A| 0.5"
    facts("odd")
    panel.pair.looks.setCurrentIndex(1)
    settle()
    panel.pair.look.odd.click()  # type: ignore[attr-defined] # the panel of heat maps has it
    settle()
    assert panel.pair.look.view.plot.mark == (1, 2)  # type: ignore[attr-defined] # as above
    click(window, "Show where one side is not finite, in A")
    assert window.looks.values.index.text() == "1, 2"


def test_a_view_that_is_asked_for_is_that_of_the_pair(
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch.save({"model": {"w": torch.ones(3, 3)}, "ema": {"w": torch.zeros(3, 3)}}, tmp_path / "a.pt")
    torch.save({"w": torch.zeros(3, 3)}, tmp_path / "b.pt")
    window.measurements.hold()
    open_file(tmp_path / "a.pt")
    asked = Namespace(
        file=tmp_path / "a.pt", others=[tmp_path / "b.pt"], select="w", view="heatmap", panel=None, model=None
    )
    show_asked(window, asked)
    pair = window.compare.pair
    qtbot.waitUntil(lambda: not window.compare.busy and window.compare.selected_key == "w", timeout=TIMEOUT_MS)
    assert pair.looks.tabText(pair.looks.currentIndex()) == "Heat maps"
    assert (pair.a.text(), pair.b.text()) == ("a.pt", "b.pt")
    # Two entries of one file are told apart.
    window.compare.compare_with(tmp_path / "a.pt", entry="ema")
    qtbot.waitUntil(lambda: not window.compare.busy, timeout=TIMEOUT_MS)
    assert (pair.a.text(), pair.b.text()) == ("model of a.pt", "ema of a.pt")
    for words, said in (
        (
            ["a.pt", "b.pt", "--view", "values"],
            "--view values is of one file: of two there are histogram, heatmap, scatter",
        ),
        (["a.pt", "--view", "scatter"], "--view scatter needs two files to compare"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err


def test_why_a_pair_is_not_compared_and_what_is_drawn_of_one_alone_is_said(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    torch.save({"sparse": torch.eye(3).to_sparse(), "gone": torch.ones(3)}, tmp_path / "a.pt")
    torch.save({"sparse": torch.eye(3), "new": torch.ones(3)}, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    panel.compare_with(tmp_path / "b.pt")

    def said(key: str) -> str:
        compared = panel.model.compared
        assert compared is not None
        panel.rows.select([pair.key for pair in compared.comparison.pairing.pairs].index(key))
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
        return panel.pair.histograms.both.readout.text()

    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert said("sparse").startswith("A filled, B as an outline")
    assert panel.pair.facts.text().endswith("\nIn A it is sparse coo: where its values belong is not compared.")
    assert said("gone").startswith("A alone, filled")
    assert said("new").startswith("B alone, as an outline")
