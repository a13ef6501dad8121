"""The field that filters the tree of layers."""

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from explorer.checkpoint.dtypes import DTYPES
from explorer.ui import theme
from explorer.ui.icons import icon
from explorer.ui.layers.query import EXPLAINED, FIGURES
from explorer.ui.session import Session
from explorer.ui.text import set_tone, set_tooltip

FILTER_DELAY_MS: Final = 120
_COMPLETED_FROM: Final = 3
"""Letters of a term; after fewer, a list would be in the way of names."""


class FilterField(QLineEdit):
    """Takes words and terms, once something is open.

    Signals:
        asked: The tree is to show only what fits (the text); a moment after the last key, or at once with Enter.
    """

    asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Filter: name, dtype:bf16, nan>0   (Ctrl+F)")
        self.setAccessibleName("Filter")
        self.setClearButtonEnabled(True)
        self.setMaximumWidth(420)
        self.setMinimumWidth(320)
        self.setEnabled(False)
        # A file that is dropped on it is to be opened, not looked for.
        self.setAcceptDrops(False)
        self._mark = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        self._mark.setVisible(False)
        self.setCompleter(_Completer(self))
        set_tooltip(self, "Open a checkpoint first")
        self._timer = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.textChanged.connect(self._timer.start)
        self.returnPressed.connect(self._ask)
        session.opened.connect(self._allow)

    def begin(self) -> None:
        """Put the cursor into it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def close_completion(self) -> bool:
        """Close the list of terms; tell whether it was open."""
        popup = self.completer().popup()
        if popup is None or not popup.isVisible():
            return False
        popup.hide()
        return True

    def show_problem(self, sentence: str) -> None:
        """Look wrong, and say why.

        Args:
            sentence: What makes no sense; "" where all does.
        """
        if not self.isEnabled():
            return
        set_tone(self, "bad" if sentence else None)
        set_tooltip(self, f"{sentence}\n\n{EXPLAINED}" if sentence else EXPLAINED)
        if sentence:
            self.setAccessibleDescription(sentence)
            set_tooltip(self._mark, sentence)
            self._color_mark()
        self._mark.setVisible(bool(sentence))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Wear the theme's colours."""
        super().changeEvent(event)
        # Qt also tells those that are about to be deleted.
        if event.type() == QEvent.Type.PaletteChange and self.property("tone") and self.isVisible():
            self._color_mark()

    def _color_mark(self) -> None:
        self._mark.setIcon(icon("error", self, theme.current(self).bad))

    def _allow(self) -> None:
        self.setEnabled(True)
        self.clear()
        self.show_problem("")

    def _ask(self) -> None:
        self._timer.stop()
        self.asked.emit(self.text())


class _Completer(QCompleter):
    """Offers terms for the last word."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field = field
        about = ["shape:", "shape:scalar", "device:cpu", "device:cuda"]
        dtypes = [f"dtype:{dtype.short}" for dtype in DTYPES.values() if dtype.family != "packed"]
        self.setModel(QStringListModel([*(figure.example for figure in FIGURES.values()), *dtypes, *about], self))
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        popup = QListView()
        popup.setProperty("popup", True)
        popup.setAccessibleName("Terms of the filter")
        self.setPopup(popup)

    def splitPath(self, path: str) -> list[str]:  # noqa: N802 - Qt's name
        """The word that is written."""
        written = _last_word(path)
        at_end = self._field.cursorPosition() == len(path)
        # Nothing begins with a line end.
        return [written if len(written) >= _COMPLETED_FROM and at_end else "\n"]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:  # noqa: N802 - Qt's name
        """The whole text with that word completed."""
        text = self.completionPrefix()
        return text[: len(text) - len(_last_word(text))] + str(index.data())


def _last_word(text: str) -> str:
    word = text.rpartition(" ")[2]
    return word[1:] if word.startswith(("-", "!")) else word
