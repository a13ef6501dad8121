"""The program as a user installs it: from the wheel and from the source archive, away from the clone.

An "empty" environment here is a new virtual environment with the packages that pyproject.toml asks for, those that
these ask for, and nothing else: no extras, no tools of the tests, no pip, no clone on its path. Those packages are not
installed again, which would fetch gigabytes; links lead to the copies that the tests run with. So this shows that the
program is whole and that nothing undeclared is imported, and not that the versions named can be had.
"""

import email
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MADE_BY_SETUPTOOLS = {"PKG-INFO", "setup.cfg"}
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links cannot be made by everybody there")


def run(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def sources() -> list[PurePosixPath]:
    """What belongs to the project, also where it was not added to git yet."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs a clone, and git")
    listed = run(git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout.split("\0")
    return [PurePosixPath(name) for name in listed if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(sources: list[PurePosixPath], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source archive, a wheel, and the wheel that pip would make of the source archive."""
    folder = tmp_path_factory.mktemp("build")
    clone = folder / "clone"
    for source in sources:
        (clone / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / source, clone / source)
    run(sys.executable, "-W", "error", "-c", BUILD, "build_sdist", folder / "sdist", cwd=clone)
    (sdist,) = (folder / "sdist").iterdir()
    run(sys.executable, "-W", "error", "-c", BUILD, "build_wheel", folder / "wheel", cwd=clone)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    run(sys.executable, "-W", "error", "-c", BUILD, "build_wheel", folder / "wheel of sdist", cwd=unpacked)
    (wheel,), (wheel_of_sdist,) = (folder / "wheel").iterdir(), (folder / "wheel of sdist").iterdir()
    return {"sdist": sdist, "wheel": wheel, "wheel of sdist": wheel_of_sdist}


def needed(name: str, extras: frozenset[str] = frozenset(), seen: set[str] | None = None) -> Iterator[Distribution]:
    """The packages that one asks for, those that these ask for, and so on, as far as they are wanted here."""
    seen = set() if seen is None else seen
    found = distribution(name)
    for requirement in map(Requirement, found.requires or ()):
        marker = requirement.marker
        wanted = marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras})
        if wanted and requirement.name.lower() not in seen:
            seen.add(requirement.name.lower())
            try:
                yield distribution(requirement.name)
            except PackageNotFoundError:
                continue  # whoever asks for it does without
            yield from needed(requirement.name, frozenset(requirement.extras), seen)


def empty_environment(folder: Path) -> Path:
    """Make one; returns its folder of packages."""
    venv.EnvBuilder(symlinks=True).create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for package in needed("checkpoint-explorer"):
        tops = {file.parts[0] for file in package.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            if not (packages / top).exists():
                (packages / top).symlink_to(Path(str(package.locate_file(top))).resolve())
    return packages


@pytest.fixture(scope="module", params=["wheel", "wheel of sdist"])
def installed(request: pytest.FixtureRequest, built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the program and what it asks for."""
    folder = tmp_path_factory.mktemp("environment of mine")
    packages = empty_environment(folder)
    assert not any(packages.glob("*checkpoint_explorer*"))
    options = ("--isolated", "--disable-pip-version-check", "--no-deps", "--no-index")
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
    run(*pip, "install", *options, built[request.param], cwd=folder)
    return folder


def test_the_installed_program_draws_its_example(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "checkpoint-explorer"
    done = run(program, "--example", "--screenshot", "out.png", "--select", "stem.conv.weight", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("", "")
    image = QImage(str(tmp_path / "out.png"))
    assert (image.width(), image.height()) == (1280, 800)
    seen = {image.pixel(x, y) for x in range(0, 1280, 4) for y in range(0, 800, 4)}
    assert len(seen) > 20


def test_the_installed_program_answers_from_its_own_files(installed: Path, tmp_path: Path) -> None:
    python = installed / "bin" / "python"
    code = "from explorer.resources_path import resource; print(resource('example', 'digits.pth'))"
    example = Path(run(python, "-c", code, cwd=tmp_path).stdout.strip())
    assert example.is_relative_to(installed)
    done = run(installed / "bin" / "checkpoint-explorer", "info", example, "--stats", cwd=tmp_path)
    assert "stem.conv.weight" in done.stdout
    assert done.stderr == ""


def test_the_installed_program_tests_a_load(installed: Path, tmp_path: Path) -> None:
    (package,) = installed.glob("lib/python*/site-packages/explorer")
    example = package / "resources" / "example"
    model = f"{example / 'digits_model.py'}:DigitsNet"
    program = installed / "bin" / "checkpoint-explorer"
    done = run(program, "load-test", example / "digits.pth", model, "--trust", cwd=tmp_path)
    assert "100 %" in done.stdout
    assert done.stderr == ""


def test_the_installed_program_adds_itself_to_the_desktop(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "checkpoint-explorer"
    run(program, "--install-desktop", cwd=tmp_path, XDG_DATA_HOME=str(tmp_path))
    entry = (tmp_path / "applications" / "checkpoint-explorer.desktop").read_text("utf-8")
    assert f'\nExec="{program}" %F\n' in entry


def test_the_source_archive_is_the_project_and_nothing_else(
    built: dict[str, Path], sources: list[PurePosixPath]
) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {PurePosixPath(*PurePosixPath(each.name).parts[1:]) for each in archive.getmembers() if each.isfile()}
    made = {name for name in names if name.name in MADE_BY_SETUPTOOLS or name.parts[0].endswith(".egg-info")}
    assert names - made == set(sources)


def test_both_wheels_hold_the_packages_and_their_resources(
    built: dict[str, Path], sources: list[PurePosixPath]
) -> None:
    with zipfile.ZipFile(built["wheel"]) as wheel, zipfile.ZipFile(built["wheel of sdist"]) as other:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert sorted(wheel.namelist()) == sorted(other.namelist())
    code = {str(source) for source in sources if source.parts[0] == "explorer"}
    # The pictures at the top are those of the README.
    resources = {source for source in sources if source.parts[0] == "resources" and source.suffix != ".png"}
    assert names == code | {f"explorer/{source}" for source in resources}


def test_the_metadata_say_what_the_project_is(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built["wheel"]) as wheel:
        (folder,) = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" in name}
        read = Metadata.from_email(wheel.read(f"{folder}/METADATA"), validate=True)
        licence = wheel.read(f"{folder}/licenses/LICENSE")
        scripts = wheel.read(f"{folder}/entry_points.txt").decode()
        tags = email.message_from_bytes(wheel.read(f"{folder}/WHEEL")).get_all("Tag")
    assert (read.name, str(read.version)) == (PROJECT["name"], PROJECT["version"])
    assert read.license_expression == "MIT"
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert read.description == (ROOT / "README.md").read_text("utf-8")
    assert read.description_content_type == "text/markdown"
    assert read.requires_python == SpecifierSet(PROJECT["requires-python"])
    assert tags == ["py3-none-any"]
    assert scripts.split() == [
        *("[console_scripts]", "checkpoint-explorer", "=", "explorer.start:main"),
        *("[gui_scripts]", "checkpoint-explorer-gui", "=", "explorer.start:main"),
    ]


def test_the_classifiers_name_pythons_that_are_allowed() -> None:
    named = {word.rpartition(" ")[2] for word in PROJECT["classifiers"] if "Python :: 3." in word}
    assert named
    assert named <= {f"3.{minor}" for minor in range(30) if f"3.{minor}" in SpecifierSet(PROJECT["requires-python"])}
