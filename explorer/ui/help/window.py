"""Windows of Help, whose words can be copied."""

from PySide6.QtWidgets import QPushButton, QWidget

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.side_window import SideWindow
from explorer.ui.text import set_tooltip


class HelpWindow(SideWindow):
    """A side window whose words can be copied."""

    def __init__(self, title: str, parent: QWidget, *, scrolls: bool = False) -> None:
        """Make it; arguments as in `SideWindow`."""
        super().__init__(title, parent, scrolls=scrolls)
        self.copy_button = QPushButton("Copy")
        set_tooltip(self.copy_button, "Copy all of this as text")
        self.copy_button.clicked.connect(self._copy)
        self.buttons.insertWidget(1, self.copy_button)

    def as_text(self) -> str:
        """What Copy takes."""
        raise NotImplementedError

    def _copy(self) -> None:
        put_on_clipboard(self.as_text())
