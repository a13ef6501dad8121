"""The program from its command line: pictures of the window, and what a start does not load."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from explorer import __version__
from explorer.app import main

ROOT = Path(__file__).resolve().parents[1]


"""What Qt's offscreen platform says of itself."""


def start(*words: str) -> tuple[int, list[str]]:
    """Run the program; returns its exit status and the lines that it says."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr.splitlines()


def take(picture: Path, *words: str) -> QImage:
    assert start("--example", "--screenshot", str(picture), *words) == (0, [])
    image = QImage(str(picture))
    assert not image.isNull()
    return image


def test_pictures_have_the_size_and_the_theme_that_are_asked_for(tmp_path: Path) -> None:
    light = take(tmp_path / "light.png", "--size", "1000x700", "--theme", "light", "--select", "stem.conv.weight")
    dark = take(tmp_path / "dark.png", "--size", "1000x700", "--theme", "dark", "--select", "stem.conv.weight")
    for image in (light, dark):
        assert (image.width(), image.height()) == (1000, 700)
    corner = (light.width() - 3, light.height() - 3)
    assert light.pixelColor(*corner).lightness() > 200
    assert dark.pixelColor(*corner).lightness() < 60


def test_a_selected_tensor_is_in_the_picture(tmp_path: Path) -> None:
    without = take(tmp_path / "without.png", "--theme", "light")
    selected = take(tmp_path / "selected.png", "--theme", "light", "--select", "head.classifier.weight")
    assert (without.width(), without.height()) == (selected.width(), selected.height()) == (1280, 800)
    assert without != selected


def test_an_unknown_tensor_is_said_and_the_status_is_2(tmp_path: Path) -> None:
    status, (sentence,) = start("--example", "--screenshot", str(tmp_path / "out.png"), "--select", "no.such.key")
    assert status == 2
    assert "no.such.key" in sentence


def test_a_missing_file_is_said_and_the_status_is_2(tmp_path: Path) -> None:
    status, (sentence,) = start(str(tmp_path / "missing.pt"), "--screenshot", str(tmp_path / "out.png"))
    assert status == 2
    assert sentence.startswith("missing.pt was not opened. ")


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    picture = tmp_path / "no folder" / "out.png"
    status, (sentence,) = start("--example", "--screenshot", str(picture))
    assert status == 2
    assert str(picture) in sentence


def test_the_window_opens_a_file_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from explorer.app import main\n"
        "assert main(['--example', '--screenshot', sys.argv[1], '--select', 'stem.conv.weight']) == 0\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out.png")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stdout == "False\n"


def test_its_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"checkpoint-explorer {__version__}\n"


@pytest.mark.parametrize("words", [["--size", "wide"], ["--theme", "pink"], ["--unheard-of"], ["info"]])
def test_wrong_arguments_exit_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: checkpoint-explorer" in capsys.readouterr().err


def test_a_layer_can_be_selected_and_the_users_settings_stay_untouched(tmp_path: Path) -> None:
    take(tmp_path / "layer.png", "--select", "stages.0")
    assert not list(Path(os.environ["XDG_CONFIG_HOME"]).rglob("*.ini"))
