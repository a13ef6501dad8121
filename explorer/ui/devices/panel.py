"""The panel about devices: what a move takes before it begins, how far it is, and how much room is where."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from explorer.devices.placement import Plan
from explorer.tasks.jobs import Progress
from explorer.ui.devices.model import DeviceModel
from explorer.ui.devices.placing import Arrived, Placing
from explorer.ui.devices.status import LookRow
from explorer.ui.devices.words import arrival, given_up, progress, proposal, row_words, whereabouts
from explorer.ui.message_page import MessagePage
from explorer.ui.plots.plot_body import stacked
from explorer.ui.running.work_row import WorkRow
from explorer.ui.session import Session
from explorer.ui.tables.table_panel import TablePanel
from explorer.ui.text import Tone, caption, set_tooltip

HEIGHT: Final = 184
"""Of the dock, in pixels: a few rows."""
_OPEN_FIRST: Final = "Open a checkpoint to move its tensors."


class DevicesPanel(TablePanel):
    """Follows a `Placing`.

    Signals:
        copy_asked: A copy for a device is to be saved (its name): a move does not change the file.
    """

    copy_asked = Signal(str)

    def __init__(self, session: Session, placing: Placing) -> None:
        """Make the panel.

        Args:
            session: Tells what is open.
            placing: Does the work.
        """
        self.model = DeviceModel()
        super().__init__("Devices", "Devices", self.model, MessagePage("Look for devices", shows="device"), HEIGHT)
        self.model.setParent(self)
        self._session = session
        self._placing = placing
        self._asking = False
        self._says_unknown = False
        self._arrived_at: str | None = None
        self.move_now = QPushButton("Move")
        self.move_now.setProperty("primary", True)
        self.dismiss = QPushButton("Don't move")
        self.copy = QPushButton()
        self.undo = QPushButton("Undo")
        self.look = QPushButton("Look again")
        self.look.setProperty("flat", True)
        self.looking = LookRow(placing)
        self.progress = WorkRow("the move", "Moving tensors", in_bytes=True)
        # With buttons beside it or without: nothing below moves.
        self.sentence.setMinimumHeight(self.move_now.sizeHint().height())
        rows = QWidget()
        stacked(rows, self.looking, self.progress)
        self.lay_out(self.move_now, self.dismiss, self.copy, self.undo, self.look, between=rows)
        self.move_now.clicked.connect(placing.move)
        self.dismiss.clicked.connect(placing.dismiss)
        self.copy.clicked.connect(self._ask_for_copy)
        self.undo.clicked.connect(placing.undo)
        self.look.clicked.connect(placing.look)
        self.page.button.clicked.connect(placing.look)
        self.progress.cancel_asked.connect(placing.cancel)
        placing.changed.connect(self._show_state)
        placing.proposed.connect(self._propose)
        placing.progressed.connect(self._follow)
        placing.arrived.connect(self._show_arrived)
        placing.failed.connect(lambda sentence: self._say(sentence, "bad"))
        placing.cancelled.connect(lambda: self._say("Cancelled: everything is where it was."))
        placing.not_found_out.connect(self._say_unknown)
        session.opened.connect(self._show_whereabouts)
        self._show_whereabouts()
        self._show_state()

    def _say(self, sentence: str, tone: Tone | None = None) -> None:
        self._says_unknown = False
        self.say(sentence, tone)
        self._show_page()

    def _say_unknown(self, failure: str) -> None:
        """Say why it is not known which devices there are, until somebody looks again."""
        self._say(failure or given_up(self._placing.devices), "bad" if failure else None)
        self._says_unknown = True

    def _show_whereabouts(self) -> None:
        self._arrived_at = None
        checkpoint, placement = self._session.checkpoint, self._session.placement
        if checkpoint is None or placement is None:
            self._say(_OPEN_FIRST)
        else:
            self._say(whereabouts(checkpoint, placement))

    def _show_state(self) -> None:
        placing, placement = self._placing, self._session.placement
        plan = placing.plan
        for button in (self.move_now, self.dismiss):
            button.setVisible(plan is not None)
        if plan is not None:
            self.move_now.setVisible(bool(plan.targets))
            self.move_now.setEnabled(plan.fits)
            self.dismiss.setText("Don't move" if plan.targets else "Close")
        elif self._asking or (self._says_unknown and placing.looking):
            self._show_whereabouts()
        self._asking = plan is not None
        self.undo.setVisible(plan is None and placing.last is not None and not placing.busy)
        self.undo.setText("Redo" if placing.redoes else "Undo")
        back = "Move again what was moved back" if placing.redoes else "Move what was moved last back to where it was"
        set_tooltip(self.undo, back)
        self._offer_copy()
        self.look.setText("Look for devices" if placing.devices is None else "Look again")
        self.look.setEnabled(not placing.looking)
        set_tooltip(self.look, "Ask PyTorch which devices there are and how much is free on them")
        if placing.moving is None:
            self.progress.end()
        elif self.progress.isHidden():
            self.progress.begin()
        held = {} if placement is None else placement.nbytes()
        self.table.setVisible(placing.devices is not None)
        self._show_page()
        self.model.show_devices(placing.devices or (), held)

    def _show_page(self) -> None:
        """Say in the middle what there is to say while there is neither a file nor a device."""
        nothing = self._session.checkpoint is None and self._placing.devices is None
        self.show_page(instead=nothing, offer=not self._placing.looking)

    def _propose(self, plan: Plan) -> None:
        self._say(proposal(plan), None if plan.fits else "bad")
        (self.move_now if plan.targets and plan.fits else self.dismiss).setFocus()

    def _follow(self, moving: Progress) -> None:
        plan = self._placing.moving
        if plan is not None:
            self._say(progress(plan, moving))
            self.progress.follow(moving, row_words(moving))

    def _show_arrived(self, arrived: Arrived) -> None:
        self._arrived_at = arrived.plan.device
        self._say(arrival(arrived))
        self._offer_copy()

    @property
    def _copy_for(self) -> str | None:
        """The device that the file might be wanted for: that of the move which is proposed, or was just made."""
        plan = self._placing.plan
        if plan is None:
            return None if self._placing.busy else self._arrived_at
        return plan.device if plan.targets else None

    def _offer_copy(self) -> None:
        device = self._copy_for
        self.copy.setVisible(device is not None)
        if device is not None:
            self.copy.setText(caption(f"Save a copy for {device}…"))
            set_tooltip(self.copy, f"Write a new file whose tensors torch.load puts on {device}")

    def _ask_for_copy(self) -> None:
        device = self._copy_for
        if device is not None:
            self.copy_asked.emit(device)
