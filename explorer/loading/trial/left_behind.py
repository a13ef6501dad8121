"""What models leave behind in the process that made them: put back, or told.

A constructor counts its calls, fills a registry or sets the default dtype. The next model shall be as the first that
is made since the file was imported, as in the user's own program. So all that can be reached from the user's modules is
noted before the first, with what holds for the whole process; and torch's own functions, which some replace.
"""

from __future__ import annotations

import sys
import types
from operator import is_
from typing import Any

import torch

from .own_files import OwnFiles
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
        self._settings = Settings()
        self._modules = own.modules()
        self._foreign = _Foreign(self._modules)
        self._reached = Reached(self._modules)

    def put_back(self) -> bool:
        """Put back what has changed; whether that was possible."""
        for name, module in self._own.modules().items():
            if self._modules.get(name) is not module:
                # It is run anew when it is imported again.
                del sys.modules[name]
        for name, module in self._modules.items():
            sys.modules[name] = module
        settings = self._settings.put_back()
        return self._reached.put_back() and self._foreign.unchanged() and settings


class _Foreign:
    """The functions and classes of torch, Python and all other packages: whoever replaces one changes them for all."""

    def __init__(self, own: dict[str, types.ModuleType]) -> None:
        modules = [module for module in list(sys.modules.values()) if hasattr(module, "__dict__")]
        own_ids = {id(module) for module in own.values()}
        spaces = [vars(module) for module in modules if id(module) not in own_ids]
        classes = {
            value
            for module in modules
            if getattr(module, "__name__", "").startswith("torch.nn") or module is torch
            for value in vars(module).values()
            if isinstance(value, type)
        }
        self._spaces = [(space, dict(space)) for space in [*spaces, *map(vars, classes)]]
        hooks = vars(sys.modules["torch.nn.modules.module"])
        self._hooks = [
            (each, len(each)) for name, each in hooks.items() if name.startswith("_global_") and isinstance(each, dict)
        ]

    def unchanged(self) -> bool:
        """Whether none was replaced, and no hook for all modules is there that was not."""
        return all(len(hooks) == count for hooks, count in self._hooks) and not any(
            _replaced(now, before) for now, before in self._spaces
        )


def _replaced(now: Any, before: dict[str, Any]) -> bool:  # noqa: ANN401 - of a class it is no dict
    if len(now) == len(before) and all(map(is_, now.values(), before.values())):
        return False
    return any(
        callable(value) and now.get(name) is not value and not _wrapped_by_torch(now.get(name), value)
        for name, value in before.items()
    )


def _wrapped_by_torch(function: Any, before: object) -> bool:  # noqa: ANN401 - anything
    """As it does with some of its own once its compiler is imported."""
    by = str(getattr(function, "__globals__", {}).get("__name__"))
    return by.startswith("torch.") and getattr(function, "__wrapped__", None) is before
