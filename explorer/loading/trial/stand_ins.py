"""What is handed over in the place of values that are not read: tensors without bytes, and things that nobody opens."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch

from .telling import Refused


def tensor(shape: list[int], dtype: str, device: str, odd: list[Any] | None = None) -> torch.Tensor:
    """Make a tensor without bytes of its own, in a storage of its own.

    Args:
        shape: Of it.
        dtype: Name of its dtype.
        device: ``meta`` or ``cpu``.
        odd: How it is kept, where that is no plain run of numbers: the layout, and what belongs to it.

    Raises:
        Refused: This torch makes none that is kept so.
    """
    if odd is None:
        try:
            return torch.zeros((), dtype=getattr(torch, dtype, torch.uint8), device=device).expand(shape)
        except (RuntimeError, NotImplementedError):  # packed ones cannot be made so
            return torch.zeros((), dtype=torch.uint8, device=device).expand(shape)
    try:
        return _odd_tensor(shape, getattr(torch, dtype), odd)
    except Exception as error:  # noqa: BLE001 - each version of torch refuses others, in its own way
        raise Refused(f"It cannot be tested with a tensor that is {odd[0]}: torch makes none here ({error}).") from None


def _odd_tensor(shape: list[int], dtype: torch.dtype, odd: list[Any]) -> torch.Tensor:
    layout, *facts = odd
    if layout == "quantized":
        scheme, scales, zero_points, axis = facts
        if axis is None:
            made = torch._empty_affine_quantized(  # noqa: SLF001 - the public ones take values
                shape, scale=scales[0], zero_point=int(zero_points[0]), dtype=dtype
            )
        else:
            kind = torch.float32 if "float" in scheme else torch.float64
            whole = torch.float32 if "float" in scheme else torch.int64
            made = torch._empty_per_channel_affine_quantized(  # noqa: SLF001 - as above
                shape,
                scales=torch.tensor(scales, dtype=kind),
                zero_points=torch.tensor(zero_points, dtype=whole),
                axis=axis,
                dtype=dtype,
            )
        return made
    if layout == "nested":
        return torch.nested.nested_tensor([torch.zeros(each, dtype=dtype) for each in (1, 2)])
    (stored,) = facts
    if layout == "sparse_coo":
        sparse = len(shape) - len(stored) + 1
        values = torch.zeros((0, *stored[1:]), dtype=dtype)
        return torch.sparse_coo_tensor(torch.zeros((sparse, 0), dtype=torch.int64), values, shape)
    if layout in ("sparse_bsr", "sparse_bsc"):
        block = stored[-2:]
        rows = shape[0] // block[0] if layout == "sparse_bsr" else shape[1] // block[1]
        ends, none = torch.zeros(rows + 1, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)
        values = torch.zeros((0, *block), dtype=dtype)
        return torch.sparse_compressed_tensor(ends, none, values, shape, layout=getattr(torch, layout))
    return torch.empty(shape, dtype=dtype, layout=getattr(torch, layout))


class Unread:
    """Makes things of a checkpoint that are no tensors and no plain values, and tells whether any was looked into."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def thing(self, key: str, kind: str) -> Any:  # noqa: ANN401 - an object that looks like any other from outside
        """Make an object whose class is called as the file says, and of which nothing else is known."""
        module, _, name = kind.rpartition(".")

        def look(*_args: object) -> Any:  # noqa: ANN401 - it returns nothing
            self.opened.append(key)
            raise TypeError(f"the {kind} under {key} was not read")

        def attribute(_self: object, asked: str) -> Any:  # noqa: ANN401 - it returns nothing
            if not asked.startswith("__torch"):
                self.opened.append(key)
            raise AttributeError(asked)

        members: dict[str, Any] = dict.fromkeys(_LOOKING, look)
        made = type(name, (), {**members, "__getattr__": attribute, "__module__": module or "builtins"})
        return made()

    def tree(self, key: str, written: list[Any], device: str) -> Any:  # noqa: ANN401 - of the file
        """Make a container with what is in it.

        Args:
            key: Under which it is handed over.
            written: ``["tensor", shape, dtype, odd]``, ``["torch.dtype", name]``, or the name of a type and what is in
                it, with its keys.
            device: Of its tensors.
        """
        kind, *rest = written
        if kind == "tensor":
            shape, dtype, odd = rest
            return tensor(shape, dtype, device, odd)
        if kind == "torch.dtype":
            return getattr(torch, rest[0])
        inside = [(name, self.tree(key, each, device)) for name, each in rest[0] or ()]
        if kind in ("dict", "OrderedDict"):
            return dict(inside) if kind == "dict" else OrderedDict(inside)
        if kind in ("list", "tuple"):
            values = [each for _name, each in inside]
            return values if kind == "list" else tuple(values)
        return self.thing(key, kind)


_LOOKING = (
    *(
        "__iter__",
        "__len__",
        "__getitem__",
        "__contains__",
        "__bool__",
        "__call__",
        "__array__",
        "__index__",
        "__int__",
    ),
    *("__float__", "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__"),
    *("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__setitem__", "__enter__", "__str__", "__neg__"),
)
