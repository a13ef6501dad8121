"""What models leave behind in the process that made them: put back, or told.

A constructor counts its calls, fills a registry or sets the default dtype. The next model shall be as the first that
is made since the file was imported, as in the user's own program. So all that can be reached from the user's modules
is noted before the first, with what holds for the whole process and the functions of torch, which some replace.
"""

from __future__ import annotations

import sys

from .own_files import OwnFiles
from .packages import Packages
from .process_settings import Settings
from .reached import Reached


class LeftBehind:
    """The process as it was before the first model was made."""

    def __init__(self, own: OwnFiles) -> None:
        """Note it.

        Args:
            own: Whose modules are the user's.
        """
        self._own = own
        self._modules = dict(sys.modules)
        theirs = own.modules()
        self._settings, self._packages, self._reached = Settings(), Packages(theirs), Reached(theirs)

    def put_back(self) -> bool:
        """Put back what has changed; whether that was possible."""
        for name in self._own.modules().keys() - self._modules.keys():
            # It is run anew when it is imported again.
            del sys.modules[name]
        sys.modules.update(self._modules)
        settings = self._settings.put_back()
        return self._reached.put_back() and self._packages.unchanged() and settings
