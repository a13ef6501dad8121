"""What the window works on: the open checkpoint, its chosen entry and the selection."""

from PySide6.QtCore import QObject, Signal

from explorer.checkpoint.document import Checkpoint, Entry, TensorInfo
from explorer.checkpoint.tree import Layer, first_layers
from explorer.devices.placement import IN_FILE, Placement
from explorer.formatting import NOTHING


class Session(QObject):
    """Handed to every panel; the only place that knows what is open and selected.

    Signals:
        opened: A checkpoint took the place of the last one.
        entry_changed: Another state_dict of the checkpoint is shown.
        selection_changed: Another tensor (`TensorInfo`) or layer (`Layer`, the root of which stands for the whole
            entry) is selected, or nothing (None).
        placed: Tensors are on other devices now (a list of their numbers).
    """

    opened = Signal(object)
    entry_changed = Signal(object)
    selection_changed = Signal(object)
    placed = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.checkpoint: Checkpoint | None = None
        self.placement: Placement | None = None
        self.entry: Entry | None = None
        self.selected: TensorInfo | Layer | None = None
        self._first_layers: Layer | None = None
        self._announcing = False

    def show_checkpoint(self, checkpoint: Checkpoint, layers: Layer | None = None) -> None:
        """Make a checkpoint the open one, with its chosen entry and nothing selected.

        Args:
            checkpoint: What was read.
            layers: `first_layers` of it, where a worker already made them.
        """
        self.placement = Placement(checkpoint)
        # Whoever reads values of it reads them from where they are.
        self.checkpoint = checkpoint = self.placement.checkpoint
        self._first_layers = layers or first_layers(checkpoint)
        self.entry = checkpoint.chosen
        self.selected = None
        self._announcing = True
        self.opened.emit(checkpoint)
        self.entry_changed.emit(self.entry)
        self._announcing = False
        self.selection_changed.emit(None)

    def forget(self) -> None:
        """Have nothing open, for a session that no window shows."""
        self.checkpoint = self.placement = self.entry = self.selected = self._first_layers = None

    @property
    def tensor(self) -> TensorInfo | None:
        """The selected tensor, if it is one that is selected."""
        return self.selected if isinstance(self.selected, TensorInfo) else None

    @property
    def layers(self) -> Layer | None:
        """The tree of the shown entry, or None where nothing is open."""
        if self.checkpoint is None or self.entry is None:
            return None
        if self.entry.chosen:
            return self._first_layers
        return Layer.root(self.checkpoint.tensors, self.entry.numbers, self.checkpoint.path.name)

    def place_of(self, number: int) -> str:
        """Where a tensor is now, by its number: a device, ``file`` where none has it, ``–`` for one without bytes."""
        return NOTHING if self.checkpoint is None else place_of(self.checkpoint, self.placement, number)

    def place_of_storage(self, storage: int) -> str:
        """Where a storage is now, by its number: as `place_of`."""
        return _place_of_storage(self.placement, storage)

    def show_entry(self, path: str) -> None:
        """Show the entry with that RFC 6901 path; a path that no entry has changes nothing."""
        entry = None if self.checkpoint is None else self.checkpoint.entry(path)
        if entry is not None and entry is not self.entry:
            self.entry = entry
            self.selected = None
            self.entry_changed.emit(entry)
            self.selection_changed.emit(None)

    def select(self, selected: TensorInfo | Layer | None) -> None:
        """Select a tensor, a layer, or nothing."""
        # A tree that takes the focus makes its first row the current one; nobody has selected that.
        if selected != self.selected and not self._announcing:
            self.selected = selected
            self.selection_changed.emit(selected)


def place_of(checkpoint: Checkpoint, placement: Placement | None, number: int) -> str:
    """As `Session.place_of`, of any checkpoint; for workers, behind which another may be opened."""
    storage = checkpoint.tensors.storage_of[number]
    return NOTHING if storage < 0 else _place_of_storage(placement, storage)


def _place_of_storage(placement: Placement | None, storage: int) -> str:
    held = None if placement is None else placement.held(storage)
    return IN_FILE if held is None else held.device
