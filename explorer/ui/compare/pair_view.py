"""The selected pair: what changed in words, and ways to look at its values."""

from typing import TYPE_CHECKING, Final, Literal, get_args

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from explorer import formatting
from explorer.checkpoint.document import Located
from explorer.tasks.jobs import Jobs
from explorer.ui.breaking import BreakingLine, group
from explorer.ui.compare.histograms import PairHistograms
from explorer.ui.compare.naming import side_names
from explorer.ui.compare.pair_look import PairLook, ShownPair
from explorer.ui.compare.pair_words import facts
from explorer.ui.message_page import MessagePage
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, label

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Pairing
    from explorer.ui.histogram.plot import HistogramPlot

View = Literal["histogram", "heatmap", "scatter"]
_LOOKS: Final = ("Histograms", "Heat maps", "Scatter")
"""What each `View` is called."""


class PairView(QFrame):
    """Shows one pair after the other, each in the way that is chosen; what is not looked at is not made.

    Attributes:
        looks: The switch between the ways.
        histograms: The first of them.

    Signals:
        place_asked: The user wants to see where a difference is in A (number of the tensor, index).
    """

    place_asked = Signal(int, tuple)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        """Make it, with no pair shown.

        Args:
            settings: Remember how it is drawn, and the folder that was saved to.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName("The selected pair")
        self._settings = settings
        self._jobs = Jobs("pair")
        self._pair: ShownPair | None = None
        self.title = ElidedLabel()
        self.title.setFont(label(title=True).font())
        self.a, self.b = ElidedLabel(), ElidedLabel()
        names = QHBoxLayout()
        names.setSpacing(4)
        letters = label("A", tone="accent"), label("B", tone="b")
        self._names = *letters, self.a, self.b
        for letter, name in zip(letters, (self.a, self.b), strict=True):
            names.addWidget(letter)
            names.addWidget(name)
            names.addSpacing(12)
        names.addStretch(1)
        self.facts = label(muted=True, wrap=True, selectable=True)
        self.worst = QPushButton("Show the largest difference in A")
        self.worst.clicked.connect(self._ask_worst)
        self.odd = QPushButton("Show where one side is not finite, in A")
        self.odd.clicked.connect(self._ask_odd)
        self.page = MessagePage(sentence="Select a tensor to see both side by side.", shows="compare")
        self.looks = QTabBar()
        self.looks.setDrawBase(False)
        self.looks.setExpanding(False)
        self.looks.setAccessibleName("Views of the pair")
        for caption in _LOOKS:
            self.looks.addTab(caption)
        self.looks.currentChanged.connect(self._look)
        self.histograms = PairHistograms(self._jobs, settings)
        self._made: dict[int, PairLook] = {0: self.histograms}
        self._body = QStackedWidget()
        self._body.addWidget(self.histograms)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addLayout(names)
        layout.addWidget(self.facts)
        layout.addWidget(BreakingLine(group([self.odd]), group([self.worst])))
        layout.addWidget(self.page, 1)
        layout.addWidget(self.looks)
        layout.addWidget(self._body, 1)
        layout.addStretch(0)
        self.forget()

    @property
    def busy(self) -> bool:
        """Values are counted or drawn."""
        return any(look.busy for look in self._made.values())

    @property
    def plot(self) -> "HistogramPlot | None":
        """Both histograms; None before the first pair."""
        return self.histograms.both.plot

    @property
    def apart(self) -> "HistogramPlot | None":
        """The histogram of the differences; None before the first."""
        return self.histograms.apart.plot

    @property
    def look(self) -> PairLook:
        """What shows the pair; it is made when it is first asked for."""
        at = self.looks.currentIndex()
        if at not in self._made:
            self._made[at] = self._make(at)
            self._body.addWidget(self._made[at])
        return self._made[at]

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for all lines that the words about the pair take in this width, which no splitter asks for."""
        least, layout = super().minimumSizeHint(), self.layout()
        lines = 0 if layout is None else layout.totalMinimumHeightForWidth(self.width())
        return QSize(least.width(), max(least.height(), lines))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """In another width there are other lines."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def close_work(self) -> None:
        """End the worker."""
        self._jobs.close()

    def forget(self) -> None:
        """Show no pair."""
        self._pair = None
        for look in self._made.values():
            look.show_pair(None)
        self.title.setText("")
        self.facts.setText("")
        self.worst.hide()
        self.odd.hide()
        self._show(pair=False)

    def show_as(self, view: View) -> None:
        """Choose a way to look at pairs."""
        self.looks.setCurrentIndex(get_args(View).index(view))

    def name_sides(self, pairing: "Pairing") -> None:
        """Say what is compared."""
        for side, name in zip((self.a, self.b), side_names(pairing), strict=True):
            side.setText(name)

    def show_pair(self, key: str, difference: "Difference", a: Located | None, b: Located | None) -> None:
        """Show another pair.

        Args:
            key: Its name.
            difference: What came out.
            a: The tensor in A; None where there is none.
            b: Likewise in B.
        """
        self._pair = pair = ShownPair(key, difference, a, b)
        self.title.setText(formatting.visible(key) or formatting.UNNAMED)
        self.facts.setText(facts(difference, a, b))
        self.odd.setVisible(pair.both is not None and pair.odd is not None)
        self.worst.setVisible(pair.both is not None and pair.worst is not None)
        self._show(pair=True)
        self._look()

    def _show(self, *, pair: bool) -> None:
        self.page.setVisible(not pair)
        for name in self._names:
            name.setVisible(pair)
        self.looks.setVisible(pair)
        self._body.setVisible(pair)

    def _look(self) -> None:
        """Show the pair in the way that is chosen."""
        look = self.look
        for other in self._made.values():
            if other is not look:
                other.show_pair(None)
        self._body.setCurrentWidget(look)
        look.show_pair(self._pair)

    def _make(self, at: int) -> PairLook:
        if _LOOKS[at] == "Heat maps":
            from explorer.ui.compare.map_panel import MapPanel  # noqa: PLC0415 - most comparisons need neither

            return MapPanel(self._jobs, self._settings)
        from explorer.ui.compare.scatter_panel import ScatterPanel  # noqa: PLC0415 - as above

        return ScatterPanel(self._jobs, self._settings)

    def _ask_worst(self) -> None:
        if self._pair is not None and self._pair.a is not None and self._pair.worst is not None:
            self.place_asked.emit(self._pair.a[1].number, self._pair.worst)

    def _ask_odd(self) -> None:
        if self._pair is not None and self._pair.a is not None and self._pair.odd is not None:
            self.place_asked.emit(self._pair.a[1].number, self._pair.odd)
