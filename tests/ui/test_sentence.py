"""A sentence that is broken, never cut."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.sentence import Sentence

WORDS = "weights_only=True refuses it; without that, loading it runs model.BDA, torch.nn.Linear and 2 more."


def test_it_takes_the_lines_that_it_needs(qtbot: QtBot) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    column, row = QVBoxLayout(top), QHBoxLayout()
    sentence = Sentence(WORDS)
    row.addWidget(sentence)
    row.addWidget(QPushButton("Copy"))
    row.addStretch(1)
    column.addLayout(row)
    column.addWidget(QWidget(), 1)
    top.resize(1400, 300)
    top.show()
    qtbot.waitUntil(lambda: sentence.shown() == [WORDS])
    assert sentence.width() == sentence.sizeHint().width()
    top.resize(400, 300)
    qtbot.waitUntil(lambda: sentence.height() >= 2 * sentence.fontMetrics().height())
    assert len(sentence.shown()) > 1
    assert " ".join(sentence.shown()) == WORDS
    assert sentence.height() >= sentence.heightForWidth(sentence.width())
    assert not sentence.grab().isNull()


def test_a_name_as_long_as_several_lines_is_broken_too(qtbot: QtBot) -> None:
    sentence = Sentence("a" * 300)
    qtbot.addWidget(sentence)
    sentence.resize(200, 20)
    assert "".join(sentence.shown()) == "a" * 300
    assert sentence.minimumSizeHint().width() < 100
    assert sentence.minimumSizeHint().height() == len(sentence.shown()) * sentence.fontMetrics().height()
