"""The choice of what is shown of a file with several state_dicts."""

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtWidgets import QComboBox, QWidget

from explorer import formatting
from explorer.checkpoint.document import Entry

_LETTERS: Final = 24
"""Room for so many of an entry's name and what is said of it."""


class EntryBox(QComboBox):
    """Names the entries of a file, and says how many tensors and problems are in each; hidden where there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self.setAccessibleName("Entry")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LETTERS)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Offer those of another file."""
        self._entries = entries
        self.clear()
        for entry in entries:
            self.addItem(_said(entry))
        self.setVisible(len(entries) > 1)

    def mark(self, marks: Mapping[str, str]) -> None:
        """Say at each entry what is wrong in it.

        Args:
            marks: By the paths of entries, ``● 3``; those without a problem are not in it.
        """
        for place, entry in enumerate(self._entries):
            mark = marks.get(entry.path)
            self.setItemText(place, _said(entry) if mark is None else f"{mark} · {_said(entry)}")


def _said(entry: Entry) -> str:
    return f"{formatting.visible(entry.name) or 'whole file'} – {formatting.plural(entry.tensors, 'tensor')}"
