"""In which order tensors are measured: what is looked at first, then all others, and nothing behind a large one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from explorer.checkpoint.document import TensorTable

JOB_BYTES: Final = 1_000_000_000
JOB_TENSORS: Final = 8_192
"""More than a job measures in its time is not handed over to it."""

LARGE: Final = 256_000_000
"""Bytes of a tensor that takes so long that nothing that is looked at may wait for it, and nobody measures it twice."""


class Order:
    """Of the tensors of one checkpoint, by their numbers.

    Attributes:
        visible: What is looked at.
        declined: What of that was cancelled, until it comes into view anew.
        elsewhere: A large one that is measured by whoever shows it; None for none.
        whole: All others follow.
    """

    def __init__(self, is_known: Callable[[int], bool]) -> None:
        """Begin without any.

        Args:
            is_known: Tells what need not be measured any more.
        """
        self._is_known = is_known
        self.clear()

    def clear(self) -> None:
        """Forget all, before another checkpoint."""
        self.visible: Sequence[int] = ()
        self.declined: set[int] = set()
        self.elsewhere: int | None = None
        self.follow(())

    def follow(self, numbers: Iterable[int], *, whole: bool = False) -> None:
        """Have these come after what is looked at.

        Args:
            numbers: Each may be given more than once.
            whole: They are all there are, not none.
        """
        self.whole = whole
        self._rest: Iterator[int] = iter(numbers)
        self._left: list[int] = []
        self._taken: list[int] = []
        self._large: int | None = None

    def decline(self) -> None:
        """Measure no more than what will be looked at."""
        self.follow(())
        self.declined = {number for number in self.visible if not self._is_known(number)}

    @property
    def lacks_what_is_visible(self) -> bool:
        """Something that is looked at is to be measured still."""
        return any(not self._is_known(number) for number in self.visible if number not in self.declined)

    def take(self, tensors: "TensorTable") -> list[int]:
        """What one job may measure: what is looked at first, then what the last one left, then what comes next.

        Args:
            tensors: Of the checkpoint.
        """
        numbers: dict[int, None] = {}
        later: list[int] = []
        nbytes = 0
        self._large = None
        left = iter(self._left)
        visible = (number for number in self.visible if number not in self.declined)
        for number in chain(visible, left, self._rest):
            if self._is_known(number):
                continue
            if number == self.elsewhere:
                later.append(number)
                continue
            size = tensors.walked_nbytes(number)
            if size >= LARGE:
                if numbers:
                    # What is measured before it would be told of only with it.
                    later.append(number)
                    break
                self._large = number
            numbers[number] = None
            nbytes += size
            if len(numbers) == JOB_TENSORS or nbytes >= JOB_BYTES:
                break
        self._left = [*left, *(later if self.whole else ())]
        self._taken = list(numbers)
        return self._taken

    def put_back(self) -> None:
        """Take next what the last job had taken and did not get to."""
        if self.whole:
            self._left = [number for number in self._taken if not self._is_known(number)] + self._left

    def put_off(self, *, even_visible: int | None = None) -> bool:
        """Measure last a large tensor that nobody looks at.

        Args:
            even_visible: This one too, where it is the large one.

        Returns:
            Whether the job that measures now has taken such a one: it is to be ended.
        """
        large = self._large
        if large is None or self._is_known(large) or (large in self.visible and large != even_visible):
            return False
        if self.whole:
            self._left = [
                number for number in self._taken if number != large and not self._is_known(number)
            ] + self._left
            self._rest = chain(self._rest, (large,))
        self._taken, self._large = [], None
        return True
