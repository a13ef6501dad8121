"""Docks: panels at the lower or right edge of the window, hidden until they are asked for."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget


def hidden_dock(title: str, panel: QWidget, parent: QWidget) -> QDockWidget:
    """Put a panel into a dock.

    Args:
        title: Over it; the layout of the window is remembered by it.
        panel: What it holds.
        parent: The main window.
    """
    dock = QDockWidget(title, parent)
    dock.setObjectName(title.lower())
    around = QWidget()
    room = QVBoxLayout(around)
    room.setContentsMargins(6, 0, 6, 0)
    room.addWidget(panel)
    dock.setWidget(around)
    dock.setAllowedAreas(Qt.DockWidgetArea.BottomDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
    dock.hide()
    return dock
