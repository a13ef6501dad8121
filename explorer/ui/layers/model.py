"""The tree of layers for Qt: one row for the file, below it its layers and tensors."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QFont

from explorer.checkpoint.tree import Layer
from explorer.loading.report import LoadState
from explorer.ui.layers.cells import Cells, Role
from explorer.ui.layers.columns import HEADS, RIGHT_COLUMNS, Column
from explorer.ui.layers.marks import LoadMark, Marks
from explorer.ui.layers.sorting import sort_keys
from explorer.ui.tables.columns import LEFT, NOWHERE, RIGHT, Index, heading, move_rows

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics

Row = int | str
"""What a row stands for: a tensor's number, or a layer's dotted name with a dot behind; "" for the first row."""


# Qt asks for the flags of every row of an opened layer, and joining flags is slow.
_LAYER_FLAGS: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_TENSOR_FLAGS: Final = _LAYER_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_LAYER_COLUMNS: Final = frozenset({Column.NAME, Column.DISTRIBUTION, Column.PARAMETERS, Column.BYTES})
"""Those in which a layer has something to say."""
_COLUMNS: Final = len(Column)
"""Qt asks for it with every index, and counting an enum's members is slow."""
_ROOT: Final = 1


class LayerModel(QAbstractItemModel):
    """Layers and tensors as rows.

    Layers have ids from 1 on (`_layers`), and an index carries the id of the layer it stands in, 0 for the root's row.
    Inside, a row is a code: a tensor's number, or a layer's id below zero.

    Attributes:
        only_tensors_move: True while `layoutChanged` is told and every layer has kept its row: whatever is open stays
            where it is.
    """

    def __init__(
        self,
        parent: QObject | None = None,
        statistics_of: Callable[[int], "Statistics | None"] = lambda _number: None,
        place_of: Callable[[int], str] = lambda _number: "",
    ) -> None:
        """Begin without rows.

        Args:
            parent: Owner.
            statistics_of: Looks up what is known of a tensor by its row in the table.
            place_of: Likewise where it is now.
        """
        super().__init__(parent)
        self._statistics_of = statistics_of
        self._place_of = place_of
        self.marks = self._marks = Marks()
        self.in_cells = Cells(self._marks, statistics_of, place_of)
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)
        self.only_tensors_move = False
        self._clear(None)

    def _clear(self, root: Layer | None) -> None:
        self._marks.forget_layers()
        self._layers: list[Layer] = [] if root is None else [root]
        self._in_file: dict[int, list[int]] = {}
        self._shown: dict[int, list[int]] = {} if root is None else {0: [-_ROOT]}
        self._parents: dict[int, int] = {-_ROOT: 0}
        self._rows: dict[int, int] = {-_ROOT: 0}

    def set_layers(self, root: Layer | None) -> None:
        """Show another tree, sorted as the last one was.

        Args:
            root: Its first row; None for nothing.
        """
        self.beginResetModel()
        self._clear(root)
        self.endResetModel()

    def show_measured(self, numbers: Iterable[int]) -> None:
        """Draw the figures of tensors that are known now.

        Args:
            numbers: Their rows in the table.
        """
        # A row that was never loaded was never drawn; a layer's rows are told in one go.
        changed: dict[int, list[int]] = {}
        for number in numbers:
            if number in self._rows:
                changed.setdefault(self._parents[number], []).append(self._rows[number])
        for layer, rows in changed.items():
            first = self.createIndex(min(rows), Column.DISTRIBUTION, layer)
            self.dataChanged.emit(first, self.createIndex(max(rows), _COLUMNS - 1, layer))

    def mark_wrong(self, numbers: frozenset[int]) -> None:
        """Mark the tensors of these numbers as having a wrong checksum, and no others."""
        if self._marks.set_wrong(numbers):
            self._draw_marks()

    def mark_loaded(self, states: Mapping[int, LoadState]) -> None:
        """Mark tensors with what a test-load made of them; none where `states` is empty."""
        self._marks.set_loaded(states)
        self._draw_marks()

    def load_mark(self, index: Index) -> LoadMark | None:
        """What a test-load made of a row; None where none was made."""
        code = self._code(index)
        return self._marks.loaded(code if code >= 0 else self._layers[-code - 1])

    def _draw_marks(self) -> None:
        for layer, codes in ((layer, codes) for layer, codes in self._shown.items() if codes):
            first = self.createIndex(0, Column.NAME, layer)
            self.dataChanged.emit(first, self.createIndex(len(codes) - 1, Column.DISTRIBUTION, layer))

    def tensor_number(self, index: Index) -> int | None:
        """Tell which tensor a row stands for; None for layers and for no row."""
        code = self._code(index) if index.isValid() else -1
        return code if code >= 0 else None

    def layer(self, index: Index) -> Layer | None:
        """Tell which layer a row stands for; None for tensors and for no row."""
        code = self._code(index) if index.isValid() else 0
        return self._layers[-code - 1] if code < 0 else None

    def layers_in(self, index: Index) -> list[QModelIndex]:
        """The rows of the layers that are directly in a layer."""
        return [self._index(code, Column.NAME) for code in self._codes(-self._code(index)) if code < 0]

    def remembered(self) -> list[QModelIndex]:
        """Rows of layers that somebody holds on to: all open ones, which the tree does, and others."""
        return [index for index in self.persistentIndexList() if self.layer(index) is not None]

    def row_of(self, index: Index) -> Row | None:
        """Name a row, for `index_of_row`; None for no row."""
        if not index.isValid():
            return None
        code = self._code(index)
        return code if code >= 0 else "" if code == -_ROOT else f"{self._layers[-code - 1].prefix}."

    def index_of_row(self, row: Row) -> QModelIndex:
        """Find a row, in the first column; an invalid index when it is not shown."""
        if isinstance(row, int):
            return self.index_of(row)
        return self.index_of_layer(row.removesuffix(".")) if row else self.index(0, 0)

    def index_of(self, number: int) -> QModelIndex:
        """Find the row of a tensor, in the first column; an invalid index when it is not shown."""
        if not self._layers:
            return QModelIndex()
        if number not in self._rows:
            self._load_way_to(self._layers[0].table.key(number))
        return self._index(number, Column.NAME) if number in self._rows else QModelIndex()

    def index_of_key(self, key: str) -> QModelIndex:
        """Find the row of the first tensor of that key; an invalid index when none is shown."""
        if not self._layers:
            return QModelIndex()
        root = self._layers[0]
        number = next((number for number in root.numbers if root.table.key(number) == key), None)
        return QModelIndex() if number is None else self.index_of(number)

    def index_of_layer(self, key: str) -> QModelIndex:
        """Find the row of the layer of that dotted name, or of the folded row it stands in."""
        layer = _ROOT if self._layers else 0
        while layer:
            inside = (code for code in self._codes(layer) if code < 0)
            # Their stems differ: it lies in one of them at most.
            code = next((code for code in inside if self._layers[-code - 1].holds(f"{key}.")), 0)
            if code and f"{self._layers[-code - 1].prefix}.".startswith(f"{key}."):
                return self._index(code, Column.NAME)
            layer = -code
        return QModelIndex()

    def _load_way_to(self, key: str) -> None:
        layer: int | None = _ROOT
        while layer is not None:
            codes = self._codes(layer)
            layer = next((-code for code in codes if code < 0 and self._layers[-code - 1].holds(key)), None)

    def _codes(self, layer: int) -> list[int]:
        if layer not in self._shown:
            codes = []
            for child in self._layers[layer - 1].children:
                if isinstance(child, int):
                    codes.append(child)
                else:
                    self._layers.append(child)
                    codes.append(-len(self._layers))
            self._in_file[layer] = codes
            self._parents.update(dict.fromkeys(codes, layer))
            self._arrange(layer)
        return self._shown[layer]

    def _arrange(self, layer: int) -> bool:
        """Sort what is in a layer; tell whether a layer in it has moved."""
        codes = list(self._in_file[layer])
        column, order = self._sorting
        if column >= 0:
            rows_in = [code if code >= 0 else self._layers[-code - 1] for code in codes]
            keys = sort_keys(self._layers[layer - 1], rows_in, column, self._statistics_of, self._place_of)
            backwards = order == Qt.SortOrder.DescendingOrder
            codes = [codes[place] for place in sorted(range(len(codes)), key=keys.__getitem__, reverse=backwards)]
        rows = self._rows
        moved = any(rows.get(code) != row for row, code in enumerate(codes) if code < 0)
        self._shown[layer] = codes
        rows.update(zip(codes, range(len(codes)), strict=True))
        return moved

    def _code(self, index: Index) -> int:
        return self._shown[index.internalId()][index.row()]

    def _index(self, code: int, column: int) -> QModelIndex:
        return self.createIndex(self._rows[code], column, self._parents[code])

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Qt's way down."""
        # Qt asks for every row of a layer that is opened, and for its flags: no call more than is needed.
        layer = 0
        if parent.isValid():
            layer = -self._shown[parent.internalId()][parent.row()]
            if layer <= 0 or parent.column():
                return QModelIndex()
        codes = self._shown.get(layer)
        if codes is None:
            codes = self._codes(layer) if layer else []
        if 0 <= row < len(codes) and 0 <= column < _COLUMNS:
            return self.createIndex(row, column, layer)
        return QModelIndex()

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt has another one without arguments
        """Qt's way up."""
        layer = index.internalId() if index.isValid() else 0
        return self._index(-layer, 0) if layer else QModelIndex()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Count what is directly in a row."""
        if not parent.isValid():
            return len(self._layers[:1])
        code = self._code(parent)
        return len(self._codes(-code)) if code < 0 and parent.column() == 0 else 0

    def hasChildren(self, parent: Index = NOWHERE) -> bool:  # noqa: N802 - Qt's name
        """Tell layers from tensors, without working out what is in a layer."""
        if not parent.isValid():
            return bool(self._layers)
        code = self._code(parent)
        return code < 0 and parent.column() == 0 and len(self._layers[-code - 1].numbers) > 0

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """As many in every row."""
        return _COLUMNS

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be selected, nothing edited; Qt would take tensors for layers that could be opened."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _TENSOR_FLAGS if self._shown[index.internalId()][index.row()] >= 0 else _LAYER_FLAGS

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        code, column = self._code(index), index.column()
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            mark = self.load_mark(index)
            return mark.meaning if mark is not None and column == Column.NAME else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in RIGHT_COLUMNS else LEFT
        if role == Role.PREVIEW:
            return self.in_cells.preview(code) or None if column == Column.DISTRIBUTION and code >= 0 else None
        if code < 0:
            return self.in_cells.of_layer(self._layers[-code - 1], column, role)
        return self.in_cells.of_tensor(self._layers[index.internalId() - 1], code, column, role)

    def cells(self, index: Index, columns: Iterable[Column]) -> list[str | tuple[float, ...] | None]:
        """What is drawn in a row: texts, or the heights of a small histogram's bars from 0 to 1.

        Args:
            index: Any cell of the row.
            columns: Those that are drawn.
        """
        code = self._code(index)
        if code < 0:
            layer = self._layers[-code - 1]
            return [self._marks.layer_text(layer, column) if column in _LAYER_COLUMNS else None for column in columns]
        owner = self._layers[index.internalId() - 1]
        return [
            self.in_cells.tensor_text(owner, code, column)
            or (column == Column.DISTRIBUTION and self.in_cells.preview(code))
            or None
            for column in columns
        ]

    def depth(self, index: Index) -> int:
        """In how many layers a row stands; 0 for the root's."""
        depth, layer = 0, index.internalId()
        while layer:
            depth, layer = depth + 1, self._parents[-layer]
        return depth

    def weight(self, index: Index) -> QFont.Weight | None:
        """Of the name's font; None for the view's own."""
        code = self._code(index)
        return None if code >= 0 else QFont.Weight.Bold if code == -_ROOT else QFont.Weight.DemiBold

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort what is in each layer.

        Args:
            column: By what; -1 for the file's order. Drawings have none.
            order: Which way.
        """
        if column != Column.DISTRIBUTION and self._sorting != (column, order):
            self._sorting = (column, order)
            self.sort_again()

    def sort_again(self) -> None:
        """Bring the rows into the chosen order, after the figures they are sorted by have changed."""

        def move() -> None:
            moved = [self._arrange(layer) for layer in self._in_file]
            self.only_tensors_move = not any(moved)

        move_rows(self, move, self._code, self._index)
        self.only_tensors_move = False
