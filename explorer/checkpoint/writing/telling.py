"""Reports how many bytes of how many records went by."""

import collections.abc
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from explorer.progress import Report

Item = TypeVar("Item")
Sized = TypeVar("Sized", bound=collections.abc.Sized)

REPORT_NBYTES: Final = 1 << 22
REPORT_RECORDS: Final = 256
"""So many bytes, or records, go by between two reports at most."""


def paced(items: Iterable[Item], total: int, what: str, report: Report) -> Iterator[Item]:
    """Hand on items, and report every now and then how many went by."""
    for done, item in enumerate(items):
        if done % REPORT_RECORDS == 0:
            report(done, total, what)
        yield item


class Telling:
    """Counts what goes by."""

    def __init__(self, total: int, what: str, report: Report) -> None:
        """Begin.

        Args:
            total: How many bytes there will be.
            what: What is done with them, as of `Report`.
            report: Told, and asked whether to go on.
        """
        self._total = total
        self._what = what
        self._report = report
        self._done = self._told = self._records = 0

    def watch(self, blocks: Iterator[NDArray[np.uint8]]) -> Iterator[memoryview]:
        """Hand on the blocks of a record."""
        return (block.data for block in self.pass_on(blocks))

    def pass_on(self, blocks: Iterable[Sized]) -> Iterator[Sized]:
        """Hand on what a record consists of, as it is."""
        self._records += 1
        if self._records % REPORT_RECORDS == 0:
            self._tell()
        for block in blocks:
            yield block
            self._done += len(block)
            if self._done - self._told >= REPORT_NBYTES:
                self._tell()

    def _tell(self) -> None:
        self._told = self._done
        self._report(self._done, self._total, self._what)
