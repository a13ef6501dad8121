"""What the window can look like: every view, dock and dialog, as its user brings it up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.file_views import FileView
from explorer.ui.main_window import MainWindow
from explorer.ui.side_window import SideWindow
from explorer.ui.tensor_views import TensorView
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action

MATRIX: Final = "stages.0.conv1.weight"
MODEL: Final = """
import torch

class Net(torch.nn.Module):
    def __init__(self, width: int = 5, classes: int = 3):
        super().__init__()
        self.first = torch.nn.Linear(4, width)
        self.head = torch.nn.Linear(width, classes)
"""


class Stage:
    """A window, and what is needed to bring it into a state."""

    def __init__(self, qtbot: QtBot, window: MainWindow, folder: Path) -> None:
        self.qtbot = qtbot
        self.window = window
        self.folder = folder

    def settle(self) -> None:
        """Wait until nothing is opened, measured, looked at or drawn any more."""
        window = self.window
        pinned = window.beside.kept or window.histogram

        def at_rest() -> bool:
            work = (window.opening.busy, window.measurements.busy, window.file_check.busy, window.placing.busy)
            drawn = (window.histogram.busy, pinned.busy, window.overview.busy, window.looks.busy)
            return not any((*work, *drawn, window.problems.finding.busy, window.full_views.busy))

        self.qtbot.waitUntil(at_rest, timeout=TIMEOUT_MS)

    def example(self) -> None:
        self.window.open_file(EXAMPLE)
        self.settle()

    def broken(self) -> Path:
        """A file with problems, another entry, and a layer of several tensors."""
        weight = torch.linspace(-1, 1, 64).reshape(8, 8)
        broken = {f"layers.{at}.weight": weight * (at + 1) for at in range(6)}
        broken["layers.2.weight"] = weight.clone().fill_(float("nan"))
        path = self.folder / "broken.pt"
        torch.save({"model": broken, "ema": {"other": weight}, "epoch": 3}, path)
        return path

    def dialog(self, *way: str) -> SideWindow:
        action(self.window, *way).trigger()
        (shown,) = [each for each in self.window.findChildren(SideWindow) if each.isVisible()]
        return shown


class Named:
    """What a file names and whoever loads it would have to make."""


class AlsoNamed(Named):
    """Likewise."""


class NamedWithAVeryLongName(Named):
    """Likewise, as long as a stranger may have called it."""


class LastNamed(Named):
    """The one of which it is said that there is one more."""


Prepare = Callable[[Stage], QWidget]
"""Brings a window into a state; returns the window to look at: itself, or one beside it."""


def _file(view: FileView) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        stage.example()
        stage.window.details.show_file_as(view)
        stage.settle()
        return stage.window

    return prepare


def _names_code(stage: Stage) -> QWidget:
    """A file of which more is to be said below its name than fits a line."""
    path = stage.folder / "pytorch_model.bin"
    named = [Named(), AlsoNamed(), NamedWithAVeryLongName(), LastNamed()]
    torch.save({"state_dict": {"conv.weight": torch.linspace(-1, 1, 64).reshape(8, 8)}, "named": named}, path)
    stage.window.open_file(path)
    stage.settle()
    return stage.window


def _tensor(view: TensorView) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        stage.example()
        stage.window.layers.select_key(MATRIX)
        stage.window.histogram.looks.views.choose(view)
        if view == "spectrum":
            stage.window.looks.compute_spectrum()
        stage.settle()
        return stage.window

    return prepare


def _pinned(stage: Stage) -> QWidget:
    window = _tensor("histogram")(stage)
    stage.window.beside.button.click()
    stage.window.layers.select_key("stages.0.conv2.weight")
    stage.settle()
    return window


def _overlaid(stage: Stage) -> QWidget:
    window = _tensor("histogram")(stage)
    stage.window.histogram.bar.pin.click()
    stage.window.layers.select_key("stages.0.conv2.weight")
    stage.settle()
    return window


def _layer(*, folded: bool) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        stage.example()
        stage.window.layers.select_key("stages")
        stage.settle()
        if stage.window.histogram.children_table.fold.isChecked() != folded:
            stage.window.histogram.children_table.fold.click()
        stage.settle()
        return stage.window

    return prepare


def _welcome(stage: Stage) -> QWidget:
    stage.window.settings.add_recent(stage.folder / "seen before.pt")
    return stage.window


def _contents(stage: Stage) -> QWidget:
    stage.example()
    stage.window.tabs.setCurrentWidget(stage.window.contents)
    return stage.window


def _wrong_filter(stage: Stage) -> QWidget:
    stage.example()
    stage.window.filter.setText("nan>(")
    stage.window.messages.show_error("It was not opened. It is a picture.", "More of it.")
    return stage.window


def _problems(stage: Stage) -> QWidget:
    stage.window.open_file(stage.broken())
    stage.settle()
    stage.window.problems.show()
    return stage.window


def _checksums(stage: Stage) -> QWidget:
    stage.example()
    action(stage.window, "File", "Verify checksums").trigger()
    stage.settle()
    stage.window.checksum_dock.show()
    return stage.window


def _devices(stage: Stage) -> QWidget:
    stage.example()
    action(stage.window, "Device", "Devices").trigger()
    stage.qtbot.waitUntil(lambda: stage.window.placing.devices is not None, timeout=TIMEOUT_MS)
    stage.window.placing.ask([0], "cpu")
    stage.settle()
    return stage.window


def _compare(form: int, look: str) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        stage.example()
        saved = torch.load(EXAMPLE, weights_only=True)
        saved["model"][MATRIX] = saved["model"][MATRIX] * 1.5
        torch.save(saved, stage.folder / "other.pt")
        window = stage.window
        window.pages.setCurrentWidget(window.compare)
        window.compare.rows.focus()
        window.compare.rows.switch.setCurrentIndex(form)
        window.compare.pair.show_as(look)  # type: ignore[arg-type] # one of its looks
        window.compare.compare_with(stage.folder / "other.pt", MATRIX)
        stage.settle()
        return window

    return prepare


def _curtain(stage: Stage) -> QWidget:
    """All that heat maps of a pair can have above them, with the devices below."""
    _devices(stage)
    saved = torch.load(EXAMPLE, weights_only=True)
    saved["model"][MATRIX] = saved["model"][MATRIX] * 1.5
    saved["model"][MATRIX].view(-1)[0] = torch.nan
    torch.save(saved, stage.folder / "other.pt")
    window = stage.window
    window.full_views.bring_compare()
    window.compare.pair.show_as("heatmap")
    window.compare.compare_with(stage.folder / "other.pt", MATRIX)
    stage.settle()
    look = window.compare.pair.look
    look.curtain.click()  # type: ignore[attr-defined] # it is that of heat maps
    stage.settle()
    return window


def _test_after_devices(stage: Stage) -> QWidget:
    _devices(stage)
    return _load_test(agree=True)(stage)


def _run(stage: Stage) -> QWidget:
    paths = []
    for step in range(3):
        paths.append(stage.folder / f"step_{step}.pt")
        torch.save({f"layer{at}.weight": torch.full((4,), 1.0 + at * step) for at in range(6)}, paths[-1])
    stage.window.open_file(paths[0])
    stage.settle()
    stage.window.full_views.compare_run(paths)
    stage.settle()
    return stage.window


def _load_test(*, agree: bool, edit: bool = False) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        net = torch.nn.ModuleDict({"first": torch.nn.Linear(4, 5), "head": torch.nn.Linear(5, 3)})
        torch.save({f"module.{key}": value for key, value in net.state_dict().items()}, stage.folder / "net.pt")
        (stage.folder / "net.py").write_text(MODEL)
        window = stage.window
        window.open_file(stage.folder / "net.pt")
        stage.settle()
        panel = window.load_test
        window.pages.setCurrentWidget(panel)
        panel.form.choose.setFocus()
        panel.open_model(stage.folder / "net.py")
        stage.qtbot.waitUntil(panel.question.isVisible, timeout=TIMEOUT_MS)
        if agree:
            panel.question.run.click()
            stage.qtbot.waitUntil(panel.form.run.isEnabled, timeout=4 * TIMEOUT_MS)
            panel.form.run.click()
            stage.qtbot.waitUntil(lambda: not panel.testing.busy, timeout=4 * TIMEOUT_MS)
        if edit:
            panel.form.rules.edit.click()
        return window

    return prepare


def _window(*way: str) -> Prepare:
    def prepare(stage: Stage) -> QWidget:
        stage.example()
        return stage.dialog(*way)

    return prepare


def _thresholds(stage: Stage) -> QWidget:
    preferences = stage.dialog("Edit", "Preferences…")
    preferences.thresholds.click()  # type: ignore[attr-defined] # it is that window
    (shown,) = [each for each in stage.window.findChildren(SideWindow) if each.isVisible() and each is not preferences]
    return shown


STATES: Final[dict[str, Prepare]] = {
    "welcome": _welcome,
    "overview": _file("overview"),
    "file histogram": _file("histogram"),
    "bytes": _file("bytes"),
    "names code": _names_code,
    "histogram": _tensor("histogram"),
    "heat map": _tensor("heatmap"),
    "values": _tensor("values"),
    "channels": _tensor("channels"),
    "spectrum": _tensor("spectrum"),
    "kept in view": _pinned,
    "pinned over": _overlaid,
    "layer": _layer(folded=False),
    "families": _layer(folded=True),
    "contents": _contents,
    "wrong filter": _wrong_filter,
    "problems": _problems,
    "checksums": _checksums,
    "devices": _devices,
    "comparison tree": _compare(0, "histogram"),
    "comparison list": _compare(1, "heatmap"),
    "comparison scatter": _compare(0, "scatter"),
    "comparison curtain": _curtain,
    "run": _run,
    "question": _load_test(agree=False),
    "load-test": _load_test(agree=True),
    "load-test after devices": _test_after_devices,
    "rules": _load_test(agree=True, edit=True),
    "preferences": _window("Edit", "Preferences…"),
    "thresholds": _thresholds,
    "meanings": _window("Help", "What the marks mean"),
    "shortcuts": _window("Help", "Keyboard shortcuts"),
    "about": _window("Help", "About Checkpoint Explorer"),
    "log": _window("Help", "Show the log"),
    "copy": _window("File", "Save a copy…"),
}
"""By what they are called in tests."""


@contextmanager
def in_state(name: str, qtbot: QtBot, window: MainWindow, folder: Path) -> Iterator[QWidget]:
    """Bring a window into a state; what it opened beside itself is closed afterwards."""
    stage = Stage(qtbot, window, folder)
    yield STATES[name](stage)
    for shown in window.findChildren(SideWindow):
        shown.close()
    stage.settle()
