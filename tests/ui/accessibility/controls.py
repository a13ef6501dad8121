"""What of a window takes the keyboard, and what a screen reader and the eye are told of it."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTableView,
    QTabWidget,
    QToolBar,
    QWidget,
)

KINDS = (
    *(QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox),
    *(QComboBox, QLineEdit, QPlainTextEdit, QTabBar),
)

_AS_WIDE_AS_ITS_WORDS = QComboBox.SizeAdjustPolicy.AdjustToContents


def controls(top: QWidget) -> list[QWidget]:
    """All that can be worked with now, also what Tab does not reach."""
    return [
        widget
        for widget in top.findChildren(QWidget)
        if widget.isVisible()
        and not widget.visibleRegion().isEmpty()
        and widget.isEnabled()
        and widget.window() is top
        and (isinstance(widget, KINDS) or takes_tab(widget))
        and not is_part(widget)
    ]


def takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def is_part(widget: QWidget) -> bool:
    """Whether a widget is a part of a control, which has the keyboard for it, or has an entry in the menus."""
    parent = widget.parentWidget()
    if isinstance(widget, QScrollBar | QHeaderView):
        return True
    if isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar | QTableView | QToolBar):
        # A toolbar's own arrow, a tab bar's, the corner of a table; what was put into a tool bar is a control.
        return not (isinstance(parent, QToolBar) and widget.objectName() != "qt_toolbar_ext_button")
    # View and Device show and hide docks. For the viewport: see `explorer.ui.tab_order`.
    in_title = isinstance(parent, QDockWidget) and isinstance(widget, QAbstractButton)
    in_area = isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget
    return in_title or in_area or isinstance(widget, QTabWidget)


def chain(top: QWidget) -> list[QWidget]:
    """Where Tab leads, from what has the keyboard until it comes round."""
    passed: list[QWidget] = []
    for _ in range(300):
        focused = QApplication.focusWidget()
        assert focused is not None
        if focused in passed:
            return passed
        passed.append(focused)
        top.focusNextChild()
    raise AssertionError(f"Tab does not come round: {list(map(named, passed[-10:]))}")


def is_reached(widget: QWidget, passed: list[QWidget]) -> bool:
    """Whether Tab, or an arrow key in a group of buttons of which one is chosen, leads to a control."""
    if widget in passed:
        return True
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and any(each in passed for each in group.buttons())


def accessible_name(widget: QWidget) -> str:
    found = QAccessible.queryAccessibleInterface(widget)
    return found.text(QAccessible.Text.Name).strip()


def accessible_role(widget: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(widget).role()


def named(widget: QWidget) -> str:
    """A control, for who mends it."""
    name = widget.accessibleName() or widget.objectName()
    text = getattr(widget, "text", None)
    said = str(text()) if callable(text) and isinstance(widget, QAbstractButton | QLabel | QLineEdit) else ""
    parents: list[str] = []
    parent = widget.parentWidget()
    while parent is not None and len(parents) < 4:
        parents.append(type(parent).__name__)
        parent = parent.parentWidget()
    return f"{type(widget).__name__} {name!r} {said!r} in {' in '.join(parents)}"


def cut_off(top: QWidget) -> Iterator[str]:
    """Buttons, labels and fields that have less room than their words, or that reach out of what they are in."""
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not top:
            continue
        if isinstance(widget, QLabel):
            # What breaks its lines, or leaves out letters and has all of them in its tool tip, needs less.
            needed = widget.minimumSizeHint().width() if not widget.wordWrap() else 0
        elif isinstance(widget, QAbstractButton | QComboBox | QAbstractSpinBox) and not is_part(widget):
            needed = widget.minimumSizeHint().width()
            if isinstance(widget, QComboBox) and widget.sizeAdjustPolicy() == _AS_WIDE_AS_ITS_WORDS:
                # Qt lets it be narrower than what is chosen in it.
                needed = widget.sizeHint().width()
        else:
            continue
        if widget.width() < needed:
            yield f"{named(widget)} is {widget.width()} wide and needs {needed}"
        elif widget.height() < min(widget.minimumSizeHint().height(), widget.sizeHint().height()):
            yield f"{named(widget)} is {widget.height()} high and needs {widget.minimumSizeHint().height()}"
