"""What the program puts into the data folder of a desktop."""

from pathlib import PurePosixPath
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from explorer.resources_path import resource
from explorer.ui.desktop.entry import NAME, entry

FILE_TYPE: Final = "application-x-pytorch-checkpoint"
"""The icon of a checkpoint."""

SIDES: Final = (16, 24, 32, 48, 64, 128, 256)
"""Pixels of the icons, for desktops that draw no SVG."""


def desktop_files(words: list[str]) -> dict[PurePosixPath, bytes]:
    """Every file by its path below the data folder.

    Args:
        words: What starts the program.
    """
    files = {
        PurePosixPath("applications", f"{NAME}.desktop"): entry(words),
        PurePosixPath("mime", "packages", f"{NAME}.xml"): resource(f"{NAME}.xml").read_bytes(),
    }
    icons = PurePosixPath("icons", "hicolor")
    for name, of in ((NAME, "apps"), (FILE_TYPE, "mimetypes")):
        drawing = resource(f"{name}.svg").read_bytes()
        files[icons / "scalable" / of / f"{name}.svg"] = drawing
        files |= {icons / f"{side}x{side}" / of / f"{name}.png": _picture(drawing, side) for side in SIDES}
    return files


def _picture(drawing: bytes, side: int) -> bytes:
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing)).render(painter)
    painter.end()
    out = QBuffer()
    out.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(out, "PNG")  # type: ignore[call-overload]  # it takes a buffer, and its types know of bytes alone
    return bytes(out.data().data())
