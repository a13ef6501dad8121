"""Which table of a tensor is looked at: the axes that run down and across, and the index along each other one."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.checkpoint.values.planes import Plane, first_plane, tiled_plane
from explorer.formatting import exact
from explorer.ui import theme
from explorer.ui.text import label, set_tooltip
from explorer.ui.vertical_scrolling import scroll_up_and_down

_ROWS_SHOWN: Final = 3
"""Axes with an index of their own that are seen at once; one scrolls to the others."""
_MOST_INDEX: Final = 2**31 - 1
"""Of a slider and a field; an axis with more is looked at up to it."""


class PlaneBar(QFrame):
    """Hidden for tensors of up to two dimensions, which are tables already.

    Signals:
        changed: Another `Plane` was chosen.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plane = first_plane(())
        self.setProperty("bar", True)
        self.down, self.across = _axis_box("Axis down"), _axis_box("Axis across")
        self.tiles = QPushButton("Filters")
        self.tiles.setCheckable(True)
        self.tiles.setProperty("flat", True)
        self.spins: dict[int, QSpinBox] = {}
        self._area = QScrollArea()
        scroll_up_and_down(self._area)
        row = QHBoxLayout()
        row.setSpacing(6)
        for caption, box in (("Down", self.down), ("Across", self.across)):
            row.addWidget(label(caption, muted=True))
            row.addWidget(box)
        row.addStretch(1)
        row.addWidget(self.tiles)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._area)
        self.down.activated.connect(self._choose_down)
        self.across.activated.connect(self._choose_across)
        self.tiles.clicked.connect(self._tile)
        self.hide()

    @property
    def plane(self) -> Plane:
        """What is chosen."""
        return self._plane

    def show_plane(self, plane: Plane) -> None:
        """Show a table of another tensor, or another of the same; nothing is emitted."""
        self._plane = plane
        self.setVisible(len(plane.shape) > 2)
        for box, axes in ((self.down, plane.down), (self.across, plane.across)):
            with QSignalBlocker(box):
                box.clear()
                for axis, size in enumerate(plane.shape):
                    box.addItem(f"Axis {axis} · {exact(size)}", axis)
                if len(axes) != 1:
                    box.addItem(f"Axes {', '.join(map(str, axes))}" if axes else "None", None)
                box.setCurrentIndex(axes[0] if len(axes) == 1 else len(plane.shape))
        tiled = tiled_plane(plane.shape)
        self.tiles.setEnabled(tiled is not None)
        self.tiles.setChecked(tiled is not None and (plane.down, plane.across) == (tiled.down, tiled.across))
        set_tooltip(
            self.tiles,
            "Every filter side by side: output channels down, input channels across."
            if tiled is not None
            else "The tensor holds no filters of more than one element.",
        )
        self._make_indices()

    def _make_indices(self) -> None:
        grid_widget = QWidget()
        grid = QGridLayout(grid_widget)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        grid.setColumnStretch(1, 1)
        self.spins = {}
        for row, axis in enumerate(self._plane.fixed):
            last = min(self._plane.shape[axis] - 1, _MOST_INDEX)
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(0, last)
            slider.setValue(self._plane.at[axis])
            slider.setAccessibleName(f"Index along axis {axis}, slider")
            spin = QSpinBox(minimum=0, maximum=last, value=self._plane.at[axis])
            spin.setAccessibleName(f"Index along axis {axis}")
            spin.setKeyboardTracking(False)
            slider.valueChanged.connect(spin.setValue)
            spin.valueChanged.connect(slider.setValue)
            spin.valueChanged.connect(self._choose_index)
            grid.addWidget(label(f"Axis {axis} at", muted=True), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(spin, row, 2)
            grid.addWidget(label(f"of {exact(self._plane.shape[axis])}", muted=True), row, 3)
            self.spins[axis] = spin
        self._area.setWidget(grid_widget)
        theme.let_shine_through(self._area)
        rows = min(len(self.spins), _ROWS_SHOWN)
        hint = grid_widget.sizeHint().height()
        self._area.setFixedHeight(hint * rows // max(len(self.spins), 1))
        self._area.setVisible(bool(rows))

    @Slot()
    def _choose_index(self) -> None:
        at = list(self._plane.at)
        for axis, spin in self.spins.items():
            at[axis] = spin.value()
        self._plane = self._plane.through(tuple(at))
        self.changed.emit(self._plane)

    @Slot()
    def _choose_down(self) -> None:
        axis = self.down.currentData()
        if axis is not None:
            self._change(self._plane.with_down(axis))

    @Slot()
    def _choose_across(self) -> None:
        axis = self.across.currentData()
        if axis is not None:
            self._change(self._plane.with_across(axis))

    @Slot()
    def _tile(self) -> None:
        tiled = tiled_plane(self._plane.shape)
        if tiled is not None and self.tiles.isChecked():
            self._change(Plane(tiled.shape, tiled.down, tiled.across, self._plane.at))
        else:
            self._change(Plane(self._plane.shape, (0,), (1,), self._plane.at))

    def _change(self, plane: Plane) -> None:
        self.show_plane(plane)
        self.changed.emit(plane)


def _axis_box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return box
