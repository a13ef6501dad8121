"""What of a test can be taken elsewhere: what it was about, its answer as JSON, and a copy with its keys."""

import json
from collections.abc import Sequence

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import visible
from explorer.loading.as_json import Answered, as_json
from explorer.loading.proposals import Proposal
from explorer.loading.report import LoadReport
from explorer.loading.values_step import ValuesReport
from explorer.ui.copies.saving import KeyChanges, Wish, taken_out
from explorer.ui.load_test.testing import Test, Tested


def shown_entry(checkpoint: Checkpoint | None, entry: Entry | None) -> str:
    """What is tested, in a few words; "" for nothing."""
    file = "" if checkpoint is None else visible(checkpoint.path.name)
    return f"{file} · entry {visible(entry.name)}" if entry is not None and entry.path else file


def subject_of(test: Test) -> list[str]:
    """What was tested, in lines for people."""
    model = test.model.build or f"{test.model.name}()"
    lines = [
        f"Checkpoint: {visible(str(test.checkpoint.path), 1000)}",
        *([f"Entry: {visible(test.entry.path)}"] if test.entry.path else []),
        f"Model: {visible(model, 1000)} of {visible(str(test.model.file), 1000)}",
        f"Strict: {'yes' if test.strict else 'no'}",
    ]
    return lines + [f"Rule: {visible(rule.in_words, 1000)}" for rule in test.rules]


def answer_as_json(tested: Tested, proposals: Sequence[Proposal], values: ValuesReport | None, output: str) -> str:
    """The answer as ``load-test --json`` prints it.

    Args:
        tested: The test.
        proposals: What would load more.
        values: What came of loading the values; None where they were not loaded.
        output: What the model's file printed.
    """
    test = tested.test
    answered = Answered(test.entry.path, tested.report, list(proposals), values, output)
    model = f"{test.model.file}:{test.model.name}"
    return json.dumps(as_json(test.checkpoint.path, model, test.strict, answered), indent=1) + "\n"


def renamed_copy(tested: Tested | None) -> Wish:
    """A copy of what was tested, whose keys are called as in the test, without those that do not load."""
    if tested is None:
        return Wish()
    test, numbers = tested.test, tested.numbers
    useless = {test.checkpoint.tensors.key(numbers[key]) for key in _useless(tested.report) if key in numbers}
    keys = KeyChanges(test.entry, tested.naming, frozenset(useless.union(tested.report.left_out)))
    alone = any(entry.path == test.entry.path for entry in taken_out(test.checkpoint))
    return Wish(entry=test.entry.path if alone else None, keys=keys)


def holds_less(tested: Tested) -> bool:
    """Whether such a copy lacks tensors of what was tested."""
    return bool(tested.report.left_out or any(key in tested.numbers for key in _useless(tested.report)))


def _useless(report: LoadReport) -> list[str]:
    """Keys, rules applied, that the model has no place for: by their names, or by their shapes where others do load."""
    reshaped = [each.key for each in report.size_mismatch] if report.loaded else []
    return [*report.unexpected, *reshaped]


def why_no_renamed_copy(tested: Tested) -> str:
    """Why a copy with the keys of a test makes no sense, as a sentence; "" where it does."""
    if tested.test.rules:
        return ""
    if not (tested.report.unexpected or tested.report.size_mismatch):
        return "The test renamed no key, and the model expects all of them."
    return "" if tested.report.loaded else "The test renamed no key, and none of them loads."
