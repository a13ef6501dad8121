"""The views that take the whole window, Test-load, Compare and that of a run: each is made when it is first asked for.

Importing and making both takes as long as the rest of a window, and most windows need neither.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from explorer.checkpoint.tree import Layer
from explorer.ui.compare.entries import ExportEntries
from explorer.ui.copies.saving import Wish
from explorer.ui.following_filter import follow_filter_in_report
from explorer.ui.running.work_row import cancel_in
from explorer.ui.settings import COMPARISONS

if TYPE_CHECKING:
    from explorer.checkpoint.document import Checkpoint
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.compare.plans import ComparisonPlans
    from explorer.ui.compare.remembered import Remembered, RememberedPair
    from explorer.ui.load_test.panel import LoadTestPanel
    from explorer.ui.main_window import MainWindow
    from explorer.ui.run.panel import RunPanel


class FullViews(QObject):
    """Makes them, and ties them to the window.

    Attributes:
        exports: Take a comparison elsewhere; disabled where there is none.

    Signals:
        compare_made: The view of Compare stands (itself).
    """

    compare_made = Signal(object)

    def __init__(self, window: "MainWindow") -> None:
        """Make nothing yet.

        Args:
            window: Which they are of.
        """
        super().__init__(window)
        self._window = window
        self._load_test: LoadTestPanel | None = None
        self._compare: ComparePanel | None = None
        self._plans: ComparisonPlans | None = None
        self._run: RunPanel | None = None
        self._came_with: int | str | None = None
        self._came_from_run = False
        self._path: Path | None = None
        window.session.opened.connect(self._leave)
        self.exports = ExportEntries(self)

    @property
    def load_test(self) -> "LoadTestPanel":
        """The view of Test-load."""
        if self._load_test is None:
            from explorer.ui.load_test.choices import LoadTestChoices  # noqa: PLC0415 - not on the way to the window
            from explorer.ui.load_test.device_choice import DeviceChoice  # noqa: PLC0415 - as above
            from explorer.ui.load_test.panel import LoadTestPanel  # noqa: PLC0415 - as above

            window = self._window
            view = self._load_test = LoadTestPanel(window.session, LoadTestChoices(window.settings))
            view.form.add_device_choice(DeviceChoice(window.placing))
            view.tensor_chosen.connect(window.select_tensor)
            view.back_asked.connect(window.show_layers)
            view.copy_asked.connect(window.save_copy_as)
            view.copied.connect(window.status.say)
            view.linking.marked.connect(window.layers.model.mark_loaded)
            follow_filter_in_report(window, view)
            model, editor = view.report.model, view.editor
            window.tables.add(view.report.tree, "test-load", model.writer).copy_names()
            editor.use(window.tables)
            window.pages.addWidget(view)
        return self._load_test

    def wished_copy(self) -> Wish:
        """What a copy of the open file is to be by the view that is shown."""
        view, checkpoint = self._load_test, self._window.session.checkpoint
        if view is None or checkpoint is None or self._window.pages.currentWidget() is not view:
            return Wish()
        wish = view.wished_copy()
        if wish.keys is None or wish.keys.entry not in checkpoint.entries:
            return Wish()
        # Whoever asks for a copy of the file gets all of it, unless he says so.
        return replace(wish, entry=None, keys=replace(wish.keys, only_offered=True))

    @property
    def compare(self) -> "ComparePanel":
        """The view of Compare."""
        if self._compare is None:
            from explorer.ui.compare.panel import ComparePanel  # noqa: PLC0415 - as above
            from explorer.ui.compare.row_menu import PairMenu  # noqa: PLC0415 - as above

            window = self._window
            view = self._compare = ComparePanel(window.session, window.settings, self.exports)
            view.arranging.current = self._key_to_keep
            view.arranging.known = window.layers.filtering.known
            window.filter.asked.connect(view.rows.set_filter)
            view.all_asked.connect(window.filter.clear)
            view.rows.set_filter(window.filter.text())
            view.tensor_chosen.connect(window.select_tensor)
            view.back_asked.connect(window.show_layers)
            view.body.tables = window.tables
            view.exports.serve(window.tables, view.rows.table, view.rows.tree)
            PairMenu(view, window.filter.setText)
            view.run_asked.connect(self.show_run)
            view.comparing.compared.connect(lambda compared: window.layers.follow_comparison(compared.comparison))
            window.pages.addWidget(view)
            # Made with it: they remember what it compares.
            _ = self.plans
            self.compare_made.emit(view)
        return self._compare

    @property
    def plans(self) -> "ComparisonPlans":
        """What is done to both files of a comparison."""
        # Its making asks for them.
        panel = self.compare
        if self._plans is None:
            from explorer.ui.compare.plans import ComparisonPlans  # noqa: PLC0415 - as above

            self._plans = ComparisonPlans(self._window, panel)
        return self._plans

    @property
    def comparing(self) -> "ComparePanel | None":
        """The view of Compare, if it was asked for already."""
        return self._compare

    @property
    def shows_run(self) -> bool:
        """The view of a run takes the window."""
        return self._run is not None and self.shown is self._run

    @property
    def has_run(self) -> bool:
        """There is a run to go back to."""
        return self._run is not None and self._run.has_files

    @property
    def run(self) -> "RunPanel":
        """The view of a run."""
        if self._run is None:
            from explorer.ui.run.panel import RunPanel  # noqa: PLC0415 - as above

            view = self._run = RunPanel(self._window.settings)
            view.back_asked.connect(self._window.show_layers)
            taking = self._window.tables.add(view.table, "run", view.model.writer)
            taking.replace(copy_table=view.view.copy_numbers, export=view.view.save_csv)
            view.pair_asked.connect(self._compare_pair_of_run)
            view.files.menu.open_asked.connect(self._window.open_file)
            view.files.menu.window_asked.connect(lambda path: self._window.new_window().open_file(path))
            self._window.pages.addWidget(view)
            filtering = self._window.layers.filtering
            filtering.asked.connect(view.set_filter)
            view.set_filter(filtering.query)
            view.all_asked.connect(self._window.filter.clear)
        return self._run

    @property
    def busy(self) -> bool:
        """Something is tested or compared."""
        return any(view is not None and view.busy for view in (self._load_test, self._compare, self._run))

    @property
    def shown(self) -> QWidget | None:
        """The one that takes the window; None where the layers do."""
        page = self._window.pages.currentWidget()
        return page if page is not None and page in (self._load_test, self._compare, self._run) else None

    @property
    def tests(self) -> bool:
        """The view of Test-load takes the window."""
        return self.shown is not None and self.shown is self._load_test

    def take_keyboard(self) -> bool:
        """Give the keyboard to the list of the view that takes the window; whether one does."""
        shown = self.shown
        if shown is self._compare and self._compare is not None:
            self._compare.take_keyboard()
        elif shown is self._run and self._run is not None:
            self._run.take_keyboard()
        elif shown is self._load_test and self._load_test is not None:
            self._load_test.take_keyboard()
        return shown is not None

    def cancel(self) -> bool:
        """Cancel what the shown view does, or go a step back in it; whether it did anything."""
        shown = self.shown
        if shown is self._load_test and self._load_test is not None and self._load_test.testing.busy:
            self._load_test.testing.cancel()
        elif shown is self._load_test and self._load_test is not None:
            return self._load_test.step_back()
        elif shown is self._compare and self._compare is not None and self._compare.comparing.busy:
            self._compare.comparing.cancel()
        elif shown is self._run and self._run is not None and self._run.comparing.compares:
            self._run.cancel()
        elif shown is not None and cancel_in(shown):
            return True
        elif shown is not None and shown is self._compare and self._came_from_run:
            self.show_run()
        else:
            return False
        return True

    def take_along(self) -> None:
        """Select in the layers what was selected in the view that takes the window."""
        chosen, layers = self._chosen, self._window.layers
        selected, checkpoint = self._window.session.selected, self._window.session.checkpoint
        # A tree that takes the keyboard selects its first row: that is nobody's choice.
        has_choice = selected is not None and not (isinstance(selected, Layer) and selected.is_root)
        if chosen is None or checkpoint is None or (has_choice and chosen == self._came_with):
            return
        number = chosen if isinstance(chosen, int) else layers.model.tensor_number(layers.model.index_of_key(chosen))
        if number is not None:
            self._window.session.select(checkpoint.tensors[number])

    def _bring_along(self) -> None:
        """Select in the view that takes the window what is selected in the layers, where it is listed."""
        tensor = self._window.session.tensor
        if tensor is not None and self._compare is not None and self.shown is self._compare:
            self._compare.rows.select_tensor(tensor.number)
        elif tensor is not None and self._run is not None and self.shown is self._run:
            self._run.select_key(tensor.key)
        self._came_with = self._chosen

    @property
    def _chosen(self) -> int | str | None:
        """The tensor of A that is selected in the view of Compare, the key that is in that of a run."""
        if self._compare is not None and self.shown is self._compare:
            compared, a = self._compare.model.compared, self._window.session.checkpoint
            # Of a file that was opened since, the numbers are of other tensors.
            is_of_a = compared is not None and compared.comparison.pairing.a.checkpoint is a
            return self._compare.rows.current_tensor if is_of_a else None
        return self._run.selected_key if self._run is not None and self.shown is self._run else None

    def _key_to_keep(self) -> str | None:
        """The key of the pair that stays selected; of a new comparison that of the tensor in the layers."""
        key, tensor = self.compare.selected_key, self._window.session.tensor
        return tensor.key if key is None and tensor is not None else key

    def show_load_test(self) -> None:
        """Show the view of Test-load, and ask for a model file where none was chosen."""
        if self._window.session.checkpoint is None:
            return
        self.take_along()
        was_there = self.load_test.isAncestorOf(self._window.focusWidget())
        self._window.pages.setCurrentWidget(self.load_test)
        if not was_there:
            self.load_test.form.take_keyboard()
        if self.load_test.form.chosen is None and not self.load_test.testing.busy:
            self.load_test.choose_file()

    def show_compare(self) -> None:
        """Show the view of Compare, and ask for a second checkpoint where there is none."""
        if self._window.session.checkpoint is None:
            return
        before, focused = self._window.pages.currentWidget(), self._window.focusWidget()
        again = self.shown is self.compare
        if not again:
            self._came_from_run = self.shows_run
        self.bring_compare()
        if again or not (self.compare.has_other or self.compare.busy):
            self.compare.choose_file().rejected.connect(partial(self._go_back, before, focused))

    def _go_back(self, page: QWidget | None, focused: QWidget | None) -> None:
        """Show what was shown before nothing was chosen to compare with."""
        if self.compare.is_empty and page is not None and page is not self.compare:
            self._window.pages.setCurrentWidget(page)
            if focused is not None and isValid(focused):
                focused.setFocus()

    def show_run(self) -> None:
        """Show the view of a run, and ask for its files where none were chosen, or where it is shown already."""
        again = self.shows_run
        self.take_along()
        self._window.pages.setCurrentWidget(self.run)
        self._bring_along()
        self.run.take_keyboard()
        if again or not self.run.has_files:
            self.run.choose_files()

    def compare_run(self, paths: Sequence[Path]) -> None:
        """Show the view of a run, and compare these files in it."""
        self._window.pages.setCurrentWidget(self.run)
        self.run.table.setFocus()
        self.run.compare(paths)

    def bring_compare(self) -> None:
        """Show the view of Compare, as it is."""
        self.compare.back_to_run.setVisible(self.has_run)
        if self.shown is not self.compare:
            self.take_along()
            self._window.pages.setCurrentWidget(self.compare)
            self._bring_along()
        self.compare.take_keyboard()

    @property
    def last_comparison(self) -> "Remembered | None":
        """What was compared last, in whichever window and whenever; None where nothing is remembered."""
        if not self._window.settings.kept(COMPARISONS):
            return None
        from explorer.ui.compare.remembered import remembered  # noqa: PLC0415 - as above

        return next(iter(remembered(self._window.settings)), None)

    def reopen_last(self) -> None:
        """Make the last comparison again."""
        last = self.last_comparison
        if last is not None:
            self.reopen(last)

    def reopen(self, one: "Remembered") -> None:
        """Make a comparison again, and show it."""
        from explorer.ui.compare.remembered import RememberedPair  # noqa: PLC0415 - as above

        if isinstance(one, RememberedPair):
            self._came_from_run = False
            self.plans.reopen(one)
        else:
            self._window.pages.setCurrentWidget(self.run)
            self.run.compare_as(one)

    def _compare_pair_of_run(self, pair: "RememberedPair", key: str | None) -> None:
        self._came_from_run = True
        self.plans.reopen(pair, key)

    def _leave(self, checkpoint: "Checkpoint") -> None:
        """A file was opened, which is to be seen: only a model goes on with it, and a comparison that asked for it."""
        before, self._path = self._path, checkpoint.path
        shown, another = self.shown, before not in (None, checkpoint.path)
        untested = self._load_test is not None and self._load_test.form.chosen is None and not self._load_test.busy
        waits = self._compare is not None and self._compare.held
        if shown is not None and (
            shown is self._run or (another and (untested if shown is self._load_test else not waits))
        ):
            self._window.show_layers()

    def close(self) -> None:
        """End all that they run."""
        if self._load_test is not None:
            self._load_test.close_testing()
        if self._compare is not None:
            self._compare.close_comparing()
        if self._run is not None:
            self._run.close_work()
