"""What of a test can be taken elsewhere: what it was about, its answer as JSON, and a copy with its keys."""

import json
from collections.abc import Sequence

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import visible
from explorer.loading.as_json import Answered, as_json
from explorer.loading.proposals import Proposal
from explorer.loading.values_step import ValuesReport
from explorer.ui.copies.saving import KeyChanges, Wish
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
    """A copy whose keys are called as in the test, without those that the model does not expect."""
    if tested is None:
        return Wish()
    test, numbers = tested.test, tested.numbers
    unexpected = [numbers[key] for key in tested.report.unexpected if key in numbers]
    left_out = frozenset(test.checkpoint.tensors[number].key for number in unexpected)
    keys = KeyChanges(test.entry, test.rules, left_out)
    return Wish(entry=None if test.entry.chosen else test.entry.path, keys=keys)


def why_no_renamed_copy(tested: Tested) -> str:
    """Why a copy with the keys of a test makes no sense, as a sentence; "" where it does."""
    if tested.test.rules:
        return ""
    if not tested.report.unexpected:
        return "The test renamed no key, and the model expects all of them."
    return "" if tested.report.loaded else "The test renamed no key, and none of them loads."
