"""Brings figures from the disk, and takes there what was measured: behind the window, and behind the last one too."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer

from explorer.checkpoint.document import Checkpoint
from explorer.progress import Report
from explorer.tasks.behind import Behind
from explorer.ui.files.shares import lies_on_share
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics

_REST_MS: Final = 3_000
"""Of what is only looked at, nothing is written before nothing has been looked at for so long."""

_ASKED_S: Final = 0.02

PORTION_TENSORS: Final = 4_096
"""Figures of so many tensors are handed over at once."""


class Prepared(NamedTuple):
    """What is known of a file before any of its values is read.

    Attributes:
        statistics: That were kept the last time, by the tensor's number.
        on_share: The file lies on a network share.
        total: Bytes that measuring everything looks at.
    """

    statistics: "dict[int, Statistics]"
    on_share: bool
    total: int


class Portions(QObject):
    """Hands kept figures over a little at a time: those of a hundred thousand tensors would hold the window up."""

    def __init__(
        self, interval_ms: int, take: "Callable[[dict[int, Statistics], bool], None]", parent: QObject | None = None
    ) -> None:
        """Prepare.

        Args:
            interval_ms: Between two portions.
            take: Takes each, and whether it is the last.
            parent: Owner.
        """
        super().__init__(parent)
        self._take = take
        self._left: Iterator[tuple[int, Statistics]] = iter(())
        self._timer = QTimer(self, singleShot=True, interval=interval_ms)
        self._timer.timeout.connect(self._next)

    def start(self, statistics: "dict[int, Statistics]") -> None:
        """Hand over the first portion now, and the others later."""
        self._left = iter(statistics.items())
        self._next()

    def stop(self) -> None:
        """Hand over no more."""
        self._timer.stop()

    def _next(self) -> None:
        portion = dict(islice(self._left, PORTION_TENSORS))
        last = len(portion) < PORTION_TENSORS
        if not last:
            self._timer.start()
        self._take(portion, last)


class KeptFigures(QObject):
    """The figures of the open checkpoint on the disk, as far as the settings want them there."""

    def __init__(
        self, settings: Settings, known: "Callable[[], dict[int, Statistics]]", parent: QObject | None = None
    ) -> None:
        """Begin without a checkpoint.

        Args:
            settings: Tell whether and where figures are kept.
            known: All that are known of the checkpoint, by the tensor's number.
            parent: Owner.
        """
        super().__init__(parent)
        self._settings = settings
        self._known = known
        self._checkpoint: Checkpoint | None = None
        self._wanted = settings.keeps_figures
        self._behind = Behind("keeping statistics")
        self._new = False
        self._timer = QTimer(self, singleShot=True, interval=_REST_MS)
        self._timer.timeout.connect(self.keep)
        settings.changed.connect(self._follow_settings)

    def prepare(self, checkpoint: Checkpoint) -> Callable[[Report], Prepared]:
        """What brings, on the worker, what was kept of a checkpoint; that is the open one from now on."""
        self._checkpoint = checkpoint
        folder = self._settings.cache_folder if self._settings.keeps_figures else None
        return partial(_prepare, self._behind, folder, checkpoint)

    def note_new(self) -> None:
        """More is known than is kept."""
        self._new = True

    def keep_later(self) -> None:
        """Keep what is known, once nothing new has come for a while."""
        if self._new:
            self._timer.start()

    def keep(self) -> None:
        """Keep what is known, as soon as the disk has taken what came before; returns at once."""
        self._timer.stop()
        if self._new and self._checkpoint is not None and self._settings.keeps_figures:
            self._new = False
            self._behind.do(partial(_keep, self._settings.cache_folder, self._checkpoint, self._known()))

    def forget(self) -> None:
        """Keep what is known of the checkpoint, which is not the open one any more."""
        self.keep()
        self._checkpoint = None
        self._new = False

    def _follow_settings(self) -> None:
        if self._settings.keeps_figures and not self._wanted:
            # They were not kept until now.
            self._new = bool(self._known())
            self.keep()
        self._wanted = self._settings.keeps_figures


def _prepare(behind: Behind, folder: Path | None, checkpoint: Checkpoint, report: Report) -> Prepared:
    from explorer.analysis.measure.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    kept = {}
    if folder is not None:
        # The last figures of this very file may be on their way.
        while not behind.wait(_ASKED_S):
            report(0, 0, "statistics")
        kept = StatisticsCache(folder).load(checkpoint)
    return Prepared(kept, lies_on_share(checkpoint.path), checkpoint.tensors.walked_nbytes_of_all)


def _keep(folder: Path, checkpoint: Checkpoint, statistics: "dict[int, Statistics]") -> None:
    from explorer.analysis.measure.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    StatisticsCache(folder).save(checkpoint, statistics)
