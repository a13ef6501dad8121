"""The head of a panel: the name of what it is about, and a line of facts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.ui import theme
from explorer.ui.text import ElidedLabel, set_tooltip


class Head(QWidget):
    """Two lines; what has no room in them is told by their tool tips.

    Attributes:
        name: The first line.
        facts: The second one.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel()
        self.name.setFont(theme.title_font(self.name.font()))
        self.facts = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.facts.setProperty("muted", True)
        # An elided label's own tool tip tells what was left out; under it lies the one with the exact figures.
        self._exact = QWidget()
        around = QVBoxLayout(self._exact)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.facts)
        # As high as with a button beside it: no head is higher than another.
        self.name.setMinimumHeight(theme.row_height(self.fontMetrics()) + 4)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(12, 6, 12, 4)
        self._lines.setSpacing(0)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(self.name, 1)
        self._lines.addLayout(self._row)
        self._lines.addWidget(self._exact)
        self._below = QWidget()
        self._more = QVBoxLayout(self._below)
        self._more.setContentsMargins(0, 0, 0, 0)
        self._more.setSpacing(0)
        self._lines.addWidget(self._below)

    def add(self, line: QWidget) -> None:
        """Put another line below."""
        self._more.addWidget(line)

    def be_brief(self, brief: bool) -> None:
        """Leave out the lines below, but for the facts.

        Args:
            brief: Leave them out.
        """
        self._below.setVisible(not brief)

    def add_beside(self, widget: QWidget) -> None:
        """Put something to the right of the name; the lines below have the whole width."""
        self._row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def tell(self, name: str, facts: str, exact: str, shorter: str = "") -> None:
        """Say what the panel is about.

        Args:
            name: As it is shown.
            facts: The line below.
            exact: The same with every digit.
            shorter: The line where there is little room; "" for the same.
        """
        self.name.setText(name)
        self.facts.setText(facts, *filter(None, [shorter]))
        set_tooltip(self._exact, exact)
