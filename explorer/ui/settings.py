"""What the program remembers from one start to the next."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from explorer.analysis.axes import AxisKind
from explorer.ui.file_urls import path_of

ThemeChoice = Literal["system", "light", "dark"]

RECENT_LIMIT: Final = 10
FEWEST_BINS: Final = 16
MOST_BINS: Final = 512


@dataclass(frozen=True, slots=True)
class HistogramChoices:
    """How histograms are to be drawn.

    Attributes:
        robust: Without the outermost values; else from the smallest to the largest.
        bins: How many, from `FEWEST_BINS` to `MOST_BINS`.
        axis: Of the values; where a tensor's values do not fit on it, that tensor is drawn on a linear one.
        density: Draw densities, not counts.
        log: Draw them on a logarithmic axis.
    """

    robust: bool = True
    bins: int = 120
    axis: AxisKind = "linear"
    density: bool = False
    log: bool = False


class Settings:
    """Typed access to the settings file; whatever is damaged or unknown in it reads as its default.

    Paths are only kept, never looked at: a recent file may lie on a share that is gone.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Open the settings.

        Args:
            file: Another ini file than the user's own, for tests.
        """
        self._own_file = file
        if file is None:
            self._store = QSettings(
                QSettings.Format.IniFormat, QSettings.Scope.UserScope, "Checkpoint Explorer", "checkpoint-explorer"
            )
            self._store.setFallbacksEnabled(False)
        else:
            self._store = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeChoice:
        """The colours that were chosen in View."""
        stored = self._text("view/theme")
        return next((choice for choice in get_args(ThemeChoice) if choice == stored), "system")

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("view/theme", choice)

    @property
    def cache_folder(self) -> Path:
        """Where figures of files are kept, which may be deleted at any time."""
        if self._own_file is not None:
            return self._own_file.parent / "cache"
        place = QStandardPaths.StandardLocation.GenericCacheLocation
        return Path(QStandardPaths.writableLocation(place)) / "checkpoint-explorer"

    @property
    def recent(self) -> list[Path]:
        """Files opened lately, the newest first."""
        stored = self._store.value("files/recent")
        # An ini list of one comes back as a plain text.
        texts = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
        paths = [path_of(text) for text in texts if isinstance(text, str)]
        return list(dict.fromkeys(path for path in paths if path is not None))[:RECENT_LIMIT]

    def add_recent(self, path: Path) -> None:
        """Put a file at the head of the recent ones, once.

        Args:
            path: Made absolute without asking the file system about it.
        """
        path = path.absolute()
        self._keep_recent([path, *(other for other in self.recent if other != path)])

    def remove_recent(self, path: Path) -> None:
        """Forget a recent file; one that is not there is no error."""
        self._keep_recent([other for other in self.recent if other != path.absolute()])

    def clear_recent(self) -> None:
        """Forget all recent files."""
        self._store.remove("files/recent")

    def _keep_recent(self, paths: list[Path]) -> None:
        self._store.setValue("files/recent", [path.as_uri() for path in paths[:RECENT_LIMIT]])

    @property
    def last_folder(self) -> Path | None:
        """Where the last file dialog ended; None before the first."""
        return path_of(self._text("files/folder"))

    @last_folder.setter
    def last_folder(self, folder: Path) -> None:
        self._store.setValue("files/folder", folder.absolute().as_uri())

    @property
    def histogram(self) -> HistogramChoices:
        """How histograms were drawn last."""
        usual = HistogramChoices()
        bins = self._text("histogram/bins")
        axis = self._text("histogram/axis")
        return HistogramChoices(
            robust=self._flag("histogram/robust", default=usual.robust),
            bins=next((n for n in range(FEWEST_BINS, MOST_BINS + 1) if str(n) == bins), usual.bins),
            axis=next((kind for kind in get_args(AxisKind) if kind == axis), usual.axis),
            density=self._flag("histogram/density", default=usual.density),
            log=self._flag("histogram/log", default=usual.log),
        )

    @histogram.setter
    def histogram(self, choices: HistogramChoices) -> None:
        for name in HistogramChoices.__slots__:
            # As text, which is what an ini file gives back.
            self._store.setValue(f"histogram/{name}", str(getattr(choices, name)))

    def layout(self, name: str) -> QByteArray:
        """What a window, splitter or header said of itself with saveState or saveGeometry.

        Args:
            name: Of the widget: ``window``, ``tree/columns``.

        Returns:
            Empty where nothing is kept. Qt's restore functions refuse bytes that are damaged.
        """
        stored = self._store.value(f"layout/{name}")
        return stored if isinstance(stored, QByteArray) else QByteArray()

    def set_layout(self, name: str, state: QByteArray) -> None:
        """Keep what saveState or saveGeometry returned.

        Args:
            name: As in `layout`.
            state: The bytes.
        """
        self._store.setValue(f"layout/{name}", state)

    def save(self) -> None:
        """Write to the disk now, not when Qt finds the time."""
        self._store.sync()

    def _text(self, key: str) -> str:
        stored = self._store.value(key)
        return stored if isinstance(stored, str) else ""

    def _flag(self, key: str, *, default: bool) -> bool:
        return {"True": True, "False": False}.get(self._text(key), default)
