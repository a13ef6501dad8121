"""The bar at the top of the window that says what went wrong, or what is worth knowing, without stopping anybody."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.pickles.names import does_something, what_it_runs
from explorer.checkpoint.writing.options import NESTED
from explorer.formatting import UNNAMED, exact, plain, plural, visible
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.faults.crash_hooks import Fault
from explorer.ui.text import label, set_tone, set_tooltip
from explorer.ui.versions import versions

_DETAIL_LINES: Final = 12
_FEWEST_LINES: Final = 3
"""Of the details, where there is no room for more: what is below keeps its height."""
_COPIED_MS: Final = 1_500
_DETAIL_CHARACTERS: Final = 10_000_000
"""So many that no name of code is left out in the middle."""
_LOST: Final = 2_000
"""So many tensors that cannot be read are listed: more would keep the window waiting."""
_NAME_CHARACTERS: Final = 2_000
_SHOWABLE: Final = ("data-only", "references-code")


class _Message(NamedTuple):
    """What the bar says.

    Attributes:
        sentence: What, why and what to do.
        details: More of it, over several lines; "" where there is no more.
        bad: It is an error.
        about: What was asked for last, which the next such message replaces; the open file, until another is opened;
            the program, until it is closed; or its own errors, likewise, which are all one message. What lasts comes
            back when a message that came later is closed.
        again: The file can be opened again.
        more: The caption of the button that shows the details.
        close: The caption of the button that closes the message.
        offers: Captions of further buttons, and what these do once the message is closed; one about the file stays.
        path: Of the file that it is about; "" for none.
    """

    sentence: str
    details: str = ""
    bad: bool = True
    about: Literal["request", "file", "program", "faults"] = "request"
    again: bool = False
    more: str = "Details"
    close: str = "Close"
    offers: Mapping[str, Callable[[], None]] = MappingProxyType({})
    path: str = ""


class MessageBar(QFrame):
    """One sentence with Details, Copy and Close; hidden while there is nothing to say.

    What is said about the open file, and about the program, stands behind an error that comes later, and is seen again
    when that is closed.

    Signals:
        again_asked: The file that changed is to be opened again.
        copy_asked: A copy of the state_dict is to be saved: without the code that the file names, or what can be read.
        noted: Whether there is something to say about the open file, which `recall` then shows again.
    """

    again_asked = Signal()
    copy_asked = Signal()
    noted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: list[_Message] = []
        self._shown: _Message | None = None
        self._of_file: _Message | None = None
        self._faults: dict[int, Fault] = {}
        self._known_faults: set[int] = set()
        self.setProperty("panel", True)
        self.setAccessibleName("Message")
        self._text = label(selectable=True, wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFont(theme.fixed_font())
        self.details.setAccessibleName("Details")
        self.details.setTabChangesFocus(True)
        self._again = QPushButton("Reload")
        self._again.clicked.connect(self.again_asked)
        self._more = QPushButton("Details")
        self._more.setCheckable(True)
        self._more.toggled.connect(self.details.setVisible)
        self._copy_button = copy = QPushButton("Copy")
        copy.clicked.connect(self._copy)
        self._copied = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._copied.timeout.connect(lambda: copy.setText("Copy"))
        self._end = QPushButton("Close")
        self._end.clicked.connect(self._close)
        self._offers = QHBoxLayout()
        self._offered: list[QPushButton] = []
        line = QHBoxLayout()
        line.addWidget(self._text, 1)
        line.addLayout(self._offers)
        for button, tip in (
            (self._again, "Read the file as it is now"),
            (self._more, "Show what is known about it"),
            (copy, "Copy this message and its details"),
            (self._end, "Close this message"),
        ):
            button.setProperty("flat", True)
            set_tooltip(button, tip)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.addLayout(line)
        layout.addWidget(self.details)
        self.hide()

    @property
    def sentence(self) -> str:
        """What the bar says; "" while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_error(self, sentence: str, details: str = "") -> None:
        """Say what failed, until it is closed or a file is opened.

        Args:
            sentence: What, why and what to do.
            details: More of it, over several lines, for who wants to know; "" where there is no more.
        """
        self._forget("request")
        self._push(_Message(sentence, details))

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Say what is worth knowing about the file that was opened, and nothing of what was said before.

        Args:
            checkpoint: Its message is an error where the verdict says that something cannot be shown, else a note; all
                names of code, and the tensors that cannot be read, are among the details.
        """
        self._forget("request", "file")
        said = [text for text in (checkpoint.message, *checkpoint.warnings) if text]
        bad = checkpoint.verdict not in _SHOWABLE or any(map(what_it_runs, checkpoint.code))
        self._of_file = None
        if said:
            details = "\n\n".join(filter(None, (_lost_of(checkpoint), _names_of(checkpoint))))
            saved = _what_is_saved(checkpoint)
            offers = {f"Save {saved}…": self.copy_asked.emit} if saved else {}
            path = visible(str(checkpoint.path), _NAME_CHARACTERS)
            self._of_file = _Message(" ".join(said), details, bad=bad, about="file", offers=offers, path=path)
            self._push(self._of_file)
        else:
            self._show_last()
        self.noted.emit(bool(said))

    def recall(self) -> None:
        """Say again what is to say of the open file, also where that was closed, and have the keyboard there."""
        if self._of_file is not None:
            self._messages = [message for message in self._messages if message is not self._of_file]
            self._push(self._of_file)
            # It may have been there all the time: what can be done about it is one key away.
            (self._more if self._more.isVisible() else self._end).setFocus()

    def make_room(self) -> None:
        """Close the details of a file: another view is shown, and they would take a part of it."""
        if self._shown is not None and self._shown.about in ("file", "request"):
            self.fold()

    def fold(self) -> bool:
        """Close the details; whether they were open."""
        was_open = self.details.isVisible()
        self._more.setChecked(False)
        return was_open

    def show_changed(self, sentence: str) -> None:
        """Say that the open file is not any more what was read, and offer to open it again."""
        self._push(_Message(sentence, about="file", again=True))

    def show_offer(self, sentence: str, offers: Mapping[str, Callable[[], None]]) -> None:
        """Say what could be done, until one is chosen, it is closed, or a file is opened.

        Args:
            sentence: What it is about.
            offers: Captions of buttons, and what these do.
        """
        self._forget("request")
        self._push(_Message(sentence, bad=False, offers=offers))

    def show_crash(self, reports: Sequence[str]) -> None:
        """Offer what is left of processes that crashed.

        Args:
            reports: The text of each; the oldest first.
        """
        details = "\n\n".join([*reports, "\n".join(versions())])
        sentence = "Checkpoint Explorer ended unexpectedly last time."
        self._push(_Message(sentence, details, bad=False, about="program", more="Show report", close="Dismiss"))

    def show_fault(self, fault: Fault) -> None:
        """Say that the program made an error; the same again only counts, and not even that once it was closed.

        Args:
            fault: The error.
        """
        if fault.number not in self._faults and fault.number in self._known_faults:
            return
        self._known_faults.add(fault.number)
        self._faults[fault.number] = fault
        listed = [f"{each.what}{_times(each)}\n\n{each.details}" for each in self._faults.values()]
        message = _Message(_sentence(fault, len(listed)), "\n\n".join([*listed, "\n".join(versions())]), about="faults")
        if self._messages and self._messages[-1].about == "faults":
            # Only the words change, for the same reason.
            self._messages[-1] = message
            self._fill(message)
        else:
            self._forget("faults")
            self._push(message)

    def _forget(self, *about: str) -> None:
        self._messages = [message for message in self._messages if message.about not in about]

    def _push(self, message: _Message) -> None:
        self._messages.append(message)
        self._show_last()

    def _close(self) -> None:
        if self._messages.pop().about == "faults":
            self._faults.clear()
        self._show_last()

    def _show_last(self) -> None:
        if not self._messages:
            self.hide()
        elif self._messages[-1] is not self._shown or self.isHidden():
            # Whoever reads the details of what stays goes on reading.
            self._show(self._messages[-1])

    def _show(self, message: _Message) -> None:
        self._fill(message)
        self._more.setText(message.more)
        self._more.setVisible(bool(message.details))
        self._more.setChecked(False)
        self._end.setText(message.close)
        self._again.setVisible(message.again)
        self._show_offers(message.offers)
        self.details.hide()
        self.show()

    def _show_offers(self, offers: Mapping[str, Callable[[], None]]) -> None:
        for button in self._offered:
            button.hide()
            button.deleteLater()
        self._offered.clear()
        for text, take in offers.items():
            button = QPushButton(text)
            button.clicked.connect(partial(self._take, take))
            self._offers.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self._offered.append(button)

    def _take(self, offer: Callable[[], None]) -> None:
        if self._messages[-1].about != "file":
            self._close()
        offer()

    def _fill(self, message: _Message) -> None:
        self._shown = message
        set_tone(self._text, "bad" if message.bad else None)
        self._text.setText(message.sentence)
        place = self.details.verticalScrollBar().value()
        self.details.setPlainText(plain(message.details, _DETAIL_CHARACTERS))
        self.details.verticalScrollBar().setValue(place)
        lines = min(self.details.blockCount(), _DETAIL_LINES)
        # With its frame, and the room for a scroll bar where a line is long.
        room = 16 + self.details.horizontalScrollBar().sizeHint().height()
        spacing = self.details.fontMetrics().lineSpacing()
        self.details.setMinimumHeight(spacing * min(lines, _FEWEST_LINES) + room)
        self.details.setMaximumHeight(spacing * lines + room)
        self._copied.stop()
        self._copy_button.setText("Copy")

    def _copy(self) -> None:
        path = "" if self._shown is None or not self._shown.path else f"File: {self._shown.path}"
        parts = (path, self._text.text(), self.details.toPlainText())
        put_on_clipboard("\n\n".join(part for part in parts if part))
        self._copy_button.setText("Copied")
        self._copied.start()


def _lost_of(checkpoint: Checkpoint) -> str:
    """The tensors that cannot be read, and why, in a line each; "" where all can be."""
    table = checkpoint.tensors
    lost = table.unreadable
    if not lost:
        return ""
    several = len(checkpoint.entries) > 1
    lines = [
        f"{f'{visible(tensor.entry)}: ' if several and tensor.entry else ''}{visible(tensor.key) or UNNAMED}: "
        f"{tensor.kind.problem}"
        for tensor in (table[number] for number in lost[:_LOST])
    ]
    if len(lost) > _LOST:
        lines.append(f"{exact(len(lost) - _LOST)} more: `checkpoint-explorer info FILE` lists them all.")
    return "\n".join([f"{plural(len(lost), 'tensor')} cannot be read.", *lines])


def _names_of(checkpoint: Checkpoint) -> str:
    """The code that the file names, with what it would be called with, in a line each; "" where it names none."""
    code, calls = checkpoint.code, checkpoint.calls
    if not code:
        return ""
    names = "\n".join(visible(f"{name}{calls.get(name, '')}", _NAME_CHARACTERS) for name in code)
    return f"{plural(len(code), 'name')} of code. None was imported or run.\n{names}"


def _what_is_saved(checkpoint: Checkpoint) -> str:
    """What a copy of its state_dict would be good for: without the code that the file names, or whole; or ""."""
    chosen = checkpoint.chosen
    if chosen is None:
        return ""
    names_code, sound = does_something(checkpoint.code), checkpoint.verdict in _SHOWABLE
    # Of a damaged file only whole tensors are copied, and no code with them.
    if not sound and set(checkpoint.tensors.unreadable).issuperset(chosen.numbers):
        return ""
    if names_code and (not sound or checkpoint.container in NESTED):
        return "a copy without it"
    return "" if sound else "what can be read"


def _sentence(fault: Fault, different: int) -> str:
    what = f"{fault.what}{_times(fault)}".rstrip(".")
    said = f"Checkpoint Explorer made an error: {what}."
    if different > 1:
        said = f"Checkpoint Explorer made {different} different errors, the last: {what}."
    return f"{said} It goes on, but what you asked for last may be missing. The details help to mend it."


def _times(fault: Fault) -> str:
    return f" ({plural(fault.times, 'time')})" if fault.times > 1 else ""
