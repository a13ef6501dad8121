"""What the program remembers from one start to the next."""

import math
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, get_args

from PySide6.QtCore import QByteArray, QObject, QSettings, QStandardPaths, Signal

from explorer.analysis.draw.axes import AxisKind
from explorer.analysis.judge.thresholds import DEFAULT, Thresholds
from explorer.ui.files.urls import path_of
from explorer.ui.layers.columns import Column

ThemeChoice = Literal["system", "light", "dark"]

RECENT_LIMIT: Final = 10
COMPARISONS: Final = "files/comparisons"
"""Under which `Settings.keep` has the comparisons that were made lately."""
FEWEST_BINS: Final = 16
MOST_BINS: Final = 512
MEASURED_NBYTES: Final = 8_000_000_000
"""Files of up to so many bytes are measured without being asked for, unless another size was chosen."""

_NAMES: Final = {column.name.lower(): column for column in Column}
_WIDTH: Final = re.compile(r"([a-z0-9_]+)=([1-9][0-9]{0,3})")


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


@dataclass(frozen=True, slots=True)
class TreeColumns:
    """How the columns of the tree of layers stand.

    Attributes:
        shown: Those beside the name; None for as many of the usual ones as there is room for.
        widths: In pixels, of those that were made wider or narrower than usual.
        order: All, from the left; the name is the first.
    """

    shown: frozenset[Column] | None = None
    widths: Mapping[Column, int] = field(default_factory=dict)
    order: tuple[Column, ...] = tuple(Column)


class Settings(QObject):
    """Typed access to the settings file; whatever is damaged or unknown in it reads as its default.

    Paths are only kept, never looked at: a recent file may lie on a share that is gone.

    Signals:
        changed: Something that all windows follow is another now: the theme, what is measured by itself, whether
            figures are kept, the recent files.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None) -> None:
        """Open the settings.

        Args:
            file: Another ini file than the user's own, for tests.
        """
        super().__init__()
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
        self._change("view/theme", choice)

    @property
    def measured_nbytes(self) -> int:
        """Files of up to so many bytes are measured without being asked for; 0 for none."""
        stored = self._text("statistics/bytes")
        return int(stored) if re.fullmatch("[0-9]{1,18}", stored) else MEASURED_NBYTES

    @measured_nbytes.setter
    def measured_nbytes(self, nbytes: int) -> None:
        self._change("statistics/bytes", str(nbytes))

    @property
    def measures_shares(self) -> bool:
        """Files on network shares are measured without being asked for as well."""
        return self._flag("statistics/shares", default=False)

    @measures_shares.setter
    def measures_shares(self, on: bool) -> None:
        self._change("statistics/shares", str(on))

    @property
    def thresholds(self) -> Thresholds:
        """From where on something in the values is a problem."""
        changed = {}
        for name, usual in asdict(DEFAULT).items():
            with suppress(ValueError):
                number = float(self._text(f"problems/{name}"))
                changed[name] = number if math.isfinite(number) and number > 0 else usual
        return replace(DEFAULT, **changed)

    @thresholds.setter
    def thresholds(self, thresholds: Thresholds) -> None:
        for name, number in asdict(thresholds).items():
            self._store.setValue(f"problems/{name}", repr(number))
        self.changed.emit()

    @property
    def keeps_figures(self) -> bool:
        """Figures are kept in `cache_folder` for the next time; else nothing is read or written there."""
        return self._flag("statistics/kept", default=True)

    @keeps_figures.setter
    def keeps_figures(self, on: bool) -> None:
        self._change("statistics/kept", str(on))

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
        """Forget all recent files, and what was compared."""
        self._store.remove("files/recent")
        self._store.remove(COMPARISONS)
        self.changed.emit()

    def _keep_recent(self, paths: list[Path]) -> None:
        self._store.setValue("files/recent", [path.as_uri() for path in paths[:RECENT_LIMIT]])
        self.changed.emit()

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

    @property
    def columns(self) -> TreeColumns:
        """How the columns of the tree stood last."""
        stored = self._store.value("tree/shown")
        shown = _columns(stored) if isinstance(stored, str) else None
        order = _columns(self._text("tree/order"))
        widths = [_WIDTH.fullmatch(part) for part in self._text("tree/widths").split()]
        return TreeColumns(
            shown=None if shown is None else frozenset(shown) - {Column.NAME},
            widths={_NAMES[width[1]]: int(width[2]) for width in widths if width and width[1] in _NAMES},
            order=order if order and order[0] == Column.NAME and set(order) == set(Column) else tuple(Column),
        )

    @columns.setter
    def columns(self, columns: TreeColumns) -> None:
        if columns.shown is None:
            self._store.remove("tree/shown")
        else:
            self._store.setValue("tree/shown", _named(sorted(columns.shown)))
        widths = [f"{_named([column])}={width}" for column, width in columns.widths.items()]
        self._store.setValue("tree/widths", " ".join(widths))
        self._store.setValue("tree/order", _named(columns.order))

    def layout(self, name: str) -> QByteArray:
        """What a window, splitter or header said of itself with saveState or saveGeometry.

        Args:
            name: Of the widget: ``window``, ``splitter``.

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

    def kept(self, name: str) -> str:
        """A text that `keep` kept; "" where there is none.

        Args:
            name: Of the text: ``load_test/python``.
        """
        return self._text(name)

    def keep(self, name: str, text: str) -> None:
        """Keep a text.

        Args:
            name: As in `kept`.
            text: Any.
        """
        self._store.setValue(name, text)

    def save(self) -> None:
        """Write to the disk now, not when Qt finds the time."""
        self._store.sync()

    def _change(self, key: str, text: str) -> None:
        self._store.setValue(key, text)
        self.changed.emit()

    def _text(self, key: str) -> str:
        stored = self._store.value(key)
        return stored if isinstance(stored, str) else ""

    def _flag(self, key: str, *, default: bool) -> bool:
        return {"True": True, "False": False}.get(self._text(key), default)


def _named(columns: Iterable[Column]) -> str:
    return " ".join(column.name.lower() for column in columns)


def _columns(text: str) -> tuple[Column, ...] | None:
    """The columns of those names; None where one is unknown or named twice."""
    names = text.split()
    if len(set(names)) < len(names) or not set(names) <= _NAMES.keys():
        return None
    return tuple(_NAMES[name] for name in names)
