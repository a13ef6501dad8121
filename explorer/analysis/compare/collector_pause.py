"""Keeps Python's garbage collector away from work that makes many objects and no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 10_000


@contextmanager
def collector_paused(objects: int) -> Iterator[None]:
    """Let nothing be collected meanwhile; what is made is kept out of later collections, as long as there is a lot.

    The collector would look through all of it again and again, on whichever thread, and the window would stand still.

    Args:
        objects: How many are made, about.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if objects >= _MANY:
            gc.freeze()
        if was_on:
            gc.enable()
