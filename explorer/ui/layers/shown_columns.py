"""Which columns of the tree are shown: those that were chosen, or as many as there is room for."""

from collections.abc import Iterable
from typing import Final

from explorer.ui.layers.columns import Column
from explorer.ui.layers.tree import LayerTree
from explorer.ui.settings import Settings, TreeColumns

WIDE: Final = 1440
"""Width of the window, in pixels, from which on all columns are shown."""
_NARROW: Final = 560
"""Width of the tree, in pixels, below which its small histograms give room to names."""
_ROOM_FOR_NAME: Final = 140
_FIRST_TO_GO: Final = (Column.BYTES, Column.IS_ON, Column.SAVED_ON, Column.SHAPE, Column.TYPE, Column.PARAMETERS)
"""Where the tree is too narrow for all: names come before them, and where tensors were saved before where they are."""


class ShownColumns:
    """Shows and hides the columns of a tree, and has the settings remember how they stand."""

    def __init__(self, tree: LayerTree, settings: Settings | None) -> None:
        """Have the columns stand as they did last.

        Args:
            tree: Whose columns they are.
            settings: Remember; None for nobody.
        """
        self._tree = tree
        self._settings = settings
        self._chosen: frozenset[Column] | None = None
        self._placed = False
        tree.resized.connect(self.fit)
        if settings is not None:
            kept = settings.columns
            self._chosen = kept.shown
            tree.arrange(kept.widths, kept.order)
            tree.arranged.connect(self._keep)

    @property
    def shown(self) -> frozenset[Column]:
        """The columns that are shown, beside the name."""
        return frozenset(column for column in tuple(Column)[1:] if not self._tree.isColumnHidden(column))

    def show(self, columns: Iterable[Column] | None) -> None:
        """Show these columns beside the name, or as many of the usual ones as there is room for.

        Args:
            columns: Any but the name; None lets the width decide again.
        """
        self._chosen = None if columns is None else frozenset(columns)
        self.fit()
        self._keep()

    def show_places(self, *, placed: bool) -> None:
        """Count where tensors are now among the usual columns, in a narrow window too.

        Args:
            placed: Some are somewhere else than in the file.
        """
        if placed != self._placed:
            self._placed = placed
            self.fit()

    def reset(self) -> None:
        """Give all columns their usual widths and places; those that are shown stay."""
        self._tree.arrange({}, tuple(Column))
        self.fit()
        self._keep()

    def take(self, columns: TreeColumns) -> None:
        """Have the columns stand so, and remember it.

        Args:
            columns: Which are shown, how wide and in which order.
        """
        self._chosen = columns.shown
        self._tree.arrange(columns.widths, columns.order)
        self.fit()
        self._keep()

    def fit(self) -> None:
        """Show what there is room for, after the width has changed."""
        self._tree.make_room(narrow=self._tree.width() < _NARROW)
        shown = self._chosen
        if shown is None:
            usual = [Column.DISTRIBUTION, Column.SHAPE, Column.TYPE, Column.PARAMETERS]
            wide = self._tree.window().width() >= WIDE
            usual += [Column.BYTES, Column.SAVED_ON, Column.IS_ON] if wide else [Column.IS_ON] if self._placed else []
            widths = {column: self._tree.width_of(column) for column in usual}
            # Once something was moved, where it is now comes before where it was saved.
            first = (Column.BYTES, Column.SAVED_ON) if self._placed else ()
            for column in dict.fromkeys((*first, *_FIRST_TO_GO)):
                if sum(widths.values()) > self._tree.width() - _ROOM_FOR_NAME:
                    widths.pop(column, None)
            shown = frozenset(widths)
        for column in tuple(Column)[1:]:
            self._tree.setColumnHidden(column, column not in shown)
        taken = sum(self._tree.width_of(column) for column in shown)
        self._tree.keep_names(_ROOM_FOR_NAME if taken > self._tree.width() - _ROOM_FOR_NAME else None)

    def _keep(self) -> None:
        if self._settings is not None:
            self._settings.columns = TreeColumns(self._chosen, self._tree.widths, self._tree.order)
