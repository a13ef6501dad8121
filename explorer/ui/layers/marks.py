"""Words that stand in a row instead of a small histogram: what cannot be read, and what has a wrong checksum."""

from typing import Final

from explorer import formatting
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.tree import Layer
from explorer.ui.layers.columns import Column, layer_text, layer_tip

UNREADABLE: Final = "unreadable"
NO_VALUES: Final = "no values"
WRONG_CHECKSUM: Final = "wrong CRC"
WRONG_VALUES: Final = "Its checksum is wrong: its values are not those that were saved."


class Marks:
    """Knows which tensors are marked; a layer wears the worst mark in it, and how often it is there."""

    def __init__(self) -> None:
        self._wrong: frozenset[int] = frozenset()
        self._unreadable: tuple[object, frozenset[int]] = (None, frozenset())
        self._of_layers: dict[Layer, tuple[int, int]] = {}

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
        self._of_layers.clear()

    def of_tensor(self, kind: TensorKind, number: int) -> str | None:
        """The word for a tensor; None for none."""
        if kind.valueless:
            return NO_VALUES
        return UNREADABLE if kind.problem else WRONG_CHECKSUM if number in self._wrong else None

    def why(self, kind: TensorKind, number: int) -> str | None:
        """What the word for a tensor means, as a sentence; None where there is none."""
        return kind.problem or (WRONG_VALUES if number in self._wrong else None)

    def layer_text(self, layer: Layer, column: int) -> str | None:
        """What stands in a layer's row: its mark, ``✕ 3`` or ``≠ 3``, and as `columns.layer_text`."""
        if column != Column.DISTRIBUTION:
            return layer_text(layer, column)
        unreadable, wrong = self._counted(layer)
        # There is no room for the words; the tool tip has them.
        return f"✕ {formatting.count(unreadable)}" if unreadable else f"≠ {formatting.count(wrong)}" if wrong else None

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
        return "\n".join(said) or None

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
