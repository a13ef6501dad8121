"""A window on the screen, and what its user does with it."""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shiboken6
import torch
from PySide6 import __version_info__
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.analysis.measure.statistics_cache import StatisticsCache
from explorer.checkpoint.reader import open_checkpoint
from explorer.resources_path import resource
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings

EXAMPLE = resource("example", "digits.pth")
TIMEOUT_MS = 30_000
SLOW_TENSORS = 150_000
PARTS = 60
ELEMENTS = 4_000_000


@pytest.fixture(autouse=True)
def no_look_left_behind() -> Iterator[None]:
    """Take a theme back, so that no test sees another one's; with it, it takes three times as long to make a window."""
    yield
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.styleSheet():
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        app.setStyleSheet("")
        app.setPalette(QPalette())
        app.styleHints().setColorScheme(Qt.ColorScheme.Unknown)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(Settings())
    # The screen of the offscreen platform is smaller than one of today.
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    # A test may have closed it, and where other windows stay open it is gone then.
    if shiboken6.isValid(made):
        made.close()
        made.deleteLater()


@pytest.fixture
def open_file(qtbot: QtBot, window: MainWindow) -> Callable[[Path], None]:
    def opened(path: Path) -> None:
        window.open_file(path)
        qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)

    return opened


@pytest.fixture
def example(open_file: Callable[[Path], None]) -> dict[str, Any]:
    """Open the shipped example; what torch reads from it."""
    open_file(EXAMPLE)
    saved: dict[str, Any] = torch.load(EXAMPLE, weights_only=True)
    return saved


def save(path: Path, **tensors: object) -> Path:
    torch.save(tensors or {"a": torch.ones(2)}, path)
    return path


def kept(window: MainWindow, path: Path) -> set[int]:
    """Numbers of the tensors whose figures the disk holds."""
    return set(StatisticsCache(window.settings.cache_folder).load(open_checkpoint(path)))


def click(window: QWidget, caption: str) -> None:
    (button,) = [
        button for button in window.findChildren(QPushButton) if button.text() == caption and button.isVisible()
    ]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def files(*paths: Path) -> QMimeData:
    """What a file manager hands over when files are dragged: addresses, and their names as text."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setText("\n".join(map(str, paths)))
    return data


def drop(window: MainWindow, data: QMimeData) -> bool:
    """Drag something over the window and let it go; whether the window took it."""
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Qt 6.12 takes fractions of a pixel, and complains of whole ones; before it takes no others.
    at: Any = QPointF(200, 200) if __version_info__ >= (6, 12) else QPoint(200, 200)
    over = QDragEnterEvent(at, copy, data, left, no_key)
    QApplication.sendEvent(window, over)
    if not over.isAccepted():
        return False
    dropped = QDropEvent(QPointF(200, 200), copy, data, left, no_key)
    QApplication.sendEvent(window, dropped)
    return dropped.isAccepted()


def action(window: MainWindow, *texts: str) -> QAction:
    """The entry of the menus with that way to it, for example ``File``, ``Open…``; its menus were opened to find it."""
    entries = window.menuBar().actions()
    for text in texts[:-1]:
        (entry,) = [entry for entry in entries if plain_text(entry) == text]
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        menu.aboutToShow.emit()
        entries = menu.actions()
    (found,) = [entry for entry in entries if plain_text(entry) == texts[-1]]
    return found


def plain_text(entry: QAction) -> str:
    return entry.text().replace("&", "")


def activate(qtbot: QtBot, window: QWidget) -> None:
    """Give a window the keyboard, as a click on its title does."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


class _Storage:
    """Stands for a storage in `slow_file`."""


class _Tensor:
    """Stands for a tensor in `slow_file`: two elements of one storage."""

    def __reduce__(self) -> tuple[Any, ...]:
        return torch._utils._rebuild_tensor_v2, (_STORAGE, 0, (2,), (1,), False, OrderedDict())


_STORAGE = _Storage()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        return ("storage", torch.FloatStorage, "0", "cpu", 2) if obj is _STORAGE else None


@pytest.fixture(scope="session")
def slow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of so many tensors that reading it takes a second or more."""
    pickled = io.BytesIO()
    _Pickler(pickled, protocol=2).dump({f"layers.{number}.weight": _Tensor() for number in range(SLOW_TENSORS)})
    path = tmp_path_factory.mktemp("slow") / "slow.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("slow/data.pkl", pickled.getvalue())
        archive.writestr("slow/data/0", bytes(8))
        archive.writestr("slow/version", "3\n")
    return path


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose values take a second or more to measure."""
    path = tmp_path_factory.mktemp("large") / "large.pt"
    values = torch.from_numpy(np.random.default_rng(0).standard_normal(ELEMENTS, dtype=np.float32))
    # Views of one storage: large to measure, small on the disk. Each begins at another place, so none is like another.
    torch.save({f"part{number:02}": values[number:] for number in range(PARTS)}, path)
    return path
