"""What holds for a whole process: the working folder, the environment, torch's default dtype, random numbers ..."""

from __future__ import annotations

import contextlib
import contextvars
import os
import random
import signal
import sys
import threading
import warnings
from typing import Any, Callable  # noqa: UP035 - of Python 3.9, whose other one cannot be subscripted in full

import torch


def _nothing(_before: Any) -> None:  # noqa: ANN401 - as all of them
    """What cannot be put back."""


def _put_environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


def _put_paths(before: list[str]) -> None:
    sys.path[:] = before


def _put_arguments(before: list[str]) -> None:
    sys.argv[:] = before


def _put_filters(before: list[Any]) -> None:
    warnings.filters[:] = before  # type: ignore[index]  # it is a list
    # Which filter fits is remembered until then.
    getattr(warnings, "_filters_mutated", lambda: None)()


def _deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _put_deterministic(before: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _modes() -> list[Any]:
    """Of torch's functions: the default device is one."""
    return [torch._C._get_function_stack_at(n) for n in range(torch._C._len_torch_function_stack())]  # noqa: SLF001


def _put_modes(before: list[Any]) -> None:
    if not before:
        torch.set_default_device(None)


def _torch_random() -> bytes:
    return bytes(torch.get_rng_state().tolist())


def _put_torch_random(before: bytes) -> None:
    torch.set_rng_state(torch.tensor(list(before), dtype=torch.uint8))


def _numpy_random() -> Any:  # noqa: ANN401 - numpy's own
    """None while nobody has imported it: it begins anywhere."""
    numpy = sys.modules.get("numpy.random")
    if numpy is None:
        return None
    name, keys, *rest = numpy.get_state()
    return name, keys.tobytes(), *rest


def _put_numpy_random(before: Any) -> None:  # noqa: ANN401 - as above
    numpy = sys.modules.get("numpy.random")
    if numpy is not None and before is not None:
        name, keys, *rest = before
        numpy.set_state((name, sys.modules["numpy"].frombuffer(keys, dtype="uint32"), *rest))


def _signals() -> list[Any]:
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]


def _umask() -> int:
    """It can only be told by setting it."""
    before = os.umask(0o077)
    os.umask(before)
    return before


def _of_module(name: str, tell: Callable[[Any], Any]) -> Callable[[], Any]:
    """Something that a module of Python's or NumPy tells; None while nobody has imported it."""

    def told() -> Any:  # noqa: ANN401 - of any
        module = sys.modules.get(name)
        return None if module is None else tell(module)

    return told


def _levels(logging: Any) -> Any:  # noqa: ANN401 - the module
    loggers = {name: each for name, each in logging.root.manager.loggerDict.items() if hasattr(each, "level")}
    every = {**loggers, "": logging.root}
    told = {
        name: (each.level, each.disabled, each.propagate, [*map(id, each.handlers)], [*map(id, each.filters)])
        for name, each in every.items()
    }
    # One that is new, and as all are, changes nothing.
    return logging.root.manager.disable, {name: each for name, each in told.items() if each != (0, False, True, [], [])}


def _context() -> dict[Any, int]:
    # Its own is of each module of Python's that has one.
    return {variable: id(value) for variable, value in contextvars.copy_context().items()}


_SETTINGS: list[tuple[Callable[[], Any], Callable[[Any], object]]] = [
    (os.getcwd, os.chdir),
    (lambda: dict(os.environ), _put_environment),
    (lambda: list(sys.path), _put_paths),
    (lambda: list(sys.argv), _put_arguments),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (lambda: list(warnings.filters), _put_filters),
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (_deterministic, _put_deterministic),
    (_modes, _put_modes),
    (random.getstate, random.setstate),
    (_torch_random, _put_torch_random),
    (_numpy_random, _put_numpy_random),
    (_signals, _nothing),
    (_umask, os.umask),
    (_of_module("decimal", lambda decimal: repr(decimal.getcontext())), _nothing),
    (_context, _nothing),
    (_of_module("logging", _levels), _nothing),
    (_of_module("numpy", lambda numpy: repr(numpy.get_printoptions())), _nothing),
    (_of_module("torch._tensor_str", lambda module: repr(vars(module.PRINT_OPTS))), _nothing),
    (_of_module("atexit", lambda atexit: atexit._ncallbacks()), _nothing),  # noqa: SLF001 - there is no other way to it
    (_of_module("copyreg", lambda copyreg: len(copyreg.dispatch_table)), _nothing),
    (_of_module("locale", lambda locale: locale.setlocale(locale.LC_ALL)), _nothing),
    (lambda: [id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)], _nothing),
    (sys.getswitchinterval, sys.setswitchinterval),
    (threading.enumerate, _nothing),
]
"""How each is told, and put back."""


class Settings:
    """All of them that can be told, as they were."""

    def __init__(self) -> None:
        told = [(tell, put, _told(tell)) for tell, put in _SETTINGS]
        self._before = [(tell, put, before) for tell, put, before in told if before is not None]

    def put_back(self) -> bool:
        """Put back what has changed; whether that was possible."""
        for tell, put, before in self._before:
            if _told(tell) != before:
                with contextlib.suppress(Exception):
                    put(before)
        # One may depend on another.
        return all(_told(tell) == before for tell, _put, before in self._before)


def _told(tell: Callable[[], Any]) -> Any:  # noqa: ANN401 - of any
    try:
        return tell()
    except Exception:  # noqa: BLE001 - a folder may be gone, a function replaced
        return None
