"""Everything in the file that is not a tensor, as a tree of names, types and values."""

from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QTreeView, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint
from explorer.formatting import plural
from explorer.progress import no_report
from explorer.query.names import beyond_names
from explorer.query.parsing import Query
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.contents.model import HEADS, ContentsModel, Listing
from explorer.ui.message_page import MessagePage
from explorer.ui.session import Session
from explorer.ui.tables.fitting import CLEAR, fit_words
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.text import label
from explorer.ui.themed import Themed

_FEW: Final = 200
"""So many rows are opened one level deep."""
_AT_ONCE: Final = 1_000
"""So many are searched in 10 ms; more behind the window."""
_NAMED: Final = 2
"""More values are only counted."""
_NOTHING: Final = "The file holds nothing but tensors."


class ContentsPanel(Themed, QFrame):
    """Shows what stands beside the tensors: epoch, arguments, learning rates, pickled objects, names of code.

    Signals:
        told: A sentence about values of the file that are NaN; "" where none is.
        all_asked: All rows are to be shown again.
    """

    told = Signal(str)
    all_asked = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QWidget | None = None) -> None:
        """Make the panel, empty.

        Args:
            session: Tells what is open.
            jobs: Find what fits the filter in many rows.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self.setProperty("panel", True)
        self.page = MessagePage(CLEAR, sentence=_NOTHING)
        self.page.button.clicked.connect(self.all_asked)
        self.model = ContentsModel(self)
        self._query = Query()
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        dress(self.tree, "Contents of the file")
        Fitting(self.tree, HEADS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        self.filtered = label(wrap=True, muted=True)
        self.filtered.setContentsMargins(12, 4, 12, 4)
        self.filtered.hide()
        layout.addWidget(self.filtered)
        layout.addWidget(self.tree)
        layout.addWidget(self.page, 1)
        session.opened.connect(self._show)
        self._begin_to_wear()

    def _wear(self) -> None:
        self.model.bad_color = QColor(theme.current(self).bad)

    def _show(self, checkpoint: Checkpoint) -> None:
        self._drop()
        self.model.show_checkpoint(checkpoint)
        self._query = Query()
        self.filtered.hide()
        self.told.emit(about_nan(self.model.nan))
        self._show_page("" if len(self.model) else _NOTHING)
        self._open_some()

    def keep(self, query: Query) -> None:
        """Show rows that fit only."""
        if query.tree == self._query.tree:
            return
        self._query = query
        self._drop()
        work = self.model.finding(query)
        if len(self.model) <= _AT_ONCE:
            self._take(work(no_report))
            return
        self._job = Job(work, "contents that fit")
        self._job.succeeded.connect(self._take)
        self._jobs.start(self._job)

    def _drop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    @Slot(object)
    def _take(self, found: Listing) -> None:
        self._job = None
        self.model.show_only(found)
        total = plural(len(self.model), "row")
        said = fit_words(self.model.fitting, total, beyond_names(self._query))
        filtered = not self._query.empty and len(self.model) > 0
        none = filtered and not self.model.fitting
        self.filtered.setText(said)
        self.filtered.setVisible(filtered and not none)
        if len(self.model):
            self._show_page(said if none else "", offer=none)
        self._open_some()

    def _show_page(self, sentence: str, *, offer: bool = False) -> None:
        """Say why there is no row, in the place of the tree; "" shows the tree."""
        self.tree.setVisible(not sentence)
        self.page.setVisible(bool(sentence))
        self.page.say(sentence, offer=offer)

    def _open_some(self) -> None:
        if not self._query.empty and self.model.fitting <= _FEW:
            self.tree.expandAll()
        elif len(self.model) <= _FEW:
            self.tree.expandToDepth(0)


def about_nan(names: list[str]) -> str:
    """Say which values of a file are NaN, as a sentence; "" for none."""
    if not names:
        return ""
    if len(names) > _NAMED:
        return f"In Contents, {plural(len(names), 'value')} are NaN."
    return f"In Contents, {' and '.join(names)} {'is' if len(names) == 1 else 'are'} NaN."
