"""The tool bar of a window: what is done first with a file, and the filter."""

from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolBar, QWidget

from explorer.ui.filter.field import FilterField
from explorer.ui.text import set_tooltip


class ToolBar(QToolBar):
    """Buttons at the left, the filter at the right."""

    def __init__(self, filter_field: FilterField) -> None:
        """Make it; whoever knows what the buttons do connects them.

        Args:
            filter_field: Of the window.
        """
        super().__init__("Main")
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.open_button = QPushButton("Open…")
        set_tooltip(self.open_button, "Open a checkpoint (Ctrl+O)")
        self.compare_button = QPushButton("Compare with…")
        self.test_button = QPushButton("Test-load…")
        self.move_button = QPushButton("Move to")
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for part in (self.open_button, self.compare_button, self.test_button, self.move_button, space, filter_field):
            self.addWidget(part)
