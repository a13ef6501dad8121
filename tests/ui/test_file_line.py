"""What the window says of a file as a whole: how much it holds, what loading it runs, and how it is loaded."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyOptions
from explorer.progress import no_report
from explorer.ui.copies.window import CopyWindow
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click

Open = Callable[[Path], None]


class Ours:
    """A class that PyTorch knows nothing of."""


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A model beside the state of its optimizer, which is twice as large."""
    model = torch.nn.Linear(4, 3)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(4)).sum().backward()
    optimizer.step()
    path = tmp_path / "trained.pt"
    torch.save({"epoch": 3, "model_state": model.state_dict(), "optimizer_state": optimizer.state_dict()}, path)
    return path


def test_what_an_optimizer_keeps_is_no_parameter(window: MainWindow, open_file: Open, trained: Path) -> None:
    open_file(trained)
    said = window.status.summary.text()
    assert said.startswith("model_state: 15 parameters, 2 tensors · optimizer_state: 32 values, 6 tensors · ")
    assert "optimizer_state: 32 values" in window.status.exact.toolTip()
    assert "15 parameters" in window.overview.head.facts.text()
    assert window.layers.model.index(0, Column.PARAMETERS).data() == "15"
    window.session.show_entry("optimizer_state")
    assert "32 values" in window.overview.head.facts.text()
    assert "parameter" not in window.overview.head.facts.text()


@pytest.mark.parametrize("entry", ["model_state", "optimizer_state"])
def test_the_copied_lines_load_what_is_shown(window: MainWindow, open_file: Open, trained: Path, entry: str) -> None:
    open_file(trained)
    window.session.show_entry(entry)
    assert window.overview.file_line.sentence.text().startswith("torch.load(weights_only=True) opens it")
    click(window, "Copy load call")
    made: dict[str, object] = {}
    exec(QGuiApplication.clipboard().text(), made)  # noqa: S102 - what the program wrote
    expected = torch.load(trained, weights_only=True)[entry]
    assert isinstance(made["state_dict"], dict)
    assert made["state_dict"].keys() == expected.keys()


@pytest.mark.parametrize(("device", "called"), [("cpu", "weights_only=True"), ("cuda:3", 'map_location="cpu", w')])
def test_what_opens_it_opens_it_also_without_the_device_that_it_was_saved_on(
    window: MainWindow, open_file: Open, tmp_path: Path, device: str, called: str
) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "a.pt")
    write_copy(open_checkpoint(tmp_path / "a.pt"), tmp_path / "there.pt", CopyOptions(device), no_report)
    open_file(tmp_path / "there.pt")
    assert window.overview.file_line.sentence.text().startswith(f"torch.load({called}")


def test_copying_the_lines_is_told(window: MainWindow, open_file: Open, trained: Path) -> None:
    open_file(trained)
    click(window, "Copy load call")
    assert window.status.currentMessage() == "The lines that load it were copied."


def test_the_lines_load_safetensors(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors")
    open_file(tmp_path / "a.safetensors")
    assert "no code" in window.overview.file_line.sentence.text()
    click(window, "Copy load call")
    made: dict[str, object] = {}
    exec(QGuiApplication.clipboard().text(), made)  # noqa: S102 - what the program wrote
    assert isinstance(made["state_dict"], dict)
    assert made["state_dict"].keys() == {"a"}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_the_lines_load_a_program(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    traced = torch.jit.trace(torch.nn.Linear(2, 1), torch.ones(2))  # type: ignore[no-untyped-call]  # torch's own
    torch.jit.save(traced, str(tmp_path / "traced.pt"))
    open_file(tmp_path / "traced.pt")
    assert "torch.jit.load opens it" in window.overview.file_line.sentence.text()
    assert "torch.jit.load(" in window.overview.file_line.program


def test_code_that_loading_would_run_is_named(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1), "config": Ours()}, tmp_path / "ours.pt")
    open_file(tmp_path / "ours.pt")
    line = window.overview.file_line
    assert line.sentence.text() == (
        "weights_only=True refuses it; without that, loading it runs tests.ui.test_file_line.Ours."
    )
    assert line.sentence.property("tone") == "caution"
    assert line.program == "", "no code is handed out that would run it"
    assert not line.copy.isVisible()


