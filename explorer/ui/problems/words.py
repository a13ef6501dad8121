"""What problems are called on the screen. Without NumPy: the window asks before anything is measured."""

from typing import Final, NamedTuple

SHAPES: Final[dict[str, str]] = {"bad": "●", "caution": "▲"}
"""How bad a problem is, told by a shape as well as by its colour."""

WORDS: Final[dict[str, str]] = {
    "nan": "NaN",
    "posinf": "+Inf",
    "neginf": "−Inf",
    "all_zero": "all zero",
    "constant": "constant",
    "dead_rows": "dead",
    "dead_channels": "dead",
    "duplicate_rows": "equal",
    "duplicate_channels": "equal",
    "dtype_edge": "edge of dtype",
    "denormals": "denormals",
    "negative_variance": "negative variance",
    "vanishing_variance": "variance near 0",
    "outliers": "outliers",
    "magnitude": "magnitude",
    "float16_overflow": "float16",
    "float16_vanish": "float16",
    "bfloat16_overflow": "bfloat16",
    "bfloat16_vanish": "bfloat16",
    "negative_second_moment": "negative square",
    "negative_counter": "negative count",
    "steps_disagree": "steps disagree",
}
"""The shortest words for each kind."""


class TensorMark(NamedTuple):
    """What stands at a tensor with problems.

    Attributes:
        text: Its worst one, in a word.
        tip: All of them, as sentences.
    """

    text: str
    tip: str
