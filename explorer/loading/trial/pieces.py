"""Things that can change, each noted as its parts and put back: containers, classes, functions, tensors ..."""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import functools
import gc
import itertools
import pickle
import random
import types
import zlib
from collections import OrderedDict, defaultdict, deque
from operator import is_
from typing import Any, Callable  # noqa: UP035 - of Python 3.9, whose other one cannot be subscripted in full

import torch

_LARGEST = 100_000
"""Bytes of a tensor or an array that are compared; of larger tensors, whether torch has written into them."""

_CONTAINERS = (dict, list, set, tuple, frozenset, deque)
_WRAPPERS = (functools.partial, classmethod, staticmethod, property, types.MethodType, types.MappingProxyType)
_CACHED = type(functools.lru_cache(lambda: None))
_OPEN = (*_CONTAINERS, types.SimpleNamespace, argparse.Namespace, torch.nn.Module, types.FunctionType, _CACHED)
"""Of these also the ones that others have written are looked into."""
_OF_PYTHON = {"__dict__", "__weakref__", "__doc__", "__annotations__", "__annotations_cache__", "_abc_impl"}
"""Of a class, what Python fills in when it likes."""


class Piece:
    """The parts of one thing, and what it may have beside them."""

    def __init__(
        self,
        tell: Callable[[], list[Any]],
        put: Callable[[list[Any]], object] | None = None,
        state: Callable[[], Any] | None = None,
    ) -> None:
        """Note it.

        Args:
            tell: The parts, each of which is to be the same object.
            put: Puts them back; None where that cannot be.
            state: Something to compare; None where there is nothing.
        """
        self._tell, self._put, self._state = tell, put, state
        self.parts = tell()
        self._before = None if state is None else state()

    def put_back(self) -> bool:
        """Put it back if it has changed; whether it is now as it was."""
        if self._is_as_before():
            return True
        if self._put is None:
            return False
        with contextlib.suppress(Exception):
            self._put(self.parts)
        return self._is_as_before()

    def _is_as_before(self) -> bool:
        try:
            now = self._tell()
            same = len(now) == len(self.parts) and all(map(is_, now, self.parts))
            return same and (self._state is None or bool(self._state() == self._before))
        except Exception:  # noqa: BLE001 - a cell may be empty by now, and what is theirs may raise anything
            return False


def of_value(value: Any) -> Piece | None:  # noqa: ANN401 - anything
    """What a thing is in itself, beside its attributes; None where that cannot change, or cannot be told."""
    if type(value).__module__.startswith("numpy.random"):
        return _of_numpy(value)
    return next((make(value) for kinds, make in _MAKERS if isinstance(value, kinds)), None) or _of_bytes(value)


def of_attributes(value: Any, *, own: bool) -> list[Piece]:  # noqa: ANN401 - anything
    """The attributes of a thing.

    Args:
        value: It.
        own: Its class is the user's; of most others nothing is looked at, who fill in what they like.
    """
    if not own and not isinstance(value, _OPEN):
        return []
    attributes = getattr(value, "__dict__", None)
    pieces = [_of_container(attributes)] if type(attributes) is dict else []
    if own and (slots := _slots_of(type(value))):
        pieces.append(Piece(lambda: [getattr(value, slot, None) for slot in slots]))
    return pieces


def _of_container(value: Any) -> Piece:  # noqa: ANN401 - any of several
    if isinstance(value, dict):
        tell = functools.partial(_items, value)
        return Piece(tell, functools.partial(_fill, value) if type(value) in (dict, OrderedDict, defaultdict) else None)
    if type(value) is set:
        # It has no order that would be the same again.
        return Piece(lambda: sorted(value, key=id), functools.partial(_fill_anew, value))
    if type(value) in (list, deque):
        return Piece(lambda: list(value), functools.partial(_fill_anew, value))
    # Not by their own __iter__, where they are classes of somebody's.
    return Piece(functools.partial(gc.get_referents, value))


def _items(value: dict[Any, Any]) -> list[Any]:
    return [*dict.keys(value), *dict.values(value)]


def _fill(value: dict[Any, Any], parts: list[Any]) -> None:
    half = len(parts) // 2
    value.clear()
    value.update(zip(parts[:half], parts[half:]))  # noqa: B905 - of Python 3.10


