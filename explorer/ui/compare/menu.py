"""The menu Compare: what can be compared, and what is done with a comparison."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.formatting import visible
from explorer.ui.allowing import OPEN_FIRST, allow
from explorer.ui.compare.entries import NOT_YET
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.main_window import MainWindow

_RUN_SHOWN: Final = "A run is shown: Export above it, and the menu of its table, take it elsewhere."
_NOTHING_YET: Final = "Nothing was compared yet."


class CompareMenu(QObject):
    """Fills the menu, and keeps true what is allowed, also before there is a view of Compare."""

    def __init__(self, window: "MainWindow", menu: QMenu) -> None:
        """Add the entries.

        Args:
            window: Whose comparison it is.
            menu: In the menu bar.
        """
        super().__init__(menu)
        self._window = window
        views = window.full_views
        # What stands beside it stays where it is when the button says something shorter.
        window.tool_bar.compare_button.setMinimumWidth(window.tool_bar.compare_button.sizeHint().width())
        self._shown = self._add(menu, "Compare &with…", views.show_compare, "Ctrl+D")
        other = self._add(menu, "Choose an&other file…", self._choose_file)
        self._run = self._add(menu, "Compare a &run…", views.show_run, "Ctrl+Shift+D")
        self._last = self._add(menu, "Reop&en the last comparison", views.reopen_last)
        menu.addSeparator()
        self._swap = self._add(menu, "&Swap A and B", self._swap_both)
        reload_a = self._add(menu, "Reload &A", self._reload_a)
        reload_b = self._add(menu, "Reload &B", self._reload_b)
        menu.addSeparator()
        following = self._add(menu, "&Next difference", lambda: self._step(1), "F7")
        previous = self._add(menu, "&Previous difference", lambda: self._step(-1), "Shift+F7")
        menu.addSeparator()
        menu.addActions(views.exports.listed)
        self._with_b = (other, self._swap, reload_a, reload_b, following, previous)
        views.compare_made.connect(self._follow)
        window.pages.currentChanged.connect(self._allow)
        window.session.opened.connect(self._allow)
        # Another window may have compared something meanwhile.
        menu.aboutToShow.connect(self._allow_last)
        self._allow()
        self._allow_last()

    def _add(self, menu: QMenu, text: str, slot: object, keys: str = "") -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(slot)
        if keys:
            action.setShortcut(QKeySequence(keys))
        return action

    def _follow(self, panel: "ComparePanel") -> None:
        panel.pair.place_asked.connect(self._show_place)
        panel.swap.clicked.connect(self._swap.trigger)
        panel.comparing.opened.connect(self._allow)
        self._allow()

    def _allow(self) -> None:
        self._window.full_views.exports.set_aside(_RUN_SHOWN if self._window.full_views.shows_run else "")
        why_not = "" if self._window.session.checkpoint is not None else OPEN_FIRST
        button = self._window.tool_bar.compare_button
        panel = self._window.full_views.comparing
        b = None if panel is None else panel.comparing.other.checkpoint
        goes_back = b is not None and self._window.full_views.shown is not panel
        button.setEnabled(not why_not)
        button.setText("Comparison" if goes_back else "Compare with…")
        self._shown.setText("Back to the &comparison" if goes_back else "Compare &with…")
        back = "" if b is None else f"Back to the comparison with {visible(b.path.name)} (Ctrl+D)"
        new = "See what changed between this checkpoint and another (Ctrl+D)"
        set_tooltip(button, why_not or (back if goes_back else new))
        to_run = self._window.full_views.has_run and not self._window.full_views.shows_run
        self._run.setText("Back to the &run" if to_run else "Compare a &run…")
        allow(self._shown, why_not)
        why_not = why_not or ("" if panel is not None and panel.has_other else NOT_YET)
        for action in self._with_b:
            allow(action, why_not)
        if panel is not None:
            panel.swap.setEnabled(not why_not)
            set_tooltip(panel.swap, why_not or "Turn it round: B becomes A, from which changes are told")

    def _allow_last(self) -> None:
        allow(self._last, "" if self._window.full_views.last_comparison else _NOTHING_YET)

    # The view is made where one of these is first asked for, and not with the menu.

    def _choose_file(self) -> None:
        self._window.compare.choose_file()

    def _step(self, by: int) -> None:
        self._window.status.say(self._window.compare.rows.step(by))

    def _swap_both(self) -> None:
        self._window.full_views.plans.swap()

    def _reload_a(self) -> None:
        self._window.full_views.plans.reload_a()

    def _reload_b(self) -> None:
        self._window.full_views.plans.reload_b()

    def _show_place(self, number: int, index: tuple[int, ...]) -> None:
        looks = self._window.looks
        self._window.select_tensor(number)
        self._window.histogram.looks.views.choose("values")
        looks.values.go_to(index)
