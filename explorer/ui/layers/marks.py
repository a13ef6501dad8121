"""Words that stand in a row instead of a small histogram: what cannot be read, and what has a wrong checksum."""

from typing import Final

from explorer import formatting
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.ui.layers.columns import Column, layer_text, layer_tip
from explorer.ui.layers.problem_marks import ProblemMarks

UNREADABLE: Final = "unreadable"
NO_VALUES: Final = "no values"
WRONG_CHECKSUM: Final = "wrong CRC"
WRONG_VALUES: Final = "Its checksum is wrong: its values are not those that were saved."


class Marks:
    """Knows which tensors are marked; a layer wears the worst mark in it, and how often it is there.

    Attributes:
        problems: What is wrong with values that can be read.
    """

    def __init__(self) -> None:
        self.problems = ProblemMarks()
        self._wrong: frozenset[int] = frozenset()
        self._unreadable: tuple[object, frozenset[int]] = (None, frozenset())
        self._of_layers: dict[Layer, tuple[int, int]] = {}

    def set_wrong(self, numbers: frozenset[int]) -> None:
        """Say which tensors have a wrong checksum.

        Args:
            numbers: Their rows in the table.
        """
        self._wrong = numbers
        self._of_layers.clear()

    def forget_layers(self) -> None:
        """Let go of layers that are not shown any more."""
        self.problems.forget_layers()
        self._of_layers.clear()

    def of_tensor(self, kind: TensorKind, number: int) -> str | None:
        """The word for a tensor; None for none."""
        if kind.valueless:
            return NO_VALUES
        if kind.problem or number in self._wrong:
            return UNREADABLE if kind.problem else WRONG_CHECKSUM
        mark = self.problems.of_tensor(number)
        return None if mark is None else mark.text

    def why(self, kind: TensorKind, number: int) -> str | None:
        """What the word for a tensor means, as a sentence; None where there is none."""
        mark = self.problems.of_tensor(number)
        return kind.problem or (WRONG_VALUES if number in self._wrong else None if mark is None else mark.tip)

    def layer_text(self, layer: Layer, column: int) -> str | None:
        """What stands in a layer's row: its mark, ``✕ 3`` or ``≠ 3``, and as `columns.layer_text`."""
        if column != Column.DISTRIBUTION:
            return layer_text(layer, column)
        unreadable, wrong = self._counted(layer)
        # There is no room for the words; the tool tip has them.
        if unreadable or wrong:
            return f"✕ {formatting.count(unreadable)}" if unreadable else f"≠ {formatting.count(wrong)}"
        mark = self.problems.of_layer(layer)
        return None if mark is None else mark.text

    def layer_tip(self, layer: Layer, column: int) -> str | None:
        """What the mark means, and as `columns.layer_tip`."""
        if column != Column.DISTRIBUTION:
            return layer_tip(layer, column)
        unreadable, wrong = self._counted(layer)
        said = []
        if unreadable:
            said.append(f"{formatting.plural(unreadable, 'tensor')} in it cannot be read.")
        if wrong:
            have = "has" if wrong == 1 else "have"
            said.append(f"{formatting.plural(wrong, 'tensor')} in it {have} a wrong checksum.")
        mark = self.problems.of_layer(layer)
        return "\n".join([*said, *([] if mark is None else [mark.tip])]) or None

    def _counted(self, layer: Layer) -> tuple[int, int]:
        """Tensors of a layer that cannot be read, and that have a wrong checksum."""
        table = layer.table
        if self._unreadable[0] is not table:
            self._unreadable = table, frozenset(table.unreadable)
        marked = (self._unreadable[1], self._wrong)
        if not any(marked):
            return 0, 0
        if layer not in self._of_layers:
            unreadable, wrong = (sum(number in numbers for number in layer.numbers) for numbers in marked)
            self._of_layers[layer] = unreadable, wrong
        return self._of_layers[layer]
