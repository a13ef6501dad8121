"""What is wrong with a tensor beside others: all zero where they are not, far larger than they are, out of step."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from statistics import median
from typing import Final

from explorer.analysis.judge.problems import Kind, Problem
from explorer.analysis.judge.thresholds import Thresholds
from explorer.analysis.measure.statistics import Statistics, quantiles
from explorer.analysis.roles import MATRICES, SCALES, Role, Roles
from explorer.checkpoint.document import TensorTable
from explorer.formatting import exact, figure, plural
from explorer.progress import Report, asking

Shape = tuple[int, ...]

_FAMILY: Final = 4
"""Siblings from which on a median says something."""

_NUMBER: Final = re.compile(r"[0-9]+")
_SEGMENT: Final = re.compile(r"(?<![^.])[0-9]+(?![^.])")
_EQUALLY: Final = 0.1
"""Relative difference of root mean squares that random numbers of one distribution may have."""

_FEWEST_RANDOM: Final = 4
_MOST_RANDOM: Final = 64
"""Values of a bias from which on it says something of how it came to be, and different ones that are asked for."""

_LOUD: Final = frozenset({Role.BIAS, Role.NORM_BIAS, Role.LORA_B, Role.RUNNING_MEAN})
"""What begins with zeros: from there any number of times larger is no wonder."""

_LEAST: Final = 8
"""Values from which on it is odd that they are all the same."""


def judge_siblings(
    table: TensorTable, roles: Roles, statistics: Mapping[int, Statistics], thresholds: Thresholds, report: Report
) -> list[Problem]:
    """Judge tensors beside those of the same entry.

    Args:
        table: All tensors.
        roles: Of all of them.
        statistics: Those that are known, by the tensor's number; the others are left out.
        thresholds: From where on something is a problem.
        report: Called with the tensors done.

    Raises:
        Cancelled: By `report`.
    """
    by_entry: dict[str, list[int]] = defaultdict(list)
    for number in asking(sorted(statistics), report, "problems"):
        by_entry[roles.entry_of(number)].append(number)
    found: list[Problem] = []
    for numbers in by_entry.values():
        entry = _Entry(table, roles, statistics, numbers, report)
        found += entry.same_everywhere()
        found += entry.magnitudes(thresholds)
        found += entry.loud_ones(thresholds)
    return sorted(found, key=lambda problem: problem.number)


class _Entry:
    """The tensors of one entry whose statistics are known."""

    def __init__(
        self,
        table: TensorTable,
        roles: Roles,
        statistics: Mapping[int, Statistics],
        numbers: Sequence[int],
        report: Report,
    ) -> None:
        self._table = table
        self._roles = roles
        self._statistics = statistics
        self._numbers = numbers
        self._report = report

    def _each(self, numbers: Iterable[int]) -> Iterator[int]:
        return asking(numbers, self._report, "problems")

    def same_everywhere(self) -> Iterator[Problem]:
        """Weights all of whose values are the same."""
        constant = [number for number in self._each(self._numbers) if self._is_constant(number)]
        if not constant:
            return
        families: dict[tuple[str, Shape], list[int]] = defaultdict(list)
        for number in self._each(self._numbers):
            if self._roles[number] in MATRICES | SCALES:
                families[self._family(number)].append(number)
        for number in self._each(constant):
            role, statistics = self._roles[number], self._statistics[number]
            kind, alike = self._table.kind(number), families[self._family(number)]
            if self._is_zero(number):
                if self._has_moved(number, alike):
                    yield Problem(number, Kind.ALL_ZERO, f"All {plural(statistics.count, 'value')} are 0.")
            elif role in MATRICES and not (len(kind.shape) > 2 and kind.shape[1] == 1):
                # What is no weight of a layer may begin with any number.
                others = sum(self._statistics[one].min != self._statistics[one].max for one in alike)
                if self._roles.is_weight(number) or 2 * others > len(alike):
                    detail = f"All {plural(statistics.count, 'value')} are {figure(float(statistics.min or 0))}."
                    yield Problem(number, Kind.CONSTANT, detail)

    def _family(self, number: int) -> tuple[str, Shape]:
        """What it has in common with those in its place in other layers."""
        return _SEGMENT.sub("*", self._table.key(number)), self._table.kind(number).shape

    def _is_constant(self, number: int) -> bool:
        one = self._statistics[number]
        return (
            one.count >= _LEAST
            and one.min == one.max
            and one.min is not None
            and one.finite == one.count
            and self._roles[number] in MATRICES | SCALES
            and self._table.kind(number).element.family == "float"
        )

    def _is_zero(self, number: int) -> bool:
        one = self._statistics[number]
        return one.zeros == one.count

    @cached_property
    def _is_trained(self) -> bool:
        """Whether the norms show that this network is not as it was initialised."""
        for number in self._numbers:
            role, one = self._roles[number], self._statistics[number]
            if role in (Role.NORM_WEIGHT, Role.NORM_BIAS, Role.RUNNING_VARIANCE) and one.min != one.max:
                return True
        return False

    def _has_moved(self, number: int, alike: Sequence[int]) -> bool:
        """Whether something shows that zeros are not how it was initialised, as many are: heads, adapters, states.

        Args:
            number: All zero.
            alike: Those of its family, itself among them.
        """
        role = self._roles[number]
        if role == Role.SCALE:
            return False
        own_name = self._table.key(number).rpartition(".")[2]
        if role == Role.EMBEDDING and own_name == "weight":
            return True
        bias = self._roles.bias_of(number)
        if bias is not None and bias in self._statistics and self._looks_random(bias):
            return True
        zeros = sum(self._is_zero(one) for one in alike)
        # The last layer of a Sequential is no sibling of those before it.
        ends = self._roles.layer_of(number).rpartition(".")[2].isdigit() and self._is_last(number)
        if not ends and 2 * zeros < len(alike) + self._is_trained:
            return True
        return self._is_trained and own_name == "weight" and number == self._first

    def _looks_random(self, bias: int) -> bool:
        """Whether a bias is neither zeros nor what somebody has computed: about as many numbers as values."""
        one = self._statistics[bias]
        different = one.buckets.counts.size
        return one.count >= _FEWEST_RANDOM and 2 * different > min(one.count, _MOST_RANDOM)

    @cached_property
    def _first(self) -> int | None:
        """The first weight of a layer in the entry: were it zeros from the start, nothing would come in."""
        some = (one for one in self._numbers if self._roles[one] in MATRICES and self._roles.is_weight(one))
        return next(some, None)

    def _is_last(self, number: int) -> bool:
        """Whether no other weight of the layer around its own comes after it."""
        return self._last_in[self._roles.layer_of(number).rpartition(".")[0]] == number

    @cached_property
    def _last_in(self) -> Mapping[str, int]:
        """The last weight in each layer, or below it; "" for the whole entry."""
        last: dict[str, int] = {}
        for number in self._each(self._numbers):
            layer = self._roles.layer_of(number)
            if self._roles[number] in MATRICES:
                while layer:
                    last[layer] = number
                    layer = layer.rpartition(".")[0]
                last[""] = number
        return last

    def magnitudes(self, thresholds: Thresholds) -> Iterator[Problem]:
        """Weights far larger or smaller than those of the same role and name in other layers."""
        sizes = {number: size for number in self._each(self._numbers) if (size := self._size(number)) > 0}
        families: dict[tuple[Role, str], list[int]] = defaultdict(list)
        for number in self._each(sizes):
            families[self._named_as(number)].append(number)
        told: set[int] = set()
        for members in families.values():
            yield from self._odd_ones(members, sizes, thresholds, 1.0, told)
        # Without enough siblings of its name, all of its role are asked, and more of a difference is left to them.
        by_role: dict[Role, list[int]] = defaultdict(list)
        for number in self._each(sizes):
            role = self._roles[number]
            if role == Role.NORM_WEIGHT or (role in (Role.LINEAR, Role.CONVOLUTION) and self._roles.is_weight(number)):
                by_role[self._roles[number]].append(number)
        for members in by_role.values():
            yield from self._odd_ones(members, sizes, thresholds, 3.0, told)
        for number in self._each(sizes):
            size = sizes[number]
            plain = self._roles[number] in (Role.LINEAR, Role.CONVOLUTION) and self._roles.is_weight(number)
            if (
                plain
                and number not in told
                and size >= thresholds.gain
                and not self._is_made_so(size, families[self._named_as(number)], sizes)
                and self._mostly(number, size / thresholds.gain)
            ):
                detail = (
                    f"Root mean square {figure(self._root_mean_square(number))} over "
                    f"{exact(self._inputs(number))} inputs: it gives {figure(size)} times what it gets."
                )
                yield Problem(number, Kind.MAGNITUDE, detail)

    def loud_ones(self, thresholds: Thresholds) -> Iterator[Problem]:
        """Biases and running means far larger than those of the same name in other layers, and absurdly large."""
        families: dict[str, dict[int, float]] = defaultdict(dict)
        for number in self._each(self._numbers):
            size = self._loudness(number)
            if 0 < size < math.inf:
                families[_NUMBER.sub("*", self._table.key(number))][number] = size
        for sizes in families.values():
            usual = median(sizes.values())
            for number, size in sizes.items():
                ratio = size / usual
                least = thresholds.absurd if self._roles[number] == Role.RUNNING_MEAN else thresholds.loudness
                if len(sizes) < _FAMILY or ratio < thresholds.loudness_ratio or size < least:
                    continue
                if not self._mostly(number, size / (thresholds.loudness_ratio * usual)):
                    continue
                std = self._running_std(number)
                beside = "" if std is None else f" beside a standard deviation of {figure(std)}"
                detail = (
                    f"Root mean square {figure(self._root_mean_square(number))}{beside}: {figure(ratio)} times the "
                    f"median of {exact(len(sizes))} such tensors."
                )
                yield Problem(number, Kind.MAGNITUDE, detail)

    def _loudness(self, number: int) -> float:
        """How large the values of a bias are, or those of a running mean beside its deviation; 0 for others."""
        if self._roles[number] not in _LOUD or not self._statistics[number].finite:
            return 0.0
        size = self._root_mean_square(number)
        if self._roles[number] != Role.RUNNING_MEAN:
            return size
        # What comes from outside may be as large as it likes: 300 kelvin, but not 300,000 times their deviation.
        std = self._running_std(number)
        return size / std if std else 0.0

    def _running_std(self, number: int) -> float | None:
        """The root of the running variance beside a running mean; None for none."""
        other = self._roles.beside(number, "running_var") if self._roles[number] == Role.RUNNING_MEAN else None
        one = None if other is None else self._statistics.get(other)
        return None if one is None or one.mean is None or one.mean < 0 else math.sqrt(one.mean)

    def _named_as(self, number: int) -> tuple[Role, str]:
        return self._roles[number], _NUMBER.sub("*", self._table.key(number))

    def _is_made_so(self, size: float, members: Sequence[int], sizes: Mapping[int, float]) -> bool:
        """Whether both siblings, or three of more, are equally large: weights that are scaled down as they are used."""
        alike = sum(abs(sizes[one] - size) <= _EQUALLY * size for one in members)
        return 1 < alike >= min(3, len(members))

    def _odd_ones(
        self,
        members: Sequence[int],
        sizes: Mapping[int, float],
        thresholds: Thresholds,
        slack: float,
        told: set[int],
    ) -> Iterator[Problem]:
        if len(members) < _FAMILY:
            return
        usual = median(sizes[number] for number in members)
        for number in self._each(members):
            ratio = sizes[number] / usual
            large = ratio >= slack * thresholds.magnitude_ratio
            if large and not self._mostly(number, sizes[number] / (slack * thresholds.magnitude_ratio * usual)):
                # A few outliers make it so, and are told by themselves.
                continue
            if number in told or not (large or ratio * slack * thresholds.smallness_ratio <= 1):
                continue
            told.add(number)
            how = f"{figure(ratio)} times the" if large else f"1/{figure(1 / ratio)} of the"
            by_inputs = self._roles[number] in (Role.LINEAR, Role.CONVOLUTION)
            over = f" over {plural(self._inputs(number), 'input')}" if by_inputs else ""
            detail = (
                f"Root mean square {figure(self._root_mean_square(number))}{over}: {how} median of "
                f"{exact(len(members))} such tensors."
            )
            yield Problem(number, Kind.MAGNITUDE, detail)

    def _mostly(self, number: int, above: float) -> bool:
        """Whether more than a few values make it so many times larger than it should be at most."""
        lower, upper = quantiles(self._statistics[number], (0.01, 0.99))
        return max(-lower, upper) * above >= self._root_mean_square(number)

    def _size(self, number: int) -> float:
        """How large its values are, in a way that does not depend on how many inputs it has; 0 for what has none."""
        role = self._roles[number]
        compared = role in MATRICES or role == Role.NORM_WEIGHT
        element = self._table.kind(number).element
        # Numbers of 8 bits were scaled to fill their dtype; by how much is said elsewhere.
        if not compared or element.family != "float" or element.itemsize == 1 or not self._statistics[number].finite:
            return 0.0
        size = self._root_mean_square(number)
        if role in (Role.LINEAR, Role.CONVOLUTION):
            size *= math.sqrt(self._inputs(number))
        return size if math.isfinite(size) else 0.0

    def _root_mean_square(self, number: int) -> float:
        one = self._statistics[number]
        return one.l2 / math.sqrt(one.finite)

    def _inputs(self, number: int) -> int:
        """Elements of a row: inputs of each output."""
        shape = self._table.kind(number).shape
        return math.prod(shape[1:]) if len(shape) > 1 else 1
