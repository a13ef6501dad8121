"""The uppermost line of a comparison: the ways back, its title, and what can be done with both files."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from explorer.ui.text import label, set_tooltip


class ComparisonHead(QWidget):
    """One line.

    Attributes:
        back: Leads to the layers.
        back_to_run: Leads to the run that the comparison was begun from; hidden where there is none.
        swap: Has B be A.
        choose: Asks for B.
    """

    def __init__(self, export: QWidget, left: int) -> None:
        """Make it.

        Args:
            export: The button that takes the comparison elsewhere.
            left: Pixels before it.
        """
        super().__init__()
        self.back = QPushButton("‹ Layers")
        self.back_to_run = QPushButton("‹ Run")
        for button, name in ((self.back, "Back to the layers"), (self.back_to_run, "Back to the run")):
            button.setProperty("flat", True)
            button.setAccessibleName(name)
        set_tooltip(self.back_to_run, "Back to the files of the run (Ctrl+Shift+D)")
        self.back_to_run.hide()
        self.swap = QPushButton("Swap A and B")
        self.swap.setProperty("flat", True)
        self.choose = QPushButton("Compare with…")
        set_tooltip(self.choose, "Choose the second checkpoint")
        row = QHBoxLayout(self)
        row.setContentsMargins(left, 8, 8, 0)
        row.addWidget(self.back)
        row.addWidget(self.back_to_run)
        row.addWidget(label("Compare", title=True))
        row.addStretch(1)
        row.addWidget(self.swap)
        row.addWidget(export)
        row.addWidget(self.choose)
