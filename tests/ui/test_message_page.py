"""The one way in which panels, docks and windows say that there is nothing to see."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.message_page import MessagePage


@pytest.fixture
def page(qtbot: QtBot) -> MessagePage:
    made = MessagePage("Do it")
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    return made


def test_it_says_a_sentence_below_an_icon_and_offers_at_most_one_button(page: MessagePage) -> None:
    assert not page.icon.isVisible(), "there is nothing to say"
    assert not page.button.isVisible()
    page.say("There is nothing.", offer=True)
    assert page.icon.isVisible()
    assert page.button.isVisible()
    assert page.message.alignment() == Qt.AlignmentFlag.AlignCenter
    assert page.icon.geometry().bottom() < page.message.geometry().top()
    assert not page.message.property("tone")
    page.say("It broke.", failed=True)
    assert page.message.property("tone") == "bad"
    assert not page.button.isVisible()


def test_where_there_is_little_room_the_words_have_it(page: MessagePage) -> None:
    page.say("There is nothing.")
    page.resize(400, 100)
    assert not page.icon.isVisible()
    assert page.message.isVisible()


def test_docks_and_views_say_so_in_the_same_way(window: MainWindow) -> None:
    views = window.full_views
    pages = [
        *(window.welcome, window.layers.page, window.contents.page, window.problems.panel.page),
        *(window.checksums.page, window.devices.page, window.overview.body.page, window.histogram.body.page),
        *(views.compare.page, views.compare.pair.page, views.load_test.page, views.run.page),
    ]
    assert all(isinstance(page, MessagePage) for page in pages)
    for page in pages[3:6]:
        assert not page.isHidden()
        assert page.message.text().endswith(".")
