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
        left = iter(self._left)
        visible = (number for number in self.visible if number not in self.declined)
        for number in chain(visible, left, self._rest):
            if self._is_known(number):
                continue
            if number == self.elsewhere:
                later.append(number)
                continue
            size = tensors.walked_nbytes(number)
            if numbers and size >= LARGE:
                # What is measured before it would be told of only with it.
                later.append(number)
                break
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

    def put_off(self, tensors: "TensorTable", *, even_visible: int | None = None) -> bool:
        """Measure large tensors that nobody looks at last.

        Args:
            tensors: Of the checkpoint.
            even_visible: This one too, where it is large.

        Returns:
            Whether the job that measures now has taken such a one: it is to be ended.
        """
        seen = {*self.visible}.difference((even_visible,))
        taken = [number for number in self._taken if not self._is_known(number)]
        put_off = [number for number in taken if number not in seen and tensors.walked_nbytes(number) >= LARGE]
        if put_off:
            if self.whole:
                self._left = [number for number in taken if number not in put_off] + self._left
                self._rest = chain(self._rest, put_off)
            self._taken = []
        return bool(put_off)
