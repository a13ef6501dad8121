"""The model of the table of values: it reads what is looked at, and keeps a little of it."""

import re
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from explorer.formatting import ELLIPSIS
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.values.reading import Block, Source, read_block

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

BLOCK: Final = (64, 16)
"""Rows and columns that are read at once."""
KEPT: Final = 512
"""Blocks that are kept: half a million values."""
PAGE: Final = (1_000_000, 10_000)
"""Rows and columns that a view is given at once: its headers keep a record of each."""
_AHEAD: Final = 24
"""Blocks that may wait to be read; those that were asked for first have scrolled away by then."""

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NOWHERE: Final = QModelIndex()
_ODD: Final = re.compile("NaN|Inf")

Index = QModelIndex | QPersistentModelIndex


class ValuesModel(QAbstractTableModel):
    """The values of a table, or of a page of a very long one.

    Attributes:
        odd_color: Of what is not finite.

    Signals:
        failed: The exception for which values could not be read.
    """

    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        """Make an empty one.

        Args:
            jobs: Read values.
            parent: Owner.
        """
        super().__init__(parent)
        self._jobs = jobs
        self.odd_color: QColor | None = None
        self._source: Source | None = None
        self._first = (0, 0)
        self._blocks: OrderedDict[tuple[int, int], Block] = OrderedDict()
        self._asked: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._job: Job | None = None
        # One turn of the event loop collects what a paint asks for.
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._read_next)

    @property
    def busy(self) -> bool:
        """Values are being read."""
        return self._job is not None or self._timer.isActive()

    @property
    def source(self) -> Source | None:
        """What is shown."""
        return self._source

    @property
    def first(self) -> tuple[int, int]:
        """Row and column of the table that the page begins with."""
        return self._first

    def show_source(self, source: Source | None, first: tuple[int, int] = (0, 0)) -> None:
        """Show another table, or another page of the same.

        Args:
            source: None for nothing.
            first: Row and column that the page begins with.
        """
        self._stop()
        self.beginResetModel()
        if source != self._source:
            self._blocks.clear()
        self._source, self._first = source, first
        self.endResetModel()

    def show_bits(self, *, shown: bool) -> None:
        """Show bits in the place of numbers, or numbers again; what is selected stays."""
        if self._source is None or self._source.as_bits == shown:
            return
        self._stop()
        self._blocks.clear()
        self._source = self._source._replace(as_bits=shown)
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Rows of the page."""
        return 0 if parent.isValid() or self._source is None else self._length(self._source.plane.height, 0)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Columns of the page."""
        return 0 if parent.isValid() or self._source is None else self._length(self._source.plane.width, 1)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Where a row or a column stands in the table."""
        if role == Qt.ItemDataRole.DisplayRole:
            across = orientation == Qt.Orientation.Horizontal
            return self._heading(section + self._first[across], across=across)
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def _heading(self, place: int, *, across: bool) -> str:
        """The number of a row or a column; where several axes run that way, its index along each of them."""
        plane = None if self._source is None else self._source.plane
        axes = () if plane is None else plane.across if across else plane.down
        if plane is None or len(axes) < 2:
            return str(place)
        index = plane.index(0, place) if across else plane.index(place, 0)
        return ", ".join(str(index[axis]) for axis in axes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """A value as text, or dots until it is read."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row() + self._first[0], index.column() + self._first[1]) or ELLIPSIS
        if role == Qt.ItemDataRole.ForegroundRole:
            text = self.text(index.row() + self._first[0], index.column() + self._first[1])
            return self.odd_color if _ODD.search(text) else None
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def text(self, row: int, column: int) -> str:
        """What stands at a row and a column of the table; "" where that is not read yet, which it is then."""
        place = row // BLOCK[0], column // BLOCK[1]
        block = self._blocks.get(place)
        if block is not None:
            return block.text(row, column)
        self._asked[place] = None
        self._asked.move_to_end(place)
        if len(self._asked) > _AHEAD:
            self._asked.popitem(last=False)
        if self._job is None:
            self._timer.start()
        return ""

    def _length(self, whole: int, way: int) -> int:
        return max(0, min(PAGE[way], whole - self._first[way]))

    def _stop(self) -> None:
        job, self._job = self._job, None
        self._asked.clear()
        self._timer.stop()
        if job is not None:
            job.cancel()

    @Slot()
    def _read_next(self) -> None:
        source = self._source
        if source is None or not self._asked:
            return
        # The last that was asked for is what is looked at.
        place, _ = self._asked.popitem()
        sizes = (source.plane.height, source.plane.width)
        rows, columns = (
            (at * size, min((at + 1) * size, whole)) for at, size, whole in zip(place, BLOCK, sizes, strict=True)
        )
        self._job = Job(partial(read_block, source, rows, columns), "values", priority=-1)
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._fail)
        self._job.stopping.connect(self._forget)
        self._jobs.start(self._job)

    @Slot(object)
    def _take(self, block: Block) -> None:
        self._job = None
        place = block.rows[0] // BLOCK[0], block.columns[0] // BLOCK[1]
        self._blocks[place] = block
        self._asked.pop(place, None)
        while len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        ends = []
        for way, (low, high) in enumerate((block.rows, block.columns)):
            length = (self.rowCount(), self.columnCount())[way]
            ends.append((max(low - self._first[way], 0), min(high - self._first[way], length) - 1))
        if all(low <= high for low, high in ends):
            corners = zip(*ends, strict=True)
            self.dataChanged.emit(*(self.index(row, column) for row, column in corners))
        if self._asked:
            self._read_next()

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._job = None
        self._asked.clear()
        self.failed.emit(error)

    @Slot(object)
    def _forget(self, job: Job) -> None:
        if job is self._job:
            self._job = None
