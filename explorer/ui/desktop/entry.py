"""The desktop entry: how a desktop starts this installation of the program."""

import os
import sys
from pathlib import Path

from explorer.resources_path import resource

NAME = "checkpoint-explorer"
"""Of the program, its entry, its icon and the class of its windows: a desktop brings them together by this."""

_IN_QUOTES = str.maketrans({sign: f"\\{sign}" for sign in '"`$\\'})
_IN_VALUES = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def start_words(interpreter: Path | None = None) -> list[str]:
    """The words that start the program: its script beside the interpreter, else ``main.py`` of a clone.

    Args:
        interpreter: Which one; None for the one that runs.
    """
    interpreter = Path(sys.executable) if interpreter is None else interpreter
    script = interpreter.with_name(NAME)
    if script.is_file():
        return [str(script)]
    main = Path(__file__).resolve().parents[3] / "main.py"
    return [str(interpreter), *([str(main)] if main.is_file() else ["-P", "-m", "explorer"])]


def entry(words: list[str]) -> bytes:
    """The shipped entry for the program that these words start.

    Args:
        words: Program and arguments.
    """
    lines = resource(f"{NAME}.desktop").read_text("utf-8").splitlines()
    # GLib looks for the program before it makes % of %%.
    started = ["env", *words] if "%" in words[0] else words
    command = " ".join([*map(_quoted, started), "%F"]).translate(_IN_VALUES)
    # Where the program is gone, a desktop does not show the entry.
    changed = {"Exec": f"Exec={command}\nTryExec={words[0].translate(_IN_VALUES)}"}
    return os.fsencode("".join(f"{changed.get(line.partition('=')[0], line)}\n" for line in lines))


def _quoted(word: str) -> str:
    return '"' + word.replace("%", "%%").translate(_IN_QUOTES) + '"'
