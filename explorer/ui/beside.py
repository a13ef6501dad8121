"""A tensor that is kept in view with what is selected, looked at in the same way."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QToolButton

from explorer.checkpoint.document import TensorInfo
from explorer.formatting import UNNAMED, visible
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.histogram.reading import open_blocks, read_sample
from explorer.ui.looks import Looks
from explorer.ui.text import label, set_tooltip
from explorer.ui.vertical_scrolling import scroll_up_and_down
from explorer.ui.window_tables import take_values

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

WIDE: Final = 980
"""Pixels from which on both stand side by side, the kept one on the left; else it stands below."""
_LOW: Final = 120
"""Pixels that the kept one has at least, below the other."""
_BRIEF: Final = 340
"""Pixels below which its name and its plot are all that there is room for."""
_BOTH_LOW: Final = 480
"""Pixels of both together below which each line counts."""


class _KeptArea(QScrollArea):
    """What is kept: brief where there is little room, and scrolled where there is less."""

    def __init__(self, panel: HistogramPanel) -> None:
        super().__init__()
        self._panel = panel
        scroll_up_and_down(self)
        self.setMinimumHeight(_LOW)
        self.setWidget(panel)
        # A scroll area is as narrow as its user wants it; what is in it would be cut.
        self.setMinimumWidth(panel.minimumSizeHint().width())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._panel.be_brief(self.height() < _BRIEF)


class Beside(QSplitter):
    """Holds the details of what is selected, and those of a kept tensor, made when one is first kept.

    Attributes:
        action: Keeps the selected tensor in view, or closes the kept one; checked while there is one.
        button: The same, beside the name of what is selected, while nothing is kept.
        close_button: Closes the kept one, beside its name; None before there is one.
        kept: The panel of the kept tensor; None before there is one.
    """

    def __init__(self, window: "MainWindow") -> None:
        """Hold the details of a window.

        Args:
            window: With its details made.
        """
        super().__init__(Qt.Orientation.Vertical)
        self._window = window
        self.kept: HistogramPanel | None = None
        self.close_button: QToolButton | None = None
        self._area: QScrollArea | None = None
        self._tensor: TensorInfo | None = None
        self.setHandleWidth(6)
        self.setChildrenCollapsible(False)
        self.addWidget(window.details)
        self.action = QAction("Keep in &view", self, checkable=True)
        self.action.setShortcut(QKeySequence("Ctrl+B"))
        self.action.toggled.connect(self._toggle)
        self.button = self._make_button("Keep in view")
        window.histogram.head.add_beside(self.button)
        window.histogram.looks.views.chosen.connect(self._follow)
        window.session.opened.connect(self._close)
        window.session.selection_changed.connect(self._tell)
        self._tell()

    def _make_button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setAccessibleName(name)
        button.setDefaultAction(self.action)
        button.setProperty("flat", True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    @property
    def tensor(self) -> TensorInfo | None:
        """The kept tensor; None for none."""
        return None if self._area is None or self._area.isHidden() else self._tensor

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for one of them: keeping a tensor in view makes no window larger."""
        parts = [part.minimumSizeHint() for part in (self._window.details, self.kept) if part is not None]
        return QSize(max(part.width() for part in parts), parts[0].height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Stand side by side where there is room."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _close(self) -> None:
        # It is from the file that was open before, which may be gone by now.
        self.action.setChecked(False)

    @Slot(bool)
    def _toggle(self, keep: bool) -> None:
        tensor = self._window.session.tensor
        if not keep:
            if self.kept is not None and self._area is not None:
                self._area.hide()
                self.kept.show_values(None)
                self._arrange()
        elif tensor is None:
            self.action.setChecked(False)
        else:
            self._show(tensor)
        self._tell()

    def _show(self, tensor: TensorInfo) -> None:
        panel, area = self.kept, self._area
        if panel is None or area is None:
            panel = self.kept = self._make_panel()
            area = self._area = _KeptArea(panel)
            self.addWidget(area)
        self._tensor = tensor
        panel.looks.views.choose(self._window.histogram.looks.views.view)
        panel.show_values(tensor)
        area.show()
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
        made.setAccessibleName("Values of the tensor that is kept in view")
        made.measured.connect(window.measurements.keep)
        made.looks.follows = True
        made.head.add_beside(label("kept in view", muted=True))
        self.close_button = self._make_button("Close what is kept in view")
        made.head.add_beside(self.close_button)
        return made

    def _arrange(self) -> None:
        wide = self.width() >= WIDE
        self.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        # Below the name of what is selected there is mostly nothing to see.
        low = not wide and self.tensor is not None and self.height() < _BOTH_LOW
        self._window.histogram.lines.leave_out(low)
        if self._area is not None and (self.indexOf(self._area) == 0) != wide:
            self.insertWidget(0 if wide else 1, self._area)

    @Slot(str)
    def _follow(self) -> None:
        if self.kept is not None and self.tensor is not None:
            self.kept.looks.views.choose(self._window.histogram.looks.views.view)

    @Slot()
    def _tell(self) -> None:
        """Have the entry say what it does now."""
        kept, selected = self.tensor, self._window.session.tensor
        self.action.setText("Keep in &view" if kept is None else "Close what is kept in &view")
        # What the buttons say, which have little room.
        self.action.setIconText("Keep in view" if kept is None else "Close")
        self.button.setVisible(kept is None)
        self.action.setEnabled(kept is not None or selected is not None)
        said = "Select a tensor first."
        if kept is not None:
            said = f"Close {visible(kept.key) or UNNAMED}, which is kept in view."
        elif selected is not None:
            said = "Keep this tensor in view with those that are selected next."
        self.action.setStatusTip(said)
        set_tooltip(self.action, said)