def _fill_anew(value: Any, parts: list[Any]) -> None:  # noqa: ANN401 - of three kinds
    value.clear()
    (value.update if isinstance(value, set) else value.extend)(parts)


def of_class(value: type) -> Piece:
    """A class's own attributes."""
    before = _attributes(value)

    def tell() -> list[Any]:
        return [value.__bases__, *_items(_attributes(value))]

    def put(_parts: list[Any]) -> None:
        for name in vars(value).keys() - before.keys() - _OF_PYTHON:
            type.__delattr__(value, name)
        for name, each in before.items():
            if vars(value).get(name, put) is not each:
                type.__setattr__(value, name, each)

    return Piece(tell, put)


def _attributes(value: type) -> dict[str, Any]:
    return {name: each for name, each in sorted(vars(value).items()) if name not in _OF_PYTHON}


def _of_function(value: types.FunctionType) -> Piece:
    return Piece(lambda: [value.__code__, value.__defaults__, value.__kwdefaults__, value.__closure__])


def _of_cell(value: types.CellType) -> Piece:
    def put(parts: list[Any]) -> None:
        if parts:
            value.cell_contents = parts[0]
        else:
            del value.cell_contents

    return Piece(lambda: gc.get_referents(value), put)


def _of_wrapper(value: Any) -> Piece:  # noqa: ANN401 - any of several
    return Piece(lambda: gc.get_referents(value))


def _of_cached(value: Any) -> Piece:  # noqa: ANN401 - of functools.lru_cache
    """A function that remembers what it returned, which is forgotten if it remembered nothing before."""

    def forget(_parts: list[Any]) -> None:
        if not remembered:
            value.cache_clear()

    remembered = value.cache_info().currsize
    return Piece(lambda: [value.__wrapped__], forget, lambda: value.cache_info().currsize)


def _of_generator(value: Any) -> Piece:  # noqa: ANN401 - Python's or torch's
    if isinstance(value, random.Random):
        state = value.getstate()
        return Piece(list, lambda _: value.setstate(state), value.getstate)
    numbers = value.get_state()
    return Piece(list, lambda _: value.set_state(numbers), lambda: value.get_state().tolist())


def _of_numpy(value: Any) -> Piece:  # noqa: ANN401 - one of its generators of random numbers
    bits = getattr(value, "bit_generator", None) or getattr(value, "_bit_generator", value)
    state = bits.state

    def put(_parts: list[Any]) -> None:
        bits.state = state

    return Piece(list, put, lambda: pickle.dumps(bits.state))


def _of_tensor(value: torch.Tensor) -> Piece:
    def bits() -> Any:  # noqa: ANN401 - what can be compared
        with contextlib.suppress(Exception):
            if not value.is_meta and value.numel() * value.element_size() <= _LARGEST:
                own = value.detach().cpu().contiguous()
                return zlib.crc32(ctypes.string_at(own.data_ptr(), own.numel() * own.element_size()))
        return None

    def state() -> Any:  # noqa: ANN401 - as above
        version = None
        with contextlib.suppress(Exception):
            version = value._version  # noqa: SLF001 - there is no other way to it
        return version, value.requires_grad, tuple(value.shape), value.dtype, bits()

    return Piece(lambda: [value.grad] if value.is_leaf else [], None, state)


def _of_bytes(value: Any) -> Piece | None:  # noqa: ANN401 - anything
    """Of an array; None for what is none."""
    try:
        if memoryview(value).readonly:
            return None
    except TypeError:
        return None
    return Piece(list, None, lambda: zlib.crc32(memoryview(value).tobytes()))


def _slots_of(kind: type) -> list[str]:
    return [
        name
        for each in kind.__mro__
        for name, value in vars(each).items()
        if isinstance(value, types.MemberDescriptorType)
    ]


_MAKERS: list[tuple[Any, Callable[[Any], Piece]]] = [
    (_CONTAINERS, _of_container),
    (types.FunctionType, _of_function),
    (types.CellType, _of_cell),
    (_CACHED, _of_cached),
    (_WRAPPERS, _of_wrapper),
    ((random.Random, torch.Generator), _of_generator),
    (itertools.count, lambda value: Piece(list, None, lambda: repr(value))),
    (torch.Tensor, _of_tensor),
]
"""What is made a piece of, and how."""
