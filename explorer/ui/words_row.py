"""A line of words with a flat button right behind them, where something can be done about what they say."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from explorer.ui.text import Label


def words_row(line: QWidget, button: QPushButton, *words: Label, sides: int = 0, above: int = 0) -> QHBoxLayout:
    """Lay out such a line.

    Args:
        line: Has them in it.
        button: Is made flat.
        words: Give way where there is no room for all.
        sides: Pixels to either side.
        above: Pixels above and below.

    Returns:
        Its layout, for more buttons.
    """
    button.setProperty("flat", True)
    row = QHBoxLayout(line)
    row.setContentsMargins(sides, above, sides, above)
    row.setSpacing(8)
    for part in (*words, button):
        row.addWidget(part)
    row.addStretch(1)
    return row
