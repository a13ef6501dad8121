"""Has screen readers call plots charts: Qt has no such kind of widget."""

from functools import cache

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAccessibleWidget

from explorer.ui.plots.plot import Plot


@cache
def call_plots_charts() -> None:
    """Have Qt ask, from now on, what a plot is; it does so only while something reads the screen."""
    QAccessible.installFactory(_describe)


def _describe(kind: str, described: QObject) -> QAccessibleWidget | None:
    if kind == Plot.__name__ and isinstance(described, Plot):
        # Without a name of its own it has that of the widget.
        return QAccessibleWidget(described, QAccessible.Role.Chart, "")
    return None
