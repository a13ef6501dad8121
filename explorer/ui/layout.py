"""Where everything in a window stands: remembered from one start to the next, and put back on request."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QByteArray, QObject, QRect, QSize, Qt
from PySide6.QtWidgets import QSplitter

from explorer.ui.docks import settle_tabs
from explorer.ui.settings import TreeColumns
from explorer.ui.usual import State, controls_with_usual, put, state_of, usual_of

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

_UNSORTED: Final = (-1, Qt.SortOrder.AscendingOrder)
USUAL_SIZE: Final = QSize(1280, 800)
FRAME: Final = QSize(2, 40)
"""What a desktop's own frame and title take, which is known only once the window is shown."""
_KEPT: Final = (
    *("channels/order", "compare/rows", "heatmap/by", "layer/families", "scatter/range", "spectrum/form"),
    "spectrum/log",
)
"""Choices that the settings keep for views which may not have been made yet."""


def first_size(available: QSize) -> QSize:
    """How large a window is at a first start.

    Args:
        available: What the screen has room for beside the desktop's own bars.
    """
    return USUAL_SIZE.boundedTo((available - FRAME).expandedTo(QSize(1, 1)))


@dataclass(frozen=True, slots=True)
class _Arrangement:
    """How a window stands.

    Attributes:
        size: Of the window.
        geometry: What saveGeometry says.
        docks: What saveState says.
        columns: Of the tree.
        sorting: By which of them its rows are sorted, -1 for the file's order, and which way.
        controls: What can be chosen, with what is.
        kept: Texts of the settings by their names.
    """

    size: QSize
    geometry: QByteArray
    docks: QByteArray
    columns: TreeColumns
    sorting: tuple[int, Qt.SortOrder]
    controls: list[tuple[QObject, State]]
    kept: dict[str, str]


class Layout:
    """Restores, keeps and resets the layout of one window."""

    def __init__(self, window: "MainWindow") -> None:
        """Note how a first start looks.

        Args:
            window: With all that it always has, and nothing restored yet.
        """
        self._window = window
        self._usual_docks = window.saveState()

    def restore(self) -> None:
        """Take what was kept last; nothing, and what is damaged, changes nothing."""
        window, settings = self._window, self._window.settings
        window.resize(first_size(window.screen().availableGeometry().size()))
        window.restoreGeometry(settings.layout("window"))
        self._fit()
        window.restoreState(settings.layout("docks"))
        settle_tabs(window)
        for name, splitter in self._splitters().items():
            splitter.restoreState(settings.layout(name))

    def keep(self) -> None:
        """Have the settings remember it."""
        window, settings = self._window, self._window.settings
        settings.set_layout("window", window.saveGeometry())
        settings.set_layout("docks", window.saveState())
        for name, splitter in self._splitters().items():
            settings.set_layout(name, splitter.saveState())

    def reset(self) -> None:
        """Put everything back to what a first start shows, say so, and offer to undo that."""
        window = self._window
        before = self._now()
        window.showNormal()
        window.restoreState(self._usual_docks)
        settle_tabs(window)
        usual = [(control, usual_of(control)) for control in controls_with_usual(window)]
        self._take(TreeColumns(), _UNSORTED, usual, dict.fromkeys(_KEPT, ""))
        self._resize(first_size(window.screen().availableGeometry().size()))
        self._fit()
        said = "The layout is that of a first start: window, docks, columns, order of rows, and how plots are drawn."
        window.messages.show_offer(said, {"Undo": lambda: self._undo(before)})

    def _undo(self, before: _Arrangement) -> None:
        self._window.restoreGeometry(before.geometry)
        self._window.restoreState(before.docks)
        settle_tabs(self._window)
        self._take(before.columns, before.sorting, before.controls, before.kept)
        if not self._window.isMaximized() and not self._window.isFullScreen():
            self._resize(before.size)
        self._window.status.say("The layout is as it was before.")

    def _resize(self, size: QSize) -> None:
        # What was beside the rest, and is no more, keeps the window wide until it is laid out.
        layout = self._window.layout()
        if layout is not None:
            layout.activate()
        self._window.resize(size)

    def _now(self) -> _Arrangement:
        window = self._window
        header = window.layers.tree.header()
        return _Arrangement(
            window.size(),
            window.saveGeometry(),
            window.saveState(),
            window.settings.columns,
            (header.sortIndicatorSection(), header.sortIndicatorOrder()),
            [(control, state_of(control)) for control in controls_with_usual(window)],
            {name: window.settings.kept(name) for name in _KEPT},
        )

    def _take(
        self,
        columns: TreeColumns,
        sorting: tuple[int, Qt.SortOrder],
        controls: list[tuple[QObject, State]],
        kept: dict[str, str],
    ) -> None:
        self._window.layers.columns.take(columns)
        self._window.layers.tree.sortByColumn(*sorting)
        alive = controls_with_usual(self._window)
        for control, state in controls:
            # Since then a panel may have gone.
            if any(control is each for each in alive):
                put(control, state)
        for name, text in kept.items():
            self._window.settings.keep(name, text)

    def _fit(self) -> None:
        """Stay within the screen, with the frame around it."""
        window = self._window
        if window.isMaximized() or window.isFullScreen():
            return
        room = window.screen().availableGeometry()
        size = window.size().boundedTo((room.size() - FRAME).expandedTo(window.minimumSize()))
        window.resize(size)
        around = QRect(window.pos(), size + FRAME)
        if not room.contains(around):
            left = max(room.left(), min(around.left(), room.right() + 1 - around.width()))
            top = max(room.top(), min(around.top(), room.bottom() + 1 - around.height()))
            window.move(left, top)

    def _splitters(self) -> dict[str, QSplitter]:
        return {"splitter": self._window.splitter, "layer": self._window.histogram.halves}
