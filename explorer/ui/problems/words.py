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
    "dead_rows": "dead rows",
    "dead_channels": "dead channels",
    "duplicate_rows": "equal rows",
    "duplicate_channels": "equal channels",
    "dtype_edge": "edge of dtype",
    "denormals": "denormals",
    "negative_variance": "negative variance",
    "vanishing_variance": "variance near 0",
    "outliers": "outliers",
    "magnitude": "magnitude",
    "float16_overflow": "beyond float16",
    "float16_vanish": "below float16",
    "bfloat16_overflow": "beyond bfloat16",
    "bfloat16_vanish": "below bfloat16",
    "negative_second_moment": "negative moment",
    "negative_counter": "negative count",
    "steps_disagree": "steps disagree",
    "near_singular": "near-singular",
    "rank_collapsed": "rank collapsed",
}
"""What each kind is called in a table."""

SHORT: Final[dict[str, str]] = {
    "all_zero": "zero",
    "constant": "const",
    "dead_rows": "dead",
    "dead_channels": "dead",
    "duplicate_rows": "equal",
    "duplicate_channels": "equal",
    "dtype_edge": "edge",
    "denormals": "tiny",
    "negative_variance": "var",
    "vanishing_variance": "var",
    "outliers": "far",
    "magnitude": "size",
    "float16_overflow": "f16",
    "float16_vanish": "f16",
    "bfloat16_overflow": "bf16",
    "bfloat16_vanish": "bf16",
    "negative_second_moment": "< 0",
    "negative_counter": "< 0",
    "steps_disagree": "steps",
    "near_singular": "rank",
    "rank_collapsed": "rank",
}
"""And in the narrow column of the tree, where that is another word; the tool tip has the sentence."""


class TensorMark(NamedTuple):
    """What stands at a tensor with problems.

    Attributes:
        text: Its worst one, in a word.
        tip: All of them, as sentences.
    """

    text: str
    tip: str
