"""The entries that take a comparison elsewhere: they stand in the window's menu before there is a comparison."""

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from explorer.ui.allowing import allow
from explorer.ui.text import set_tooltip

NOT_YET: Final = "Compare with another checkpoint first."

KINDS: Final = {
    "csv": ("Export as CS&V…", "Save the rows that are listed, with every digit."),
    "json": ("Export as &JSON…", "Save everything, whatever is listed, as `compare --json` prints it."),
    "md": ("Export as &Markdown…", "Save the sentence and the rows that are listed, for people."),
    "html": ("E&xport report…", "Save a page for a browser: the sentence, plots and the rows that are listed."),
}
"""By the ending of the file: the entry, and what it does."""


class ExportEntries(QObject):
    """Makes them, disabled.

    Attributes:
        copy_table: To the clipboard, as `copy_command`.
        export: By the ending of the file, as in `KINDS`.
        listed: All of them, with a line between their groups.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tips: dict[QAction, str] = {}
        self._aside = self._why_not = ""
        self.copy_table = self._add("Copy &table", "Copy the columns that are shown of the rows that are listed.")
        self.copy_command = self._add("Copy the comman&d line", "Copy what to type to compare the same again.")
        self.export = {kind: self._add(*words) for kind, words in KINDS.items()}
        line = QAction(self)
        line.setSeparator(True)
        self.listed = [self.copy_table, self.copy_command, line, *self.export.values()]
        self.allow(NOT_YET)

    def allow(self, why_not: str) -> None:
        """Enable all of them, or have them say why they cannot be used.

        Args:
            why_not: What has to be done first, as a sentence; "" where something was compared.
        """
        self._why_not = why_not
        self._say_why()

    def set_aside(self, why: str) -> None:
        """Disable them while something else is looked at, whatever was compared.

        Args:
            why: As a sentence; "" to have them back.
        """
        self._aside = why
        self._say_why()

    def _say_why(self) -> None:
        why_not = self._aside or self._why_not
        for action, tip in self._tips.items():
            allow(action, why_not)
            if not why_not:
                action.setStatusTip(tip)
                set_tooltip(action, tip)

    def _add(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        self._tips[action] = tip
        return action
