"""The right half of the window: the panel about what is selected."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui.file_views import FileView, FileViews
from explorer.ui.histogram.panel import TensorPanel
from explorer.ui.layer.panel import LayerPanel
from explorer.ui.overview.panel import OverviewPanel
from explorer.ui.session import Session
from explorer.ui.space.panel import SpacePanel


class Details(QStackedWidget):
    """Shows the tensor or the layer that is selected, and the file where that is, or nothing is."""

    def __init__(
        self, session: Session, tensor: TensorPanel, layer: LayerPanel, overview: OverviewPanel, space: SpacePanel
    ) -> None:
        """Put the panels together.

        Args:
            session: Tells what is selected.
            tensor: Follows the session by itself.
            layer: Shows layers, and all values of a file in one histogram.
            overview: Shows a file as a column for each of its tensors.
            space: Shows where the bytes of a file are.
        """
        super().__init__()
        self._session = session
        self._tensor, self._layer, self._overview, self._space = tensor, layer, overview, space
        self._file_view: FileView = "overview"
        for panel in (overview, tensor, layer, space):
            self.addWidget(panel)
        for views in (overview.views, layer.views, space.views):
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
            views = {"overview": self._overview.views, "histogram": self._layer.views, "bytes": self._space.views}
            views[view].setFocus()

    @Slot()
    def _begin_anew(self) -> None:
        self._file_view = "overview"

    @Slot(object)
    def _show(self, selected: TensorInfo | Layer | None) -> None:
        shown = self._session.layers if selected is None else selected
        layer = shown if isinstance(shown, Layer) and self._is_for_layer(shown) else None
        self._layer.show_layer(layer)
        if isinstance(shown, TensorInfo):
            self._overview.rest()
            self.setCurrentWidget(self._tensor)
        elif layer is not None:
            self._overview.rest()
            self.setCurrentWidget(self._layer)
        elif self._file_view == "bytes":
            self._overview.rest()
            self.setCurrentWidget(self._space)
        else:
            self._overview.show_tensors(shown)
            self.setCurrentWidget(self._overview)

    def _is_for_layer(self, layer: Layer) -> bool:
        return not layer.is_root or self._file_view == "histogram"
