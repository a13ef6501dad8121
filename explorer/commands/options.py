"""What options of several commands are read from."""

import argparse
from pathlib import Path

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.options import device_problem
from explorer.keys.key_mapping import KeyMappingError, Rule


def rule(text: str) -> Rule:
    """Read ``REGEX=REPLACEMENT``.

    Raises:
        argparse.ArgumentTypeError: It makes no sense.
    """
    try:
        return Rule.parse(text)
    except KeyMappingError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None


def device(text: str) -> str:
    """Read the name of a device.

    Raises:
        argparse.ArgumentTypeError: PyTorch has none of that name.
    """
    problem = device_problem(text)
    if problem is not None:
        raise argparse.ArgumentTypeError(problem)
    return text


def absolute(path: Path) -> Path:
    """The whole path of a file.

    Raises:
        CheckpointError: The current folder is gone.
    """
    try:
        return path.absolute()
    except OSError:
        why = "the current folder is gone"
        raise CheckpointError("The file could not be found", why, "give its whole path", verdict="unreadable") from None
