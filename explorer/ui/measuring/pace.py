"""How far measuring is, how fast it goes and how long it will take."""

from time import monotonic
from typing import Final, NamedTuple

_RATE_OVER_S: Final = 2.0


class Measuring(NamedTuple):
    """How far the measuring of a whole checkpoint is.

    Attributes:
        done: Bytes that are measured; what several tensors share counts for each, for each is measured.
        total: Bytes in all, likewise.
        rate: Bytes per second of late; 0.0 until that is known.
    """

    done: int
    total: int
    rate: float

    @property
    def remaining_s(self) -> float | None:
        """Seconds that the rest will take at that rate; None while there is no rate."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


class Pace:
    """Remembers how much was done when, for as long as the rate looks back."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._steps: list[tuple[float, int]] = []

    def at(self, done: int, total: int) -> Measuring:
        """Tell how far it is, and remember it.

        Args:
            done: Bytes.
            total: Bytes in all.
        """
        now = monotonic()
        # What is measured on two threads is counted twice for a moment.
        done = min(max(done, self._steps[-1][1] if self._steps else 0), total)
        self._steps.append((now, done))
        while now - self._steps[0][0] > _RATE_OVER_S:
            self._steps.pop(0)
        since, before = self._steps[0]
        return Measuring(done, total, (done - before) / (now - since) if now > since else 0.0)
