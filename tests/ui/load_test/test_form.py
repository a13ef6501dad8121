"""The form's fields and its expression say the same, whichever of them is written in."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from explorer.keys.key_mapping import Rule
from explorer.loading.model_file import Offer, Parameter
from explorer.ui.load_test.form import Form
from explorer.ui.load_test.halves import Halves

NET = Offer(
    "Net",
    "class",
    (
        Parameter("arch", required=True, default=None, annotation="str", variable=False),
        Parameter("width", required=False, default="4", annotation="int", variable=False),
        Parameter("bias", required=False, default="True", annotation="typing.Optional[bool]", variable=False),
        Parameter("norm", required=False, default=None, annotation="", variable=False),
    ),
)
GPT = Offer("GPT", "class", (Parameter("config", required=True, default=None, annotation="", variable=False),))


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    form = Form()
    qtbot.addWidget(form)
    form.show_offers([GPT, NET], {}, {"config": "{'n': 3}"})
    form.show()
    return form


def field(form: Form, name: str) -> QLineEdit:
    return next(each for each in form.findChildren(QLineEdit) if each.accessibleName() == name)


def write(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, text) if text else line.clear()


def words(form: Form) -> str:
    return "\n".join(label.text() for label in form.findChildren(QLabel) if label.isVisible())


def test_the_rules_in_force_can_be_read(form: Form) -> None:
    rules, shown = form.rules, [Rule(r"^module\.", ""), Rule("^", "backbone.")]
    rules.show_rules(shown)
    assert rules.said.text() == "2 rules"
    assert rules.words.isVisible()
    assert rules.words.text() == "; ".join(rule.in_words for rule in shown)
    rules.show_rules(())
    assert not rules.words.isVisible()


def test_where_there_is_little_room_the_whole_form_scrolls_and_no_field_is_cut(qtbot: QtBot) -> None:
    form = Form()
    form.show_offers([NET], {}, {})
    halves = Halves(form, (QWidget(),), QWidget())
    qtbot.addWidget(halves)
    halves.resize(1000, 300)
    halves.show()
    QApplication.processEvents()
    assert len(form.arguments.fields) > 1
    assert not form.arguments.findChildren(QScrollArea)
    for line in form.arguments.fields.values():
        top = line.mapTo(form.arguments, QPoint(0, 0)).y()
        assert 0 <= top <= form.arguments.height() - line.height()
    (outer,) = (each for each in halves.findChildren(QScrollArea) if each.isAncestorOf(form))
    assert outer.verticalScrollBar().maximum() > 0


def test_types_and_defaults_are_seen_and_words_are_taken_as_their_type_says(form: Form) -> None:
    assert [field(form, name).text() for name in ("arch", "width", "bias", "norm")] == ["", "4", "True", ""]
    assert [field(form, name).placeholderText() for name in ("arch", "norm")] == ["required", "its default"]
    assert "arch: str" in words(form)
    assert "width: int" in words(form)
    assert form.expression.text() == "Net()", "defaults need not be given"
    # What is required is waited for, and nothing moves once it is there.
    place = form.run.geometry().top()
    assert not form.run.isEnabled()
    assert form.run.accessibleDescription() == "arch: required, has no default."
    write(form.expression, "Net( )")
    assert form.run.isEnabled(), "who writes the expression may know better"
    write(field(form, "arch"), "resnet")
    assert form.expression.text() == "Net(arch='resnet')"
    assert form.run.isEnabled()
    write(field(form, "arch"), "resnet50")
    write(field(form, "arch"), "resnet")
    QApplication.processEvents()
    assert form.run.geometry().top() == place
    assert "resnet is taken as the text 'resnet': arch is a str." in words(form)
    write(field(form, "bias"), "false")
    write(field(form, "width"), "8.0")
    assert form.expression.text() == "Net(arch='resnet', bias=False, width=8)"
    assert "8.0 is taken as 8: width is an int." in words(form)
    write(field(form, "width"), "")
    assert form.expression.text() == "Net(arch='resnet', bias=False)"


def test_a_field_changes_its_own_argument_of_what_is_written(form: Form) -> None:
    form.expression.setFocus()
    write(form.expression, "Net( 'resnet', 2*8, norm=make(1) )")
    assert [field(form, name).text() for name in ("arch", "width", "norm")] == ["'resnet'", "2*8", "make(1)"]
    write(field(form, "bias"), "False")
    assert form.expression.text() == "Net('resnet', 2*8, norm=make(1), bias=False)"
    write(field(form, "arch"), "")
    assert form.expression.text() == "Net(width=2*8, norm=make(1), bias=False)"
    # While something is not yet Python the rest of it stays.
    write(field(form, "arch"), "'vi")
    assert not form.run.isEnabled()
    write(field(form, "arch"), "'vit'")
    assert form.expression.text() == "Net(width=2*8, norm=make(1), bias=False, arch='vit')"
    for other in ("Net('a').half()", "Net(*all)", "Net(**all)", "Net(other=1)"):
        write(form.expression, other)
        assert not field(form, "width").isEnabled(), other
        assert "no plain call" in field(form, "width").toolTip()
    write(form.expression, "Net('b')")
    assert field(form, "width").isEnabled()
    assert field(form, "width").text() == "4"


def test_what_was_written_for_one_class_comes_back_with_it(form: Form) -> None:
    write(field(form, "arch"), "resnet")
    form.offer.setCurrentIndex(0)
    assert form.expression.text() == "GPT(config={'n': 3})", "the checkpoint itself holds it"
    write(form.expression, "GPT(dict(n=5))")
    form.offer.setCurrentIndex(1)
    assert form.expression.text() == "Net(arch='resnet')"
    assert field(form, "arch").text() == "'resnet'"
    form.offer.setCurrentIndex(0)
    assert form.expression.text() == "GPT(dict(n=5))"
    assert field(form, "config").text() == "dict(n=5)"
