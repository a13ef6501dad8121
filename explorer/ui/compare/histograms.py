"""The histograms of a pair: A and B on shared bins, and that of their difference."""

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer import formatting
from explorer.checkpoint.document import Located
from explorer.progress import Report
from explorer.tasks.jobs import Jobs
from explorer.ui.compare.histogram_view import PairHistogramView
from explorer.ui.compare.pair_look import PairLook, ShownPair
from explorer.ui.failures import why
from explorer.ui.histogram.drawing import Drawing, Subject, Wanted, draw
from explorer.ui.histogram.reading import open_blocks
from explorer.ui.message_page import MessagePage
from explorer.ui.plots.plot_body import stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow, with_work_row
from explorer.ui.settings import HistogramChoices, Settings

if TYPE_CHECKING:
    from explorer.analysis.draw.axes import Axis
    from explorer.analysis.draw.histogram import Histogram


class _Apart(NamedTuple):
    """How far apart both are.

    Attributes:
        histogram: Of the differences.
        axis: On which its bins are equal.
        left_out: Places where there is no finite difference.
    """

    histogram: "Histogram"
    axis: "Axis"
    left_out: int


class _Drawn(NamedTuple):
    """Both histograms, on the same edges; None where there is no number to count.

    Attributes:
        a: Of A: without counts where A has none.
        b: Of B.
        axis: On which the bins are equal.
    """

    a: "Histogram"
    b: "Histogram | None"
    axis: "Axis"


class PairHistograms(PairLook):
    """Counts both, and then how far apart they are.

    Attributes:
        page: Why there is nothing to see.
        both: A filled, B as an outline.
        apart: B - A.
    """

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        """Make it; nothing is shown in it.

        Args:
            jobs: Does the work.
            settings: Remember the folder that was saved to.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._pair: ShownPair | None = None
        self._counts_apart = False
        self.page = MessagePage("Count")
        self.page.button.clicked.connect(self._start)
        self.both = PairHistogramView("histograms", settings, other="B")
        self.both.title.setText("A and B")
        self.apart = PairHistogramView("differences", settings)
        self.progress = WorkRow("the histograms", "Computing the histograms")
        self._work = CurrentJob(jobs, self.progress)
        self._work.failed.connect(lambda error: self._say_instead(why(error), failed=True))
        self._work.stopped.connect(lambda: self._say_instead("Cancelled.", failed=False))
        drawn = QWidget()
        layout = QVBoxLayout(drawn)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.page, 100)
        layout.addWidget(self.both, 100)
        layout.addWidget(self.apart, 70)
        layout.addStretch(0)
        stacked(self, with_work_row(drawn, self.progress))
        self._say("")

    @property
    def busy(self) -> bool:
        """Values are counted."""
        return self._work.runs

    def show_pair(self, pair: ShownPair | None) -> None:
        """Show another pair; None while something else is shown in its place."""
        self._pair = pair
        self._counts_apart = False
        self._work.drop()
        self._start()

    def _start(self) -> None:
        pair = self._pair
        if pair is None:
            return
        sides = (pair.a, pair.b)
        lengths = any(side is not None and side[1].kind.element.family == "complex" for side in sides)
        self.apart.title.setText("Difference |B − A|" if lengths else "Difference B − A")
        # Of numbers that are the same, and of what holds no single numbers, there is nothing to draw.
        if pair.both is None or pair.worst is None:
            self.apart.hide()
        a, b = (side if side is not None and side[1].kind.problem is None else None for side in sides)
        if a is None and b is None:
            self._say(pair.difference.problem or "It holds no numbers that could be counted.")
            return
        self._work.start(partial(_draw, a, b), "counting", self._take)

    def _take(self, drawn: _Drawn | None) -> None:
        if drawn is None or self._pair is None:
            self._say("No value of it is finite.")
            return
        self.page.hide()
        self.both.draw(self._pair, _said(drawn), drawn.a, drawn.axis, drawn.b)
        self.both.show()
        both = self._pair.both
        if both is not None and self._pair.worst is not None:
            self._counts_apart = True
            self._work.start(partial(_draw_apart, *both), "counting differences", self._take_apart)

    def _take_apart(self, apart: _Apart | None) -> None:
        if apart is None or self._pair is None:
            self._say_instead("No difference is finite.", failed=False)
            return
        of = "what both have" if self._pair.difference.overlap is not None else "all values"
        left_out = formatting.plural(apart.left_out, "place")
        without = f"; {left_out} without a finite one" if apart.left_out else ""
        self.apart.draw(self._pair, f"Of {of}, counted exactly{without}.", apart.histogram, apart.axis)
        self.apart.show()

    def _say_instead(self, sentence: str, *, failed: bool) -> None:
        """Say why what was counted is not drawn."""
        if self._counts_apart:
            self.apart.say_instead(sentence)
            self.apart.show()
        else:
            self._say(sentence, offer=True, failed=failed)

    def _say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        self.page.say(sentence, offer=offer, failed=failed)
        self.page.show()
        self.both.hide()
        self.apart.hide()


def _said(drawn: _Drawn) -> str:
    """What is drawn, as a sentence."""
    if drawn.b is None:
        return "A alone, filled: B has no finite values of it."
    if not (drawn.a.counts.any() or drawn.a.below or drawn.a.above):
        return "B alone, as an outline: A has no finite values of it."
    return "A filled, B as an outline, on the same bins."


def _draw(a: Located | None, b: Located | None, report: Report) -> _Drawn | None:
    """In the worker: count both on shared bins."""
    import numpy as np  # noqa: PLC0415 - not on the way to the window

    choices = HistogramChoices(robust=False)
    other: Drawing | None = None
    if b is not None:
        other = draw(Wanted(_subject(b), None, choices), report).shown
        other = other if other.statistics.finite else None
    if a is not None:
        drawings = draw(Wanted(_subject(a), None, choices, pinned=other), report)
        if drawings.shown.statistics.finite:
            pinned = drawings.pinned.histogram if drawings.pinned is not None else None
            return _Drawn(drawings.shown.histogram, pinned, drawings.shown.bins.axis)
    if other is None:
        return None
    from dataclasses import replace  # noqa: PLC0415 - as above

    nothing = replace(other.histogram, counts=np.zeros_like(other.histogram.counts), below=0, above=0)
    return _Drawn(nothing, other.histogram, other.bins.axis)


def _draw_apart(a: Located, b: Located, report: Report) -> _Apart | None:
    """In the worker: count how far apart both are."""
    from explorer.analysis.compare.difference_walk import difference_walk  # noqa: PLC0415 - as above

    subject = Subject("B − A", "tensor", 0, open=partial(difference_walk, a, b))
    shown = draw(Wanted(subject, None, HistogramChoices(robust=False)), report).shown
    known = shown.statistics
    if not known.finite:
        return None
    return _Apart(shown.histogram, shown.bins.axis, known.nan + known.posinf + known.neginf)


def _subject(side: Located) -> Subject:
    return Subject(side[1].key, "tensor", 0, open=partial(open_blocks, *side))
