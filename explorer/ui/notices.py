"""What the message about the open file offers, and how it is called back."""

from typing import TYPE_CHECKING

from explorer.ui.copies.saving import Wish

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


def follow_messages(window: "MainWindow") -> None:
    """Connect the message bar with what it is about.

    Args:
        window: Its window.
    """

    def save_state_dict() -> None:
        checkpoint = window.session.checkpoint
        if checkpoint is not None and checkpoint.chosen is not None:
            window.save_copy_as(Wish(entry=checkpoint.chosen.path))

    window.messages.copy_asked.connect(save_state_dict)
    window.messages.again_asked.connect(window.reload)
    window.watching.changed.connect(window.messages.show_changed)
    window.pages.currentChanged.connect(window.messages.make_room)
