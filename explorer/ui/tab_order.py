"""In which order Tab goes through controls, where they are made in another one."""

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtWidgets import QWidget


def order_tabs(controls: Iterable[QWidget]) -> None:
    """Have Tab go from each of these to the next; what follows the first now follows the last."""
    for before, after in pairwise(controls):
        QWidget.setTabOrder(before, after)
