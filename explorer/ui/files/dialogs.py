"""The dialogs that ask which file to open, and where to save."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFileDialog,
    QFileSystemModel,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QMenuBar,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QWidget,
)

from explorer.formatting import nbytes, visible
from explorer.resources_path import resource
from explorer.ui import theme
from explorer.ui.icons import icon
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import label

PATTERNS: Final = (
    "Checkpoints: .pth, .pt, .safetensors and others "
    "(*.pth *.pt *.bin *.ckpt *.safetensors *.tar *.jit *.index.json *.part *.crdownload);;All files (*)"
)


_SIZE: Final = 1
"""Column of the sizes in Qt's list of files."""
_ICONS: Final = {
    "backButton": "back",
    "forwardButton": "forward",
    "toParentButton": "parent-folder",
    "newFolderButton": "new-folder",
    "listModeButton": "as-list",
    "detailModeButton": "as-details",
}
"""By what Qt calls the buttons of its dialog."""
_WIDTH, _HEIGHT = 860, 540


def where_to_look(session: Session, settings: Settings) -> Path | None:
    """The folder to begin in: that of the open file, else that of the last one; the example's is nobody's."""
    checkpoint = session.checkpoint
    if checkpoint is None or checkpoint.path == resource("example", "digits.pth"):
        return settings.last_folder
    return checkpoint.path.parent


class _Sizes(QStyledItemDelegate):
    """Writes sizes as the rest of the program does."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Take the exact size in the place of Qt's words."""
        super().initStyleOption(option, index)
        files = index.model()
        if isinstance(files, QFileSystemModel) and option.text:
            option.text = nbytes(files.size(index))


def ask_what_to_open(
    parent: QWidget,
    folder: Path | None,
    chosen: Callable[[Path], None],
    several: Callable[[list[Path]], None] | None = None,
    title: str = "Open a checkpoint",
) -> QFileDialog:
    """Open a dialog that asks for a checkpoint.

    Args:
        parent: What the dialog belongs to.
        folder: Where it begins; None for where the program was started.
        chosen: Called with the path, if there is one.
        several: Called with the paths, if there are more; None where only one may be chosen.
        title: Of the dialog: what the file is for.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    dialog = QFileDialog(parent, title, str(folder or ""), PATTERNS)
    # A name that does not exist is told in the window, not in a box that has to be clicked away.
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    if several is None:
        return _opened(dialog, chosen)

    def take(path: Path) -> None:
        paths = [Path(each) for each in dialog.selectedFiles()]
        if len(paths) > 1:
            several(paths)
        else:
            chosen(path)

    opened = _opened(dialog, take)
    # Qt lets several be chosen only in the mode that complains of names in a box.
    for view in dialog.findChildren(QAbstractItemView):
        if view.objectName() in ("listView", "treeView"):
            view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    return opened


def ask_for_model(parent: QWidget, folder: Path | None, chosen: Callable[[Path], None]) -> QFileDialog:
    """Open a dialog that asks for the Python file that defines a model; arguments as in `ask_what_to_open`."""
    dialog = QFileDialog(parent, "Choose a model file", str(folder or ""), "Python files (*.py)")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _opened(dialog, chosen)


def ask_for_python(parent: QWidget, folder: Path | None, chosen: Callable[[Path], None]) -> QFileDialog:
    """Open a dialog that asks for a Python interpreter; arguments as in `ask_what_to_open`."""
    dialog = QFileDialog(parent, "Choose a Python interpreter", str(folder or ""), "All files (*)")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    # An environment's Python is a link, and what it is a link to does not know the environment.
    dialog.setOption(QFileDialog.Option.DontResolveSymlinks)
    return _opened(dialog, chosen)


def ask_which_folder(
    parent: QWidget,
    folder: Path | None,
    chosen: Callable[[Path], None],
    title: str = "Open the folder of a sharded checkpoint",
) -> QFileDialog:
    """Open a dialog that asks for a folder with a sharded checkpoint, or with the files of a run.

    Args:
        parent: What the dialog belongs to.
        folder: Where it begins; None for where the program was started.
        chosen: Called with the path, if there is one.
        title: Of the dialog: what the folder is for.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    dialog = QFileDialog(parent, title, str(folder or ""))
    # Without its files nobody can tell one folder from another.
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, on=False)
    return _opened(dialog, chosen)


