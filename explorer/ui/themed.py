"""Widgets with colours of their own, which follow the theme."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as _Widget
else:
    # Qt's own class comes from what this is mixed into: one of dialogs, frames and plain widgets.
    _Widget = object


class Themed(_Widget):
    """Wears the theme's colours; to stand before the class of Qt that it is mixed into."""

    _wears = False

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Wear the theme's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._wears:
            self._wear()

    def _begin_to_wear(self) -> None:
        """Take the colours, now and with every theme that comes: Qt tells of one before all is made that wears it."""
        self._wears = True
        self._wear()

    def _wear(self) -> None:
        """Take the colours that the theme has now."""
        raise NotImplementedError
