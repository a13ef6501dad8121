"""The button that chooses what the overview draws: which figure, and of which kind of layers."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolButton

from explorer.query.terms import LAYER_KINDS
from explorer.ui.overview.words import FIGURES, Figure
from explorer.ui.plots.export_actions import menu_of
from explorer.ui.text import set_tooltip
from explorer.ui.usual import set_usual

_ALL: Final = "&All kinds of layers"


class OverviewChoices(QToolButton):
    """Says what is chosen, and opens a menu to choose something else.

    Attributes:
        figure: Which figure of each tensor is drawn.
        kind: Of which kind of layers; "" for all.

    Signals:
        figure_chosen: Another figure is to be drawn (its name).
        kind_chosen: Another kind of layers is.
    """

    figure_chosen = Signal(str)
    kind_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.figure: Figure = "bands"
        self.kind = ""
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("flat", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("What is drawn")
        set_tooltip(self, "Choose what is drawn of each tensor, and of which kind of layers.")
        actions = [self._add(f"&{text}", figure=figure) for figure, text in FIGURES.items()]
        line = QAction(self)
        line.setSeparator(True)
        kinds = [self._add(kind or _ALL, kind=kind) for kind in ("", *LAYER_KINDS)]
        for group in (actions, kinds):
            together = QActionGroup(self)
            for action in group:
                together.addAction(action)
            group[0].setChecked(True)
            for action in group:
                set_usual(action, action is group[0])
        self.setMenu(menu_of([*actions, line, *kinds], self))
        self._say()

    def _add(self, text: str, *, figure: Figure | None = None, kind: str | None = None) -> QAction:
        action = QAction(text, self)
        action.setCheckable(True)

        def choose() -> None:
            if figure is not None and figure != self.figure:
                self.figure = figure
                self.figure_chosen.emit(figure)
            elif kind is not None and kind != self.kind:
                self.kind = kind
                self.kind_chosen.emit()
            self._say()

        action.triggered.connect(choose)
        return action

    def _say(self) -> None:
        # Quantiles are what is usually drawn: there is little room beside the views.
        figure = "" if self.figure == "bands" and self.kind else FIGURES[self.figure]
        self.setText(f"{' · '.join(filter(None, [figure, self.kind]))} ▾")
