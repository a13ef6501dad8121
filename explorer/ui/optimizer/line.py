"""The line below a tensor's name that leads from a parameter to its optimizer state, and back."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from explorer import formatting
from explorer.analysis.judge.problem_words import SHAPES
from explorer.ui.plots.export_actions import menu_button, menu_of
from explorer.ui.text import FACT, ElidedLabel, caption, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics
    from explorer.analysis.optimizer_states import State

_FIRST: Final = ("step",)
"""Short, and told before the moments."""


class OptimizerLine(QWidget):
    """Hidden while there is nothing to say.

    Signals:
        chosen: A tensor is to be looked at (its number).
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.said.setProperty("muted", True)
        self.go = menu_button("Optimizer state", [])
        self.menu: QMenu = menu_of([], self.go)
        self.go.setMenu(self.menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.go)
        layout.addWidget(self.said, 1)
        self.hide()

    def show_nothing(self) -> None:
        """Hide."""
        self.menu.clear()
        self.hide()

    def show_weight(self, key: str, number: int, how: str) -> None:
        """Say which parameter a tensor of the optimizer belongs to.

        Args:
            key: Of the parameter.
            number: Likewise.
            how: How that was found out, as a sentence.
        """
        self._fill("State of a parameter", [(formatting.visible(key) or formatting.UNNAMED, number)], how)
        set_tone(self.said, None)
        self.said.setText(formatting.visible(key) or formatting.UNNAMED)

    def show_states(self, state: "State", known: "Mapping[str, Statistics | None]", how: str) -> None:
        """Say what the optimizer keeps of a parameter.

        Args:
            state: Its tensors, and its step where that is none.
            known: Their statistics; None where they are not known yet.
            how: How that was found out, as a sentence.
        """
        lost = {name: _lost(known.get(name)) for name in state.tensors}
        # What is wrong is told first: there is room for little.
        names = sorted(state.tensors, key=lambda name: (not lost[name], name not in _FIRST))
        marks = {name: f" – {SHAPES['bad']} {lost[name]}" if lost[name] else "" for name in names}
        entries = [(f"{formatting.visible(name)}{marks[name]}", state.tensors[name]) for name in names]
        self._fill("Optimizer state", entries, how)
        step = [] if state.step is None else [f"step {formatting.steps(state.step)}"]
        told = [_figures(name, known.get(name), lost[name]) for name in names]
        wrong = sum(map(bool, lost.values()))
        set_tone(self.said, "bad" if wrong else None)
        # Where there is little room, the first figure of each.
        brief = [each.partition(", ")[0] for each in told]
        self.said.setText(*(FACT.join([*each[:wrong], *step, *each[wrong:]]) for each in (told, brief)))

    def _fill(self, title: str, entries: Sequence[tuple[str, int]], how: str) -> None:
        self.menu.clear()
        for name, number in entries:
            action = self.menu.addAction(f"Show {caption(name)}")
            action.triggered.connect(lambda _checked=False, number=number: self.chosen.emit(number))
        self.go.setText(f"{title} ▾")
        self.go.setAccessibleName(title)
        set_tooltip(self.go, how)
        self.show()


def _lost(known: "Statistics | None") -> str:
    """How many values are not finite; "" for none."""
    lost = 0 if known is None else known.count - known.finite
    return formatting.plural(lost, "NaN or Inf", "NaN or Inf") if lost else ""


def _figures(name: str, known: "Statistics | None", lost: str) -> str:
    shown = formatting.visible(name, 40)
    if known is None:
        return f"{shown}: not measured yet"
    if known.min is None or known.max is None:
        return f"{shown}: no finite value"
    if known.min == known.max:
        written = formatting.steps if name in _FIRST else formatting.figure
        return f"{shown} {written(float(known.min))}"
    largest = max(abs(float(known.min)), abs(float(known.max)))
    parts = [f"std {formatting.figure(known.std)}", f"max |x| {formatting.figure(largest)}"]
    if known.min >= 0:
        # A second moment: its mean says how large steps are.
        parts = [f"mean {formatting.figure(known.mean)}", f"max {formatting.figure(float(known.max))}"]
    return f"{shown}: {', '.join([*([lost] if lost else []), *parts])}"
