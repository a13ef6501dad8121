"""The list of terms below the filter, while one is written."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QListView

from explorer.query.completing import last_word, suggestions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

_COMPLETED_FROM: Final = 3
"""Letters of a term; after fewer, a list would be in the way of names."""


class FilterCompleter(QCompleter):
    """Offers terms for the last word."""

    def __init__(self, field: "QLineEdit") -> None:
        super().__init__(field)
        self._field = field
        self._terms = suggestions()
        self.setModel(QStringListModel(self._terms, self))
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = QListView()
        popup.setProperty("popup", True)
        popup.setAccessibleName("Terms of the filter")
        self.setPopup(popup)

    def splitPath(self, path: str) -> list[str]:  # noqa: N802 - Qt's name
        """The word that is written."""
        written = last_word(path)
        at_end = self._field.cursorPosition() == len(path)
        # What is complete already would only cover what lies below. Nothing begins with a line end.
        offers = len(written) >= _COMPLETED_FROM and at_end and written not in self._terms
        return [written if offers else "\n"]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:  # noqa: N802 - Qt's name
        """The whole text with that word completed."""
        text = self.completionPrefix()
        return text[: len(text) - len(last_word(text))] + str(index.data())
