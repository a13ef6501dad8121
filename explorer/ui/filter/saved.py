"""Filters that were given a name: kept in the settings, offered by the star in the field and in the Edit menu."""

import json
from contextlib import suppress
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QMenu, QPushButton, QWidget

from explorer.ui.allowing import allow
from explorer.ui.settings import Settings
from explorer.ui.text import caption, label, set_tooltip

_KEPT: Final = "filter/saved"
_MOST: Final = 100
"""Names in a menu, and letters in one."""


def saved_filters(settings: Settings) -> dict[str, str]:
    """Names and texts, in the order in which they were saved; what is damaged reads as none."""
    with suppress(ValueError, RecursionError):
        kept = json.loads(settings.kept(_KEPT) or "{}")
        if isinstance(kept, dict):
            return {name: text for name, text in kept.items() if isinstance(text, str) and name and text}
    return {}


def _keep(settings: Settings, saved: dict[str, str]) -> None:
    settings.keep(_KEPT, json.dumps(dict(list(saved.items())[-_MOST:])))


class SavedFilters(QMenu):
    """The menu: a line for each, then Save and Remove.

    Signals:
        chosen: A saved filter is to be used (its text).
    """

    chosen = Signal(str)

    def __init__(self, field: QLineEdit, settings: Settings) -> None:
        """Make it.

        Args:
            field: In which the filter stands.
            settings: Keep the saved ones.
        """
        super().__init__("Saved fi&lters", field)
        self._field = field
        self._settings = settings
        self.naming = _Naming(field)
        self.naming.named.connect(self._save)
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)

    def open_below(self) -> None:
        """Show it below the star, at the right end of the field."""
        self._fill()
        left = self._field.width() - self.sizeHint().width()
        self.popup(self._field.mapToGlobal(QPoint(left, self._field.height())))

    def _fill(self) -> None:
        self.clear()
        saved, text = saved_filters(self._settings), self._field.text().strip()
        for name, kept in saved.items():
            action = self.addAction(caption(name))
            action.setCheckable(True)
            action.setChecked(kept == text)
            set_tooltip(action, kept)
            action.triggered.connect(lambda _checked=False, kept=kept: self.chosen.emit(kept))
        self.addSeparator()
        save = self.addAction("&Save this filter…")
        save.triggered.connect(lambda: self.naming.ask(text))
        wrong = self._field.property("tone") == "bad"
        allow(save, "Write a filter first." if not text else "This filter makes no sense yet." if wrong else "")
        named = [name for name, kept in saved.items() if kept == text]
        for name in named:
            remove = self.addAction(f"&Remove ‘{caption(name)}’")
            remove.triggered.connect(lambda _checked=False, name=name: self._remove(name))

    def _save(self, name: str, text: str) -> None:
        saved = saved_filters(self._settings)
        saved.pop(name, None)
        _keep(self._settings, saved | {name: text})

    def _remove(self, name: str) -> None:
        saved = saved_filters(self._settings)
        saved.pop(name, None)
        _keep(self._settings, saved)


class _Naming(QFrame):
    """Asks for a name below the field; Enter saves, Escape and a click beside it do not.

    Signals:
        named: What is to be saved: the name and the text.
    """

    named = Signal(str, str)

    def __init__(self, beside: QWidget) -> None:
        super().__init__(beside, Qt.WindowType.Popup)
        self._beside = beside
        self._text = ""
        self.setProperty("panel", True)
        self.setAccessibleName("Save the filter")
        self.name = QLineEdit()
        self.name.setMaxLength(_MOST)
        self.name.setAccessibleName("Name of the filter")
        self.save = QPushButton("Save")
        self.save.setProperty("primary", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        caption_of_name = label("Name")
        caption_of_name.setBuddy(self.name)
        row.addWidget(caption_of_name)
        row.addWidget(self.name, 1)
        row.addWidget(self.save)
        self.name.returnPressed.connect(self._save)
        self.name.textChanged.connect(lambda name: self.save.setEnabled(bool(name.strip())))
        self.save.clicked.connect(self._save)

    def ask(self, text: str) -> None:
        """Ask for the name of a filter.

        Args:
            text: Of the filter, which is proposed.
        """
        self._text = text
        self.name.setText(text)
        self.name.selectAll()
        self.setFixedWidth(self._beside.width())
        self.move(self._beside.mapToGlobal(QPoint(0, self._beside.height() + 4)))
        self.show()
        self.name.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Close with Escape, and leave the filter as it is."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _save(self) -> None:
        name = self.name.text().strip()
        if name:
            self.hide()
            self.named.emit(name, self._text)
