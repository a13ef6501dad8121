"""The bar above the plot: which values are drawn, in how many bins, on which axes."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.file_views import FileViews
from explorer.ui.histogram.plot_actions import PlotActions
from explorer.ui.plots.export_actions import export_button, menu_button
from explorer.ui.plots.plot_body import choice
from explorer.ui.settings import FEWEST_BINS, MOST_BINS, HistogramChoices
from explorer.ui.text import ElidedLabel, set_tooltip
from explorer.ui.usual import set_usual

_SHORT = {"linear": "linear", "log": "log", "symlog": "sym. log"}


_ROOM_FOR_TITLE: Final = 540
"""Width of the bar, in pixels, in which the word stands beside all controls."""


class HistogramBar(QFrame):
    """Holds the choices.

    Signals:
        recount: Another range, number of bins or axis was chosen.
        redraw: The same counts are to be drawn otherwise.
    """

    recount = Signal()
    redraw = Signal()

    def __init__(self, actions: PlotActions, choices: HistogramChoices, parent: QWidget | None = None) -> None:
        """Make the bar.

        Args:
            actions: Some of which it shows.
            choices: What is chosen at first.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.setProperty("bar", True)
        self._actions = actions
        self.full = choice("Full range", "Range from the smallest to the largest value.")
        self.robust = choice("Robust", "Range without the outermost 0.5 % on each side.")
        self.log = choice("Log y", "Logarithmic axis of counts, or of densities.")
        ranges = QButtonGroup(self)
        ranges.addButton(self.robust)
        ranges.addButton(self.full)
        self.bins = QSpinBox(minimum=FEWEST_BINS, maximum=MOST_BINS, suffix=" bins")
        self.bins.setKeyboardTracking(False)
        self.bins.setAccessibleName("Bins")
        self.axes = menu_button("x: linear", actions.looks())
        self.pin = choice("Pin", "Keep this as an outline, and lay what is selected next over it.", checkable=False)
        self.export = export_button(actions)
        self._set(choices)
        self._say_usual()
        self._connect()
        self.views = FileViews("histogram")
        # It gives way before the figure in the field beside it does.
        self._title = ElidedLabel("Histogram", mode=Qt.TextElideMode.ElideRight)
        self.bins.setMinimumWidth(self.bins.sizeHint().width())
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(4)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(self._title, 1)
        for control in self.controls()[1:]:
            row.addWidget(control)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.views)
        layout.addLayout(row)
        self.show_views(shown=False)
        self.show_state(frozen=False)

    def show_views(self, *, shown: bool) -> None:
        """Have the switch to the file's other view for a title, or the word."""
        self.views.setVisible(shown)
        self._title.setVisible(not shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Do without the word where there is no room for it."""
        super().resizeEvent(event)
        self._show_title()

    def _show_title(self) -> None:
        self._title.setText("Histogram" if self.width() >= _ROOM_FOR_TITLE else "")

    @property
    def choices(self) -> HistogramChoices:
        """What is chosen."""
        return HistogramChoices(
            robust=self.robust.isChecked(),
            bins=self.bins.value(),
            axis=self._actions.axis,
            density=self._actions.density.isChecked(),
            log=self.log.isChecked(),
        )

    def controls(self) -> list[QWidget]:
        """What takes the keyboard, from left to right."""
        return [self.views, self.full, self.robust, self.log, self.bins, self.axes, self.pin, self.export]

    def show_state(self, *, frozen: bool) -> None:
        """Have every control say what is chosen, and whether that can be changed now."""
        for control in (self.robust, self.full, self.log, self.bins):
            control.setEnabled(not frozen)
        caption = "x: frozen" if frozen else f"x: {_SHORT[self._actions.axis]}"
        self.axes.setText(f"{caption} ▾")
        self.axes.setAccessibleName(caption)
        set_tooltip(self.axes, "The axes are frozen." if frozen else "The axes: linear or not, counts or densities.")
        self.pin.setEnabled(self._actions.pin.isEnabled())

    def _set(self, choices: HistogramChoices) -> None:
        (self.robust if choices.robust else self.full).setChecked(True)
        self.log.setChecked(choices.log)
        self.bins.setValue(choices.bins)
        self._actions.axes[choices.axis].setChecked(True)
        self._actions.density.setChecked(choices.density)

    def _say_usual(self) -> None:
        usual = HistogramChoices()
        for control, state in (
            *(
                (self.robust, usual.robust),
                (self.full, not usual.robust),
                (self.log, usual.log),
                (self.bins, usual.bins),
            ),
            *((action, kind == usual.axis) for kind, action in self._actions.axes.items()),
            *((self._actions.density, usual.density), (self._actions.freeze, False)),
        ):
            set_usual(control, state)

    def _connect(self) -> None:
        self.robust.toggled.connect(self.recount)
        self.bins.valueChanged.connect(self.recount)
        self.log.toggled.connect(self.redraw)
        self._actions.density.toggled.connect(self.redraw)
        for action in self._actions.axes.values():
            action.triggered.connect(self.recount)
        self.pin.clicked.connect(self._actions.pin.trigger)
