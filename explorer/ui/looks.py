"""The ways to look at a tensor besides its histogram, and their worker."""

from PySide6.QtWidgets import QWidget

from explorer.tasks.jobs import Jobs
from explorer.ui.heatmap.panel import HeatmapPanel
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import TensorLook, TensorView
from explorer.ui.values.panel import ValuesPanel


class Looks:
    """Makes them for one window.

    Attributes:
        jobs: Their worker: nobody waits there for the statistics of something large.
        heatmap: A tensor as a picture.
        values: A tensor as a table.
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        """Make them; nothing is shown in them.

        Args:
            session: Tells what is open.
            settings: Remember how they show it.
        """
        self.jobs = Jobs("looking")
        self.heatmap = HeatmapPanel(session, self.jobs, settings)
        self.values = ValuesPanel(session, self.jobs, settings)

    def by_view(self) -> dict[TensorView, TensorLook]:
        """Each by its `TensorView`."""
        return {"heatmap": self.heatmap, "values": self.values}

    def controls(self) -> list[QWidget]:
        """What takes the keyboard, in its order."""
        return [control for look in self.by_view().values() for control in look.controls()]

    def cancel(self) -> None:
        """Stop all of it; each look says so, where there is nothing to see yet."""
        self.jobs.cancel_all()
        self.heatmap.cancel()

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        return self.jobs.busy or any(look.busy for look in self.by_view().values())
