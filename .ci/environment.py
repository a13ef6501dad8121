"""Makes the Python environment that the program runs in, once.

    python3 .ci/environment.py VENV [EXTRA ...]

A new environment gets the versions of constraints.txt. In one that stands already, whatever pyproject.toml allows is
kept, and only what is missing is installed; a torch that is new enough is never replaced. Where to install from is
pip's own setting (pip.conf, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS ...).
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
PINS = ROOT / "constraints.txt"
OLDEST_TORCH = (2, 6)
PYTHONS = ((3, 11), (3, 15))
"""The first Python that will do, and the first that will not."""

LIST_INSTALLED = """
import importlib.metadata, json
print(json.dumps([(found.metadata["Name"], found.version) for found in importlib.metadata.distributions()]))
"""


class Environment:
    """A virtual environment, and a note inside it of what was installed there for which state of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        self._note = folder / "checkpoint-explorer.json"
        note = json.loads(self._note.read_text("utf-8")) if self._note.exists() else {}
        self.made_here: bool = note.get("made_here", False)
        self._state: str = note.get("state", "")
        self._extras: list[str] = note.get("extras", [])

    def holds(self, state: str, extras: list[str]) -> bool:
        """Whether the project in this state was installed here, with these extras."""
        return self.python.exists() and state == self._state and set(extras) <= set(self._extras)

    def note(self, state: str, extras: list[str]) -> None:
        """Notes what was installed, for the next run."""
        extras_there = self._extras if state == self._state else []
        note = {"made_here": self.made_here, "state": state, "extras": sorted({*extras, *extras_there})}
        self._note.write_text(json.dumps(note), "utf-8")

    def make(self) -> None:
        """Makes the environment with the Python that runs this script."""
        if not PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
            sys.exit(f"Python 3.11 to 3.14 is needed, and {sys.executable} is {sys.version.split()[0]}: say PYTHON=...")
        say(f"Making {self.folder} with Python {sys.version.split()[0]}")
        run([sys.executable, "-m", "venv", str(self.folder)], f"{self.folder} could not be made")
        self.made_here = True
        self.note("", [])

    def installed(self) -> dict[str, str]:
        """The versions of all packages in it, by normalised name."""
        command = [str(self.python), "-c", LIST_INSTALLED]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # In the order of sys.path, so that of two copies the one that is imported comes first.
        return {normalised(name): version for name, version in reversed(json.loads(listing)) if name}

    def install(self, extras: list[str]) -> None:
        """Installs the project, editable, and what it needs."""
        installed = self.installed()
        torch = installed.get("torch")
        if torch is not None and torch_release(torch) < OLDEST_TORCH:
            sys.exit(
                f"{self.folder} has torch {torch}, and 2.6 or newer is needed: update it there, or leave out VENV."
            )
        if "pip" not in installed:
            run([str(self.python), "-m", "ensurepip"], f"{self.folder} has no pip")
        kept = {"torch"} & installed.keys() if self.made_here else installed.keys()
        pins = [pin for pin in PINS.read_text("utf-8").splitlines() if normalised(pin.partition("==")[0]) not in kept]
        say(f"Installing what the program needs into {self.folder}; PyTorch alone can take minutes")
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as constraints:
            constraints.write("\n".join(pins))
            constraints.flush()
            project = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
            pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
            quiet = [] if sys.stdout.isatty() else ["--quiet"]
            command = [*pip, *quiet, "--constraint", constraints.name, "--editable", project]
            run(command, "The packages could not be installed")


def normalised(name: str) -> str:
    """A package's name as it is compared: lower case, with dashes."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def torch_release(version: str) -> tuple[int, int]:
    """The first two numbers of torch's version."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def state_of_project() -> str:
    """A word for what is to be installed; the folder counts, since the installation points at it."""
    content = PROJECT.read_bytes() + PINS.read_bytes() + str(ROOT).encode()
    return hashlib.sha256(content).hexdigest()


def run(command: list[str], complaint: str) -> None:
    """Runs a command that prints what it has to say itself, and ends this script when it fails."""
    status = subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode
    if status:
        sys.exit(f"{complaint}: see above.")


def say(line: str) -> None:
    """Prints at once, before a command that prints for itself."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Makes and fills the environment that the command line names, as far as it is not."""
    environment = Environment(Path(sys.argv[1]).absolute())
    extras = sys.argv[2:]
    state = state_of_project()
    if environment.holds(state, extras):
        return
    if not environment.python.exists():
        environment.make()
    environment.install(extras)
    environment.note(state, extras)


if __name__ == "__main__":
    main()
