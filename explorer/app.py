"""The program: arguments, the application object, the window, and pictures of it."""

import argparse
import os
import sys
from pathlib import Path

from explorer import __version__
from explorer.commands import add_info_parser
from explorer.resources_path import resource

COMMANDS = ("info",)


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in COMMANDS:
        parser = argparse.ArgumentParser(prog="checkpoint-explorer")
        add_info_parser(parser.add_subparsers(required=True))
        arguments = parser.parse_args(words)
        status: int = arguments.run(arguments)
        return status
    return _show_window(_window_arguments(words))


def _window_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="checkpoint-explorer",
        description="See what is inside a PyTorch checkpoint.",
        epilog="Command without a window: checkpoint-explorer info FILE [--stats] [--json]",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="checkpoint to open")
    parser.add_argument("--example", action="store_true", help="open the shipped example")
    parser.add_argument("--screenshot", type=Path, metavar="OUT.png", help="draw the window into a picture and exit")
    parser.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH", help="of the picture")
    parser.add_argument("--theme", choices=("light", "dark"), help="of the picture")
    parser.add_argument("--select", metavar="KEY", help="tensor or layer to show")
    parser.add_argument("--version", action="version", version=f"checkpoint-explorer {__version__}")
    return parser.parse_args(words)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError("write it as 1280x800")
    return int(width), int(height)


def _show_window(arguments: argparse.Namespace) -> int:
    if arguments.screenshot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Qt is imported only once it is known that a window is wanted.
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from explorer.ui import theme  # noqa: PLC0415
    from explorer.ui.main_window import MainWindow  # noqa: PLC0415
    from explorer.ui.settings import Settings  # noqa: PLC0415

    app = QApplication.instance() or QApplication(["checkpoint-explorer"])
    assert isinstance(app, QApplication)  # noqa: S101 - nothing else makes one in this process
    app.setApplicationDisplayName("Checkpoint Explorer")
    app.setDesktopFileName("checkpoint-explorer")
    path = resource("example", "digits.pth") if arguments.example else arguments.file
    if arguments.screenshot is not None:
        from explorer.ui.screenshot import take  # noqa: PLC0415 - as above

        return take(app, path, arguments)
    settings = Settings()
    theme.apply(app, arguments.theme or settings.theme)
    window = MainWindow(settings)
    window.show()
    window.opening.warm()
    if path is not None:
        window.open_file(path)
    app.exec()
    return 0
