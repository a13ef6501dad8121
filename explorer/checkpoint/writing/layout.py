"""Which parts of which storages a new file needs, and what each becomes there."""

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, NamedTuple

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.writing.plan import Cast

_UNIT: Final = 16
"""Bytes of the largest element: where a part of a storage may begin that is used as several dtypes."""


class Placed(NamedTuple):
    """A part of a storage as it is in the new file.

    Attributes:
        number: Of the new storage.
        begin: Its first byte in the old one.
        nbytes: How many bytes of that it has.
        cast: What becomes of them.
    """

    number: int
    begin: int
    nbytes: int
    cast: Cast | None


@dataclass
class _Part:
    begin: int
    end: int
    number: int = -1


class StorageLayout:
    """Is first told of every use of every storage, and then asked where each is.

    Attributes:
        placed: What the new file's storages are made of, by their numbers: the key of the old one, and which part.
    """

    def __init__(self, *, compact: bool, dtype: str | None, break_sharing: bool = False) -> None:
        """Begin without any.

        Args:
            compact: As `CopyOptions.compact`.
            dtype: As `CopyOptions.dtype`.
            break_sharing: As there: each time that `place` is asked, it is another one.
        """
        self._break = break_sharing
        self._compact = compact
        self._dtype = dtype
        self._nbytes: dict[Hashable, int] = {}
        self._uses: dict[Hashable, set[tuple[int, int]]] = {}
        self._dtypes: dict[Hashable, set[str | None]] = {}
        self._parts: dict[Hashable, list[_Part]] = {}
        self.placed: list[tuple[Hashable, Placed]] = []

    def use(self, key: Hashable, nbytes: int, begin: int, end: int, dtype: str | None) -> None:
        """Tell of a use.

        Args:
            key: Of the storage.
            nbytes: Its length.
            begin: The first byte that is used.
            end: Behind the last; as `begin` where none is.
            dtype: Of what uses it; None where that may not be cast.
        """
        self._nbytes[key] = nbytes
        self._uses.setdefault(key, set()).add((begin, end))
        self._dtypes.setdefault(key, set()).add(dtype)

    def mixed(self) -> int:
        """Storages that are used as several dtypes, one of them floating, so that they are not cast."""
        uses = [dtypes - {None} for dtypes in self._dtypes.values()]
        return sum(len(dtypes) > 1 and any(map(self._is_cast, dtypes)) for dtypes in uses)

    def cast(self, key: Hashable) -> Cast | None:
        """What becomes of the values of a storage."""
        dtypes = self._dtypes[key]
        (only,) = dtypes if len(dtypes) == 1 else (None,)
        return Cast(only, self._dtype) if only is not None and self._dtype is not None and self._is_cast(only) else None

    def place(self, key: Hashable, begin: int, end: int) -> Placed:
        """Where a use that was told of is in the new file."""
        if self._break:
            return self._add(key, _Part(*self._rounded(key, begin, end)))
        parts = self._parts.get(key)
        if parts is None:
            parts = self._parts[key] = self._parts_of(key)
        # Where nothing is used, any part will do.
        part = parts[0] if begin == end else parts[bisect_right(parts, begin, key=lambda part: part.begin) - 1]
        return self._add(key, part) if part.number < 0 else self.placed[part.number][1]

    def _add(self, key: Hashable, part: _Part) -> Placed:
        part.number = len(self.placed)
        placed = Placed(part.number, part.begin, part.end - part.begin, self.cast(key))
        self.placed.append((key, placed))
        return placed

    def _rounded(self, key: Hashable, begin: int, end: int) -> tuple[int, int]:
        """A range of whole elements, of whatever dtypes the storage is used as."""
        dtypes = self._dtypes[key]
        (only,) = dtypes if len(dtypes) == 1 else (None,)
        unit = _UNIT if only is None else DTYPES[only].itemsize
        return begin // unit * unit, min(-(-end // unit) * unit, self._nbytes[key])

    def _is_cast(self, dtype: str | None) -> bool:
        return dtype is not None and dtype != self._dtype and DTYPES[dtype].family == "float"

    def _parts_of(self, key: Hashable) -> list[_Part]:
        """The parts of a storage that are kept: those that overlap or touch are one, as they were."""
        nbytes = self._nbytes[key]
        if not self._compact:
            return [_Part(0, nbytes)]
        parts: list[_Part] = []
        for begin, end in sorted(use for use in self._uses[key] if use[0] < use[1]):
            first, last = self._rounded(key, begin, end)
            if parts and first <= parts[-1].end:
                parts[-1].end = max(parts[-1].end, last)
            else:
                parts.append(_Part(first, last))
        return parts or [_Part(0, 0)]
