"""Where the mouse has to go on the plot of a run."""

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from explorer.ui.run.plot import RunPlot


def drawing_of(plot: RunPlot) -> QWidget:
    """What takes the mouse."""
    viewport: QWidget = plot._view.viewport()
    return viewport


def position_of(plot: RunPlot, at: int, value: float) -> QPointF:
    """Where on it a value is drawn."""
    y = plot._place(value)
    assert y is not None
    return QPointF(plot._view.mapFromScene(plot._plot.getViewBox().mapViewToScene(QPointF(at, y))))
