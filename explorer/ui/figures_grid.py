"""Figures with their captions above them."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.text import Label, label, set_tooltip


class FiguresGrid(QWidget):
    """Lines of figures; dashes while there are none."""

    def __init__(self, captions: Sequence[str], columns: int, parent: QWidget | None = None) -> None:
        """Make the grid, with dashes.

        Args:
            captions: From left to right, line by line, each once.
            columns: Figures of a line.
            parent: What it stands in.
        """
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 8, 12, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
        self._values: dict[str, Label] = {}
        for place, caption in enumerate(captions):
            line, column = divmod(place, columns)
            if line:
                grid.setRowMinimumHeight(3 * line - 1, 4)
            value = label(formatting.NOTHING, selectable=True)
            font = theme.tabular(value.font())
            font.setBold(True)
            value.setFont(font)
            grid.addWidget(label(caption, muted=True, small=True), 3 * line, column)
            grid.addWidget(value, 3 * line + 1, column)
            grid.setColumnStretch(column, 1)
            self._values[caption] = value
        self.clear()

    def clear(self) -> None:
        """Dashes everywhere."""
        for caption in self._values:
            self.say(caption, formatting.NOTHING, "")

    def say(self, caption: str, text: str, tip: str) -> None:
        """Show a figure.

        Args:
            caption: Which one.
            text: The figure, as short as it is shown.
            tip: The same with every digit.
        """
        value = self._values[caption]
        value.setText(text)
        value.setAccessibleName(f"{caption}: {text}")
        set_tooltip(value, tip)

    def text_of(self, caption: str) -> str:
        """The figure that stands under a caption."""
        return self._values[caption].text()

    def tip_of(self, caption: str) -> str:
        """What is said about that figure when the mouse rests on it, as plain text."""
        return self._values[caption].accessibleDescription()
