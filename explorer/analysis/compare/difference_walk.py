"""The differences of two tensors as values to be measured and counted like those of a tensor."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from explorer.analysis.casts import as_common, common_dtype
from explorer.checkpoint.document import Located
from explorer.checkpoint.values.paired_values import PairedWalk, open_sides
from explorer.checkpoint.values.walks import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.analysis.measure.numbers import Array


def difference_walk(a: Located, b: Located) -> Walk:
    """Give what measuring ``b - a`` takes: float64, NaN or infinite where one of them is; of complex ones ``|b - a|``.

    Args:
        a: A tensor whose numbers can be compared with those of `b`: see `explorer.analysis.compare.comparison`.
        b: Another. Of differing shapes the common corner is walked over.

    Raises:
        CheckpointError: A file cannot be opened.
    """
    with open_sides(a, b) as sides:
        walk = PairedWalk(*sides)
        return Walk(partial(_differences, a, b), walk.count, walk.multiplicity)


def _differences(a: Located, b: Located) -> "Iterator[Array]":
    common = common_dtype(a[1].kind.dtype, b[1].kind.dtype)
    with open_sides(a, b) as sides:
        walk = PairedWalk(*sides)
        for block in walk.blocks():
            numbers = (as_common(side, common) for side in walk.numbers(block))
            wide = [side.astype(np.complex128 if side.dtype.kind == "c" else np.float64) for side in numbers]
            with np.errstate(all="ignore"):
                apart = wide[1] - wide[0]
                yield np.abs(apart) if apart.dtype.kind == "c" else apart
