"""The switch between the ways to look at a tensor, and what each of them can do."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NamedTuple, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from explorer.checkpoint.document import TensorInfo
from explorer.ui.plots.export_actions import ExportActions

TensorView = Literal["histogram", "heatmap", "values", "channels", "spectrum"]

VIEWS: Final[dict[TensorView, str]] = {
    "histogram": "Histogram",
    "heatmap": "Heat map",
    "values": "Values",
    "channels": "Channels",
    "spectrum": "Spectrum",
}
"""What they are called."""
IN_MENUS: Final[dict[TensorView, str]] = {
    "histogram": "&Histogram",
    "heatmap": "Heat &map",
    "values": "&Values",
    "channels": "&Channels",
    "spectrum": "&Spectrum",
}
"""The same as entries of a menu."""


class Place(NamedTuple):
    """Where in a tensor something is.

    Attributes:
        at: The index of a value, along each dimension of the stored values.
        axis: The dimension whose index there is the channel that it is about.
    """

    at: tuple[int, ...]
    axis: int = 0


def nothing_to_see(tensor: TensorInfo) -> str:
    """Why no value of a tensor can be shown, as a sentence; "" where some can."""
    kind = tensor.kind
    if kind.problem is not None:
        return kind.problem
    if kind.numel == 0:
        return "It has no elements."
    return "" if kind.stored_numel else "It stores no values: every element is 0."


class TensorLook(QWidget):
    """A way to look at a tensor, for what derives from it.

    Attributes:
        plot_actions: Take what is shown elsewhere.

    Signals:
        place_asked: A place is to be shown in another view: a `TensorView`, and an index of the tensor.
    """

    place_asked = Signal(str, object)

    plot_actions: ExportActions

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        raise NotImplementedError

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place."""
        raise NotImplementedError

    def show_place(self, place: Place) -> None:
        """Bring a place of the tensor into view; nothing where no places are told apart."""

    def go_to(self, index: tuple[int, ...]) -> None:
        """Bring a value of the tensor into view, and take the keyboard there."""
        self.show_place(Place(index))


class LazyLook(TensorLook):
    """One that is made when it is first to show something: most windows need few of them."""

    def __init__(self, make: Callable[[], TensorLook], actions: ExportActions) -> None:
        """Make nothing yet.

        Args:
            make: Makes it, with these actions.
            actions: Take what it shows elsewhere.
        """
        super().__init__()
        self._make = make
        self._made: TensorLook | None = None
        self.plot_actions = actions

    @property
    def made(self) -> TensorLook:
        """The look itself."""
        if self._made is None:
            self._made = self._make()
            self._made.place_asked.connect(self.place_asked)
            layout = QVBoxLayout(self)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(self._made)
        return self._made

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        return self._made is not None and self._made.busy

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place."""
        if tensor is not None or self._made is not None:
            self.made.show_tensor(tensor)

    def show_place(self, place: Place) -> None:
        """Bring a place of the tensor into view."""
        self.made.show_place(place)

    def go_to(self, index: tuple[int, ...]) -> None:
        """Bring a value of the tensor into view, and take the keyboard there."""
        self.made.go_to(index)


class TensorViews(QTabBar):
    """Stands above whatever it chooses, and keeps its choice from one tensor to the next.

    Signals:
        chosen: Another `TensorView` is to be shown.
    """

    chosen = Signal(str)

    def __init__(self, views: Iterable[TensorView], parent: QWidget | None = None) -> None:
        """Make the switch; the first view is chosen.

        Args:
            views: That there are, from left to right.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._views = list(views)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setAccessibleName("Views of the tensor")
        for view in self._views:
            self.addTab(VIEWS[view])
        self.currentChanged.connect(lambda _index: self.chosen.emit(self.view))

    @property
    def view(self) -> TensorView:
        """What is chosen."""
        return self._views[self.currentIndex()]

    def choose(self, view: TensorView) -> None:
        """Choose a view, as a click on it does."""
        self.setCurrentIndex(self._views.index(view))


class OtherLooks(QStackedWidget):
    """Shows a tensor in the place of its histogram, when that is chosen.

    Attributes:
        views: The switch, to be laid out elsewhere.
        follows: Another switch chooses for it: its own is not shown.

    Signals:
        changed: Another look is shown, or none any more.
    """

    changed = Signal()

    def __init__(self, looks: Mapping[TensorView, TensorLook]) -> None:
        """Make it, hidden.

        Args:
            looks: Those that there are.
        """
        super().__init__()
        self._looks = looks
        self._tensor: TensorInfo | None = None
        self._place = Place(())
        self._to_go: set[TensorLook] = set()
        self.views = TensorViews(("histogram", *looks))
        for look in looks.values():
            self.addWidget(look)
            look.place_asked.connect(self._go_to)
        self.follows = False
        self.views.setVisible(False)
        self.setVisible(False)

    @property
    def shown(self) -> TensorLook | None:
        """What shows the tensor; None while its histogram does, or there is none."""
        return None if self._tensor is None else self._looks.get(self.views.view)

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        return self.shown is not None and self.shown.busy

    def show_tensor(self, tensor: TensorInfo | None) -> TensorLook | None:
        """Show a tensor by what is chosen.

        Args:
            tensor: None where a layer or nothing is shown.

        Returns:
            What shows it; None for its histogram.
        """
        if tensor != self._tensor:
            self._to_go.clear()
        self._tensor = tensor
        look = self.shown
        self.views.setVisible(tensor is not None and bool(self._looks) and not self.follows)
        for each in self._looks.values():
            each.show_tensor(tensor if each is look else None)
        if look is not None:
            self.setCurrentWidget(look)
        self.setVisible(look is not None)
        self._go()
        self.changed.emit()
        return look

    def show_place(self, place: Place, view: TensorView | None = None) -> None:
        """Have each look go to a place of the tensor: the one that is shown at once, others when they are next.

        Args:
            place: In the tensor that is shown.
            view: Choose this one first; None keeps what is chosen.
        """
        self._place, self._to_go = place, set(self._looks.values())
        if view is not None:
            self.views.choose(view)
        self._go()

    def _go(self) -> None:
        look = self.shown
        if look is not None and look in self._to_go:
            self._to_go.discard(look)
            look.show_place(self._place)

    @Slot(str, object)
    def _go_to(self, view: str, index: tuple[int, ...]) -> None:
        found = cast("TensorView", view)
        self.views.choose(found)
        self._to_go.discard(self._looks[found])
        self._looks[found].go_to(index)
