"""Which columns of the tree are shown: those that were chosen, or as many as there is room for."""

from collections.abc import Iterable
from typing import Final

from explorer.checkpoint.tree import Layer
from explorer.ui.layers.columns import Column
from explorer.ui.layers.name_room import Name, longest_names, longest_shape
from explorer.ui.layers.tree import LayerTree
from explorer.ui.settings import Settings, TreeColumns

WIDE: Final = 1440
"""Width of the window, in pixels, from which on all columns are shown."""
_NARROW: Final = 560
"""Width of the tree, in pixels, below which its small histograms give room to names."""
_ROOM_FOR_NAME: Final = 140
"""Pixels that names have at least."""
_LAST_TO_GO: Final = (Column.DISTRIBUTION, Column.PARAMETERS)
"""What names of any length leave room for: a name is seen whole by pointing at it, these are why one looks."""
_FIRST_TO_GO: Final = (Column.BYTES, Column.IS_ON, Column.SAVED_ON, Column.TYPE, Column.SHAPE, Column.PARAMETERS)
"""Where the tree is too narrow for all: whole names come before them, and where tensors were saved before where they
are. Types go before shapes: they are mostly one word all the way down."""


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
        self._names: list[Name] = []
        self._shape = ""
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
        before = self.shown
        self._chosen = None if columns is None else frozenset(columns)
        self.fit()
        self._keep()
        for column in self.shown - before:
            # What was asked for may stand where one has to scroll to.
            self._tree.bring_column(column)

    def show_places(self, *, placed: bool) -> None:
        """Count where tensors are now among the usual columns, in a narrow window too.

        Args:
            placed: Some are somewhere else than in the file.
        """
        if placed != self._placed:
            self._placed = placed
            self.fit()

    def show_names(self, root: Layer | None) -> None:
        """Give the names and shapes of another tree their room; what a filter leaves of it keeps that.

        Args:
            root: Of the tree; None for none.
        """
        self._names = [] if root is None else longest_names(root)
        self._shape = "" if root is None else longest_shape(root.table)
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
        if shown is not None and not self._fits(shown):
            self._tree.make_room(narrow=True)
        if shown is None:
            usual = [Column.DISTRIBUTION, Column.SHAPE, Column.TYPE, Column.PARAMETERS]
            if not self._fits(usual):
                self._tree.make_room(narrow=True)
            wide = self._tree.window().width() >= WIDE
            usual += [Column.BYTES, Column.SAVED_ON, Column.IS_ON] if wide else [Column.IS_ON] if self._placed else []
            # Once something was moved, where it is now comes before where it was saved.
            first = (Column.BYTES, Column.SAVED_ON) if self._placed else ()
            for column in dict.fromkeys((*first, *_FIRST_TO_GO)):
                if column in usual and not self._fits(usual, _ROOM_FOR_NAME if column in _LAST_TO_GO else None):
                    usual.remove(column)
            shown = frozenset(usual)
        self._tree.make_room(narrow=False)
        if not self._fits(shown):
            self._tree.make_room(narrow=True)
        for column in tuple(Column)[1:]:
            self._tree.setColumnHidden(column, column not in shown)
        if Column.SHAPE in shown:
            self._tree.widen_shapes(self._shape, self._spare(shown))
        least = _ROOM_FOR_NAME if self._chosen is None else self._needed()
        self._tree.keep_names(None if self._fits(shown, least) else least)

    def _fits(self, columns: Iterable[Column], names: int | None = None) -> bool:
        """Whether columns have room beside names of so many pixels, None for whole ones."""
        return self._spare(columns, names) >= 0

    def _spare(self, columns: Iterable[Column], names: int | None = None) -> int:
        """Pixels that columns leave beside names of so many, None for whole ones; less than 0 where they do not fit."""
        taken = sum(self._tree.width_of(column) for column in columns)
        return self._tree.room - taken - (self._needed() if names is None else names)

    def _needed(self) -> int:
        """Pixels for the widest name, of which the columns that go last leave so many."""
        last = sum(self._tree.width_of(column) for column in _LAST_TO_GO)
        widest = max((self._tree.width_of_name(name) for name in self._names), default=0)
        return max(_ROOM_FOR_NAME, min(widest, self._tree.room - last))

    def _keep(self) -> None:
        if self._settings is not None:
            self._settings.columns = TreeColumns(self._chosen, self._tree.widths, self._tree.order)
