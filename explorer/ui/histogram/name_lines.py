"""The line under the name: of a tensor how it lies in its storage, of the whole file what loading it runs."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui.file_line import FileLine
from explorer.ui.histogram.storage_line import StorageLine
from explorer.ui.session import Session


class NameLines(QWidget):
    """Takes the same room whatever it says: what stands below must not jump from one tensor to the next.

    Attributes:
        storage: That of a tensor.
        file: That of the file.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Make it, saying nothing.

        Args:
            session: Tells what is open.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._shown: TensorInfo | Layer | None = None
        self._left_out = False
        self.storage = StorageLine()
        self.file = FileLine(session)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.storage)
        layout.addWidget(self.file)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as the buttons, which may be hidden."""
        height = max(button.sizeHint().height() for button in (self.storage.shared, self.file.copy))
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Likewise."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def leave_out(self, left_out: bool) -> None:
        """Leave the line out, where a plot needs its room, or show it again."""
        if left_out != self._left_out:
            self._left_out = left_out
            self.show_of(self._shown)

    def show_of(self, shown: TensorInfo | Layer | None) -> None:
        """Show the line of what is shown above: there is none of a layer."""
        self._shown = shown
        self.setVisible(not self._left_out and (not isinstance(shown, Layer) or shown.is_root))
        self.file.setVisible(isinstance(shown, Layer) and shown.is_root)
