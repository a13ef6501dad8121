"""Makes the model that is to be tested, on ``meta`` without memory or on the CPU."""

from __future__ import annotations

import contextlib
import copy
import gc
import types
import weakref
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from .telling import Refused, class_name

_FILLING = {"normal_", "uniform_", "bernoulli_", "exponential_", "random_", "erfinv_"}


class Making:
    """Makes models of one model file, and tells whether they are gone."""

    def __init__(self, module: types.ModuleType) -> None:
        """Nothing is made yet.

        Args:
            module: That the file is.
        """
        self.module = module
        self._made: list[weakref.ref[torch.nn.Module]] = []
        # What is there now is not looked through again for what may be freed.
        gc.freeze()

    def make(self, request: dict[str, Any], device: str) -> torch.nn.Module:
        """Make the model.

        Args:
            request: ``build``, an expression or None; ``name`` and ``args`` otherwise.
            device: ``meta`` or ``cpu``.

        Raises:
            Refused: It would be none.
        """
        if device == "meta":
            with torch.device("meta"), _Unfilled():
                made = self._construct(request)
        else:
            ready = self.ready(request)
            made = self._construct(request) if ready is None else _copy(ready)
        self._made.append(weakref.ref(made))
        return made

    def ready(self, request: dict[str, Any]) -> torch.nn.Module | None:
        """The model, where the file has made it itself."""
        found = None if request["build"] is not None else self._attribute(request["name"])
        return found if isinstance(found, torch.nn.Module) else None

    def all_gone(self) -> bool:
        """Free what was made; whether nothing holds a model any more."""
        gc.collect()
        gc.freeze()
        self._made = [made for made in self._made if made() is not None]
        return not self._made

    def _construct(self, request: dict[str, Any]) -> torch.nn.Module:
        if request["build"] is not None:
            made = eval(request["build"], vars(self.module))  # noqa: S307 - the user's own expression, in their own file
        else:
            arguments = request["args"]
            make = self._attribute(request["name"])
            if not callable(make):
                raise Refused(f"{request['name']} is no class or function, and no module.")
            made = make(**arguments) if isinstance(arguments, dict) else make(*arguments)
        if not isinstance(made, torch.nn.Module):
            raise Refused(f"It made a {class_name(made)}, which is no torch.nn.Module.")
        return made

    def _attribute(self, name: str) -> Any:  # noqa: ANN401 - whatever stands there
        found: Any = self.module
        for part in name.split("."):
            if not hasattr(found, part):
                raise Refused(f"The file has no {name}.")
            found = getattr(found, part)
        return found


class _Unfilled(TorchFunctionMode):
    """Leaves out filling tensors without memory with random values, of which they hold none.

    For ``normal_`` on meta alone, as in torch.nn.Embedding, torch imports 800 modules: more than half of its own time.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's
        """Called in the place of every function of torch."""
        kwargs = kwargs or {}
        fills = getattr(func, "__module__", None) == "torch.nn.init" or getattr(func, "__name__", None) in _FILLING
        first = args[0] if args else kwargs.get("tensor")
        if fills and isinstance(first, torch.Tensor) and first.is_meta:
            return first
        if func is torch.randn and kwargs.get("device") is None and kwargs.get("out") is None:
            return torch.empty(*args, **{name: value for name, value in kwargs.items() if name != "generator"})
        return func(*args, **kwargs)


def _copy(model: torch.nn.Module) -> torch.nn.Module:
    """A copy, so that each test begins with the values that the file gave it; itself where it cannot be copied."""
    try:
        return copy.deepcopy(model)
    except Exception:  # noqa: BLE001 - modules hold anything, also what refuses to be copied
        return model


def check_memory(nbytes: int, what: str) -> None:
    """Refuse what does not fit into the memory that is free.

    Args:
        nbytes: That are needed.
        what: Needs them, as a clause.

    Raises:
        Refused: There are less.
    """
    free = _free_memory()
    if free is not None and nbytes > free:
        raise Refused(f"{what}, and {nbytes:,} bytes are needed for it and {free:,} are free.")


def _free_memory() -> int | None:
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("MemAvailable:")))
    return None
