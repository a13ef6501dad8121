"""What docks with a table have in common: a sentence and buttons above it, or a page in the place of all of these."""

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QPushButton, QTableView, QVBoxLayout, QWidget

from explorer.ui import theme
from explorer.ui.message_page import MessagePage
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.tables.model import TableModel
from explorer.ui.text import Tone, label, set_tone
from explorer.ui.themed import Themed


class TablePanel(Themed, QFrame):
    """One table.

    Attributes:
        sentence: What there is to say of it.
        table: Shows the rows; one can be selected.
        page: Says why there is none.
    """

    def __init__(self, name: str, rows: str, model: TableModel[Any, Any], page: MessagePage, height: int) -> None:
        """Make it, and lay nothing out yet.

        Args:
            name: Of the panel, for screen readers.
            rows: What its table is called, likewise.
            model: Of the table.
            page: Stands in its place.
            height: That it would like to have: room for a few rows, for the window is for the tensors.
        """
        super().__init__()
        self.setProperty("panel", True)
        self.setAccessibleName(name)
        self._model_worn = model
        self._liked = height
        self.sentence = label(wrap=True, selectable=True)
        self.table = QTableView()
        self.table.setModel(model)
        dress(self.table, rows)
        Fitting(self.table, model.heads)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.page = page
        self._head = QWidget()

    def lay_out(self, *buttons: QPushButton, between: QWidget | None = None) -> None:
        """Put the parts in their places.

        Args:
            buttons: At the right of the sentence.
            between: Stands above the table.
        """
        head = QHBoxLayout(self._head)
        head.setContentsMargins(12, 4, 8, 4)
        head.addWidget(self.sentence, 1)
        for button in buttons:
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        if between is not None:
            layout.addWidget(between)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.page, 1)
        layout.addStretch(0)
        self._begin_to_wear()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as it would like to be."""
        return QSize(super().sizeHint().width(), self._liked)

    def say(self, sentence: str, tone: Tone | None = None) -> None:
        """Say something else."""
        self.sentence.setText(sentence)
        set_tone(self.sentence, tone)

    def show_page(self, *, instead: bool, offer: bool = False, failed: bool = False) -> None:
        """Say the sentence on the page, or above the table.

        Args:
            instead: On the page.
            offer: With its button.
            failed: Something went wrong.
        """
        self._head.setHidden(instead)
        self.page.setVisible(instead)
        if instead:
            self.page.say(self.sentence.text(), offer=offer, failed=failed)

    def _wear(self) -> None:
        self._model_worn.wear(theme.current(self))
