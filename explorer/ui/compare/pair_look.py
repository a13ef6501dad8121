"""A way to look at a pair of tensors, for what derives from it."""

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QWidget

from explorer.checkpoint.document import Located

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Pair, Pairing


def located(pairing: "Pairing", pair: "Pair") -> tuple[Located | None, Located | None]:
    """Both tensors of a pair; None where there is none."""
    a, b = (
        None if number is None else (side.checkpoint, side.checkpoint.tensors[number])
        for side, number in ((pairing.a, pair.a), (pairing.b, pair.b))
    )
    return a, b


class ShownPair(NamedTuple):
    """What is looked at.

    Attributes:
        key: Its name.
        difference: What came out.
        a: The tensor in A; None where there is none.
        b: Likewise in B.
    """

    key: str
    difference: "Difference"
    a: Located | None
    b: Located | None

    @property
    def both(self) -> tuple[Located, Located] | None:
        """Both tensors, where there are both."""
        return None if self.a is None or self.b is None else (self.a, self.b)

    @property
    def worst(self) -> tuple[int, ...] | None:
        """Where the largest difference is; None where no finite numbers differ, or none are compared."""
        figures = self.difference.figures or self.difference.overlap
        return figures.worst_index if figures is not None and figures.max_abs else None

    @property
    def odd(self) -> tuple[int, ...] | None:
        """A place where one side has NaN or an infinity and the other something else; None where there is none."""
        figures = self.difference.figures or self.difference.overlap
        return None if figures is None else figures.odd_index


class PairLook(QWidget):
    """Shows one pair after the other."""

    @property
    def busy(self) -> bool:
        """Something is being read or drawn."""
        raise NotImplementedError

    def show_pair(self, pair: ShownPair | None) -> None:
        """Show another pair; None while something else is shown in its place."""
        raise NotImplementedError
