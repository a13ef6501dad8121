"""In which order Tab goes through controls: the one in which they stand, as one reads them."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QMainWindow,
    QTabWidget,
    QWidget,
)


def go_on(window: QWidget, *, forward: bool) -> bool:
    """Give the keyboard to the next control of a window, or to the one before.

    Returns:
        Whether that was done: not from what Tab does not go to.
    """
    controls = list(controls_in_order(window))
    focused: QWidget | None = window.focusWidget()
    if not controls or (focused is not None and focused not in controls):
        return False
    if focused is None:
        place = 0 if forward else -1
    else:
        place = (controls.index(focused) + (1 if forward else -1)) % len(controls)
    controls[place].setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def controls_in_order(widget: QWidget) -> Iterator[QWidget]:
    """What Tab goes to in a widget: from row to row, and in each from left to right; panels one after the other."""
    inside: list[tuple[QWidget, list[QWidget]]] = []
    # Headers, corners and lines in boxes have no turn of their own, and PySide loses count of whose they are.
    if isinstance(widget, QAbstractItemView | QAbstractSpinBox | QComboBox):
        return
    for child in widget.children():
        if isinstance(child, QWidget) and child.isVisible() and child.isEnabled() and not child.isWindow():
            # Docks behind another, and tabs of docks that are not shown, are kept out of the window by Qt.
            if isinstance(widget, QMainWindow) and not widget.rect().intersects(child.geometry()):
                continue
            found = list(controls_in_order(child))
            if _takes_tab(child) and not _is_stood_for(child, widget):
                found.insert(0, child)
            if found:
                inside.append((child, found))
    for row in _rows(inside):
        for _child, found in row:
            yield from found


def _rows(inside: list[tuple[QWidget, list[QWidget]]]) -> Iterator[list[tuple[QWidget, list[QWidget]]]]:
    """What stands beside each other: half of the lower one is beside the first of the row."""
    row: list[tuple[QWidget, list[QWidget]]] = []
    for each in sorted(inside, key=lambda each: each[0].y()):
        first, here = (row or [each])[0][0].geometry(), each[0].geometry()
        beside = min(first.bottom(), here.bottom()) - max(first.top(), here.top())
        if 2 * beside < min(first.height(), here.height()) - 1:
            yield sorted(row, key=lambda each: each[0].x())
            row = []
        row.append(each)
    yield sorted(row, key=lambda each: each[0].x())


def _takes_tab(widget: QWidget) -> bool:
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    chosen = group.checkedButton() if group is not None and group.exclusive() else None
    if chosen is not None and chosen.isVisible() and chosen.isEnabled():
        # From one choice to another lead the arrow keys.
        return widget is chosen
    # Where the system lets Tab go to fields only, Qt passes by what a click does not give the keyboard to.
    all_controls = QGuiApplication.styleHints().tabFocusBehavior() == Qt.TabFocusBehavior.TabFocusAllControls
    needed = (Qt.FocusPolicy.TabFocus if all_controls else Qt.FocusPolicy.StrongFocus).value
    return widget.focusPolicy().value & needed == needed


def _is_stood_for(widget: QWidget, parent: QWidget) -> bool:
    """Whether another has the keyboard in its place: an area that scrolls for its viewport, a tab bar for its pages.

    Nobody asks for a focusProxy: PySide takes it for a part of what was asked, and of an area and its viewport each
    would be a part of the other, so that both were garbage at once, or never.
    """
    in_area = isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget
    return in_area or isinstance(widget, QTabWidget)
