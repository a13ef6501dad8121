"""Follows tensors through a load: which of a model's have values of the checkpoint in the end, and which kept theirs.

That a load does not raise says little: a model's own load_state_dict, or a hook, may leave a key out or put a tensor of
the model's in its place. So each call of PyTorch's is looked at as it is made: what it returns and writes comes from
what it is given.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from typing import Any, Iterable, Iterator, Mapping  # noqa: UP035 - of Python 3.9, as all here

import torch
from torch.overrides import TorchFunctionMode

_OVERWRITES = {"copy_", "zero_", "fill_", "normal_", "uniform_", "set_"}
"""What is left of the first tensor after these is nothing."""
_NO_VALUES = {"__get__", "size", "dim", "numel", "nelement", "stride", "element_size", "__len__", "__hash__", "type"}
_NO_VALUES |= {"ndimension", "is_floating_point", "is_complex", "is_signed", "get_device", "storage_offset", "__repr__"}
_NO_VALUES |= {"is_contiguous", "has_names", "__setstate__", "__set__", "is_same_size", "data_ptr"}
"""What these return tells nothing of values."""
_LOAD, _LOAD_PART = torch.nn.Module.load_state_dict, torch.nn.Module._load_from_state_dict  # noqa: SLF001 - it is what people replace
_LOAD_NORM, _SET_EXTRA = torch.nn.BatchNorm2d._load_from_state_dict, torch.nn.Module.set_extra_state  # noqa: SLF001 - as above
"""As they are before the model file can replace them. A norm adds what older files lack."""
_DEEPEST = 4
_DEEPEST_GIVEN = 20


class Following(TorchFunctionMode):
    """What was made of what, while it is entered."""

    def __init__(self, model: torch.nn.Module, own: Mapping[str, torch.Tensor]) -> None:
        """Know the model's tensors.

        Args:
            model: That is loaded into.
            own: Its tensors, by their keys.
        """
        super().__init__()
        # Of each storage, the keys whose values may be in it; None for those that the model had itself.
        self._from: dict[int, frozenset[str | None]] = {}
        # One that were freed would give its number to another.
        self._kept: list[Any] = []
        # Following takes as long as loading does, and PyTorch alone copies what it is given, or leaves it.
        self.is_needed = not _is_loaded_by_torch(model, own)
        self._given: frozenset[str] = frozenset()
        self._before = {key: (self._place(value), _version(value)) for key, value in own.items()}
        self._written: set[int] = set()
        self._looked_at: set[str | None] = set()
        for place, _version_before in self._before.values():
            self._from[place] = frozenset([None])

    def know(self, given: Mapping[str, Any]) -> None:
        """Know what is handed over: tensors, and containers with tensors in them."""
        self._given = frozenset(given)
        for key, value in given.items():
            for each in _tensors(value, _DEEPEST_GIVEN):
                self._from[self._place(each)] = frozenset([key])

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's
        """Called in the place of every function of torch."""
        kwargs = kwargs or {}
        found = func(*args, **kwargs)
        with contextlib.suppress(Exception):  # what is looked at may be theirs, and raise anything
            self._note(func, args, kwargs, found)
        return found

    def _note(self, func: Any, args: Any, kwargs: Any, found: Any) -> None:  # noqa: ANN401 - as above
        name = getattr(func, "__name__", "")
        made = list(_tensors(found))
        writes = (name.endswith("_") and not name.startswith("__")) or name.startswith("__i") or "out" in kwargs
        writes = writes or name in ("__setitem__", "__set__")
        if not made and not writes and name in _NO_VALUES:
            return
        sources = [self._of(value) for value in _tensors((args, kwargs))]
        origin = frozenset().union(*sources)
        if writes:
            target = kwargs["out"] if "out" in kwargs else args[0]
            others = frozenset().union(*(self._of(each) for each in _tensors((args[1:], kwargs))))
            for value in _tensors(target):
                place = self._place(value)
                whole = name in _OVERWRITES and value.numel() * value.element_size() == value.untyped_storage().nbytes()
                self._written.add(place)
                self._from[place] = others if whole else self._of(value) | others
            return
        for value in made:
            # A view has its storage's.
            self._from[self._place(value)] = origin | self._of(value)
        if not made and found is not None:
            self._looked_at |= origin

    def _of(self, value: torch.Tensor) -> frozenset[str | None]:
        return self._from.get(self._place(value), frozenset())

    def _place(self, value: torch.Tensor) -> int:
        """A number that views of one storage share."""
        place: Any = value
        with contextlib.suppress(Exception):
            place = value.untyped_storage()
        self._kept.append(place)
        return id(value) if place is value else int(place._cdata)  # noqa: SLF001 - there is no other way to it

    def told(self, after: Mapping[str, Any]) -> dict[str, list[str]]:
        """What came of it.

        Args:
            after: The model's state_dict now.

        Returns:
            ``arrived``: keys of the model that have values of the checkpoint. ``unclear``: those of which it cannot be
            told. ``taken``: keys of the checkpoint whose values are in the model.
        """
        if not self.is_needed:
            copied = [
                key for key in self._given & self._before.keys() if _version(after.get(key)) != self._before[key][1]
            ]
            return {"arrived": copied, "unclear": [], "taken": copied}
        arrived: list[str] = []
        unclear: list[str] = []
        taken: set[str | None] = set()
        for key, value in after.items():
            if not isinstance(value, torch.Tensor):
                continue
            place = self._place(value)
            origin = self._from.get(place)
            if origin is not None and origin - {None}:
                arrived.append(key)
                taken |= origin - {None}
                continue
            before = self._before.get(key)
            is_the_same = before is not None and before[0] == place
            untouched = before is not None and before[1] == _version(value)
            has_its_own = origin and (not is_the_same or untouched or place in self._written)
            if not has_its_own or key in self._looked_at:
                unclear.append(key)
        return {"arrived": arrived, "unclear": unclear, "taken": sorted(each for each in taken if each is not None)}


def _is_loaded_by_torch(model: torch.nn.Module, own: Mapping[str, torch.Tensor]) -> bool:
    """Whether no code but PyTorch's own has a part in loading, nor a hook."""
    return (
        type(model).load_state_dict is _LOAD
        and not torch.__future__.get_swap_module_params_on_conversion()
        and all(type(value) in (torch.Tensor, torch.nn.Parameter) for value in own.values())
        and all(map(_has_no_part, model.modules()))
    )


def _has_no_part(module: torch.nn.Module) -> bool:
    kind = type(module)
    loads = kind._load_from_state_dict in (_LOAD_PART, _LOAD_NORM)  # noqa: SLF001 - as above
    hooks = module._load_state_dict_pre_hooks or module._load_state_dict_post_hooks  # noqa: SLF001 - as above
    replaced = {"load_state_dict", "_load_from_state_dict", "set_extra_state"} & vars(module).keys()
    return loads and not hooks and not replaced and kind.set_extra_state is _SET_EXTRA


def _version(value: Any) -> int | None:  # noqa: ANN401 - a tensor, or whatever stands there now
    with contextlib.suppress(Exception):
        return int(value._version)  # noqa: SLF001 - there is no other way to it
    return None


def _tensors(value: Any, deeper: int = _DEEPEST) -> Iterator[torch.Tensor]:  # noqa: ANN401 - what a function takes
    if isinstance(value, torch.Tensor):
        yield value
    elif deeper and type(value) in (list, tuple, dict, OrderedDict):
        inside: Iterable[Any] = value.values() if isinstance(value, dict) else value
        for each in inside:
            yield from _tensors(each, deeper - 1)
