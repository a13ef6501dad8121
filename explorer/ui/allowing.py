"""Entries of menus that cannot be chosen yet say why."""

from typing import Final

from PySide6.QtGui import QAction

from explorer.ui.text import set_tooltip

OPEN_FIRST: Final = "Open a checkpoint first."
"""Why nothing can be done with what is open."""


def allow(action: QAction, why_not: str) -> None:
    """Enable an action, or disable it and have it say why.

    Args:
        action: The action.
        why_not: What has to be done first, as a sentence; "" to enable it.
    """
    action.setEnabled(not why_not)
    action.setStatusTip(why_not)
    set_tooltip(action, why_not)
