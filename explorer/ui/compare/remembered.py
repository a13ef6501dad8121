"""Comparisons that were made lately, as the settings keep them: which files, which entries, and by which rules."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from PySide6.QtWidgets import QMenu

from explorer.formatting import plural, visible
from explorer.keys.key_mapping import Rule
from explorer.ui.files.urls import path_of
from explorer.ui.settings import COMPARISONS, Settings
from explorer.ui.text import caption, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

_MOST: Final = 5
_MOST_FILES: Final = 200
_MOST_RULES: Final = 1_000


class RememberedPair(NamedTuple):
    """Two files that were compared.

    Attributes:
        a: The first.
        b: The second.
        entry_a: The path of its entry; None for the one that is shown first, as `entry_b`.
        entry_b: Likewise.
        rules: For the keys of B.
        rtol: What was close, as `atol`.
        atol: Likewise.
    """

    a: Path
    b: Path
    entry_a: str | None = None
    entry_b: str | None = None
    rules: tuple[Rule, ...] = ()
    rtol: float = 0.0
    atol: float = 0.0

    @property
    def name(self) -> str:
        """Both names."""
        return f"{visible(self.a.name)} ↔ {visible(self.b.name)}"

    @property
    def paths(self) -> tuple[Path, ...]:
        """Both files."""
        return self.a, self.b


class RememberedRun(NamedTuple):
    """Files of one run that were compared.

    Attributes:
        paths: In their order.
        against: What each was compared with.
        entry: The path of the entry of each; None for the one that is shown first.
    """

    paths: tuple[Path, ...]
    against: Literal["first", "before"] = "first"
    entry: str | None = None

    @property
    def name(self) -> str:
        """The names at both ends, and how many files there are."""
        first, last = visible(self.paths[0].name), visible(self.paths[-1].name)
        return f"{first} … {last} ({plural(len(self.paths), 'file')})"


Remembered = RememberedPair | RememberedRun


def pair_of(comparison: "Comparison") -> RememberedPair:
    """What to remember of a comparison."""
    pairing, tolerance = comparison.pairing, comparison.tolerance
    sides = pairing.a, pairing.b
    entries = [None if side.entry is side.checkpoint.chosen else side.entry.path for side in sides]
    paths = [side.checkpoint.path for side in sides]
    return RememberedPair(paths[0], paths[1], entries[0], entries[1], pairing.rules, tolerance.rtol, tolerance.atol)


def remember(settings: Settings, one: Remembered) -> None:
    """Put a comparison at the head of those that are remembered; one of the same files goes."""
    others = [other for other in remembered(settings) if other.paths != one.paths]
    settings.keep(COMPARISONS, json.dumps([_written(each) for each in [one, *others][:_MOST]]))


def remembered(settings: Settings) -> list[Remembered]:
    """What is remembered, the latest first; what is damaged is left out. No file is looked at."""
    try:
        listed = json.loads(settings.kept(COMPARISONS) or "[]")
    except (ValueError, RecursionError):
        return []
    return list(_read(listed))[:_MOST] if isinstance(listed, list) else []


def add_recent(menu: QMenu, settings: Settings, reopen: Callable[[Remembered], None]) -> None:
    """Add an entry for each that is remembered.

    Args:
        menu: Gets them.
        settings: Remember them.
        reopen: Makes a comparison again.
    """
    for one in remembered(settings):
        action = menu.addAction(caption(one.name))
        set_tooltip(action, "\n".join(visible(str(path), 1000) for path in one.paths[:20]))
        action.triggered.connect(lambda _checked=False, one=one: reopen(one))


def _written(one: Remembered) -> dict[str, Any]:
    uris = [path.absolute().as_uri() for path in one.paths]
    if isinstance(one, RememberedRun):
        return {"run": uris, "against": one.against, "entry": one.entry}
    rules = [[rule.pattern, rule.replacement] for rule in one.rules]
    return {"pair": uris, "entries": [one.entry_a, one.entry_b], "rules": rules, "close": [one.rtol, one.atol]}


def _read(listed: list[Any]) -> Iterator[Remembered]:
    for each in listed:
        with suppress(KeyError, TypeError, ValueError):
            yield _run(each) if "run" in each else _pair(each)


def _run(each: dict[str, Any]) -> RememberedRun:
    paths = _paths(each["run"])
    if len(paths) < 2 or len(paths) > _MOST_FILES or each["against"] not in ("first", "before"):
        raise ValueError
    return RememberedRun(paths, each["against"], _text_or_none(each["entry"]))


def _pair(each: dict[str, Any]) -> RememberedPair:
    a, b = _paths(each["pair"])
    entries = [_text_or_none(entry) for entry in each["entries"]]
    close = [float(number) for number in each["close"]]
    rules = [Rule(str(pattern), str(replacement)) for pattern, replacement in each["rules"]]
    if len(entries) != 2 or len(close) != 2 or len(rules) > _MOST_RULES:
        raise ValueError
    if not all(0 <= number < math.inf for number in close):
        raise ValueError
    return RememberedPair(a, b, entries[0], entries[1], tuple(rules), close[0], close[1])


def _paths(uris: list[Any]) -> tuple[Path, ...]:
    paths = [path_of(str(uri)) for uri in uris]
    if None in paths:
        raise ValueError
    return tuple(path for path in paths if path is not None)


def _text_or_none(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError
    return value
