"""Tells whether two runs of bytes are the same, at the speed of memory and without a copy."""

import ctypes
import sys
from functools import cache

import numpy as np
from numpy.typing import NDArray


def same_bytes(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Compare two contiguous arrays of uint8; the interpreter is free meanwhile."""
    if a.size != b.size:
        return False
    # NumPy would make an array of booleans first, and bytes objects would be compared with the interpreter locked.
    return a.size == 0 or _memcmp()(a.ctypes.data, b.ctypes.data, a.size) == 0


@cache
def _memcmp() -> "ctypes._NamedFuncPointer":
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    function = library.memcmp
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    function.restype = ctypes.c_int
    return function
