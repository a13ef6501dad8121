"""An index as its user writes it."""

import re


def index_in(text: str, shape: tuple[int, ...]) -> tuple[int, ...] | str:
    """Read an index.

    Args:
        text: One number for each dimension, with commas or spaces between and possibly brackets around; negative ones
            count from the end.
        shape: Of the tensor.

    Returns:
        The index, from 0 on; else what is wrong, as a sentence.
    """
    words = [word for word in re.split(r"[\s,;×]+", text.strip().strip("[]()")) if word]
    if len(words) != len(shape):
        return f"Write {len(shape)} numbers, one for each axis." if len(shape) != 1 else "Write one number."
    index = []
    for axis, (word, size) in enumerate(zip(words, shape, strict=True)):
        if not re.fullmatch(r"-?[0-9]{1,19}", word):
            return f"‘{word[:20]}’ is no index."
        number = int(word)
        if not -size <= number < size:
            return f"Axis {axis} goes from 0 to {size - 1:,}."
        index.append(number % size)
    return tuple(index)
