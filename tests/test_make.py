"""Which environment `make PYTHON=...` takes."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "environment_of.py"
VERSION = "{}.{}".format(*sys.version_info)
SYSTEM = Path(sys.base_prefix, "bin", f"python{VERSION}")

pytestmark = pytest.mark.skipif(not SYSTEM.exists(), reason="needs the Python that the environment was made with")


def environment_of(python: str | Path, folder: Path) -> str:
    return subprocess.run([python, SCRIPT], cwd=folder, capture_output=True, text=True, check=True, timeout=30).stdout


def test_a_python_in_an_environment_means_that_one(tmp_path: Path) -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("needs to run in an environment")
    assert environment_of(sys.executable, tmp_path) == sys.prefix


def test_any_other_makes_the_first(tmp_path: Path) -> None:
    assert environment_of(SYSTEM, tmp_path) == ".venv"


@pytest.mark.parametrize("word", ["version", "version_info"])
def test_the_first_is_kept_for_its_version(word: str, tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    settings = tmp_path / ".venv" / "pyvenv.cfg"
    settings.write_text(f"home = /usr/bin\n{word} = {VERSION}.0\n")
    assert environment_of(SYSTEM, tmp_path) == ".venv"
    settings.write_text(f"home = /usr/bin\n{word} = {VERSION}9.0\n")
    assert environment_of(SYSTEM, tmp_path) == f".venv-{VERSION}"
