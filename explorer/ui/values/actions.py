"""What takes a table of values elsewhere."""

from typing import Final

from PySide6.QtCore import QObject

from explorer.ui.plots.export_actions import ExportActions

NOTHING: Final = "Select a tensor first that has values."
_NO_PICTURE: Final = "Values are figures: copy those, or export them as CSV."


class ValuesActions(ExportActions):
    """Those of a table, which is no picture."""

    def __init__(self, parent: QObject) -> None:
        super().__init__("the selected values", parent)
        self.allow("")

    def allow(self, why_not: str) -> None:
        """Enable copying and saving, or have them say why they cannot be used."""
        for action in (self.reset, self.copy_picture, self.export["png"], self.export["svg"]):
            self._allow(action, _NO_PICTURE)
        for action in (self.copy_numbers, self.export["csv"]):
            self._allow(action, why_not)
