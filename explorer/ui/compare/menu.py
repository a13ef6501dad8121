"""The menu Compare, and what it does to both files: swap them, and read either again."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.ui.allowing import allow
from explorer.ui.compare.entries import NOT_YET
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.main_window import MainWindow

_OPEN_FIRST: Final = "Open a checkpoint first."


class _Plan(NamedTuple):
    """What is done once a file is A.

    Attributes:
        a: That file.
        entry: Which of its entries is shown; None for the one that is shown first.
        b: What is opened as B then; None where B stays.
        entry_b: Which of its entries is compared.
        key: Of the pair that is selected then.
    """

    a: Path
    entry: str | None
    b: Path | None
    entry_b: str | None
    key: str | None


class CompareMenu(QObject):
    """Fills the menu, and keeps true what is allowed, also before there is a view of Compare.

    Attributes:
        swap: A becomes B.
        reload_a: Reads A again.
        reload_b: Reads B again.
    """

    def __init__(self, window: "MainWindow", menu: QMenu) -> None:
        """Add the entries.

        Args:
            window: Whose comparison it is.
            menu: In the menu bar.
        """
        super().__init__(menu)
        self._window = window
        self._plan: _Plan | None = None
        self._shown = self._add(menu, "Compare &with…", window.full_views.show_compare, "Ctrl+D")
        other = self._add(menu, "Choose &another file…", self._choose_file)
        self._add(menu, "Compare a &run…", window.full_views.show_run, "Ctrl+Shift+D")
        menu.addSeparator()
        self.swap = self._add(menu, "&Swap A and B", self._swap)
        self.reload_a = self._add(menu, "Reload &A", self._reload_a)
        self.reload_b = self._add(menu, "Reload &B", self._reload_b)
        menu.addSeparator()
        following = self._add(menu, "&Next difference", lambda: self._panel.step(1), "F7")
        previous = self._add(menu, "&Previous difference", lambda: self._panel.step(-1), "Shift+F7")
        menu.addSeparator()
        menu.addActions(window.full_views.exports.listed)
        self._with_b = (other, self.swap, self.reload_a, self.reload_b, following, previous)
        window.full_views.compare_made.connect(self._follow)
        window.opening.succeeded.connect(self._go_on)
        window.opening.ended.connect(self._end)
        window.session.opened.connect(self._allow)
        self._allow()

    @property
    def _panel(self) -> "ComparePanel":
        """The view, made where it was not: what asks for it is allowed only then."""
        return self._window.compare

    def _follow(self, panel: "ComparePanel") -> None:
        panel.pair.place_asked.connect(self._show_place)
        panel.swap.clicked.connect(self.swap.trigger)
        panel.comparing.opened.connect(self._allow)
        self._allow()

    def _add(self, menu: QMenu, text: str, slot: object, keys: str = "") -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(slot)
        if keys:
            action.setShortcut(QKeySequence(keys))
        return action

    def _allow(self) -> None:
        why_not = "" if self._window.session.checkpoint is not None else _OPEN_FIRST
        button = self._window.compare_button
        button.setEnabled(not why_not)
        set_tooltip(button, why_not or "See what changed between this checkpoint and another (Ctrl+D)")
        allow(self._shown, why_not)
        panel = self._window.full_views.comparing
        why_not = why_not or ("" if panel is not None and panel.has_other else NOT_YET)
        for action in self._with_b:
            allow(action, why_not)
        if panel is not None:
            panel.swap.setEnabled(not why_not)
            set_tooltip(panel.swap, why_not or "Make B what is looked at, and A what it is compared with")

    def _show_place(self, number: int, index: tuple[int, ...]) -> None:
        looks = self._window.looks
        self._window.select_tensor(number)
        self._window.histogram.looks.views.choose("values")
        looks.values.go_to(index)

    def _choose_file(self) -> None:
        self._panel.choose_file()

    def _swap(self) -> None:
        a, b = self._window.session, self._panel.comparing.other
        if a.checkpoint is not None and b.checkpoint is not None:
            entries = [None if side.entry is None else side.entry.path for side in (b, a)]
            # Rules are for the keys of one file: what is B then has its own.
            self._open(_Plan(b.checkpoint.path, entries[0], a.checkpoint.path, entries[1], self._panel.selected_key))

    def _reload_a(self) -> None:
        a = self._window.session
        if a.checkpoint is not None:
            entry = None if a.entry is None else a.entry.path
            self._open(_Plan(a.checkpoint.path, entry, None, None, self._panel.selected_key))

    def _reload_b(self) -> None:
        comparing = self._panel.comparing
        b = comparing.other
        if b.checkpoint is not None:
            entry = None if b.entry is None else b.entry.path
            self._panel.compare_with(b.checkpoint.path, self._panel.selected_key, entry, comparing.rules)

    def _open(self, plan: _Plan) -> None:
        self._window.open_file(plan.a)
        self._plan = plan
        self._panel.held = True

    def _go_on(self, path: Path) -> None:
        """A file is A now: if it is the one that was asked for, do what was to follow."""
        panel = self._window.full_views.comparing
        if panel is None:
            return
        plan, held = self._plan, panel.held
        self._give_up()
        if plan is not None and plan.a == path:
            if plan.entry is not None:
                panel.held = True
                self._window.session.show_entry(plan.entry)
                panel.held = False
            if plan.b is not None:
                panel.compare_with(plan.b, plan.key, plan.entry_b)
            else:
                panel.start_anew(plan.key)
        elif held:
            panel.start_anew()

    def _end(self) -> None:
        if not self._window.opening.busy:
            self._give_up()

    def _give_up(self) -> None:
        self._plan = None
        panel = self._window.full_views.comparing
        if panel is not None:
            panel.held = False
