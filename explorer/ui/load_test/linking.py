"""Ties a report to the tree of layers: marks at its tensors, and one selection for both."""

from PySide6.QtCore import QObject, Signal

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui.load_test.report_view import ReportView
from explorer.ui.load_test.testing import Tested
from explorer.ui.session import Session


class Linking(QObject):
    """Follows what is tested and what is selected.

    Signals:
        marked: What becomes of tensors, as a dict of `LoadState` by number; empty where there is no report.
    """

    marked = Signal(object)

    def __init__(self, session: Session, report: ReportView, parent: QObject) -> None:
        """Begin without a report.

        Args:
            session: Tells and is told what is selected.
            report: Shows the report, where there is one.
            parent: Owner.
        """
        super().__init__(parent)
        self._session, self._report = session, report
        self._tested: Tested | None = None
        self._keys: dict[int, str] = {}
        session.selection_changed.connect(self._follow)
        report.key_selected.connect(self._select)

    def show_tested(self, tested: Tested | None) -> None:
        """Follow another report; None for none."""
        before, self._tested = self._tested, tested
        self._keys = {} if tested is None else {number: key for key, number in tested.numbers.items()}
        if tested is not None or before is not None:
            self.marked.emit({} if tested is None else tested.states)
        self._follow(self._session.selected)

    def _follow(self, selected: TensorInfo | Layer | None) -> None:
        if self._tested is not None and isinstance(selected, TensorInfo) and selected.number in self._keys:
            key = self._keys[selected.number]
            self._report.show_selected(key, self._tested.places.get(key))

    def _select(self, key: str) -> None:
        checkpoint = self._session.checkpoint
        number = None if self._tested is None else self._tested.numbers.get(key)
        if number is not None and checkpoint is not None:
            self._session.select(checkpoint.tensors[number])
