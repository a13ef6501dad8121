"""Why something cannot be done on a device, as a sentence; and PyTorch's own words turned into one."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from explorer.formatting import nbytes, plain

_LONGEST: Final = 300
_NO_MEMORY: Final = ("out of memory", "can't allocate memory", "not enough memory")
"""How PyTorch says it where it raises a plain RuntimeError, as in ``c10/core/impl/alloc_cpu.cpp``."""


class DeviceError(Exception):
    """A device does not do what it was asked to; the message is a sentence for people."""


class OutOfMemoryError(DeviceError):
    """A device has too little room.

    Attributes:
        device: Its name.
        needed: Bytes.
        free: Bytes; None where the device does not tell.
    """

    def __init__(self, device: str, needed: int, free: int | None) -> None:
        self.device = device
        self.needed = needed
        self.free = free
        left = "it does not say how much is free" if free is None else f"{nbytes(free)} {_are(free)} free"
        super().__init__(f"{device} is out of memory: {nbytes(needed)} {_are(needed)} needed, and {left}.")


def _are(size: int) -> str:
    return "is" if size == 1 else "are"


@contextmanager
def translated(device: str, needed: int, free: Callable[[], int | None] = lambda: None) -> Iterator[None]:
    """Turn what PyTorch raises about a device into a `DeviceError`.

    Args:
        device: That works.
        needed: Bytes that it is to hold.
        free: Tells how many bytes it has for them, as far as that is known.

    Raises:
        DeviceError: In its place; `OutOfMemoryError` where that is what it says.
    """
    try:
        yield
    except MemoryError:
        raise OutOfMemoryError(device, needed, free()) from None
    except (RuntimeError, AssertionError) as error:
        # torch.OutOfMemoryError and torch.AcceleratorError are RuntimeErrors; a build without CUDA fails an assertion.
        if is_out_of_memory(error):
            raise OutOfMemoryError(device, needed, free()) from None
        raise DeviceError(f"{device} does not answer: {first_sentence(str(error))}") from None


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether an exception of PyTorch's says that there is no room."""
    said = str(error).casefold()
    return type(error).__name__ == "OutOfMemoryError" or any(words in said for words in _NO_MEMORY)


def first_sentence(said: str) -> str:
    """The first line of what a library said, with a full stop: the rest are hints for programmers."""
    line = plain(said.strip().partition("\n")[0], _LONGEST).rstrip(". ")
    return f"{line or 'it does not say why'}."


def let_go(error: BaseException) -> None:
    """Free what the calls that failed still hold: whoever shows an error keeps it, and tensors with it."""
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__
