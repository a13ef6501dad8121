"""How the view of Test-load is laid out: what is asked at the left, what is answered at the right."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from explorer.ui.text import label
from explorer.ui.usual import set_usual_sizes


class Halves(QSplitter):
    """Two halves beside each other."""

    def __init__(self, asked: Sequence[QWidget], answers: Sequence[QWidget], progress: QWidget) -> None:
        """Lay parts out.

        Args:
            asked: One below the other; the last takes what room there is.
            answers: One at a time.
            progress: Below the answers.
        """
        super().__init__(Qt.Orientation.Horizontal)
        self.back = QPushButton("‹ Layers")
        self.back.setProperty("flat", True)
        self.back.setAccessibleName("Back to the layers")
        self.entry = label(muted=True)
        self.body = QStackedWidget()
        for part in answers:
            self.body.addWidget(part)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 0)
        head.addWidget(self.back)
        head.addWidget(label("Test-load", title=True))
        head.addStretch(1)
        head.addWidget(self.entry)
        left = self._add_half()
        left.addLayout(head)
        for part in asked:
            left.addWidget(part, int(part is asked[-1]))
        right = self._add_half()
        right.addWidget(self.body, 1)
        right.addWidget(progress)
        self.setHandleWidth(6)
        set_usual_sizes(self, [430, 830])

    def _add_half(self) -> QVBoxLayout:
        half = QFrame()
        half.setProperty("panel", True)
        column = QVBoxLayout(half)
        column.setContentsMargins(0, 0, 0, 0)
        self.addWidget(half)
        return column
