"""The program in the menu and the file manager of a Linux desktop."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from explorer import app
from explorer.ui.desktop import installing
from explorer.ui.desktop.entry import entry, start_words
from explorer.ui.desktop.files import SIDES, desktop_files
from explorer.ui.desktop.installing import DesktopError, install, uninstall
from explorer.ui.desktop.telling import install_here, uninstall_here

APPLICATION = PurePosixPath("applications", "checkpoint-explorer.desktop")
PACKAGE = PurePosixPath("mime", "packages", "checkpoint-explorer.xml")
MIME = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there are no desktop entries here")


def all_of(folder: Path) -> dict[str, bytes | None]:
    """Every file with its bytes, and every folder with None."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which others have files already, without programs that keep indices."""
    monkeypatch.setenv("PATH", "")
    folder = tmp_path / "data of mine"
    (folder / "applications").mkdir(parents=True)
    (folder / "applications" / "other.desktop").write_text("[Desktop Entry]\n")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def value_of(data: bytes, key: str) -> str:
    """A value of a desktop entry, its escapes undone as the standard has it."""
    (line,) = [line for line in data.decode().split("\n") if line.startswith(f"{key}=")]
    escapes = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}
    letters = iter(line.partition("=")[2])
    return "".join(escapes[next(letters)] if letter == "\\" else letter for letter in letters)


def test_what_is_written_is_taken_away_again_and_nothing_else(home: Path) -> None:
    before = all_of(home)
    files = desktop_files(["/usr/bin/checkpoint-explorer"])
    assert install(home, files).files == list(files)
    there = all_of(home)
    assert {path: there[str(path)] for path in files} == files
    assert uninstall(home).files
    assert all_of(home) == before


def test_a_data_folder_that_was_not_there_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    install(tmp_path / "share", desktop_files(["x"]))
    uninstall(tmp_path / "share")
    assert not (tmp_path / "share").exists()


@pytest.mark.skipif(shutil.which("update-mime-database") is None, reason="needs update-mime-database")
def test_the_indices_know_the_types_and_go_with_the_last_of_them(tmp_path: Path) -> None:
    done = install(tmp_path, desktop_files(["x"]))
    assert "update-mime-database" in done.updated
    globs = (tmp_path / "mime" / "globs2").read_text("utf-8").splitlines()
    weights = {line.split(":")[2]: int(line.split(":")[0]) for line in globs if not line.startswith("#")}
    # As much as .tar has, than which it is longer; the others give way to whoever else claims them.
    assert weights.pop("*.pth.tar") == 50
    assert weights.keys() == {"*.pth", "*.pt", "*.ckpt", "*.safetensors"}
    assert max(weights.values()) < 50
    uninstall(tmp_path)
    assert all_of(tmp_path) == {}


def test_types_of_others_keep_their_indices(tmp_path: Path) -> None:
    install(tmp_path, desktop_files(["x"]))
    other = tmp_path / "mime" / "packages" / "other.xml"
    other.write_text('<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info"/>')
    (tmp_path / "mime" / "globs2").write_text("# kept\n")
    uninstall(tmp_path)
    assert other.exists()
    assert (tmp_path / "mime" / "globs2").exists()


def test_writing_again_changes_what_was_written_before(home: Path) -> None:
    before = all_of(home)
    install(home, {**desktop_files(["/old/place"]), PurePosixPath("icons", "old.svg"): b"old"})
    install(home, desktop_files(["/new/place"]))
    assert not (home / "icons" / "old.svg").exists()
    assert shlex.split(value_of((home / APPLICATION).read_bytes(), "Exec")) == ["/new/place", "%F"]
    uninstall(home)
    assert all_of(home) == before


def test_a_file_of_somebody_else_is_not_overwritten(home: Path) -> None:
    (home / APPLICATION).write_text("mine")
    before = all_of(home)
    with pytest.raises(DesktopError, match=r"checkpoint-explorer\.desktop is there and was not written by it"):
        install(home, desktop_files(["x"]))
    assert all_of(home) == before


def test_a_file_that_was_changed_since_is_left_and_named(home: Path) -> None:
    install(home, desktop_files(["x"]))
    (home / APPLICATION).write_text("changed by hand")
    assert uninstall(home).left == [APPLICATION]
    assert (home / APPLICATION).read_text() == "changed by hand"


@pytest.mark.parametrize("place", [APPLICATION, PACKAGE], ids=["first", "second"])
def test_where_one_file_cannot_be_written_none_stays(place: PurePosixPath, home: Path) -> None:
    shutil.rmtree(home / "applications")
    # A file where the folder should be.
    (home / place.parts[0]).write_text("in the way")
    before = all_of(home)
    with pytest.raises(DesktopError, match="nothing was left behind"):
        install(home, desktop_files(["x"]))
    assert all_of(home) == before


