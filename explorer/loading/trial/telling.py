"""What is said of an exception, for people."""

from __future__ import annotations

import traceback
from typing import Any

MOST_TRACEBACK = 20_000
_MOST_SAID = 2_000
_MOST_OF_A_NAME = 200


class Refused(Exception):  # noqa: N818 - a reason of ours, in words for people
    """Why the model is not even tried, as a sentence."""


def told(error: BaseException) -> dict[str, Any]:
    """What the application hears of an exception."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    package = error.name if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str) else None
    return {"message": said(error)[:_MOST_SAID], "traceback": text[-MOST_TRACEBACK:], "package": package}


def said(error: BaseException) -> str:
    """What an exception says: with its class, unless it is a sentence of ours or of load_state_dict's."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the model file's own exceptions may raise in the middle of what they say
        text = "what it says could not be put into words"
    if isinstance(error, Refused) or (isinstance(error, RuntimeError) and text.startswith("Error(s) in loading")):
        return text
    return f"{class_name(error)}: {text[:MOST_TRACEBACK]}"


def class_name(value: object) -> str:
    """Of any value, not too long."""
    return type(value).__name__[:_MOST_OF_A_NAME]
