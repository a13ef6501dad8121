"""All that can be reached from the user's modules, as it was: variables, classes, closures, containers, tensors."""

from __future__ import annotations

import collections
import decimal
import enum
import fractions
import gc
import io
import logging
import pathlib
import sys
import types
import weakref
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
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

_Fields = collections.namedtuple("_Fields", "one")  # noqa: PYI024 - for the class of what stands in it
_FIXED = (
    *(types.BuiltinMethodType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType),
    *(types.GetSetDescriptorType, types.MemberDescriptorType, types.ClassMethodDescriptorType),
    *(type(Ellipsis), type(NotImplemented), slice, types.GenericAlias, logging.Logger, logging.LoggerAdapter),
    *(pathlib.PurePath, enum.Enum, decimal.Decimal, fractions.Fraction, weakref.ref, torch.layout),
    *(torch.memory_format, torch.finfo, torch.iinfo, torch.Size, io.TextIOWrapper),
    *(SourceFileLoader, ExtensionFileLoader, torch.jit.ScriptFunction, type(_Fields.one)),
)
"""What holds for a logger is among the settings of the process."""
_FIXED_MODULES = {
    *("typing", "re", "datetime", "dataclasses", "inspect", "__future__", "importlib.machinery", "abc", "_abc"),
    *("_frozen_importlib", "_frozen_importlib_external", "_sitebuiltins", "string", "uuid", "zoneinfo", "operator"),
    *("torch._ops", "torch._C", "types", "ast", "numpy", "numpy.dtypes", "warnings", "typing_extensions", "enum"),
}


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
        if found is None and not own and not _cannot_change(value):
            if not _is_python_s(type(value)):
                # Nobody can tell what is in it.
                self._is_known = False
                return []
            own = True
        return [*([] if found is None else [found]), *of_attributes(value, own=own)]


def _cannot_change(value: Any) -> bool:  # noqa: ANN401 - anything
    """Whether a thing is as it will be, or holds only what Python fills in."""
    if isinstance(value, types.BuiltinFunctionType):
        # One of a list, say, is a way to it.
        return value.__self__ is None or isinstance(value.__self__, (types.ModuleType, type, *_PLAIN))
    return isinstance(value, _FIXED) or type(value).__module__ in _FIXED_MODULES


def _is_python_s(kind: type) -> bool:
    """Whether all that an instance holds is in its attributes: its class is written in Python, and no base is not."""
    first = (each for each in kind.__mro__ if each.__bases__ == (object,))
    return all("__weakref__" in vars(each) or "__slots__" in vars(each) for each in first)
