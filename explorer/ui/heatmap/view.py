"""The heat map of a tensor with what is read out below it."""

from functools import partial

from explorer.tasks.jobs import Jobs
from explorer.ui.heatmap.plot import HeatmapPlot
from explorer.ui.heatmap.table_view import ReadPlace, TableView
from explorer.ui.heatmap.words import about_place, notes, summary
from explorer.ui.heatmap.work import Drawn, read_one, table
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import MakeTable
from explorer.ui.settings import Settings


class HeatmapView(TableView[HeatmapPlot, Drawn]):
    """Draws what it is given."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__("heat map", HeatmapPlot(), actions, settings, jobs)

    def name(self) -> str:
        """The key of the tensor."""
        return "" if self.shown is None else self.shown.subject.tensor.key

    def summary(self) -> str:
        """What a cell stands for, and where the colours end."""
        return "" if self.shown is None else summary(self.shown)

    def about(self, row: int, column: int, value: str) -> str:
        """Index, value, cell and norms at a place."""
        return "" if self.shown is None else about_place(self.shown, row, column, value)

    def facts(self) -> list[str]:
        """What is not finite, and more."""
        return [] if self.shown is None else notes(self.shown)

    def make_table(self) -> MakeTable | None:
        """The cells with the first row and column of each."""
        return None if self.shown is None else partial(table, self.shown)

    def read_place(self, row: int, column: int) -> ReadPlace | None:
        """The exact value in the file."""
        return None if self.shown is None else partial(read_one, self.shown.subject, row, column)
