"""What was compared last is had back: in the window, and by the command that the window copies."""

import json
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from explorer.analysis.compare.command import command_line
from explorer.analysis.compare.difference import Tolerance
from explorer.analysis.compare.pairing import Chosen, Pairing, choose
from explorer.app import main
from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import KeyMappingError, Rule, rename
from explorer.ui.compare.remembered import RememberedPair, RememberedRun, remember, remembered
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import COMPARISONS, Settings
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, plain_text

RULES = (Rule(r"^mod=ule\.", ""), Rule(r"^to(\w)$", r"q\1=\\"))


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Files whose names a shell must not read, with keys that need rules."""
    a = {"near": torch.ones(3), "far": torch.ones(3), "qx=\\": torch.ones(1)}
    b = {"mod=ule.near": torch.ones(3) + 1e-4, "mod=ule.far": torch.ones(3) * 2, "mod=ule.tox": torch.ones(1)}
    paths = tmp_path / "a $HOME 'x'.pt", tmp_path / "-b.pt"
    torch.save(a, paths[0])
    torch.save({"model": {"w": torch.ones(1)}, "-ema": b}, paths[1])
    return paths


def recent(window: MainWindow) -> list[str]:
    file_menu = window.menuBar().actions()[0].menu()
    assert isinstance(file_menu, QMenu)
    (entry,) = [entry for entry in file_menu.actions() if plain_text(entry) == "Open recent"]
    menu = entry.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return [plain_text(each) for each in menu.actions() if not each.isSeparator()]


def test_the_last_comparison_is_had_back(
    window: MainWindow,
    open_file: Callable[[Path], None],
    pair: tuple[Path, Path],
    qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def wait(for_it: MainWindow) -> None:
        qtbot.waitUntil(lambda: not for_it.opening.busy and not for_it.full_views.busy, timeout=TIMEOUT_MS)

    last = action(window, "Compare", "Reopen the last comparison")
    assert (last.isEnabled(), last.statusTip()) == (False, "Nothing was compared yet.")
    open_file(pair[0])
    panel = window.compare
    panel.atol.setText("1e-3")
    panel.atol.editingFinished.emit()
    panel.compare_with(pair[1], None, "-ema", RULES)
    wait(window)
    said = panel.sentence.text()
    assert said.startswith("2 of 3 tensors changed: 1 in value, 1 within the tolerance")
    panel.exports.entries.copy_command.trigger()
    words = shlex.split(QApplication.clipboard().text())
    assert words[:2] == ["checkpoint-explorer", "compare"]
    assert main([*words[1:], "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["summary"] == said
    assert (told["rtol"], told["atol"]) == (0.0, 1e-3)
    # Another window, as after a new start, has it back.
    other = window.new_window()
    assert recent(other) == ["a $HOME 'x'.pt", "a $HOME 'x'.pt ↔ -b.pt"]
    again = action(other, "Compare", "Reopen the last comparison")
    assert again.isEnabled()
    again.trigger()
    wait(other)
    assert other.pages.currentWidget() is other.compare
    assert other.compare.sentence.text() == said
    assert other.compare.atol.text() == "0.001"
    assert other.compare.comparing.rules == RULES
    run = [*pair, pair[0].with_name("c.pt")]
    torch.save({"w": torch.ones(2)}, run[2])
    other.full_views.compare_run(run)
    wait(other)
    other.show_layers()
    shown = other.full_views.run.sentence.text()
    assert recent(other)[1:] == ["-b.pt … c.pt (3 files)", "a $HOME 'x'.pt ↔ -b.pt"]
    other.full_views.reopen_last()
    wait(other)
    assert other.pages.currentWidget() is other.full_views.run
    assert other.full_views.run.sentence.text() == shown
    other.close()
    pair[0].unlink()
    with qtbot.waitSignal(window.opening.failed, timeout=TIMEOUT_MS) as failed:
        window.full_views.reopen(remembered(window.settings)[1])
    assert failed.args is not None
    assert failed.args[0].startswith("a $HOME 'x'.pt was not opened.")
    wait(window)
    assert panel.sentence.text() == said, "what was compared stays"
    window.settings.clear_recent()
    action(window, "Compare", "Swap A and B")
    assert not last.isEnabled()


def test_what_is_damaged_reads_as_nothing(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    ones = [RememberedPair(tmp_path / f"{at}\udcff.pt", tmp_path / "b.pt", rules=RULES, atol=at) for at in range(7)]
    for one in ones:
        remember(settings, one)
    run = RememberedRun((tmp_path / "1.pt", tmp_path / "2.pt"), "before", "ema")
    remember(settings, run)
    remember(settings, ones[6])
    settings.save()
    assert remembered(Settings(tmp_path / "settings.ini")) == [ones[6], run, ones[5], ones[4], ones[3]]
    good = settings.kept(COMPARISONS)
    for bad in (
        "",
        "{",
        "3",
        "[3, null, {}]",
        '[{"run": ["file:///a"], "against": "first", "entry": null}]',
        "[" * 9999,
    ):
        settings.keep(COMPARISONS, bad)
        assert remembered(settings) == []
    for old, new in (
        ("file://", "http://"),
        ('"close": [0.0', '"close": [-1'),
        ('"rules": [[', '"rules": [3, ['),
        ("null, null", "1"),
    ):
        settings.keep(COMPARISONS, good.replace(old, new))
        assert not [one for one in remembered(settings) if isinstance(one, RememberedPair)]


@cache
def opened_example() -> Chosen:
    return choose(open_checkpoint(EXAMPLE), None)


@given(
    st.text(st.sampled_from("ab.\\=()"), max_size=6),
    st.text(st.sampled_from("a\\=1 g<>0"), max_size=8),
    st.lists(st.text(st.sampled_from("ab.=\\"), max_size=6), max_size=4, unique=True),
)
def test_a_rule_is_the_same_from_the_command_line(pattern: str, replacement: str, keys: list[str]) -> None:
    rule = Rule(pattern, replacement)
    try:
        expected = [rename([key], [rule]) for key in keys]
    except KeyMappingError:
        return
    example = opened_example()
    line = command_line(Pairing(example, example, (rule,), ()), Tolerance())
    (written,) = [word.removeprefix("--map=") for word in shlex.split(line) if word.startswith("--map=")]
    assert [rename([key], [Rule.parse(written)]) for key in keys] == expected
