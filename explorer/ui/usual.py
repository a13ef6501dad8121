"""What a control shows at a first start, told by whoever makes it, so that it can be put back to that."""

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QSpinBox, QSplitter, QTabBar, QWidget

_USUAL: Final = "usual"

State = bool | int | list[int]
"""Whether it is checked, its number or the place of what is chosen, or how large the parts of a splitter are."""


def set_usual(control: QObject, state: State) -> None:
    """Say what is usual.

    Args:
        control: A button or an action that can be checked, a choice, a number, a bar of tabs, or a splitter.
        state: At a first start.
    """
    control.setProperty(_USUAL, state)


def set_usual_sizes(splitter: QSplitter, sizes: list[int]) -> None:
    """Make the parts of a splitter so large, none of which can be folded away, and say that this is usual.

    Args:
        splitter: With all its parts.
        sizes: In pixels, of all of them.
    """
    splitter.setChildrenCollapsible(False)
    splitter.setSizes(sizes)
    set_usual(splitter, sizes)


def controls_with_usual(window: QWidget) -> list[QObject]:
    """All controls below a window of which it was said; actions first, one of which freezes what others choose."""
    found = [*window.findChildren(QAction), *window.findChildren(QWidget)]
    return [control for control in found if control.property(_USUAL) is not None]


def usual_of(control: QObject) -> State:
    """What `set_usual` was told."""
    state: State = control.property(_USUAL)
    return state


def state_of(control: QObject) -> State:
    """What a control shows now."""
    if isinstance(control, QSplitter):
        return control.sizes()
    if isinstance(control, QComboBox | QTabBar):
        return control.currentIndex()
    if isinstance(control, QSpinBox):
        return control.value()
    assert isinstance(control, QAbstractButton | QAction)  # noqa: S101 - there are no others
    return control.isChecked()


def put(control: QObject, state: State) -> None:
    """Have a control show something, as if its user had chosen it."""
    if state == state_of(control):
        return
    if isinstance(control, QSplitter) and isinstance(state, list):
        control.setSizes(state)
    elif isinstance(control, QComboBox) and isinstance(state, int):
        control.setCurrentIndex(state)
        control.activated.emit(state)
    elif isinstance(control, QTabBar) and isinstance(state, int):
        control.setCurrentIndex(state)
    elif isinstance(control, QSpinBox) and isinstance(state, int):
        control.setValue(state)
    elif isinstance(control, QAbstractButton | QAction):
        group: QObject | None = control.actionGroup() if isinstance(control, QAction) else control.group()
        # Of a group of which one is checked, the others follow.
        if not state and group is not None:
            return
        if not control.isEnabled():
            control.setChecked(bool(state))
        elif isinstance(control, QAction):
            control.trigger()
        else:
            control.click()
