"""The right half of the window: the panel about what is selected."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui.file_views import FileView, FileViews
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.overview.panel import OverviewPanel
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.session import Session
from explorer.ui.space.panel import SpacePanel


class Details(QStackedWidget):
    """Shows the tensor or the layer that is selected, and the file where that is, or nothing is.

    Signals:
        plot_changed: The plot of another panel is shown.
    """

    plot_changed = Signal()

    def __init__(self, session: Session, histogram: HistogramPanel, overview: OverviewPanel, space: SpacePanel) -> None:
        """Put the panels together.

        Args:
            session: Tells what is selected.
            histogram: Shows tensors, layers, and all values of a file together.
            overview: Shows a file as a column for each of its tensors.
            space: Shows where the bytes of a file are.
        """
        super().__init__()
        self._session = session
        self._histogram, self._overview, self._space = histogram, overview, space
        self._file_view: FileView = "overview"
        self._layers: Layer | None = None
        for panel in (overview, histogram, space):
            self.addWidget(panel)
        self.currentChanged.connect(self.plot_changed)
        histogram.looks.changed.connect(self.plot_changed)
        self._views = {"overview": overview.views, "histogram": histogram.bar.views, "bytes": space.views}
        for views in self._views.values():
            views.asked.connect(self.show_file_as)
        session.opened.connect(self._begin_anew)
        session.selection_changed.connect(self._show)

    @Slot(str)
    def show_file_as(self, view: FileView) -> None:
        """Choose how the file is shown, while it is."""
        had_focus = isinstance(self.focusWidget(), FileViews)
        self._file_view = view
        self._show(self._session.selected)
        if had_focus:
            self._views[view].setFocus()

    @Slot(object)
    def follow_layers(self, layers: Layer | None) -> None:
        """While nothing is selected, show what the tree shows.

        Args:
            layers: Its root; None for the whole entry.
        """
        self._layers = layers
        if layers is not None and self._session.selected is None:
            self._show(None)

    @property
    def plot_actions(self) -> ExportActions:
        """Those of the plot that is shown."""
        if self.currentWidget() is self._histogram:
            return (self._histogram.looks.shown or self._histogram).plot_actions
        return self._overview.plot_actions

    @Slot()
    def _begin_anew(self) -> None:
        self._file_view = "overview"

    @Slot(object)
    def _show(self, selected: TensorInfo | Layer | None) -> None:
        shown = (self._layers or self._session.layers) if selected is None else selected
        if self._file_view == "bytes" and (shown is None or (isinstance(shown, Layer) and shown.is_root)):
            self._overview.rest()
            self._histogram.show_values(None)
            self.setCurrentWidget(self._space)
        elif shown is None or (isinstance(shown, Layer) and shown.is_root and self._file_view == "overview"):
            self._histogram.show_values(None)
            self._overview.show_tensors(shown)
            self.setCurrentWidget(self._overview)
        else:
            self._overview.rest()
            self._histogram.show_values(shown)
            self.setCurrentWidget(self._histogram)
