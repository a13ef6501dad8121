"""Edit > Preferences: what the program does by itself. Everything is taken over at once."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.analysis.judge.thresholds import DEFAULT
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.failures import why
from explorer.ui.fields_window import FieldsWindow
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.problems.thresholds_window import show_thresholds
from explorer.ui.settings import Settings, ThemeChoice
from explorer.ui.side_window import brought_forward
from explorer.ui.text import Label, label, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics_cache import Kept

_GB: Final = 1_000_000_000
_WIDTH: Final = 520


class PreferencesWindow(FieldsWindow):
    """Shows the settings, also while another window changes them."""

    def __init__(self, window: QWidget, settings: Settings, set_theme: Callable[[ThemeChoice], None]) -> None:
        """Make it.

        Args:
            window: Beside which it stands.
            settings: What it shows and changes.
            set_theme: Puts on a theme, and remembers it.
        """
        super().__init__("Preferences", window, scrolls=True)
        self._settings = settings
        self._tests = LoadTestChoices(settings)
        self._set_theme = set_theme
        self._jobs = Jobs("preferences")
        self._job: Job | None = None
        self.body.setSpacing(20)
        self.body.addLayout(self._make_appearance())
        self.body.addLayout(self._make_statistics())
        self.body.addLayout(self._make_problems())
        self.body.addLayout(self._make_figures())
        self.body.addLayout(self._make_recent())
        self.body.addLayout(self._make_trusted())
        self.body.addStretch(1)
        self.theme.setFocus()
        self.resize(_WIDTH, self.sizeHint().height())
        self._fill()
        settings.changed.connect(self._fill)
        self.finished.connect(self._end)
        self._count()

    def _make_appearance(self) -> QVBoxLayout:
        self.theme = QComboBox()
        self.theme.setAccessibleName("Theme")
        for choice in get_args(ThemeChoice):
            self.theme.addItem(choice.capitalize(), choice)
        self.theme.activated.connect(self._choose_theme)
        return _section("Appearance", _row(_caption("&Theme", self.theme), self.theme))

    def _make_statistics(self) -> QVBoxLayout:
        self.limit = QDoubleSpinBox(decimals=1, maximum=100_000, suffix=" GB")
        self.limit.setSpecialValueText("never")
        self.limit.setKeyboardTracking(False)
        self.limit.setAccessibleName("Measure everything by itself up to")
        set_tooltip(self.limit, "Files up to this size are measured as soon as they are open; 0 for never.")
        self.limit.valueChanged.connect(self._set_limit)
        self.shares = QCheckBox("Also on &network shares")
        self.shares.clicked.connect(self._set_shares)
        return _section(
            "Statistics",
            _row(_caption("&Measure everything by itself up to", self.limit), self.limit),
            self.shares,
            _hint("Of other files only what is looked at, until View > Compute all statistics is chosen."),
        )

    def _make_problems(self) -> QVBoxLayout:
        self.thresholds = QPushButton("T&hresholds…")
        set_tooltip(self.thresholds, "Change from where on something in the values is a problem.")
        self.thresholds.clicked.connect(lambda: show_thresholds(self, self._settings))
        self.judged_by = label()
        return _section("Problems", _row(self.judged_by, self.thresholds))

    def _make_figures(self) -> QVBoxLayout:
        self.keeps = QCheckBox("&Keep figures on disk")
        self.keeps.clicked.connect(self._set_keeps)
        self.folder = label(formatting.visible(str(self._settings.cache_folder), 1000), selectable=True, wrap=True)
        self.folder.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.folder.setAccessibleName("Folder of the figures")
        self.usage = label("Counting…")
        self.clear = QPushButton("Clear")
        self.clear.setEnabled(False)
        self.clear.setAccessibleName("Clear the figures on disk")
        set_tooltip(self.clear, "Delete all figures that are kept on the disk.")
        self.clear.clicked.connect(self._clear)
        return _section(
            "Figures on disk",
            self.keeps,
            _hint(
                "Files that have not changed show them at once the next time. Up to 256 MB are kept of a file, of its "
                "largest tensors, and up to 1 GB in all, the newest. They are kept here:"
            ),
            self.folder,
            _row(self.usage, self.clear),
        )

    def _make_recent(self) -> QVBoxLayout:
        self.recent = label()
        self.forget = QPushButton("&Forget recent files")
        self.forget.clicked.connect(self._settings.clear_recent)
        return _section("Recent files", _row(self.recent, self.forget))

    def _make_trusted(self) -> QVBoxLayout:
        self.trusted = label()
        self.ask_again = QPushButton("&Ask again")
        set_tooltip(self.ask_again, "Before a model file runs the next time, ask whether it may.")
        self.ask_again.clicked.connect(self._forget_trust)
        return _section("Model files that may run", _row(self.trusted, self.ask_again))

    def _forget_trust(self) -> None:
        self._tests.forget_trust()
        self._fill()

    def _fill(self) -> None:
        """Show what the settings say."""
        trusted = self._tests.trusted
        self.trusted.setText(formatting.plural(len(trusted), "file") if trusted else "None")
        set_tooltip(self.trusted, "\n".join(formatting.visible(str(path), 1000) for path in trusted[-20:]))
        self.ask_again.setEnabled(bool(trusted))
        settings, recent = self._settings, self._settings.recent
        usual = settings.thresholds == DEFAULT
        self.judged_by.setText("Judged by the usual thresholds" if usual else "Judged by other thresholds than usual")
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        with QSignalBlocker(self.limit):
            self.limit.setValue(settings.measured_nbytes / _GB)
        self.shares.setChecked(settings.measures_shares)
        self.keeps.setChecked(settings.keeps_figures)
        self.recent.setText(formatting.plural(len(recent), "file") if recent else "None")
        self.forget.setEnabled(bool(recent))

    def _choose_theme(self) -> None:
        self._set_theme(self.theme.currentData())

    def _set_limit(self, gigabytes: float) -> None:
        self._settings.measured_nbytes = round(gigabytes * _GB)

    def _set_shares(self, on: bool) -> None:
        self._settings.measures_shares = on

    def _set_keeps(self, on: bool) -> None:
        self._settings.keeps_figures = on

    def _count(self) -> None:
        self._start(_kept_in, self._show_kept)

    def _clear(self) -> None:
        self.clear.setEnabled(False)
        self.usage.setText("Clearing…")
        self._start(_emptied, self._show_cleared)

    def _start(self, work: Callable[[Path, Report], object], then: Callable[[Any], None]) -> None:
        """Have the folder looked at on the worker; of two that are asked for at once the later one tells."""
        if self._job is not None:
            self._job.cancel()
        self._job = Job(partial(work, self._settings.cache_folder), "figures on disk")
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._show_failed)
        self._jobs.start(self._job)

    def _show_kept(self, kept: "Kept") -> None:
        self._job = None
        self.usage.setText(_said(kept) if kept.files else "Nothing is kept.")
        self.clear.setEnabled(kept.files > 0)

    def _show_cleared(self, deleted_and_left: "tuple[Kept, Kept]") -> None:
        deleted, left = deleted_and_left
        self._show_kept(left)
        said = f"{_said(deleted)} {'was' if deleted.files == 1 else 'were'} deleted."
        self.usage.setText(f"{said} {_said(left)} could not be." if left.files else said)

    def _show_failed(self, error: Exception) -> None:
        self._job = None
        self.usage.setText(f"The folder cannot be looked at: {why(error)}")

    def _end(self) -> None:
        self._jobs.close()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Count again when the user comes back."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self._job is None:
            self._count()


def show_preferences(window: QWidget, settings: Settings, set_theme: Callable[[ThemeChoice], None]) -> None:
    """Show the preferences; a window of them that stands already comes to the front.

    Args:
        window: The main window.
        settings: As `PreferencesWindow`.
        set_theme: Likewise.
    """
    if not brought_forward(window, PreferencesWindow):
        PreferencesWindow(window, settings, set_theme).show()


def _section(title: str, *parts: QWidget | QHBoxLayout) -> QVBoxLayout:
    heading = label(title)
    font = QFont(heading.font())
    font.setWeight(QFont.Weight.DemiBold)
    heading.setFont(font)
    section = QVBoxLayout()
    section.setSpacing(8)
    section.addWidget(heading)
    for part in parts:
        if isinstance(part, QWidget):
            section.addWidget(part)
        else:
            section.addLayout(part)
    return section


def _row(left: QWidget, right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(left, 1)
    row.addWidget(right)
    return row


def _caption(text: str, control: QWidget) -> Label:
    caption = label(text)
    caption.setBuddy(control)
    return caption


def _hint(text: str) -> Label:
    return label(text, muted=True, small=True, wrap=True)


def _said(kept: "Kept") -> str:
    return f"{formatting.nbytes(kept.nbytes)} in {formatting.plural(kept.files, 'file')}"


def _kept_in(folder: Path, _report: Report) -> "Kept":
    from explorer.analysis.measure.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    return StatisticsCache(folder).kept()


def _emptied(folder: Path, _report: Report) -> "tuple[Kept, Kept]":
    from explorer.analysis.measure.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    cache = StatisticsCache(folder)
    return cache.clear(), cache.kept()
