"""What is done with devices, in rows: in the panel about them and, seen also when that is closed, in the status bar."""

from explorer.tasks.jobs import Progress
from explorer.ui.devices.placing import Placing
from explorer.ui.devices.words import row_words
from explorer.ui.running.work_row import WorkRow


class LookRow(WorkRow):
    """The look for devices; hidden while nobody waits for it."""

    def __init__(self, placing: Placing, *, in_status: bool = False) -> None:
        """Follow a `Placing`.

        Args:
            placing: Looks.
            in_status: As of `WorkRow`.
        """
        super().__init__("the look for devices", "Looking for devices", in_status=in_status)
        self._placing = placing
        placing.changed.connect(self._show_state)
        self.cancel_asked.connect(placing.give_up_looking)

    def _show_state(self) -> None:
        if self._placing.looking and not self.runs:
            self.begin()
        elif not self._placing.looking:
            self.end()


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
