"""Installs the Debian packages that Qt needs and this machine lacks, and says so.

    python3 .ci/system_packages.py [test]

With `test`, also what draws windows where there is no screen. Where a package cannot be installed, one line says which
libraries are wanted, and the exit status is still 0: on other systems they come by other ways.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""What Qt loads, and the Debian package that brings it."""

TEST_PROGRAMS = {"xvfb-run": "xvfb", "xauth": "xauth"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


def can_load(library: str) -> bool:
    """Whether the dynamic linker finds `library`. Package names differ between releases; this does not."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_text_font() -> bool:
    """Whether there is a font to write labels in; a monospaced one alone would do for numbers only."""
    fonts = (font for folder in FONT_FOLDERS for font in Path(folder).expanduser().rglob("*.[to]t[cf]"))
    return any("mono" not in font.name.lower() for font in fonts)


def missing_packages(*, for_tests: bool) -> dict[str, str]:
    """What is wanted and not there: its own name, and the Debian package that brings it."""
    missing = {library: package for library, package in LIBRARIES.items() if not can_load(library)}
    if not has_text_font():
        missing["a font"] = "fonts-dejavu-core"
    if sys.prefix == sys.base_prefix and importlib.util.find_spec("ensurepip") is None:
        missing["ensurepip"] = "python3-venv"
    if for_tests:
        missing |= {program: package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)}
    return missing


def install(packages: list[str]) -> str | None:
    """Installs Debian packages, as root or through sudo.

    Returns:
        None, or why they could not be installed.
    """
    if shutil.which("apt-get") is None:
        return "there is no apt-get"
    as_root: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            return "that takes root or sudo"
        as_root = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    sys.stdout.write(f"Installing what Qt needs, through apt: {' '.join(packages)}\n")
    sys.stdout.flush()
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    # An index that cannot be brought up to date may still know the packages.
    subprocess.run([*apt, "update"], check=False, capture_output=True)
    command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode == 0:
        return None
    return (result.stderr.strip().splitlines() or [f"apt-get ended with {result.returncode}"])[-1]


def main() -> None:
    """Installs what is missing, or says what is."""
    missing = missing_packages(for_tests="test" in sys.argv[1:]) if sys.platform == "linux" else {}
    if not missing:
        return
    problem = install(sorted(set(missing.values())))
    if problem is not None:
        wanted = ", ".join(f"{name} ({package} on Debian)" for name, package in missing.items())
        sys.stdout.write(f"Wanted here, and not installed because {problem}: {wanted}\n")


if __name__ == "__main__":
    main()
