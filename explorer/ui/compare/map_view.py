"""The heat maps of a pair with what is read out below them."""

from functools import partial

from explorer.tasks.jobs import Jobs
from explorer.ui.compare.map_plot import MapPlot
from explorer.ui.compare.map_words import about_place, facts, summary
from explorer.ui.compare.map_work import PairDrawn, pair_table, read_pair
from explorer.ui.compare.pair_table_view import PairTableView
from explorer.ui.heatmap.table_view import ReadPlace
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import MakeTable
from explorer.ui.settings import Settings


class MapView(PairTableView[MapPlot, PairDrawn]):
    """Draws what it is given."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__("heat maps", MapPlot(), actions, settings, jobs)

    def summary(self) -> str:
        """What a cell stands for, and where the colours end."""
        return "" if self.shown is None else summary(self.shown)

    def about(self, row: int, column: int, value: str) -> str:
        """Index, values and cells at a place."""
        return "" if self.shown is None else about_place(self.shown, row, column, value)

    def facts(self) -> list[str]:
        """What is missing, converted, or not finite."""
        return [] if self.shown is None else facts(self.shown)

    def make_table(self) -> MakeTable | None:
        """The cells of all three."""
        return None if self.shown is None else partial(pair_table, self.shown)

    def read_place(self, row: int, column: int) -> ReadPlace | None:
        """Both values in the files, and their difference."""
        return None if self.shown is None else partial(read_pair, self.shown.subject, row, column)
