"""How heat maps are drawn: what a cell shows of its values, and how many of the cells colours tell apart."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtWidgets import QButtonGroup, QComboBox, QPushButton, QWidget

from explorer.ui.plots.plot_body import choice
from explorer.ui.settings import Settings
from explorer.ui.text import set_tooltip
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.analysis.draw.heatmap import By

_SHARES: Final = {"90 %": 0.9, "99 %": 0.99, "99.9 %": 0.999, "all": 1.0}
_USUAL: Final = 0.99
_BY: Final[dict[str, tuple[str, str]]] = {
    "mean": ("Mean", "Where a cell stands for several values: their mean"),
    "magnitude": ("Largest", "Where a cell stands for several values: the one of the largest magnitude"),
}


def by_buttons(settings: Settings, parent: QWidget, chosen: Callable[[], None]) -> dict[str, QPushButton]:
    """Buttons of which one is checked, by what a cell shows; see `explorer.analysis.draw.heatmap.By`.

    Args:
        settings: Remember which.
        parent: What they stand in.
        chosen: Called after another was clicked.
    """
    buttons: dict[str, QPushButton] = {}
    group = QButtonGroup(parent)
    kept = settings.kept("heatmap/by")
    for name, (caption, tip) in _BY.items():
        button = buttons[name] = choice(caption, f"{tip}.")
        button.setChecked(name == (kept if kept in _BY else "mean"))
        set_usual(button, name == "mean")
        group.addButton(button)

    def choose() -> None:
        settings.keep("heatmap/by", chosen_by(buttons))
        chosen()

    group.buttonClicked.connect(choose)
    return buttons


def chosen_by(buttons: Mapping[str, QPushButton]) -> "By":
    """Which of `by_buttons` is checked."""
    return cast("By", next(name for name, button in buttons.items() if button.isChecked()))


def share_box() -> QComboBox:
    """A choice of shares of the cells; the data of each is a number."""
    box = QComboBox()
    box.setAccessibleName("Where colours end")
    for caption, share in _SHARES.items():
        box.addItem(f"Colours: {caption}", share)
    box.setCurrentIndex(list(_SHARES.values()).index(_USUAL))
    set_usual(box, box.currentIndex())
    set_tooltip(box, "So many of the cells have colours of their own; those farther from 0 share the strongest.")
    return box
