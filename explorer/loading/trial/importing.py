"""Imports the user's model file: alone, or as the part of a package that it is."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path

from .own_files import OwnFiles
from .telling import Refused

_ALIAS = "model_file_under_test"


def import_file(path: Path, own: OwnFiles) -> tuple[types.ModuleType, str]:
    """Import the user's file: under a name of ours, or as a part of the package that it stands in.

    Args:
        path: Of it.
        own: Told where the user's files are.

    Returns:
        The module, and the package that its own package's __init__.py lacks, without which it was imported, or "".
    """
    return _Importer(own).run(path)


class _Importer:
    def __init__(self, own: OwnFiles) -> None:
        self._own = own

    def run(self, path: Path) -> tuple[types.ModuleType, str]:
        folder, names = path.parent, [] if path.stem == "__init__" else [path.stem]
        if (folder / "__init__.py").is_file():
            return self._import_as_part(*_package_of(folder, names))
        self._look_in(folder)
        try:
            return self._execute_alone(path), ""
        except ImportError as error:
            if "no known parent package" not in str(error):
                raise
        # It imports relatively from a folder that is a package without saying so, maybe in another such.
        while True:
            names = [folder.name, *names]
            folder, names = _package_of(folder.parent, names)
            try:
                return self._import_as_part(folder, names)
            except ImportError as error:
                if "beyond top-level package" not in str(error) or folder == folder.parent:
                    raise
                _forget(names[0])

    def _execute_alone(self, path: Path) -> types.ModuleType:
        try:
            return self._execute(_ALIAS, path, None)
        except ModuleNotFoundError as error:
            # It may name the package that it stands in, which does not say that it is one.
            top = (error.name or "").split(".")[0]
            own = next((folder for folder in path.parents if folder.name == top), None)
            if not top or own is None or str(own.parent) in sys.path:
                raise
            self._look_in(own.parent)
        return self._execute(_ALIAS, path, None)

    def _look_in(self, folder: Path, package: str = "") -> None:
        installed = folder.name in ("site-packages", "dist-packages")
        self._own.add(folder / package if installed else folder)
        # Behind all others: a cuda.py in it would be taken for a part of torch.
        if str(folder) not in sys.path:
            sys.path.append(str(folder))

    def _import_as_part(self, folder: Path, names: list[str]) -> tuple[types.ModuleType, str]:
        self._look_in(folder, names[0])
        root = folder / names[0]
        known = sys.modules.get(names[0])
        # The package that is imported already may be this one, as torch is.
        if known is not None and root.resolve() not in [
            Path(each).resolve() for each in getattr(known, "__path__", ())
        ]:
            names = [_ALIAS, *names[1:]]
        try:
            return self._import_inside(root, names, run=True), ""
        except ModuleNotFoundError as error:
            _forget(names[0])
            try:
                module = self._import_inside(root, names, run=False)
            except Exception:  # noqa: BLE001 - the first reason is the one to tell
                raise error from None
            return module, error.name or "a package"

    def _import_inside(self, root: Path, names: list[str], *, run: bool) -> types.ModuleType:
        """Import a module of a package, wherever else a package of that name may be installed."""
        for depth in range(1, len(names) + 1):
            name, init = ".".join(names[:depth]), root.joinpath(*names[1:depth], "__init__.py")
            if name in sys.modules or (depth == len(names) and not init.is_file()):
                continue
            if run and init.is_file():
                self._execute(name, init, [str(init.parent)])
            else:
                bare = types.ModuleType(name)
                bare.__path__ = [str(init.parent)]
                sys.modules[name] = bare
        return importlib.import_module(".".join(names))

    def _execute(self, name: str, path: Path, search: list[str] | None) -> types.ModuleType:
        loader = self._own.loader(name, str(path)) if path.suffix == ".py" else None
        spec = importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=search)
        if spec is None or spec.loader is None:
            raise Refused("It is no Python file: its name does not end in .py.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module


def _forget(package: str) -> None:
    """Drop what was imported of a package."""
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


def _package_of(folder: Path, names: list[str]) -> tuple[Path, list[str]]:
    """Climb out of a package: the folder that its outermost folder stands in, and the names from there on."""
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        names = [folder.name, *names]
        folder = folder.parent
    return folder, names
