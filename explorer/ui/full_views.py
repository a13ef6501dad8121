"""The views that take the whole window, Test-load and Compare: each is made when it is first asked for.

Making both takes as long as the rest of a window, and most windows need neither.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.ui.compare.panel import ComparePanel
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.load_test.panel import LoadTestPanel

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


class FullViews(QObject):
    """Makes them, and ties them to the window."""

    def __init__(self, window: "MainWindow") -> None:
        """Make nothing yet.

        Args:
            window: Which they are of.
        """
        super().__init__(window)
        self._window = window
        self._load_test: LoadTestPanel | None = None
        self._compare: ComparePanel | None = None

    @property
    def load_test(self) -> LoadTestPanel:
        """The view of Test-load."""
        if self._load_test is None:
            window = self._window
            view = self._load_test = LoadTestPanel(window.session, LoadTestChoices(window.settings))
            view.tensor_chosen.connect(window.select_tensor)
            view.back_asked.connect(window.show_layers)
            view.copy_asked.connect(window.save_copy_as)
            view.linking.marked.connect(window.layers.model.mark_loaded)
            window.pages.addWidget(view)
        return self._load_test

    @property
    def compare(self) -> ComparePanel:
        """The view of Compare."""
        if self._compare is None:
            window = self._window
            view = self._compare = ComparePanel(window.session, window.settings)
            view.tensor_chosen.connect(window.select_tensor)
            view.back_asked.connect(window.show_layers)
            window.pages.addWidget(view)
        return self._compare

    @property
    def busy(self) -> bool:
        """Something is tested or compared."""
        return any(view is not None and view.busy for view in (self._load_test, self._compare))

    @property
    def shown(self) -> QWidget | None:
        """The one that takes the window; None where the layers do."""
        page = self._window.pages.currentWidget()
        return page if page is not None and page in (self._load_test, self._compare) else None

    def cancel(self) -> bool:
        """Cancel what the shown view does; whether it did anything."""
        shown = self.shown
        if shown is self._load_test and self._load_test is not None and self._load_test.testing.busy:
            self._load_test.testing.cancel()
        elif shown is self._compare and self._compare is not None and self._compare.comparing.busy:
            self._compare.comparing.cancel()
        else:
            return False
        return True

    def show_load_test(self) -> None:
        """Show the view of Test-load, and ask for a model file where none was chosen."""
        if self._window.session.checkpoint is None:
            return
        self._window.pages.setCurrentWidget(self.load_test)
        self.load_test.form.choose.setFocus()
        if self.load_test.form.chosen is None and not self.load_test.testing.busy:
            self.load_test.choose_file()

    def show_compare(self) -> None:
        """Show the view of Compare, and ask for a second checkpoint where there is none."""
        if self._window.session.checkpoint is None:
            return
        self._window.pages.setCurrentWidget(self.compare)
        self.compare.table.setFocus()
        if not self.compare.has_other and not self.compare.busy:
            self.compare.choose_file()

    def close(self) -> None:
        """End all that they run."""
        if self._load_test is not None:
            self._load_test.close_testing()
        if self._compare is not None:
            self._compare.close_comparing()
