"""Asks whether a model file may run, where that was not agreed to before."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.loading.model_file import ModelSource
from explorer.ui import theme
from explorer.ui.text import label

MEANING = (
    "Testing runs this file's Python code, as you, with your files and network. It runs in a process of its own, which "
    "contains accidents; it is no protection against a file that means harm. Agree only to a file that you trust."
)


class Question(QWidget):
    """The file's whole path, its size and text, what running it means, and two buttons.

    Signals:
        answered: Whether it may run.
    """

    answered = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("Run this file?", title=True)
        self._path = label(selectable=True, wrap=True)
        self._size = label(muted=True)
        self._lines = QPlainTextEdit(readOnly=True)
        self._lines.setFont(theme.fixed_font())
        self._lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._lines.setAccessibleName("The file")
        self.run = QPushButton("Run")
        self.refuse = QPushButton("Don't run")
        self.run.clicked.connect(lambda: self.answered.emit(True))
        self.refuse.clicked.connect(lambda: self.answered.emit(False))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.run)
        buttons.addWidget(self.refuse)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        for part in (self._title, self._path, self._size, label(MEANING, wrap=True)):
            layout.addWidget(part)
        layout.addWidget(self._lines, 1)
        layout.addLayout(buttons)

    def ask(self, source: ModelSource) -> None:
        """Show a file.

        Args:
            source: As it was read; what runs is checked to be the same.
        """
        self._path.setText(formatting.visible(str(source.path), 1000))
        lines = formatting.plural(source.lines, "line")
        size = f"{lines}, all shown below · {formatting.nbytes(source.nbytes)}"
        self._size.setText(f"{size} · SHA-256 {source.sha256[:16]}…")
        self._lines.setPlainText(source.text)
        # Return must not agree by accident.
        self.refuse.setFocus()
