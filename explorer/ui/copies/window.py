"""The window that saves a copy: what is to be another in it, progress, and what came of it."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QFormLayout, QPushButton, QWidget

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.beside import beside
from explorer.checkpoint.writing.options import CAST_TO, CopyMade
from explorer.keys.key_mapping import KeyMappingError
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.copies.device_field import DeviceField
from explorer.ui.copies.leaving_out import LeavingOut
from explorer.ui.copies.notes import notes
from explorer.ui.copies.outcome import Outcome
from explorer.ui.copies.proposing import SAFETENSORS, extension_of, file_name
from explorer.ui.copies.saving import KeyChanges, Saved, Wish, is_damaged, save_copy, taken_out
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.files.showing import show_folder
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow
from explorer.ui.settings import Settings
from explorer.ui.side_window import SideWindow
from explorer.ui.text import ElidedLabel, Tone, caption, label, set_tone, set_tooltip

_CHOOSE_ENTRY: Final = 'choose one of its state_dicts under "Holds"'
_SALVAGE: Final = 'download or save it again, or save what is whole, now under "Holds"'
_RULES_LETTERS: Final = 60
_ABOUT_HOLDS: Final = (
    "Only a state_dict, unwrapped: its keys stand at the top of the new file, without what stands beside it,\n"
    "such as an epoch or an optimizer. The whole file keeps all of it."
)
_ABOUT_COMPACT: Final = (
    "A tensor may be a part of a larger storage, all of which is saved with it:\nof these only what tensors use."
)
_ABOUT_SHARING: Final = (
    "Tensors that share bytes, such as tied weights, get bytes of their own:\n"
    "the file grows, and once loaded they change independently."
)
_DTYPES: Final = ("float32", "float16", "bfloat16")
"""Those that are asked for most; the others follow."""


class CopyWindow(SideWindow):
    """Asks what a copy is to be, and writes it behind the window.

    Signals:
        open_asked: The copy is to be opened (its path).
    """

    open_asked = Signal(object)

    def __init__(self, checkpoint: Checkpoint, wish: Wish, settings: Settings, parent: QWidget) -> None:
        """Ask.

        Args:
            checkpoint: The source.
            wish: What is proposed.
            settings: Keep the folder.
            parent: The main window.
        """
        super().__init__("Save a copy", parent)
        self._checkpoint = checkpoint
        self._settings = settings
        self._beside: list[str] = []
        self._changes = wish.keys
        self._salvages = is_damaged(checkpoint)
        self._made: CopyMade | None = None
        self.not_finite: frozenset[int] = frozenset()
        self._jobs = Jobs("copies")
        self._dialog: QFileDialog | None = None
        self.progress = WorkRow("the copy", "Writing the copy")
        self._job = CurrentJob(self._jobs, self.progress)
        self._job.failed.connect(self._show_failed)
        self._job.stopped.connect(self._show_stopped)
        self.holds = QComboBox()
        self.holds.setAccessibleName("What the copy holds")
        self.device = DeviceField(checkpoint)
        self.dtype = QComboBox()
        self.dtype.setAccessibleName("Type of floating tensors")
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        self.compact = QCheckBox("&only as large as their tensors")
        self.compact.setAccessibleName("Storages only as large as their tensors")
        self.break_sharing = QCheckBox("o&ne for each tensor, also where several share one")
        self.break_sharing.setAccessibleName("Storages of their own for tensors that share one")
        self.rename = QCheckBox()
        self.leave_out = QCheckBox()
        self.without = LeavingOut(checkpoint, self._jobs)
        self.outcome = Outcome()
        self.said = self.outcome.words
        self.open_copy = QPushButton("Open the copy")
        self.show_folder = QPushButton("Show in folder")
        self.save = QPushButton("Save as…")
        self.save.setProperty("primary", True)
        self._fill(wish)
        self._lay_out()
        self.device.choose(wish.device)
        self._connect()
        self._count_left_out()
        self._look_beside()

    def _fill(self, wish: Wish) -> None:
        self._fill_holds(wish.entry)
        set_tooltip(self.holds, _ABOUT_HOLDS)
        self.dtype.addItem("as saved", None)
        for name in dict.fromkeys((*_DTYPES, *CAST_TO)):
            self.dtype.addItem(name, name)
        self.dtype.setCurrentIndex(max(0, self.dtype.findData(wish.dtype)))
        self.format.addItem("as torch.save writes it (.pth)", extension_of(self._checkpoint.path))
        self.format.addItem("safetensors: the tensors of one state_dict", SAFETENSORS)
        self.format.setCurrentIndex(int(extension_of(self._checkpoint.path) == SAFETENSORS))
        set_tooltip(self.compact, _ABOUT_COMPACT)
        set_tooltip(self.break_sharing, _ABOUT_SHARING)
        self.compact.setChecked(wish.compact)
        self.break_sharing.setChecked(wish.break_sharing)
        rules, left_out = (wish.keys.rules, wish.keys.left_out) if wish.keys is not None else ((), frozenset[str]())
        told = formatting.visible(", ".join(rule.in_words for rule in rules), _RULES_LETTERS)
        self.rename.setText(caption(f"renamed by {formatting.plural(len(rules), 'rule')}: {told}"))
        self.rename.setVisible(bool(rules))
        self.rename.setChecked(bool(rules))
        set_tooltip(self.rename, "\n".join(map(str, rules)))
        do_not = "does not" if len(left_out) == 1 else "do not"
        self.leave_out.setText(caption(f"without the {formatting.plural(len(left_out), 'key')} that {do_not} load"))
        self.leave_out.setVisible(bool(left_out))
        self.leave_out.setChecked(wish.keys is not None and bool(left_out) and not wish.keys.only_offered)
        set_tooltip(self.leave_out, "\n".join(sorted(left_out)[:20]))

    def _fill_holds(self, chosen: str | None) -> None:
        """Offer the whole file and its entries, or of a damaged file what is whole of them."""
        checkpoint = self._checkpoint
        self.holds.clear()
        if self._salvages:
            chosen = checkpoint.chosen.path if chosen is None and checkpoint.chosen is not None else chosen
        else:
            self.holds.addItem("the whole file", None)
        for entry in checkpoint.entries if self._salvages else taken_out(checkpoint):
            own = "its state_dict" if entry.kind in ("module", "state_dict") else "its tensors"
            name = formatting.visible(entry.name) if entry.path else own
            only = f"what is whole of {name}" if self._salvages else f"only {name}, unwrapped"
            self.holds.addItem(caption(only), entry.path)
        self.holds.setCurrentIndex(max(0, self.holds.findData(chosen)))

    def _lay_out(self) -> None:
        rows = QFormLayout()
        rows.setHorizontalSpacing(12)
        rows.setVerticalSpacing(8)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        fields: list[tuple[str, QWidget]] = [
            ("Source", ElidedLabel(str(self._checkpoint.path))),
            ("&Holds", self.holds),
            ("&Leave out keys", self.without),
            ("&Device", self.device),
            ("&Floating type", self.dtype),
            ("Fo&rmat", self.format),
            ("Storages", self.compact),
            ("", self.break_sharing),
        ]
        changes = [field for field in (self.rename, self.leave_out) if field.isVisibleTo(self)]
        fields += zip(("Keys", ""), changes, strict=False)
        takes_keys: dict[QWidget, QWidget] = {self.without: self.without.field, self.device: self.device.choice}
        for name, field in fields:
            title = label(name, muted=True)
            if "&" in name:
                title.setBuddy(takes_keys.get(field, field))
            rows.addRow(title, field)
        self.body.addLayout(rows)
        self.body.addWidget(self.progress)
        self.body.addWidget(self.outcome, 1)
        self.buttons.insertWidget(0, self.open_copy)
        self.buttons.insertWidget(1, self.show_folder)
        self._offer_copy(shown=False)
        self.buttons.insertWidget(self.buttons.count() - 1, self.save)
        self.close_button.setDefault(False)
        self.save.setDefault(True)
        self.resize(560, 440)

    def _connect(self) -> None:
        self.save.clicked.connect(self._ask_where)
        self.open_copy.clicked.connect(self._open)
        self.show_folder.clicked.connect(self._show_folder)
        self.device.changed.connect(self._judge)
        for choice in (self.format, self.dtype):
            choice.currentIndexChanged.connect(self._judge)
        for box in (self.compact, self.break_sharing, self.leave_out):
            box.toggled.connect(self._judge)
        self.rename.toggled.connect(self._follow_names)
        self.holds.currentIndexChanged.connect(self._follow_names)
        self.without.judged.connect(self._judge)
        self.progress.appeared.connect(self.progress.cancel.setFocus)

    @property
    def busy(self) -> bool:
        """A copy is being written."""
        return self._job.runs

    @property
    def wish(self) -> Wish:
        """What is chosen."""
        keys = None
        if self._changes is not None and self._changes_apply:
            keys = KeyChanges(
                self._changes.entry,
                self._changes.rules if self.rename.isChecked() else (),
                self._changes.left_out if self.leave_out.isChecked() else frozenset(),
            )
        return Wish(
            device=self.device.device,
            entry=self.holds.currentData(),
            keys=keys,
            without=self.without.pattern,
            dtype=self.dtype.currentData(),
            compact=self.compact.isChecked(),
            break_sharing=self.break_sharing.isChecked(),
            salvage=self._salvages,
        )

    @property
    def _entry(self) -> Entry | None:
        """The entry whose keys are written or left out: of the whole file, the one shown first."""
        only: str | None = self.holds.currentData()
        return self._checkpoint.chosen if only is None else self._checkpoint.entry(only)

    @property
    def _changes_apply(self) -> bool:
        """The entry that is chosen is the one whose keys are to be changed."""
        return self._changes is not None and self._entry is not None and self._changes.entry.path == self._entry.path

    def write(self, out: Path) -> None:
        """Write the copy to a place where nothing is yet."""
        self._offer_copy(shown=False)
        self._say("Writing…", None)
        # What was pressed takes no key now, and Return once more is to end nothing.
        self.said.setFocus()
        self._allow(writing=True)
        self._job.start(partial(save_copy, self._checkpoint, out, self.wish), "saving a copy", self._show_made)

    def reject(self) -> None:
        """Stop what is being written, which then says so; close only where nothing is."""
        if self.busy:
            self._job.cancel()
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Close in any case, as the main window may be closing too."""
        self._job.drop()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Stop what is being written: nothing of it stays."""
        self._job.drop()
        self.without.drop()
        self._jobs.close()
        super().done(result)

    def _judge(self) -> None:
        """Say what is wrong with the choices or should be known of them, and which changes of keys apply."""
        if self.busy:
            return
        for field in (self.rename, self.leave_out):
            field.setEnabled(self._changes_apply)
            field.setStatusTip("" if self._changes_apply else "It is about the keys of another entry.")
        # What is chosen now is about another copy than the last one.
        self._offer_copy(shown=False)
        sentence = self.device.problem or self.without.problem
        self.save.setEnabled(not sentence)
        set_tooltip(self.save, sentence)
        # A line that is still empty is no mistake yet.
        wrong = self.without.problem or (self.device.problem and self.device.device)
        self._say(sentence or self._note(), "bad" if wrong else None if sentence else "caution")

    def _follow_names(self) -> None:
        self._count_left_out()
        self._judge()

    def _count_left_out(self) -> None:
        """Have it counted anew which keys are left out: by the names that the copy will have."""
        rules = () if self._changes is None or not self._changes_apply else self._changes.rules
        self.without.show_entry(self._entry, rules, renamed=self.rename.isChecked())

    def _note(self) -> str:
        return notes(self._checkpoint, self._entry, self.wish, self.format.currentData(), self._beside)

    def _look_beside(self) -> None:
        """Have it found out what a file of one state_dict would not hold."""
        checkpoint, entry = self._checkpoint, self._checkpoint.chosen
        if entry is not None:

            def look(_report: Report) -> list[str]:
                return [formatting.visible(name) for name in beside(checkpoint, entry.path)]

            job = Job(look, "what stands beside the entry")
            job.succeeded.connect(self._take_beside)
            self._jobs.start(job)

    def _take_beside(self, names: list[str]) -> None:
        self._beside = names
        if names and self._made is None:
            self._judge()

    def _ask_where(self) -> None:
        path = self._checkpoint.path
        folder = self._settings.last_folder or path.parent
        name = file_name(path, self.wish, self.format.currentData())
        self._dialog = ask_where_to_save(self, "Save a copy", folder, name, self.write)

    def _allow(self, *, writing: bool) -> None:
        self.without.setEnabled(not writing)
        for field in (self.holds, self.device, self.dtype, self.format, self.compact, self.break_sharing, self.save):
            field.setEnabled(not writing)
        for field in (self.rename, self.leave_out):
            field.setEnabled(not writing and self._changes_apply)

    def _say(self, sentence: str, tone: Tone | None) -> None:
        self.outcome.say(formatting.plain(sentence))
        set_tone(self.said, tone)

    def _offer_copy(self, *, shown: bool) -> None:
        self.open_copy.setVisible(shown)
        self.show_folder.setVisible(shown)

    def _show_made(self, saved: Saved) -> None:
        self._made = made = saved.made
        self._allow(writing=False)
        self._settings.last_folder = made.out.parent
        where = f"{formatting.visible(made.out.name)} in {formatting.visible(str(made.out.parent))}"
        lines = [f"{where}, {formatting.nbytes(made.nbytes)}: {made.message}"]
        lines += list(made.warnings)
        lines += self._not_finite_in(made)
        lines += filter(None, [saved.left_out])
        self._say("\n".join(lines), "caution" if self._is_less(made) else "good")
        self._offer_copy(shown=True)
        self.close_button.setFocus()

    def _not_finite_in(self, made: CopyMade) -> list[str]:
        """What equal values do not promise: that they are sound. Of cast ones the warnings tell."""
        only: str | None = self.holds.currentData()
        dropped = set(made.dropped_keys)
        held = (self._checkpoint.tensors[number] for number in self.not_finite)
        count = sum(tensor.key not in dropped and only in (None, tensor.entry) for tensor in held)
        if not count or made.cast:
            return []
        return [
            f"{formatting.plural(count, 'tensor')} {'holds' if count == 1 else 'hold'} NaN or Inf, as in the source."
        ]

    def _is_less(self, made: CopyMade) -> bool:
        """Whether the copy is something else than was asked for: in what it lacks, keeps, or could not keep exactly."""
        flat = made.out.suffix.lower() == SAFETENSORS
        lacks = flat and self.holds.currentData() is None and bool(self._beside)
        return lacks or self._salvages or bool(made.code or made.overflowed or made.flushed)

    def _show_failed(self, error: Exception) -> None:
        self._allow(writing=False)
        if isinstance(error, CheckpointError) and "--salvage" in error.advice and not self._salvages:
            # Only reading showed that it is damaged.
            chosen, self._salvages = self.holds.currentData(), True
            self._fill_holds(chosen)
        self._say(_why(error), "bad")
        self.save.setFocus()

    def _show_stopped(self) -> None:
        self._allow(writing=False)
        self._say("Cancelled: no copy was made, and nothing of it was left behind.", None)
        self.save.setFocus()

    def _show_folder(self) -> None:
        if self._made is not None:
            show_folder(self._made.out)

    def _open(self) -> None:
        if self._made is not None:
            self.open_asked.emit(self._made.out)
            self.accept()


def _why(error: Exception) -> str:
    """Why it was not written; what the command has an option for is chosen in a field here."""
    if isinstance(error, KeyMappingError):
        return str(error)
    if isinstance(error, CheckpointError) and "--entry" in error.advice:
        return CheckpointError(error.what, error.why, _CHOOSE_ENTRY).sentence
    if isinstance(error, CheckpointError) and "--salvage" in error.advice:
        return CheckpointError(error.what, error.why, _SALVAGE).sentence
    return why(error)
