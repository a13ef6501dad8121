"""Which program this is and what it runs on."""

import sys
from functools import cache

import PySide6
from PySide6.QtCore import qVersion

from explorer import __version__


def versions() -> list[str]:
    """A line for the program and for each thing it runs on."""
    import platform  # noqa: PLC0415 - a start needs none of this

    # Importing PyTorch takes seconds, and the window needs it only for some of its work.
    torch = sys.modules.get("torch")
    not_loaded = "" if torch is not None else ", not loaded yet"
    found = {
        "Python": platform.python_version(),
        "PySide6": PySide6.__version__,
        "Qt": qVersion() or "unknown",
        "pyqtgraph": _installed("pyqtgraph"),
        "NumPy": _installed("numpy"),
        "PyTorch": f"{getattr(torch, '__version__', None) or _installed('torch')}{not_loaded}",
        "System": platform.platform(terse=True),
    }
    return [f"Checkpoint Explorer {__version__}", *(f"{name:<10} {version}" for name, version in found.items())]


@cache
def _installed(package: str) -> str:
    from importlib import metadata  # noqa: PLC0415 - it brings all that reads letters

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
