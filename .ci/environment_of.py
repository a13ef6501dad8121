"""Says which environment a Python stands for: `make PYTHON=...` asks, with that Python.

One inside an environment means that one. Any other means .venv, or, where .venv is of another version, one beside it:
so several versions can be tried in turns, as by `make test PYTHON=python3.13`.
"""

import sys
from pathlib import Path


def environment() -> str:
    """The folder that it is in, or will be."""
    if sys.prefix != sys.base_prefix or Path(sys.prefix, "conda-meta").is_dir():
        return sys.prefix
    version = ".".join(map(str, sys.version_info[:2]))
    try:
        lines = Path(".venv", "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ".venv"
    there = dict(line.split(" = ", 1) for line in lines if " = " in line)
    # Not every tool that makes environments writes the same word.
    found = there.get("version", there.get("version_info", ""))
    return ".venv" if f"{found}.".startswith(f"{version}.") else f".venv-{version}"


if __name__ == "__main__":
    sys.stdout.write(environment())
