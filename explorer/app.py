"""The program: arguments, the application object, the window, and pictures of it."""

import argparse
import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol, cast

from explorer import __version__
from explorer.commands.model_options import add_model_option
from explorer.commands.speaking import DONE, NOT_DONE, be_lenient, complain, write
from explorer.interruptions import Interruptions
from explorer.resources_path import resource
from explorer.safe_path import leave_current_folder
from explorer.ui.display import why_no_display

COMMANDS: Final = {
    "info": "explorer.commands.info",
    "compare": "explorer.commands.compare",
    "load-test": "explorer.commands.load_test",
    "remap": "explorer.commands.remap",
}
"""For each sub-command its module, a `_Command`: it is imported for that command alone."""

VIEWS: Final = ("histogram", "heatmap", "values", "channels", "spectrum", "overview", "bytes", "scatter")
"""What a picture can show: the file at a glance, the values of what is selected, or where the file's bytes are."""

_OF_PAIRS: Final = ("histogram", "heatmap", "scatter")
"""Those that there are of a pair of tensors."""

PANELS: Final = ("problems", "load-test", "comparison")
"""What can be shown beside the tree, or in its place."""

SMALLEST: Final = (640, 400)
LARGEST: Final = (7680, 4320)
"""Width and height of a picture, in pixels."""


class _Command(Protocol):
    """What the module of a sub-command gives."""

    def add_parser(self, commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of its sub-parsers private
        """Add the command and its options; ``run`` of the arguments then runs it."""
        ...

    def refused(self, sentence: str) -> dict[str, Any]:
        """What it answers as JSON where its arguments are wrong."""
        ...


class _WrongArguments(Exception):  # noqa: N818 - a name for people
    """Arguments that mean nothing; its text says why."""


class _Parser(argparse.ArgumentParser):
    """Raises what argparse would print over several lines."""

    def error(self, message: str) -> NoReturn:
        raise _WrongArguments(f"{self.prog}: {message}; {self.prog} --help lists the options.")


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    leave_current_folder()
    words = sys.argv[1:] if argv is None else argv
    try:
        if words and words[0] in COMMANDS:
            return _run_command(words)
        arguments = _window_arguments(words)
    except _WrongArguments as error:
        return _refuse(words, str(error))
    status: int = arguments.run(arguments)
    return status


def _run_command(words: list[str]) -> int:
    with Interruptions() as interruptions:
        parser = _Parser(prog="checkpoint-explorer")
        _command(words[0]).add_parser(parser.add_subparsers(required=True))
        arguments = parser.parse_args(words)
        try:
            interruptions.allow()
            status: int = arguments.run(arguments)
        except KeyboardInterrupt:
            return interrupted(words)
        except Exception as error:  # noqa: BLE001 - left to Python, its status would say that something was found
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}".rstrip(": .")
            return _refuse(words, f"Checkpoint Explorer made an error: {what}. What stands above helps to mend it.")
        return status


def interrupted(words: list[str]) -> int:
    """Say that the program was asked to end before it could begin, or while it answered; returns the exit status."""
    return _refuse(words, "It was interrupted.")


def _command(word: str) -> _Command:
    return cast("_Command", import_module(COMMANDS[word]))


def _refuse(words: list[str], sentence: str) -> int:
    """Say that arguments are wrong: in one line, and as JSON too where a command was to answer in it."""
    be_lenient(sys.stdout, sys.stderr)
    if words and words[0] in COMMANDS and "--json" in words:
        write(json.dumps(_command(words[0]).refused(sentence)))
    complain(sentence)
    return NOT_DONE


def _window_arguments(words: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="checkpoint-explorer",
        description="See what is inside a PyTorch checkpoint.",
        epilog="Commands without a window, each with --help: checkpoint-explorer info FILE, "
        "checkpoint-explorer compare A B, checkpoint-explorer load-test FILE MODEL.py:NAME, "
        "checkpoint-explorer remap FILE OUT",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="checkpoint to open")
    parser.add_argument(
        "others", nargs="*", type=Path, metavar="FILE", help="a second one: what changed; more: all files of one run"
    )
    parser.add_argument("--example", action="store_true", help="open the shipped example")
    parser.add_argument("--screenshot", type=Path, metavar="OUT.png", help="draw the window into a picture and exit")
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH", help="of the picture")
    parser.add_argument("--theme", choices=("light", "dark"), help="of the picture")
    parser.add_argument("--select", metavar="KEY", help="tensor or layer to show")
    parser.add_argument(
        "--view",
        choices=VIEWS,
        help="of the file, or of what is selected; of two files, of the selected pair: histogram, heatmap or scatter",
    )
    parser.add_argument("--panel", choices=PANELS, help="panel to show")
    add_model_option(parser)
    desktop = parser.add_mutually_exclusive_group()
    for word, change, what in (
        (
            "--install-desktop",
            _install_desktop,
            "add the program to the menu and to the file types of a Linux desktop, and exit",
        ),
        ("--uninstall-desktop", _uninstall_desktop, "take it out again, and exit"),
    ):
        desktop.add_argument(word, dest="run", action="store_const", const=change, help=what)
    parser.add_argument("--version", action="version", version=f"checkpoint-explorer {__version__}")
    parser.set_defaults(run=_show_window)
    arguments = parser.parse_args(words)
    if arguments.run is not _show_window and len(words) > 1:
        parser.error("--install-desktop and --uninstall-desktop stand alone")
    if arguments.example and arguments.file is not None:
        parser.error("FILE and --example name two files, and a window shows one")
    if arguments.view is not None and len(arguments.others) == 1 and arguments.view not in _OF_PAIRS:
        parser.error(f"--view {arguments.view} is of one file: of two there are {', '.join(_OF_PAIRS)}")
    if arguments.view == "scatter" and len(arguments.others) != 1:
        parser.error("--view scatter needs two files to compare")
    if arguments.select is not None and not (arguments.example or arguments.file is not None):
        parser.error("--select needs a FILE, or --example, to select in")
    return arguments


