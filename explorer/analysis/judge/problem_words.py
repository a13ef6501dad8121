"""What problems are called, wherever they are told. Without NumPy: the window asks before anything is measured."""

from typing import Final

SHAPES: Final[dict[str, str]] = {"bad": "●", "caution": "▲", "note": "○"}
"""How bad a problem is, told by a shape as well as by its colour; a note is none."""

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
