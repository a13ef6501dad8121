"""How long work reports and how it is stopped: one callable does both."""

from collections.abc import Callable

Report = Callable[[int, int, str], None]
"""Called as ``report(done, total, what)``; ``total`` is 0 while unknown. Raises `Cancelled` when asked to stop."""


class Cancelled(Exception):  # noqa: N818 - it is no error: the user changed their mind
    """Raised by a `Report` inside work that is to stop."""


def no_report(done: int, total: int, what: str) -> None:
    """Take a report and do nothing: for work that nobody watches."""
