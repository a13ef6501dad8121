import html
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QFontMetrics, QImage, QKeySequence, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.copying import selected_text
from explorer.ui.text import ElidedLabel, Label, caption, label, set_tone, set_tooltip, tooltip

MAGENTA = 0xFFFF00FF

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.qt_log_ignore("does not support raise"),  # the offscreen platform, about tool tips
]

NAMES = [
    "layer1.0.conv1.weight",
    "<b>x</b>",
    "a & b &amp; &lt;c&gt;",
    "  two  spaces  ",
    "<qt>x</qt>",
    "x<br>y",
]


@pytest.fixture
def bait(tmp_path: Path) -> str:
    """Names a picture that no text may bring to the screen."""
    picture = tmp_path / "bait.png"
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(MAGENTA)
    assert image.save(str(picture))
    return f'<img src="{picture}">'


def shows_bait(widget: QWidget) -> bool:
    image = widget.grab().toImage()
    return any(image.pixel(x, y) == MAGENTA for x in range(image.width()) for y in range(image.height()))


def open_tip(tip: str) -> QWidget:
    QToolTip.showText(QPoint(10, 10), tip)
    (found,) = [
        widget
        for widget in QApplication.topLevelWidgets()
        if widget.inherits("QTipLabel") and isinstance(widget, QLabel) and widget.text() == tip
    ]
    return found


def read(tip: str) -> str:
    return QTextDocumentFragment.fromHtml(tip).toPlainText().replace("\u200b", "").replace("\u00a0", " ")


def test_the_bait_works(qtbot: QtBot, bait: str) -> None:
    careless = QLabel(bait)
    qtbot.addWidget(careless)
    assert shows_bait(careless)
    assert shows_bait(open_tip(bait))


@pytest.mark.parametrize("make", [Label, ElidedLabel, label])
def test_a_label_never_shows_a_picture(qtbot: QtBot, bait: str, make: Callable[[str], Label]) -> None:
    made = make(bait)
    qtbot.addWidget(made)
    made.resize(made.sizeHint())
    assert not shows_bait(made)
    assert made.text() == bait
    made.setText(f"again {bait}")
    assert not shows_bait(made)
    assert made.text() == f"again {bait}"


def test_a_tool_tip_never_shows_a_picture(bait: str) -> None:
    assert not shows_bait(open_tip(tooltip(bait)))
    assert read(tooltip(bait)) == bait


@pytest.mark.parametrize("name", NAMES)
def test_text_is_shown_as_the_characters_it_has(qtbot: QtBot, name: str) -> None:
    made = label(name)
    qtbot.addWidget(made)
    assert made.text() == name
    assert made.textFormat() == Qt.TextFormat.PlainText
    assert read(tooltip(name)) == name


def test_what_is_unseen_is_made_visible_everywhere(qtbot: QtBot) -> None:
    name = "we\u202eight\u200b\x00\ud800"
    shown = "we‹U+202E›ight‹U+200B›‹U+0000›‹U+D800›"
    one, other = label(name), ElidedLabel(name)
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    assert one.text() == other.text() == caption(name) == shown
    assert read(tooltip(name)) == shown


@given(st.text(st.characters(categories=None) | st.sampled_from("<>&\"' \n\t")))
def test_a_tool_tip_holds_no_tag_of_the_text(text: str) -> None:
    tip = tooltip(text)
    inner = tip.removesuffix("</div></qt>")
    for space in ("pre", "pre-wrap"):
        inner = inner.removeprefix(f'<qt><div style="white-space: {space}">')
    assert "<" not in inner
    assert html.escape(html.unescape(inner)) == inner


def test_no_text_is_no_tool_tip() -> None:
    assert tooltip("") == ""


def test_lines_and_spaces_of_a_tool_tip_are_kept() -> None:
    one = open_tip(tooltip("a")).height()
    three = open_tip(tooltip("a\n  b\nc")).height()
    assert three - one >= 2 * QFontMetrics(QToolTip.font()).height() - 4
    assert read(tooltip("a\n  b\nc")) == "a\n  b\nc"


def test_endless_names_neither_stall_nor_overflow(qtbot: QtBot) -> None:
    name = 100_000 * "x"
    made = ElidedLabel(name)
    qtbot.addWidget(made)
    made.resize(200, made.sizeHint().height())
    made.show()
    assert made.minimumSizeHint().width() < 100
    assert made.fontMetrics().horizontalAdvance(made.shown()) <= 200
    tip = open_tip(tooltip(name))
    screen = tip.screen().availableGeometry()
    assert tip.width() <= screen.width()