@pytest.mark.parametrize(
    "record",
    ["", "[]", "{}", '{"files": {"../other": ["e3b0c442"]}, "folders": [".."]}', '{"files": 1, "folders": 2}'],
)
def test_a_record_that_makes_no_sense_takes_nothing_away(record: str, home: Path) -> None:
    (home / installing.RECORD).parent.mkdir()
    (home / installing.RECORD).write_text(record)
    before = all_of(home)
    assert uninstall(home).files == []
    assert all_of(home).items() >= {key: data for key, data in before.items() if "checkpoint" not in key}.items()


def unquoted(argument: str) -> str:
    """What a desktop makes of one argument in quotes."""
    assert (argument[0], argument[-1]) == ('"', '"')
    letters = iter(argument[1:-1])
    plain = "".join(next(letters) if letter == "\\" else letter for letter in letters)
    assert "%" not in plain.replace("%%", "")
    return plain.replace("%%", "%")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_any_path_comes_out_of_the_entry_as_it_was(path: str) -> None:
    data = entry([f"/{path}"])
    command = value_of(data, "Exec")
    # GLib looks for the program before it makes % of %%.
    assert unquoted(command.removesuffix(" %F").removeprefix('"env" ')) == f"/{path}"
    assert command.startswith('"env" ') == ("%" in path)
    assert value_of(data, "TryExec") == f"/{path}"


def test_the_entry_is_started_by_a_desktops_own_rules(tmp_path: Path) -> None:
    """GLib reads and starts the entry, from a folder whose name has all that must be quoted."""
    gio = shutil.which("gio")
    if gio is None:
        pytest.skip("needs gio")
    place = tmp_path / """a b "c" $d `e` \\f 100% 'g'"""
    place.mkdir()
    program = place / "checkpoint-explorer"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/said"\n')
    program.chmod(0o755)
    (tmp_path / "x.desktop").write_bytes(entry([str(program)]))
    file = tmp_path / "a file.pth"
    file.touch()
    subprocess.run([gio, "launch", str(tmp_path / "x.desktop"), str(file)], check=True, timeout=30)
    assert (tmp_path / "said").read_text() == f"{file}\n"


def test_the_script_beside_the_interpreter_is_started_else_the_clone(tmp_path: Path) -> None:
    python = tmp_path / "python"
    assert start_words(python) == [str(python), str(Path(app.__file__).parents[1] / "main.py")]
    (tmp_path / "checkpoint-explorer").touch()
    assert start_words(python) == [str(tmp_path / "checkpoint-explorer")]


def test_icons_have_the_sizes_of_their_folders() -> None:
    pictures = {path: QImage.fromData(data) for path, data in desktop_files(["x"]).items() if path.suffix == ".png"}
    sizes = {path: (image.width(), image.height()) for path, image in pictures.items()}
    assert len(pictures) == 2 * len(SIDES)
    assert all(path.parts[2] == f"{width}x{height}" for path, (width, height) in sizes.items())
    assert all(image.pixelColor(image.width() // 2, image.height() // 2).alpha() == 255 for image in pictures.values())


def test_each_type_has_an_icon_and_is_one_that_the_entry_opens() -> None:
    files = desktop_files(["x"])
    icons = {path.stem for path in files if "mimetypes" in path.parts}
    types = ET.fromstring(files[PACKAGE]).findall("m:mime-type", MIME)  # noqa: S314 - our own
    opened = value_of(files[APPLICATION], "MimeType").rstrip(";").split(";")
    assert [kind.attrib["type"] for kind in types] == opened
    for kind in types:
        named = kind.find("m:icon", MIME)
        assert (kind.attrib["type"].replace("/", "-") if named is None else named.attrib["name"]) in icons


def test_it_says_what_it_did(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["--install-desktop"]) == 0
    said, complained = capsys.readouterr()
    assert complained == ""
    assert str(home) in said
    assert f"  {APPLICATION}\n" in said
    assert app.main(["--uninstall-desktop"]) == 0
    assert f"  {APPLICATION}\n" in capsys.readouterr().out
    assert app.main(["--uninstall-desktop"]) == 0
    assert capsys.readouterr().out.startswith("Nothing in ")


def test_what_cannot_be_done_is_one_line_and_status_2(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / APPLICATION).write_text("mine")
    assert app.main(["--install-desktop"]) == 2
    assert capsys.readouterr().err.startswith("Nothing was added to the desktop: ")


@pytest.mark.parametrize("words", [["--install-desktop", "--uninstall-desktop"], ["--install-desktop", "a.pth"]])
def test_it_stands_alone(words: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = all_of(home)
    assert app.main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert all_of(home) == before


@pytest.mark.parametrize(("platform", "name"), [("win32", "Windows"), ("darwin", "macOS")])
def test_other_systems_are_told_why_not(platform: str, name: str, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    before = all_of(home)
    monkeypatch.setattr(sys, "platform", platform)
    for change in (install_here, uninstall_here):
        with pytest.raises(DesktopError, match=name):
            change()
    assert all_of(home) == before


def test_the_data_folder_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert installing.data_folder() == Path("/somewhere")
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    assert installing.data_folder() == Path.home() / ".local" / "share"
