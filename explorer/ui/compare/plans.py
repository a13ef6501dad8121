"""What is done to both files of a comparison: swap them, read either again, or have the last comparison back."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from explorer.keys.key_mapping import Rule
from explorer.ui.compare.comparing import Compared, Limits
from explorer.ui.compare.remembered import RememberedPair, pair_of, remember

if TYPE_CHECKING:
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.main_window import MainWindow


class _Plan(NamedTuple):
    """What is done once a file is A.

    Attributes:
        a: That file.
        entry: Which of its entries is shown; None for the one that is shown first.
        b: What is opened as B then; None where B stays.
        entry_b: Which of its entries is compared.
        key: Of the pair that is selected then.
        rules: For the keys of B.
        shows: The comparison is to be seen.
    """

    a: Path
    entry: str | None
    b: Path | None
    entry_b: str | None
    key: str | None
    rules: tuple[Rule, ...] = ()
    shows: bool = False


class ComparisonPlans(QObject):
    """Carries out what needs A to be opened first."""

    def __init__(self, window: "MainWindow", panel: "ComparePanel") -> None:
        """Follow what is opened.

        Args:
            window: Opens A.
            panel: Compares.
        """
        super().__init__(panel)
        self._window = window
        self._panel = panel
        self._plan: _Plan | None = None
        panel.comparing.compared.connect(self._remember)
        window.opening.succeeded.connect(self._go_on)
        window.opening.ended.connect(self._end)

    def swap(self) -> None:
        """Make B A, and A B."""
        a, b = self._window.session, self._panel.comparing.other
        if a.checkpoint is not None and b.checkpoint is not None:
            entries = [None if side.entry is None else side.entry.path for side in (b, a)]
            # Rules are for the keys of one file: what is B then has its own.
            self._open(_Plan(b.checkpoint.path, entries[0], a.checkpoint.path, entries[1], self._panel.selected_key))

    def reload_a(self) -> None:
        """Read A again."""
        a = self._window.session
        if a.checkpoint is not None:
            entry = None if a.entry is None else a.entry.path
            self._open(_Plan(a.checkpoint.path, entry, None, None, self._panel.selected_key))

    def reload_b(self) -> None:
        """Read B again."""
        comparing = self._panel.comparing
        b = comparing.other
        if b.checkpoint is not None:
            entry = None if b.entry is None else b.entry.path
            self._panel.compare_with(b.checkpoint.path, self._panel.selected_key, entry, comparing.rules)

    def reopen(self, pair: RememberedPair, key: str | None = None) -> None:
        """Make a comparison again, and show it; A is opened in the place of what is open.

        Args:
            pair: Which files, and how.
            key: Of the pair of tensors to select then; None for the first that is not identical.
        """
        limits = Limits(pair.rtol, pair.atol)
        self._panel.tolerances.show_limits(limits)
        self._panel.comparing.limits = limits
        self._open(_Plan(pair.a, pair.entry_a, pair.b, pair.entry_b, key, pair.rules, shows=True))

    def _open(self, plan: _Plan) -> None:
        self._window.open_file(plan.a)
        self._plan = plan
        self._panel.held = True

    def _go_on(self, path: Path) -> None:
        """A file is A now: if it is the one that was asked for, do what was to follow."""
        plan, held = self._plan, self._panel.held
        self._give_up()
        if plan is not None and plan.a == path:
            if plan.entry is not None:
                self._panel.held = True
                self._window.session.show_entry(plan.entry)
                self._panel.held = False
            if plan.shows:
                self._window.full_views.bring_compare()
            if plan.b is not None:
                self._panel.compare_with(plan.b, plan.key, plan.entry_b, plan.rules)
            else:
                self._panel.start_anew(plan.key)
        elif held:
            # Another file was opened meanwhile.
            self._panel.let_go()
            self._window.show_layers()

    def _end(self) -> None:
        if not self._window.opening.busy:
            self._give_up()

    def _give_up(self) -> None:
        self._plan = None
        self._panel.held = False

    def _remember(self, compared: Compared) -> None:
        remember(self._window.settings, pair_of(compared.comparison))
