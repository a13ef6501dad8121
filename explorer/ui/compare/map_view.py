"""The heat maps of a pair with what is read out below them."""

from functools import partial

from explorer.formatting import UNNAMED, visible
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.compare.map_plot import MapPlot
from explorer.ui.compare.map_words import about_place, facts, summary
from explorer.ui.compare.map_work import PairDrawn, pair_table, read_pair
from explorer.ui.heatmap.table_view import MakeTable, ReadPlace, TableView
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.settings import Settings


class MapView(TableView[MapPlot]):
    """Draws what it is given."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__("heat maps", MapPlot(), actions, settings, jobs)
        for line in (self.readout, self.notes):
            line.setContentsMargins(0, 2, 0, 2)

    @property
    def shown(self) -> PairDrawn | None:
        """The finest pictures that are drawn."""
        pictures = self.plot.pictures
        return pictures[-1] if pictures else None

    def draw(self, *pictures: PairDrawn) -> None:
        """Draw the pictures of the whole, and those of a part over them."""
        self.plot.show_pictures(*pictures)
        self._drawn_anew()

    def drawn(self) -> MapPlot | None:
        """The plot, while something is drawn on it."""
        return self.plot if self.plot.pictures else None

    def name(self) -> str:
        """The key of the pair."""
        return "" if self.shown is None else self.shown.subject.key

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        shown = self.shown
        if shown is None:
            return [], []
        colors, font = theme.current(self), self.readout.font()
        above = [Line(visible(shown.subject.key) or UNNAMED, theme.title_font(self.font()), colors.text)]
        for letter, side, color in (("A", shown.subject.a, colors.accent), ("B", shown.subject.b, colors.b_text)):
            above.append(Line(f"{letter} {visible(side[0].path.name)}", self.font(), color))
        below = [summary(shown), " · ".join(facts(shown))]
        return above, [Line(text, font, colors.muted) for text in below if text]

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
