"""How the selected tensor lies in its storage, and with which others: a line under its name."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.ui.space.words import full_name, storage_part
from explorer.ui.text import ElidedLabel, caption, set_tone, set_tooltip
from explorer.ui.words_row import words_row

_LISTED: Final = 30


class StorageLine(QWidget):
    """Hidden while there is nothing to say.

    Signals:
        chosen: A tensor that shares the storage is to be looked at (its number).
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.part.setProperty("muted", True)
        self.checksum = ElidedLabel()
        set_tone(self.checksum, "bad")
        self.shared = QPushButton()
        self._menu = QMenu(self)
        self.shared.setMenu(self._menu)
        words_row(self, self.shared, self.checksum, self.part)
        self.hide()

    def show_tensor(
        self, checkpoint: Checkpoint | None, tensor: TensorInfo | None, sharers: Sequence[int], *, wrong: bool = False
    ) -> None:
        """Say what there is to say.

        Args:
            checkpoint: What is open.
            tensor: The selected one; None for none.
            sharers: All tensors in its storage, itself among them.
            wrong: Its checksum is wrong.
        """
        self._menu.clear()
        others = [] if tensor is None else [number for number in sharers if number != tensor.number]
        part = "" if tensor is None else storage_part(tensor)
        self.part.setText(f"{part[:1].upper()}{part[1:]}")
        self.part.setVisible(bool(part))
        self.checksum.setText("Wrong checksum: these are not the values that were saved." if wrong else "")
        self.checksum.setVisible(wrong)
        self.shared.setVisible(bool(others))
        if checkpoint is not None and tensor is not None and others:
            self._name(checkpoint, others, tensor.entry)
        self.setVisible(bool(part or others or wrong))

    def _name(self, checkpoint: Checkpoint, others: Sequence[int], entry: str) -> None:
        names = [full_name(checkpoint, number, entry) for number in others[:_LISTED]]
        more = f"{formatting.exact(len(others) - _LISTED)} more" if len(others) > _LISTED else ""
        said = formatting.plural(len(others), "other")
        # Its own part of the storage comes first in the room there is; the menu names them all.
        self.shared.setText(caption(f"Shared with {formatting.visible(names[0], 32) if len(others) == 1 else said}"))
        set_tooltip(self.shared, "\n".join([f"In the same storage as {said}:", *names, *([more] if more else [])]))
        for number, name in zip(others, names, strict=False):
            action = self._menu.addAction(caption(name))
            action.triggered.connect(lambda _checked=False, number=number: self.chosen.emit(number))
        if more:
            self._menu.addAction(caption(f"and {more}")).setEnabled(False)
