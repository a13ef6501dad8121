"""Why something was not done, in words, whether the file or the program is to blame."""

import sys

from explorer.checkpoint.errors import CheckpointError
from explorer.devices.errors import DeviceError


def why(error: Exception) -> str:
    """Say why work failed.

    Args:
        error: A `CheckpointError` says it itself, and so does a `DeviceError`. Anything else is a mistake of the
            program, and is handed to `sys.excepthook`, as if nobody had caught it: there it is logged and told with
            its traceback.

    Returns:
        One sentence; where the program is to blame the kind of the error and its message.
    """
    if isinstance(error, CheckpointError):
        return error.sentence
    if isinstance(error, DeviceError):
        return str(error)
    sys.excepthook(type(error), error, error.__traceback__)
    return f"{type(error).__name__}: {error}."
