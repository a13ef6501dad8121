"""The selected pair: what changed in words, and both histograms on shared bins."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.analysis.difference import STATE_WORDS
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.progress import Report
from explorer.tasks.jobs import Jobs
from explorer.ui.current_job import CurrentJob
from explorer.ui.failures import why
from explorer.ui.histogram.drawing import Drawing, Subject, Wanted, draw
from explorer.ui.histogram.reading import open_blocks
from explorer.ui.progress_row import ProgressRow
from explorer.ui.settings import HistogramChoices
from explorer.ui.text import ElidedLabel, label

if TYPE_CHECKING:
    from explorer.analysis.axes import Axis
    from explorer.analysis.difference import Difference
    from explorer.analysis.histogram import Histogram
    from explorer.ui.histogram.plot import HistogramPlot

Located = tuple[Checkpoint, TensorInfo]


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


class PairView(QFrame):
    """Shows one pair after the other.

    Signals:
        place_asked: The user wants to see where the largest difference is in A (number of the tensor, index).
    """

    place_asked = Signal(int, tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName("The selected pair")
        self._jobs = Jobs("pair")
        self._plot: HistogramPlot | None = None
        self._apart: HistogramPlot | None = None
        self._pair: tuple[Located, Located] | None = None
        self._left_out = 0
        self._apart_of = ""
        self._counts_apart = False
        self._worst: tuple[int, tuple[int, ...]] | None = None
        self.title = ElidedLabel()
        self.title.setFont(label(title=True).font())
        self.a, self.b = ElidedLabel(), ElidedLabel()
        names = QHBoxLayout()
        names.setSpacing(4)
        for letter, name, tone in (("A", self.a, "accent"), ("B", self.b, "b")):
            names.addWidget(label(letter, tone="accent" if tone == "accent" else "b"))
            names.addWidget(name)
            names.addSpacing(12)
        names.addStretch(1)
        self.facts = label(muted=True, wrap=True, selectable=True)
        self.worst = QPushButton("Show the largest difference in A")
        self.worst.clicked.connect(self._ask_place)
        to_worst = QHBoxLayout()
        to_worst.addWidget(self.worst)
        to_worst.addStretch(1)
        self.note = label(muted=True, wrap=True)
        self.readout = label(muted=True, small=True)
        self.apart_title = label("Difference B − A")
        self.apart_readout = label(muted=True, small=True)
        self.progress = ProgressRow("the histograms")
        self._work = CurrentJob(self._jobs, self.progress)
        self._work.failed.connect(lambda error: self._say_instead(why(error)))
        self._work.stopped.connect(lambda: self._say_instead("Counting was cancelled."))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 12, 8)
        self._layout.setSpacing(4)
        self._layout.addWidget(self.title)
        self._layout.addLayout(names)
        self._layout.addWidget(self.facts)
        self._layout.addLayout(to_worst)
        self._layout.addWidget(self.note)
        self._layout.addWidget(self.readout)
        self._layout.addWidget(self.apart_title)
        self._layout.addWidget(self.apart_readout)
        self._layout.addWidget(self.progress)
        self._layout.addStretch(1)
        self.forget()

    @property
    def busy(self) -> bool:
        """Values are counted."""
        return self._work.runs

    @property
    def plot(self) -> "HistogramPlot | None":
        """The plot; None before the first pair."""
        return self._plot

    @property
    def apart(self) -> "HistogramPlot | None":
        """The plot of the differences; None before the first."""
        return self._apart

    def close_work(self) -> None:
        """End the worker."""
        self._work.drop()
        self._jobs.close()

    def forget(self) -> None:
        """Show no pair."""
        self._work.drop()
        self.title.setText("")
        self.facts.setText("")
        self._worst = None
        self.worst.hide()
        self._say("Select a tensor to see both histograms.")

    def name_sides(self, a: Path, b: Path) -> None:
        """Say which files are compared: by their names, and where these are the same by as much as tells them apart."""
        kept = 1
        while a.parts[-kept:] == b.parts[-kept:] and kept < len(a.parts):
            kept += 1
        for name, path in ((self.a, a), (self.b, b)):
            name.setText(formatting.visible(path.name if a == b else str(Path(*path.parts[-kept:]))))

    def show_pair(self, key: str, difference: "Difference", a: Located | None, b: Located | None) -> None:
        """Show another pair.

        Args:
            key: Its name.
            difference: What came out.
            a: The tensor in A; None where there is none.
            b: Likewise in B.
        """
        self.title.setText(formatting.visible(key) or formatting.UNNAMED)
        self.facts.setText(_facts(difference, a, b))
        figures = difference.figures or difference.overlap
        # Of numbers that are the same, and of what holds no single numbers, there is nothing to draw.
        apart = figures is not None and bool(figures.max_abs)
        self._pair = (a, b) if apart and a is not None and b is not None else None
        self._worst = None
        if self._pair is not None and figures is not None and figures.worst_index is not None:
            self._worst = self._pair[0][1].number, figures.worst_index
        self.worst.setVisible(self._worst is not None)
        lengths = any(side is not None and side[1].kind.element.family == "complex" for side in (a, b))
        self.apart_title.setText("Difference |B − A|" if lengths else "Difference B − A")
        self._apart_of = "what both have" if difference.overlap is not None else "all values"
        self._counts_apart = False
        if self._pair is None:
            self._hide_apart()
        readable = [side is not None and side[1].kind.problem is None for side in (a, b)]
        if not any(readable):
            self._work.drop()
            self._say(difference.problem or "It holds no numbers that could be counted.")
            return
        self._work.start(partial(_draw, a if readable[0] else None, b if readable[1] else None), "counting", self._take)

    def _take(self, drawn: "_Drawn | None") -> None:
        if drawn is None:
            self._say("No value of it is finite.")
            return
        plot = self._make_plot()
        plot.show_histogram(drawn.a, drawn.axis, drawn.b)
        plot.show()
        self.readout.show()
        self.note.hide()
        if self._pair is not None:
            self._counts_apart = True
            self._work.start(partial(_draw_apart, *self._pair), "counting differences", self._take_apart)

    def _take_apart(self, apart: "_Apart | None") -> None:
        if apart is None:
            self._say_instead("No difference is finite.")
            return
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self._apart is None:
            self._apart = HistogramPlot(quiet=True)
            self._apart.setAccessibleName("Histogram of the differences")
            self._apart.pointed.connect(self._read_out_apart)
            self._layout.insertWidget(self._layout.indexOf(self.apart_readout), self._apart, 70)
        self._left_out = apart.left_out
        self._apart.show_histogram(apart.histogram, apart.axis)
        self._read_out_apart("")
        for part in (self.apart_title, self._apart, self.apart_readout):
            part.show()

    def _read_out_apart(self, text: str) -> None:
        without = f"; {formatting.plural(self._left_out, 'place')} without a finite one" if self._left_out else ""
        self.apart_readout.setText(text or f"Of {self._apart_of}, counted exactly{without}.")

    def _say_instead(self, sentence: str) -> None:
        """Say why what was counted is not drawn."""
        if not self._counts_apart:
            self._say(sentence)
            return
        self._hide_apart()
        self.apart_readout.setText(sentence)
        self.apart_title.show()
        self.apart_readout.show()

    def _hide_apart(self) -> None:
        for part in (self.apart_title, self.apart_readout, *([self._apart] if self._apart is not None else [])):
            part.hide()

    def _ask_place(self) -> None:
        if self._worst is not None:
            self.place_asked.emit(*self._worst)

    def _make_plot(self) -> "HistogramPlot":
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self._plot is None:
            self._plot = HistogramPlot(other="B")
            self._plot.setAccessibleName("Histograms of A and B")
            self._plot.pointed.connect(self._read_out)
            self._layout.insertWidget(self._layout.indexOf(self.readout), self._plot, 100)
            self._read_out("")
        return self._plot

    def _read_out(self, text: str) -> None:
        self.readout.setText(text or "A filled, B as an outline, on the same bins.")

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.show()
        self.readout.hide()
        self._hide_apart()
        if self._plot is not None:
            self._plot.hide()


def _facts(difference: "Difference", a: Located | None, b: Located | None) -> str:
    """State, kinds and where the largest difference is, as lines."""
    kinds = [side[1].kind for side in (a, b) if side is not None]
    state = STATE_WORDS[difference.state]
    said = [f"{state[:1].upper()}{state[1:]}" + (" by checksum" if difference.by_checksum else "")]
    described = list(dict.fromkeys(f"{kind.dtype} {formatting.shape(kind.shape)}" for kind in kinds))
    said.append(" | ".join(described))
    if difference.equal_after_cast is not None:
        said.append("equal after the cast" if difference.equal_after_cast else "not equal after the cast")
    lines = [" · ".join(said)]
    figures = difference.figures or difference.overlap
    if figures is None:
        return lines[0]
    more = ["Of what both have"] if difference.overlap is not None else []
    if figures.changed is not None:
        more.append(f"{formatting.percent(figures.changed, 1)} of the values changed")
    if figures.not_finite:
        more.append(f"{formatting.plural(figures.not_finite, 'place')} with NaN or infinity on one side")
    if figures.worst_index is not None and figures.max_abs:
        at = _index(figures.worst_index)
        values = f"{formatting.figure(figures.worst_a)} → {formatting.figure(figures.worst_b)}"
        more.append(f"largest difference {formatting.figure(figures.max_abs)} at {at}: {values}")
    return "\n".join([*lines, " · ".join(more)] if more else lines)


def _index(index: Sequence[int]) -> str:
    return f"[{', '.join(map(str, index))}]"


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
    from explorer.analysis.difference_walk import difference_walk  # noqa: PLC0415 - as above

    subject = Subject("B − A", "tensor", 0, open=partial(difference_walk, a, b))
    shown = draw(Wanted(subject, None, HistogramChoices(robust=False)), report).shown
    known = shown.statistics
    if not known.finite:
        return None
    return _Apart(shown.histogram, shown.bins.axis, known.nan + known.posinf + known.neginf)


def _subject(side: Located) -> Subject:
    return Subject(side[1].key, "tensor", 0, open=partial(open_blocks, *side))
