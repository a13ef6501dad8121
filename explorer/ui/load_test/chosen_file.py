"""The model file that is tested: read first, run only once that was agreed to, and then asked what it offers."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explorer.loading.model_file import ModelSource
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.load_test.testing import ModelTesting


class ChosenFile(QObject):
    """Leads from one step to the next; nothing of the file runs before the last.

    Attributes:
        path: Of the file; None before one is chosen.
        source: It as it was read; None until it is.

    Signals:
        begun: It is about to be read: what was there is of another file, or of what it was (its path).
        agreement_asked: The user has to agree to it before it runs (its `ModelSource`).
        runs: It is about to run, to tell what it offers (its path).
        refused: It stays as it is, and offers nothing.
    """

    begun = Signal(object)
    agreement_asked = Signal(object)
    runs = Signal(object)
    refused = Signal()

    def __init__(self, choices: LoadTestChoices, testing: ModelTesting) -> None:
        """Begin without a file.

        Args:
            choices: Know and remember what was agreed to.
            testing: Reads the file and runs it, and tells what it offers.
        """
        super().__init__(testing)
        self._choices = choices
        self._testing = testing
        self._trusted = False
        self.path: Path | None = None
        self.source: ModelSource | None = None
        testing.source_read.connect(self._take_source)

    @property
    def may_run(self) -> bool:
        """It was agreed to, as it was read."""
        return self.source is not None and self._choices.may_run(self.source)

    def read(self, path: Path, *, trusted: bool = False) -> None:
        """Begin with a file.

        Args:
            path: Of it.
            trusted: It was said already that it may run.
        """
        self.path, self.source, self._trusted = path.absolute(), None, trusted
        self.begun.emit(self.path)
        self._testing.read(path)

    @Slot(object)
    def _take_source(self, source: ModelSource) -> None:
        self.source = source
        if self._trusted:
            self._choices.let_run_once(source)
            self._trusted = False
        if self._choices.may_run(source):
            self.list_offers()
        else:
            self.ask()

    @Slot()
    def ask(self) -> None:
        """Have it asked whether the file may run."""
        if self.source is not None:
            self.agreement_asked.emit(self.source)

    def answer(self, agreed: bool) -> None:
        """Run it, or leave it as it is."""
        if agreed and self.source is not None:
            self._choices.let_run(self.source)
            self.list_offers()
        else:
            self.refused.emit()

    def list_offers(self) -> None:
        """Run the file, which may run, to tell what it offers."""
        if self.source is not None:
            self.runs.emit(self.source.path)
            self._testing.list_offers(self.source)
