"""Keeps PySide from reading the source of all that is imported after it.

It looks in each module for its own name, to know where its ``from __feature__ import`` may hold, which nothing here
says. What it reads stays in memory, line by line: a sixth of a window's, and 40 MB more once PyTorch is imported, which
takes half as long again.
"""

import linecache
import sys
from typing import Any


def leave_sources_unread() -> None:
    """Have PySide take every module that is imported from now on for one without features.

    Nothing happens where PySide is not imported yet, or asks in another way.
    """
    features: Any = sys.modules.get("shibokensupport.feature")
    if hasattr(features, "_mod_uses_pyside"):
        features._mod_uses_pyside = _uses_no_features  # noqa: SLF001 - no public way
        linecache.clearcache()


def _uses_no_features(_module: object) -> bool:
    return False
