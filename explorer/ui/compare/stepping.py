"""What is said of going from difference to difference, where that does not lead to the next."""

from typing import TYPE_CHECKING

from explorer.formatting import plural

if TYPE_CHECKING:
    from explorer.ui.compare.comparing import Compared


def why_none(compared: "Compared | None") -> str:
    """Why there is no difference to go to, as a sentence."""
    if compared is None:
        return "Nothing was compared yet."
    pairs = len(compared.order)
    differing = pairs - compared.comparison.counts["identical"]
    if differing:
        return f"None of {plural(differing, 'difference')} is listed."
    return f"No differences in {plural(pairs, 'tensor')}."


def went_round(by: int, listed: int) -> str:
    """That one end led to the other, as a sentence.

    Args:
        by: Down (1) or up (-1).
        listed: So many differences are.
    """
    if listed == 1:
        return "This is the only difference that is listed."
    ends = ("last", "first") if by > 0 else ("first", "last")
    return "After the {} difference: this is the {}.".format(*ends)
