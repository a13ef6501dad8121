"""Step counts of an optimizer that are not those of most of its parameters."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from explorer.analysis.judge.plain_steps import plain_steps
from explorer.analysis.judge.problems import Kind, Problem
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.optimizer_states import states_of
from explorer.analysis.roles import Role, Roles
from explorer.checkpoint.document import Checkpoint
from explorer.formatting import exact, plural, steps
from explorer.progress import Report, asking


def judge_steps(
    checkpoint: Checkpoint, roles: Roles, statistics: Mapping[int, Statistics], report: Report
) -> Iterator[Problem]:
    """Judge the steps of each entry, tensors and plain numbers.

    Args:
        checkpoint: Any.
        roles: Of its tensors.
        statistics: Those that are known, by the tensor's number; the others are left out.
        report: Asked whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    counts: dict[str, dict[float, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number in asking(sorted(statistics), report, "problems"):
        one = statistics[number]
        if roles[number] == Role.STEP and one.count == 1 and one.min is not None:
            counts[roles.entry_of(number)][float(one.min)].append(number)
    for path, plain in plain_steps(checkpoint).items():
        if plain:
            entry = next(entry for entry in checkpoint.entries if entry.path == path)
            states = states_of(checkpoint.tensors, entry)
            for name in asking(plain, report, "problems"):
                if name in states:
                    # What else is kept of the parameter stands for its step.
                    counts[path][plain[name]].append(min(states[name].values()))
    for found in counts.values():
        yield from _odd_ones(found)


def _odd_ones(counts: Mapping[float, list[int]]) -> Iterator[Problem]:
    if len(counts) < 2:
        return
    usual = max(counts, key=lambda count: (len(counts[count]), count))
    whole = sum(map(len, counts.values()))
    for count, numbers in counts.items():
        if count != usual:
            those = f"It and {plural(len(numbers) - 1, 'other')} are" if len(numbers) > 1 else "It is"
            others = f"{exact(len(counts[usual]))} of {exact(whole)} are at {steps(usual)}"
            detail = f"{those} at step {steps(count)}; {others}."
            yield Problem(numbers[0], Kind.STEPS_DISAGREE, detail)
