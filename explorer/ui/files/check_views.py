"""Who shows what is found out about the file: connects a window's `FileCheck` with its panels."""

from typing import TYPE_CHECKING

from explorer.formatting import visible

if TYPE_CHECKING:
    from explorer.checkpoint.checksums import Checksums
    from explorer.ui.main_window import MainWindow


def follow_file_check(window: "MainWindow") -> None:
    """Have the panels of a window show what comes out, and lead to tensors and layers.

    Args:
        window: With its panels made.
    """
    check = window.file_check

    def show_storage(_changed: object = None) -> None:
        tensor = window.session.tensor
        storage = None if tensor is None else tensor.storage
        sharers = check.space.sharers.get(storage.number, ()) if check.space is not None and storage is not None else ()
        wrong = tensor is not None and check.checksums is not None and tensor.number in check.checksums.wrong_tensors
        window.histogram.lines.storage.show_tensor(window.session.checkpoint, tensor, sharers, wrong=wrong)

    def show_verified(checksums: "Checksums | None") -> None:
        window.layers.model.mark_wrong(frozenset() if checksums is None else checksums.wrong_tensors)
        if checksums is not None:
            window.checksum_dock.show()
            window.checksum_dock.raise_()
        show_storage()

    def show_failed(sentence: str) -> None:
        checkpoint = window.session.checkpoint
        name = "" if checkpoint is None else visible(checkpoint.path.name)
        window.messages.show_error(f"The checksums of {name} were not verified. {sentence}")

    def show_layer(key: str) -> None:
        if window.session.checkpoint is not None and window.session.checkpoint.chosen is not None:
            window.session.show_entry(window.session.checkpoint.chosen.path)
            window.layers.select_key(key)
            window.tabs.setCurrentWidget(window.layers)

    check.counted.connect(show_storage)
    check.verified.connect(show_verified)
    check.failed.connect(show_failed)
    window.session.selection_changed.connect(show_storage)
    window.histogram.lines.storage.chosen.connect(window.select_tensor)
    window.checksums.chosen.connect(window.select_tensor)
    window.space.tensor_chosen.connect(window.select_tensor)
    window.space.layer_chosen.connect(show_layer)
