"""Words that stand in a row: what cannot be read or has a wrong checksum, and what a test-load made of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer import formatting
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.loading.report import LoadState
from explorer.ui.layers.columns import Column, layer_text, layer_tip
from explorer.ui.layers.problem_marks import ProblemMarks
from explorer.ui.text import Tone

UNREADABLE: Final = "unreadable"
NO_VALUES: Final = "no values"
WRONG_CHECKSUM: Final = "wrong CRC"
IN_SHORT: Final = {UNREADABLE: "✕ lost", NO_VALUES: "none", WRONG_CHECKSUM: "≠ CRC"}
"""The same where the column is narrow; the tool tip says what it is about."""
WRONG_VALUES: Final = "Its checksum is wrong: its values are not those that were saved."


class LoadMark(NamedTuple):
    """What a test-load made of a tensor or a layer.

    Attributes:
        word: A word or a shape.
        short: A shape, for where the name leaves no room for more.
        tone: Its colour.
        meaning: A sentence.
    """

    word: str
    short: str
    tone: Tone
    meaning: str


_LOADED: Final[dict[LoadState, LoadMark]] = {
    "loads": LoadMark("✓", "✓", "good", "Test-load: it loads."),
    "cast": LoadMark("✓ cast", "≈", "caution", "Test-load: it loads, and is cast to the model's dtype."),
    "shape": LoadMark("shape", "✕", "bad", "Test-load: the model has another shape here."),
    "unexpected": LoadMark("unexpected", "+", "bad", "Test-load: the model has no place for it."),
}
_IN_LAYERS: Final[dict[LoadState, str]] = {
    "cast": "cast to the model's dtype",
    "shape": "of another shape than the model's",
    "unexpected": "without a place in the model",
}


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
        self._states: Mapping[int, LoadState] = {}
        self.weights: Mapping[int, int] = {}
        self._loads_of_layers: dict[Layer, LoadMark | None] = {}

    def set_loaded(self, states: Mapping[int, LoadState]) -> None:
        """Say what a test-load made of tensors.

        Args:
            states: By their rows in the table; empty where there is no test.
        """
        self._states = states
        self._loads_of_layers.clear()

    def loaded(self, row: int | Layer) -> LoadMark | None:
        """What a test-load made of a tensor, or of all in a layer; None where none was made."""
        if not self._states:
            return None
        if isinstance(row, int):
            return _LOADED[self._states[row]] if row in self._states else None
        if row not in self._loads_of_layers:
            self._loads_of_layers[row] = self._loaded_in(row)
        return self._loads_of_layers[row]

    def _loaded_in(self, layer: Layer) -> LoadMark | None:
        counts = Counter(self._states[number] for number in layer.numbers if number in self._states)
        total = sum(counts.values())
        if not total:
            return None
        failing = counts["shape"] + counts["unexpected"]
        kinds = [f"{formatting.exact(counts[state])} {words}" for state, words in _IN_LAYERS.items() if counts[state]]
        loads = f"Test-load: {formatting.exact(total - failing)} of {formatting.plural(total, 'tensor')} in it load"
        meaning = f"{'; '.join([loads, *kinds])}."
        if failing:
            return LoadMark(f"✕ {formatting.count(failing)}", "✕", "bad", meaning)
        return _LOADED["cast" if counts["cast"] else "loads"]._replace(meaning=meaning)

    def set_wrong(self, numbers: frozenset[int]) -> bool:
        """Say which tensors have a wrong checksum.

        Args:
            numbers: Their rows in the table.

        Returns:
            Whether others had one before.
        """
        changed = numbers != self._wrong
        self._wrong = numbers
        self._of_layers.clear()
        return changed

    def forget_layers(self) -> None:
        """Let go of layers that are not shown any more."""
        self.problems.forget_layers()
        self._of_layers.clear()
        self._loads_of_layers.clear()

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
        if column == Column.NAME:
            return " · ".join(filter(None, (layer_text(layer, column), self._weight_of(layer))))
        if column != Column.DISTRIBUTION:
            return layer_text(layer, column)
        unreadable, wrong = self._counted(layer)
        # There is no room for the words; the tool tip has them.
        if unreadable or wrong:
            return f"✕ {formatting.count(unreadable)}" if unreadable else f"≠ {formatting.count(wrong)}"
        mark = self.problems.of_layer(layer)
        return None if mark is None else mark.text

    def _weight_of(self, layer: Layer) -> str:
        """The parameter that all tensors of a layer are kept for; "" where there is no such."""
        weight = self.weights.get(layer.numbers[0]) if self.weights and layer.numbers else None
        if weight is None or self.weights.get(layer.numbers[-1]) != weight or layer.is_root:
            return ""
        return formatting.visible(layer.table.key(weight))

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
            everything = len(table)
            unreadable, wrong = (
                len(layer.numbers) if len(numbers) == everything else len(numbers.intersection(layer.numbers))
                for numbers in marked
            )
            self._of_layers[layer] = unreadable, wrong
        return self._of_layers[layer]