def test_a_line_gives_way_and_says_all_in_its_tool_tip(qtbot: QtBot) -> None:
    name = "features.16.conv.0.running_mean"
    made = ElidedLabel(name)
    qtbot.addWidget(made)
    made.show()
    made.resize(made.sizeHint())
    assert made.shown() == name
    assert made.toolTip() == ""
    made.resize(made.sizeHint().width() // 2, made.height())
    assert made.shown().startswith("feat")
    assert made.shown().endswith("mean")
    assert "…" in made.shown()
    assert read(made.toolTip()) == name
    assert made.text() == name
    made.setText("bias")
    assert made.shown() == "bias"
    assert made.toolTip() == ""


def test_a_line_is_drawn_within_its_width_in_the_colour_of_its_tone(qtbot: QtBot) -> None:
    made = ElidedLabel("MMMMMMMMMMMMMMMMMMMMMMMMM")
    qtbot.addWidget(made)
    made.setStyleSheet("QLabel { background: white; } QLabel[tone='bad'] { color: #ff00ff; }")
    made.resize(100, 30)
    made.show()
    assert not shows_bait(made)
    set_tone(made, "bad")
    assert shows_bait(made)
    set_tone(made, None)
    assert not shows_bait(made)


def test_a_line_holds_no_line_end(qtbot: QtBot) -> None:
    made = ElidedLabel("one\ntwo")
    qtbot.addWidget(made)
    assert made.text() == "one two"


def test_labels_differ_in_font_and_can_be_selected(qtbot: QtBot) -> None:
    body = label("x", selectable=True, wrap=True)
    title, small, fixed = label("x", title=True), label("x", small=True, muted=True), label("x", fixed=True)
    for made in (body, title, small, fixed):
        qtbot.addWidget(made)
    assert small.font().pointSizeF() < body.font().pointSizeF() < title.font().pointSizeF()
    assert fixed.font().families() == theme.fixed_font().families()
    assert body.wordWrap()
    assert body.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert not title.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_a_tip_names_an_icon_button_and_describes_others(qtbot: QtBot) -> None:
    icon_only, captioned = QToolButton(), QPushButton("Run")
    qtbot.addWidget(icon_only)
    qtbot.addWidget(captioned)
    set_tooltip(icon_only, "Reset <zoom>.")
    set_tooltip(captioned, "Runs the file's code.")
    assert icon_only.accessibleName() == "Reset <zoom>."
    assert captioned.accessibleName() == ""
    assert captioned.accessibleDescription() == "Runs the file's code."
    assert read(icon_only.toolTip()) == "Reset <zoom>."


def test_the_tip_of_an_action_is_escaped(qtbot: QtBot, bait: str) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    action = QAction(caption(bait), button)
    set_tooltip(action, bait)
    button.setDefaultAction(action)
    assert not shows_bait(open_tip(button.toolTip()))
    assert read(button.toolTip()) == bait


def test_a_caption_keeps_its_ampersand() -> None:
    assert caption("Salt & Pepper.pth") == "Salt && Pepper.pth"
    assert len(caption(10_000 * "x")) == 200


def test_of_facts_in_a_row_whole_ones_are_shown(qtbot: QtBot) -> None:
    line = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
    qtbot.addWidget(line)
    line.show()
    line.setText("step 920 · std 0.0001005, max 0.0004014 · more", "step 920 · std 0.0001005 · more")
    room_of = line.fontMetrics().horizontalAdvance

    def shown(room: str) -> str:
        line.resize(room_of(room) + 2, 20)
        return line.shown()

    assert shown(line.text()) == line.text()
    assert not line.toolTip()
    assert shown("step 920 · std 0.0001005 · more") == "step 920 · std 0.0001005 · more"
    assert "max 0.0004014" in line.toolTip()
    # A number without its last digits is another number.
    assert shown("step 920 · std 0.0001005 · mo") == "step 920 · std 0.0001005 · …"
    assert shown("step 920 · std 0.00") == "step 920 · …"
    assert shown("step 9") == "step…"
    assert line.text().endswith("more")


def lines_of(made: Label) -> list[str]:
    """The lines of a label with focus, as its keys find them."""
    QTest.keyClick(made, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    found: list[str] = []
    while True:
        QTest.keyClick(made, Qt.Key.Key_Home)
        QTest.keyClick(made, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
        before = made.selectionStart(), made.selectedText()
        found.append(before[1].strip())
        QTest.keyClick(made, Qt.Key.Key_Down)
        QTest.keyClick(made, Qt.Key.Key_Home)
        QTest.keyClick(made, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
        if (made.selectionStart(), made.selectedText()) == before:
            return found


def test_no_line_of_a_label_ends_between_a_number_and_its_unit(qtbot: QtBot) -> None:
    text = "It holds model 44.7 MB (49.8 %), ema 12 B (1.2 %), 5.57 k values in 3 min 5 s; 3 percent are 5 steps."
    made = label(text, wrap=True, selectable=True)
    qtbot.addWidget(made)
    made.show()
    made.setFocus()
    words = "It holds model 44.7_MB (49.8_%), ema 12_B (1.2_%), 5.57_k values in 3_min 5_s; 3 percent are 5 steps."
    several = 0
    for width in range(90, 500, 10):
        made.resize(width, made.heightForWidth(width))
        lines = lines_of(made)
        several += len(lines) > 2
        assert " ".join(lines) == text, "nothing of it is lost"
        joined = "|".join(lines)
        assert not [pair for pair in words.split() if "_" in pair and pair.replace("_", "|") in joined], joined
    assert several > 10
    assert made.text() == text


def test_copied_words_have_ordinary_spaces(qtbot: QtBot) -> None:
    made = label("44.7 MB (49.8 %)", wrap=True, selectable=True)
    qtbot.addWidget(made)
    made.show()
    made.setSelection(0, 16)
    assert made.selectedText() == selected_text(made) == "44.7 MB (49.8 %)"
    made.setFocus()
    QTest.keySequence(made, QKeySequence.StandardKey.Copy)
    assert QApplication.clipboard().text() == "44.7 MB (49.8 %)"
