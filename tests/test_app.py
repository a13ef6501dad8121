"""The program from its command line: pictures of the window, and what a start does not load."""

import argparse
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage

from explorer import __version__
from explorer.app import COMMANDS, main

ROOT = Path(__file__).resolve().parents[1]


def start(*words: str, **environment: str) -> tuple[int, list[str]]:
    """Run the program; returns its exit status and the lines that it says."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        env=os.environ | environment,
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


def test_the_picture_is_of_what_is_asked_for(tmp_path: Path) -> None:
    light = ("--theme", "light")
    plain = take(tmp_path / "plain.png", *light)
    assert (plain.width(), plain.height()) == (1280, 800)
    file = take(tmp_path / "file.png", *light, "--view", "histogram")
    selected = (*light, "--select", "head.classifier.weight")
    tensor = take(tmp_path / "tensor.png", *selected)
    assert all(one != other for one, other in combinations((plain, file, tensor), 2))
    corner = (plain.width() - 3, plain.height() - 3)
    assert all(image.pixelColor(*corner).lightness() > 200 for image in (plain, file, tensor))


@pytest.mark.parametrize("size", [(640, 400), pytest.param((7680, 4320), marks=pytest.mark.thorough)])
def test_the_limits_of_the_size_are_drawn(size: tuple[int, int], tmp_path: Path) -> None:
    image = take(tmp_path / "out.png", "--size", "{}x{}".format(*size), "--theme", "dark")
    assert (image.width(), image.height()) == size
    assert image.pixelColor(image.width() - 3, image.height() - 3).lightness() < 60


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


@pytest.mark.parametrize(
    "words", [["--theme", "pink"], ["--view", "melody"], ["--unheard-of"], ["--two\nlines"], ["info"]]
)
def test_wrong_arguments_are_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith("checkpoint-explorer")
    assert (said.out, said.err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    "size", ["wide", "0x0", "639x400", "640x399", "7681x4320", "7680x4321", "99999x99999", "9" * 5000]
)
def test_sizes_out_of_reach_are_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--example", "--screenshot", "never.png", "--size", size]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "640x400 to 7680x4320" in said


@pytest.mark.skipif(sys.platform != "linux", reason="needs a system whose windows go to a display by its name")
@pytest.mark.parametrize("display", ["", ":7777", "nonsense"])
@pytest.mark.parametrize("platform", ["", "xcb"])
def test_without_a_display_one_line_names_another_way(display: str, platform: str) -> None:
    status, (sentence,) = start("--example", DISPLAY=display, WAYLAND_DISPLAY="", QT_QPA_PLATFORM=platform)
    assert status == 2
    assert "--screenshot" in sentence
    assert display in sentence


def test_a_picture_needs_no_display_and_leaves_the_users_settings_untouched(tmp_path: Path) -> None:
    picture = tmp_path / "layer.png"
    words = ("--example", "--screenshot", str(picture), "--select", "stages.0")
    assert start(*words, DISPLAY=":7777", QT_QPA_PLATFORM="xcb") == (0, [])
    assert picture.exists()
    assert not list(Path(os.environ["XDG_CONFIG_HOME"]).rglob("*.ini"))


def add_parser(commands: Any) -> None:
    """A command that stumbles over a mistake of its own; this module is it."""

    def run(_arguments: argparse.Namespace) -> int:
        raise KeyError("unknown")

    parser: argparse.ArgumentParser = commands.add_parser("stumble")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def refused(sentence: str) -> dict[str, Any]:
    return {"error": sentence}


def test_a_mistake_of_the_program_does_not_look_like_a_difference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMMANDS, "stumble", __name__)
    assert main(["stumble", "--json"]) == 2
    printed = capsys.readouterr()
    assert "made an error: KeyError: 'unknown'." in json.loads(printed.out)["error"]
    assert "Traceback" in printed.err
