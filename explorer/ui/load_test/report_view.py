"""What a test said: a sentence, how much loads, groups of keys, and PyTorch's own words."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.loading.report import LoadReport
from explorer.loading.values_step import Forward, ValuesReport
from explorer.query.fitting import Work
from explorer.ui import theme
from explorer.ui.load_test.kept_keys import Kept, keep_groups
from explorer.ui.load_test.report_model import HEADS, Group, Place, ReportModel, Role
from explorer.ui.load_test.testing import Failure
from explorer.ui.message_page import MessagePage
from explorer.ui.tables.fitting import CLEAR
from explorer.ui.tables.look import Fitting, RowDelegate, dress
from explorer.ui.text import FACT, label, set_tone, set_tooltip
from explorer.ui.themed import Themed

_CAUSES: Final = 4
"""So many sentences about shapes stand above the keys."""
_LINES: Final = 8
"""So many lines about values and outputs stand there; a copied report has all."""
_OUTDATED: Final = "What follows is of the last test: the form was changed since."
_CLOSED: Final = "▸ What PyTorch says"
_OPENED_WORDS: Final = "▾ What PyTorch says"
_SAVE: Final = "Save renamed copy…"
_SAVE_LESS: Final = "Save what loads…"
_OPENED: Final = 12
"""Groups of so many families at most are open from the start."""


class _Delegate(RowDelegate):
    """Has a group's title go over all columns, with the number of its keys behind it."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Write the number, which has a column of its own in the model, behind the title."""
        super().initStyleOption(option, index)
        if not index.parent().isValid() and index.column() == 0:
            counts = (index.sibling(index.row(), column).data() for column in range(1, len(HEADS)))
            option.text = FACT.join([option.text, *filter(None, counts)])


