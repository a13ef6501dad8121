"""The plot of channels with the figures of the one that is selected below it; takes both elsewhere."""

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from explorer.formatting import NOTHING, figure
from explorer.tasks.jobs import Jobs
from explorer.ui.channels.plot import ChannelsPlot
from explorer.ui.channels.words import GRID, about_channel, about_span, legend, notes, one_of
from explorer.ui.channels.work import Found, table
from explorer.ui.figures_grid import FiguresGrid
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import MakeTable, PlotView
from explorer.ui.plots.span_plot import Span
from explorer.ui.settings import Settings
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.checkpoint.document import TensorInfo

_COLUMNS: Final = 6
_READ_LINES: Final = 3
_LOW: Final = 300
"""Pixels below which there is no room for all figures."""
_BRIEFLY: Final = ("min", "median", "max", "norm")
"""Those that are told then."""


class ChannelsView(PlotView):
    """Draws channels, keeps one of them selected, and reads it out, or the one under the mouse.

    Signals:
        place_asked: The selected channel is to be shown elsewhere: a `TensorView`, and the index of its first value.
    """

    place_asked = Signal(str, object)

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            jobs: Write tables.
        """
        super().__init__("channels", actions, settings, jobs=jobs)
        self._found: Found | None = None
        self._order: NDArray[np.int64] | None = None
        self._by = "index"
        self.channel: int | None = None
        self.plot = ChannelsPlot()
        self.grid = FiguresGrid(GRID, _COLUMNS)
        self.shows: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        row.addWidget(self.readout, 1)
        # Two buttons stand beside it.
        self.readout.keep(_READ_LINES)
        for view, name in (("heatmap", "heat map"), ("values", "values")):
            button = self.shows[view] = QPushButton(f"Show in {name}")
            button.setProperty("flat", True)
            button.clicked.connect(partial(self._ask_for_place, view))
            row.addWidget(button)
        self.plot.pointed.connect(self._read_out)
        self.plot.selected.connect(self._select)
        self.plot.zoomed_in.connect(self.tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addLayout(row)
        layout.addWidget(self.grid)
        layout.addWidget(self.notes)

    def draw(self, found: Found, order: "NDArray[np.int64]", by: str) -> None:
        """Draw channels; the one that is selected stays so.

        Args:
            found: At least one.
            order: In which they stand.
            by: What that order is by, in a word.
        """
        self.begin_words()
        self._found, self._order, self._by = found, order, by
        self.plot.show_channels(found.channels, order, found.marks)
        if self.channel is not None:
            # Not np.nonzero: this module does without NumPy.
            self.plot.select(order.tolist().index(self.channel))
        self._read_out(None)
        self.tell()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leave out the grid where there is little room: the plot needs it."""
        super().resizeEvent(event)
        if self.grid.isHidden() == (self.height() >= _LOW):
            self.grid.setVisible(self.height() >= _LOW)
            self._read_out(None)

    def clear(self) -> None:
        """Draw nothing, and select nothing."""
        self._found, self._order, self.channel = None, None, None
        self.plot.clear()
        self._read_out(None)
        self.begin_words()
        self.tell()

    def drawn(self) -> ChannelsPlot | None:
        """The plot, while something is drawn on it."""
        return None if self._found is None else self.plot

    @property
    def tensor(self) -> "TensorInfo | None":
        """Whose channels are drawn."""
        return None if self._found is None else self._found.subject.tensor

    def name(self) -> str:
        """The key of the tensor."""
        return "" if self.tensor is None else self.tensor.key

    def below(self) -> list[str]:
        """The selected channel, what is drawn, and what is worth knowing."""
        found = self._found
        if found is None:
            return []
        selected = [] if self.channel is None else [about_channel(found, self.channel)]
        return [*selected, legend(self.plot), " · ".join(self.facts())]

    def facts(self) -> list[str]:
        """What deserves a look, and how channels are ordered."""
        return [] if self._found is None else notes(self._found, self._by, self.plot)

    def make_table(self) -> MakeTable | None:
        """A line for each channel."""
        if self._found is None or self._order is None:
            return None
        return partial(table, self._found, self._order)

    @Slot(int)
    def _select(self, place: int) -> None:
        if self._order is not None:
            self.channel = int(self._order[place])
            self._read_out(None)

    @Slot(object)
    def _read_out(self, span: Span | None) -> None:
        """Read out the column under the mouse, else the selected channel."""
        found, order, channel = self._found, self._order, self.channel
        said = "" if found is None else legend(self.plot)
        if found is not None and order is not None and span is not None:
            said = about_span(found, order, span)
            channel = int(order[span.first]) if span.end - span.first == 1 else None
        elif found is not None and channel is not None:
            said = f"selected: {about_channel(found, channel)}"
        self._show_figures(None if found is None else channel)
        described = [f"{caption} {self.grid.text_of(caption)}" for caption in GRID] if channel is not None else []
        if described and self.grid.isHidden():
            told = [f"{caption} {self.grid.text_of(caption)}" for caption in _BRIEFLY]
            said = " · ".join([said.split(" · ")[0], *told, *said.split(" · ")[1:]])
        self.readout.setText(said)
        self.plot.setAccessibleDescription(" · ".join([said, *described]))
        word = "channel" if found is None else one_of(found.subject.tensor.kind, found.channels.axis)
        for view, button in self.shows.items():
            button.setEnabled(self.channel is not None)
            where = "heat map" if view == "heatmap" else "values"
            tip = (
                f"Go to the selected {word} in the {where}." if self.channel is not None else f"Select a {word} first."
            )
            set_tooltip(button, tip)

    def _show_figures(self, channel: int | None) -> None:
        if channel is None or self._found is None:
            self.grid.clear()
            return
        for caption, value in zip(GRID, self._found.channels.figures[channel].tolist(), strict=True):
            known = not math.isnan(value)
            self.grid.say(caption, figure(value) if known else NOTHING, repr(value) if known else "")

    def _ask_for_place(self, view: str) -> None:
        if self._found is not None and self.channel is not None:
            index = [0] * len(self._found.subject.tensor.kind.stored_shape)
            index[self._found.channels.axis] = self.channel
            self.place_asked.emit(view, tuple(index))
