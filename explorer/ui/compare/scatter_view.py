"""The scatter of a pair with what is read out below it."""

from functools import partial

from explorer.tasks.jobs import Jobs
from explorer.ui.compare.pair_table_view import PairTableView
from explorer.ui.compare.scatter_plot import ScatterPlot
from explorer.ui.compare.scatter_words import about_place, facts, summary
from explorer.ui.compare.scatter_work import ScatterDrawn, scatter_table
from explorer.ui.heatmap.table_view import ReadPlace
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import MakeTable
from explorer.ui.settings import Settings


class ScatterView(PairTableView[ScatterPlot, ScatterDrawn]):
    """Draws what it is given."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__("scatter", ScatterPlot(), actions, settings, jobs)
        # What is outside is told otherwise there.
        self.plot.moved.connect(self.tell)

    def summary(self) -> str:
        """How many pairs are drawn, in what cells."""
        return "" if self.shown is None else summary(self.shown)

    def about(self, row: int, column: int, value: str) -> str:  # noqa: ARG002 - as of every table
        """The cell at a place, and how many pairs are in it."""
        return "" if self.shown is None else about_place(self.shown, row, column)

    def facts(self) -> list[str]:
        """What is not drawn."""
        return [] if self.shown is None else facts(self.shown, zoomed=len(self.plot.pictures) > 1)

    def make_table(self) -> MakeTable | None:
        """The cells that hold a pair."""
        return None if self.shown is None else partial(scatter_table, self.shown)

    def read_place(self, row: int, column: int) -> ReadPlace | None:  # noqa: ARG002 - as of every table
        """There is no more to read."""
        return None