def test_what_only_holds_values_is_told_apart_from_code(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1), "args": argparse.Namespace(lr=1.0)}, tmp_path / "args.pt")
    open_file(tmp_path / "args.pt")
    assert window.overview.file_line.sentence.text() == (
        "torch.load(weights_only=True) opens it once it is told to allow argparse.Namespace, which only holds values."
    )


def test_a_file_without_tensors_says_what_loads_it(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    torch.save(argparse.Namespace(lr=0.5), tmp_path / "training_args.bin")
    open_file(tmp_path / "training_args.bin")
    line = window.overview.file_line
    assert line.copy.isVisible()
    line.copy.click()
    found: dict[str, Any] = {}
    exec(QGuiApplication.clipboard().text(), found)  # noqa: S102 - it is to be run
    assert found["contents"].lr == 0.5


def test_of_a_cut_file_only_what_was_read_is_told(window: MainWindow, open_file: Open, trained: Path) -> None:
    trained.write_bytes(trained.read_bytes()[:-200])
    open_file(trained)
    line = window.overview.file_line
    assert line.sentence.text() == "What was read names no code; the rest is not known. PyTorch will refuse it."
    assert window.session.checkpoint is not None
    assert line.program == ""
    assert not line.copy.isVisible()
    with pytest.raises(RuntimeError, match="central directory"):
        torch.load(trained)


def test_code_is_named_where_a_cut_file_names_it(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    path = tmp_path / "ours.pt"
    torch.save({"state_dict": {"a": torch.ones(1)}, "config": Ours()}, path)
    path.write_bytes(path.read_bytes()[:-200])
    open_file(path)
    ours = "tests.ui.test_file_line.Ours"
    said = f"What was read names {ours}; the rest is not known. PyTorch will refuse it."
    assert window.overview.file_line.sentence.text() == said
    assert "damaged · names code" in window.overview.head.facts.text()
    assert "Of a whole file, torch.load with weights_only=False would run it" in window.messages.sentence
    click(window, "Save a copy without it…")
    [copying] = [top for top in window.findChildren(CopyWindow) if top.isVisible()]
    copying.write(tmp_path / "clean.pt")
    qtbot.waitUntil(lambda: not copying.busy, timeout=TIMEOUT_MS)
    assert open_checkpoint(tmp_path / "clean.pt").code == ()


def test_a_file_whose_pickle_comes_first_may_run_its_code_before_it_is_refused(
    window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    path = tmp_path / "ours.pt"
    held = {"state_dict": {"a": torch.ones(9)}, "config": Ours()}
    torch.save(held, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-8])
    open_file(path)
    assert window.overview.file_line.sentence.text().endswith("the rest is not known. Loading it may run that.")


def test_how_much_of_a_cut_file_can_be_read_is_told(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    path = tmp_path / "cut.pt"
    torch.save({"a": torch.ones(1000), "b": torch.ones(5000)}, path)
    path.write_bytes(path.read_bytes()[:15_000])
    open_file(path)
    assert window.overview.head.facts.text().startswith(
        "2 tensors · 6.00 k parameters · 24.0 kB · 4.00 kB readable · zip"
    )
    assert "24.0 kB of tensors, 4.00 kB readable, in a zip file of 15.0 kB" in window.status.summary.text()


def test_what_stands_below_the_name_stays_where_it_is(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    storage = torch.arange(10.0)
    torch.save({"whole": torch.ones(3), "part": storage[2:5], "rest.x": storage[5:]}, tmp_path / "views.pt")
    open_file(tmp_path / "views.pt")
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    panel, tops = window.histogram, []
    for key in ("whole", "part", "rest.x"):
        assert window.layers.select_key(key)
        tops.append(panel.looks.views.geometry().top())
    assert len(set(tops)) == 1
    assert window.layers.select_key("part")
    assert panel.lines.storage.part.text() == "Uses 12 B of a storage of 40 B (elements 2 to 4)"
    assert panel.lines.storage.part.shown() == panel.lines.storage.part.text()
    assert panel.lines.storage.shared.text() == "Shared with rest.x"


def test_dialogs_begin_beside_the_open_file(window: MainWindow, open_file: Open, trained: Path, tmp_path: Path) -> None:
    open_file(trained)
    (tmp_path / "elsewhere").mkdir()
    window.settings.last_folder = tmp_path / "elsewhere"
    action(window, "File", "Open…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.directory().absolutePath() == str(tmp_path)
    dialog.reject()
