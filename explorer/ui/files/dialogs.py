"""The dialogs that ask which file to open, and where to save."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QToolButton, QWidget

from explorer.ui import theme

PATTERNS: Final = "Checkpoints (*.pth *.pt *.bin *.ckpt *.safetensors *.tar *.jit *.index.json);;All files (*)"


def ask_what_to_open(
    parent: QWidget,
    folder: Path | None,
    chosen: Callable[[Path], None],
    several: Callable[[list[Path]], None] | None = None,
) -> QFileDialog:
    """Open a dialog that asks for a checkpoint.

    Args:
        parent: What the dialog belongs to.
        folder: Where it begins; None for where the program was started.
        chosen: Called with the path, if there is one.
        several: Called with the paths, if there are more; None where only one may be chosen.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    dialog = QFileDialog(parent, "Open a checkpoint", str(folder or ""), PATTERNS)
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


def ask_which_folder(parent: QWidget, folder: Path | None, chosen: Callable[[Path], None]) -> QFileDialog:
    """Open a dialog that asks for a folder with a sharded checkpoint.

    Args:
        parent: What the dialog belongs to.
        folder: Where it begins; None for where the program was started.
        chosen: Called with the path, if there is one.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    dialog = QFileDialog(parent, "Open the folder of a sharded checkpoint", str(folder or ""))
    # Without its files nobody can tell one folder from another.
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, on=False)
    return _opened(dialog, chosen)


def ask_where_to_save(
    parent: QWidget, title: str, folder: Path | None, name: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Open a dialog that asks where to save; it asks before it lets a file be replaced.

    Args:
        parent: What the dialog belongs to.
        title: Of the dialog.
        folder: Where it begins; None for where the program was started.
        name: Proposed; its ending is added to a name that has none.
        chosen: Called with the path, if there is one.

    Returns:
        The dialog, which is open already and deletes itself.
    """
    suffix = name.rpartition(".")[2]
    dialog = QFileDialog(parent, title, str(folder or ""), f"{suffix.upper()} (*.{suffix});;All files (*)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(name)
    return _opened(dialog, chosen)


def _opened(dialog: QFileDialog, chosen: Callable[[Path], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    for button in dialog.findChildren(QToolButton):
        # Its icons need the room that captions have.
        theme.set_property(button, "flat", True)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
    return dialog
