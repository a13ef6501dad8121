"""The switch between the ways to look at a whole file."""

from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabBar, QWidget

FileView = Literal["overview", "histogram", "bytes"]

_VIEWS: Final[dict[FileView, str]] = {"overview": "Overview", "histogram": "Histogram", "bytes": "Bytes"}


class FileViews(QTabBar):
    """Stands in the panel of each view, which stays chosen here: another one shows its own panel.

    Signals:
        asked: Another `FileView` is to be shown.
    """

    asked = Signal(str)

    def __init__(self, view: FileView, parent: QWidget | None = None) -> None:
        """Make the switch.

        Args:
            view: That of the panel it stands in.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.setDrawBase(False)
        self.setUsesScrollButtons(False)
        self.setExpanding(False)
        self.setAccessibleName("Views of the file")
        for title in _VIEWS.values():
            self.addTab(title)
        self._own = list(_VIEWS).index(view)
        self.setCurrentIndex(self._own)
        self.currentChanged.connect(self._ask)

    def ask(self, view: FileView) -> None:
        """Choose a view, as a click on it does."""
        self.setCurrentIndex(list(_VIEWS).index(view))

    def _ask(self, index: int) -> None:
        if index != self._own:
            self.setCurrentIndex(self._own)
            self.asked.emit(list(_VIEWS)[index])
