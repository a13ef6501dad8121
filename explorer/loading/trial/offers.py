"""Tells what in a model file can be tested: classes, functions that make models, and models."""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import functools
import inspect
import types
from typing import Any, Callable, Union  # noqa: UP035 - of Python 3.9, whose other one cannot be subscripted in full

import torch

from .telling import class_name

_WORDS = ("build", "create", "get", "make", "model", "net")
"""That a name says with that it makes a model."""


def offers(module: types.ModuleType) -> list[dict[str, Any]]:
    """What in a module can be tested: its classes, factories and instances, in its own order."""
    found: list[dict[str, Any]] = []
    for name, value in vars(module).items():
        if isinstance(value, torch.nn.Module):
            found.append({"name": name, "kind": "instance", "parameters": [], "of": class_name(value)})
        elif not callable(value) or getattr(value, "__module__", None) != module.__name__:
            continue
        elif isinstance(value, type):
            if issubclass(value, torch.nn.Module):
                found.append({"name": name, "kind": "class", "parameters": _parameters(value), "of": name})
        elif not name.startswith("_") and _makes_module(name, value):
            found.append({"name": name, "kind": "factory", "parameters": _parameters(value), "of": ""})
    return found


def _parameters(function: Callable[..., object]) -> list[dict[str, Any]]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    return [
        {
            "name": parameter.name,
            "kind": parameter.kind.name.lower(),
            "required": parameter.default is parameter.empty,
            "default": None if parameter.default is parameter.empty else _literal(parameter.default),
            "annotation": None if parameter.annotation is parameter.empty else _named(parameter.annotation),
        }
        for parameter in signature.parameters.values()
    ]


def _literal(value: object) -> str | None:
    """How a value is written in Python; None for what has no such form."""
    with contextlib.suppress(Exception):
        written = repr(value)
        ast.literal_eval(written)
        return written[:1000]
    return None


def _named(annotation: object) -> str:
    with contextlib.suppress(Exception):
        return annotation.__name__ if isinstance(annotation, type) else str(annotation)[:200]
    return ""


def _makes_module(name: str, function: Callable[..., object]) -> bool:
    """Whether a function makes a model: as its annotation says, or without one its name or what it returns.

    Args:
        name: Of the function.
        function: Which is not called.
    """
    returned = getattr(function, "__annotations__", {}).get("return")
    names = getattr(function, "__globals__", {})
    # Of a union, as with None, one part is enough; a list of models is none.
    origin = getattr(returned, "__origin__", None)
    parts = getattr(returned, "__args__", (returned,)) if origin in (None, Union) else (origin,)
    texts = [getattr(each, "__forward_arg__", each) for each in parts]
    types_named = [found for each in texts for found in (_meant_by(each, names) if isinstance(each, str) else [each])]
    if classes := [each for each in types_named if isinstance(each, type) and each is not type(None)]:
        return any(issubclass(each, torch.nn.Module) for each in classes)
    worded = any(word in name.lower().split("_") for word in _WORDS)
    return worded or (returned is None and _may_return_a_module(function, names))


def _meant_by(annotation: str, names: dict[str, Any]) -> list[Any]:
    """What an annotation that is a text names, as all are after ``from __future__ import annotations``."""
    found: list[Any] = []
    with contextlib.suppress(Exception):
        todo: list[ast.AST] = [ast.parse(annotation, mode="eval").body]
        for node in todo:
            if isinstance(node, ast.BinOp):
                todo += [node.left, node.right]
            elif isinstance(node, ast.Subscript):
                union = ast.unparse(node.value).rpartition(".")[2] in ("Optional", "Union")
                inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                todo += inside if union else [node.value]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                todo.append(ast.parse(node.value, mode="eval").body)
            elif isinstance(node, (ast.Name, ast.Attribute)):
                first, *rest = ast.unparse(node).split(".")
                found.append(functools.reduce(getattr, rest, names.get(first, getattr(builtins, first, None))))
    return found


def _may_return_a_module(function: Callable[..., object], names: dict[str, Any]) -> bool:
    """Whether a function names a class of modules, and returns something."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = [step.opname for step in dis.get_instructions(code)]
    returns = any(step == "RETURN_VALUE" and steps[n - 1] != "LOAD_CONST" for n, step in enumerate(steps) if n)
    named = [names.get(name) for name in code.co_names]
    named += [getattr(torch.nn, name, None) for name in code.co_names if "nn" in code.co_names]
    return returns and any(isinstance(each, type) and issubclass(each, torch.nn.Module) for each in named)
