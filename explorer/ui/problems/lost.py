"""The button beside a sentence that counts what cannot be read: it leads there."""

from PySide6.QtWidgets import QPushButton

from explorer.query.terms import UNREADABLE
from explorer.ui.text import set_tooltip


def unreadable_button() -> QPushButton:
    """Make it, hidden."""
    button = QPushButton("Show unreadable")
    button.setProperty("flat", True)
    set_tooltip(button, f"Show in the tree only what cannot be read: problem:{UNREADABLE} in the filter")
    button.hide()
    return button
