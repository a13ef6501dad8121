"""A tensor that stays beside what is selected, looked at in the same way."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QSplitter, QToolButton

from explorer.checkpoint.document import TensorInfo
from explorer.formatting import UNNAMED, visible
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.histogram.reading import open_blocks, read_sample
from explorer.ui.looks import Looks
from explorer.ui.tables.linking import take_values
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

WIDE: Final = 980
"""Pixels from which on both stand side by side, the pinned one on the left; else it stands below."""


class Beside(QSplitter):
    """Holds the details of what is selected, and those of a pinned tensor, made when one is first pinned.

    Attributes:
        action: Pins the selected tensor, or unpins the pinned one; checked while one is.
        button: The same, beside the name of what is selected.
        pinned: The panel of the pinned tensor; None before there is one.
    """

    def __init__(self, window: "MainWindow") -> None:
        """Hold the details of a window.

        Args:
            window: With its details made.
        """
        super().__init__(Qt.Orientation.Vertical)
        self._window = window
        self.pinned: HistogramPanel | None = None
        self._tensor: TensorInfo | None = None
        self.setHandleWidth(6)
        self.setChildrenCollapsible(False)
        self.addWidget(window.details)
        self.action = QAction("Pin &beside", self, checkable=True)
        self.action.setShortcut(QKeySequence("Ctrl+B"))
        self.action.toggled.connect(self._toggle)
        self.button = self._make_button()
        window.histogram.head.add_beside(self.button)
        window.histogram.looks.views.chosen.connect(self._follow)
        window.session.opened.connect(self._unpin)
        window.session.selection_changed.connect(self._tell)
        self._tell()

    def _make_button(self) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self.action)
        button.setProperty("flat", True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName("Pin beside")
        return button

    @property
    def tensor(self) -> TensorInfo | None:
        """The pinned tensor; None for none."""
        return None if self.pinned is None or self.pinned.isHidden() else self._tensor

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for one above the other: where there is no more, that is how they stand."""
        hint = super().minimumSizeHint()
        if self.orientation() == Qt.Orientation.Horizontal:
            hint.setWidth(
                max(part.minimumSizeHint().width() for part in (self._window.details, self.pinned) if part is not None)
            )
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Stand side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _unpin(self) -> None:
        # It is from the file that was open before, which may be gone by now.
        self.action.setChecked(False)

    @Slot(bool)
    def _toggle(self, pin: bool) -> None:
        tensor = self._window.session.tensor
        if not pin:
            if self.pinned is not None:
                self.pinned.hide()
                self.pinned.show_values(None)
        elif tensor is None:
            self.action.setChecked(False)
        else:
            self._show(tensor)
        self._tell()

    def _show(self, tensor: TensorInfo) -> None:
        panel = self.pinned
        if panel is None:
            panel = self.pinned = self._make_panel()
            self.addWidget(panel)
        self._tensor = tensor
        panel.looks.views.choose(self._window.histogram.looks.views.view)
        panel.show_values(tensor)
        panel.show()
        self._arrange()
        half = max(self.width(), self.height())
        self.setSizes([half, half])

    def _make_panel(self) -> HistogramPanel:
        window = self._window
        looks = Looks(window.session, window.settings, window.measurements, self, window.looks)
        looks.spectrum_computed.connect(window.looks.spectrum_computed)
        reading = (window.statistics_jobs, open_blocks, read_sample)
        made = HistogramPanel(window.session, *reading, window.settings, window.measurements, looks.by_view())
        take_values(window.tables, looks.values)
        made.setAccessibleName("Values of the pinned tensor")
        made.measured.connect(window.measurements.keep)
        made.looks.follows = True
        made.head.add_beside(self._make_button())
        return made

    def _arrange(self) -> None:
        wide = self.width() >= WIDE
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        if self.pinned is not None and (self.indexOf(self.pinned) == 0) != wide:
            self.insertWidget(0 if wide else 1, self.pinned)

    @Slot(str)
    def _follow(self) -> None:
        if self.pinned is not None and self.tensor is not None:
            self.pinned.looks.views.choose(self._window.histogram.looks.views.view)

    @Slot()
    def _tell(self) -> None:
        """Have the entry say what it does now."""
        pinned, selected = self.tensor, self._window.session.tensor
        self.action.setText("Pin &beside" if pinned is None else "Unpin &beside")
        # What the buttons say, which have little room.
        self.action.setIconText("Pin beside" if pinned is None else "Unpin")
        self.action.setEnabled(pinned is not None or selected is not None)
        said = "Select a tensor first."
        if pinned is not None:
            said = f"Take {visible(pinned.key) or UNNAMED} away again."
        elif selected is not None:
            said = "Keep this tensor in view beside those that are selected next."
        self.action.setStatusTip(said)
        set_tooltip(self.action, said)
