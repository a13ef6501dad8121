"""How a table says that it shows only what fits the filter."""

from typing import Final

from explorer.formatting import exact

CLEAR: Final = "Clear the filter"
"""On the button of the page that stands in the place of a table of which nothing fits."""


def fit_words(shown: int, of: str, more: str = "") -> str:
    """Say how many rows fit the filter.

    Args:
        shown: So many do.
        of: Of how many.
        more: A sentence about what the filter could not look at; "" for none.
    """
    said = f"{exact(shown)} of {of} {'fits' if shown == 1 else 'fit'}" if shown else f"None of {of} fits"
    return " ".join(filter(None, [f"{said} the filter.", more]))
