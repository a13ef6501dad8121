"""The two fields that say what is close: what is no tolerance is refused in a sentence, and never read as another."""

import math
import re
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from explorer import formatting
from explorer.ui.compare.comparing import Limits
from explorer.ui.text import label, set_tooltip

_NUMBER: Final = re.compile(r"\+?([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


class Tolerances(QObject):
    """What was valid last counts, whatever is being written.

    Attributes:
        rtol: Shows that of `limits`, or what is wrong, as `said` tells.
        atol: Likewise.
        said: Why a field is not taken at its word, which is seen only then.
        limits: What is close.

    Signals:
        changed: The user wants other limits (`Limits`).
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        """Make them, with nothing close but what is equal.

        Args:
            parent: What they stand in.
        """
        super().__init__(parent)
        self.limits = Limits()
        self.rtol, self.atol = QLineEdit("0", parent), QLineEdit("0", parent)
        self._fields = {"rtol": self.rtol, "atol": self.atol}
        self.said = label(tone="bad", wrap=True)
        self.said.hide()
        for name, field in self._fields.items():
            field.setMaxLength(60)
            field.setFixedWidth(9 * field.fontMetrics().averageCharWidth())
            field.setAccessibleName(name)
            set_tooltip(field, "Numbers are close where |a − b| ≤ atol + rtol · |b|.")
            field.editingFinished.connect(self._take)

    def add_to(self, line: QHBoxLayout) -> None:
        """Put both fields, and what they are called, at the end of a line."""
        for name, field in self._fields.items():
            if field is self.atol:
                line.addSpacing(8)
            line.addWidget(label(name, muted=True))
            line.addWidget(field)

    def show_limits(self, limits: Limits) -> None:
        """Write other limits into the fields, in the place of what stands there."""
        self.limits = limits
        for name, field in self._fields.items():
            field.setText(_written(getattr(limits, name)))
        self._say([])

    def _take(self) -> None:
        wrong = []
        limits = self.limits
        for name, field in self._fields.items():
            number = tolerance_of(field.text())
            if number is None:
                shown, kept = formatting.visible(field.text()), _written(getattr(limits, name))
                wrong.append(f"‘{shown}’ is no tolerance, so {name} stays {kept}.")
            else:
                limits = limits._replace(**{name: number})
                if not field.text().strip():
                    field.setText(_written(number))
        self._say(wrong)
        if limits != self.limits:
            self.limits = limits
            self.changed.emit(limits)

    def _say(self, wrong: list[str]) -> None:
        how = "Write a number from 0 on, with a point: 0.5, for example, or 1e-3."
        self.said.setText(" ".join([*wrong, how]) if wrong else "")
        self.said.setVisible(bool(wrong))


def tolerance_of(written: str) -> float | None:
    """The tolerance that a text says, 0 where it says nothing; None where it is none, or none that a float can hold."""
    bare = written.strip()
    if not bare:
        return 0.0
    match = _NUMBER.fullmatch(bare)
    if match is None:
        return None
    number = float(bare)
    vanished = number == 0 and match[1].strip("0.")
    return None if vanished or math.isinf(number) else number


def _written(number: float) -> str:
    return repr(number) if number else "0"
