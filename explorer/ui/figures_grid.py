"""Figures with their captions above them."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.help.meanings.meaning import tip_of
from explorer.ui.help.meanings.values import FIGURES, SPECTRUM
from explorer.ui.text import Label, Tone, label, set_tone, set_tooltip

_SPACING: Final = 12
_WIDEST: Final = ("≈ -0.0004444", "-4.444e+20")


class FiguresGrid(QWidget):
    """Lines of figures; dashes while there are none."""

    def __init__(
        self,
        captions: Sequence[str],
        columns: int,
        parent: QWidget | None = None,
        *,
        widest: Sequence[str] = _WIDEST,
    ) -> None:
        """Make the grid, with dashes.

        Args:
            captions: From left to right, line by line, each once.
            columns: Figures of a line, where there is room.
            parent: What it stands in.
            widest: Figures that every column has room for.
        """
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 12)
        self._grid.setHorizontalSpacing(_SPACING)
        self._grid.setVerticalSpacing(0)
        self._captions: list[Label] = []
        self._values: dict[str, Label] = {}
        for caption in captions:
            value = label(formatting.NOTHING, selectable=True)
            font = theme.tabular(value.font())
            font.setBold(True)
            value.setFont(font)
            self._captions.append(label(caption, muted=True, small=True))
            set_tooltip(self._captions[-1], tip_of(caption, FIGURES, SPECTRUM))
            self._values[caption] = value
            for each in (self._captions[-1], value):
                # What is in a line does not keep the grid from becoming narrower, and having more lines.
                each.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._metrics = QFontMetrics(next(iter(self._values.values())).font())
        self._usual_width = max(self._metrics.horizontalAdvance(figure) for figure in widest) + _SPACING
        self._column_width = self._usual_width
        self._columns = columns
        self._arranged = 0
        self._arrange(columns)
        self.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Stand in more lines where a line has no room for whole figures: half a figure looks like another one."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        widest = max(self._metrics.horizontalAdvance(value.text()) for value in self._values.values())
        # A hair's breadth more: a label's own width is rounded.
        self._column_width = max(self._usual_width, widest + _SPACING + 2)
        fitting = max(1, min(self._columns, (self.width() - 12) // self._column_width))
        # As many in each line as can be: one figure alone in the last would look forgotten.
        lines = -(-len(self._values) // fitting)
        self._arrange(-(-len(self._values) // lines))

    def _arrange(self, columns: int) -> None:
        if columns == self._arranged:
            return
        for column in range(self._arranged):
            self._grid.setColumnStretch(column, 0)
        self._arranged = columns
        for place, (caption, value) in enumerate(zip(self._captions, self._values.values(), strict=True)):
            line, column = divmod(place, columns)
            if line:
                self._grid.setRowMinimumHeight(3 * line - 1, 4)
            self._grid.addWidget(caption, 3 * line, column)
            self._grid.addWidget(value, 3 * line + 1, column)
            self._grid.setColumnStretch(column, 1)

    def clear(self) -> None:
        """Dashes everywhere."""
        for caption in self._values:
            self.say(caption, formatting.NOTHING, "")

    def say(self, caption: str, text: str, tip: str, tone: Tone | None = None) -> None:
        """Show a figure.

        Args:
            caption: Which one.
            text: The figure, as short as it is shown.
            tip: The same with every digit.
            tone: How bad it is; None for not at all.
        """
        value = self._values[caption]
        set_tone(value, tone)
        value.setText(text)
        value.setAccessibleName(f"{caption}: {text}")
        set_tooltip(value, tip)
        if max(self._metrics.horizontalAdvance(text) + _SPACING, self._column_width) > self._usual_width:
            self._fit()

    def text_of(self, caption: str) -> str:
        """The figure that stands under a caption."""
        return self._values[caption].text()