class ReportView(Themed, QWidget):
    """Shows one report after the other.

    Signals:
        key_chosen: A key is to be shown in the tree of layers.
        key_selected: A key was selected here.
        clear_asked: The report, and its marks in the tree, are to go.
        report_asked: The report is wanted on the clipboard.
        python_asked: The test as Python is wanted on the clipboard.
        json_asked: The answer as JSON is.
        save_asked: A copy with the keys of the test is to be saved.
        all_asked: Keys that the filter leaves out are to be listed again.
    """

    key_chosen = Signal(str)
    key_selected = Signal(str)
    clear_asked = Signal()
    report_asked = Signal()
    python_asked = Signal()
    json_asked = Signal()
    save_asked = Signal()
    all_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: LoadReport | None = None
        self._groups: list[Group] = []
        self._kept: Kept | None = None
        self._causes: list[str] = []
        self._values = ""
        self.outdated = label(_OUTDATED, wrap=True, tone="caution")
        self.outdated.hide()
        self.sentence = label(title=True, wrap=True, selectable=True)
        self.facts = label(muted=True, wrap=True)
        self.causes = label(wrap=True, selectable=True)
        self.filtered = label(wrap=True, muted=True)
        self.none_fits = MessagePage(CLEAR)
        self.none_fits.button.clicked.connect(self.all_asked)
        self.none_fits.hide()
        self.values = label(wrap=True, selectable=True)
        self.forward = label(wrap=True, selectable=True)
        self.share = QProgressBar(textVisible=False)
        self.share.setRange(0, 1000)
        self.share.setAccessibleName("Share of parameters that load")
        self.model = ReportModel()
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        dress(self.tree, "What loads and what does not")
        self.tree.setItemDelegate(_Delegate(self.tree))
        Fitting(self.tree, HEADS)
        self.tree.activated.connect(self._choose)
        self.tree.selectionModel().currentChanged.connect(self._select)
        self.words = QPlainTextEdit(readOnly=True)
        self.words.setFont(theme.fixed_font())
        self.words.setAccessibleName("What PyTorch says")
        self.words_toggle = QPushButton(_CLOSED)
        self.words_toggle.setAccessibleName("What PyTorch says")
        self.words_toggle.setCheckable(True)
        self.words_toggle.setProperty("flat", True)
        self.words_toggle.toggled.connect(self._open_words)
        self._build()
        self._begin_to_wear()

    def _build(self) -> None:
        self.copy_report = QPushButton("Copy report")
        self.copy_report.clicked.connect(self.report_asked)
        self.copy_python = QPushButton("Copy as Python")
        self.copy_python.clicked.connect(self.python_asked)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.copy_json = QPushButton("Copy as JSON")
        set_tooltip(self.copy_json, "The answer for other programs, as load-test --json prints it.")
        self.copy_json.clicked.connect(self.json_asked)
        self.save = QPushButton(_SAVE)
        self.save.clicked.connect(self.save_asked)
        for button in (self.copy_report, self.copy_python, self.copy_json):
            buttons.addWidget(button)
        buttons.addStretch(1)
        # Not all in that row, which would be wider than half a small window.
        above = QHBoxLayout()
        above.addWidget(self.words_toggle)
        above.addStretch(1)
        self.clear = QPushButton("Clear report")
        set_tooltip(self.clear, "Take the report away, and its marks in the tree of layers.")
        self.clear.clicked.connect(self.clear_asked)
        above.setSpacing(8)
        above.addWidget(self.save)
        above.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 4)
        layout.setSpacing(8)
        said = self.outdated, self.sentence, self.facts, self.share, self.values, self.forward, self.causes
        for part in (*said, self.filtered):
            layout.addWidget(part)
        layout.addWidget(self.tree, 3)
        layout.addWidget(self.none_fits, 3)
        layout.addLayout(above)
        layout.addWidget(self.words, 1)
        layout.addLayout(buttons)

    def _wear(self) -> None:
        self.model.wear(theme.current(self))

    def show_outdated(self, outdated: bool) -> None:
        """Say so where the report is not of what stands in the form."""
        self.outdated.setVisible(outdated)

    def _open_words(self, opened: bool) -> None:
        self.words.setVisible(opened)
        self.words_toggle.setText(_OPENED_WORDS if opened else _CLOSED)

    def allow_saving(self, why_not: str, *, less: bool) -> None:
        """Let a copy be saved with the keys of the test, or say why that makes no sense.

        Args:
            why_not: As a sentence; "" where it does.
            less: The copy lacks those that do not load.
        """
        self.save.setEnabled(not why_not)
        self.save.setText(_SAVE_LESS if less and not why_not else _SAVE)
        without = ", without those that do not load" if less else ""
        set_tooltip(self.save, why_not or f"A new file whose keys are called as in this test{without}.")

    def show_report(self, report: LoadReport, groups: list[Group], said: list[str], why_no_python: str) -> None:
        """Show what a test said.

        Args:
            report: Of the test.
            groups: Of its keys.
            said: What shapes that differ have in common, as sentences.
            why_no_python: Why it cannot be copied as Python, as a sentence; "" where it can.
        """
        self._report, self._groups, self._kept = report, groups, None
        good = report.loads and len(report.loaded) == report.tensors
        set_tone(self.sentence, "good" if good else "caution" if report.loads and report.loaded else "bad")
        self.sentence.setText(report.summary)
        taken = formatting.duration(report.seconds)
        made = f"{formatting.visible(report.model)} made on the {report.device} device in {taken}"
        self.facts.setText(" · ".join(filter(None, [made, report.remark])))
        set_tooltip(
            self.facts, f"Not on meta, which takes no memory: {report.why_not_meta}" if report.why_not_meta else ""
        )
        self._causes = said
        self.causes.setText("\n".join(said[:_CAUSES]))
        self.causes.setVisible(bool(said))
        self.share.setValue(1000 * report.parameters_loaded // max(1, report.parameters))
        self._show_groups()
        self._show_words(report.message or report.unlisted or "")
        self._values = ""
        self.values.hide()
        self.forward.hide()
        self.copy_python.setEnabled(not why_no_python)
        raises = "" if report.loads else ", and raises as it did"
        set_tooltip(self.copy_python, why_no_python or f"A program that does the same load{raises}.")

    def to_keep(self) -> Work:
        """Finds out which keys fit the filter."""
        return partial(keep_groups, self._groups)

    def keep(self, kept: Kept | None) -> None:
        """List these keys only; None for all."""
        if kept is not None and (kept.of is not self._groups or (self._kept and kept.query == self._kept.query)):
            return
        if kept is not None or self._kept is not None:
            self._kept = kept
            self._show_groups()

    def _show_groups(self) -> None:
        kept = self._kept
        groups = self._groups if kept is None else kept.groups
        self.model.show_groups(groups)
        for row, group in enumerate(groups):
            self.tree.setFirstColumnSpanned(row, QModelIndex(), True)
            self.tree.setExpanded(self.model.index(row, 0), len(group.families) <= _OPENED or group.bad)
        said, none_fits = "" if kept is None else kept.sentence, bool(self._groups) and not groups
        self.filtered.setText(said)
        self.filtered.setVisible(bool(said) and not none_fits)
        self.tree.setHidden(none_fits)
        self.none_fits.setVisible(none_fits)
        self.none_fits.say(said, offer=none_fits)

    def show_values(self, values: ValuesReport | Failure) -> None:
        """Say what came of loading the values; until the next report."""
        lines: list[str] = []
        if isinstance(values, Failure):
            self.values.setText(values.sentence)
            set_tone(self.values, "bad")
            details = values.details
        else:
            self.values.setText(values.summary)
            set_tone(self.values, "good" if values.message is None else "bad")
            lines = _said_of(values.forward)
            details = (values.message or "") if values.forward is None else values.forward.traceback
            more = [f"    and {formatting.exact(len(lines) - _LINES)} more"] if len(lines) > _LINES else []
            self.forward.setText("\n".join([*lines[:_LINES], *more]))
            set_tone(self.forward, "bad" if values.wrong else "good")
        self.values.show()
        self.forward.setVisible(bool(lines))
        self._values = "\n".join([self.values.text(), *lines])
        if details:
            self._show_words("\n\n".join(filter(None, [self.words.toPlainText(), details])))

    def _show_words(self, words: str) -> None:
        self.words.setPlainText(formatting.plain(words))
        self.words_toggle.setVisible(bool(words))
        self.words_toggle.setChecked(False)
        self.words.setVisible(False)

    def as_text(self, subject: Sequence[str]) -> str:
        """The report for a message or an issue.

        Args:
            subject: What was tested, in lines.
        """
        if self._report is None:
            return ""
        said = filter(None, [self._report.damage, self._values])
        lines = [*subject, "", self._report.summary, *said, *self._causes]
        for group in self._groups:
            lines += ["", f"{group.title} ({formatting.exact(sum(len(family.keys) for family in group.families))})"]
            lines += [f"    {formatting.visible(family.name)}" for family in group.families]
        if self._report.message:
            lines += ["", formatting.plain(self._report.message)]
        return "\n".join(lines) + "\n"

    def show_selected(self, key: str, place: Place | None) -> None:
        """Select the row of a key, without telling of it; no row where it has none.

        Args:
            key: As the model or the checkpoint has it, rules applied.
            place: Where it stands; None where it does not.
        """
        current = self.tree.currentIndex()
        if current.isValid() and current.siblingAtColumn(0).data(Role.KEY) == key:
            return
        place = place if self._kept is None else self._kept.places.get(key)
        index = QModelIndex() if place is None else self.model.index_of(place)
        with QSignalBlocker(self):
            self.tree.setCurrentIndex(index)
        if index.isValid():
            self.tree.scrollTo(index)

    def _select(self, current: QModelIndex) -> None:
        key = current.siblingAtColumn(0).data(Role.KEY) if current.isValid() else None
        if key is not None:
            self.key_selected.emit(key)

    def _choose(self, index: QModelIndex) -> None:
        key = index.siblingAtColumn(0).data(Role.KEY)
        if key is not None:
            self.key_chosen.emit(key)


def _said_of(forward: Forward | None) -> list[str]:
    return [] if forward is None else [formatting.plain(forward.summary), *(f"    {each}" for each in forward.outputs)]
