"""What models change in Python, torch and other packages: whoever replaces a function there changes it for all."""

from __future__ import annotations

import sys
from operator import is_
from typing import Any, Mapping  # noqa: UP035 - of Python 3.9, as all here

import torch

_FILL_IN = ("torch", "torchgen", "functorch", "triton", "numpy", "sympy", "mpmath", "networkx")
"""Packages that put variables of their own in place as they are used, as Python's library does."""


_SIMPLE = (bool, int, float, str, bytes, type(None))


class Packages:
    """Their variables, classes and hooks, as they were."""

    def __init__(self, own: Mapping[str, Any]) -> None:
        """Note them.

        Args:
            own: Modules that are the user's, by name: not these.
        """
        theirs = {id(module) for module in own.values()}
        self._watched: list[_Watched] = []
        self._counts: list[tuple[Any, int]] = []
        for module in list(sys.modules.values()):
            space = getattr(module, "__dict__", None)
            if type(space) is not dict or id(module) in theirs:
                continue
            name, file = str(space.get("__name__")), space.get("__file__")
            installed = isinstance(file, str) and "site-packages" in file
            all_of_it = installed and name.split(".", maxsplit=1)[0] not in _FILL_IN
            self._watched.append(_Watched(space, all_of_it=all_of_it))
            if all_of_it or name.startswith("torch.nn") or module is torch:
                classes = (value for value in space.values() if isinstance(value, type) and value.__module__ == name)
                self._watched += [_Watched(vars(each), all_of_it=all_of_it) for each in classes]
            if all_of_it or name == "torch.nn.modules.module":
                containers = (value for value in space.values() if isinstance(value, (dict, list, set)))
                self._counts += [(each, len(each)) for each in containers]

    def unchanged(self) -> bool:
        """Whether nothing was replaced, and nothing registered."""
        return all(len(each) == count for each, count in self._counts) and all(
            each.unchanged() for each in self._watched
        )


class _Watched:
    """The variables of a module or class."""

    def __init__(self, space: Mapping[str, Any], *, all_of_it: bool) -> None:
        """Note them.

        Args:
            space: As it is kept up to date.
            all_of_it: Any other value of one counts, and not only another function or class.
        """
        self._space, self._before, self._all = space, dict(space), all_of_it

    def unchanged(self) -> bool:
        """Whether they are what they were, but for what its package fills in itself."""
        if len(self._space) == len(self._before) and all(map(is_, self._space.values(), self._before.values())):
            return True
        added = [(name, self._space[name]) for name in list(self._space) if name not in self._before]
        return not any(self._is_replaced(name, value) for name, value in self._before.items()) and not any(
            _is_put_there(name, value) for name, value in added
        )

    def _is_replaced(self, name: str, value: object) -> bool:
        now = self._space.get(name)
        counts = self._all or callable(value) or (isinstance(now, _SIMPLE) and not name.startswith("_"))
        return now is not value and counts and not _wrapped_by_torch(now, value)


def _is_put_there(name: str, value: object) -> bool:
    """Whether a new variable is none that Python or the package puts there itself, as a part that is imported late."""
    return not name.startswith("_") and isinstance(value, (*_SIMPLE, list, dict, set, tuple))


def _wrapped_by_torch(function: Any, before: object) -> bool:  # noqa: ANN401 - anything
    """As it does with some of its own once its compiler is imported."""
    by = str(getattr(function, "__globals__", {}).get("__name__"))
    return by.startswith("torch.") and getattr(function, "__wrapped__", None) is before
