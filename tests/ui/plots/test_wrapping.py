"""Words below plots and in pictures: broken into lines, and none of them lost."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui.plots.wrapping import WordsBelow, wrapped

LETTERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(words=st.lists(LETTERS, max_size=12), width=st.integers(1, 500))
def test_lines_fit_and_have_all_of_the_text(qapp: QApplication, words: list[str], width: int) -> None:
    metrics, text = QFontMetrics(QFont(qapp.font())), " ".join(words)
    lines = wrapped(text, metrics, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= 1 or metrics.horizontalAdvance(line) <= width for line in lines)


def test_numbers_keep_their_units(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont(qapp.font()))
    text = "44.7 MB (49.8 %) of 89.9 MB"
    for width in range(metrics.horizontalAdvance("(49.8 %)") + 2, metrics.horizontalAdvance(text), 3):
        lines = wrapped(text, metrics, width)
        assert " ".join(lines) == text
        assert not {"44.7", "(49.8", "89.9"} & {line.split()[-1] for line in lines}


def test_words_keep_their_room_and_say_in_the_tool_tip_what_has_none(qtbot: QtBot) -> None:
    words = WordsBelow(2)
    qtbot.addWidget(words)
    words.resize(200, words.sizeHint().height())
    high = words.sizeHint().height()
    for text in ("", "short", "a few words more " * 4, "many words " * 40):
        words.setText(text)
        assert words.sizeHint().height() == high
    assert len(words.shown()) == 2
    assert words.shown()[-1].endswith("…")
    assert words.toolTip()
    words.setText("short")
    assert not words.toolTip()


def test_the_same_notes_have_all_of_their_lines_again(qtbot: QtBot) -> None:
    notes = WordsBelow(1, grows=True)
    qtbot.addWidget(notes)
    notes.resize(200, 20)
    said = "a few words more than there is room for in one line"
    notes.setText(said)
    lines = notes.shown()
    assert len(lines) > 1
    assert " ".join(lines) == said
    notes.shrink()
    notes.setText(said)
    assert notes.shown() == lines, "also below the next file"


def test_notes_grow_by_a_line_and_keep_it(qtbot: QtBot) -> None:
    notes = WordsBelow(1, grows=True)
    qtbot.addWidget(notes)
    notes.resize(200, 20)
    low = notes.sizeHint().height()
    notes.setText("many words " * 8)
    high = notes.sizeHint().height()
    assert high > low
    notes.setText("few")
    assert notes.sizeHint().height() == high, "else the plot would move with every note"
    notes.shrink()
    assert notes.sizeHint().height() == low
