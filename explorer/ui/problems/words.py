"""What problems are called in narrow columns of the screen."""

from typing import Final, NamedTuple

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
