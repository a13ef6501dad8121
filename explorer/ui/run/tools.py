"""What can be chosen about a run: what is compared with what, and how it is shown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QPushButton, QWidget

from explorer import formatting
from explorer.ui.text import caption, set_tooltip
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.analysis.run.comparing import Run


class RunTools(QWidget):
    """A row of choices.

    Signals:
        compare_asked: The files are to be compared in another way.
        look_asked: The same is to be shown in another way.
        pair_asked: The two files of the chosen cell are to be compared by themselves.
        draw_asked: The same lines are to be drawn in another way.
    """

    compare_asked = Signal()
    look_asked = Signal()
    draw_asked = Signal()
    pair_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.against = _choice(
            "What each file is compared with", {"first": "With the first", "before": "With the one before"}
        )
        self.entries = _choice("Entry of each file", {})
        self.level = _choice("What a row is", {"blocks": "Blocks", "layers": "Layers", "tensors": "Tensors"}, "layers")
        self.measure = _choice("What is shown", {"relative": "Relative L2 change", "largest": "Largest |Δ|"})
        self.log = QCheckBox("Logarithmic")
        self.pair = QPushButton("Compare the pair")
        self.pair.setProperty("flat", True)
        self.pair.clicked.connect(self.pair_asked)
        self.allow_pair("", "")
        set_tooltip(self.entries, "Which part of each file is compared; a file without it gives its usual one")
        set_tooltip(self.against, "What each file is compared with")
        set_tooltip(self.level, "Tensors, the layers that they are in, or blocks: outer layers, no more than 40")
        set_tooltip(
            self.measure,
            "Relative L2 change: ‖B − A‖₂ / ‖A‖₂. Largest |Δ|: the largest |b − a|. Of a layer that of the tensor with "
            "the largest; whole numbers, such as counters, are left out",
        )
        set_tooltip(self.log, "Draw the lines on a logarithmic axis, which has no place for 0")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(8)
        for control in (self.against, self.entries, self.level, self.measure, self.log):
            layout.addWidget(control)
        layout.addStretch(1)
        layout.addWidget(self.pair)
        self.entries.hide()
        for control in (self.level, self.measure):
            set_usual(control, control.currentIndex())
        set_usual(self.log, False)
        self.against.activated.connect(self.compare_asked)
        self.entries.activated.connect(self.compare_asked)
        self.level.activated.connect(self.look_asked)
        self.measure.activated.connect(self.look_asked)
        self.log.toggled.connect(self.draw_asked)

    def allow_pair(self, a: str, b: str) -> None:
        """Let the two files of a cell be compared as a pair.

        Args:
            a: What the one is called; "" where no cell with two files is chosen.
            b: Likewise.
        """
        self.pair.setEnabled(bool(a))
        which = f"{formatting.visible(a)} with {formatting.visible(b)}"
        chosen = f"Compare {which} tensor by tensor (Enter, or a double click, on the cell)"
        set_tooltip(
            self.pair, chosen if a else "Choose a cell first: the two files that its figure is of are compared."
        )

    def name_entries(self, run: "Run") -> None:
        """Offer the entries of the first file that could be read."""
        if run.first is None:
            return
        step = run.steps[run.first]
        self.entries.clear()
        for path, name in step.entries:
            self.entries.addItem(caption(formatting.visible(name) or "(top)"), path)
        self.entries.setCurrentIndex(max(0, self.entries.findData(step.entry)))
        self.entries.setVisible(len(step.entries) > 1)


def _choice(name: str, options: dict[str, str], chosen: str = "") -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    for value, text in options.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
