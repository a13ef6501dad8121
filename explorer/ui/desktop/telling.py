"""Adds the program to the desktop of this user or takes it out, and says what was done."""

from pathlib import Path

from explorer.formatting import visible
from explorer.ui.desktop.entry import start_words
from explorer.ui.desktop.installing import DesktopError, Done, data_folder, install, uninstall, why_not_here

_TYPES = ".pth, .pt, .ckpt, .pth.tar and .safetensors"


def install_here() -> str:
    """Add it.

    Raises:
        DesktopError: It was not added.
    """
    if (why := why_not_here()) is not None:
        raise DesktopError(f"Nothing was added to the desktop: {why}.")
    # Without a desktop to add it to, Qt is not needed to say so.
    from explorer.ui.desktop.files import desktop_files  # noqa: PLC0415

    folder = data_folder()
    try:
        done = install(folder, desktop_files(start_words()))
    except DesktopError as error:
        raise DesktopError(f"Nothing was added to the desktop: {error}.") from None
    said = [
        f"Checkpoint Explorer is in the menu now, and under “Open with” of {_TYPES}.",
        *_told(folder, "Written", done),
    ]
    return "\n".join([*said, "checkpoint-explorer --uninstall-desktop takes it out again."])


def uninstall_here() -> str:
    """Take it out.

    Raises:
        DesktopError: It was not taken out, or not all of it.
    """
    if (why := why_not_here()) is not None:
        raise DesktopError(f"Nothing was taken out of the desktop: {why}.")
    folder = data_folder()
    try:
        done = uninstall(folder)
    except DesktopError as error:
        raise DesktopError(f"Not all was taken out of the desktop: {error}.") from None
    if not done.files and not done.left:
        return f"Nothing in {visible(str(folder))} was written by Checkpoint Explorer."
    return "\n".join(["Checkpoint Explorer is out of the menu.", *_told(folder, "Removed", done)])


def _told(folder: Path, what: str, done: Done) -> list[str]:
    lines = [f"{what} in {visible(str(folder))}:", *(f"  {path}" for path in done.files)]
    lines += [f"Left, because it was changed since: {path}" for path in done.left]
    if done.updated:
        lines.append(f"Brought up to date by {', '.join(done.updated)}.")
    return lines
