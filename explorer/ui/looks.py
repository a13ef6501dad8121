"""The ways to look at a tensor besides its histogram, and their workers."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from explorer.tasks.jobs import Jobs
from explorer.ui.heatmap.panel import HeatmapPanel
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import LazyLook, TensorLook, TensorView
from explorer.ui.values.panel import ValuesPanel

if TYPE_CHECKING:
    from explorer.ui.measuring.measurements import Measurements


class Looks(QObject):
    """Makes them for one window.

    Attributes:
        jobs: Their worker: nobody waits there for the statistics of something large.
        heatmap: A tensor as a picture.
        values: A tensor as a table.
        channels: The distribution of each of its channels; made when it is first shown.
        spectrum: Its singular values; likewise.

    Signals:
        spectrum_computed: The number of a tensor, and its `explorer.analysis.draw.spectrum.Spectrum`.
    """

    spectrum_computed = Signal(int, object)

    def __init__(
        self,
        session: Session,
        settings: Settings,
        measurements: "Measurements",
        parent: QObject,
        beside: "Looks | None" = None,
    ) -> None:
        """Make them; nothing is shown in them.

        Args:
            session: Tells what is open.
            settings: Remember how they show it.
            measurements: Know what was measured.
            parent: Owner.
            beside: Others of the same window, whose workers do the work of these too; None for own ones.
        """
        super().__init__(parent)
        self._session, self._settings, self._measurements = session, settings, measurements
        self.jobs: Jobs = Jobs("looking") if beside is None else beside.jobs
        # A step of a spectrum may take a second to stop, for which nothing else is to wait.
        self._spectrum_jobs: Jobs = Jobs("spectrum") if beside is None else beside._spectrum_jobs  # noqa: SLF001 - its own
        self.heatmap = HeatmapPanel(session, self.jobs, settings)
        self.values = ValuesPanel(session, self.jobs, settings)
        self._of_channels = ExportActions("a line for each channel", self)
        self.channels = LazyLook(self._make_channels, self._of_channels)
        self._of_spectrum = ExportActions("the singular values", self)
        self.spectrum = LazyLook(self._make_spectrum, self._of_spectrum)

    def _make_channels(self) -> TensorLook:
        from explorer.ui.channels.panel import ChannelsPanel  # noqa: PLC0415 - most windows do without

        return ChannelsPanel(self._session, self.jobs, self._settings, self._of_channels, self._measurements)

    def _make_spectrum(self) -> TensorLook:
        from explorer.ui.spectrum.panel import SpectrumPanel  # noqa: PLC0415 - as above

        made = SpectrumPanel(self._session, self._spectrum_jobs, self._settings, self._of_spectrum, self._measurements)
        made.computed.connect(self.spectrum_computed)
        return made

    def compute_spectrum(self) -> None:
        """Compute the spectrum of the tensor that is shown, as if its button were pressed."""
        from explorer.ui.spectrum.panel import SpectrumPanel  # noqa: PLC0415 - as above

        made = self.spectrum.made
        if isinstance(made, SpectrumPanel):
            made.compute()

    def by_view(self) -> dict[TensorView, TensorLook]:
        """Each by its `TensorView`."""
        return {
            "heatmap": self.heatmap,
            "values": self.values,
            "channels": self.channels,
            "spectrum": self.spectrum,
        }

    def cancel(self) -> None:
        """Stop all of it; each look says so, where there is nothing to see yet."""
        self.jobs.cancel_all()
        self._spectrum_jobs.cancel_all()
        self.heatmap.cancel()

    def close(self) -> None:
        """End the workers."""
        self.jobs.close()
        self._spectrum_jobs.close()

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        return self.jobs.busy or any(look.busy for look in self.by_view().values())
