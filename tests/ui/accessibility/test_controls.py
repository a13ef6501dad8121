"""Every control, in every state of the window: reached by Tab, seen to have the keyboard, named, and not cut off."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.layout import FRAME
from explorer.ui.main_window import MainWindow
from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.text import ElidedLabel
from tests.ui.accessibility.controls import (
    accessible_name,
    accessible_role,
    chain,
    controls,
    cut_off,
    is_reached,
    named,
)
from tests.ui.accessibility.cut_texts import cut_texts
from tests.ui.accessibility.states import STATES, in_state
from tests.ui.conftest import activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows
NO_ROLE = {QAccessible.Role.NoRole, QAccessible.Role.Client}
LAID_OUT_MS = 2_000
LEAST_SCREEN = "CHECKPOINT_EXPLORER_TEST_SIZE"
"""Environment variable: the size of the window, as 960x540."""
SMALL = tuple(int(side) for side in os.environ.get(LEAST_SCREEN, "1024x700").split("x"))
LEAST = QSize(900, 500)


def looks(top: QWidget, widget: QWidget) -> bytes:
    """A control and its border, as they are drawn."""
    around = widget.rect().translated(widget.mapTo(top, widget.rect().topLeft())).adjusted(-3, -3, 3, 3)
    image = top.grab(around).toImage()
    # Of what is scrolled out of the window there is nothing to see.
    return b"" if image.isNull() else bytes(image.constBits())


@pytest.fixture
def plain_theme(qapp: QApplication) -> None:
    theme.apply(qapp, "light")


def unreached(wanted: list[QWidget], passed: list[QWidget]) -> Iterator[str]:
    return (f"Tab does not lead to {named(each)}" for each in wanted if not is_reached(each, passed))


def unnamed(widgets: Iterable[QWidget]) -> Iterator[str]:
    for widget in widgets:
        if not accessible_name(widget):
            yield f"a screen reader has no name for {named(widget)}"
        if accessible_role(widget) in NO_ROLE:
            yield f"a screen reader has no role for {named(widget)}"


def misplaced(passed: list[QWidget]) -> Iterator[str]:
    """Where Tab goes up or to the left, but for the once when it comes round; and into groups beside their choice."""
    back = []
    for before, after in pairwise([passed[-1], *passed]):
        here, there = (standing(each) for each in apart(before, after))
        common = min(here.bottom(), there.bottom()) - max(here.top(), there.top())
        beside = 2 * common > min(here.height(), there.height())
        if there.bottom() <= here.top() or (beside and there.right() <= here.left()):
            back.append(f"Tab goes back from {named(before)} to {named(after)}")
    if len(back) > 1:
        yield from back
    for each in passed:
        group = each.group() if isinstance(each, QAbstractButton) else None
        if group is not None and group.exclusive() and group.checkedButton() not in {None, each}:
            yield f"Tab enters a group at what is not chosen: {named(each)}"


def standing(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint()), widget.size())


def apart(one: QWidget, other: QWidget) -> tuple[QWidget, QWidget]:
    """The panels of two controls that stand in the same one."""
    ways = []
    for widget in (one, other):
        way, at = [widget], widget.parentWidget()
        while at is not None:
            way.append(at)
            at = at.parentWidget()
        ways.append(way[::-1])
    return next(((a, b) for a, b in zip(*ways, strict=False) if a is not b), (one, other))


def unseen(qtbot: QtBot, top: QWidget, passed: list[QWidget]) -> Iterator[str]:
    for before, widget in pairwise([passed[-1], *passed]):
        before.setFocus(Qt.FocusReason.TabFocusReason)
        without = looks(top, widget)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        try:
            # What lies around it may still be laid out.
            qtbot.waitUntil(lambda: len(passed) < 2 or looks(top, widget) != without, timeout=LAID_OUT_MS)  # noqa: B023
        except qtbot.TimeoutError:
            yield f"nothing shows that it has the keyboard: {named(widget)}"


def lasting(qtbot: QtBot, find: Callable[[], Iterator[str]]) -> list[str]:
    """What is found still after everything was laid out."""
    found: list[str] = []

    def none() -> bool:
        found[:] = find()
        return not found

    with suppress(qtbot.TimeoutError):
        qtbot.waitUntil(none, timeout=LAID_OUT_MS)
    return found


@pytest.mark.usefixtures("plain_theme")
@pytest.mark.parametrize("name", STATES)
def test_every_control_can_be_used(name: str, qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.resize(*SMALL)
    with in_state(name, qtbot, window, tmp_path) as top:
        assert (window.width(), window.height()) == SMALL
        activate(qtbot, top)
        if QApplication.focusWidget() is None:
            top.focusNextChild()
        wrong = lasting(qtbot, lambda: cut_off(top)) + lasting(qtbot, lambda: cut_texts(top))
        wrong += lasting(qtbot, lambda: too_large(top, beside=top is not window))
        wanted = controls(top)
        assert wanted
        passed = chain(top)
        wrong += [*unreached(wanted, passed), *misplaced(passed), *unnamed(dict.fromkeys([*wanted, *passed]))]
        wrong += unseen(qtbot, top, passed)
        assert not wrong, "\n".join(wrong)


def too_large(top: QWidget, *, beside: bool) -> Iterator[str]:
    """What does not fit a screen of 1920×1080 pixels at twice the scale; and a window beside the main one, this one."""
    least = top.minimumSizeHint()
    if least.boundedTo(LEAST) != least:
        yield f"{named(top)} needs {least.width()}×{least.height()}"
    taken = top.size() + FRAME
    if beside and taken.boundedTo(top.screen().availableGeometry().size()) != taken:
        yield f"{named(top)} takes {taken.width()}×{taken.height()} of the screen"


def test_nothing_is_cut_off_on_a_screen_of_twice_the_scale() -> None:
    """In a process of its own: Qt looks at the scale once. Of 1920×1080 pixels, 960×540 are left then."""
    states = ("overview", "comparison list", "run", "problems", "preferences")
    tests = [f"{__file__}::{test_every_control_can_be_used.__name__}[{state}]" for state in states]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command,
        env={**os.environ, "QT_SCALE_FACTOR": "2", LEAST_SCREEN: "960x540"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(states)} passed" in done.stdout


def test_a_cut_sentence_is_found(qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    right, middle = Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideMiddle
    sentence = ElidedLabel("A sentence that has no room here.", top, mode=right)
    facts = ElidedLabel("one fact · another one · more", top, mode=right)
    path = ElidedLabel("/a/long/path/to/some/file.pt", top, mode=middle)
    below = WordsBelow(1, top)
    below.setText("Words below a plot, of which there are many")
    for place, each in enumerate((sentence, facts, path, below)):
        each.setGeometry(0, 30 * place, 110, 24)
    top.show()
    found = list(cut_texts(top))
    assert [said.split()[0] for said in found] == ["ElidedLabel", "WordsBelow"]
    assert sentence.text() in found[0]
    assert facts.shown() == "one fact · …"
    path.setToolTip("")
    assert any("no tool tip tells the rest" in said for said in cut_texts(top))


def test_what_has_no_name_or_is_cut_off_is_found(qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    button, label = QPushButton("A long caption", top), QLabel("Some words", top)
    nameless = QPushButton(top)
    nameless.move(0, 60)
    label.move(0, 30)
    for widget in (button, label):
        widget.resize(20, 20)
    unreachable = QLineEdit(top)
    unreachable.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    unreachable.setAccessibleName("Never reached")
    top.show()
    activate(qtbot, top)
    top.focusNextChild()
    wanted = controls(top)
    assert any("Never reached" in said for said in unreached(wanted, chain(top)))
    assert [said for said in unnamed(wanted) if "no name" in said] == [
        f"a screen reader has no name for {named(nameless)}"
    ]
    assert sorted(said.split()[0] for said in cut_off(top)) == ["QLabel", "QPushButton"]
