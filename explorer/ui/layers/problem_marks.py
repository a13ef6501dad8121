"""What the tree says of problems: a word at the tensor, and how many there are at each layer above it."""

from typing import TYPE_CHECKING

from explorer import formatting
from explorer.analysis.judge.problem_words import SHAPES, WORDS
from explorer.checkpoint.tree import Layer
from explorer.ui.problems.words import SHORT, TensorMark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.analysis.judge.problems import Problem


class ProblemMarks:
    """Counts problems by tensor and by layer."""

    def __init__(self) -> None:
        self._of_tensor: dict[int, list[Problem]] = {}
        self._bad: set[int] = set()
        self._of_layers: dict[Layer, tuple[int, bool]] = {}

    def set_problems(self, problems: "Iterable[Problem]") -> None:
        """Say which problems there are."""
        self._of_tensor, self._bad = {}, set()
        self.add(problems)

    def add(self, problems: "Iterable[Problem]") -> None:
        """Say that there are more."""
        self._of_layers.clear()
        for problem in problems:
            self._of_tensor.setdefault(problem.number, []).append(problem)
            if problem.severity == "bad":
                self._bad.add(problem.number)

    def forget_layers(self) -> None:
        """Let go of layers that are not shown any more."""
        self._of_layers.clear()

    def of_tensor(self, number: int) -> TensorMark | None:
        """What stands at a tensor; None where it has no problems."""
        problems = self._of_tensor.get(number)
        if not problems:
            return None
        worst = min(problems, key=lambda problem: problem.severity)
        return TensorMark(
            f"{SHAPES[worst.severity]} {SHORT.get(worst.kind, WORDS[worst.kind])}",
            "\n".join(problem.detail for problem in problems),
        )

    def of_layer(self, layer: Layer) -> TensorMark | None:
        """How many problems the tensors of a layer have; None where they have none."""
        count, bad = self._counted(layer)
        if not count:
            return None
        shape = SHAPES["bad" if bad else "caution"]
        return TensorMark(f"{shape} {formatting.count(count)}", f"{formatting.plural(count, 'problem')} in it.")

    def _counted(self, layer: Layer) -> tuple[int, bool]:
        """Problems in a layer, and whether one of them is bad."""
        if not self._of_tensor:
            return 0, False
        if layer not in self._of_layers:
            inside = self._of_tensor.keys() & set(layer.numbers)
            count = sum(not one.note for number in inside for one in self._of_tensor[number])
            self._of_layers[layer] = count, not self._bad.isdisjoint(inside)
        return self._of_layers[layer]
