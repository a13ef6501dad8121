"""Judges tensors while they are measured, and reads once more what needs a second look."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Final, NamedTuple

import numpy as np

from explorer.analysis.judge.constructions import without_constructions
from explorer.analysis.judge.problems import (
    Kind,
    Problem,
    judge,
    not_finite,
    not_finite_problem,
    of_parts,
    placed,
    test_of,
)
from explorer.analysis.judge.row_facts import Test, find_spots, look_closer
from explorer.analysis.judge.row_form import Form, form_of, walked_axes
from explorer.analysis.judge.row_problems import judge_rows
from explorer.analysis.judge.row_sums import FirstLook, RowSums, look_at_many
from explorer.analysis.judge.siblings import judge_siblings
from explorer.analysis.judge.step_problems import judge_steps
from explorer.analysis.judge.thresholds import DEFAULT, Thresholds
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.optimizer_states import map_states
from explorer.analysis.roles import MATRICES, Role, Roles
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.codes import CodedBlocks
from explorer.checkpoint.values.small_values import Together
from explorer.checkpoint.values.walks import Walk
from explorer.formatting import visible
from explorer.progress import Report, asking, no_report

Problems = tuple[Problem, ...]

_MOST_AT_ONCE: Final = 1 << 20
"""Elements of small tensors that are looked at together."""


class Watched(NamedTuple):
    """A walk that is looked at as it goes along.

    Attributes:
        walk: To be walked once, to its end.
        sums: What is seen of the rows; None where they are not looked at.
    """

    walk: Walk
    sums: RowSums | None


class Judge:
    """Finds the problems of one checkpoint's tensors. For one worker at a time."""

    def __init__(self, checkpoint: Checkpoint, thresholds: Thresholds = DEFAULT) -> None:
        """Prepare; nothing is looked at yet.

        Args:
            checkpoint: Whose tensors are judged.
            thresholds: From where on something is a problem.
        """
        self._checkpoint = checkpoint
        self._thresholds = thresholds
        self._forms: dict[int, Form | None] = {}

    @cached_property
    def roles(self) -> Roles:
        """What each tensor is for; told by `prepare`, or when it is first asked for."""
        return Roles(self._checkpoint)

    @cached_property
    def _weights(self) -> dict[int, int]:
        """Which parameter each tensor of an optimizer is kept for."""
        return map_states(self._checkpoint, no_report, self.roles).weights

    def prepare(self, report: Report) -> None:
        """Tell the roles, if they are not known.

        Args:
            report: Called now and then, without figures.

        Raises:
            Cancelled: By `report`.
        """
        if "roles" not in self.__dict__:
            self.roles = Roles(self._checkpoint, report)

    def watch(self, tensor: TensorInfo, walk: Walk) -> Watched:
        """Look at a tensor's rows while it is measured.

        Args:
            tensor: One that is measured by itself.
            walk: Over its values.
        """
        form = self._form(tensor.number)
        if form is None:
            return Watched(walk, None)
        blocks = walk.blocks
        if isinstance(blocks, CodedBlocks):
            sums = RowSums(form, blocks.table)
            return Watched(
                walk._replace(blocks=CodedBlocks(blocks.numbers, _passing(blocks.codes, sums), blocks.table)), sums
            )
        sums = RowSums(form)
        return Watched(walk._replace(blocks=_passing(blocks, sums)), sums)

    def of_watched(
        self, tensor: TensorInfo, walk: Walk, sums: RowSums | None, found: Statistics, tell: Report
    ) -> Problems:
        """Judge a tensor that was watched.

        Args:
            tensor: The tensor.
            walk: Over its values, as it was given to `watch`.
            sums: What `watch` gave.
            found: Its statistics.
            tell: Called while it is walked through again.

        Raises:
            Cancelled: By `tell`.
            CheckpointError: The values cannot be read any more.
        """
        look = FirstLook() if sums is None else sums.look(tensor.kind.element.itemsize, self._thresholds.dead_ratio)
        problems = self._judge_figures(tensor.number, found)
        return self._look_again(tensor.number, problems, found, look, walk.blocks, tell)

    def of_known(self, tensor: TensorInfo, walk: Walk, found: Statistics, tell: Report) -> Problems:
        """Judge a tensor whose statistics are known: it is walked through only where its rows are looked at.

        Args:
            tensor: The tensor.
            walk: Over its values.
            found: Its statistics.
            tell: Called while it is walked through.

        Raises:
            Cancelled: By `tell`.
            CheckpointError: The values cannot be read any more.
        """
        sums = None
        if found.min != found.max:
            watched, sums = self.watch(tensor, walk)
            if sums is not None:
                blocks = watched.blocks.codes() if isinstance(watched.blocks, CodedBlocks) else watched.blocks()
                done = 0
                for block in blocks:
                    done += block.size
                    tell(done, walk.total, "problems")
        return self.of_watched(tensor, walk, sums, found, tell)

    def of_small(self, together: Together, figures: Sequence[Statistics], tell: Report) -> dict[int, Problems]:
        """Judge many small tensors that were measured at once.

        Args:
            together: Their values.
            figures: Their statistics, in the same order.
            tell: Asked whether to go on.

        Returns:
            By the tensor's number; without those of which nothing is to be said.
        """
        table = self._checkpoint.tensors
        alike: dict[Form, list[int]] = defaultdict(list)
        for place, (number, one) in enumerate(asking(zip(together.numbers, figures, strict=True), tell, "problems")):
            form = self._form(number)
            if form is not None and one.min != one.max:
                alike[form].append(place)
        looks: dict[int, FirstLook] = {}
        for form, places in alike.items():
            step = max(1, _MOST_AT_ONCE // form.numel)
            for first in range(0, len(places), step):
                tell(0, 0, "problems")
                some = places[first : first + step]
                seen = look_at_many(
                    together.values,
                    together.starts[some],
                    form,
                    table.kind(together.numbers[some[0]]).element.itemsize,
                    self._thresholds.dead_ratio,
                )
                looks.update((some[which], look) for which, look in seen.items())
        found = {}
        for place, (number, one) in enumerate(asking(zip(together.numbers, figures, strict=True), tell, "problems")):
            # Of a hundred thousand tensors almost all end here.
            look = looks.get(place, _NOTHING_SEEN)
            problems = self._judge_figures(number, one)
            if problems or look.any:
                values = together.values[together.starts[place] : together.starts[place + 1]]
                told = self._look_again(number, problems, one, look, partial(iter, [values]), tell)
                if told:
                    found[number] = told
        return found

    def across(self, statistics: Mapping[int, Statistics], report: Report) -> list[Problem]:
        """Judge tensors beside each other; see `judge_siblings` and `judge_steps`."""
        found = judge_siblings(self._checkpoint.tensors, self.roles, statistics, self._thresholds, report)
        found += judge_steps(self._checkpoint, self.roles, statistics, report)
        return sorted(found, key=lambda problem: problem.number)

    def _form(self, number: int) -> Form | None:
        """How the rows of a tensor are looked at; None for those whose rows mean nothing."""
        if self.roles[number] not in MATRICES:
            return None
        kind = self._checkpoint.tensors.kind_of[number]
        if kind not in self._forms:
            self._forms[kind] = form_of(self._checkpoint.tensors.kinds[kind])
        return self._forms[kind]

    def _judge_figures(self, number: int, found: Statistics) -> list[Problem]:
        """What the statistics of a tensor tell."""
        kind, role = self._checkpoint.tensors.kind(number), self.roles[number]
        problems: list[Problem] = []
        if found.nan or found.posinf or found.neginf:
            problems += [not_finite_problem(number, what, found) for what in not_finite(role, kind, found)]
        problems += judge(number, role, kind, found, self._thresholds)
        return problems

    def _look_again(
        self,
        number: int,
        problems: list[Problem],
        found: Statistics,
        look: FirstLook,
        blocks: Callable[[], Iterable[Array]],
        tell: Report,
    ) -> Problems:
        """The same problems with their places, and those of rows and channels."""
        kind = self._checkpoint.tensors.kind(number)
        axes = walked_axes(kind) if problems else None
        if axes is not None:
            problems = self._placed(problems, kind, found, (axes, blocks), tell)
        form = self._form(number)
        if form is not None and look.any and found.min != found.max:
            facts = look_closer(blocks(), form, look, self._thresholds.dead_ratio, tell)
            role, has_bias = self.roles[number], self.roles.bias_of(number) is not None
            facts = without_constructions(facts, role, kind, found, has_bias=has_bias)
            problems += judge_rows(number, role, kind, found.l2, found.zeros, facts)
        return tuple(self._named(problems)) if self.roles[number] in _STATES else tuple(problems)

    def _named(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The same problems of an optimizer's tensors, with the parameter that those are kept for."""
        for problem in problems:
            weight = self._weights.get(problem.number)
            key = "" if weight is None else visible(self._checkpoint.tensors.key(weight))
            yield replace(problem, detail=f"Of {key}: {problem.detail}") if key else problem

    def _placed(
        self,
        problems: Sequence[Problem],
        kind: TensorKind,
        found: Statistics,
        walk: tuple[tuple[int, ...], Callable[[], Iterable[Array]]],
        tell: Report,
    ) -> list[Problem]:
        """The same problems, with where they are."""
        axes, blocks = walk
        if kind.element.family == "complex":
            return self._placed_parts(problems, kind, found, walk, tell)
        tests = {one.kind: test_of(one.kind, kind, found, self._thresholds) for one in problems}
        asked = {what.value: test for what, test in tests.items() if test is not None}
        spots = find_spots(blocks(), kind.shape, axes, asked, tell) if asked else {}
        return [placed(one, spots[one.kind], kind) if one.kind in spots else one for one in problems]

    def _placed_parts(
        self,
        problems: Sequence[Problem],
        kind: TensorKind,
        found: Statistics,
        walk: tuple[tuple[int, ...], Callable[[], Iterable[Array]]],
        tell: Report,
    ) -> list[Problem]:
        """Of complex values, statistics know the lengths: whether a part is +Inf or −Inf is seen only here."""
        axes, blocks = walk
        asked = [one for one in problems if one.kind in _SIGNS]
        if any(one.kind == Kind.POSINF for one in asked):
            asked.append(replace(asked[0], kind=Kind.NEGINF))
        tests = {one.kind.value: _of_parts(_SIGNS[one.kind]) for one in asked}
        spots = find_spots(blocks(), kind.shape, axes, tests, tell) if asked else {}
        told = [
            placed(of_parts(one, spots[one.kind].values, found.count), spots[one.kind], kind)
            for one in asked
            if one.kind in spots
        ]
        return told + [one for one in problems if one.kind not in _SIGNS]


_STATES: Final = frozenset({Role.FIRST_MOMENT, Role.SECOND_MOMENT, Role.STEP})
_SIGNS: Final[dict[Kind, Test]] = {Kind.NAN: np.isnan, Kind.POSINF: np.isposinf, Kind.NEGINF: np.isneginf}


def _of_parts(test: Test) -> Test:
    return lambda numbers: test(numbers.real) | test(numbers.imag)


_NOTHING_SEEN: Final = FirstLook()


def _passing(blocks: Callable[[], Iterator[Array]], sums: RowSums) -> Callable[[], Iterator[Array]]:
    """The same walk, of which the rows are summed up as it goes along."""

    def walk() -> Iterator[Array]:
        for block in blocks():
            sums.add(block)
            yield block

    return walk
