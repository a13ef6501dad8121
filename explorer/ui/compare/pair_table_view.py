"""A drawn table of a pair: by whose name it goes, and of which files a picture of it tells."""

from typing import Any, Protocol, TypeVar

from explorer.checkpoint.document import Located
from explorer.tasks.jobs import Jobs
from explorer.ui.compare.side_lines import side_lines
from explorer.ui.heatmap.table_plot import TablePlot
from explorer.ui.heatmap.table_view import TableView
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.settings import Settings


class PairOf(Protocol):
    """What is drawn of: what the pair is called, and the tensor on each side."""

    @property
    def key(self) -> str:
        """The name of the pair."""

    @property
    def a(self) -> Located:
        """The tensor of A."""

    @property
    def b(self) -> Located:
        """That of B."""


class DrawnOfPair(Protocol):
    """A picture that is drawn of a pair."""

    @property
    def subject(self) -> PairOf:
        """Of what."""


D = TypeVar("D", bound=DrawnOfPair)
P = TypeVar("P", bound=TablePlot[Any, Any])


class PairTableView(TableView[P, D]):
    """Draws what it is given."""

    def __init__(self, what: str, plot: P, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__(what, plot, actions, settings, jobs)
        for line in (self.readout, self.notes):
            line.setContentsMargins(0, 2, 0, 2)

    def name(self) -> str:
        """The key of the pair."""
        return "" if self.shown is None else self.shown.subject.key

    def above(self) -> list[Line]:
        """The name of the pair, and both files."""
        shown = self.shown
        sides = [] if shown is None else side_lines(self, shown.subject.a, shown.subject.b)
        return [*super().above(), *sides]
