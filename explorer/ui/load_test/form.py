"""The form: which model file, which class or factory of it, its arguments, whose Python, strict or not."""

import ast
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.loading.model_file import Offer
from explorer.loading.plain_calls import PlainCall
from explorer.loading.values_step import Input, ValuesError, parse_inputs
from explorer.ui import theme
from explorer.ui.load_test.argument_fields import ArgumentFields, form_caption, form_layout
from explorer.ui.load_test.device_choice import DeviceChoice
from explorer.ui.load_test.rules_line import RulesLine
from explorer.ui.text import ElidedLabel, caption, label, set_tone, set_tooltip

_INPUTS: Final = (
    "The shape of the model's input: 1,3,224,224. Of several inputs, with ; between them; with a dtype, as token ids "
    "need it: 1,16:int64; by name: input_ids=1,16:int64. Floating inputs are normally distributed, integers 0."
)
_VALUES: Final = (
    "Test, then load the values for real into a model with memory of its own, and call eval(). With an input shape, "
    "run the model once too."
)


class Form(QWidget):
    """What is to be tested.

    Signals:
        file_asked: Another model file is to be chosen.
        python_asked: Another interpreter is to be chosen.
        changed: Another model would be made, or tested otherwise, than before.
        test_asked: The test is to run.
        values_asked: The test is to run, and load the values after it.
    """

    file_asked = Signal()
    python_asked = Signal()
    test_asked = Signal()
    values_asked = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers: list[Offer] = []
        self._remembered: Mapping[str, str] = {}
        self._likely: Mapping[str, str] = {}
        self._shown = ""
        self._written: dict[str, str] = {}
        self._by_hand = False
        self._device: DeviceChoice | None = None
        self.file = ElidedLabel("No file chosen.")
        self.choose = QPushButton("Choose…")
        self.choose.clicked.connect(self.file_asked)
        self.offer = QComboBox()
        self.offer.setAccessibleName("Class or factory")
        self.offer.currentIndexChanged.connect(self._show_offer)
        self.expression = QLineEdit()
        self.expression.setAccessibleName("Expression that makes the model")
        self.expression.setFont(theme.fixed_font())
        self.expression.setPlaceholderText("Python that makes the model")
        self.expression.textChanged.connect(self._follow_expression)
        self.expression.returnPressed.connect(self._ask)
        self.python = ElidedLabel()
        self.choose_python = QPushButton("Choose…")
        set_tooltip(self.choose_python, "Another Python, which has the packages that the model needs.")
        self.choose_python.clicked.connect(self.python_asked)
        self.strict = QCheckBox("missing or unexpected keys are errors")
        self.strict.setChecked(True)
        self.strict.setAccessibleName("Strict")
        self.strict.toggled.connect(self.changed)
        self.strict.setMinimumHeight(theme.row_height(self.strict.fontMetrics()) + 4)
        self.run = QPushButton("Test-load")
        self.run.setProperty("primary", True)
        self.run.clicked.connect(self.test_asked)
        self.inputs = QLineEdit()
        self.inputs.setAccessibleName("Inputs of the forward pass")
        self.inputs.setPlaceholderText("1,3,224,224 – empty for none")
        set_tooltip(self.inputs, _INPUTS)
        self.inputs.textChanged.connect(self._judge)
        self.inputs.returnPressed.connect(self._ask_for_values)
        self.values = QPushButton("Load the values")
        self.values.clicked.connect(self.values_asked)
        self.rules = RulesLine()
        self.problem = label(wrap=True, tone="bad")
        self.remark = label(wrap=True, tone="caution")
        # It comes and goes, and what is below stays where it is.
        self.remark.setMinimumHeight(self.remark.fontMetrics().height())
        self.arguments = ArgumentFields()
        self.arguments.changed.connect(self._write)
        self.arguments.test_asked.connect(self._ask)
        self._lay_out()
        self.show_offers([], {}, {})

    def _lay_out(self) -> None:
        self._rows = form_layout()
        lower = form_layout()
        self._rows.addRow(form_caption("Model file"), _beside(self.file, self.choose))
        self._rows.addRow(form_caption("Class or factory"), self.offer)
        lower.addRow(form_caption("Expression"), self.expression)
        lower.addRow(form_caption("Python"), _beside(self.python, self.choose_python))
        lower.addRow(form_caption("Strict"), self.strict)
        lower.addRow(form_caption("Keys"), self.rules)
        for_values = self._for_values = form_layout()
        self._add_for_values(1, "Forward pass", self.inputs)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(self._rows)
        layout.addWidget(self.arguments)
        layout.addLayout(lower)
        layout.addWidget(self.remark)
        layout.addWidget(self.problem)
        layout.addSpacing(4)
        layout.addWidget(self.run, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addSpacing(4)
        layout.addLayout(for_values)
        layout.addWidget(self.values, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch()

    def add_proposals(self, proposals: QWidget) -> None:
        """Have what would make more load stand right below the test, before what is asked for values only."""
        self._column.insertWidget(self._column.indexOf(self.run) + 1, proposals)

    def add_device_choice(self, choice: DeviceChoice) -> None:
        """Let the device be chosen that the values are loaded on."""
        self._device = choice
        self._add_for_values(0, "Load on", choice)

    def _add_for_values(self, row: int, words: str, field: QWidget) -> None:
        self._for_values.setWidget(row, QFormLayout.ItemRole.LabelRole, form_caption(words))
        self._for_values.setWidget(row, QFormLayout.ItemRole.FieldRole, field)

    @property
    def device(self) -> str:
        """Where the values are loaded, as PyTorch names it."""
        return "cpu" if self._device is None else self._device.device

    def take_keyboard(self) -> None:
        """Give the keyboard to what is to be pressed next."""
        (self.run if self.run.isEnabled() else self.choose).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Test with Return where what is tested is chosen, as in the fields below it."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.offer.hasFocus():
            self._ask()
        else:
            super().keyPressEvent(event)

    def show_file(self, path: Path) -> None:
        """Name the model file."""
        self.file.setText(formatting.visible(str(path), 1000))

    def show_python(self, path: Path) -> None:
        """Name the interpreter."""
        self.python.setText(formatting.visible(str(path), 1000))

    def show_offers(self, offers: Sequence[Offer], remembered: Mapping[str, str], likely: Mapping[str, str]) -> None:
        """Offer what is in a file.

        Args:
            offers: In the file's order; the last class is chosen: what it is made of stands before it.
            remembered: Expressions that made models before, by the name of the offer.
            likely: Arguments that the checkpoint itself holds, by name.
        """
        self._offers = list(offers)
        self._remembered, self._likely = remembered, likely
        self._shown, self._written = "", {}
        self.offer.blockSignals(True)
        self.offer.clear()
        for offer in offers:
            kind = "" if offer.kind == "class" else f"  ({offer.kind})"
            self.offer.addItem(f"{caption(formatting.visible(offer.name)).replace('&&', '&')}{kind}")
        self.offer.blockSignals(False)
        used = [place for place, offer in enumerate(offers) if offer.name in remembered]
        classes = [place for place, offer in enumerate(offers) if offer.kind != "factory"]
        self.offer.setCurrentIndex((used or classes or [len(offers) - 1])[-1])
        self.offer.setEnabled(bool(offers))
        if offers and self.window().focusWidget() is self.choose:
            self.offer.setFocus()
        self._show_offer()

    def choose_offer(self, name: str, expression: str | None) -> bool:
        """Choose what is to be tested; tell whether it is offered.

        Args:
            name: Of the class, factory or instance.
            expression: That makes the model; None for a plain call.
        """
        place = next((place for place, offer in enumerate(self._offers) if offer.name == name), -1)
        if place < 0:
            return False
        self.offer.setCurrentIndex(place)
        self._show_offer()
        if expression is not None:
            self.show_expression(expression)
        return True

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What the file offers."""
        return tuple(self._offers)

    @property
    def call(self) -> str:
        """The expression that makes the model."""
        return self.expression.text().strip()

    def show_expression(self, expression: str) -> None:
        """Have another expression make the model."""
        self.expression.setText(expression)

    @property
    def chosen(self) -> Offer | None:
        """What is to be tested; None where nothing is offered."""
        place = self.offer.currentIndex()
        return self._offers[place] if 0 <= place < len(self._offers) else None

    def _show_offer(self) -> None:
        if self._shown:
            # What was written for it comes back with it.
            self._written[self._shown] = self.expression.text()
        offer = self.chosen
        self._shown = "" if offer is None else offer.name
        call = self.arguments.show_offer(offer, self._likely)
        if call is None:
            self.expression.clear()
        else:
            self._write(call)
            before = self._written.get(self._shown, self._remembered.get(self._shown))
            if before is not None:
                self.show_expression(before)
        self._judge()

    def _write(self, call: PlainCall) -> None:
        """Write a call that the fields make."""
        self.expression.blockSignals(True)
        self.expression.setText(str(call))
        self.expression.blockSignals(False)
        self._by_hand = False
        self._judge()

    def _follow_expression(self) -> None:
        """Show the arguments of what is written in their fields; while it is no Python yet, they stay."""
        offer = self.chosen
        self._by_hand = True
        if offer is not None and offer.kind != "instance":
            with contextlib.suppress(SyntaxError):
                self.arguments.take(PlainCall.parse(offer, self.expression.text()))
        self._judge()

    def _judge(self) -> None:
        """Say what is missing before it can be tested."""
        self.changed.emit()
        offer = self.chosen
        why = wrong_inputs = ""
        if offer is None:
            why = "Choose a model file first."
        elif not self.expression.text().strip():
            why = "Write what makes the model."
        else:
            try:
                ast.parse(self.expression.text(), mode="eval")
            except (SyntaxError, ValueError, RecursionError):
                why = "What makes the model is no Python expression."
        try:
            parse_inputs(self.inputs.text())
        except ValuesError as error:
            wrong_inputs = str(error)
        wrong = bool(why) and offer is not None
        set_tone(self.expression, "bad" if wrong else None)
        set_tone(self.inputs, "bad" if wrong_inputs else None)
        self.problem.setText((why if wrong else "") or wrong_inputs)
        self.problem.setVisible(bool(self.problem.text()))
        self.remark.setText(formatting.visible(self.arguments.remarks, 400))
        # Who writes the expression himself may know better what it takes.
        why = why or ("" if self._by_hand else self.arguments.needed)
        self.run.setEnabled(not why)
        set_tooltip(self.run, why or "Make the model, and call its load_state_dict with the checkpoint's tensors.")
        self.values.setEnabled(not (why or wrong_inputs))
        set_tooltip(self.values, why or wrong_inputs or _VALUES)
        self.expression.setEnabled(offer is not None)

    @property
    def forward(self) -> tuple[Input, ...] | None:
        """The inputs of the forward pass; None where none is wanted."""
        return parse_inputs(self.inputs.text()) or None

    def _ask_for_values(self) -> None:
        if self.values.isEnabled():
            self.values_asked.emit()

    def _ask(self) -> None:
        if self.run.isEnabled():
            self.test_asked.emit()


def _beside(name: QWidget, button: QWidget) -> QWidget:
    both = QWidget()
    layout = QHBoxLayout(both)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    layout.addWidget(name, 1)
    layout.addWidget(button)
    return both
