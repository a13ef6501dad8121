"""How long work reports and how it is stopped: one callable does both."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")

Report = Callable[[int, int, str], None]
"""Called as ``report(done, total, what)``; ``total`` is 0 while unknown. Raises `Cancelled` when asked to stop."""


ASKED_EVERY: Final = 256
"""Of a hundred thousand things, one short of each: so many are a fraction of a millisecond."""

SLICE: Final = 1_024
"""The same of what Python's own loops go through, which nobody can interrupt."""


class Cancelled(Exception):  # noqa: N818 - it is no error: the user changed their mind
    """Raised by a `Report` inside work that is to stop."""


def no_report(done: int, total: int, what: str) -> None:
    """Take a report and do nothing: for work that nobody watches."""


def asking(things: Iterable[T], report: Report, what: str, every: int = ASKED_EVERY) -> Iterator[T]:
    """Go through many things that take no time each, and report now and then: to be stopped, and to let others run.

    Args:
        things: Any number of them.
        report: Called with no figures, before the first and every so many things.
        what: Is being done, for people.
        every: Fewer, of things that take their time.

    Raises:
        Cancelled: By `report`.
    """
    for place, thing in enumerate(things):
        if place % every == 0:
            report(0, 0, what)
        yield thing


def in_slices(things: Sequence[T], report: Report, what: str) -> Iterator[Sequence[T]]:
    """Go through many things as `asking`, so many at a time that Python's own loops over them are short.

    Args:
        things: Any number of them.
        report: Called with no figures before each slice.
        what: Is being done, for people.

    Yields:
        Slices, one after the other; none of nothing.

    Raises:
        Cancelled: By `report`.
    """
    for first in range(0, len(things), SLICE):
        report(0, 0, what)
        yield things[first : first + SLICE]
