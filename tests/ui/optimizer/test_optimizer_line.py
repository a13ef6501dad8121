"""The line that leads from a parameter to its optimizer state and back, in the real window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pytestqt.qtbot import QtBot
from torch import nn

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS


def test_a_parameter_and_its_state_lead_to_each_other(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    net = nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 3))
    states: list[dict[str, Any]] = [
        {"step": torch.tensor(1.0), "exp_avg": torch.randn_like(each), "exp_avg_sq": torch.rand_like(each)}
        for each in net.parameters()
    ]
    # As older versions of PyTorch have it.
    states[3]["step"] = 1_234_567
    optimizer = {"state": dict(enumerate(states)), "param_groups": [{"params": [0, 1, 2, 3]}]}
    torch.save({"model": net.state_dict(), "optimizer": optimizer}, tmp_path / "net.pt")
    open_file(tmp_path / "net.pt")
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    line = window.optimizer.line
    assert not line.isVisible()
    window.layers.select_anywhere("1.weight")
    qtbot.waitUntil(line.isVisible, timeout=TIMEOUT_MS)
    first, second = states[2]["exp_avg"], states[2]["exp_avg_sq"]
    assert line.said.text() == (
        "step 1 · "
        f"exp_avg: std {float(first.double().std(correction=0)):.4g}, max |x| {float(first.abs().max()):.4g} · "
        f"exp_avg_sq: mean {float(second.double().mean()):.4g}, max {float(second.max()):.4g}"
    )
    assert "By order" in line.go.toolTip()
    actions = {action.text(): action for action in line.menu.actions()}
    actions["Show exp_avg_sq"].trigger()
    assert window.session.tensor is not None
    assert (window.session.tensor.entry, window.session.tensor.key) == ("optimizer", "state.2.exp_avg_sq")
    assert (line.go.text(), line.said.text()) == ("State of a parameter", "1.weight")
    line.menu.actions()[0].trigger()
    assert (window.session.tensor.entry, window.session.tensor.key) == ("model", "1.weight")
    window.layers.select_anywhere("1.bias")
    assert line.said.text().startswith("step 1,234,567 · exp_avg: ")
    window.layers.select_file()
    assert not line.isVisible()
