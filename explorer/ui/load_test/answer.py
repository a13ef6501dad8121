"""What a test said: kept while it is shown, and copied as text, as Python or as JSON."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.load_test.report_view import ReportView
from explorer.ui.load_test.taking import answer_as_json, holds_less, subject_of, why_no_renamed_copy
from explorer.ui.load_test.testing import Failure, ModelTesting, Tested

if TYPE_CHECKING:
    from explorer.loading.proposals import Proposal
    from explorer.loading.values_step import ValuesReport


class Answer(QObject):
    """The answer to the last test, as far as it is known.

    Attributes:
        tested: What loads; None where nothing was tested.
        proposals: What would load more.
        values: What came of loading the values; None where they were not loaded.

    Signals:
        copied: Something is on the clipboard now (what, as a sentence).
    """

    copied = Signal(str)

    def __init__(self, report: ReportView, testing: ModelTesting) -> None:
        """Begin without a test.

        Args:
            report: Shows it, and asks for it to be copied.
            testing: Knows what the model's file printed.
        """
        super().__init__(report)
        self._report = report
        self._testing = testing
        self.tested: Tested | None = None
        self.proposals: list[Proposal] = []
        self.values: ValuesReport | None = None
        report.report_asked.connect(self._copy_report)
        report.python_asked.connect(self._copy_python)
        report.json_asked.connect(self._copy_json)

    def begin(self, tested: Tested) -> None:
        """Keep and show what loads; the rest is to come."""
        self.tested, self.values, self.proposals = tested, None, []
        self._report.show_report(tested.report, tested.groups, tested.causes, tested.why_no_python)
        self._report.allow_saving(why_no_renamed_copy(tested), less=holds_less(tested))

    @Slot(object)
    def take_values(self, values: "ValuesReport | Failure") -> None:
        """Keep and show what came of loading the values."""
        self.values = None if isinstance(values, Failure) else values
        self._report.show_values(values)

    @Slot()
    def _copy_report(self) -> None:
        if self.tested is not None:
            self._copy(self._report.as_text(subject_of(self.tested.test)), "The report was copied.")

    @Slot()
    def _copy_python(self) -> None:
        if self.tested is not None:
            report, said = self.tested.report, "The test was copied as Python"
            if not report.loads:
                said += f", which raises as the test did: {report.why_fails or 'PyTorch says why'}"
            self._copy(self.tested.python, f"{said}.")

    @Slot()
    def _copy_json(self) -> None:
        if self.tested is not None:
            text = answer_as_json(self.tested, self.proposals, self.values, self._testing.output)
            self._copy(text, "The answer was copied as JSON.")

    def _copy(self, text: str, said: str) -> None:
        put_on_clipboard(text)
        self.copied.emit(said)
