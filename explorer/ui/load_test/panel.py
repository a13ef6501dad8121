"""The view of Test-load: the form and the proposals at the left, the question or the report at the right."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QVBoxLayout, QWidget

from explorer import formatting
from explorer.keys.key_mapping import Rule
from explorer.loading.load_test import ModelChoice
from explorer.loading.model_file import ModelSource, Offer, likely_arguments
from explorer.loading.proposals import Proposal
from explorer.ui.copies.saving import Wish
from explorer.ui.files.dialogs import ask_for_model, ask_for_python
from explorer.ui.load_test.answer import Answer
from explorer.ui.load_test.asked_test import AskedTest
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.load_test.chosen_file import ChosenFile
from explorer.ui.load_test.form import Form
from explorer.ui.load_test.halves import Halves
from explorer.ui.load_test.linking import Linking
from explorer.ui.load_test.proposal_list import ProposalList
from explorer.ui.load_test.question import Question
from explorer.ui.load_test.report_view import ReportView
from explorer.ui.load_test.rules_editor import RulesEditor
from explorer.ui.load_test.said import RUNS, Said
from explorer.ui.load_test.taking import renamed_copy, shown_entry
from explorer.ui.load_test.testing import Failure, ModelTesting, Test, Tested
from explorer.ui.running.work_row import WorkRow
from explorer.ui.session import Session


class LoadTestPanel(QWidget):
    """Tests whether the shown entry loads into a model of the user's.

    Signals:
        tensor_chosen: A tensor is to be shown in the tree of layers (its number).
        back_asked: The user wants the layers back.
        copied: Something is on the clipboard now (what, as a sentence).
        copy_asked: A copy is to be saved (what is to be another in it, a `Wish`).
    """

    tensor_chosen = Signal(int)
    back_asked = Signal()
    copied = Signal(str)
    copy_asked = Signal(object)

    def __init__(self, session: Session, choices: LoadTestChoices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._choices = choices
        self._rules: tuple[Rule, ...] = ()
        self._asked: AskedTest | None = None
        self._written: tuple[str, str] | None = None
        self._tested_as: tuple[object, ...] = ()
        self._asked_as: tuple[object, ...] = ()
        self.testing = ModelTesting(self)
        self.testing.interpreter = choices.interpreter
        self._file = ChosenFile(choices, self.testing)
        self.form = Form()
        self.form.show_python(choices.interpreter)
        self.proposals = ProposalList()
        self.question = Question()
        self.report = ReportView()
        self.answer = Answer(self.report, self.testing)
        self.linking = Linking(session, self.report, self)
        self.editor = RulesEditor()
        self.page = Said()
        self.progress = WorkRow("the test", "Testing")
        answers = (self.page, self.question, self.report, self.editor)
        self.form.add_proposals(self.proposals)
        halves = self._halves = Halves(self.form, answers, self.progress)
        self.back, self.entry, self.body = halves.back, halves.entry, halves.body
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(halves)
        self._connect()
        self._say_ready()
        self._forget()

    def _connect(self) -> None:
        self._session.entry_changed.connect(self._forget)
        self.back.clicked.connect(self.back_asked)
        self.form.file_asked.connect(self.choose_file)
        self.form.python_asked.connect(self._choose_python)
        # The rules that the last test had stand, as the form says.
        self.form.test_asked.connect(self.test)
        self.form.values_asked.connect(partial(self.test, values=True))
        self.form.changed.connect(self._judge_report)
        self._file.begun.connect(self._show_reading)
        self._file.agreement_asked.connect(self._show_question)
        self._file.runs.connect(lambda path: self._say(f"{formatting.visible(path.name)} {RUNS}", under_way=True))
        self._file.refused.connect(self._show_refused)
        self.question.answered.connect(self._take_answer)
        self.page.look_asked.connect(self._file.ask)
        self.page.read_asked.connect(self._read_again)
        self.page.copied.connect(self.copied)
        self.form.rules.edit_asked.connect(self._edit_rules)
        self.form.rules.drop_asked.connect(partial(self._use_rules, ()))
        self.body.currentChanged.connect(self._set_proposals_aside)
        self.proposals.apply_asked.connect(self._apply)
        self.proposals.edit_asked.connect(self._edit_proposed)
        self.proposals.shown.connect(self._halves.bring)
        self.editor.apply_asked.connect(self._apply_rules)
        self.editor.back_asked.connect(self._leave_editor)
        self.report.key_chosen.connect(self._choose_key)
        self.answer.copied.connect(self.copied)
        self.report.save_asked.connect(lambda: self.copy_asked.emit(self.wished_copy()))
        self.report.clear_asked.connect(self._drop_report)
        self.progress.cancel_asked.connect(self.testing.cancel)
        self.testing.began.connect(lambda what: self.progress.begin(f"{what[:1].upper()}{what[1:]}"))
        self.testing.progressed.connect(self.progress.follow)
        self.testing.ended.connect(self.progress.end)
        self.testing.ended.connect(self.page.end)
        self.testing.offered.connect(self._take_offers)
        self.testing.tested.connect(self._take_tested)
        self.testing.valued.connect(self.answer.take_values)
        self.testing.proposed.connect(self._take_proposals)
        self.testing.failed.connect(self._fail)

    def choose_file(self) -> QFileDialog:
        """Ask for the model file."""
        checkpoint = self._session.checkpoint
        near = self._file.path or (None if checkpoint is None else checkpoint.path)
        return ask_for_model(self, None if near is None else near.parent, self.open_model)

    def open_model(self, path: Path) -> None:
        """Read a model file, and ask whether it may run where that is not known."""
        self._asked = self._written = None
        self._file.read(path)

    def _show_reading(self, path: Path) -> None:
        self._drop_report()
        self.form.show_offers([], {}, {})
        self.form.show_file(path)
        self._say(f"{formatting.visible(path.name)} is read.", under_way=True)

    def _read_again(self) -> None:
        """Read the model file as it is now, and ask anew where it has changed; the form stays as it is written."""
        if self.form.chosen is not None:
            self._written = self.form.chosen.name, self.form.call
        self.form.choose.setFocus()  # The button that was pressed goes away.
        if self._file.path is not None:
            self._file.read(self._file.path)

    @property
    def busy(self) -> bool:
        """A model file is read or run."""
        return self.testing.busy

    def take_keyboard(self) -> None:
        """Give the keyboard to the report, or to the form where there is none."""
        if self.report.isVisible():
            self.report.tree.setFocus()
        else:
            self.form.take_keyboard()

    def begin(self, asked: AskedTest, *, trusted: bool) -> None:
        """Read a model file and test, once it may run.

        Args:
            asked: The test.
            trusted: It was said already that the file may run.
        """
        self._asked, self._written = asked, None
        self._file.read(asked.file, trusted=trusted)

    def use_python(self, path: Path) -> None:
        """Have models made by this interpreter from now on, without remembering it."""
        self.testing.interpreter = path
        self.form.show_python(path)

    def close_testing(self) -> None:
        """End the processes and the workers."""
        self.editor.close_preview()
        self.testing.close()

    def _show_question(self, source: ModelSource) -> None:
        self.question.ask(source)
        self.body.setCurrentWidget(self.question)

    def _take_answer(self, agreed: bool) -> None:
        self.form.choose.setFocus()  # The button that was pressed goes away.
        self._file.answer(agreed)

    def _show_refused(self) -> None:
        self._asked = None
        self.form.show_offers([], {}, {})
        self._say_ready()

    def _take_offers(self, offers: list[Offer]) -> None:
        source, checkpoint = self._file.source, self._session.checkpoint
        if source is None:
            return
        likely = {} if checkpoint is None else likely_arguments(checkpoint)
        self.form.show_offers(offers, self._choices.expressions(source.path), likely)
        asked, self._asked = self._asked, None
        written, self._written = self._written, None
        if written is not None:
            self.form.choose_offer(*written)
        if asked is not None and self.form.choose_offer(asked.name, asked.expression):
            self.form.strict.setChecked(asked.strict)
            self.form.inputs.setText(asked.inputs)
            self._use_rules(asked.rules)
            self.test(values=asked.values)
            return
        if asked is None:
            self._say_ready()
        else:
            self._say(f"The file has no {formatting.visible(asked.name)} that could be tested.", again=True)

    def _choose_python(self) -> None:
        ask_for_python(self, self._choices.interpreter.parent, self._take_python)

    def _take_python(self, path: Path) -> None:
        self._choices.interpreter = path
        self.use_python(path)
        if self._file.may_run:
            # What the other interpreter said is of it alone.
            self._drop_report()
            self._file.list_offers()

    def _use_rules(self, rules: tuple[Rule, ...]) -> None:
        """Have the next tests rename the checkpoint's keys so."""
        if rules != self._rules:
            self.editor.take(rules)
        self._rules = rules
        self.form.rules.show_rules(rules)
        self._judge_report()

    def test(self, *, values: bool = False) -> None:
        """Load the shown entry into the model that the form makes.

        Args:
            values: Load the values after it too, and run the model once where inputs are written.
        """
        checkpoint, entry, offer = self._session.checkpoint, self._session.entry, self.form.chosen
        source = self._file.source
        if checkpoint is None or entry is None or offer is None or source is None:
            self._say("Open a checkpoint that holds tensors first.")
            return
        expression, strict, typed = self.form.call, self.form.strict.isChecked(), self.form.inputs.text()
        if not self._file.may_run:
            # It was taken back in the preferences; once it is agreed to again, this is tested.
            self._asked = AskedTest(source.path, offer.name, expression, strict, self._rules, values, typed)
            self._file.ask()
            return
        build = None if offer.kind == "instance" and expression == offer.name else expression
        self._choices.keep_expression(source.path, offer.name, expression)
        if self.proposals.isAncestorOf(QApplication.focusWidget() or self) or self.body.currentWidget() is self.editor:
            # What was pressed goes away, and would hand the focus to anything.
            self.form.run.setFocus()
        self.proposals.show_words("")
        self._asked_as = self._test_as_written()
        model = ModelChoice(source.path, offer.name, build=build, device=self.form.device)
        forward = self.form.forward if values else None
        self.testing.test(Test(checkpoint, entry, model, strict, self._rules, values, forward, self.form.offers))

    def _edit_rules(self) -> None:
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is not None and entry is not None:
            report = None if self.answer.tested is None else self.answer.tested.report
            self.editor.begin(checkpoint, entry, report)
            self.body.setCurrentWidget(self.editor)

    def _edit_proposed(self, proposal: Proposal) -> None:
        self._fill_in(proposal)
        self.editor.take(proposal.rules)
        self._edit_rules()

    def _fill_in(self, proposal: Proposal) -> None:
        """Have the form say what is proposed, but for the rules."""
        if self._session.entry is not None and proposal.entry != self._session.entry.path:
            self._session.show_entry(proposal.entry)
        if proposal.expression is not None:
            self.form.show_expression(proposal.expression)
        if proposal.strict is not None:
            self.form.strict.setChecked(proposal.strict)

    def _apply_rules(self, rules: tuple[Rule, ...]) -> None:
        self._use_rules(rules)
        self.test()

    def _leave_editor(self) -> None:
        self._show_report()
        self.form.rules.edit.setFocus()

    def _show_report(self) -> None:
        if self.answer.tested is None:
            self._say_ready()
        else:
            self.body.setCurrentWidget(self.report)

    def step_back(self) -> bool:
        """Leave the editor or the question for what was there before; False where neither is shown."""
        if self.body.currentWidget() is self.editor:
            self._leave_editor()
        elif self.body.currentWidget() is self.question:
            self._file.answer(agreed=False)
        else:
            return False
        return True

    def _set_proposals_aside(self) -> None:
        # They are applied by a button of the same name, and would take the place of what is being edited.
        self.proposals.set_aside(self.body.currentWidget() is self.editor)

    def _test_as_written(self) -> tuple[object, ...]:
        return self._file.source, self.form.chosen, self.form.call, self.form.strict.isChecked(), self._rules

    def _judge_report(self) -> None:
        """Say so where the report is no longer of what the form says."""
        self.report.show_outdated(self.answer.tested is not None and self._tested_as != self._test_as_written())

    def _apply(self, proposal: Proposal) -> None:
        self._fill_in(proposal)
        self._use_rules(proposal.rules)
        self.test()

    def _take_tested(self, tested: Tested) -> None:
        self._tested_as = self._asked_as
        self.linking.show_tested(None)
        self.answer.begin(tested)
        self.linking.show_tested(tested)
        self._judge_report()
        self.body.setCurrentWidget(self.report)

    def _take_proposals(self, proposals: list[Proposal]) -> None:
        self.answer.proposals = proposals
        report = None if self.answer.tested is None else self.answer.tested.report
        if proposals or (report is not None and len(report.loaded) < report.tensors):
            self.proposals.show_proposals(proposals)
        else:
            self.proposals.show_words("")

    def _choose_key(self, key: str) -> None:
        number = None if self.answer.tested is None else self.answer.tested.numbers.get(key)
        if number is not None:
            self.tensor_chosen.emit(number)

    def wished_copy(self) -> Wish:
        """What a copy is to be by the report that is shown."""
        return renamed_copy(self.answer.tested)

    def _fail(self, failure: Failure) -> None:
        self._drop_report()
        self.page.tell_failed(failure, self.testing.output, self._file.path)
        self.body.setCurrentWidget(self.page)
        if self.window().focusWidget() is self.form.choose:
            self.page.button.setFocus()

    def _say(self, sentence: str, *, again: bool = False, under_way: bool = False) -> None:
        self.page.tell(sentence, self._file.path if again or under_way else None, under_way=under_way)
        self.body.setCurrentWidget(self.page)

    def _say_ready(self) -> None:
        source = self._file.source
        file = None if source is None else source.path
        self.page.tell_ready(file, may_run=self._file.may_run, offers=bool(self.form.offers))
        self.body.setCurrentWidget(self.page)

    def _forget(self) -> None:
        """Another entry is shown: what was said is not of it."""
        entry = self._session.entry
        self.entry.setText(shown_entry(self._session.checkpoint, entry))
        self._use_rules(())
        if self.answer.tested is not None and self.answer.tested.test.entry is not entry:
            self.testing.cancel()
            self._drop_report()
        elif self.body.currentWidget() is self.editor:
            self._leave_editor()

    def _drop_report(self) -> None:
        self.answer.tested = None
        self.linking.show_tested(None)
        self.proposals.show_words("")
        self._show_report()
