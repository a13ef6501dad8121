"""A move in the status bar, where it is seen also when the panel about devices is closed."""

from explorer.tasks.jobs import Progress
from explorer.ui.devices.placing import Placing
from explorer.ui.devices.words import row_words
from explorer.ui.running.work_row import WorkRow


class MoveStatus(WorkRow):
    """Follows a `Placing`; hidden while nothing is moved."""

    def __init__(self, placing: Placing) -> None:
        super().__init__("the move", "Moving tensors", in_status=True, in_bytes=True)
        self._placing = placing
        placing.changed.connect(self._show_state)
        placing.progressed.connect(self._take)
        self.cancel_asked.connect(placing.cancel)

    def _show_state(self) -> None:
        runs = self._placing.moving is not None
        if runs and not self.runs:
            self.begin()
        elif not runs:
            self.end()

    def _take(self, moving: Progress) -> None:
        self.follow(moving, row_words(moving))
