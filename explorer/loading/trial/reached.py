"""All that can be reached from the user's modules, as it was: variables, classes, closures, containers, tensors."""

from __future__ import annotations

import collections.abc
import gc
import io
import sys
import types
from typing import Any

import torch

from .pieces import Piece, of_attributes, of_class, of_value

_MOST = 50_000
"""Objects that are looked at; a file that has more is not trusted to be as it was."""
_PLAIN = (
    types.ModuleType,
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    range,
    types.CodeType,
    torch.dtype,
    torch.device,
)


class Reached:
    """What it was, in pieces that can each be put back."""

    def __init__(self, modules: dict[str, types.ModuleType]) -> None:
        """Look at everything.

        Args:
            modules: The user's, by name.
        """
        self._own = set(modules) | {module.__name__ for module in modules.values()}
        self._pieces: list[Piece] = []
        self._is_known = True
        self._seen: dict[int, Any] = {}
        # All that the modules of others hold is left alone.
        theirs = {id(module) for module in modules.values()}
        others = [module for module in list(sys.modules.values()) if id(module) not in theirs]
        self._not_theirs = {id(other.__dict__) for other in others if hasattr(other, "__dict__")}
        # Half of the time goes into looking for garbage, of which there is none.
        collects = gc.isenabled()
        gc.disable()
        try:
            self._look_at([vars(module) for module in modules.values()])
        finally:
            if collects:
                gc.enable()

    def _look_at(self, todo: list[Any]) -> None:
        while todo:
            value = todo.pop()
            if isinstance(value, _PLAIN) or id(value) in self._seen or id(value) in self._not_theirs:
                continue
            if len(self._seen) >= _MOST:
                self._is_known = False
                break
            self._seen[id(value)] = value
            for piece in self._pieces_of(value):
                self._pieces.append(piece)
                todo += piece.parts

    def put_back(self) -> bool:
        """Put back what has changed; whether that was possible, and all is known."""
        found = [piece.put_back() for piece in self._pieces]
        return all(found) and self._is_known

    def _pieces_of(self, value: Any) -> list[Piece]:  # noqa: ANN401 - whatever stands there
        if isinstance(value, type):
            return [of_class(value)] if value.__module__ in self._own else []
        own = type(value).__module__ in self._own
        found = of_value(value)
        if found is None and not own and _is_iterator(value):
            # Nobody can tell where it is.
            self._is_known = False
        return [*([] if found is None else [found]), *of_attributes(value, own=own)]


def _is_iterator(value: Any) -> bool:  # noqa: ANN401 - anything
    return isinstance(value, collections.abc.Iterator) and not isinstance(value, io.IOBase)
