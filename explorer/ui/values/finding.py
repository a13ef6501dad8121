"""Finds the next value of a tensor that is not finite, in the worker."""

from typing import TYPE_CHECKING, Final

from explorer.checkpoint.values.planes import Plane
from explorer.progress import Report
from explorer.ui.values.reading import Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.judge.row_facts import Test
    from explorer.analysis.measure.numbers import Array

ODD_WORDS: Final = {"nan": "NaN", "inf": "Inf", "+inf": "+Inf", "-inf": "−Inf", "−inf": "−Inf"}
"""What can be looked for, and how it is written."""

_BLOCK: Final = 1 << 20
"""Values that are read at once."""


def odd_name(word: str) -> str:
    """How a word that is looked for is written."""
    return ODD_WORDS[word.lower()]


def find_odd(source: Source, word: str, after: tuple[int, ...] | None, report: Report) -> tuple[int, ...] | None:
    """Find the next such value in the order of indices, round from the end to the beginning.

    Args:
        source: Whose tensor is looked through, whatever table of it is shown.
        word: Of `ODD_WORDS`.
        after: Behind this index; None to begin with the first.
        report: Told the values that were read; raises `Cancelled`.

    Returns:
        Its index; None where there is none.
    """
    # NumPy is imported on the worker, behind the window.
    import numpy as np  # noqa: PLC0415

    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.region_values import read_plane  # noqa: PLC0415 - as above

    shape = source.tensor.kind.stored_shape
    axes = tuple(range(len(shape)))
    table = Plane(shape, axes[:-1], axes[-1:], (0,) * len(shape))
    at = (0, -1) if after is None else table.place(after)
    # Behind it, then from the beginning to it.
    parts = ((at[0], table.height, at), (0, at[0] + 1, (-1, -1)))
    together = max(1, _BLOCK // max(table.width, 1))
    done = 0
    with open_values(source.checkpoint) as values:
        for begin, end, behind in parts:
            for top in range(begin, end, together):
                bottom = min(top + together, end)
                for left in range(0, table.width, _BLOCK):
                    report(min(done, table.height), table.height, "values")
                    right = min(left + _BLOCK, table.width)
                    block = read_plane(values, source.tensor, table, (top, bottom), (left, right))
                    for row, column in np.argwhere(_is(block, word)).tolist():
                        if (top + row, left + column) > behind:
                            return table.index(top + row, left + column)
                done += bottom - top
    return None


def _is(block: "Array", word: str) -> "NDArray[np.bool_]":
    import numpy as np  # noqa: PLC0415 - as above

    name = odd_name(word)
    parts = [block.real, block.imag] if block.dtype.kind == "c" else [block]
    tests: dict[str, Test] = {"NaN": np.isnan, "Inf": np.isinf, "+Inf": np.isposinf, "−Inf": np.isneginf}
    found: NDArray[np.bool_] = np.any([tests[name](part) for part in parts], axis=0)
    return found
