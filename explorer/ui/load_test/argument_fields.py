"""The fields of the form for what a class or factory takes: a line each, with its type, and its default as a value."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from explorer.formatting import visible
from explorer.loading.model_file import Offer, Parameter
from explorer.loading.plain_calls import PlainCall
from explorer.loading.typed_arguments import typed
from explorer.ui import theme
from explorer.ui.text import Label, label, set_tooltip

_NO_CALL = "The expression below is no plain call, so that its arguments can be changed there only."


class ArgumentFields(QWidget):
    """As high as all that is in it: it scrolls with the whole form only.

    Signals:
        changed: A call with other arguments was written (a `PlainCall`).
        test_asked: The test is to run.
    """

    changed = Signal(object)
    test_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, QLineEdit] = {}
        self._call: PlainCall | None = None
        self._touched: set[str] = set()
        self._parameters: dict[str, Parameter] = {}
        self._likely: Mapping[str, str] = {}
        self.rows = form_layout()
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self.rows)

    def show_offer(self, offer: Offer | None, likely: Mapping[str, str]) -> PlainCall | None:
        """Show what an offer takes.

        Args:
            offer: None for nothing.
            likely: Arguments that the checkpoint itself holds, by name.

        Returns:
            The call with those arguments that are likely; None without an offer.
        """
        while self.rows.rowCount():
            self.rows.removeRow(0)
        self.fields, self._touched, self._likely = {}, set(), likely
        parameters = () if offer is None else offer.parameters
        self._parameters = {each.name: each for each in parameters if not each.variable}
        for parameter in self._parameters.values():
            self._add(parameter)
        self.setVisible(bool(self.fields))
        if offer is None:
            self._call = None
        else:
            named = {name: likely[name] for name in self._parameters if name in likely}
            self.take(PlainCall(offer, (), named))
        return self._call

    def _add(self, parameter: Parameter) -> None:
        field = QLineEdit()
        field.setAccessibleName(parameter.name)
        field.setPlaceholderText("required" if parameter.required else visible(parameter.default or "its default", 80))
        field.textChanged.connect(lambda: self._change(parameter.name))
        field.returnPressed.connect(self.test_asked)
        self.fields[parameter.name] = field
        annotation = visible(parameter.annotation.replace("typing.", ""), 80)
        name = form_caption(visible(parameter.name, 40))
        if annotation:
            whole = f"{name.text()}: {annotation}"
            room = name.minimumWidth()
            if name.fontMetrics().horizontalAdvance(whole) < room:
                name.setText(whole)
            elif name.fontMetrics().horizontalAdvance(name.text()) > room:
                name.setText(name.fontMetrics().elidedText(name.text(), Qt.TextElideMode.ElideRight, room))
            set_tooltip(name, whole)
        self.rows.addRow(name, field)

    def take(self, call: PlainCall | None) -> None:
        """Show the arguments of a call, and of those that it leaves out the defaults; None lets nothing be changed."""
        self._call = call
        self._touched = set()
        given = {} if call is None else call.arguments
        for name, field in self.fields.items():
            parameter = self._parameters[name]
            field.setEnabled(call is not None)
            if call is not None:
                field.blockSignals(True)
                field.setText(given.get(name, parameter.default or ""))
                field.setCursorPosition(0)
                field.blockSignals(False)
            words = ["A Python expression."] if call is not None else [_NO_CALL]
            words += [f"Its default is {visible(parameter.default, 80)}."] if parameter.default else []
            words += (
                ["The checkpoint itself holds this value."] if given.get(name) == self._likely.get(name, "") else []
            )
            set_tooltip(field, f"{' '.join(words)}\n{visible(parameter.annotation)}".strip())

    @property
    def needed(self) -> str:
        """Which arguments are lacking, as a sentence; "" where none is."""
        required = (name for name, parameter in self._parameters.items() if parameter.required)
        unwritten = [name for name in required if self._call is not None and not self.fields[name].text()]
        return f"{', '.join(unwritten)}: required, has no default." if unwritten else ""

    @property
    def remarks(self) -> str:
        """What was made of what is typed, and what is wrong with it, in sentences."""
        said = (typed(name, self.fields[name].text(), self._parameters[name].annotation) for name in self._touched)
        return " ".join(filter(None, [self.needed, *(each.remark for each in said)]))

    def _change(self, name: str) -> None:
        self._touched.add(name)
        parameter = self._parameters[name]
        text = typed(name, self.fields[name].text(), parameter.annotation).expression
        if self._call is not None:
            self._call = self._call.changed(name, "" if text == parameter.default else text)
            self.changed.emit(self._call)


def form_layout() -> QFormLayout:
    """Rows of captions and fields, as all parts of the form have them."""
    rows = QFormLayout()
    rows.setHorizontalSpacing(12)
    rows.setVerticalSpacing(8)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return rows


def form_caption(text: str) -> Label:
    """A caption as wide as the widest usual one, so that the fields of all parts of the form begin at one line."""
    made = label(text, muted=True)
    made.setMinimumWidth(made.fontMetrics().horizontalAdvance("Class or factory") + 4)
    made.setMinimumHeight(theme.row_height(made.fontMetrics()) + 4)
    return made
