"""What a picture of a pair says of both files."""

from PySide6.QtWidgets import QWidget

from explorer.checkpoint.document import Located
from explorer.formatting import visible
from explorer.ui import theme
from explorer.ui.plots.picture import Line


def side_lines(widget: QWidget, a: Located | None, b: Located | None) -> list[Line]:
    """Name the files, each in its colour.

    Args:
        widget: Whose font and colours they have.
        a: The tensor in A; None where there is none.
        b: Likewise in B.
    """
    colors = theme.current(widget)
    return [
        Line(f"{letter} {visible(side[0].path.name)}", widget.font(), color)
        for letter, side, color in (("A", a, colors.accent), ("B", b, colors.b_text))
        if side is not None
    ]