def _size(text: str) -> tuple[int, int]:
    written = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    size = (int(written[1]), int(written[2])) if written else (0, 0)
    if not all(least <= pixels <= most for least, pixels, most in zip(SMALLEST, size, LARGEST, strict=True)):
        limits = " to ".join(f"{width}x{height}" for width, height in (SMALLEST, LARGEST))
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write it as 1280x800, from {limits}")
    return size


def _install_desktop(_arguments: argparse.Namespace) -> int:
    from explorer.ui.desktop.telling import install_here  # noqa: PLC0415 - for this alone

    return _answer(install_here)


def _uninstall_desktop(_arguments: argparse.Namespace) -> int:
    from explorer.ui.desktop.telling import uninstall_here  # noqa: PLC0415 - as above

    return _answer(uninstall_here)


def _answer(change: Callable[[], str]) -> int:
    from explorer.ui.desktop.installing import DesktopError  # noqa: PLC0415 - as above

    be_lenient(sys.stdout, sys.stderr)
    try:
        return write(change())
    except DesktopError as error:
        complain(str(error))
        return NOT_DONE


def _show_window(arguments: argparse.Namespace) -> int:
    try:
        file = None if arguments.file is None else arguments.file.absolute()
        arguments.others = [other.absolute() for other in arguments.others]
    except OSError:
        complain(f"{arguments.file} was not opened: the current folder is gone; give its whole path.")
        return NOT_DONE
    if arguments.screenshot is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif (why := why_no_display()) is not None:
        complain(f"The window cannot be shown: {why}; --screenshot OUT.png draws it into a picture instead.")
        return NOT_DONE
    # Qt is imported only once it is known that a window is wanted.
    from PySide6.QtCore import Qt  # noqa: PLC0415
    from PySide6.QtGui import QIcon  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from explorer.ui.sources_unread import leave_sources_unread  # noqa: PLC0415

    leave_sources_unread()
    from explorer.tasks.garbage import Collecting  # noqa: PLC0415
    from explorer.ui import theme  # noqa: PLC0415
    from explorer.ui.faults.guard import Guard  # noqa: PLC0415
    from explorer.ui.main_window import MainWindow  # noqa: PLC0415
    from explorer.ui.settings import Settings  # noqa: PLC0415

    app = QApplication.instance() or QApplication(["checkpoint-explorer"])
    assert isinstance(app, QApplication)  # noqa: S101 - nothing else makes one in this process
    app.setApplicationDisplayName("Checkpoint Explorer")
    app.setDesktopFileName("checkpoint-explorer")
    app.setWindowIcon(QIcon(str(resource("checkpoint-explorer.svg"))))
    path = resource("example", "digits.pth") if arguments.example else file
    if arguments.screenshot is not None:
        from explorer.ui.screenshot import take  # noqa: PLC0415 - as above

        failed = take(app, path, arguments)
        if failed:
            complain(" ".join(failed))
        return NOT_DONE if failed else DONE
    with Guard():
        collecting = Collecting(app)
        settings = Settings()
        window = MainWindow(settings)
        # Once it is whole: Qt would style every part of it anew each time that it is put into a larger one.
        theme.apply(app, arguments.theme or settings.theme)
        if arguments.theme is None:
            theme.follow_system(app, lambda: theme.apply(app, "system") if settings.theme == "system" else None)
        window.show()
        window.warm()
        if path is not None:
            if arguments.others or (arguments.model, arguments.panel) != (None, None):
                from explorer.ui.asked import show_asked  # noqa: PLC0415 - as above

                once = Qt.ConnectionType.SingleShotConnection
                # A run is compared also where its first file cannot be read.
                done = window.opening.ended if len(arguments.others) > 1 else window.opening.succeeded
                done.connect(lambda *_path: show_asked(window, arguments), once)
            window.open_file(path, None if arguments.others else arguments.select)
        app.exec()
        collecting.stop()
    return DONE
