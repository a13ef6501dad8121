"""The user's own files, among all that is imported: they are compiled from what they say now, which is remembered."""

from __future__ import annotations

import hashlib
import os
import sys
import types
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path

_INSTALLED = ("site-packages", "dist-packages")
_MOST_SOURCES = 1000


class OwnFiles:
    """Imports from the folders of the user's, which their environment may lie in too."""

    def __init__(self) -> None:
        """Be asked for every folder that Python has not looked in so far."""
        self._roots: list[str] = []
        self._hashes: dict[str, str] = {}
        sys.path_hooks.insert(0, self._finder)

    def add(self, folder: Path) -> None:
        """What is below a folder is the user's, but for what is installed there."""
        self._roots.append(f"{folder}{os.sep}")
        for known in [known for known in sys.path_importer_cache if self.has(known)]:
            del sys.path_importer_cache[known]

    def has(self, path: str) -> bool:
        """It is the user's: nobody edits what is installed."""
        path += os.sep
        return any(
            path.startswith(root) and not any(f"{os.sep}{name}{os.sep}" in path[len(root) - 1 :] for name in _INSTALLED)
            for root in self._roots
        )

    def loader(self, name: str, path: str) -> SourceFileLoader:
        """Runs a file of the user's."""
        return _OwnLoader(name, path, self._hashes)

    def modules(self) -> dict[str, types.ModuleType]:
        """Those of the user's that are imported, by their names in sys.modules."""
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and self.has(file):
                found[name] = module
        return found

    def sources(self) -> list[list[str]]:
        """Files that were run, and the SHA-256 of what each said then, in hexadecimal digits."""
        return [[path, digest] for path, digest in self._hashes.items()][:_MOST_SOURCES]

    def _finder(self, folder: str) -> FileFinder:
        if not self.has(folder):
            raise ImportError(folder)
        return FileFinder(folder, (ExtensionFileLoader, EXTENSION_SUFFIXES), (self.loader, SOURCE_SUFFIXES))  # type: ignore[arg-type]  # a function makes one too


class _OwnLoader(SourceFileLoader):
    """Writes no __pycache__ beside the user's files, and reads none.

    One counts as of this version of a file that has its size, and its time to the second.
    """

    def __init__(self, name: str, path: str, hashes: dict[str, str]) -> None:
        super().__init__(name, path)
        self._hashes = hashes

    def get_code(self, fullname: str) -> types.CodeType:
        """Compile what the file says."""
        path = self.get_filename(fullname)
        data = self.get_data(path)
        self._hashes[path] = hashlib.sha256(data).hexdigest()
        code: types.CodeType = self.source_to_code(data, path)
        return code
