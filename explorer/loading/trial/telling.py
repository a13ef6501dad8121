"""What is said of an exception, for people."""

from __future__ import annotations

import traceback
import types
from pathlib import Path
from typing import Any

MOST_TRACEBACK = 20_000
_MOST_SAID = 2_000
_MOST_OF_A_NAME = 200
_HERE = Path(__file__).parent
_OURS = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")
_EXPRESSION = "<string>"


class Refused(Exception):  # noqa: N818 - a reason of ours, in words for people
    """Why the model is not even tried, as a sentence."""


def told(error: BaseException, lacking: str = "") -> dict[str, Any]:
    """What the application hears of an exception.

    Args:
        error: Any.
        lacking: A package without which the file's own was imported bare, or "".
    """
    package = error.name if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str) else None
    if lacking and isinstance(error, AttributeError) and _is_bare(getattr(error, "obj", None)):
        package = lacking
    return {"message": said(error)[:_MOST_SAID], "traceback": traceback_of(error)[-MOST_TRACEBACK:], "package": package}


def _is_bare(module: object) -> bool:
    """Whether it is a package whose __init__.py was left out, and with it what it defines."""
    return type(module) is types.ModuleType and module.__spec__ is None and "__path__" in module.__dict__


def traceback_of(error: BaseException) -> str:
    """Python's own words, without frames of ours and of import; "" where nothing of the user's is in them."""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    left: list[traceback.TracebackException | None] = [told]
    worth_reading = False
    while left:
        each = left.pop()
        if each is None:
            continue
        frames = [frame for frame in each.stack if not _is_ours(frame.filename)]
        each.stack = traceback.StackSummary.from_list(frames)
        of_a_file = getattr(each, "filename", None) not in (None, _EXPRESSION)
        worth_reading |= of_a_file or any(frame.filename != _EXPRESSION for frame in frames)
        left += [each.__cause__, each.__context__]
    return "".join(told.format()) if worth_reading else ""


def _is_ours(file: str) -> bool:
    return file in _OURS or Path(file).parent == _HERE


def said(error: BaseException) -> str:
    """What an exception says: with its class, unless it is a sentence of ours or of load_state_dict's."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the model file's own exceptions may raise in the middle of what they say
        text = "what it says could not be put into words"
    if isinstance(error, Refused) or (isinstance(error, RuntimeError) and text.startswith("Error(s) in loading")):
        return text
    return f"{class_name(error)}: {text[:MOST_TRACEBACK]}" if text else f"{class_name(error)}."


def class_name(value: object) -> str:
    """Of any value, not too long."""
    return type(value).__name__[:_MOST_OF_A_NAME]
