"""Who shows what is wrong: connects the problems of a window with its tree, its status bar and its keys."""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from explorer import formatting
from explorer.analysis.judge.problem_words import SHAPES
from explorer.query.fitting import fitting_of
from explorer.query.terms import UNREADABLE
from explorer.ui.docks import Dock
from explorer.ui.problems.finding import Finding
from explorer.ui.problems.panel import HEIGHT, ProblemsPanel
from explorer.ui.problems.place import place_of
from explorer.ui.text import caption, set_tone, set_tooltip, set_window_title

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem
    from explorer.ui.main_window import MainWindow
    from explorer.ui.tensor_views import TensorView

_NAME: Final = 40
"""So many characters of the name of a file the status bar has room for."""


class Problems:
    """The problems of a window: what finds them, the dock that lists them, and all that counts them.

    Attributes:
        finding: Finds them.
        panel: Lists them.
        dock: Holds the panel.
        button: Tells in the status bar how many there are, and shows the dock.
    """

    def __init__(self, window: "MainWindow") -> None:
        """Make the dock and connect it.

        Args:
            window: With its other panels made.
        """
        self._window = window
        self.finding = Finding(window.session, window.measurements, window.settings, window)
        self.panel = ProblemsPanel(window.session, window.measurements, self.finding)
        self.dock = Dock("Problems", self.panel, window)
        self.button = QPushButton()
        self.button.setProperty("flat", True)
        set_tooltip(self.button, "Show the problems that were found (F8: the next one)")
        window.status.addPermanentWidget(self.button)
        set_tone(self.button, "caution")
        self.button.hide()
        self.button.clicked.connect(self._enter)
        self._marks = window.layers.model.marks.problems
        self._alone: list[Problem] = []
        self.finding.began.connect(self._begin)
        self.finding.found.connect(self._mark)
        self.finding.beside.connect(self._mark_beside)
        self.panel.counted.connect(self._count)
        self.panel.counted.connect(self._mark_entries)
        self.panel.chosen.connect(self._go_to)
        self.panel.unreadable_asked.connect(self.show_unreadable)
        self.panel.all_asked.connect(window.filter.clear)
        self.panel.place_asked.connect(self._go_to)
        window.layers.tree.entered.connect(self.panel.show_values_of)
        self.panel.copied.connect(window.status.say)
        self.panel.told.connect(window.status.say)
        window.contents.told.connect(self.panel.tell_contents)
        window.looks.spectrum_computed.connect(self.finding.take_spectrum)
        # Beside a run, or a comparison, what is said of the open file would seem to be of all.
        window.pages.currentChanged.connect(self._name_file)
        window.session.opened.connect(self._name_file)
        filtering = window.layers.filtering
        filtering.problems = self._by_number
        filtering.follow(lambda: fitting_of(self.panel.model.numbers()), self.panel.keep)

    @property
    def of_each_alone(self) -> "list[Problem]":
        """Those that tensors have by themselves, not beside others."""
        return list(self._alone)

    @property
    def not_finite(self) -> frozenset[int]:
        """Numbers of the tensors that are known to hold NaN or Inf."""
        return frozenset(problem.number for problem in self._alone if problem.kind in ("nan", "posinf", "neginf"))

    def _go_to(self, problem: "Problem", view: "TensorView | None" = None) -> None:
        """Select the tensor of a problem, and have each way to look at it show the place."""
        checkpoint = self._window.session.checkpoint
        if checkpoint is None:
            return
        focused: QWidget | None = self._window.focusWidget()
        if focused is not self.panel.table and (focused is None or not self._window.beside.isAncestorOf(focused)):
            focused = None
        self._window.select_tensor(problem.number)
        if focused is not None and focused.isVisible():
            # Who chose a row goes on with it: copies it, or takes the next. Who looks at values goes on looking.
            focused.setFocus()
        place = place_of(problem, checkpoint.tensors.kind(problem.number))
        if place is not None:
            self._window.histogram.looks.show_place(place, view)

    def _mark_entries(self) -> None:
        """Say at each entry of the file how many problems are in it."""
        checkpoint = self._window.session.checkpoint
        if checkpoint is None or len(checkpoint.entries) < 2:
            return
        found: dict[str, tuple[int, bool]] = {}
        for problem in self.panel.model.all:
            if problem.note:
                continue
            entry = checkpoint.tensors[problem.number].entry
            count, bad = found.get(entry, (0, False))
            found[entry] = count + 1, bad or problem.severity == "bad"
        self._window.layers.entries.mark(
            {
                entry: f"{SHAPES['bad' if bad else 'caution']} {formatting.count(count)}"
                for entry, (count, bad) in found.items()
            }
        )

    def _by_number(self) -> dict[int, set[str]]:
        """Kinds of all problems, and that a tensor cannot be read, by its number."""
        kinds: dict[int, set[str]] = {}
        for problem in self.panel.model.all:
            kinds.setdefault(problem.number, set()).add(problem.kind)
        for number in self._window.measurements.unreadable():
            kinds.setdefault(number, set()).add(UNREADABLE)
        return kinds

    def show(self) -> None:
        """Show the dock, in front of others."""
        self.dock.bring(HEIGHT)

    def _enter(self) -> None:
        self.show()
        self.dock.enter()

    def show_unreadable(self) -> None:
        """Have the filter leave only what cannot be read."""
        self._window.filter.setText(f"problem:{UNREADABLE}")

    def step(self, by: int) -> None:
        """Go to the next problem, or to the one before; where there is none, to what cannot be read.

        Args:
            by: 1 or -1.
        """
        if self.panel.model.rowCount():
            self.show()
        if not self.panel.step(by) and not self._step_lost(by):
            self._window.status.say(self.panel.said)

    def _step_lost(self, by: int) -> bool:
        """Select the next tensor that cannot be read, or the one before; whether there is any."""
        checkpoint, selected = self._window.session.checkpoint, self._window.session.tensor
        lost = () if checkpoint is None or self.panel.model.count else checkpoint.tensors.unreadable
        if not lost:
            return False
        at = -1 if selected is None else selected.number
        place = bisect_right(lost, at) if by > 0 else bisect_left(lost, at) - 1
        self._window.select_tensor(lost[place % len(lost)])
        return True

    def close(self) -> None:
        """Find nothing more."""
        self.finding.close()

    def add_actions(self, menu: QMenu) -> list[QAction]:
        """Put the steps into a menu; they are returned."""
        made = []
        for text, key, by in (("&Next problem", "F8", 1), ("&Previous problem", "Shift+F8", -1)):
            action = QAction(text, menu)
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda _checked=False, by=by: self.step(by))
            menu.addAction(action)
            made.append(action)
        return made

    def _begin(self) -> None:
        self._alone = []
        self._marks.set_problems(())
        self._draw()

    def _mark(self, problems: "list[Problem]") -> None:
        self._alone += problems
        self._marks.add(problems)
        self._draw()
        self._window.layers.filtering.refresh()

    def _mark_beside(self, problems: "list[Problem]") -> None:
        self._marks.set_problems([*self._alone, *problems])
        self._draw()
        self._window.layers.filtering.refresh()

    def _draw(self) -> None:
        self._window.layers.tree.viewport().update()

    def _name_file(self) -> None:
        checkpoint, views = self._window.session.checkpoint, self._window.full_views
        name = "" if checkpoint is None else formatting.visible(checkpoint.path.name, _NAME)
        which = "A, " if views.comparing is not None and views.shown is views.comparing else ""
        self.panel.name_file(f"{which}{name}" if which or views.shows_run else "")
        self._count(self.panel.model.count)

    def _count(self, count: int) -> None:
        set_window_title(self.dock, f"Problems {formatting.count(count)}" if count else "Problems")
        said = formatting.plural(count, "problem") if count else self.panel.none
        self.button.setText(caption(f"{self.panel.of_file}{said}"))
        set_tone(self.button, ("bad" if self.panel.model.any_bad else "caution") if count else None)
        self.button.setVisible(count > 0 or self.panel.complete)
