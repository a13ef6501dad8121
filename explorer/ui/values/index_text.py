"""An index as its user writes it, and the table that is read first."""

import re

from explorer.checkpoint.values.planes import Plane
from explorer.formatting import exact


def index_in(text: str, shape: tuple[int, ...]) -> tuple[int, ...] | str:
    """Read an index.

    Args:
        text: A number for each dimension, or for the first of them, with commas or spaces between and possibly
            brackets around; negative ones count from the end.
        shape: Of the tensor.

    Returns:
        The index, from 0 on, the first value there where not all dimensions are told; else what is wrong, as a
        sentence.
    """
    words = [word for word in re.split(r"[\s,;×]+", text.strip().strip("[]()")) if word]
    if len(words) > len(shape) or (shape and not words):
        return f"Write up to {len(shape)} numbers, one for each axis." if len(shape) != 1 else "Write one number."
    index = []
    for axis, (word, size) in enumerate(zip(words, shape, strict=False)):
        if not re.fullmatch(r"-?[0-9]{1,19}", word):
            return f"‘{word[:20]}’ is no index."
        number = int(word)
        if not -size <= number < size:
            return f"Axis {axis} goes from 0 to {exact(size - 1)}."
        index.append(number % size)
    return (*index, *[0] * (len(shape) - len(index)))


def plane_to_read(shape: tuple[int, ...]) -> Plane:
    """The table to begin with: the last two axes of several indices, as tensors are printed; one alone runs down."""
    long = [axis for axis, size in enumerate(shape) if size > 1]
    others = [axis for axis, size in enumerate(shape) if size <= 1]
    last = tuple(sorted([*others, *long][-2:]))
    return Plane(shape, last[:1], last[1:], (0,) * len(shape))
