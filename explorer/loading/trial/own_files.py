"""The user's own files, among all that is imported: they are compiled from what they say now, which is remembered."""

from __future__ import annotations

import hashlib
import os
import site
import stat
import sys
import types
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from pathlib import Path
from typing import Any

_INSTALLED = ("site-packages", "dist-packages")
_MOST_SOURCES = 1000
_MOST_BYTES = 16 << 20
_OF_THE_SYSTEM = tuple(
    {f"{folder}{os.sep}" for folder in (sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages())}
    | {"/proc/", "/sys/", "/dev/", "/usr/", "/etc/"}
)
_COMPILED = (*BYTECODE_SUFFIXES, *EXTENSION_SUFFIXES)


class OwnFiles:
    """Imports from the folders of the user's, which their environment may lie in too."""

    def __init__(self) -> None:
        """Be asked for every folder that Python has not looked in so far."""
        self._roots: list[str] = []
        self._hashes: dict[str, str] = {}
        self.has_large = False
        """One was read that is too large to be read again before every test."""
        self._others: set[str] = set()
        self._is_reading = False
        sys.path_hooks.insert(0, self._finder)

    def watch(self) -> None:
        """Remember what is read from now on, too: a model may be made by what its configuration says."""
        sys.addaudithook(self._hear)

    def leave(self, paths: list[str]) -> None:
        """Files that are read for the test itself."""
        self._others.update(paths)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called by Python for much of what is done, before it is."""
        if event != "open" or self._is_reading:
            return
        self._is_reading = True
        try:
            path, _mode, flags = arguments
            if isinstance(path, (str, bytes)) and not flags & (os.O_WRONLY | os.O_RDWR):
                self._remember(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - what is opened, links and all
        except Exception:  # noqa: BLE001, S110 - whoever opens it hears what is wrong with it
            pass
        finally:
            self._is_reading = False

    def _remember(self, path: str) -> None:
        if path in self._hashes or path in self._others or path.startswith(_OF_THE_SYSTEM):
            return
        facts = os.stat(path)  # noqa: PTH116 - as above
        if not stat.S_ISREG(facts.st_mode) or path.endswith(_COMPILED):
            return
        if facts.st_size > _MOST_BYTES:
            self.has_large = True
            return
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            self._hashes[path] = hashlib.sha256(stream.read()).hexdigest()

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
