"""A move in the status bar, where it is seen also when the panel about devices is closed."""

from explorer.formatting import nbytes, percent
from explorer.ui.devices.placing import Moving, Placing
from explorer.ui.running.busy import Busy


class MoveStatus(Busy):
    """Follows a `Placing`; hidden while nothing is moved."""

    def __init__(self, placing: Placing) -> None:
        super().__init__("the move")
        self._placing = placing
        self._runs = False
        placing.changed.connect(self._show_state)
        placing.progressed.connect(self._follow)
        self.cancel_asked.connect(placing.cancel)

    def _show_state(self) -> None:
        runs = self._placing.moving is not None
        if runs and not self._runs:
            self.begin("moving tensors")
        elif not runs:
            self.end()
        self._runs = runs

    def _follow(self, moving: Moving) -> None:
        share = moving.done / max(1, moving.total)
        rate = f" · {nbytes(round(moving.rate))}/s" if moving.rate else ""
        self.tell(f"moving {percent(share, 1)}{rate}", share)
