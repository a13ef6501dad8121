"""How the view of Test-load is laid out: what is asked at the left, what is answered at the right."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.ui import theme
from explorer.ui.text import ElidedLabel, label
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
        self.entry = ElidedLabel()
        self.entry.setProperty("muted", True)
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
        left.addWidget(_Scrolled(asked), 1)
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


class _Scrolled(QScrollArea):
    """What is asked, which scrolls where docks leave little room; no wider than it needs."""

    def __init__(self, parts: Sequence[QWidget]) -> None:
        super().__init__()
        self._inside = inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            column.addWidget(part, int(part is parts[-1]))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.let_shine_through(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Scroll to what has the keyboard, which Qt does for Tab only."""
        if now is None or not self.isAncestorOf(now):
            return
        around = now.parentWidget()
        while around is not None:
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(now)
            around = None if around is self else around.parentWidget()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the widest field, and for the bar that scrolls."""
        wide = self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(wide, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for all of it."""
        return self._inside.sizeHint().expandedTo(self.minimumSizeHint())
