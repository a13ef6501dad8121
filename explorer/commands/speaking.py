"""How commands answer: on stdout, on stderr in one line, and by their exit status."""

import io
import os
import sys
from pathlib import Path
from typing import Final

from explorer import formatting

DONE, FOUND, NOT_DONE = 0, 1, 2
"""Exit statuses, as COMMANDS in the README lists them."""

WIDTH: Final = 100
"""Characters of a line of text, where there is a choice."""


def complain(sentence: str) -> None:
    """Say on stderr, in one line, why something was not done."""
    # Without a stderr, print would take stdout.
    if sys.stderr is not None:
        print(one_line(sentence), file=sys.stderr)  # noqa: T201 - a command speaks


def write(text: str) -> int:
    """Print an answer; returns the exit status that this alone would give."""
    try:
        print(text, flush=True)  # noqa: T201 - as above
    except OSError as error:
        # Python must not try again, and complain of that, at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return DONE  # whoever read the answer has enough of it
        complain(f"The answer could not be written: {error.strerror}.")
        return NOT_DONE
    return DONE


def be_lenient(*streams: object) -> None:
    """Let a terminal that knows no "×" show an escape instead of a traceback."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def about(path: Path, sentence: str) -> str:
    """Begin a sentence with the name of the file that it is about."""
    return f"{formatting.visible(path.name or str(path))}: {sentence}"


def one_line(text: str) -> str:
    """A text in which everything can be seen, on one line."""
    return formatting.plain(text).replace("\n", " ").replace("\t", " ")
