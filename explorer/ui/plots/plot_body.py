"""What every panel with a plot has: choices above it, a sentence in its place, and how far its work is."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from explorer.ui.message_page import MessagePage
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import PlotView
from explorer.ui.running.work_row import WorkRow, with_work_row
from explorer.ui.text import set_tooltip


class PlotBody(QWidget):
    """Shows a plot, or says why there is none, and offers to begin again.

    Attributes:
        page: Says it.
        progress: How far the work is, over the lower edge.
    """

    def __init__(self, view: PlotView, kind: str, begin: str, actions: ExportActions, nothing: str) -> None:
        """Make it, saying nothing.

        Args:
            view: Holds the plot.
            kind: Is computed, as it stands after "Computing".
            begin: Caption of the button that begins again.
            actions: Take the plot elsewhere.
            nothing: What has to be done before they can be used, as a sentence, until anything is shown or said here.
        """
        super().__init__()
        self._view, self._actions = view, actions
        self.page = MessagePage(begin)
        self.progress = WorkRow(kind, f"Computing {kind}")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        self._stack.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(with_work_row(self._stack, self.progress))
        actions.allow_taking(nothing)

    @property
    def why_nothing(self) -> str:
        """Why nothing can be taken elsewhere where no plot is complete, as a sentence."""
        # While it is drawn, or only an estimate, nothing is said in its place.
        said = self.page.message.text() if self._stack.currentWidget() is self.page else ""
        return f"Nothing is drawn there: {said}" if said else "What it shows is not complete yet."

    def make_room(self) -> None:
        """Put the plot in its place, with nothing on it yet."""
        self._stack.setCurrentWidget(self._view)
        self._actions.allow_taking(self.why_nothing)

    def show_plot(self) -> None:
        """Show the plot, which may be taken elsewhere."""
        self._actions.allow_taking("")
        self._stack.setCurrentWidget(self._view)

    def say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        """Say why there is no plot.

        Args:
            sentence: "" while that is not known.
            offer: Beginning again may help.
            failed: Something went wrong.
        """
        self.page.say(sentence, offer=offer, failed=failed)
        self._stack.setCurrentWidget(self.page)
        self._actions.allow_taking(self.why_nothing)

    def give_up(self, sentence: str, failed: bool) -> None:
        """Say why no more is drawn; what is drawn stays."""
        if self._view.drawn() is None:
            self.say(sentence, offer=True, failed=failed)
        else:
            self._view.say(sentence, failed=failed)


def bar(left: Sequence[QWidget], right: Sequence[QWidget], sides: int = 12) -> QFrame:
    """A line of choices above a plot.

    Args:
        left: Stand at its left.
        right: Stand at its right.
        sides: Pixels to either side.
    """
    made = QFrame()
    made.setProperty("bar", True)
    row = QHBoxLayout(made)
    row.setContentsMargins(sides, 4, sides, 4)
    row.setSpacing(4)
    for control in left:
        row.addWidget(control)
    row.addStretch(1)
    for control in right:
        row.addWidget(control)
    return made


def stacked(panel: QWidget, *parts: QWidget) -> None:
    """Lay parts out below each other; the last has all the room that is left."""
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part)
    layout.setStretch(len(parts) - 1, 1)


def choice(caption: str, tip: str, *, checkable: bool = True) -> QPushButton:
    """A flat button of such a line.

    Args:
        caption: Of the button.
        tip: What it is for, as a sentence.
        checkable: It stays pressed.
    """
    made = QPushButton(caption)
    made.setCheckable(checkable)
    made.setProperty("flat", True)
    made.setAccessibleName(caption)
    set_tooltip(made, tip)
    return made
