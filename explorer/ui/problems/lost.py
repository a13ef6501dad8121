"""The button beside a sentence that counts what cannot be read, or below it: it leads there."""

from PySide6.QtWidgets import QPushButton

from explorer.query.terms import UNREADABLE
from explorer.ui.text import set_tooltip


def unreadable_button() -> QPushButton:
    """Make it, hidden."""
    button = QPushButton()
    button.setProperty("flat", True)
    dress_unreadable(button)
    button.hide()
    return button


def dress_unreadable(button: QPushButton) -> None:
    """Say on a button what it shows."""
    button.setText("Show unreadable")
    set_tooltip(button, f"Show in the tree only what cannot be read: problem:{UNREADABLE} in the filter")
