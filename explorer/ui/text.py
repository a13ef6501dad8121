"""How text is put on the screen: as the characters it has, whatever they are.

Qt takes text that looks like HTML for HTML, and then opens the pictures it names. So nothing but this file makes
labels, or sets tool tips and titles: the linter, and a test of this house, look for whoever does.
"""

import html
import re
from typing import Final, Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QStyle, QWidget

from explorer.formatting import ELLIPSIS, plain
from explorer.ui import theme

Tone = Literal["accent", "b", "good", "caution", "bad"]
"""The coloured words: A, B, and how bad something is."""

FACT: Final = " · "
"""Between facts that stand in a row."""
_LINE_LIMIT: Final = 1000
_TIP_LIMIT: Final = 4000
_TIP_LINE: Final = 80
"""Letters of a line that is not broken: Qt would make a narrow column of a short one."""
NO_BREAK: Final = "\u00a0"
"""A space at which no line is broken. `plain` lets none through: where there is one, this house has put it there."""
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|[kMGTPE]?B|[kMBT]|ms|s|min|h)(?!\w))")
"""The space between a number and its unit, as `explorer.formatting` writes both."""
_UNBROKEN: Final = re.compile(r"(\S{60})(?=\S)")


class Label(QLabel):
    """A QLabel that shows the characters it is given and makes invisible ones visible.

    Where it breaks lines, a number and its unit stay together.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Show a text.

        Args:
            text: Any string; a name from a file has gone through `explorer.formatting.visible` before.
        """
        super().setText(kept_together(plain(text)))

    def text(self) -> str:
        """What it says, with ordinary spaces."""
        return super().text().replace(NO_BREAK, " ")

    def selectedText(self) -> str:  # noqa: N802 - Qt's name
        """Likewise what is marked of it."""
        return super().selectedText().replace(NO_BREAK, " ")


class ElidedLabel(Label):
    """One line that gives way: what does not fit is left out, and the tool tip, which belongs to it, has it all.

    A screen reader, and ``text()``, get all of it too.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        """Make the label.

        Args:
            text: The line.
            parent: The widget it stands in.
            mode: Where characters are left out: in the middle of names, at the right of sentences.
        """
        self._mode = mode
        self._shorter: tuple[str, ...] = ()
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def setText(self, text: str, *shorter: str) -> None:  # noqa: N802 - Qt's name
        """Show a line.

        Args:
            text: As `Label.setText`; a line end shows as a space.
            shorter: What is shown where there is no room for all of it, the longest first.
        """
        self._shorter = tuple(map(_one_line, shorter))
        super().setText(_one_line(text))
        self._say_what_is_left_out()

    def shown(self) -> str:
        """The characters there is room for: of facts in a row as many whole ones as can be."""
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        told = [self.text(), *self._shorter]
        if self._mode == Qt.TextElideMode.ElideRight:
            facts = told[-1].split(FACT)
            told += [FACT.join([*facts[:many], ELLIPSIS]) for many in range(len(facts) - 1, 0, -1)]
        fitting = next((each for each in told if metrics.horizontalAdvance(each) <= room), None)
        return metrics.elidedText(told[0], self._mode, room) if fitting is None else fitting

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a few letters."""
        hint = super().minimumSizeHint()
        few = self.fontMetrics().horizontalAdvance(f"mmm{ELLIPSIS}")
        return QSize(min(few, hint.width()), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the line as the style draws labels."""
        painter = QPainter(self)
        flags = QStyle.visualAlignment(self.layoutDirection(), self.alignment()) | Qt.TextFlag.TextSingleLine
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(flags),
            self.palette(),
            self.isEnabled(),
            self.shown(),
            self.foregroundRole(),
        )
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the tool tip true."""
        super().resizeEvent(event)
        self._say_what_is_left_out()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the tool tip true."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._say_what_is_left_out()

    def _say_what_is_left_out(self) -> None:
        text = self.text()
        self.setToolTip("" if self.shown() == text else tooltip(text))


def kept_together(text: str) -> str:
    """A text that is broken between no number and its unit: ``44.7 MB``, ``12 %``.

    Args:
        text: With spaces alone between both.
    """
    return _UNIT.sub(NO_BREAK, text)


def _one_line(text: str) -> str:
    return plain(text, _LINE_LIMIT).replace("\n", " ").replace("\t", " ")


def label(
    text: str = "",
    *,
    muted: bool = False,
    title: bool = False,
    small: bool = False,
    fixed: bool = False,
    selectable: bool = False,
    wrap: bool = False,
    tone: Tone | None = None,
) -> Label:
    """Make a label.

    Args:
        text: What it says; see `Label.setText`.
        muted: Secondary text.
        title: 1.25 times the size, semibold.
        small: 0.9 times the size.
        fixed: In the desktop's fixed font, for code and messages.
        selectable: With the mouse and the keyboard.
        wrap: Break long lines.
        tone: A coloured word; `set_tone` changes it.
    """
    made = Label(text)
    font = theme.fixed_font() if fixed else made.font()
    made.setFont(theme.title_font(font) if title else theme.small_font(font) if small else font)
    made.setWordWrap(wrap)
    if muted:
        made.setProperty("muted", True)
    if tone:
        made.setProperty("tone", tone)
    if selectable:
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        made.setTextInteractionFlags(flags)
    return made


def set_tone(widget: QWidget, tone: Tone | None) -> None:
    """Change the colour of a label's words, also while it is shown.

    Args:
        widget: A label.
        tone: None for the ordinary colour.
    """
    theme.set_property(widget, "tone", tone or "")


def tooltip(text: str) -> str:
    """Make a text fit for setToolTip and for the ToolTipRole of a model: escaped, with its lines and spaces kept.

    Args:
        text: Any string; what is invisible in it becomes visible.

    Returns:
        HTML that shows just those characters; "" for "", which is no tool tip.
    """
    if not text:
        return ""
    # A key of a thousand characters has no space to break at; the tip would be wider than the screen.
    breakable = _UNBROKEN.sub("\\1\u200b", plain(text, _TIP_LIMIT))
    space = "pre" if all(len(line) <= _TIP_LINE for line in breakable.splitlines()) else "pre-wrap"
    return f'<qt><div style="white-space: {space}">{html.escape(breakable)}</div></qt>'


def set_tooltip(target: QWidget | QAction, text: str) -> None:
    """Give a widget or an action a tool tip, and a widget the same words for screen readers.

    A button without a caption takes them for its name, any other widget for its description.

    Args:
        target: What the tip is about.
        text: As in `tooltip`.
    """
    target.setToolTip(tooltip(text))
    if isinstance(target, QAbstractButton) and not target.text() and not target.accessibleName():
        target.setAccessibleName(plain(text))
    elif isinstance(target, QWidget):
        target.setAccessibleDescription(plain(text))


def set_window_title(window: QWidget, text: str) -> None:
    """Give a window its title.

    Args:
        window: A window.
        text: As `Label.setText`, in one line.
    """
    window.setWindowTitle(plain(text, _LINE_LIMIT).replace("\n", " "))


def caption(text: str) -> str:
    """Make a text from a file fit for a button, a menu entry or a tab, where a lone ``&`` would vanish.

    Args:
        text: Any string; what is invisible in it becomes visible, and long texts lose their middle.
    """
    return plain(text, 200).replace("&", "&&")
