"""The field that filters the tree of layers and the tables."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QIcon, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.query.parsing import EXPLAINED
from explorer.ui import theme
from explorer.ui.filter.completer import FilterCompleter
from explorer.ui.filter.error import FilterError, underline
from explorer.ui.filter.saved import SavedFilters
from explorer.ui.icons import icon
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.query.parsing import Wrong

FILTER_DELAY_MS: Final = 120
_NOTHING_OPEN: Final = "Open a checkpoint first"
_NO_KEY: Final = Qt.KeyboardModifier.NoModifier


class FilterField(QLineEdit):
    """Takes words and terms, once something is open.

    Attributes:
        saved: The menu of filters that were given a name.

    Signals:
        asked: The tree is to show only what fits (the text); a moment after the last key, or at once with Enter.
        allowed: It can be written in, or not any more (why not, as a sentence; "" where it can).
        left_down: The arrow down was pressed: the keyboard is to go to what was found.
    """

    asked = Signal(str)
    allowed = Signal(str)
    left_down = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        """Make the field, disabled.

        Args:
            session: Tells what is open.
            settings: Keep the filters that were given a name.
            parent: What it stands in.
        """
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
        self._wrong: Wrong | None = None
        self._error: FilterError | None = None
        self.saved = SavedFilters(self, settings)
        self.saved.chosen.connect(self._use)
        self._star = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        self._star.triggered.connect(self.saved.open_below)
        set_tooltip(self._star, "Saved filters")
        self._color_star()
        self.setCompleter(FilterCompleter(self))
        set_tooltip(self, _NOTHING_OPEN)
        self._timer = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.textChanged.connect(self._timer.start)
        self.returnPressed.connect(self._ask)
        session.opened.connect(self._allow)

    def begin(self) -> str:
        """Put the cursor into it; why that makes no sense now, as a sentence, "" where it does."""
        if self.isEnabled():
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.selectAll()
        return "" if self.isEnabled() else _NOTHING_OPEN

    def close_completion(self) -> bool:
        """Close the list of terms; tell whether it was open."""
        popup = self.completer().popup()
        if popup is None or not popup.isVisible():
            return False
        popup.hide()
        return True

    def show_wrong(self, wrong: "Wrong | None") -> None:
        """Look wrong, and say where and why.

        Args:
            wrong: What makes no sense; None where all does.
        """
        if not self.isEnabled():
            return
        self._wrong = wrong
        sentence = "" if wrong is None else wrong.sentence
        set_tone(self, "bad" if sentence else None)
        explained = f"{sentence}\n\n{EXPLAINED}" if sentence else EXPLAINED
        set_tooltip(self, explained)
        if wrong is not None:
            self.setAccessibleDescription(f"{sentence} That is at letter {wrong.begin + 1}.")
            set_tooltip(self._mark, sentence)
            self._color_mark()
        self._mark.setVisible(wrong is not None)
        self._show_error()
        self.update()

    def _show_error(self) -> None:
        """Say what is wrong below the field, while it is written in."""
        if self._wrong is not None and self.hasFocus():
            if self._error is None:
                self._error = FilterError(self)
            self._error.say(self._wrong.sentence)
        elif self._error is not None:
            self._error.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Leave for what was found with the arrow down."""
        if event.key() == Qt.Key.Key_Down and event.modifiers() in (_NO_KEY, Qt.KeyboardModifier.KeypadModifier):
            self._ask()
            self.left_down.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Say again what is wrong."""
        super().focusInEvent(event)
        self._show_error()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Uncover what lies below; the field still looks wrong."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._show_error()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Underline what is wrong."""
        super().paintEvent(event)
        if self._wrong is not None:
            underline(self, QRectF(self.cursorRect()), self._wrong, theme.current(self).bad)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Wear the theme's colours."""
        super().changeEvent(event)
        # Qt also tells those that are about to be deleted, and those that are not made yet.
        if event.type() == QEvent.Type.PaletteChange and self.isVisible() and hasattr(self, "_star"):
            self._color_star()
            if self._wrong is not None:
                self._color_mark()

    def _color_mark(self) -> None:
        self._mark.setIcon(icon("error", self, theme.current(self).bad))

    def _color_star(self) -> None:
        self._star.setIcon(icon("star", self, theme.current(self).muted))

    def _use(self, text: str) -> None:
        self.setText(text)
        self._ask()

    def _allow(self) -> None:
        self.clear()
        self.allow(True)
        self.show_wrong(None)

    def allow(self, something: bool) -> None:
        """Be written in, or not.

        Args:
            something: There is something to be filtered.
        """
        if something == self.isEnabled():
            return
        if not something:
            self.clear()
            self._ask()
            set_tooltip(self, _NOTHING_OPEN)
        self.setEnabled(something)
        if something:
            self.show_wrong(None)
        self.allowed.emit("" if something else f"{_NOTHING_OPEN}.")

    def _ask(self) -> None:
        self._timer.stop()
        self.asked.emit(self.text())
