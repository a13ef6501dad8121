"""Edit > Preferences, Thresholds: from where on something in the values is a problem. Each is taken over at once."""

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QDoubleValidator, QFont
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget

from explorer.analysis.judge.thresholds import DEFAULT
from explorer.ui.fields_window import FieldsWindow
from explorer.ui.settings import Settings
from explorer.ui.side_window import brought_forward
from explorer.ui.text import Label, label, set_tone, set_tooltip

_GROUPS: Final = {
    "Dead and saturated": {
        "dead_ratio": "Dead: the norm of a row or channel is below this part of its siblings' median norm",
        "edge_ratio": "At the edge: a value is from this part of its dtype's largest number on",
        "saturated_share": "At the edge in an 8-bit float: more than this share of its values is",
        "denormal_share": "Denormal: more than this share of the values is",
        "vanishing_share": "Vanishing: more than this share would become zero in float16 or bfloat16",
        "vanishing_variance": "Running variance near 0: below",
        "still_share": "Running variances near 0: a problem from this share of a norm's channels on, noted below it",
    },
    "Outliers": {
        "outlier_ratio": "Farther from the median than so many times the range from 1 % to 99 % of the values",
        "few_outlier_ratio": "Where there are few values (norms, biases): so many times the range from 5 % to 95 %",
        "absurd": "But no value nearer to 0 than this is one",
    },
    "Larger or smaller than the same tensor of other layers": {
        "magnitude_ratio": "Too large: so many times their median root mean square",
        "loudness_ratio": "Too large, of biases, LoRA B and running means: so many times",
        "loudness": "But no bias whose root mean square is below",
        "smallness_ratio": "Too small: the median is so many times larger",
        "gain": "Too large by itself: the root mean square times the root of the number of inputs is above",
    },
    "Spectrum, once it is computed": {
        "singular_ratio": "Near-singular: a singular value is below this part of the largest",
        "collapsed_share": "Rank collapsed: the effective rank is below this part of the shorter side",
    },
}
_SHARES: Final = (
    *("dead_ratio", "edge_ratio", "saturated_share", "denormal_share", "vanishing_share", "still_share"),
    "collapsed_share",
)
_SMALLEST, _LARGEST = 1e-30, 1e30


class ThresholdsWindow(FieldsWindow):
    """Shows the thresholds, also while another window changes them."""

    def __init__(self, window: QWidget, settings: Settings) -> None:
        """Make it.

        Args:
            window: Beside which it stands.
            settings: Whose thresholds it shows and changes.
        """
        super().__init__("Thresholds of problems", window, scrolls=True)
        self._settings = settings
        self.fields: dict[str, QLineEdit] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for title, group in _GROUPS.items():
            grid.addWidget(_heading(title), grid.rowCount(), 0)
            for name, question in group.items():
                field = self._make_field(name, question)
                caption = label(question)
                caption.setBuddy(field)
                row = grid.rowCount()
                grid.addWidget(caption, row, 0)
                grid.addWidget(field, row, 1)
                self.fields[name] = field
        self.body.addLayout(grid)
        hint = "Tensors are judged anew when one of them changes; info --check always takes the usual ones."
        self.body.addWidget(label(hint, muted=True, small=True))
        self.usual = QPushButton("Back to the &usual ones")
        self.usual.clicked.connect(self._take_usual)
        self.buttons.insertWidget(0, self.usual)
        self._fill()
        self.fit()
        settings.changed.connect(self._fill)

    def _make_field(self, name: str, question: str) -> QLineEdit:
        field = QLineEdit()
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setFixedWidth(12 * self.fontMetrics().averageCharWidth())
        field.setAccessibleName(question)
        limits = QDoubleValidator(_SMALLEST, 1.0 if name in _SHARES else _LARGEST, -1, field)
        # As Python reads and writes numbers, whatever the desktop's language.
        limits.setLocale(QLocale.c())
        field.setValidator(limits)
        set_tooltip(field, f"Usually {getattr(DEFAULT, name):g}")
        field.editingFinished.connect(partial(self._take, name))
        field.textChanged.connect(lambda: set_tone(field, None if field.hasAcceptableInput() else "bad"))
        return field

    def _fill(self) -> None:
        thresholds = self._settings.thresholds
        for name, field in self.fields.items():
            if not field.hasFocus() or not field.isModified():
                field.setText(f"{getattr(thresholds, name):g}")
        self.usual.setEnabled(thresholds != DEFAULT)

    def _take(self, name: str) -> None:
        thresholds = self._settings.thresholds
        value = float(self.fields[name].text())
        self.fields[name].setModified(False)
        if f"{getattr(thresholds, name):g}" != f"{value:g}":
            self._settings.thresholds = replace(thresholds, **{name: value})

    def _take_usual(self) -> None:
        self._settings.thresholds = DEFAULT


def _heading(title: str) -> Label:
    heading = label(title)
    font = QFont(heading.font())
    font.setWeight(QFont.Weight.DemiBold)
    heading.setFont(font)
    return heading


def show_thresholds(window: QWidget, settings: Settings) -> None:
    """Show the thresholds; a window of them that stands already comes to the front.

    Args:
        window: Beside which it stands.
        settings: As `ThresholdsWindow`.
    """
    if not brought_forward(window, ThresholdsWindow):
        ThresholdsWindow(window, settings).show()
