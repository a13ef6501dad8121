"""What stands in the cells of the tree of layers, and what their tool tips say."""

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from explorer import formatting
from explorer.checkpoint.tree import Layer
from explorer.ui import text
from explorer.ui.layers.columns import Column, bars, tensor_exact, tensor_text, tensor_tip
from explorer.ui.layers.marks import Marks
from explorer.ui.tables.columns import EXACT

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics


class Role(IntEnum):
    """What the model tells beside Qt's own roles."""

    KEY = Qt.ItemDataRole.UserRole
    """The real key, as it stands in the file."""
    PREVIEW = KEY + 1
    """Heights of a small histogram's bars, from 0 to 1, or None."""


class Cells:
    """Tells of any layer and any tensor; which of them are rows, and where, it does not know."""

    def __init__(
        self, marks: Marks, statistics_of: Callable[[int], "Statistics | None"], place_of: Callable[[int], str]
    ) -> None:
        """Tell what these know.

        Args:
            marks: What is wrong with a row, and what loads.
            statistics_of: Looks up what is known of a tensor by its row in the table.
            place_of: Likewise where it is now.
        """
        self._marks = marks
        self._statistics_of = statistics_of
        self._place_of = place_of
        self._previews: dict[int, tuple[float, ...]] = {}

    def clear_previews(self) -> None:
        """Forget all small histograms, before another checkpoint is shown."""
        self._previews.clear()

    def preview(self, number: int) -> tuple[float, ...]:
        """Heights of a tensor's small histogram: worked out when its row is first drawn."""
        if number not in self._previews:
            statistics = self._statistics_of(number)
            if statistics is None:
                return ()
            self._previews[number] = bars(statistics)
        return self._previews[number]

    def of_layer(self, layer: Layer, column: int, role: int) -> Any:  # noqa: ANN401 - what Qt asks for
        """What Qt asks for of a layer; None for nothing."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._marks.layer_text(layer, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            tip = self._marks.layer_tip(layer, column)
            if column == Column.NAME and tip and (mark := self._marks.loaded(layer)) is not None:
                tip = f"{tip}\n{mark.meaning}"
            return None if tip is None else text.tooltip(tip)
        if role == Role.KEY:
            return layer.name if layer.is_root else layer.prefix
        return None

    def of_tensor(self, owner: Layer, number: int, column: int, role: int) -> Any:  # noqa: ANN401 - as of a layer
        """Likewise of a tensor.

        Args:
            owner: The layer that it stands in.
            number: Its row in the table.
            column: Where.
            role: What of it.
        """
        if role == Qt.ItemDataRole.DisplayRole:
            return self.tensor_text(owner, number, column)
        if role == Role.KEY:
            return owner.table.key(number)
        if role == EXACT:
            return self._exact(owner, number, column)
        if role != Qt.ItemDataRole.ToolTipRole:
            return None
        kind = owner.table.kind(number)
        why = self._marks.why(kind, number)
        if column == Column.NAME or (column == Column.DISTRIBUTION and why):
            mark = self._marks.loaded(number)
            full = formatting.visible(owner.table.key(number), 1000) or formatting.UNNAMED
            return text.tooltip("\n".join(filter(None, [full, why, mark and mark.meaning])))
        tip = tensor_tip(kind, self._statistics_of(number), column)
        return None if tip is None else text.tooltip(tip)

    def _exact(self, owner: Layer, number: int, column: int) -> str | float | None:
        if column == Column.NAME:
            return formatting.visible(owner.table.key(number), 10_000) or formatting.UNNAMED
        if column in (Column.DISTRIBUTION, Column.IS_ON):
            return self.tensor_text(owner, number, column) or ""
        return tensor_exact(owner.table.kind(number), self._statistics_of(number), column)

    def tensor_text(self, owner: Layer, number: int, column: int) -> str | None:
        """The words in a tensor's cell; None for none."""
        if column == Column.NAME:
            return formatting.visible(owner.leaf_name(number)) or formatting.UNNAMED
        if column == Column.DISTRIBUTION:
            mark = self._marks.of_tensor(owner.table.kind(number), number)
            if mark is not None or self.preview(number):
                return mark
        if column == Column.IS_ON:
            return self._place_of(number)
        return tensor_text(owner.table.kind(number), self._statistics_of(number), column)
