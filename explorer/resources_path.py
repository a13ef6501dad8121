"""Where the program's own files lie: icons, the example, the desktop file."""

from pathlib import Path


def resource(*parts: str) -> Path:
    """Find a file of the program, both installed and in a clone, where the folder stands beside ``explorer``.

    Args:
        parts: Below ``resources``: ``"icons", "open.svg"``.

    Returns:
        Where it is, or would be: nothing checks that it exists.
    """
    package = Path(__file__).resolve().parent
    installed = package / "resources"
    return (installed if installed.is_dir() else package.parent / "resources").joinpath(*parts)