def ask_where_to_save(
    parent: QWidget, title: str, folder: Path | None, name: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Open a dialog that asks where to save a new file: it proposes a name that is free, and takes no other.

    Args:
        parent: What the dialog belongs to.
        title: Of the dialog.
        folder: Where it begins; None for where the program was started.
        name: Proposed, with a number where there is such a file; its ending is added to a name that has none.
        chosen: Called with the path, if there is one.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    suffix = name.rpartition(".")[2]
    dialog = _NewFileDialog(parent, title, str(folder or ""), f"{suffix.upper()} (*.{suffix});;All files (*)")
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(_free(Path(dialog.directory().absolutePath()), name))
    return _opened(dialog, chosen)


class _NewFileDialog(QFileDialog):
    """Says of a name that exists that it does, and stays."""

    def __init__(self, parent: QWidget, title: str, folder: str, patterns: str) -> None:
        super().__init__(parent, title, folder, patterns)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self.setOption(QFileDialog.Option.DontConfirmOverwrite)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.refusal = label(wrap=True, tone="bad")
        self.refusal.hide()
        layout = self.layout()
        if isinstance(layout, QGridLayout):
            layout.addWidget(self.refusal, layout.rowCount(), 0, 1, layout.columnCount())

    def accept(self) -> None:
        """Take the name, unless there is something of that name that is no folder to go into."""
        taken = [path for path in map(Path, self.selectedFiles()) if os.path.lexists(path) and not path.is_dir()]
        if not taken:
            super().accept()
            return
        free = _free(taken[0].parent, taken[0].name)
        here = taken[0].parent == Path(self.directory().absolutePath())
        # What is selected in the list would be taken before what is typed.
        for view in self.findChildren(QAbstractItemView):
            view.clearSelection()
        # Qt's own way to propose a name does nothing while somebody types.
        for line in self.findChildren(QLineEdit, "fileNameEdit"):
            proposals = line.completer().popup()
            if proposals is not None:
                proposals.hide()
            line.setText(free if here else str(taken[0].with_name(free)))
            line.selectAll()
        self.refusal.setText(f"{visible(taken[0].name)} exists already, and nothing is replaced: this name is free.")
        self.refusal.show()


def _free(folder: Path, name: str) -> str:
    """A name that nothing in the folder has, as like the given one as can be."""
    stem, dot, suffix = name.rpartition(".")
    tried, number = name, 1
    while os.path.lexists(folder / tried):
        number += 1
        tried = f"{stem} {number}{dot}{suffix}" if stem else f"{name} {number}"
    return tried


def _opened(dialog: QFileDialog, chosen: Callable[[Path], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    # Qt writes all endings behind the words, which have no room for them.
    dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
    for button in dialog.findChildren(QToolButton):
        # Its icons need the room that captions have.
        theme.set_property(button, "flat", True)
        if button.objectName() in _ICONS:
            # Qt's own are black in every theme.
            button.setIcon(icon(_ICONS[button.objectName()], dialog))
    for completer in dialog.findChildren(QCompleter):
        popup = completer.popup()
        if popup is not None:
            theme.set_property(popup, "popup", True)
    for table in dialog.findChildren(QTreeView):
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.setItemDelegateForColumn(_SIZE, _Sizes(table))
    asking = dialog.parentWidget()
    before = None if asking is None else asking.window().focusWidget()
    # A menu bar has the keyboard for as long as it is chosen from.
    if before is not None and not isinstance(before, QMenuBar):
        dialog.rejected.connect(before.setFocus)
    dialog.resize(_WIDTH, _HEIGHT)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
    return dialog
