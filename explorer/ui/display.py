"""Whether a window could be shown, asked before Qt is: without a display, Qt ends the program on the spot."""

import ctypes
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 5.0
"""For a display on another machine, which may not answer at all."""


def why_no_display() -> str | None:
    """The reason that no window can be shown, as a clause; None where one can, or where Qt draws elsewhere."""
    if sys.platform != "linux":
        return None
    platforms = {name.partition(":")[0] for name in (os.environ.get("QT_QPA_PLATFORM") or "xcb;wayland").split(";")}
    if not platforms <= {"xcb", "wayland"}:
        return None
    x = os.environ.get("DISPLAY", "") if "xcb" in platforms else ""
    wayland = os.environ.get("WAYLAND_DISPLAY", "") if "wayland" in platforms else ""
    if not (x or wayland):
        return "there is no display"
    if (wayland and _wayland_answers(wayland)) or (x and _x_answers()):
        return None
    return f"the display {' or '.join(name for name in (wayland, x) if name)} cannot be reached"


def _wayland_answers(name: str) -> bool:
    address = Path(os.environ.get("XDG_RUNTIME_DIR", ""), name)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(os.fsencode(address))
        except OSError:
            return False
    return True


def _x_answers() -> bool:
    """Connect as Qt will: by the same library, so with the same address, authority and ways around."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # Qt says which library is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    answered = threading.Event()

    def ask() -> None:
        # It stays connected: a server that loses its only client starts anew, and Qt would meet it while it does.
        if xcb.xcb_connection_has_error(xcb.xcb_connect(None, None)) == 0:
            answered.set()

    thread = threading.Thread(target=ask, daemon=True)
    stderr = os.dup(2)
    try:
        # The library writes there what it thinks of a refusal.
        _point_stderr_at(os.open(os.devnull, os.O_WRONLY))
        thread.start()
        thread.join(PATIENCE_S)
    finally:
        _point_stderr_at(stderr)
    return answered.is_set()


def _point_stderr_at(descriptor: int) -> None:
    os.dup2(descriptor, 2)
    os.close(descriptor)
